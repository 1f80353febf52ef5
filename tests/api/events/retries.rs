//! Deliveries that fail: tried again with growing pauses on the server's clock, in the order of the job, and given up in
//! the end (`docs/reference/privacy-service.md` §11).

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{deliveries, register, states, told, waited, with_webhook};
use crate::driver::Mock;
use crate::receiver::{Reaction, Receiver, free_port};

const MINUTE: Duration = Duration::from_secs(60);

fn ask(mock: &Mock) -> String {
    mock.ask("access", &[("email", "john.doe@example.com")])
}

fn tried(mock: &Mock, job: &str, attempts: u32) -> Vec<Value> {
    waited(mock, &format!("org=acme&jobId={job}&attempts={attempts}"))
}

#[test]
fn a_failed_event_is_sent_again_and_the_next_one_waits_for_it() {
    let (mock, receiver) = with_webhook();
    receiver.reacts(|_| Reaction::Status(503));
    let job = ask(&mock);
    let mut attempts = 1;
    for pause in [1, 2, 4, 8, 15, 15] {
        let listed = tried(&mock, &job, attempts);
        let expected =
            [format!("productcomplete retrying {attempts}"), "jobcomplete pending 0".to_owned()];
        assert_eq!(states(&listed), expected);
        assert_eq!(listed[0]["problem"], "it answered 503");
        assert_eq!(listed[1]["nextAttemptAt"], Value::Null);
        // Not a moment too soon.
        mock.advance(Duration::from_millis(pause * 60_000 - 1));
        assert_eq!(receiver.events().len(), attempts as usize);
        mock.advance(Duration::from_millis(1));
        attempts += 1;
    }
    tried(&mock, &job, attempts);
    receiver.reacts(|_| Reaction::Status(204));
    mock.advance(MINUTE * 15);
    let listed = waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(states(&listed), ["productcomplete delivered 8", "jobcomplete delivered 1"]);
    assert_eq!(listed[0]["problem"], Value::Null);

    let events = receiver.events();
    let same = events[..8].iter().all(|event| event.body == events[0].body);
    assert!(same, "a repeated event is another one");
    let counts: Vec<_> = events.iter().map(|event| event.header("x-adobe-retry-count")).collect();
    let expected: Vec<String> = (1..8).map(|count: u32| count.to_string()).collect();
    let expected: Vec<_> = expected.iter().map(|count| Some(count.as_str())).collect();
    assert_eq!((counts[0], &counts[1..8], counts[8]), (None, &expected[..], None));
    assert_eq!(told(&events[8..], &job), ["jobcomplete access.complete"]);
}

#[test]
fn an_event_is_given_up_after_a_day_and_the_next_one_has_its_turn() {
    let (mock, receiver) = with_webhook();
    receiver.reacts(|seen| {
        Reaction::Status(if seen.body.contains("productcomplete") { 500 } else { 200 })
    });
    let job = ask(&mock);
    tried(&mock, &job, 1);
    mock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    tried(&mock, &job, 2);
    waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(
        states(&deliveries(&mock, "acme")),
        ["productcomplete failed 2", "jobcomplete delivered 1"]
    );
    let listed = waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(listed[0]["problem"], "it answered 500");
    assert_eq!(listed[0]["nextAttemptAt"], Value::Null);
    // Nothing comes any more.
    mock.advance(MINUTE * 60 * 24);
    assert_eq!(receiver.events().len(), 3);
}

