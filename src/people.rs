//! Made-up people, as many as a tenant is to start with. Their mail domains and telephone numbers
//! are the ones reserved for examples and fiction, so that nothing sent to them reaches anyone.

use std::ops::{Range, RangeInclusive};

use fastrand::Rng;
use serde_json::{Map, Value};

/// A made-up person.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// When the profile says it was created, in milliseconds since 1970.
    pub created_millis: i64,
    /// The fields that differ from their defaults, as a profile stores them.
    pub attributes: Map<String, Value>,
}

/// An endless row of people, the same ones for the same seed.
#[derive(Debug, Clone)]
pub struct People {
    rng: Rng,
    count: u64,
}

impl People {
    /// The people that follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), count: 0 }
    }
}

impl Iterator for People {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        self.count += 1;
        let created_millis = self.rng.i64(CREATED);
        Some(Person { created_millis, attributes: attributes(&mut self.rng, self.count) })
    }
}

/// From 2018-01-01 up to 2026-01-01, in milliseconds since 1970.
const CREATED: Range<i64> = 1_514_764_800_000..1_767_225_600_000;

/// Everybody is of age when created.
const BIRTH_YEARS: RangeInclusive<u16> = 1940..=1999;

/// Reserved by RFC 2606.
const MAIL_DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];

/// The fields of the person with that number.
fn attributes(rng: &mut Rng, number: u64) -> Map<String, Value> {
    let mut fields = Map::new();
    let country = pick(rng, COUNTRIES);
    let city = pick(rng, country.cities);
    let names = pick(rng, country.names);
    let (given, gender, salutation) = if rng.bool() {
        (names.female, "female", country.ms)
    } else {
        (names.male, "male", country.mr)
    };
    let first = pick(rng, given);
    let last = pick(rng, names.last);

    set(&mut fields, "email", email(first, last, number, pick(rng, MAIL_DOMAINS)));
    set(&mut fields, "firstName", first);
    set(&mut fields, "lastName", last);
    set(&mut fields, "location", location(rng, country, city));
    if chance(rng, 90) {
        set(&mut fields, "gender", gender);
    }
    if chance(rng, 40) {
        set(&mut fields, "salutation", salutation);
    }
    if chance(rng, 75) {
        set(&mut fields, "birthDate", birth_date(rng));
    }
    if chance(rng, 70) {
        set(&mut fields, "mobilePhone", phone(rng, country.mobiles));
    }
    if chance(rng, 35) {
        set(&mut fields, "phone", phone(rng, country.phones));
    }
    if chance(rng, 85) {
        set(&mut fields, "preferredLanguage", country.language);
    }
    if chance(rng, 60) {
        set(&mut fields, "emailFormat", if chance(rng, 85) { "html" } else { "text" });
    }
    if chance(rng, 50) {
        set(&mut fields, "timeZone", city.time_zone);
    }
    if chance(rng, 3) {
        set(&mut fields, "ccpaOptOut", true);
    }
    if chance(rng, 2) {
        set(&mut fields, "blackListEmail", true);
    }
    fields
}

fn set(fields: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    fields.insert(name.to_owned(), value.into());
}

fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(..100) < percent
}

/// One of a table's entries; no table is empty.
fn pick<T: Copy>(rng: &mut Rng, table: &[T]) -> T {
    table[rng.usize(..table.len())]
}

/// A digit in place of every `#`.
fn fill(rng: &mut Rng, pattern: &str) -> String {
    pattern.chars().map(|c| if c == '#' { rng.digit(10) } else { c }).collect()
}

fn phone(rng: &mut Rng, ranges: &[&str]) -> String {
    let range = pick(rng, ranges);
    fill(rng, range)
}

/// `first.last.number@domain`; the number keeps it unique.
fn email(first: &str, last: &str, number: u64, domain: &str) -> String {
    let mut address = String::with_capacity(64);
    address.extend(plain_letters(first));
    address.push('.');
    address.extend(plain_letters(last));
    address.push('.');
    address.push_str(&number.to_string());
    address.push('@');
    address.push_str(domain);
    address
}

