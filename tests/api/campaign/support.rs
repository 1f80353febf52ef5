//! What tests of Campaign's API share: addresses, reads by address, refusals, and answers without what is sealed.

use std::fs;

use campaign_mock::config::SeedSource;
use serde_json::Value;

use crate::driver::{Mock, PROFILES, credentials, settings};
use crate::wire::Answer;

pub const BASIC: &str = "/acme/campaign/profileAndServices";
pub const EXT: &str = "/acme/campaign/profileAndServicesExt";
pub const CUSTOM: &str = "/acme/campaign/customResources";

/// How the text of most refusals begins.
pub const GENERIC: &str = "RST-360011 An error has occurred - please contact your administrator.";

/// The `PKey` of the record that is read at an address.
pub fn pkey_at(mock: &Mock, target: &str) -> String {
    let answer = mock.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.body);
    answer.json()["PKey"].as_str().unwrap().to_owned()
}

/// An href as a target of this server.
pub fn target(href: &Value) -> &str {
    href.as_str().unwrap().strip_prefix("http://mock.localhost").unwrap()
}

/// The values of a member in a list.
pub fn column(mock: &Mock, list: &str, member: &str) -> Vec<Value> {
    let answer = mock.get(list);
    assert_eq!(answer.status, 200, "{list}: {}", answer.body);
    let list = answer.json();
    list["content"].as_array().unwrap().iter().map(|record| record[member].clone()).collect()
}

/// A text for a snapshot: what is sealed depends on how many records came before, and stands as
/// `...`.
pub fn keyless(text: &str) -> String {
    let sealed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut shown = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if sealed(c) {
            run.push(c);
        } else {
            shown.push_str(if run.len() < 48 { &run } else { "..." });
            shown.push(c);
            run.clear();
        }
    }
    shown.trim_end_matches('\n').to_owned()
}

pub fn pretty(answer: &Answer) -> String {
    keyless(&serde_json::to_string_pretty(&answer.json()).unwrap())
}

/// The text of a refusal.
pub fn refusal(answer: &Answer) -> (u16, String) {
    assert!(answer.header("x-mock-reason").is_some(), "{}", answer.body);
    (answer.status, answer.json().as_str().unwrap().to_owned())
}

pub fn patch(mock: &Mock, target: &str, body: &Value) -> Answer {
    mock.call("PATCH", target, &body.to_string())
}

pub fn create(mock: &Mock, target: &str, body: &Value) -> Value {
    let answer = mock.post(target, body);
    assert_eq!(answer.status, 201, "{target}: {}", answer.body);
    answer.json()
}

/// Deletes a record and answers the status.
pub fn delete(mock: &Mock, target: &str) -> u16 {
    mock.call("DELETE", target, "").status
}

/// The refusal of a key that no profile has.
pub fn missing(key: &str) -> (u16, String) {
    let text = format!(
        "{GENERIC} Unable to find document with path 'Profile' from key '{key}' (document with schema \
         'profile' and name '{key}')"
    );
    (404, text)
}

/// A server for a customer with this data model and no records.
pub fn with_model(model: &str) -> Mock {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    fs::write(org.join("model.ndjson"), model).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    Mock::with(settings)
}

/// How many profiles there are.
pub fn count(mock: &Mock) -> Value {
    mock.get(&format!("{PROFILES}/_count")).json()["count"].clone()
}
