//! The opt-out hook, from the profile API to the privacy queue.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, PROFILES, members};

#[test]
fn changes_are_recorded_and_opt_outs_become_jobs() {
    let mock = Mock::start();
    let pkey = mock.pkey(
        &json!({"email": "jdoe@example.com", "mobilePhone": "+12025550101", "ccpaOptOut": true}),
    );
    mock.set_opt_out(&pkey, false);
    mock.set_opt_out(&pkey, true);
    mock.set_opt_out(&pkey, true);
    mock.advance(Duration::from_secs(10));

    let ledger = mock.ledger(&pkey);
    let changes: Vec<_> =
        ledger.iter().map(|change| (&change["sequence"], &change["from"], &change["to"])).collect();
    let expected = [
        (&json!(1), &json!(false), &json!(true)),
        (&json!(2), &json!(true), &json!(false)),
        (&json!(3), &json!(false), &json!(true)),
    ];
    assert_eq!(changes, expected);

    let jobs = mock.jobs("ccpa");
    assert_eq!(jobs.len(), 2);
    for (job, change) in jobs.iter().zip([&ledger[2], &ledger[0]]) {
        assert_eq!(job["action"], "opt-out-of-sale");
        assert_eq!(job["userKey"], json!(pkey));
        assert_eq!(job["status"], "complete");
        assert_eq!(job["jobId"], change["jobId"]);
        assert_eq!(change["jobStatus"], "complete");
    }
    assert_eq!(ledger[1]["jobId"], Value::Null);
    assert_eq!(mock.jobs("gdpr"), Vec::<Value>::new());
}

#[test]
fn the_job_names_the_data_subject_as_the_profile_knew_it() {
    let mock = Mock::start();
    let identities = |body: &Value| -> Value {
        let pkey = mock.pkey(body);
        // The identity is that of the moment of the change.
        mock.patch(&pkey, &json!({"email": "later@example.com"}));
        mock.settle();
        let id = mock.ledger(&pkey)[0]["jobId"].as_str().unwrap().to_owned();
        let job = mock.get(&format!("{JOBS}/{id}")).json();
        assert_eq!(job["productResponses"][0]["product"], "Campaign");
        assert_eq!(job["regulation"], "ccpa");
        let known = job["userIds"].as_array().unwrap().iter();
        known
            .map(|id| json!([id["namespace"], id["value"], id["type"], id["namespaceId"]]))
            .collect()
    };
    let both = json!({"ccpaOptOut": true, "email": "a@example.com", "mobilePhone": "1"});
    let expected =
        json!([["email", "a@example.com", "standard", 6], ["phone", "1", "standard", 7]]);
    assert_eq!(identities(&both), expected);
    assert_eq!(
        identities(&json!({"ccpaOptOut": true, "mobilePhone": "2"})),
        json!([["phone", "2", "standard", 7]])
    );
    let nameless = identities(&json!({"ccpaOptOut": true}));
    assert_eq!((&nameless[0][0], &nameless[0][2]), (&json!("PKey"), &json!("unregistered")));
}

#[test]
fn the_ledger_says_who_and_when() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"ccpaOptOut": true}));
    let answer = mock.get(&format!("/__admin/opt-outs?org=acme&pkey={pkey}"));
    assert_eq!(members(&answer.body), ["org", "imsOrgId", "changes"]);
    let change = &answer.json()["changes"][0];
    assert_eq!(change["requestId"], "test");
    assert_eq!(change["apiKey"], json!(mock.api_key()));
    assert_eq!(change["changedAt"], "2020-03-01T12:00:00.000Z");
    assert!(change["jobId"].is_string());
    assert_eq!(change["jobStatus"], "submitted");
}

#[test]
fn the_ledger_of_an_org_comes_in_pages() {
    let mock = Mock::start();
    for _ in 0..5 {
        mock.pkey(&json!({"ccpaOptOut": true}));
    }
    let page = |after: &Value| {
        mock.get(&format!("/__admin/opt-outs?org=acme&limit=2&after={after}")).json()
    };
    let (mut after, mut sizes) = (json!(0), Vec::new());
    while !after.is_null() {
        let part = page(&after);
        sizes.push(part["changes"].as_array().unwrap().len());
        after = part["nextAfter"].clone();
    }
    assert_eq!(sizes, [2, 2, 1]);
}

#[test]
fn what_a_tenant_starts_with_is_no_change() {
    let mock = Mock::start();
    mock.settle();
    let ledger = mock.get("/__admin/opt-outs?org=acme").json();
    assert_eq!(ledger["changes"], json!([]));
    let list = mock.get(PROFILES).json();
    let opted_out =
        list["content"].as_array().unwrap().iter().find(|p| p["ccpaOptOut"] == json!(true));
    let pkey = opted_out.unwrap()["PKey"].as_str().unwrap().to_owned();
    mock.set_opt_out(&pkey, true);
    assert_eq!(mock.ledger(&pkey).len(), 0);
    mock.set_opt_out(&pkey, false);
    assert_eq!((&mock.ledger(&pkey)[0]["from"], mock.jobs("ccpa").len()), (&json!(true), 0));
}

