//! Where sample people live: countries with their cities, streets, forms of address and telephone
//! ranges.

use super::names::{
    DUTCH, ENGLISH, FRENCH, GERMAN, INDIAN, ITALIAN, Names, POLISH, SPANISH, SWEDISH,
};

/// A country, with what its people have in common.
pub(super) struct Country {
    /// ISO 3166-1.
    pub(super) code: &'static str,
    pub(super) language: &'static str,
    /// How to address a woman.
    pub(super) ms: &'static str,
    /// How to address a man.
    pub(super) mr: &'static str,
    /// The languages of its people's names; one listed twice is twice as common.
    pub(super) names: &'static [&'static Names],
    pub(super) cities: &'static [City],
    pub(super) streets: &'static [&'static str],
    /// Whether the house number comes before the street.
    pub(super) house_first: bool,
    /// Patterns of mobile numbers; `#` stands for any digit.
    pub(super) mobiles: &'static [&'static str],
    /// Patterns of landline numbers; `#` stands for any digit.
    pub(super) phones: &'static [&'static str],
}

/// A city.
#[derive(Clone, Copy)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) state: Option<&'static str>,
    /// A pattern: `#` stands for any digit.
    pub(super) zip: &'static str,
    pub(super) time_zone: &'static str,
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

/// The countries that people live in; one listed twice has twice as many people.
pub(super) const COUNTRIES: &[&Country] = &[
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
