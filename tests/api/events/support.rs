//! What tests of events share: registering a webhook, and waiting for what it gets.

use campaign_mock::domain::event_signature;
use serde_json::{Value, json};

use crate::driver::Mock;
use crate::receiver::{Receiver, Seen};
use crate::wire::Answer;

/// The client secret of the demo's first credential.
pub const SECRET: &str = "demo-secret-not-for-production";

/// A server whose jobs end at once, and a webhook that is registered for all of its events.
pub fn with_webhook() -> (Mock, Receiver) {
    let (mock, receiver) = (Mock::start(), Receiver::start());
    mock.set_progression(&json!({"progression": "immediate"}));
    register(&mock, "acme", &json!({"url": receiver.url()}));
    (mock, receiver)
}

/// Registers a webhook and answers the registration.
pub fn register(mock: &Mock, org: &str, spec: &Value) -> Value {
    let answer = mock.control("POST", &format!("event-registrations?org={org}&create=true"), spec);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

/// The registrations of an org.
pub fn registrations(mock: &Mock, org: &str) -> Vec<Value> {
    let answer = mock.control("GET", &format!("event-registrations?org={org}"), &Value::Null);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["registrations"].as_array().unwrap().clone()
}

/// Waits for the deliveries that the query asks for, and answers them, the oldest first.
pub fn waited(mock: &Mock, query: &str) -> Vec<Value> {
    let answer = waiting(mock, query);
    assert_eq!(answer.status, 200, "{}", answer.body);
    oldest_first(&answer.json())
}

pub fn waiting(mock: &Mock, query: &str) -> Answer {
    mock.control("GET", &format!("event-deliveries/wait?{query}"), &Value::Null)
}

/// The deliveries of an org, the oldest first.
pub fn deliveries(mock: &Mock, org: &str) -> Vec<Value> {
    let answer = mock.control("GET", &format!("event-deliveries?org={org}"), &Value::Null);
    assert_eq!(answer.status, 200, "{}", answer.body);
    oldest_first(&answer.json())
}

fn oldest_first(body: &Value) -> Vec<Value> {
    body["deliveries"].as_array().unwrap().iter().rev().cloned().collect()
}

/// What each delivery tells and how it stands, joined by blanks.
pub fn states(deliveries: &[Value]) -> Vec<String> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    deliveries
        .iter()
        .map(|one| {
            let kind = text(one, "type");
            let kind = kind.rsplit('.').next().unwrap();
            format!("{kind} {} {}", text(one, "status"), one["attempts"])
        })
        .collect()
}

/// What the events of a job tell, in the order in which they came.
pub fn told(events: &[Seen], job: &str) -> Vec<String> {
    events.iter().filter(|event| event.job() == job).map(Seen::told).collect()
}

/// Whether an event carries the signature of its body.
pub fn is_signed(event: &Seen, secret: &str) -> bool {
    event.header("x-adobe-signature") == Some(event_signature(&event.body, secret).as_str())
}