#[test]
fn the_control_api_answers_this_machine_under_its_own_names_only() {
    let mock = Mock::start();
    let target = "/__admin/opt-outs?org=acme";
    let with_host = |host: &str| {
        crate::wire::send(mock.address(), "GET", target, &[("Host", host)], b"").unwrap()
    };
    assert_eq!(with_host("localhost").status, 200);
    assert_eq!(with_host("127.0.0.1:1").status, 200);
    let stranger = with_host("evil.test");
    assert_eq!(stranger.status, 421);
    assert!(!stranger.body.contains("imsOrgId"));
    let from_a_page = mock.raw("GET", target, &[("Origin", "http://evil.test")], "");
    assert_eq!(from_a_page.header("access-control-allow-origin"), None);
    assert_eq!(from_a_page.status, 403);
    for (query, status) in [
        ("?org=nope", 404),
        ("?pkey=@x", 400),
        ("?org=acme&pkey=@x", 404),
        ("?org=acme&after=x", 400),
    ] {
        assert_eq!(mock.get(&format!("/__admin/opt-outs{query}")).status, status, "{query}");
    }
    assert_eq!(mock.call("POST", target, "{}").status, 415);
    assert_eq!(mock.raw("POST", target, &[("X-Campaign-Mock", "1")], "{}").status, 405);

    let named = Mock::with(campaign_mock::config::Settings {
        allowed_hosts: vec!["mock.test".to_owned()],
        ..crate::driver::settings()
    });
    let call = |path: &str| {
        crate::wire::send(named.address(), "GET", path, &[("Host", "mock.test")], b"")
            .unwrap()
            .status
    };
    assert_eq!((call("/livez"), call(target)), (200, 403));
}

#[test]
fn writers_that_race_on_one_profile_leave_an_alternating_ledger() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({}));
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (mock, pkey) = (&mock, &pkey);
            scope.spawn(move || {
                for n in 0..25 {
                    mock.set_opt_out(pkey, (writer + n) % 2 == 0);
                }
            });
        }
    });
    mock.advance(Duration::from_secs(10));
    let ledger = mock.ledger(&pkey);
    for (at, change) in ledger.iter().enumerate() {
        assert_eq!(change["sequence"], json!(at + 1));
        assert_eq!(change["to"], json!(at % 2 == 0));
        assert_eq!(change["from"], json!(at % 2 == 1));
    }
    assert_eq!(mock.read(&pkey)["ccpaOptOut"], json!(ledger.len() % 2 == 1));
    assert_eq!(mock.jobs("ccpa").len(), ledger.len().div_ceil(2));
}

/// A write in a random sequence.
#[derive(Debug, Clone)]
enum Write {
    Create(Option<bool>),
    /// Of the profile made so many ago.
    Set(usize, bool),
    Touch(usize),
    Refused(usize),
    Settle,
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        2 => any::<Option<bool>>().prop_map(Write::Create),
        5 => (0_usize..4, any::<bool>()).prop_map(|(at, value)| Write::Set(at, value)),
        1 => (0_usize..4).prop_map(Write::Touch),
        1 => (0_usize..4).prop_map(Write::Refused),
        1 => Just(Write::Settle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any sequence of writes: the ledger holds the real changes, and each opt-out is one job.
    #[test]
    fn ledger_equals_changes_equals_jobs(writes in proptest::collection::vec(write(), 1..30)) {
        let mock = Mock::empty();
        // Per profile: its key, its value, and the changes made to it.
        let mut model: Vec<(String, bool, Vec<bool>)> = Vec::new();
        for write in writes {
            match write {
                Write::Create(value) => {
                    let body = value.map_or(json!({}), |value| json!({"ccpaOptOut": value}));
                    let value = value.unwrap_or(false);
                    model.push((mock.pkey(&body), value, if value { vec![true] } else { vec![] }));
                }
                Write::Set(at, value) => if let Some((pkey, now, changes)) = model.iter_mut().rev().nth(at) {
                    mock.set_opt_out(pkey, value);
                    if *now != value { changes.push(value); }
                    *now = value;
                },
                Write::Touch(at) => if let Some((pkey, ..)) = model.iter().rev().nth(at) {
                    prop_assert_eq!(mock.patch(pkey, &json!({"fax": "1"})).status, 200);
                },
                Write::Refused(at) => if let Some((pkey, now, _)) = model.iter().rev().nth(at) {
                    let body = json!({"ccpaOptOut": !now, "gender": "invalid"});
                    prop_assert_eq!(mock.patch(pkey, &body).status, 500);
                },
                Write::Settle => mock.settle(),
            }
        }
        mock.advance(Duration::from_secs(10));
        let mut opt_outs = 0;
        for (pkey, now, changes) in &model {
            let ledger = mock.ledger(pkey);
            let recorded: Vec<bool> = ledger.iter().map(|change| change["to"] == json!(true)).collect();
            prop_assert_eq!(&recorded, changes);
            prop_assert_eq!(&mock.read(pkey)["ccpaOptOut"], &json!(now));
            for change in &ledger {
                prop_assert_eq!(change["jobId"].is_string(), change["to"] == json!(true));
            }
            opt_outs += changes.iter().filter(|to| **to).count();
        }
        let jobs = mock.jobs("ccpa");
        prop_assert_eq!(jobs.len(), opt_outs);
        prop_assert!(jobs.iter().all(|job| job["status"] == "complete"));
    }
}
