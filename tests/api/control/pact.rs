//! Provider states: what a Pact verifier can ask for, gets, and has undone.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::driver::{Mock, PROFILES};

const STATES: &str = "pact/provider-states";

impl Mock {
    fn state(&self, name: &str, params: &Value) -> Value {
        let body = json!({"state": name, "params": params, "action": "setup"});
        let answer = self.control("POST", STATES, &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    fn teardown(&self, name: &str, params: &Value) {
        let body = json!({"state": name, "params": params, "action": "teardown"});
        assert_eq!(self.control("POST", STATES, &body).json(), json!({}));
    }

    fn count(&self) -> Value {
        self.get(&format!("{PROFILES}/_count")).json()["count"].clone()
    }
}

#[test]
fn the_catalog_says_what_there_is() {
    let catalog = Mock::start().get("/__admin/pact/provider-states");
    let shown = serde_json::to_string_pretty(&catalog.json()).unwrap();
    insta::assert_snapshot!("catalog", shown);
}

#[test]
fn every_state_of_the_catalog_can_be_had_and_undone_twice() {
    let mock = Mock::start();
    let catalog = mock.get("/__admin/pact/provider-states").json();
    for state in catalog["states"].as_array().unwrap() {
        let name = state["name"].as_str().unwrap();
        for _ in 0..2 {
            let values = mock.state(name, &json!({}));
            let names: Vec<_> =
                values.as_object().unwrap().keys().cloned().map(Value::from).collect();
            let mut promised = state["returns"].as_array().unwrap().clone();
            promised.sort_by_key(|name| name.as_str().map(str::to_owned));
            assert_eq!(names, promised, "{name}");
        }
        for _ in 0..2 {
            mock.teardown(name, &json!({}));
        }
        assert_eq!(mock.count(), 12, "{name}");
    }
}

#[test]
fn a_profile_is_as_asked_for_and_alone_with_its_address() {
    let mock = Mock::start();
    for _ in 0..2 {
        mock.pkey(&json!({"email": "ann@example.com"}));
    }
    let asked = json!({"email": "Ann@example.com", "firstName": "Ann", "ccpaOptOut": true});
    let values = mock.state("A Profile Exists", &asked);
    assert_eq!(values["email"], "ann@example.com");
    let profile = mock.read(values["PKey"].as_str().unwrap());
    assert_eq!((&profile["firstName"], &profile["ccpaOptOut"]), (&json!("Ann"), &json!(true)));
    assert_eq!(mock.count(), 13);
    mock.teardown("a profile exists", &asked);
    assert_eq!(mock.count(), 12);
}

#[test]
fn a_privacy_job_stays_in_the_state_that_was_asked_for() {
    let mock = Mock::start();
    for status in ["submitted", "processing", "complete", "error"] {
        let values = mock.state("a privacy job exists", &json!({"status": status}));
        mock.advance(std::time::Duration::from_secs(3600));
        assert_eq!(mock.job(values["jobId"].as_str().unwrap())["status"], status);
    }
}

#[test]
fn a_state_is_made_in_the_org_that_is_named() {
    let mock = Mock::start();
    let body = json!({"state": "a profile exists"});
    let answer = mock.control("POST", &format!("{STATES}?org=acme-w7&create=true"), &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(mock.count(), 12);
    let there = mock.get("/acme-w7/campaign/profileAndServices/profile/_count");
    assert_eq!(there.json()["count"], 13);
}

/// What a verifier sends for an interaction that names no state.
#[test]
fn no_state_is_a_state_too() {
    let mock = Mock::start();
    for body in [
        json!({"state": "", "params": {}, "action": "setup"}),
        json!({"state": "", "params": null, "action": "teardown", "consumer": "a shop"}),
    ] {
        let answer = mock.control("POST", STATES, &body);
        assert_eq!((answer.status, answer.json()), (200, json!({})), "{body}");
    }
    assert_eq!(
        mock.control("POST", STATES, &json!({"state": "a profile exists", "params": null})).status,
        200
    );
}

#[test]
fn what_nobody_knows_is_refused_and_changes_nothing() {
    let mock = Mock::start();
    let mut shown = String::new();
    for body in [
        json!({"state": "the moon is full"}),
        json!({}),
        json!({"state": "a profile exists", "params": {"mail": "x@example.com"}}),
        json!({"state": "a profile exists", "params": {"ccpaOptOut": "yes"}}),
        json!({"state": "a profile exists", "params": {"email": "no address"}}),
        json!({"state": "a privacy job exists", "params": {"status": "done"}}),
        json!({"state": "a profile exists", "action": "prepare"}),
    ] {
        let answer = mock.control("POST", STATES, &body);
        let _ = writeln!(shown, "--- {body}\n{} {}", answer.status, answer.body);
    }
    let unknown = mock.control("POST", &format!("{STATES}?org=nobody"), &json!({"state": "x"}));
    let _ = writeln!(shown, "--- nobody\n{} {}", unknown.status, unknown.body);
    insta::assert_snapshot!("refusals", shown);
    assert_eq!(mock.count(), 12);
}
