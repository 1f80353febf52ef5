//! Resets: what they lead back to, and what they leave.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{admin, make_history, people, reset, tried};
use crate::driver::{JOBS, Mock, PROFILES, settings};

#[test]
fn a_reset_leads_back_to_the_seed() {
    let mock = Mock::start();
    let before = people(&mock, "acme");
    let pkey = make_history(&mock);
    mock.set_opt_out(before[0][0].as_str().unwrap(), true);
    assert_eq!(
        reset(&mock, "?org=acme"),
        json!({"orgs": [{
            "org": "acme",
            "to": "seed",
            "before": {"profiles": 13, "records": 25, "changes": 3, "jobs": 156, "consents": 1},
            "after": {"profiles": 12, "records": 25, "changes": 0, "jobs": 152, "consents": 0},
        }]})
    );
    assert_eq!(people(&mock, "acme"), before);
    assert_eq!(mock.get(&format!("{PROFILES}/{pkey}")).status, 404);
    assert_eq!((mock.jobs("ccpa"), mock.jobs("gdpr")), (vec![], vec![]));
    mock.advance(Duration::from_secs(10));
    let state = admin(&mock, "GET", "/state/diff?org=acme", "");
    assert_snapshot!(state.to_string(), @r#"{"consents":0,"from":"seed","optOutChanges":0,"org":"acme","privacyJobs":[],"records":[]}"#);
}

#[test]
fn a_reset_to_empty_keeps_what_is_set_up() {
    let (mock, none) = (Mock::start(), Mock::empty());
    make_history(&mock);
    reset(&mock, "?to=empty");
    assert_eq!(people(&mock, "acme"), Vec::<Value>::new());
    for resource in ["orgUnitBase", "geoUnitBase"] {
        let list = |mock: &Mock| {
            mock.get(&format!("/acme/campaign/profileAndServicesExt/{resource}")).json()
        };
        let (list, expected) = (list(&mock), list(&none));
        assert_eq!(list["content"], expected["content"]);
        assert_ne!(list["content"], json!([]));
    }
    assert_eq!(reset(&mock, "")["orgs"][0]["after"]["profiles"], 12);
}

#[test]
fn a_reset_of_one_org_leaves_the_others_and_the_clock() {
    let mock = Mock::start();
    for org in ["acme-w1", "acme-w2"] {
        let path = format!("/{org}/campaign/profileAndServices/profile");
        assert_eq!(mock.post(&path, &json!({"ccpaOptOut": true})).status, 201);
        let transitions = format!("/jobs/transitions?org={org}");
        admin(&mock, "PUT", &transitions, r#"{"progression": "held"}"#);
    }
    mock.advance(Duration::from_secs(60));
    let clock = admin(&mock, "GET", "/clock", "");
    reset(&mock, "?org=acme-w1");
    let progression = |org: &str| {
        admin(&mock, "GET", &format!("/jobs/transitions?org={org}"), "")["progression"].clone()
    };
    assert_eq!((people(&mock, "acme-w1").len(), people(&mock, "acme-w2").len()), (12, 13));
    assert_eq!((progression("acme-w1"), progression("acme-w2")), (json!("timed"), json!("held")));
    assert_eq!(admin(&mock, "GET", "/clock", ""), clock);

    let all = reset(&mock, "");
    let orgs: Vec<_> = all["orgs"].as_array().unwrap().iter().map(|one| &one["org"]).collect();
    assert_eq!(orgs, ["acme", "acme-w1", "acme-w2"]);
    assert_eq!((people(&mock, "acme-w2").len(), progression("acme-w2")), (12, json!("timed")));
    assert_eq!(admin(&mock, "GET", "/clock", "")["now"], "2020-03-01T12:00:00.000Z");
}

#[test]
fn made_up_people_are_made_again() {
    let mock = Mock::with(campaign_mock::config::Settings { profiles: 30, ..settings() });
    let before = people(&mock, "acme");
    assert_eq!(before.len(), 42);
    mock.set_opt_out(before[41][0].as_str().unwrap(), before[41][2] == json!(false));
    assert_eq!(
        admin(&mock, "GET", "/state/diff?org=acme", "")["records"].as_array().unwrap().len(),
        1
    );
    reset(&mock, "");
    assert_eq!(people(&mock, "acme"), before);
    assert_eq!(admin(&mock, "GET", "/state/diff?org=acme", "")["records"], json!([]));
}

#[test]
fn what_is_pending_goes_with_its_generation() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"ccpaOptOut": true}));
    let message = json!({"email": "a@example.com"});
    assert_eq!(mock.post("/acme/campaign/mcacme/EVTcartAbandonment", &message).status, 201);
    assert_eq!(mock.post(JOBS, &mock.request("gdpr", &["delete"])).status, 202);
    let job = mock.jobs("gdpr")[0]["jobId"].as_str().unwrap().to_owned();
    assert_eq!(tried(&mock, "GET", &format!("/jobs/{job}"), "").status, 200);
    reset(&mock, "?org=acme");
    for _ in 0..3 {
        assert_eq!(tried(&mock, "GET", &format!("/jobs/{job}"), "").status, 404);
        let advance = tried(&mock, "POST", &format!("/jobs/{job}/advance"), "");
        assert_eq!(advance.status, 404);
        assert_eq!(mock.all_jobs(), [json!(null); 0]);
        assert_eq!(admin(&mock, "GET", "/opt-outs?org=acme", "")["changes"], json!([]));
        assert_eq!(admin(&mock, "GET", "/health", "")["queue"], json!({"jobs": 0}));
        assert_eq!(mock.get(&format!("{JOBS}/{job}")).status, 404);
        assert_eq!(mock.get(&format!("{PROFILES}/{pkey}")).status, 404);
        mock.advance(Duration::from_secs(10));
    }
}

