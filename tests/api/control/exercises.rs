//! Exercises: those of the demo data can be solved, what is done stays done, and a reset begins anew.

use std::fs;
use std::path::Path;
use std::time::Duration;

use campaign_mock::config::{SeedSource, Settings};
use serde_json::{Value, json};

use super::support::{admin, reset, tried};
use crate::driver::{HOST, JOBS, Mock, credentials, settings};
use crate::wire::Answer;

/// The demo's exercises, in their order.
const DEMO: [&str; 8] =
    ["find", "read", "opt-out", "watch", "withdraw", "retry", "access", "delete"];

/// Somebody who has a token for one org and nothing else.
struct Seat<'a> {
    mock: &'a Mock,
    org: &'static str,
    ims_org: String,
    token: String,
}

impl<'a> Seat<'a> {
    fn new(mock: &'a Mock, org: &'static str) -> Self {
        let body = json!({"org": org}).to_string();
        tried(mock, "POST", "/orgs", &body);
        let token = admin(mock, "POST", "/tokens", &body)["accessToken"].clone();
        let ims_org = admin(mock, "GET", &format!("/orgs/{org}"), "")["imsOrgId"].clone();
        let text = |value: Value| value.as_str().unwrap().to_owned();
        Self { mock, org, ims_org: text(ims_org), token: text(token) }
    }