/// The letters of a name in lower case and without accents: `O'Brien` → `obrien`.
fn plain_letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(char::to_lowercase).filter_map(|c| match c {
        'a'..='z' => Some(c),
        'á' | 'ä' | 'å' | 'ą' => Some('a'),
        'ç' => Some('c'),
        'è' | 'é' | 'ë' | 'ę' => Some('e'),
        'í' | 'î' => Some('i'),
        'ł' => Some('l'),
        'ñ' | 'ń' => Some('n'),
        'ò' | 'ó' | 'ö' => Some('o'),
        'ú' | 'ü' => Some('u'),
        'ź' => Some('z'),
        _ => None,
    })
}

/// Up to the 28th, which every month has.
fn birth_date(rng: &mut Rng) -> String {
    format!("{}-{:02}-{:02}", rng.u16(BIRTH_YEARS), rng.u8(1..=12), rng.u8(1..=28))
}

fn location(rng: &mut Rng, country: &Country, city: City) -> Map<String, Value> {
    let mut fields = Map::new();
    let (street, house) = (pick(rng, country.streets), rng.u8(1..200));
    let address =
        if country.house_first { format!("{house} {street}") } else { format!("{street} {house}") };
    set(&mut fields, "address1", address);
    set(&mut fields, "city", city.name);
    set(&mut fields, "countryCode", country.code);
    set(&mut fields, "zipCode", fill(rng, city.zip));
    if let Some(state) = city.state {
        set(&mut fields, "stateCode", state);
    }
    fields
}

struct Country {
    /// ISO 3166-1.
    code: &'static str,
    language: &'static str,
    /// How to address a woman.
    ms: &'static str,
    /// How to address a man.
    mr: &'static str,
    /// Whose names its people have; the more often listed, the more common.
    names: &'static [&'static Names],
    cities: &'static [City],
    streets: &'static [&'static str],
    /// Whether the number of the house stands before the street.
    house_first: bool,
    /// Patterns, as of a city's `zip`.
    mobiles: &'static [&'static str],
    /// Patterns, too.
    phones: &'static [&'static str],
}

#[derive(Clone, Copy)]
struct City {
    name: &'static str,
    state: Option<&'static str>,
    /// A pattern: `#` stands for any digit.
    zip: &'static str,
    time_zone: &'static str,
}

const fn city(name: &'static str, zip: &'static str, time_zone: &'static str) -> City {
    City { name, state: None, zip, time_zone }
}

const fn us(
    name: &'static str,
    state: &'static str,
    zip: &'static str,
    time_zone: &'static str,
) -> City {
    City { name, state: Some(state), zip, time_zone }
}

struct Names {
    female: &'static [&'static str],
    male: &'static [&'static str],
    last: &'static [&'static str],
}

/// Where people live; the more often listed, the more of them.
const COUNTRIES: &[&Country] = &[
    &UNITED_STATES,
    &UNITED_STATES,
    &UNITED_STATES,
    &UNITED_STATES,
    &UNITED_STATES,
    &UNITED_STATES,
    &UNITED_KINGDOM,
    &UNITED_KINGDOM,
    &FRANCE,
    &FRANCE,
    &GERMANY,
    &GERMANY,
    &AUSTRIA,
    &SPAIN,
    &MEXICO,
    &ITALY,
    &NETHERLANDS,
    &SWEDEN,
    &POLAND,
    &INDIA,
];

/// 555-0100 to 555-0199 are for fiction in every area code.
const US_PHONES: &[&str] = &[
    "+120255501##",
    "+120655501##",
    "+121255501##",
    "+121355501##",
    "+121455501##",
    "+121555501##",
    "+130355501##",
    "+130555501##",
    "+131255501##",
    "+140455501##",
    "+141555501##",
    "+150355501##",
    "+160255501##",
    "+161755501##",
    "+161955501##",
    "+171355501##",
];

/// Ofcom's range for drama; also for people elsewhere.
const UK_MOBILES: &[&str] = &["+447700900###"];

/// Ofcom's range for drama, in London; also for people elsewhere.
const UK_PHONES: &[&str] = &["+442079460###"];

