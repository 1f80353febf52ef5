//! Registering webhooks, with the challenge (`docs/reference/privacy-service.md` §11).

use campaign_mock::config::Settings;
use serde_json::{Value, json};

use super::support::{register, registrations};
use crate::driver::{Mock, settings};
use crate::receiver::{Reaction, Receiver, free_port};

/// What a registration that is refused says.
fn refused(mock: &Mock, spec: &Value) -> String {
    let answer = mock.control("POST", "event-registrations?org=acme", spec);
    assert_eq!(answer.status, 400, "{}", answer.body);
    answer.json()["error"].as_str().unwrap().to_owned()
}

#[test]
fn a_webhook_is_registered_once_it_has_answered_the_challenge() {
    let (mock, receiver) = (Mock::start(), Receiver::start());
    let spec = json!({"url": receiver.url(), "name": "jobs", "credential": "campaign-only",
        "events": ["com.adobe.platform.gdpr.jobcomplete", "com.adobe.platform.gdpr.joberror"]});
    let mut made = register(&mock, "acme", &spec);
    assert_eq!(registrations(&mock, "acme"), [made.clone()]);

    let asked = &receiver.seen()[0];
    assert_eq!(asked.method, "GET");
    let challenge = asked.target.strip_prefix("/events?challenge=").unwrap();
    assert_eq!(challenge.len(), 36, "{challenge}");

    for (name, text) in [("id", "[id]"), ("url", "[url]")] {
        assert!(made[name].is_string());
        made[name] = text.into();
    }
    insta::assert_snapshot!("registration", serde_json::to_string_pretty(&made).unwrap());
}

#[test]
fn each_form_of_the_answer_counts() {
    let (mock, receiver) = (Mock::start(), Receiver::start());
    let forms: [fn(&str) -> Reaction; 4] = [
        |text| Reaction::Text(200, "text/html", text.to_owned()),
        |text| Reaction::Text(200, "text/plain", format!("\"{text}\"\n")),
        |text| Reaction::Text(201, "text/plain", text.to_owned()),
        |text| {
            let body = json!({"challenge": text}).to_string();
            Reaction::Text(200, "application/json; charset=utf-8", body)
        },
    ];
    for form in forms {
        receiver.reacts(move |seen| form(seen.target.split("challenge=").nth(1).unwrap()));
        register(&mock, "acme", &json!({"url": receiver.url()}));
    }
    assert_eq!(registrations(&mock, "acme").len(), forms.len());
}

#[test]
fn a_webhook_that_fails_the_challenge_is_not_registered() {
    let (mock, receiver, other) = (Mock::start(), Receiver::start(), Receiver::start());
    for (reaction, words) in [
        (Reaction::Text(200, "text/plain", "hello".to_owned()), "did not answer GET ?challenge="),
        (
            Reaction::Text(200, "application/json", "{}".to_owned()),
            "did not answer GET ?challenge=",
        ),
        (Reaction::Status(404), "answered the challenge with 404"),
        (Reaction::Status(500), "answered the challenge with 500"),
        (Reaction::Redirect(other.url()), "answered the challenge with 302"),
    ] {
        receiver.reacts(move |_| reaction.clone());
        let said = refused(&mock, &json!({"url": receiver.url()}));
        assert!(said.contains(words) && said.contains("is not registered"), "{said}");
    }
    let said = refused(&mock, &json!({"url": format!("http://localhost:{}/", free_port())}));
    assert!(said.contains("it cannot be reached"), "{said}");
    assert_eq!(registrations(&mock, "acme").len(), 0);
    assert_eq!(other.count(), 0, "a redirect was followed");
}

#[test]
fn what_cannot_be_a_webhook_is_refused_before_anything_is_sent() {
    let (mock, receiver) = (Mock::start(), Receiver::start());
    let port = receiver.port;
    for (spec, words) in [
        (json!({}), "url"),
        (json!({"url": "localhost:3000"}), "http://localhost:3000/events"),
        (json!({"url": format!("https://localhost:{port}/")}), "plain http only"),
        (json!({"url": format!("http://user:pass@localhost:{port}/")}), "a user"),
        (json!({"url": "http://example.com/x"}), "--events-to example.com:80"),
        (json!({"url": format!("http://169.254.169.254:{port}/")}), "--events-to 169.254.169.254"),
        (json!({"url": receiver.url(), "credential": "nobody"}), "everything or campaign-only"),
        (json!({"url": receiver.url(), "events": ["jobcomplete"]}), "jobcomplete"),
        (json!({"url": receiver.url(), "events": []}), "one type of events"),
        (json!({"url": receiver.url(), "name": ""}), "a name"),
        (json!({"url": receiver.url(), "secret": "x"}), "secret"),
    ] {
        let said = refused(&mock, &spec);
        assert!(said.contains(words), "{spec}: {said}");
    }
    assert_eq!(receiver.count(), 0);
}

#[test]
fn a_host_that_is_allowed_may_be_another_machine() {
    let receiver = Receiver::start();
    let address = format!("localhost.example.com:{}", receiver.port);
    let allowed = Settings { events_to: vec![address.parse().unwrap()], ..settings() };
    let said = refused(&Mock::with(allowed), &json!({"url": format!("http://{address}/")}));
    // It is asked, and its name is looked up, which fails here.
    assert!(said.contains("it cannot be reached"), "{said}");
}

#[test]
fn registrations_are_replaced_all_or_none_and_removed() {
    let (mock, one, two) = (Mock::start(), Receiver::start(), Receiver::start());
    let put = |urls: &[String]| {
        let specs: Vec<_> = urls.iter().map(|url| json!({"url": url})).collect();
        mock.control("PUT", "event-registrations?org=acme", &json!({"registrations": specs}))
    };
    let urls = |found: &[Value]| -> Vec<String> {
        found.iter().map(|one| one["url"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(put(&[one.url(), two.url()]).status, 200);
    assert_eq!(urls(&registrations(&mock, "acme")), [one.url(), two.url()]);
    one.reacts(|_| Reaction::Status(500));
    assert_eq!(put(&[two.url(), one.url()]).status, 400);
    assert_eq!(urls(&registrations(&mock, "acme")), [one.url(), two.url()]);
    let answer = put(&[two.url()]);
    assert_eq!(
        (answer.status, answer.json()["registrations"][0]["url"].clone()),
        (200, two.url().into())
    );
    assert_eq!(urls(&registrations(&mock, "acme")), [two.url()]);

    let id = registrations(&mock, "acme")[0]["id"].as_str().unwrap().to_owned();
    for (path, status) in [
        (format!("event-registrations/{id}?org=acme-w2"), 404),
        ("event-registrations/none?org=acme".to_owned(), 404),
        (format!("event-registrations/{id}?org=acme"), 200),
        (format!("event-registrations/{id}?org=acme"), 404),
    ] {
        assert_eq!(mock.control("DELETE", &path, &Value::Null).status, status, "{path}");
    }
    register(&mock, "acme", &json!({"url": two.url()}));
    let answer = mock.control("DELETE", "event-registrations?org=acme", &Value::Null);
    assert_eq!(answer.json(), json!({"removed": 1}));
}

#[test]
fn an_org_has_so_many_registrations_and_no_more() {
    let (mock, receiver) = (Mock::start(), Receiver::start());
    let spec = json!({"url": receiver.url()});
    for _ in 0..20 {
        register(&mock, "acme", &spec);
    }
    assert!(refused(&mock, &spec).contains("at most 20"));
    register(&mock, "acme-w2", &spec);
}
