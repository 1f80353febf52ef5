//! The names that sample people have, by language.

/// First names by gender, and last names.
pub(super) struct Names {
    pub(super) female: &'static [&'static str],
    pub(super) male: &'static [&'static str],
    pub(super) last: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const ENGLISH: Names = Names {
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
pub(super) const FRENCH: Names = Names {
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
pub(super) const GERMAN: Names = Names {
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
pub(super) const SPANISH: Names = Names {
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
pub(super) const ITALIAN: Names = Names {
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
pub(super) const DUTCH: Names = Names {
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
pub(super) const SWEDISH: Names = Names {
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
pub(super) const POLISH: Names = Names {
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
pub(super) const INDIAN: Names = Names {
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
