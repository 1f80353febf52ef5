//! Opt-outs of sale that Privacy Service is asked for, as jobs and as consents: they change nothing in
//! Campaign unless the server is told that they do (`docs/reference/privacy-service.md` §7, §9).

use std::fmt::Write as _;
use std::time::Duration;

use campaign_mock::config::{JobProgression, Settings};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::driver::{Mock, products, settings};

const CONSENT: &str = "/data/core/privacy/consent";

fn applying() -> Mock {
    Mock::with(Settings { opt_out_applies: true, ..settings() })
}

fn consent(opt_out: bool, namespace: &str, values: &[&str]) -> Value {
    json!({"optOutOfSale": opt_out, "entities": [{"nameSpace": namespace, "values": values}]})
}

impl Mock {
    fn consents(&self) -> Vec<Value> {
        let answer = self.get("/__admin/consents?org=acme").json();
        answer["consents"].as_array().unwrap().clone()
    }

    fn tell(&self, opt_out: bool, email: &str) {
        let answer = self.post(CONSENT, &consent(opt_out, "email", &[email]));
        assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    }
}

#[test]
fn an_opt_out_job_changes_nothing_in_campaign() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"email": "ann@example.com"}));
    let before = mock.read(&pkey);
    for email in ["ann@example.com", "nobody@example.com"] {
        let id = mock.ask("opt-out-of-sale", &[("email", email)]);
        mock.advance(Duration::from_secs(3));
        // Nobody is looked up: whoever it is about, it is a success.
        assert_eq!(products(&mock.job(&id)), ["Campaign complete PRVCY-6000-200"]);
    }
    assert_eq!((mock.read(&pkey), mock.ledger(&pkey).len()), (before, 0));
    mock.tell(true, "ann@example.com");
    assert_eq!((&mock.read(&pkey)["ccpaOptOut"], mock.ledger(&pkey).len()), (&json!(false), 0));
    assert_eq!(mock.consents()[0]["profilesChanged"], Value::Null);
    assert_eq!(mock.all_jobs().len(), 2);
}

#[test]
fn an_opt_out_job_that_applies_is_one_settled_change_and_no_further_job() {
    let mock = applying();
    let pkey = mock.pkey(&json!({"email": "ann@example.com"}));
    let id = mock.ask("opt-out-of-sale", &[("email", "Ann@example.com")]);
    mock.advance(Duration::from_secs(2));
    assert_eq!(mock.read(&pkey)["ccpaOptOut"], false);
    mock.advance(Duration::from_secs(1));
    let after = mock.read(&pkey);
    assert_eq!(after["ccpaOptOut"], true);
    assert_eq!(after["ccpaOptOutLastModified"], "2020-03-01 12:00:03.000Z");
    assert_eq!(after["lastModified"], "2020-03-01 12:00:03.000Z");
    mock.advance(Duration::from_secs(60));
    let ledger = mock.ledger(&pkey);
    assert_eq!(ledger.len(), 1);
    insta::assert_snapshot!(
        "applied",
        serde_json::to_string_pretty(&ledger[0]).unwrap().replace(&pkey, "<pkey>")
    );
    assert_eq!(ledger[0]["appliedBy"], json!(id));
    assert_eq!(mock.all_jobs().len(), 1);
    // Once more is no change.
    let again = mock.ask("opt-out-of-sale", &[("email", "ann@example.com")]);
    let absent = mock.ask("opt-out-of-sale", &[("email", "nobody@example.com")]);
    mock.advance(Duration::from_secs(3));
    assert_eq!(products(&mock.job(&again)), ["Campaign complete PRVCY-6000-200"]);
    assert_eq!(products(&mock.job(&absent)), ["Campaign complete PRVCY-6052-200"]);
    assert_eq!(mock.ledger(&pkey).len(), 1);
}

#[test]
fn a_consent_that_applies_goes_both_ways() {
    let mock = applying();
    let twins = [(); 2].map(|()| mock.pkey(&json!({"email": "twin@example.com"})));
    for (value, changed) in [(false, 0), (true, 2), (true, 0), (false, 2)] {
        mock.tell(value, "twin@example.com");
        assert_eq!(mock.consents()[0]["profilesChanged"], changed, "{value}");
        for twin in &twins {
            assert_eq!(mock.read(twin)["ccpaOptOut"], value);
        }
    }
    mock.advance(Duration::from_secs(60));
    // The consent is on record as it was told; what it changed makes no consent and no job more.
    assert_eq!((mock.consents().len(), mock.all_jobs().len()), (4, 0));
    for twin in &twins {
        let ledger = mock.ledger(twin);
        let changes: Vec<_> =
            ledger.iter().map(|one| (one["to"].clone(), one["appliedBy"].clone())).collect();
        let expected = [(json!(true), json!("consent 2")), (json!(false), json!("consent 4"))];
        assert_eq!(changes, expected);
    }
}

#[test]
fn a_job_of_the_hook_does_not_apply_again_what_was_withdrawn() {
    let mock = Mock::with(Settings {
        opt_out_applies: true,
        job_progression: JobProgression::Held,
        ..settings()
    });
    let pkey = mock.pkey(&json!({"email": "ann@example.com", "ccpaOptOut": true}));
    mock.settle();
    let job = mock.ledger(&pkey)[0]["jobId"].as_str().unwrap().to_owned();
    mock.set_opt_out(&pkey, false);
    for _ in 0..2 {
        mock.advance_job(&job);
    }
    assert_eq!(
        (mock.status(&job).as_str(), &mock.read(&pkey)["ccpaOptOut"]),
        ("complete", &json!(false))
    );
    assert_eq!(mock.ledger(&pkey).len(), 2);
}

