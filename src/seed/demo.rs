//! The demo seed, which the program carries.

use super::customer::{SETUP_RESOURCES, is_setup_file};

/// The files of the demo seed.
macro_rules! demo {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../fixtures/seed/acme/", $name)))),*]
    };
}

/// The org that the demo seed has.
pub(super) const ORG: &str = "acme";

/// Its files, by name.
pub(super) const FILES: [(&str, &str); 17] = demo![
    "audienceMember.ndjson",
    "broadLog.ndjson",
    "cusProduct.ndjson",
    "cusPurchase.ndjson",
    "demo-certificate.pem",
    "demo-private-key.pem",
    "exercise.ndjson",
    "geoUnitBase.ndjson",
    "model.ndjson",
    "org.json",
    "orgUnitBase.ndjson",
    "privacyJob.ndjson",
    "privacyNamespace.ndjson",
    "profile.ndjson",
    "service.ndjson",
    "subscription.ndjson",
    "workflow.ndjson",
];

/// The key to the demo seed's certificate. Everybody knows it.
pub const DEMO_PRIVATE_KEY: &str = include_str!("../../fixtures/seed/acme/demo-private-key.pem");

/// The files of the demo seed without people and their data, by name.
pub(crate) fn demo_setup_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_setup_resource = |name: &str| {
        name.strip_suffix(".ndjson").is_some_and(|name| SETUP_RESOURCES.contains(&name))
    };
    FILES.into_iter().filter(move |(name, _)| is_setup_file(name) || is_setup_resource(name))
}