#[test]
fn an_org_that_was_deleted_is_made_anew_by_its_next_call() {
    let mock = Mock::start();
    assert_eq!(mock.get("/acme-w1/campaign/profileAndServices/profile").status, 200);
    mock.pkey(&json!({}));
    for org in ["acme-w1", "acme"] {
        admin(&mock, "DELETE", &format!("/orgs/{org}"), "");
        assert_eq!(tried(&mock, "GET", &format!("/orgs/{org}"), "").status, 404);
        assert_eq!(tried(&mock, "DELETE", &format!("/orgs/{org}"), "").status, 404);
    }
    assert_eq!(admin(&mock, "GET", "/orgs", "")["orgs"], json!([]));
    assert_eq!((people(&mock, "acme").len(), people(&mock, "acme-w1").len()), (12, 12));
}

#[test]
fn a_reset_that_cannot_be_meant_changes_nothing() {
    let mock = Mock::start();
    people(&mock, "acme-w1");
    admin(&mock, "POST", "/snapshots/mine?org=acme-w1", "");
    assert_eq!(mock.post(PROFILES, &json!({})).status, 201);
    for (path, body) in [
        ("/reset?orgs=acme-w1", ""),
        ("/reset", r#"{"to": "empty"}"#),
        ("/reset", "[]"),
        ("/reset?org=acme&to=mine", ""),
        ("/snapshots/mine/restore?org=acme", ""),
    ] {
        assert_eq!(tried(&mock, "POST", path, body).status, 400, "{path} {body}");
    }
    assert_eq!(people(&mock, "acme").len(), 13);
    assert_eq!(tried(&mock, "POST", "/reset", "{}").status, 200);
    assert_eq!(people(&mock, "acme").len(), 12);
}

#[test]
fn what_reads_makes_the_org_that_it_names() {
    let mock = Mock::start();
    let known = || admin(&mock, "GET", "/orgs", "")["orgs"].as_array().unwrap().len();
    for (method, path) in [
        ("GET", "/state/diff?org=acme-w3"),
        ("GET", "/jobs/transitions?org=acme-w4"),
        ("GET", "/jobs?org=acme-w5"),
    ] {
        let before = known();
        admin(&mock, method, path, "");
        assert_eq!(known(), before + 1, "{path}");
        let nobodys = path.replace("acme", "globex");
        assert_eq!(tried(&mock, method, &nobodys, "").status, 404, "{nobodys}");
    }
}

#[test]
fn what_changes_something_makes_an_org_if_it_is_told_to() {
    let mock = Mock::start();
    let job = mock.ask("access", &[("email", "ann@example.com")]);
    let known = || admin(&mock, "GET", "/orgs", "")["orgs"].as_array().unwrap().len();
    let held = r#"{"progression": "held"}"#;
    for (method, path, body) in [
        ("POST", "/reset?org=acme-w1", "{}"),
        ("POST", "/snapshots/before?org=acme-w2", "{}"),
        ("POST", "/jobs/drain?org=acme-w3", "{}"),
        ("POST", "/jobs/advance?org=acme-w4", "{}"),
        ("PUT", "/jobs/transitions?org=acme-w5", held),
        ("DELETE", "/jobs/transitions?org=acme-w6", ""),
        ("PUT", "/event-registrations?org=acme-w7", r#"{"registrations": []}"#),
        ("DELETE", "/event-registrations?org=acme-w8", ""),
        ("POST", "/pact/provider-states?org=acme-w9", r#"{"state": ""}"#),
    ] {
        let before = known();
        let refused = tried(&mock, method, path, body);
        assert_eq!(refused.status, 404, "{path}: {}", refused.body);
        assert!(refused.body.contains(": use acme"), "{}", refused.body);
        assert!(refused.body.contains("create=true"), "{}", refused.body);
        assert_eq!(known(), before, "{path}");
        admin(&mock, method, &format!("{path}&create=true"), body);
        assert_eq!(known(), before + 1, "{path}");
        admin(&mock, method, path, body);
        let nobodys = format!("{}&create=true", path.replace("acme", "globex"));
        assert_eq!(tried(&mock, method, &nobodys, body).status, 404, "{nobodys}");
    }
    for path in [
        format!("/jobs/{job}/advance?org=acme-x"),
        format!("/jobs/{job}/fail?org=acme-x"),
        "/messages/EVTx/@y?org=acme-x".to_owned(),
    ] {
        let method = if path.starts_with("/messages") { "PUT" } else { "POST" };
        let body = if method == "PUT" { r#"{"status": "sent"}"# } else { "{}" };
        let refused = tried(&mock, method, &path, body);
        assert_eq!(refused.status, 404, "{path}");
        assert!(refused.body.contains("create=true"), "{}", refused.body);
    }
    let reset = &reset(&mock, "?org=acme-w1&to=empty")["orgs"][0];
    assert_eq!(
        (&reset["before"]["profiles"], &reset["after"]["profiles"]),
        (&json!(12), &json!(0))
    );
}

/// Callers that write and read all the while, and the worker, while the org is reset again and again.
#[test]
fn nothing_of_an_older_generation_comes_back_however_they_race() {
    const RACES: usize = 200;
    let settings = campaign_mock::config::Settings {
        job_submitted: Duration::ZERO,
        job_processing: Duration::ZERO,
        ..settings()
    };
    let mock = Mock::running(settings);
    let seed = people(&mock, "acme");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let (mock, done, seed) = (&mock, &done, &seed);
                scope.spawn(move || {
                    let mut calls = 0;
                    while !done.load(Ordering::Relaxed) {
                        let created = mock.post(PROFILES, &json!({"ccpaOptOut": true}));
                        assert_eq!(created.status, 201, "{}", created.body);
                        let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
                        // There, or gone with its generation.
                        let status = mock.patch(&pkey, &json!({"ccpaOptOut": false})).status;
                        assert!([200, 404].contains(&status), "{status}");
                        let fixture = seed[calls % seed.len()][0].as_str().unwrap();
                        let answer = mock.get(&format!("{PROFILES}/{fixture}"));
                        assert_eq!(answer.status, 200, "{}", answer.body);
                        assert_eq!(answer.json()["PKey"], json!(fixture));
                        let request = mock.request("gdpr", &["access"]);
                        let jobs = mock.post(JOBS, &request);
                        assert_eq!(jobs.status, 202, "{}", jobs.body);
                        let job = jobs.json()["jobs"][0]["jobId"].as_str().unwrap().to_owned();
                        let status = mock.get(&format!("{JOBS}/{job}")).status;
                        assert!([200, 404].contains(&status), "{status}");
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        // Of profiles that were there before a reset, none is afterwards.
        for race in 0..RACES {
            let marked = mock.pkey(&json!({"lastName": format!("marked{race}")}));
            assert_eq!(mock.read(&marked)["lastName"], format!("Marked{race}"));
            reset(&mock, "?org=acme");
            // Another record may have its number, and so its key, by now.
            let again = mock.get(&format!("{PROFILES}/{marked}"));
            assert!(!again.body.contains("Marked"), "{}", again.body);
            let list = mock.get(&format!("{PROFILES}/byText?text=Marked")).json();
            assert_eq!(list["content"], json!([]));
        }
        done.store(true, Ordering::Relaxed);
        let calls: Vec<usize> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        assert!(calls.iter().all(|calls| *calls > 0), "{calls:?}");
    });
    reset(&mock, "?org=acme");
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        assert_eq!(people(&mock, "acme"), seed);
        assert_eq!(mock.all_jobs(), [json!(null); 0]);
        assert_eq!(admin(&mock, "GET", "/opt-outs?org=acme", "")["changes"], json!([]));
        assert_eq!(admin(&mock, "GET", "/consents?org=acme", "")["consents"], json!([]));
    }
}

#[test]
fn a_reset_leaves_no_journal_and_no_fault_rule() {
    let mock = Mock::start();
    let left = || {
        let rules = admin(&mock, "GET", "/faults", "")["faults"].as_array().unwrap().len();
        let calls = admin(&mock, "GET", "/requests", "")["requests"].as_array().unwrap().len();
        (rules, calls)
    };
    for org in ["acme", "acme-w1"] {
        mock.get(&format!("/{org}/campaign/profileAndServices/profile"));
        let rule = json!({"org": org, "path": "/nowhere", "status": 503});
        assert_eq!(mock.control("POST", "faults", &rule).status, 201);
    }
    assert_eq!(mock.control("POST", "faults", &json!({"path": "/x", "status": 503})).status, 201);
    assert_eq!(left(), (3, 2));
    reset(&mock, "?org=acme");
    assert_eq!(left(), (2, 1));
    reset(&mock, "");
    assert_eq!(left(), (0, 0));
}
