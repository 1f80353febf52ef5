//! Transactional messages: what a POST answers, and how messages move
//! (`docs/reference/campaign-standard.md` §17).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{Mock, members};

const EVENTS: &str = "/acme/campaign/mcacme/EVTcartAbandonment";

impl Mock {
    /// Sends a message and answers its `PKey`.
    fn message(&self, body: &Value) -> String {
        let answer = self.post(EVENTS, body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["PKey"].as_str().unwrap().to_owned()
    }

    fn read_message(&self, pkey: &str) -> Value {
        let answer = self.get(&format!("{EVENTS}/{pkey}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    fn message_status(&self, pkey: &str) -> String {
        self.read_message(pkey)["status"].as_str().unwrap().to_owned()
    }

    /// The messages that a filter lets through.
    fn messages(&self, filter: &str) -> Vec<Value> {
        let answer = self.get(&format!("{EVENTS}/{filter}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["content"].as_array().unwrap().clone()
    }
}

/// The sample of the documentation.
fn sample() -> Value {
    json!({
        "email": "test@example.com",
        "scheduled": "2020-03-01T12:00:30.000Z",
        "expiration": "2020-03-02 12:00:00.000Z",
        "ctx": {"cartAmount": "$ 125", "lastProduct": {"name": "Jacket", "tags": ["a"]}},
    })
}

#[test]
fn the_answer_to_a_message_does_not_repeat_what_it_says() {
    let mock = Mock::start();
    let answer = mock.post(EVENTS, &sample());
    assert_eq!(answer.status, 201);
    let names =
        ["PKey", "ctx", "email", "expiration", "href", "scheduled", "serverUrl", "status", "type"];
    assert_eq!(members(&answer.body), names);
    insta::assert_snapshot!("message", serde_json::to_string_pretty(&answer.json()).unwrap());

    let pkey = answer.json()["PKey"].as_str().unwrap().to_owned();
    let read = mock.read_message(&pkey);
    assert_eq!((&read["email"], &read["ctx"]), (&sample()["email"], &sample()["ctx"]));
}

#[test]
fn an_address_is_relative_and_repeats_the_callers_spelling() {
    let mock = Mock::start();
    let body = json!({"mobilePhone": "+12025550101"});
    for tenant in ["mcacme", "mcAdobe"] {
        let events = format!("/acme/campaign/{tenant}/EVTcartAbandonment");
        let sent = mock.post(&events, &body).json();
        let pkey = sent["PKey"].as_str().unwrap();
        assert_eq!(sent["href"], json!(format!("{tenant}/EVTcartAbandonment/{pkey}")));
        let target = format!("/acme/campaign/{}", sent["href"].as_str().unwrap());
        assert_eq!(mock.get(&target).json()["status"], "pending");
    }
}

#[test]
fn a_message_moves_with_the_clock() {
    let mock = Mock::start();
    let pkey = mock.message(&json!({"email": "a@example.com"}));
    let mut seen = vec![mock.message_status(&pkey)];
    for _ in 0..4 {
        mock.advance(Duration::from_secs(1));
        seen.push(mock.message_status(&pkey));
    }
    assert_eq!(seen, ["pending", "processing", "processing", "processed", "processed"]);
}

#[test]
fn a_scheduled_message_waits_for_its_moment() {
    let mock = Mock::start();
    let pkey = mock.message(
        &json!({"email": "a@example.com", "scheduled": "2020-03-01T13:00:00Z", "ctx": {}}),
    );
    mock.advance(Duration::from_millis(3_599_999));
    assert_eq!(mock.message_status(&pkey), "pending");
    mock.advance(Duration::from_millis(1));
    assert_eq!(mock.message_status(&pkey), "processing");
    mock.advance(Duration::from_secs(2));
    assert_eq!(mock.message_status(&pkey), "processed");
}

#[test]
fn a_message_whose_time_has_passed_is_too_old() {
    let mock = Mock::start();
    let late = mock.message(&json!({
        "email": "a@example.com", "scheduled": "2020-03-01T13:00:00Z",
        "expiration": "2020-03-01T12:30:00Z",
    }));
    let past =
        mock.message(&json!({"email": "a@example.com", "expiration": "2020-02-29T00:00:00Z"}));
    let good =
        mock.message(&json!({"email": "a@example.com", "expiration": "2020-03-01T12:01:00Z"}));
    mock.advance(Duration::from_secs(3));
    assert_eq!(mock.message_status(&past), "tooOld");
    assert_eq!(mock.message_status(&good), "processed");
    // Before its moment comes, once it cannot be sent any more.
    mock.advance(Duration::from_millis(1_796_999));
    assert_eq!(mock.message_status(&late), "pending");
    mock.advance(Duration::from_millis(1));
    assert_eq!(mock.message_status(&late), "tooOld");
}

#[test]
fn messages_may_be_looked_for_by_every_status() {
    let mock = Mock::start();
    mock.message(&sample());
    let described = mock.get(&format!("{EVENTS}/metadata")).json();
    let values = described["content"]["status"]["values"].as_object().unwrap();
    let names: Vec<_> = values.keys().filter(|name| *name != "__Invalid_value__").collect();
    assert_eq!(
        names,
        [
            "deliveryFailed",
            "ignored",
            "paused",
            "pending",
            "processed",
            "processing",
            "routingFailed",
            "targetingFailed",
            "tooOld",
        ]
    );
    for name in names {
        let found = mock.messages(&format!("byStatusOrType?status={name}"));
        assert_eq!(found.len(), usize::from(name == "pending"), "{name}");
    }
}

#[test]
fn messages_are_found_by_email_status_and_type() {
    let mock = Mock::start();
    let early = mock.message(&json!({"email": "A@Example.com"}));
    mock.advance(Duration::from_secs(3));
    let late = mock.message(&json!({"email": "b@example.com"}));
    for (filter, expected) in [
        ("", vec![&early, &late]),
        ("byEmail?email=a@example.com", vec![&early]),
        ("byEmail?email=B%40EXAMPLE.COM", vec![&late]),
        ("byEmail?email=c@example.com", vec![]),
        ("byStatusOrType?status=processed", vec![&early]),
        ("byStatusOrType?status=pending&type=", vec![&late]),
        ("byStatusOrType?type=order", vec![]),
        ("byStatusOrType", vec![&early, &late]),
        ("byEmail/byStatusOrType?email=a@example.com&status=pending", vec![]),
    ] {
        let found = mock.messages(filter);
        let found: Vec<_> = found.iter().map(|found| found["PKey"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{filter}");
    }
    let count = mock.get(&format!("{EVENTS}/byEmail/_count?email=a@example.com"));
    assert_eq!(count.json(), json!({"count": 1}));
}

#[test]
fn an_empty_post_on_a_message_asks_for_it() {
    let mock = Mock::start();
    let pkey = mock.message(&sample());
    let target = format!("{EVENTS}/{pkey}");
    let (posted, read) = (mock.call("POST", &target, ""), mock.get(&target));
    assert_eq!((posted.status, posted.body), (200, read.body));
}

#[test]
fn messages_that_are_refused() {
    let mock = Mock::start();
    let pkey = mock.message(&sample());
    let mut shown = String::new();
    for (name, method, target, body) in [
        ("nobody to send to", "POST", EVENTS.to_owned(), r#"{"ctx": {}}"#),
        ("empty addresses", "POST", EVENTS.to_owned(), r#"{"email": "", "mobilePhone": ""}"#),
        ("bad email", "POST", EVENTS.to_owned(), r#"{"email": "nobody"}"#),
        (
            "bad moment",
            "POST",
            EVENTS.to_owned(),
            r#"{"email": "a@example.com", "scheduled": "soon"}"#,
        ),
        ("ctx is a text", "POST", EVENTS.to_owned(), r#"{"email": "a@example.com", "ctx": "x"}"#),
        ("status", "POST", EVENTS.to_owned(), r#"{"email": "a@example.com", "status": "paused"}"#),
        (
            "unknown property",
            "POST",
            EVENTS.to_owned(),
            r#"{"email": "a@example.com", "phone": "1"}"#,
        ),
        (
            "channel, which only the v8 product has",
            "POST",
            EVENTS.to_owned(),
            r#"{"email": "a@example.com", "wishedChannel": "email"}"#,
        ),
        ("unknown event", "POST", "/acme/campaign/mcacme/EVTnothing".to_owned(), "{}"),
        ("no event", "POST", "/acme/campaign/mcacme/profile".to_owned(), "{}"),
        (
            "under another API",
            "GET",
            "/acme/campaign/profileAndServices/EVTcartAbandonment".to_owned(),
            "",
        ),
        ("a body on a message", "POST", format!("{EVENTS}/{pkey}"), "{}"),
        ("PATCH", "PATCH", format!("{EVENTS}/{pkey}"), r#"{"email": "b@example.com"}"#),
        ("DELETE", "DELETE", format!("{EVENTS}/{pkey}"), ""),
        ("unknown status", "GET", format!("{EVENTS}/byStatusOrType?status=lost"), ""),
        ("unknown message", "GET", format!("{EVENTS}/@x"), ""),
    ] {
        let answer = mock.call(method, &target, body);
        let _ = writeln!(shown, "--- {name}: {method}\n{}", answer.shown());
    }
    insta::assert_snapshot!("refused_messages", shown);
    assert_eq!(mock.messages("").len(), 1);
}

#[test]
fn the_messages_of_a_tenant_are_its_own() {
    let mock = Mock::start();
    let pkey = mock.message(&sample());
    let other = mock.get("/acme-w3/campaign/mcacme-w3/EVTcartAbandonment");
    assert_eq!(other.json()["content"], json!([]));
    let target = format!("/acme-w3/campaign/mcacme-w3/EVTcartAbandonment/{pkey}");
    assert_eq!(mock.get(&target).status, 500);
}