const UNITED_STATES: Country = Country {
    code: "US",
    language: "en_us",
    ms: "Ms.",
    mr: "Mr.",
    names: &[&ENGLISH, &ENGLISH, &ENGLISH, &SPANISH, &ITALIAN, &POLISH, &INDIAN],
    cities: &[
        us("New York", "NY", "1001#", "America_New_York"),
        us("Boston", "MA", "0211#", "America_New_York"),
        us("Philadelphia", "PA", "1914#", "America_New_York"),
        us("Atlanta", "GA", "3031#", "America_New_York"),
        us("Miami", "FL", "3313#", "America_New_York"),
        us("Chicago", "IL", "6061#", "America_Chicago"),
        us("Houston", "TX", "7701#", "America_Chicago"),
        us("Dallas", "TX", "7521#", "America_Chicago"),
        us("Denver", "CO", "8021#", "America_Denver"),
        us("Phoenix", "AZ", "8501#", "America_Phoenix"),
        us("Los Angeles", "CA", "9001#", "America_Los_Angeles"),
        us("San Francisco", "CA", "9411#", "America_Los_Angeles"),
        us("San Diego", "CA", "9211#", "America_Los_Angeles"),
        us("Sacramento", "CA", "9581#", "America_Los_Angeles"),
        us("Portland", "OR", "9721#", "America_Los_Angeles"),
        us("Seattle", "WA", "9811#", "America_Los_Angeles"),
    ],
    streets: &[
        "Main Street",
        "Oak Avenue",
        "Maple Street",
        "Park Avenue",
        "Lake Drive",
        "Elm Street",
    ],
    house_first: true,
    mobiles: US_PHONES,
    phones: US_PHONES,
};

