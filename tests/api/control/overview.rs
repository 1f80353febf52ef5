//! All orgs at a glance: `GET /__admin/overview`.

use serde_json::{Value, json};

use super::support::{admin, reset, tried};
use crate::driver::{JOBS, Mock, PROFILES};

fn overview(mock: &Mock, org: &str) -> Value {
    let all = admin(mock, "GET", "/overview", "");
    let found = all["orgs"].as_array().unwrap().iter().find(|one| one["org"] == org);
    let found = found.unwrap_or_else(|| panic!("{all}")).clone();
    let alone = admin(mock, "GET", &format!("/overview?org={org}"), "");
    assert_eq!(alone, json!({"time": "2020-03-01T12:00:00.000Z", "orgs": [found]}));
    found
}

#[test]
fn each_org_is_shown_with_what_it_has() {
    let mock = Mock::empty();
    let held = json!({"progression": "held"});
    admin(&mock, "PUT", "/jobs/transitions?org=acme", &held.to_string());
    let before = overview(&mock, "acme");
    let none = json!({"submitted": 0, "processing": 0, "complete": 0, "error": 0});
    let expected = json!({
        "org": "acme", "imsOrgId": mock.ims_org(), "seat": null, "profiles": 0, "optedOut": 0, "changes": 0,
        "jobs": none, "calls": 0, "refused": 0, "lastCall": null,
        "exercises": {"done": 0, "of": 0}, "progression": "held",
    });
    assert_eq!(before, expected);

    let pkeys = [true, true, true, false].map(|value| mock.pkey(&json!({"ccpaOptOut": value})));
    mock.set_opt_out(&pkeys[0], false);
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{}", pkeys[1]), "").status, 200);
    let jobs = admin(&mock, "GET", "/jobs?org=acme", "");
    let id = |at: usize| jobs["jobs"][at]["jobId"].as_str().unwrap();
    admin(&mock, "POST", &format!("/jobs/{}/advance", id(0)), "{}");
    admin(&mock, "POST", &format!("/jobs/{}/fail", id(1)), "{}");
    let refused = mock.get(&format!("{PROFILES}/nobody"));
    assert!(refused.status >= 400);

    let after = overview(&mock, "acme");
    assert_eq!(after["profiles"], 3);
    assert_eq!((&after["optedOut"], &after["changes"]), (&json!(1), &json!(4)));
    let counts = json!({"submitted": 1, "processing": 1, "complete": 0, "error": 1});
    assert_eq!(after["jobs"], counts);
    assert_eq!((&after["calls"], &after["refused"]), (&json!(7), &json!(1)));
    let last = &after["lastCall"];
    assert_eq!(last["id"].to_string(), refused.header("x-mock-request-id").unwrap());
    assert_eq!(last["reason"], refused.header("x-mock-reason").unwrap());

    reset(&mock, "?org=acme");
    assert_eq!(overview(&mock, "acme")["optedOut"], 0);
}

/// Jobs of Campaign's own requests, which Privacy Service does not show, are counted; other orgs are not.
#[test]
fn orgs_are_counted_apart() {
    let mock = Mock::start();
    let first = overview(&mock, "acme");
    admin(&mock, "POST", "/orgs", r#"{"org": "acme-w2"}"#);
    assert_eq!(overview(&mock, "acme-w2")["jobs"], first["jobs"]);
    let request = json!({
        "name": "one", "namespaceName": "defaultNamespace1", "reconciliationValue": "a@b.test",
        "regulation": "GDPR", "type": "access", "label": "One",
    });
    let answer = mock.post("/acme-w2/campaign/privacy/privacyTool", &request);
    assert_eq!(answer.status, 201, "{}", answer.body);
    mock.get(&format!("{JOBS}?regulation=ccpa"));
    let jobs = |org: &str| overview(&mock, org)["jobs"]["submitted"].as_i64().unwrap();
    assert_eq!(jobs("acme-w2"), jobs("acme") + 1);
    assert_eq!(overview(&mock, "acme-w2")["calls"], 1);
    assert_eq!(tried(&mock, "GET", "/overview?org=nobody", "").status, 404);
}
