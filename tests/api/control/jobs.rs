//! The control of privacy jobs under `/__admin`: what it answers, and whom and what it refuses.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, not_seeded};

fn pretty(body: &Value) -> String {
    serde_json::to_string_pretty(body).unwrap()
}

#[test]
fn a_job_is_shown_with_all_that_is_known_of_it() {
    let mock = Mock::start();
    mock.set_progression(&json!({"progression": "held"}));
    let request = mock.request_about(
        "delete",
        &[("email", "john.doe@example.com"), ("email", "nobody@example.com")],
        &["Campaign", "Analytics"],
    );
    let id = mock.send(&request).remove(0);
    let moves = json!({"moves": 3});
    let answer = mock.control("POST", &format!("jobs/{id}/advance"), &moves);
    assert_eq!(answer.status, 200);
    let body = json!({"product": "ANALYTICS", "code": "PRVCY-1030-400", "detail": "Too much."});
    let failed = mock.control("POST", &format!("jobs/{id}/fail"), &body);
    assert_eq!((failed.status, failed.json()), (200, mock.watched(&id)));
    insta::assert_snapshot!("job", pretty(&failed.json()));
}

#[test]
fn jobs_are_listed_newest_first_and_by_status() {
    let mock = Mock::empty();
    for email in ["a@example.com", "held@example.com", "error@example.com"] {
        mock.ask("delete", &[("email", email)]);
    }
    mock.pkey(&json!({"email": "b@example.com", "ccpaOptOut": true}));
    mock.advance(std::time::Duration::from_secs(3));
    let found = |query: &str| {
        let answer = mock.get(&format!("/__admin/jobs?org=acme{query}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let jobs = answer.json()["jobs"].as_array().unwrap().clone();
        let value = |job: &Value| job["identities"][0]["value"].as_str().unwrap().to_owned();
        jobs.iter().map(value).collect::<Vec<_>>()
    };
    let [a, b, held, error] =
        ["a@example.com", "b@example.com", "held@example.com", "error@example.com"];
    assert_eq!(found(""), [b, error, held, a]);
    assert_eq!(found("&limit=2"), [b, error]);
    assert_eq!(found("&status=complete"), [b, a]);
    assert_eq!(found("&status=error"), [error]);
    assert_eq!(found("&status=submitted"), [held]);
    assert_eq!(found("&status=processing"), [""; 0]);
    let origins: Vec<_> = mock.all_jobs().iter().map(|job| job["origin"].clone()).collect();
    assert_eq!(origins, ["change", "request", "request", "request"]);
}

#[test]
fn a_mode_is_answered_as_it_is_set() {
    let mock = Mock::start();
    let mut shown = String::new();
    for asked in [
        json!({"progression": "immediate"}),
        json!({"progression": "held"}),
        json!({"progression": "polls"}),
        json!({"progression": "polls", "reads": 4}),
        json!({"progression": "timed"}),
        json!({"progression": "timed", "submitted": "250ms", "processing": "1m 30s"}),
    ] {
        let answer = mock.control("PUT", "jobs/transitions?org=acme", &asked);
        let _ = writeln!(shown, "{asked}\n{} {}", answer.status, answer.body);
        assert_eq!(mock.get("/__admin/jobs/transitions?org=acme").body, answer.body);
    }
    insta::assert_snapshot!("transitions", shown);
}

#[test]
fn the_magic_identities_are_told() {
    let answer = Mock::start().get("/__admin/magic");
    insta::assert_snapshot!("magic", pretty(&answer.json()));
}

#[test]
fn an_empty_body_stands_for_an_empty_object() {
    let mock = Mock::start();
    mock.set_progression(&json!({"progression": "held"}));
    let id = mock.ask("delete", &[("email", "a@example.com")]);
    let kind = [("Content-Type", "Application/JSON; charset=utf-8")];
    for (call, status) in [("advance", "processing"), ("fail", "error")] {
        let answer = mock.raw("POST", &format!("/__admin/jobs/{id}/{call}"), &kind, "");
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(status)));
    }
}

