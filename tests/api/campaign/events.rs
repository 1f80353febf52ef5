//! The kinds of events and the states of their messages (`docs/reference/campaign-standard.md` §17).

use std::time::Duration;

use campaign_mock::domain::MESSAGE_STATUSES;
use serde_json::{Value, json};

use super::support::{GENERIC, refusal, with_model};
use crate::driver::{Mock, members};

const MESSAGES: &str = "/acme/campaign/mcacme";

/// The demo seed does not say of which kind it is.
const EVENT: &str = "EVTcartAbandonment";

/// The samples of the documentation.
fn push() -> Value {
    json!({
        "registrationToken": "ABCDEF123456789", "application": "WeFlight", "pushPlatform": "gcm",
        "ctx": {"gateNumber": "Gate B18", "lastname": "Green", "firstname": "Jane"},
    })
}

fn to_profile(email: &str) -> Value {
    json!({"ctx": {"email": email, "gateNumber": "D16"}})
}

impl Mock {
    /// Sends a message and answers its address.
    fn sent(&self, event: &str, body: &Value) -> String {
        let answer = self.post(&format!("{MESSAGES}/{event}"), body);
        assert_eq!(answer.status, 201, "{event} {body}: {}", answer.body);
        assert_eq!(answer.json()["status"], "pending");
        format!("{event}/{}", answer.json()["PKey"].as_str().unwrap())
    }

    fn message_state(&self, message: &str) -> Value {
        self.get(&format!("{MESSAGES}/{message}")).json()["status"].clone()
    }

    /// The state of a message once nothing moves it any more.
    fn end(&self, message: &str) -> Value {
        self.advance(Duration::from_secs(10));
        self.advance(Duration::from_secs(10));
        self.message_state(message)
    }
}

#[test]
fn an_event_that_says_nothing_of_its_kind_takes_all_of_them() {
    let mock = Mock::start();
    for body in [
        json!({"email": "a@example.com", "emailFormat": "html", "ctx": {}}),
        json!({"mobilePhone": "+12025550101"}),
        push(),
        json!({"registrationToken": "A", "application": "B", "pushPlatform": "fcm"}),
        json!({"registrationToken": "A", "application": "B", "pushPlatform": "apns"}),
        to_profile("john.doe@example.com"),
        json!({"ctx": {"mobilePhone": "+12025550101"}}),
        json!({"ctx": {"cusCustomerId": "C-1001"}}),
    ] {
        let message = mock.sent(EVENT, &body);
        assert_eq!(mock.end(&message), "processed", "{body}");
    }
    for (body, part) in [
        (json!({}), "a message needs an 'email' or a 'mobilePhone'"),
        (json!({"ctx": {"cartAmount": "$ 125"}}), "declared in model.ndjson"),
        (json!({"ctx": {"email": ""}}), "a message needs"),
        (json!({"registrationToken": "A", "application": "B"}), "a push notification needs"),
        (
            json!({"registrationToken": "A", "application": "B", "pushPlatform": "wns"}),
            "send one of gcm, fcm, apns",
        ),
        (json!({"email": "a@example.com", "emailFormat": "rtf"}), "'unknown', 'text', 'html'"),
    ] {
        let answer = mock.post(&format!("{MESSAGES}/{EVENT}"), &body);
        assert!(refusal(&answer).1.starts_with(GENERIC), "{}", answer.body);
        let reason = answer.header("x-mock-reason").unwrap();
        assert!(reason.contains(part), "{body}: {reason}");
    }
}

#[test]
fn an_event_of_a_kind_takes_that_kind_alone() {
    let mock = with_model(
        r#"{"declare":"event","name":"EVTmail","kind":"address"}
{"declare":"event","name":"EVTpush","kind":"push"}
{"declare":"event","name":"EVTprofile","kind":"profile","reconciliation":{"email":"email"}}
"#,
    );
    let mail = json!({"email": "a@example.com", "ctx": {}});
    let bodies = [("EVTmail", mail), ("EVTpush", push()), ("EVTprofile", to_profile("a@x.com"))];
    for (event, own) in &bodies {
        let answered = mock.post(&format!("{MESSAGES}/{event}"), own);
        assert_eq!(answered.status, 201, "{event}: {}", answered.body);
        let has_email = members(&answered.body).contains(&"email".to_owned());
        assert_eq!(has_email, *event == "EVTmail");
        for (_, body) in bodies.iter().filter(|(other, _)| other != event) {
            let answer = mock.post(&format!("{MESSAGES}/{event}"), body);
            assert_eq!(answer.status, 500, "{event} {body}: {}", answer.body);
        }
        let found = mock.get(&format!("{MESSAGES}/{event}/byStatusOrType?status=pending")).json();
        assert_eq!(found["content"].as_array().unwrap().len(), 1, "{event}");
    }
    let answer =
        mock.post(&format!("{MESSAGES}/EVTprofile"), &json!({"ctx": {"gateNumber": "D16"}}));
    let reason = "'ctx' is refused: this event finds its profile by 'ctx.email'.";
    assert_eq!(answer.header("x-mock-reason"), Some(reason));
    let both = json!({"email": "a@example.com", "ctx": {"email": "a@example.com"}});
    let text = "'email' property is not valid for the 'EVTprofile' resource.".to_owned();
    assert_eq!(refusal(&mock.post(&format!("{MESSAGES}/EVTprofile"), &both)), (500, text));
}

