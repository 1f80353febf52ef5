//! What tests of the control API share: its calls, an org's profiles, and a history to be reset or kept.

use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{JOBS, Mock};
use crate::wire::{self, Answer};

const ADMIN: [(&str, &str); 2] = [("Content-Type", "application/json"), ("Host", "localhost")];

/// A call of the control API that is to succeed.
pub fn admin(mock: &Mock, method: &str, path: &str, body: &str) -> Value {
    let answer = tried(mock, method, path, body);
    assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.body);
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

pub fn tried(mock: &Mock, method: &str, path: &str, body: &str) -> Answer {
    let target = format!("/__admin{path}");
    wire::send(mock.address(), method, &target, &ADMIN, body.as_bytes()).unwrap()
}

pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

pub fn reset(mock: &Mock, query: &str) -> Value {
    admin(mock, "POST", &format!("/reset{query}"), "")
}

/// The profiles of an org: PKey, e-mail, opt-out.
pub fn people(mock: &Mock, org: &str) -> Vec<Value> {
    let list = mock.get(&format!("/{org}/campaign/profileAndServices/profile?_lineCount=1000"));
    assert_eq!(list.status, 200, "{}", list.body);
    let list = list.json();
    let people = list["content"].as_array().unwrap().iter();
    people.map(|one| json!([one["PKey"], one["email"], one["ccpaOptOut"]])).collect()
}

/// Leaves a change, a withdrawal, a new profile, and jobs that are done and under way.
pub fn make_history(mock: &Mock) -> String {
    let pkey = mock.pkey(&json!({"email": "new@example.com", "ccpaOptOut": true}));
    mock.set_opt_out(&pkey, false);
    mock.advance(Duration::from_secs(10));
    let answer = mock.post(JOBS, &mock.request("gdpr", &["access", "delete"]));
    assert_eq!(answer.status, 202, "{}", answer.body);
    pkey
}