#[test]
fn what_a_webhook_refuses_is_not_sent_again() {
    for (status, again) in [
        (400, false),
        (401, false),
        (404, false),
        (301, false),
        (505, false),
        (429, true),
        (500, true),
        (503, true),
    ] {
        let (mock, receiver) = with_webhook();
        receiver.reacts(move |_| Reaction::Status(status));
        let job = ask(&mock);
        let listed = tried(&mock, &job, 1);
        let word = if again { "retrying" } else { "failed" };
        assert_eq!(states(&listed)[0], format!("productcomplete {word} 1"), "{status}");
        let problem = listed[0]["problem"].as_str().unwrap();
        assert!(problem.starts_with(&format!("it answered {status}")), "{problem}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (mock, receiver) = with_webhook();
    let other = Receiver::start();
    let to = other.url();
    receiver.reacts(move |_| Reaction::Redirect(to.clone()));
    let job = ask(&mock);
    let listed = waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(states(&listed), ["productcomplete failed 1", "jobcomplete failed 1"]);
    assert_eq!(other.count(), 0);
}

#[test]
fn a_webhook_that_is_gone_gets_its_events_when_it_is_back() {
    let (mock, receiver) = (Mock::start(), Receiver::start_on(free_port()));
    mock.set_progression(&json!({"progression": "immediate"}));
    register(&mock, "acme", &json!({"url": receiver.url()}));
    let port = receiver.port;
    drop(receiver);
    let job = ask(&mock);
    let listed = tried(&mock, &job, 1);
    assert_eq!(states(&listed)[0], "productcomplete retrying 1");
    assert!(listed[0]["problem"].as_str().unwrap().contains("it cannot be reached"), "{listed:?}");
    let back = Receiver::start_on(port);
    mock.advance(MINUTE);
    waited(&mock, &format!("org=acme&jobId={job}"));
    let expected = ["productcomplete campaign.access.complete", "jobcomplete access.complete"];
    assert_eq!(told(&back.events(), &job), expected);
}

#[test]
fn a_webhook_that_fails_holds_up_no_other() {
    let (mock, slow) = with_webhook();
    slow.reacts(|_| Reaction::Silence);
    let receiver = Receiver::start();
    register(&mock, "acme", &json!({"url": receiver.url()}));
    for _ in 0..40 {
        ask(&mock);
    }
    receiver.wait_for(80);
}

#[test]
fn fault_rules_fail_deliveries_on_demand() {
    let (mock, receiver) = with_webhook();
    let rule = |body: Value| {
        let answer = mock.control("PUT", "faults", &json!({"faults": [body]}));
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    for (spec, problem) in [
        (json!({"events": true, "status": 503, "first": 1}), "a fault rule had it answer 503"),
        (
            json!({"events": true, "org": "acme", "method": "POST", "path": "/ev*",
                "fault": "CONNECTION_RESET_BY_PEER", "first": 1}),
            "a fault rule broke the connection: CONNECTION_RESET_BY_PEER",
        ),
    ] {
        rule(spec);
        let before = receiver.events().len();
        let job = ask(&mock);
        let listed = tried(&mock, &job, 1);
        assert_eq!(states(&listed)[0], "productcomplete retrying 1");
        assert_eq!(listed[0]["problem"], problem);
        assert_eq!(receiver.events().len(), before, "it was sent all the same");
        mock.advance(MINUTE);
        waited(&mock, &format!("org=acme&jobId={job}"));
        assert_eq!(told(&receiver.events(), &job).len(), 2);
    }
    let answer = mock.control("GET", "faults", &Value::Null).json();
    assert_eq!(
        (&answer["faults"][0]["applied"], &answer["faults"][0]["events"]),
        (&json!(1), &json!(true))
    );

    // The webhook gets the event, and its answer is lost: it gets it twice.
    rule(json!({"events": true, "fault": "MALFORMED_RESPONSE_CHUNK", "first": 1}));
    let job = ask(&mock);
    tried(&mock, &job, 1);
    mock.advance(MINUTE);
    waited(&mock, &format!("org=acme&jobId={job}"));
    let product = "productcomplete campaign.access.complete";
    assert_eq!(told(&receiver.events(), &job), [product, product, "jobcomplete access.complete"]);
}

#[test]
fn rules_for_calls_and_rules_for_events_are_for_these_alone() {
    let (mock, receiver) = with_webhook();
    let others = json!([
        {"status": 418, "path": "/events"},
        {"events": true, "status": 503, "org": "acme-w2"},
        {"events": true, "status": 503, "path": "/other"},
        {"events": true, "status": 503, "method": "GET"},
    ]);
    assert_eq!(mock.control("PUT", "faults", &json!({"faults": others})).status, 200);
    let job = ask(&mock);
    waited(&mock, &format!("org=acme&jobId={job}"));
    assert_eq!(receiver.events().len(), 2);
    let faults = json!({"faults": [{"events": true, "status": 503}]});
    assert_eq!(mock.control("PUT", "faults", &faults).status, 200);
    assert_eq!(mock.get(crate::driver::PROFILES).status, 200);
}
