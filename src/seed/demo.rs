//! The demo seed, which the program carries.

/// The files of the demo seed, which the program carries.
macro_rules! demo {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../fixtures/seed/acme/", $name)))),*]
    };
}

pub(super) const DEMO: [(&str, &str); 15] = demo![
    "audienceMember.ndjson",
    "broadLog.ndjson",
    "cusProduct.ndjson",
    "cusPurchase.ndjson",
    "demo-certificate.pem",
    "demo-private-key.pem",
    "geoUnitBase.ndjson",
    "model.ndjson",
    "org.json",
    "orgUnitBase.ndjson",
    "privacyNamespace.ndjson",
    "profile.ndjson",
    "service.ndjson",
    "subscription.ndjson",
    "workflow.ndjson",
];

/// The key to the demo seed's certificate. Everybody knows it.
pub const DEMO_PRIVATE_KEY: &str = include_str!("../../fixtures/seed/acme/demo-private-key.pem");

/// What is set up for the demo's customer. None of it links to another record, so that no link of what
/// stays counts on what goes.
const SET_UP: [&str; 4] = ["geoUnitBase", "orgUnitBase", "privacyNamespace", "workflow"];

/// The files of the demo seed without people and their data, by name.
pub fn demo_set_up() -> impl Iterator<Item = (&'static str, &'static str)> {
    let stays = |name: &str| {
        is_set_up(name) || name.strip_suffix(".ndjson").is_some_and(|name| SET_UP.contains(&name))
    };
    DEMO.into_iter().filter(move |(name, _)| stays(name))
}

/// Whether a file of a seed is none of records.
pub(super) fn is_set_up(name: &str) -> bool {
    name == "model.ndjson" || !name.ends_with(".ndjson")
}
