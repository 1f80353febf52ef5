//! What becomes of registrations and owed deliveries: at the start, at resets, with snapshots, and when they are removed.

use std::fs;
use std::time::Duration;

use campaign_mock::config::{SeedSource, Settings};
use serde_json::{Value, json};

use super::support::{deliveries, register, registrations, states, waited, with_webhook};
use crate::driver::{Mock, credentials, settings};
use crate::receiver::{Reaction, Receiver, free_port};

fn ask(mock: &Mock) -> String {
    mock.ask("access", &[("email", "john.doe@example.com")])
}

/// A seed whose only customer has these registrations.
fn seed(registrations: &Value) -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let path = org.join("org.json");
    let mut text: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    text["eventRegistrations"] = registrations.clone();
    fs::write(path, text.to_string()).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    settings.job_progression = campaign_mock::config::JobProgression::Immediate;
    (folder, settings)
}

/// Asks until the first registration of the org is in that state.
fn until_status(mock: &Mock, status: &str) -> Value {
    let start = std::time::Instant::now();
    loop {
        let found = registrations(mock, "acme").remove(0);
        if found["status"] == status && (status == "verified" || found["problem"].is_string()) {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{found}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_webhook_of_the_seed_is_asked_at_the_start_and_gets_events() {
    let receiver = Receiver::start();
    let (_folder, settings) = seed(&json!([{"url": receiver.url(), "name": "of the seed"}]));
    let mock = Mock::with(settings);
    let found = until_status(&mock, "verified");
    assert_eq!(found["name"], "of the seed");
    let job = ask(&mock);
    waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(receiver.events().len(), 2);
}

#[test]
fn a_webhook_that_is_not_up_stops_nobody_and_gets_its_events_once_it_is() {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/hook?key=1");
    let (_folder, settings) = seed(&json!([{"url": url}]));
    let mock = Mock::with(settings);
    let found = until_status(&mock, "unverified");
    assert!(found["problem"].as_str().unwrap().contains("cannot be reached"), "{found}");
    assert_eq!(found["nextChallengeAt"], "2020-03-01T12:00:01.000Z");
    let job = ask(&mock);
    assert_eq!(
        states(&deliveries(&mock, "acme")),
        ["productcomplete pending 0", "jobcomplete pending 0"]
    );

    // It is up, and fails the challenge at first: nothing is sent. Pauses double.
    let receiver = Receiver::start_on(port);
    receiver.reacts(|_| Reaction::Text(200, "text/plain", "hello".to_owned()));
    for (pause, next) in [(1, "12:00:03"), (2, "12:00:07")] {
        mock.advance(Duration::from_secs(pause));
        let start = std::time::Instant::now();
        while !registrations(&mock, "acme")[0]["nextChallengeAt"].as_str().unwrap().contains(next) {
            assert!(start.elapsed() < Duration::from_secs(30));
        }
    }
    receiver.reacts(|_| Reaction::Status(200));
    mock.advance(Duration::from_secs(4));
    waited(&mock, &format!("org=acme&jobId={job}"));
    let seen = receiver.seen();
    let methods: Vec<_> = seen.iter().map(|one| one.method.as_str()).collect();
    assert_eq!(methods, ["GET", "GET", "GET", "POST", "POST"]);
    assert!(seen[0].target.starts_with("/hook?key=1&challenge="), "{}", seen[0].target);
}

#[test]
fn a_webhook_of_the_seed_on_another_machine_is_shown_and_not_called() {
    let (_folder, settings) = seed(&json!([{"url": "http://example.com/hook"}]));
    let mock = Mock::with(settings);
    let found = until_status(&mock, "unverified");
    assert!(found["problem"].as_str().unwrap().contains("--events-to example.com:80"), "{found}");
}

#[test]
fn a_reset_drops_what_is_owed_and_brings_the_registrations_of_the_seed_back() {
    let (of_seed, added) = (Receiver::start(), Receiver::start());
    let (_folder, settings) = seed(&json!([{"url": of_seed.url()}]));
    for to in ["seed", "empty"] {
        let mock = Mock::with(settings.clone());
        until_status(&mock, "verified");
        let before = (of_seed.events().len(), added.events().len());
        let id = registrations(&mock, "acme")[0]["id"].clone();
        register(&mock, "acme", &json!({"url": added.url()}));
        for receiver in [&of_seed, &added] {
            receiver.reacts(|seen| Reaction::Status(if seen.method == "GET" { 200 } else { 503 }));
        }
        let job = ask(&mock);
        waited(&mock, &format!("org=acme&jobId={job}&attempts=1"));

        let answer = mock.control("POST", &format!("reset?org=acme&to={to}"), &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let found = until_status(&mock, "verified");
        assert_eq!((&found["id"], registrations(&mock, "acme").len()), (&id, 1));
        assert_eq!(deliveries(&mock, "acme").len(), 0);
        for receiver in [&of_seed, &added] {
            receiver.reacts(|_| Reaction::Status(200));
        }
        mock.advance(Duration::from_secs(60 * 60));
        let answer = mock.post(
            crate::driver::JOBS,
            &mock.request_about("access", &[("email", "a@example.com")], &["Analytics"]),
        );
        assert_eq!(answer.status, 202);
        waited(&mock, "org=acme");
        // Of the old generation the two that failed, of the new one those of its job.
        let tried = of_seed.events().len() - before.0 + added.events().len() - before.1;
        assert!((1 + 2..=2 + 2).contains(&tried), "{tried}");
        assert!(added.events().len() - before.1 <= 1);
    }
}

#[test]
fn a_snapshot_has_the_registrations_and_not_what_is_owed() {
    let (mock, receiver) = with_webhook();
    receiver.reacts(|seen| Reaction::Status(if seen.method == "GET" { 200 } else { 503 }));
    let job = ask(&mock);
    waited(&mock, &format!("org=acme&jobId={job}&attempts=1"));
    assert_eq!(mock.control("POST", "snapshots/s?org=acme", &json!({})).status, 201);
    let document = mock.control("GET", "snapshots/s/export", &Value::Null).json();
    let kept = document["orgs"][0]["eventRegistrations"].clone();
    assert_eq!(kept[0]["url"], json!(receiver.url()));
    assert!(!document.to_string().contains("demo-secret"));

    mock.control("DELETE", "event-registrations?org=acme", &Value::Null);
    assert_eq!((registrations(&mock, "acme").len(), deliveries(&mock, "acme").len()), (0, 0));
    let import = mock.control("PUT", "snapshots/t", &document);
    assert_eq!(import.status, 201, "{}", import.body);
    assert_eq!(mock.control("POST", "snapshots/t/restore", &json!({})).status, 200);
    let found = until_status(&mock, "verified");
    assert_eq!(found["id"], kept[0]["id"]);
    assert_eq!(deliveries(&mock, "acme").len(), 0);
    receiver.reacts(|_| Reaction::Status(200));
    let job = ask(&mock);
    waited(&mock, &format!("org=acme&jobId={job}"));

    for (member, value, words) in [
        ("url", json!("https://localhost/"), "plain http only"),
        ("events", json!([]), "one type of events"),
    ] {
        let mut wrong = document.clone();
        wrong["orgs"][0]["eventRegistrations"][0][member] = value;
        let answer = mock.control("PUT", "snapshots/u", &wrong);
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    let mut twice = document;
    twice["orgs"][0]["eventRegistrations"] = json!([kept[0], kept[0]]);
    assert!(mock.control("PUT", "snapshots/u", &twice).body.contains("the same id"));
}

#[test]
fn without_its_registration_a_delivery_is_no_more() {
    let (mock, receiver) = with_webhook();
    receiver.reacts(|_| Reaction::Status(503));
    let job = ask(&mock);
    waited(&mock, &format!("org=acme&jobId={job}&attempts=1"));
    let id = registrations(&mock, "acme")[0]["id"].as_str().unwrap().to_owned();
    let path = format!("event-registrations/{id}?org=acme");
    assert_eq!(mock.control("DELETE", &path, &Value::Null).status, 200);
    mock.advance(Duration::from_secs(60 * 60));
    ask(&mock);
    waited(&mock, "org=acme");
    assert_eq!(receiver.events().len(), 1);
    assert_eq!(deliveries(&mock, "acme").len(), 0);
}

#[test]
fn an_org_that_is_deleted_tells_nothing_any_more() {
    let (mock, receiver) = with_webhook();
    receiver.reacts(|_| Reaction::Status(503));
    let job = ask(&mock);
    waited(&mock, &format!("org=acme&jobId={job}&attempts=1"));
    assert_eq!(mock.control("DELETE", "orgs/acme", &Value::Null).status, 204);
    mock.advance(Duration::from_secs(24 * 60 * 60));
    waited(&mock, "org=acme");
    assert_eq!(receiver.events().len(), 1);
}