#[test]
fn calls_that_are_refused() {
    let mock = Mock::start();
    let held = mock.ask("delete", &[("email", "held@example.com")]);
    let done = mock.ask("delete", &[("email", "a@example.com")]);
    mock.advance(std::time::Duration::from_secs(3));
    let absent = "527ef92d-6cd9-45cc-9bf1-477cfa1e2c00";
    let modes = "jobs/transitions?org=acme";
    let mut shown = String::new();
    for (method, target, body) in [
        ("POST", format!("jobs/{absent}/advance"), json!({})),
        ("POST", format!("jobs/{absent}/fail"), json!({})),
        ("POST", "jobs/x/advance".to_owned(), json!({})),
        ("GET", format!("jobs/{absent}"), json!({})),
        ("POST", format!("jobs/{done}/advance"), json!({})),
        ("POST", format!("jobs/{done}/fail"), json!({})),
        ("POST", format!("jobs/{held}/advance"), json!({"moves": -1})),
        ("POST", format!("jobs/{held}/advance"), json!({"steps": 1})),
        ("POST", format!("jobs/{held}/advance"), json!([])),
        ("POST", format!("jobs/{held}/fail"), json!({"code": "PRVCY-9999-400"})),
        ("POST", format!("jobs/{held}/fail"), json!({"code": "PRVCY-6000-200"})),
        ("POST", format!("jobs/{held}/fail"), json!({"product": "Analytics"})),
        ("POST", format!("jobs/{held}/fail"), json!({"reason": "x"})),
        ("PUT", modes.to_owned(), json!({"progression": "sideways"})),
        ("PUT", modes.to_owned(), json!({"progression": "timed", "submitted": "soon"})),
        ("PUT", modes.to_owned(), json!({"progression": "timed", "processing": "-1s"})),
        ("PUT", modes.to_owned(), json!({"progression": "polls", "reads": 0})),
        ("PUT", modes.to_owned(), json!({"progression": "polls", "reads": "2"})),
        ("PUT", modes.to_owned(), json!({})),
        ("PUT", modes.to_owned(), json!({"mode": "held"})),
        ("PUT", "jobs/transitions?org=nope".to_owned(), json!({"progression": "held"})),
        ("PUT", "jobs/transitions".to_owned(), json!({"progression": "held"})),
        ("DELETE", "jobs/transitions?org=nope".to_owned(), json!({})),
        ("POST", modes.to_owned(), json!({})),
        ("PUT", "jobs?org=acme".to_owned(), json!({})),
        ("GET", format!("jobs/{held}/advance"), json!({})),
        ("POST", "jobs/advance".to_owned(), json!({"moves": -1})),
        ("POST", "jobs/advance?org=acme-typo".to_owned(), json!({})),
        ("POST", "jobs/drain?org=nope".to_owned(), json!({})),
        ("GET", "opt-outs?pkey=@x".to_owned(), json!({})),
        ("GET", "jobs?org=nope".to_owned(), json!({})),
        ("GET", "jobs?org=acme&status=done".to_owned(), json!({})),
        ("GET", "consents?org=nope".to_owned(), json!({})),
        ("POST", "magic".to_owned(), json!({})),
    ] {
        let answer = mock.control(method, &target, &body);
        let _ = writeln!(shown, "--- {method} {target} {body}\n{} {}", answer.status, answer.body);
    }
    let shown = shown.replace(&held, "<held>").replace(&done, "<done>");
    insta::assert_snapshot!("refusals", shown);
    assert_eq!(mock.status(&held), "submitted");
    let modes = mock.get("/__admin/jobs/transitions?org=acme").json();
    assert_eq!(modes["progression"], "timed");
}