    fn call(&self, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("Host", HOST),
            ("X-Api-Key", self.mock.api_key()),
            ("Authorization", bearer.as_str()),
            ("x-gw-ims-org-id", self.ims_org.as_str()),
            ("Content-Type", "application/json"),
        ];
        headers.extend(more);
        crate::wire::send(self.mock.address(), method, path, &headers, body.as_bytes()).unwrap()
    }

    fn profile(&self, method: &str, rest: &str, body: &str) -> Answer {
        let path = format!("/{}/campaign/profileAndServices/profile/{rest}", self.org);
        self.call(method, &path, &[], body)
    }

    /// Sends the body that an exercise shows, and answers the id of its job.
    fn ask(&self, exercise: &str) -> String {
        let all = self.exercises();
        let text = all.iter().find(|one| one["id"] == exercise).unwrap()["text"].as_str().unwrap();
        let start = text.find(r#"{"companyContexts""#).unwrap();
        let body = &text[start..=text.rfind('}').unwrap()];
        let answer = self.call("POST", JOBS, &[], body);
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.json()["jobs"][0]["jobId"].as_str().unwrap().to_owned()
    }

    fn exercises(&self) -> Vec<Value> {
        let all = admin(self.mock, "GET", &format!("/exercises?org={}", self.org), "");
        assert_eq!(all["org"], self.org);
        all["exercises"].as_array().unwrap().clone()
    }

    /// Which exercises are done.
    fn done(&self) -> Vec<String> {
        let all = self.exercises().into_iter();
        let done = all.filter(|one| {
            assert_eq!(one["done"], !one["doneAt"].is_null(), "{one}");
            one["done"] == true
        });
        done.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_seat_can_solve_all_exercises_of_the_demo() {
    let mock = Mock::start();
    let (seat, other) = (Seat::new(&mock, "acme-seat7"), Seat::new(&mock, "acme-seat8"));
    let ids: Vec<_> = seat.exercises().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, DEMO);
    let mut number = 0;
    let mut done_is = |exercise: &str| {
        assert_eq!(seat.done(), DEMO[..=number]);
        assert_eq!(DEMO[number], exercise);
        number += 1;
    };
    assert_eq!(seat.done(), Vec::<String>::new());

    assert_eq!(seat.profile("GET", "byEmail?email=john.doe@example.com", "").status, 200);
    done_is("find");
    assert_eq!(seat.profile("GET", "C-1001", "").json()["ccpaOptOut"], false);
    done_is("read");
    assert_eq!(seat.profile("PATCH", "C-1001", r#"{"ccpaOptOut": true}"#).status, 200);
    done_is("opt-out");

    let jobs = seat.call("GET", &format!("{JOBS}?regulation=ccpa"), &[], "").json();
    let id = jobs["jobDetails"][0]["jobId"].as_str().unwrap();
    assert_eq!(jobs["jobDetails"][0]["action"], "opt-out-of-sale", "{jobs}");
    let job = || seat.call("GET", &format!("{JOBS}/{id}"), &[], "").json();
    assert_ne!(job()["status"], "complete");
    assert_eq!(seat.done().len(), 3);
    mock.advance(Duration::from_secs(10));
    assert_eq!(job()["status"], "complete");
    done_is("watch");

    assert_eq!(seat.profile("PATCH", "C-1001", r#"{"ccpaOptOut": false}"#).status, 200);
    done_is("withdraw");
    let path = format!("/{}/campaign/profileAndServices/profile/C-1001", seat.org);
    let refused = seat.call("GET", &path, &[("Prefer", "code=429")], "");
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(seat.done().len(), 5);
    assert_eq!(seat.call("GET", &path, &[], "").status, 200);
    done_is("retry");

    let id = seat.ask("access");
    mock.advance(Duration::from_secs(10));
    assert_eq!(seat.done().len(), 6);
    let archive = seat.call("GET", &format!("{JOBS}/{id}/content"), &[], "");
    assert!(archive.status == 200 && archive.bytes.starts_with(b"PK"), "{}", archive.status);
    done_is("access");

    seat.ask("delete");
    assert_eq!(seat.done().len(), 7);
    mock.advance(Duration::from_secs(10));
    assert_eq!(seat.profile("GET", "C-1002", "").status, 404);
    done_is("delete");
    assert_eq!(other.done(), Vec::<String>::new());
}

#[test]
fn an_exercise_tells_what_to_do_in_the_words_of_the_org() {
    let mock = Mock::start();
    let seat = Seat::new(&mock, "acme-seat7");
    for exercise in seat.exercises() {
        let text = exercise["text"].as_str().unwrap();
        assert!(text.contains("/acme-seat7/") || text.contains(&seat.ims_org), "{text}");
        assert!(!text.contains("{org}") && !text.contains("{imsOrgId}"), "{text}");
        assert!(!exercise["title"].as_str().unwrap().is_empty());
    }
    assert_eq!(tried(&mock, "GET", "/exercises", "").status, 400);
    assert_eq!(tried(&mock, "GET", "/exercises?org=globex", "").status, 404);
}

#[test]
fn what_is_done_stays_done_when_the_journal_forgets() {
    let mock = Mock::with(Settings { journal_entries: 3, ..settings() });
    let seat = Seat::new(&mock, "acme");
    seat.profile("GET", "byEmail?email=john.doe@example.com", "");
    let first = seat.exercises()[0].clone();
    assert_eq!(first["doneAt"], "2020-03-01T12:00:00.000Z");
    mock.advance(Duration::from_secs(60));
    for _ in 0..5 {
        seat.profile("GET", "byText?text=Doe", "");
    }
    assert_eq!(seat.exercises()[0], first);
    // What the journal loses on purpose is looked at before, also what is only a part of an exercise.
    let path = format!("/{}/campaign/profileAndServices/profile/C-1001", seat.org);
    seat.call("GET", &path, &[("Prefer", "code=429")], "");
    admin(&mock, "DELETE", "/requests?org=acme", "");
    seat.call("GET", &path, &[], "");
    assert_eq!(seat.done(), ["find", "read", "retry"]);
}

/// A server whose journal has room for few calls.
fn forgetful(database: &Path) -> Settings {
    Settings { database: Some(database.to_owned()), journal_entries: 20, ..settings() }
}

/// Does an exercise and goes on until the journal is about to forget it; the server looks, though nobody asks.
fn is_looked_at(mock: &Mock, org: &'static str, database: &Path) {
    let is_done = || {
        let database = rusqlite::Connection::open(database).unwrap();
        let sql = "SELECT count(*) FROM exercise JOIN org ON org.id = org_id
                   WHERE org.name = ?1 AND done_at IS NOT NULL";
        database.query_row(sql, [org], |row| row.get::<_, i64>(0)).unwrap() == 1
    };
    let seat = Seat::new(mock, org);
    seat.profile("GET", "C-1001", "");
    for _ in 0..9 {
        seat.profile("GET", "", "");
    }
    let start = std::time::Instant::now();
    while !is_done() {
        assert!(start.elapsed() < Duration::from_secs(60), "nobody has looked");
        std::thread::yield_now();
    }
}

#[test]
fn calls_are_looked_at_before_the_journal_drops_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let mock = Mock::with(forgetful(&file));
    let seat = Seat::new(&mock, "acme");
    // Nobody has asked for exercises yet.
    seat.profile("GET", "C-1001", "");
    for _ in 0..30 {
        seat.profile("GET", "", "");
    }
    assert_eq!(seat.done(), Vec::<String>::new());
    is_looked_at(&mock, "acme", &file);
}

#[test]
fn calls_of_seats_are_looked_at_though_nobody_has_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let mock = Mock::with(forgetful(&file));
    admin(&mock, "POST", "/seats", r#"{"count": 2}"#);
    is_looked_at(&mock, "acme-seat1", &file);
    drop(mock);
    let mock = Mock::with(forgetful(&file));
    is_looked_at(&mock, "acme-seat2", &file);
}

#[test]
fn the_overview_counts_what_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let mock = Mock::with(forgetful(&file));
    let all = || {
        let orgs = admin(&mock, "GET", "/overview", "")["orgs"].clone();
        let of = |org: &Value| (org["org"].clone(), org["exercises"].clone());
        orgs.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let counts = |done: usize| json!({"done": done, "of": 8});
    assert_eq!(all(), [(json!("acme"), counts(0))]);
    Seat::new(&mock, "acme-w2").profile("GET", "byEmail?email=john.doe@example.com", "");
    assert_eq!(all(), [(json!("acme"), counts(0)), (json!("acme-w2"), counts(1))]);
    reset(&mock, "?org=acme-w2&to=empty");
    assert_eq!(all()[1].1, json!({"done": 0, "of": 0}));
    is_looked_at(&mock, "acme", &file);
}

#[test]
fn what_is_done_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = Settings { database: Some(folder.path().join("a.db")), ..settings() };
    let mock = Mock::with(file.clone());
    Seat::new(&mock, "acme").profile("GET", "C-1001", "");
    let before = Seat::new(&mock, "acme").exercises();
    drop(mock);
    let mock = Mock::with(file);
    let seat = Seat::new(&mock, "acme");
    assert_eq!((seat.done(), seat.exercises()), (vec!["read".to_owned()], before));
}

#[test]
fn a_reset_begins_anew_and_a_snapshot_goes_back() {
    let mock = Mock::start();
    let seat = Seat::new(&mock, "acme");
    let find = || seat.profile("GET", "byEmail?email=john.doe@example.com", "");
    find();
    assert_eq!(seat.done(), ["find"]);
    // Nobody has looked since.
    seat.profile("GET", "C-1001", "");
    reset(&mock, "?org=acme");
    assert_eq!(seat.done(), Vec::<String>::new());
    assert_eq!(seat.exercises().len(), 8);
    find();
    admin(&mock, "POST", "/snapshots/a", "");
    let document = tried(&mock, "GET", "/snapshots/a/export", "").json();
    assert_eq!(document["orgs"][0]["exercises"].as_array().unwrap().len(), 8);
    seat.profile("PATCH", "C-1001", r#"{"ccpaOptOut": true}"#);
    seat.profile("GET", "C-1001", "");
    admin(&mock, "POST", "/snapshots/a/restore", "");
    assert_eq!(seat.done(), ["find"]);
    // The journal still has the calls from before.
    assert!(
        admin(&mock, "GET", "/requests?org=acme", "")["requests"].as_array().unwrap().len() > 2
    );
    seat.profile("GET", "C-1001", "");
    assert_eq!(seat.done(), ["find", "read"]);
    admin(&mock, "DELETE", "/orgs/acme", "");
    assert_eq!(seat.done(), Vec::<String>::new());
    reset(&mock, "?org=acme&to=empty");
    assert_eq!(seat.exercises(), Vec::<Value>::new());
}

#[test]
fn a_snapshot_of_an_earlier_version_has_the_exercises_of_the_seed() {
    let mock = Mock::start();
    let seat = Seat::new(&mock, "acme");
    seat.profile("GET", "C-1001", "");
    admin(&mock, "POST", "/snapshots/a", "");
    let mut document = tried(&mock, "GET", "/snapshots/a/export", "").json();
    document["orgs"][0].as_object_mut().unwrap().remove("exercises").unwrap();
    admin(&mock, "PUT", "/snapshots/b", &document.to_string());
    reset(&mock, "?to=b");
    assert_eq!((seat.exercises().len(), seat.done()), (8, Vec::new()));
    let twice = json!({"id": "find", "doneAt": null});
    document["orgs"][0]["exercises"] = json!([twice, twice]);
    let answer = tried(&mock, "PUT", "/snapshots/c", &document.to_string());
    assert!(answer.status == 400 && answer.body.contains("exercise"), "{}", answer.body);
}

#[test]
fn every_condition_is_met_by_what_it_says_alone() {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let profiles = "{\"email\":\"ann@example.com\"}\n{\"email\":\"bob@example.com\"}\n";
    fs::write(org.join("profile.ndjson"), profiles).unwrap();
    let conditions = [
        json!({"request": {"method": "POST", "path": "*/profile", "body": {"lastName": "Doe"}}}),
        json!({"record": {"resource": "profile", "key": "ann@example.com", "fields":
            {"lastName": "A", "location": {"city": "Rome"}}}}),
        json!({"record": {"resource": "profile", "key": "bob@example.com", "deleted": true}}),
        json!({"optOut": {"to": true}}),
        json!({"optOut": {"profile": "ann@example.com", "to": false}}),
        json!({"job": {"action": "access", "status": "complete"}}),
        json!({"consent": {"optOutOfSale": false}}),
        json!({"all": [{"optOut": {"to": true}}, {"request": {"path": "*/service"}}]}),
        json!({"any": [{"job": {"action": "delete", "status": "error"}}, {"request": {"path": "*/none"}}]}),
    ];
    let line = |(at, done): (usize, &Value)| {
        json!({"id": at.to_string(), "title": "a", "text": "b", "done": done}).to_string() + "\n"
    };
    let lines: String = conditions.iter().enumerate().map(line).collect();
    fs::write(org.join("exercise.ndjson"), lines).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);
    let seat = Seat::new(&mock, "acme");
    let pkey = |email: &str| {
        let found = seat.profile("GET", &format!("byEmail?email={email}"), "").json();
        found["content"][0]["PKey"].as_str().unwrap().to_owned()
    };
    let (ann, bob) = (pkey("ann@example.com"), pkey("bob@example.com"));
    let patch = |body: &str| assert_eq!(seat.profile("PATCH", &ann, body).status, 200);
    let base = "/acme/campaign/profileAndServices";
    let mut done: Vec<String> = Vec::new();
    let mut meets = |ids: &[&str]| {
        done.extend(ids.iter().map(|id| (*id).to_owned()));
        done.sort();
        assert_eq!(seat.done(), done);
    };
    meets(&[]);
    seat.call("POST", &format!("{base}/profile"), &[], r#"{"lastName": "Roe"}"#);
    meets(&[]);
    seat.call("POST", &format!("{base}/profile"), &[], r#"{"lastName": "Doe"}"#);
    meets(&["0"]);
    patch(r#"{"location": {"city": "Rome", "zipCode": "1"}}"#);
    meets(&[]);
    patch(r#"{"lastName": "A"}"#);
    meets(&["1"]);
    // It stays done.
    patch(r#"{"lastName": "B"}"#);
    meets(&[]);
    assert_eq!(seat.profile("DELETE", &bob, "").status, 200);
    meets(&["2"]);
    patch(r#"{"ccpaOptOut": true}"#);
    meets(&["3"]);
    patch(r#"{"ccpaOptOut": false}"#);
    meets(&["4", "6"]);
    mock.ask("access", &[("email", "ann@example.com")]);
    meets(&[]);
    mock.advance(Duration::from_secs(10));
    meets(&["5"]);
    seat.call("GET", &format!("{base}/service"), &[], "");
    meets(&["7"]);
    let id = mock.ask("delete", &[("email", "ann@example.com")]);
    mock.control("POST", &format!("jobs/{id}/fail"), &json!({}));
    meets(&["8"]);
}