const UNITED_KINGDOM: Country = Country {
    code: "GB",
    language: "en_gb",
    ms: "Ms",
    mr: "Mr",
    names: &[&ENGLISH, &ENGLISH, &ENGLISH, &INDIAN, &POLISH],
    cities: &[
        city("London", "SW1V #AB", "Europe_London"),
        city("Manchester", "M1 #AE", "Europe_London"),
        city("Birmingham", "B1 #HQ", "Europe_London"),
        city("Bristol", "BS1 #JA", "Europe_London"),
        city("Leeds", "LS1 #BA", "Europe_London"),
        city("Edinburgh", "EH1 #NG", "Europe_London"),
    ],
    streets: &["High Street", "Station Road", "Church Lane", "Victoria Road", "Mill Lane"],
    house_first: true,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

const FRANCE: Country = Country {
    code: "FR",
    language: "fr_fr",
    ms: "Mme",
    mr: "M.",
    names: &[&FRENCH],
    cities: &[
        city("Paris", "7501#", "Europe_Paris"),
        city("Marseille", "1300#", "Europe_Paris"),
        city("Lyon", "6900#", "Europe_Paris"),
        city("Toulouse", "31000", "Europe_Paris"),
        city("Bordeaux", "33000", "Europe_Paris"),
        city("Nîmes", "30000", "Europe_Paris"),
    ],
    streets: &["rue de la Gare", "rue des Écoles", "avenue Victor Hugo", "rue du Moulin"],
    house_first: true,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

const GERMANY: Country = Country {
    code: "DE",
    language: "de_de",
    ms: "Frau",
    mr: "Herr",
    names: &[&GERMAN, &GERMAN, &GERMAN, &POLISH],
    cities: &[
        city("Berlin", "10115", "Europe_Berlin"),
        city("Hamburg", "20095", "Europe_Berlin"),
        city("München", "80331", "Europe_Berlin"),
        city("Köln", "50667", "Europe_Berlin"),
        city("Leipzig", "04109", "Europe_Berlin"),
        city("Stuttgart", "70173", "Europe_Berlin"),
    ],
    streets: GERMAN_STREETS,
    house_first: false,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

const AUSTRIA: Country = Country {
    code: "AT",
    language: "de_at",
    cities: &[
        city("Wien", "1010", "Europe_Berlin"),
        city("Graz", "8010", "Europe_Berlin"),
        city("Linz", "4020", "Europe_Berlin"),
        city("Salzburg", "5020", "Europe_Berlin"),
    ],
    ..GERMANY
};

const GERMAN_STREETS: &[&str] =
    &["Hauptstraße", "Bahnhofstraße", "Gartenweg", "Schulstraße", "Lindenallee"];

const SPAIN: Country = Country {
    code: "ES",
    language: "es_es",
    ms: "Sra.",
    mr: "Sr.",
    names: &[&SPANISH],
    cities: &[
        city("Madrid", "2801#", "Europe_Paris"),
        city("Barcelona", "0801#", "Europe_Paris"),
        city("Valencia", "4601#", "Europe_Paris"),
        city("Sevilla", "4101#", "Europe_Paris"),
        city("Málaga", "2901#", "Europe_Paris"),
    ],
    streets: &["Calle Mayor", "Calle Real", "Avenida de la Constitución", "Calle del Sol"],
    house_first: false,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

const MEXICO: Country = Country {
    code: "MX",
    language: "es_mx",
    cities: &[
        city("Ciudad de México", "0601#", "America_Mexico_City"),
        city("Guadalajara", "44100", "America_Mexico_City"),
        city("Puebla", "72000", "America_Mexico_City"),
    ],
    ..SPAIN
};

const ITALY: Country = Country {
    code: "IT",
    language: "it_it",
    ms: "Sig.ra",
    mr: "Sig.",
    names: &[&ITALIAN],
    cities: &[
        city("Roma", "0018#", "Europe_Berlin"),
        city("Milano", "2012#", "Europe_Berlin"),
        city("Torino", "1012#", "Europe_Berlin"),
        city("Napoli", "8013#", "Europe_Berlin"),
        city("Bologna", "4012#", "Europe_Berlin"),
    ],
    streets: &["Via Roma", "Via Garibaldi", "Via Dante", "Corso Italia", "Via Verdi"],
    house_first: false,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

const NETHERLANDS: Country = Country {
    code: "NL",
    language: "nl_nl",
    ms: "Mevr.",
    mr: "Dhr.",
    names: &[&DUTCH],
    cities: &[
        city("Amsterdam", "101# AB", "Europe_Berlin"),
        city("Rotterdam", "301# CL", "Europe_Berlin"),
        city("Utrecht", "351# AX", "Europe_Berlin"),
        city("Eindhoven", "561# EC", "Europe_Berlin"),
    ],
    streets: &["Dorpsstraat", "Kerkstraat", "Molenweg", "Stationsweg", "Julianalaan"],
    house_first: false,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

const SWEDEN: Country = Country {
    code: "SE",
    language: "sv_se",
    ms: "Fru",
    mr: "Herr",
    names: &[&SWEDISH],
    cities: &[
        city("Stockholm", "111 2#", "Europe_Berlin"),
        city("Göteborg", "411 0#", "Europe_Berlin"),
        city("Malmö", "211 2#", "Europe_Berlin"),
        city("Uppsala", "753 2#", "Europe_Berlin"),
    ],
    streets: &["Storgatan", "Kungsgatan", "Skolgatan", "Björkvägen", "Drottninggatan"],
    house_first: false,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

// Campaign puts Warsaw into the zone of Sarajevo.
const POLAND: Country = Country {
    code: "PL",
    language: "pl_pl",
    ms: "Pani",
    mr: "Pan",
    names: &[&POLISH],
    cities: &[
        city("Warszawa", "00-01#", "Europe_Sarajevo"),
        city("Kraków", "31-01#", "Europe_Sarajevo"),
        city("Gdańsk", "80-83#", "Europe_Sarajevo"),
        city("Wrocław", "50-10#", "Europe_Sarajevo"),
    ],
    streets: &["ul. Polna", "ul. Leśna", "ul. Ogrodowa", "ul. Lipowa", "ul. Szkolna"],
    house_first: false,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

const INDIA: Country = Country {
    code: "IN",
    language: "en_in",
    ms: "Ms",
    mr: "Mr",
    names: &[&INDIAN],
    cities: &[
        city("Mumbai", "40001#", "Asia_Kolkata"),
        city("Delhi", "11001#", "Asia_Kolkata"),
        city("Bengaluru", "56001#", "Asia_Kolkata"),
        city("Chennai", "60001#", "Asia_Kolkata"),
        city("Pune", "41101#", "Asia_Kolkata"),
    ],
    streets: &["Station Road", "Gandhi Road", "Temple Street", "Lake View Road"],
    house_first: true,
    mobiles: UK_MOBILES,
    phones: UK_PHONES,
};

#[rustfmt::skip]
const ENGLISH: Names = Names {
    female: &[
        "Mary", "Patricia", "Jennifer", "Linda", "Elizabeth", "Barbara", "Susan", "Jessica",
        "Sarah", "Karen", "Emily", "Olivia", "Charlotte", "Amelia", "Grace", "Hannah", "Megan",
        "Zoë", "Chloe", "Rebecca",
    ],
    male: &[
        "James", "Robert", "John", "Michael", "David", "William", "Richard", "Thomas", "Charles",
        "Daniel", "Matthew", "Andrew", "Oliver", "Harry", "George", "Jack", "Samuel", "Benjamin",
        "Ethan", "Ryan",
    ],
    last: &[
        "Smith", "Johnson", "Williams", "Brown", "Jones", "Davis", "Miller", "Wilson", "Anderson",
        "Taylor", "Moore", "Jackson", "Martin", "Lee", "Thompson", "White", "Harris", "Clark",
        "Lewis", "Robinson", "Walker", "Young", "Allen", "King", "Wright", "Scott", "Hill", "Green",
        "Adams", "Nelson", "Baker", "Hall", "Campbell", "Mitchell", "Carter", "Roberts", "Phillips",
        "Evans", "Turner", "Parker", "Collins", "Edwards", "Stewart", "Morris", "Murphy", "Cook",
        "Rogers", "Morgan", "Cooper", "Peterson", "Reed", "Bailey", "Bell", "Kelly", "Ward",
        "Watson", "Brooks", "Bennett", "Gray", "Hughes", "Price", "Foster", "O'Brien", "O'Connor",
    ],
};

#[rustfmt::skip]
const FRENCH: Names = Names {
    female: &[
        "Marie", "Camille", "Léa", "Manon", "Chloé", "Inès", "Juliette", "Élodie", "Sophie",
        "Claire", "Céline", "Hélène", "Anne-Marie", "Amélie",
    ],
    male: &[
        "Pierre", "Jean", "Louis", "Lucas", "Hugo", "Jules", "Antoine", "Julien", "Nicolas",
        "François", "René", "Étienne", "Jean-Pierre", "Théo",
    ],
    last: &[
        "Bernard", "Dubois", "Durand", "Moreau", "Laurent", "Simon", "Michel", "Lefebvre", "Leroy",
        "Roux", "Bertrand", "Morel", "Fournier", "Girard", "Bonnet", "Dupont", "Lambert",
        "Fontaine", "Rousseau", "Vincent", "Faure", "Mercier", "Blanc", "Guérin", "Boyer",
        "Garnier", "Chevalier", "Legrand", "Gauthier", "Perrin", "Clément", "Gérard", "Lemaître",
        "Noël", "Barbier", "Besançon", "Le Gall", "De La Fontaine",
    ],
};

#[rustfmt::skip]
const GERMAN: Names = Names {
    female: &[
        "Anna", "Lena", "Julia", "Katharina", "Sabine", "Monika", "Ursula", "Heike", "Petra",
        "Franziska", "Johanna", "Käthe",
    ],
    male: &[
        "Hans", "Lukas", "Felix", "Maximilian", "Jürgen", "Jörg", "Günter", "Stefan", "Klaus",
        "Matthias", "Sebastian", "Björn",
    ],
    last: &[
        "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz",
        "Hoffmann", "Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann",
        "Schwarz", "Zimmermann", "Braun", "Krüger", "Hofmann", "Hartmann", "Lange", "Schmitt",
        "Werner", "Krause", "Lehmann", "Köhler", "Maier", "König", "Huber", "Kaiser", "Vogel",
        "Jäger",
    ],
};

#[rustfmt::skip]
const SPANISH: Names = Names {
    female: &[
        "María", "Carmen", "Lucía", "Sofía", "Isabel", "Elena", "Begoña", "Rosa", "Paula",
        "Valentina", "Ximena", "Pilar",
    ],
    male: &[
        "José", "Antonio", "Juan", "Manuel", "Carlos", "Javier", "Miguel", "Alejandro", "Ángel",
        "Luis", "Íñigo", "Andrés",
    ],
    last: &[
        "García", "Rodríguez", "González", "Fernández", "López", "Martínez", "Sánchez", "Pérez",
        "Gómez", "Jiménez", "Ruiz", "Hernández", "Díaz", "Moreno", "Muñoz", "Álvarez", "Romero",
        "Alonso", "Gutiérrez", "Navarro", "Torres", "Domínguez", "Vázquez", "Ramos", "Gil",
        "Ramírez", "Serrano", "Molina", "Suárez", "Ortega", "Castro", "Ortiz", "Núñez", "Iglesias",
        "Medina", "Peña",
    ],
};

#[rustfmt::skip]
const ITALIAN: Names = Names {
    female: &[
        "Giulia", "Francesca", "Chiara", "Alessia", "Martina", "Giorgia", "Federica", "Beatrice",
    ],
    male: &[
        "Giuseppe", "Marco", "Alessandro", "Francesco", "Matteo", "Lorenzo", "Davide", "Niccolò",
    ],
    last: &[
        "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino",
        "Greco", "Bruno", "Gallo", "Conti", "De Luca", "Costa", "Giordano", "Mancini", "Rizzo",
        "Lombardi", "Moretti", "Barbieri", "Fontana", "Santoro", "Mariani", "Rinaldi", "Caruso",
        "D'Angelo", "Cattaneo",
    ],
};

#[rustfmt::skip]
const DUTCH: Names = Names {
    female: &[
        "Emma", "Sanne", "Fleur", "Lotte", "Femke", "Marijke", "Noor", "Daniëlle",
    ],
    male: &[
        "Daan", "Sem", "Bram", "Pieter", "Willem", "Joost", "Thijs", "Maarten",
    ],
    last: &[
        "De Jong", "Jansen", "De Vries", "Van Den Berg", "Van Dijk", "Bakker", "Visser", "Smit",
        "Meijer", "De Boer", "Mulder", "De Groot", "Bos", "Vos", "Peters", "Hendriks",
        "Van Leeuwen", "Dekker", "Brouwer", "De Wit", "Dijkstra", "Smits", "De Graaf",
        "Van Der Meer",
    ],
};

#[rustfmt::skip]
const SWEDISH: Names = Names {
    female: &[
        "Astrid", "Åsa", "Ingrid", "Karin", "Kristina", "Maja", "Sigrid", "Linnéa",
    ],
    male: &[
        "Erik", "Lars", "Karl", "Anders", "Johan", "Mikael", "Göran", "Håkan",
    ],
    last: &[
        "Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson",
        "Svensson", "Gustafsson", "Pettersson", "Jonsson", "Jansson", "Hansson", "Bengtsson",
        "Jönsson", "Lindberg", "Jakobsson", "Lindström", "Lindqvist", "Östberg", "Åkesson",
        "Nyström", "Sjöberg",
    ],
};

#[rustfmt::skip]
const POLISH: Names = Names {
    female: &[
        "Agnieszka", "Katarzyna", "Małgorzata", "Zofia", "Magdalena", "Ewa", "Joanna", "Łucja",
    ],
    male: &[
        "Piotr", "Krzysztof", "Andrzej", "Tomasz", "Paweł", "Marcin", "Michał", "Łukasz",
    ],
    last: &[
        "Nowak", "Wójcik", "Kowalczyk", "Woźniak", "Mazur", "Krawczyk", "Kaczmarek", "Zając",
        "Król", "Wieczorek", "Wróbel", "Stępień", "Pawlak", "Michalak", "Adamczyk", "Dudek",
        "Zięba", "Walczak", "Sikora", "Baran", "Szewczyk", "Pietrzak", "Bąk", "Włodarczyk",
    ],
};

#[rustfmt::skip]
const INDIAN: Names = Names {
    female: &[
        "Priya", "Ananya", "Aditi", "Kavya", "Lakshmi", "Neha", "Pooja", "Deepika", "Meera",
        "Sunita",
    ],
    male: &[
        "Aarav", "Arjun", "Rahul", "Rohan", "Vikram", "Amit", "Sanjay", "Rajesh", "Anil", "Suresh",
    ],
    last: &[
        "Sharma", "Patel", "Singh", "Kumar", "Gupta", "Reddy", "Iyer", "Nair", "Mehta", "Joshi",
        "Verma", "Rao", "Desai", "Shah", "Kapoor", "Malhotra", "Banerjee", "Chatterjee",
        "Mukherjee", "Das", "Pillai", "Agarwal", "Bhat", "Khanna",
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
        fields.get(name).map(|value| value.as_str().unwrap())
    }

    fn all_names() -> impl Iterator<Item = &'static str> {
        let cultures: Vec<_> = COUNTRIES.iter().flat_map(|country| country.names).collect();
        cultures
            .into_iter()
            .flat_map(|names| [names.female, names.male, names.last])
            .flatten()
            .copied()
    }

    /// Whether each word starts with a capital and goes on in lower case.
    fn is_smart_case(name: &str) -> bool {
        name.split(|c: char| !c.is_alphanumeric()).all(|word| {
            word.chars().enumerate().all(|(at, c)| {
                if at == 0 { c.to_uppercase().eq([c]) } else { c.to_lowercase().eq([c]) }
            })
        })
    }

    /// Whether `number` is `prefix` and so many digits more.
    fn in_range(number: &str, prefix: &str, digits: usize) -> bool {
        number.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    fn is_us_fiction(number: &str) -> bool {
        number.len() == 12 && number.starts_with("+1") && in_range(&number[5..], "55501", 2)
    }

    #[test]
    fn a_seed_repeats_its_people() {
        let first: Vec<_> = People::new(7).take(500).collect();
        assert!(People::new(7).take(300).eq(first[..300].iter().cloned()));
        assert_eq!(People::new(7).nth(499).as_ref(), first.last());
        assert_ne!(People::new(8).next().as_ref(), first.first());
    }

    #[test]
    fn names_are_stored_as_they_stand() {
        for name in all_names() {
            assert!(is_smart_case(name), "{name}");
            assert!(name.chars().count() <= 30, "{name}");
            let letters = name.chars().filter(|c| c.is_alphabetic()).count();
            assert_eq!(plain_letters(name).count(), letters, "{name}");
        }
    }

    #[test]
    fn mail_addresses_are_unique_and_reserved() {
        let mut seen = HashSet::new();
        for person in People::new(1).take(10_000) {
            let address = text(&person.attributes, "email").unwrap().to_owned();
            let (local, domain) = address.split_once('@').unwrap();
            assert!(MAIL_DOMAINS.contains(&domain), "{address}");
            assert!(local.len() <= 64, "{address}");
            let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.';
            assert!(local.bytes().all(legal), "{address}");
            assert!(seen.insert(address.clone()), "{address} twice");
        }
    }

    #[test]
    fn phone_numbers_are_for_fiction() {
        for Person { attributes, .. } in People::new(2).take(10_000) {
            if let Some(number) = text(&attributes, "mobilePhone") {
                assert!(is_us_fiction(number) || in_range(number, "+447700900", 3), "{number}");
            }
            if let Some(number) = text(&attributes, "phone") {
                assert!(is_us_fiction(number) || in_range(number, "+442079460", 3), "{number}");
            }
        }
    }

    #[test]
    fn the_rest_is_legal() {
        for Person { created_millis, attributes } in People::new(3).take(10_000) {
            assert!(CREATED.contains(&created_millis));
            assert!(matches!(text(&attributes, "gender"), None | Some("female" | "male")));
            assert!(matches!(text(&attributes, "emailFormat"), None | Some("html" | "text")));
            assert!(text(&attributes, "salutation").is_none_or(|value| value.len() <= 20));
            for flag in ["ccpaOptOut", "blackListEmail"] {
                assert!(matches!(attributes.get(flag), None | Some(Value::Bool(true))));
            }
            if let Some(date) = text(&attributes, "birthDate") {
                let date: jiff::civil::Date = date.parse().unwrap();
                assert!((1940..=1999).contains(&date.year()));
            }
            let location = attributes["location"].as_object().unwrap();
            for member in ["address1", "city", "countryCode", "zipCode"] {
                assert!(text(location, member).is_some_and(|value| !value.is_empty()));
            }
            let in_us = text(location, "countryCode") == Some("US");
            assert_eq!(location.contains_key("stateCode"), in_us);
        }
    }

    #[test]
    fn opt_outs_are_as_rare_as_they_should_be() {
        let share = |name: &str| {
            People::new(4).take(10_000).filter(|p| p.attributes.contains_key(name)).count()
        };
        assert!((200..400).contains(&share("ccpaOptOut")));
        assert!((120..280).contains(&share("blackListEmail")));
    }
}