#[test]
fn every_job_makes_its_next_move() {
    let mock = Mock::start();
    mock.control("POST", "orgs", &json!({"org": "acme-w2"}));
    for org in ["acme", "acme-w2"] {
        let people = format!("/{org}/campaign/profileAndServices/profile");
        for email in ["ann@example.com", "bob@example.com"] {
            assert_eq!(
                mock.post(&people, &json!({"email": email, "ccpaOptOut": true})).status,
                201
            );
        }
    }
    let words = |org: &str| {
        let jobs = mock.control("GET", &format!("jobs?org={org}"), &Value::Null).json();
        let jobs = not_seeded(&jobs["jobs"]);
        jobs.iter().map(|job| job["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let advance = |target: &str, body: Value| mock.control("POST", target, &body).json();
    assert_eq!(advance("jobs/advance?org=acme", json!({})), json!({"advanced": 2}));
    assert_eq!(
        (words("acme"), words("acme-w2")),
        (vec!["processing".to_owned(); 2], vec!["submitted".to_owned(); 2])
    );
    assert_eq!(advance("jobs/advance", json!({"moves": 1})), json!({"advanced": 4}));
    assert_eq!(
        (words("acme"), words("acme-w2")),
        (vec!["complete".to_owned(); 2], vec!["processing".to_owned(); 2])
    );
    assert_eq!(advance("jobs/advance", json!({"moves": 9})), json!({"advanced": 2}));
    assert_eq!(advance("jobs/advance", json!({})), json!({"advanced": 0}));
    let job = &mock.all_jobs()[0];
    assert_eq!(job["history"][1]["why"], "the control API advanced it");
}

#[test]
fn lists_are_of_one_org_or_of_all() {
    let mock = Mock::start();
    let mut pkeys = Vec::new();
    for org in ["acme", "acme-w2", "acme"] {
        let people = format!("/{org}/campaign/profileAndServices/profile");
        let made =
            mock.post(&people, &json!({"email": "ann@example.com", "ccpaOptOut": true})).json();
        let pkey = made["PKey"].as_str().unwrap().to_owned();
        mock.call("PATCH", &format!("{people}/{pkey}"), r#"{"ccpaOptOut": false}"#);
        pkeys.push(json!(pkey));
        mock.advance(std::time::Duration::from_secs(1));
    }
    let read = |target: &str| mock.control("GET", target, &Value::Null).json();
    let orgs = |list: &Value| {
        let orgs = list.as_array().unwrap().iter();
        orgs.map(|one| one["org"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    let jobs = read("jobs");
    assert_eq!(
        (&jobs["org"], orgs(&not_seeded(&jobs["jobs"]).into())),
        (&Value::Null, ["acme", "acme-w2", "acme"].map(str::to_owned).to_vec())
    );
    assert_eq!(read("jobs?limit=2")["jobs"].as_array().unwrap().len(), 2);
    let ledger = read("opt-outs");
    assert_eq!((&ledger["org"], &ledger["imsOrgId"]), (&Value::Null, &Value::Null));
    assert_eq!(orgs(&ledger["changes"]), ["acme", "acme", "acme-w2", "acme-w2", "acme", "acme"]);
    let page = read("opt-outs?limit=3");
    let rest = read(&format!("opt-outs?after={}", page["nextAfter"]));
    assert_eq!(
        (page["changes"].as_array().unwrap().len(), orgs(&rest["changes"])),
        (3, ["acme-w2", "acme", "acme"].map(str::to_owned).to_vec())
    );
    assert_eq!(rest["nextAfter"], Value::Null);
    let ids = |page: &Value| {
        let changes = page["changes"].as_array().unwrap().iter();
        changes.map(|change| change["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let mut from_newest = ids(&ledger);
    from_newest.reverse();
    let page = read("opt-outs?order=newest&limit=4");
    assert_eq!((ids(&page), &page["nextAfter"]), (from_newest[..4].to_vec(), &Value::Null));
    let rest = read(&format!("opt-outs?order=newest&limit=4&before={}", page["nextBefore"]));
    assert_eq!((ids(&rest), &rest["nextBefore"]), (from_newest[4..].to_vec(), &Value::Null));
    let target = format!("opt-outs?org=acme&pkey={}&order=newest", pkeys[2].as_str().unwrap());
    assert_eq!(ids(&read(&target)), from_newest[..2]);
    let target = format!("opt-outs?after={}&before={}", from_newest[5], from_newest[2]);
    assert_eq!(ids(&read(&target)), [from_newest[4], from_newest[3]]);
    let refused = mock.control("GET", "opt-outs?order=best", &Value::Null);
    assert_eq!((refused.status, refused.body.contains("oldest or newest")), (400, true));
    let one = read("opt-outs?org=acme-w2");
    assert_eq!((&one["org"], orgs(&one["changes"])), (&json!("acme-w2"), vec!["-".to_owned(); 2]));
    assert_eq!(one["changes"][0]["PKey"], pkeys[1]);
    assert_eq!(orgs(&read("consents")["consents"]), ["acme", "acme-w2", "acme"]);
    assert_eq!(orgs(&read("consents?limit=1&org=acme")["consents"]), ["-"]);
}

#[test]
fn a_body_that_a_page_could_send_unasked_is_not_taken() {
    let mock = Mock::start();
    let id = mock.ask("delete", &[("email", "held@example.com")]);
    let body = r#"{"progression":"held"}"#;
    let mut shown = String::new();
    for (method, target, body) in [
        ("PUT", "/__admin/jobs/transitions?org=acme".to_owned(), body),
        ("POST", format!("/__admin/jobs/{id}/advance"), "{}"),
        ("POST", format!("/__admin/jobs/{id}/fail"), ""),
    ] {
        for kind in [
            None,
            Some("text/plain"),
            Some("application/jsonp"),
            Some("application/x-www-form-urlencoded"),
        ] {
            let headers: Vec<_> = kind.map(|kind| ("Content-Type", kind)).into_iter().collect();
            let answer = mock.raw(method, &target, &headers, body);
            assert_eq!(answer.status, 415, "{method} {target} {kind:?}");
            shown = answer.shown();
        }
    }
    insta::assert_snapshot!("not_json", shown);
    let json = ("Content-Type", "application/json");
    for origin in
        ["http://evil.test", "null", "http://mock.localhost:99", "https://mock.localhost.evil.test"]
    {
        for (method, target) in [
            ("POST", format!("/__admin/jobs/{id}/advance")),
            ("PUT", "/__admin/jobs/transitions?org=acme".to_owned()),
            ("DELETE", "/__admin/jobs/transitions?org=acme".to_owned()),
            ("GET", format!("/__admin/jobs/{id}")),
            ("GET", "/__admin/jobs?org=acme".to_owned()),
            ("GET", "/__admin/magic".to_owned()),
            ("GET", "/__admin/consents?org=acme".to_owned()),
        ] {
            let answer = mock.raw(method, &target, &[json, ("Origin", origin)], "{}");
            assert_eq!(answer.status, 403, "{origin} {method} {target}");
            shown = answer.shown();
        }
    }
    insta::assert_snapshot!("from_elsewhere", shown);
    assert_eq!(mock.status(&id), "submitted");
    let own = [json, ("Origin", "http://mock.localhost")];
    let answer = mock.raw("POST", &format!("/__admin/jobs/{id}/advance"), &own, "{}");
    assert_eq!((answer.status, mock.status(&id)), (200, "processing".to_owned()));
    assert_eq!(mock.get(&format!("{JOBS}/{id}")).header("access-control-allow-origin"), None);
}