#[test]
fn an_event_that_finds_no_profile_fails_in_targeting() {
    let mock = with_model(
        r#"{"declare":"field","on":"profile","name":"cusCrmId","type":"text","key":true}
{"declare":"event","name":"EVTlastCall","kind":"profile","reconciliation":{"email":"email"}}
{"declare":"event","name":"EVTcrm","kind":"profile","reconciliation":{"crm_id":"cusCrmId","name":"lastName"}}
"#,
    );
    let body = json!({"email": "jane@acme.com", "cusCrmId": "1", "lastName": "Green"});
    let profile = mock.post("/acme/campaign/profileAndServicesExt/profile", &body);
    assert_eq!(profile.status, 201, "{}", profile.body);
    let crm = |id: &str, name: &str| json!({"ctx": {"crm_id": id, "name": name}});
    for (event, body, status) in [
        ("EVTlastCall", to_profile("Jane@Acme.com"), "processed"),
        ("EVTlastCall", to_profile("john@acme.com"), "targetingFailed"),
        ("EVTcrm", crm("1", "Green"), "processed"),
        ("EVTcrm", crm("1", "Roe"), "targetingFailed"),
    ] {
        let message = mock.sent(event, &body);
        assert_eq!(mock.end(&message), status, "{event} {body}");
    }
}

#[test]
fn every_state_can_be_had_by_a_magic_address() {
    let mock = Mock::start();
    for status in MESSAGE_STATUSES {
        let address = format!("{status}+1@example.com");
        for body in [
            json!({"email": address}),
            json!({"mobilePhone": address}),
            {
                let mut body = push();
                body["registrationToken"] = json!(address);
                body
            },
            to_profile(&address.to_uppercase()),
        ] {
            let message = mock.sent(EVENT, &body);
            assert_eq!(mock.end(&message), status, "{body}");
        }
        let found = mock.get(&format!("{MESSAGES}/{EVENT}/byStatusOrType?status={status}"));
        assert_eq!(found.json()["count"]["value"], 4, "{status}");
    }
    // Nobody's address is magic.
    let real = mock.sent(EVENT, &json!({"email": "ignored@acme.com"}));
    assert_eq!(mock.end(&real), "processed");
}

#[test]
fn a_message_that_fails_late_was_processing() {
    let mock = Mock::start();
    for (status, middle) in [("deliveryFailed", "processing"), ("routingFailed", "routingFailed")] {
        let email = format!("{status}@example.org");
        let message = mock.sent(EVENT, &json!({"email": email}));
        mock.advance(Duration::from_secs(1));
        assert_eq!(mock.message_state(&message), middle);
        assert_eq!(mock.end(&message), status);
    }
}

#[test]
fn every_state_can_be_set_by_the_control_api() {
    let mock = Mock::start();
    let message = mock.sent(EVENT, &push());
    let set = |status: &str| {
        mock.control("PUT", &format!("messages/{message}?org=acme"), &json!({"status": status}))
    };
    for status in MESSAGE_STATUSES {
        let answer = set(status);
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(status)));
        assert_eq!(mock.message_state(&message), status);
        // From the two that are no end it goes on.
        let goes_on = ["pending", "processing"].contains(&status);
        assert_eq!(!answer.json()["nextMoveAt"].is_null(), goes_on, "{status}");
        let end = if goes_on { "processed" } else { status };
        assert_eq!(mock.end(&message), end, "{status}");
    }
    let (_, pkey) = message.split_once('/').unwrap();
    for (path, body, status, part) in [
        (format!("{message}?org=acme"), json!({"status": "lost"}), 400, "'lost' is no status"),
        (format!("{message}?org=acme"), json!({}), 400, "status"),
        (format!("{message}?org=nobody"), json!({"status": "paused"}), 404, "nobody"),
        (
            format!("{message}?org=acme-w3&create=true"),
            json!({"status": "paused"}),
            404,
            "not a PKey",
        ),
        (format!("EVTnope/{pkey}?org=acme"), json!({"status": "paused"}), 404, "'EVTnope'"),
        (format!("profile/{pkey}?org=acme"), json!({"status": "paused"}), 404, "'profile'"),
        (format!("{EVENT}/x?org=acme"), json!({"status": "paused"}), 404, "'x'"),
    ] {
        let answer = mock.control("PUT", &format!("messages/{path}"), &body);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.body.contains(part), "{path}: {}", answer.body);
    }
}