#[test]
fn consents_are_recorded_as_told_and_withdrawals_beside_them() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"email": "ann@example.com", "ccpaOptOut": true}));
    mock.set_opt_out(&pkey, false);
    mock.settle();
    let body = json!({
        "optOutOfSale": true, "requestId": "r1", "transactionId": "t1", "orgId": mock.ims_org(),
        "entities": [
            {"nameSpace": "Email", "values": ["a@example.com", "b@example.com"]},
            {"nameSpace": "ECID", "values": ["4436"]},
        ],
        "more": "is ignored",
    });
    let answer = mock.post(&format!("{CONSENT}/"), &body);
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    let shown = serde_json::to_string_pretty(&mock.consents()).unwrap();
    insta::assert_snapshot!("consents", shown);
    assert_eq!(
        mock.get("/__admin/consents?org=acme&limit=1").json()["consents"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn consents_that_are_refused() {
    let mock = Mock::start();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = consent(true, "email", &["a@example.com"]);
        change(&mut body);
        body.to_string()
    };
    let mut shown = String::new();
    for (name, body) in [
        ("no JSON", "nope".to_owned()),
        ("no object", "[]".to_owned()),
        ("no decision", with(&|body| drop(body.as_object_mut().unwrap().remove("optOutOfSale")))),
        ("decision no boolean", with(&|body| body["optOutOfSale"] = json!("true"))),
        ("no entities", with(&|body| drop(body.as_object_mut().unwrap().remove("entities")))),
        ("entities empty", with(&|body| body["entities"] = json!([]))),
        ("entity no object", with(&|body| body["entities"] = json!(["email"]))),
        (
            "the usual spelling",
            with(&|body| body["entities"] = json!([{"namespace": "email", "values": ["a"]}])),
        ),
        ("custom namespace", with(&|body| body["entities"][0]["nameSpace"] = json!("customerId"))),
        ("no values", with(&|body| body["entities"][0]["values"] = json!([]))),
        ("value no text", with(&|body| body["entities"][0]["values"] = json!([1]))),
        ("value twice", with(&|body| body["entities"][0]["values"] = json!(["a", "a"]))),
        ("another org", with(&|body| body["orgId"] = json!("X@AdobeOrg"))),
        ("request id no text", with(&|body| body["requestId"] = json!(1))),
    ] {
        let _ = writeln!(shown, "--- {name}\n{}", mock.call("POST", CONSENT, &body).shown());
    }
    insta::assert_snapshot!("refused_consents", shown);
    assert_eq!(mock.consents(), Vec::<Value>::new());
}

/// What can happen to one of three people.
#[derive(Debug, Clone, Copy)]
enum Event {
    Set(usize, bool),
    Ask(usize),
    Consent(usize, bool),
    Pass(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..3usize, any::<bool>()).prop_map(|(at, value)| Event::Set(at, value)),
        2 => (0..3usize).prop_map(Event::Ask),
        2 => (0..3usize, any::<bool>()).prop_map(|(at, value)| Event::Consent(at, value)),
        2 => (0..4000u64).prop_map(Event::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whoever changes an opt-out, and in whatever order jobs get to it: the ledger has each real
    /// change once, and there is a job for each opt-out of a client and each that was asked for.
    #[test]
    fn ledger_equals_changes_and_jobs_equal_opt_outs_and_requests(
        events in proptest::collection::vec(event(), 1..40),
    ) {
        let mock = applying();
        let email = |at: usize| format!("person{at}@example.com");
        let people: Vec<_> = (0..3).map(|at| mock.pkey(&json!({"email": email(at)}))).collect();
        let mut asked = 0;
        for event in events {
            match event {
                Event::Set(at, value) => mock.set_opt_out(&people[at], value),
                Event::Ask(at) => {
                    mock.ask("opt-out-of-sale", &[("email", &email(at))]);
                    asked += 1;
                }
                Event::Consent(at, value) => mock.tell(value, &email(at)),
                Event::Pass(millis) => mock.advance(Duration::from_millis(millis)),
            }
        }
        mock.advance(Duration::from_secs(10));
        let mut opt_outs = 0;
        for pkey in &people {
            let ledger = mock.ledger(pkey);
            for (at, change) in ledger.iter().enumerate() {
                prop_assert_eq!(&change["sequence"], &json!(at + 1));
                prop_assert_eq!(&change["from"], &json!(at % 2 == 1));
                prop_assert_eq!(&change["to"], &json!(at % 2 == 0));
                let of_a_client = change["appliedBy"].is_null();
                let job = change["jobId"].is_string();
                prop_assert_eq!(job, of_a_client && change["to"] == json!(true));
                opt_outs += usize::from(job);
            }
            prop_assert_eq!(&mock.read(pkey)["ccpaOptOut"], &json!(ledger.len() % 2 == 1));
        }
        let jobs = mock.all_jobs();
        prop_assert_eq!(jobs.len(), opt_outs + asked);
        prop_assert!(jobs.iter().all(|job| job["status"] == "complete"));
    }
}
