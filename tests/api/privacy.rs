//! Privacy Service: limits, validations, pages and shapes (`reference/privacy-service.md` §3–§6).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{GDPR, JOBS, Mock, members};

fn identities(count: usize) -> Value {
    let identity =
        |n| json!({"namespace": "email", "value": format!("u{n}@example.com"), "type": "standard"});
    Value::Array((0..count).map(identity).collect())
}

/// A request after a change to it.
fn changed(mock: &Mock, change: impl FnOnce(&mut Value)) -> Value {
    let mut request = mock.request("ccpa", &["access"]);
    change(&mut request);
    request
}

#[test]
fn requests_that_are_refused() {
    let mock = Mock::start();
    let cases: [(&str, Value); 24] = [
        ("no contexts", changed(&mock, |r| r["companyContexts"] = json!([]))),
        (
            "contexts missing",
            changed(&mock, |r| drop(r.as_object_mut().unwrap().remove("companyContexts"))),
        ),
        (
            "no org context",
            changed(&mock, |r| r["companyContexts"][0]["namespace"] = json!("Campaign")),
        ),
        ("other org", changed(&mock, |r| r["companyContexts"][0]["value"] = json!("X@AdobeOrg"))),
        ("no users", changed(&mock, |r| r["users"] = json!([]))),
        ("users no array", changed(&mock, |r| r["users"] = json!("x"))),
        ("no key", changed(&mock, |r| drop(r["users"][0].as_object_mut().unwrap().remove("key")))),
        ("no action", changed(&mock, |r| r["users"][0]["action"] = json!([]))),
        ("bad action", changed(&mock, |r| r["users"][0]["action"] = json!(["erase"]))),
        ("action twice", changed(&mock, |r| r["users"][0]["action"] = json!(["access", "access"]))),
        (
            "opt-out mixed in a user",
            changed(&mock, |r| r["users"][0]["action"] = json!(["access", "opt-out-of-sale"])),
        ),
        (
            "opt-out mixed across users",
            changed(&mock, |r| {
                let mut other = r["users"][0].clone();
                other["action"] = json!(["opt-out-of-sale"]);
                r["users"].as_array_mut().unwrap().push(other);
            }),
        ),
        ("no ids", changed(&mock, |r| r["users"][0]["userIDs"] = json!([]))),
        ("ten ids", changed(&mock, |r| r["users"][0]["userIDs"] = identities(10))),
        (
            "1001 ids",
            changed(&mock, |r| {
                let mut user = r["users"][0].clone();
                user["userIDs"] = identities(7);
                r["users"] = Value::Array(vec![user; 143]);
            }),
        ),
        (
            "id without type",
            changed(&mock, |r| {
                drop(r["users"][0]["userIDs"][0].as_object_mut().unwrap().remove("type"));
            }),
        ),
        ("include missing", changed(&mock, |r| drop(r.as_object_mut().unwrap().remove("include")))),
        ("include empty", changed(&mock, |r| r["include"] = json!([]))),
        ("unknown product", changed(&mock, |r| r["include"] = json!(["Photoshop"]))),
        ("product twice", changed(&mock, |r| r["include"] = json!(["Analytics", "analytics"]))),
        (
            "no regulation",
            changed(&mock, |r| drop(r.as_object_mut().unwrap().remove("regulation"))),
        ),
        ("bad regulation", changed(&mock, |r| r["regulation"] = json!("GDPR"))),
        ("bad priority", changed(&mock, |r| r["priority"] = json!("high"))),
        ("bad expandIds", changed(&mock, |r| r["expandIds"] = json!("maybe"))),
    ];
    let mut shown = String::new();
    for (name, request) in cases {
        let answer = mock.post(JOBS, &request);
        assert_eq!(answer.status, 400, "{name}");
        let _ = writeln!(shown, "--- {name}\n{}", answer.body);
    }
    for (name, body) in [("not JSON", "nope"), ("an array", "[]"), ("nothing", "")] {
        let _ = writeln!(shown, "--- {name}\n{}", mock.call("POST", JOBS, body).body);
    }
    insta::assert_snapshot!("refused_requests", shown);
    assert_eq!(mock.jobs("ccpa"), Vec::<Value>::new());
}

#[test]
fn requests_at_the_limits_are_accepted() {
    let mock = Mock::start();
    let nine = changed(&mock, |r| r["users"][0]["userIDs"] = identities(9));
    assert_eq!(mock.post(JOBS, &nine).status, 202);
    let thousand = changed(&mock, |r| {
        let mut user = r["users"][0].clone();
        user["userIDs"] = identities(8);
        r["users"] = Value::Array(vec![user; 125]);
    });
    assert_eq!(mock.post(JOBS, &thousand).json()["totalRecords"], 125);
    let odd = changed(&mock, |r| {
        r["companyContexts"] = json!([
            {"namespace": "Campaign", "value": "acme-stg-us1"},
            {"namespace": "imsOrgId", "value": mock.ims_org()},
        ]);
        r["include"] = json!(["campaign", "aepDataLake"]);
        r["expandIDs"] = json!("false");
        r["unknown"] = json!({"ignored": true});
        r["users"][0]["include"] = json!(["ignored"]);
    });
    assert_eq!(mock.post(JOBS, &odd).status, 202);
}

#[test]
fn a_job_moves_with_the_clock() {
    let mock = Mock::start();
    let created = mock.post(JOBS, &mock.request("ccpa", &["access", "delete"])).json();
    assert_eq!(created["totalRecords"], 2);
    assert_eq!(created["jobs"][1]["customer"]["user"]["action"], json!(["delete"]));
    let id = created["jobs"][1]["jobId"].as_str().unwrap();
    let read = || mock.get(&format!("{JOBS}/{id}")).json();
    let mut seen = vec![read()];
    for seconds in [1, 1, 1] {
        mock.advance(Duration::from_secs(seconds));
        seen.push(read());
    }
    let words: Vec<_> = seen.iter().map(|job| job["status"].as_str().unwrap()).collect();
    assert_eq!(words, ["submitted", "processing", "processing", "complete"]);
    // Products answer one by one; the last of them ends the job.
    let product = |at: usize| {
        let words = seen.iter().map(|job| {
            job["productResponses"][at]["productStatusResponse"]["status"].as_str().unwrap()
        });
        words.collect::<Vec<_>>()
    };
    assert_eq!(product(0), ["submitted", "processing", "complete", "complete"]);
    assert_eq!(product(1), words);
    assert_eq!(seen[3]["createdDate"], "03/01/2020 12:00 PM GMT");
    mock.advance(Duration::from_secs(3600));
    assert_eq!(read(), seen[3]);
}

#[test]
fn a_complete_access_job_can_be_downloaded() {
    let mock = Mock::start();
    let created = mock.post(JOBS, &mock.request("gdpr", &["access", "delete"])).json();
    let id = |at: usize| created["jobs"][at]["jobId"].as_str().unwrap().to_owned();
    let job = |at| mock.get(&format!("{JOBS}/{}", id(at))).json();
    let content = |at| mock.get(&format!("{GDPR}/{}/content", id(at)));
    assert_eq!((&job(0)["downloadURL"], content(0).status), (&Value::Null, 404));
    mock.advance(Duration::from_secs(3));
    let target = job(0)["downloadURL"].as_str().unwrap().replace("http://mock.localhost", "");
    let zip = mock.get(&target);
    assert_eq!((zip.status, zip.header("content-type")), (200, Some("application/zip")));
    assert!(zip.body.starts_with("PK"));
    for product in ["Analytics", "AudienceManager"] {
        assert!(zip.body.contains(&format!("{}/{product}/", id(0))), "{product}");
    }
    assert_eq!((&job(1)["downloadURL"], content(1).status), (&Value::Null, 404));
}

#[test]
fn one_leap_of_the_clock_makes_every_move_at_its_time() {
    let mock = Mock::start();
    mock.post(JOBS, &mock.request("gdpr", &["delete"]));
    mock.advance(Duration::from_secs(7200));
    let job = &mock.jobs("gdpr")[0];
    assert_eq!(job["status"], "complete");
    assert_eq!(job["lastModifiedDate"], "03/01/2020 12:00 PM GMT");
}

#[test]
fn a_list_is_newest_first_in_pages_from_zero() {
    let mock = Mock::start();
    for n in 0..5 {
        let mut request = mock.request("gdpr", &["access"]);
        request["users"][0]["key"] = json!(format!("user{n}"));
        mock.post(JOBS, &request);
    }
    let keys = |query: &str| -> Vec<String> {
        let list = mock.get(&format!("{JOBS}?regulation=gdpr{query}"));
        assert_eq!(members(&list.body), ["totalRecords", "jobDetails"]);
        assert_eq!(list.json()["totalRecords"], 5);
        let jobs = list.json()["jobDetails"].as_array().unwrap().clone();
        jobs.iter().map(|job| job["userKey"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(""), ["user4"]);
    assert_eq!(keys("&page=1"), ["user3"]);
    assert_eq!(keys("&page=1&size=2"), ["user2", "user1"]);
    assert_eq!(keys("&size=100&limit=1"), ["user4", "user3", "user2", "user1", "user0"]);
    assert_eq!(mock.get(&format!("{JOBS}?regulation=gdpr&page=5")).status, 404);
    assert_eq!(mock.jobs("ccpa"), Vec::<Value>::new());
}

#[test]
fn queries_and_ids_that_are_refused() {
    let mock = Mock::start();
    let mut shown = String::new();
    for target in [
        format!("{JOBS}?regulation=ccpa"),
        format!("{GDPR}?regulation=ccpa"),
        JOBS.to_owned(),
        format!("{JOBS}?regulation=CCPA"),
        format!("{JOBS}?regulation=ccpa&size=101"),
        format!("{JOBS}?regulation=ccpa&size=0"),
        format!("{JOBS}?regulation=ccpa&size=x"),
        format!("{JOBS}?regulation=ccpa&page=-1"),
        format!("{JOBS}/527ef92d-6cd9-45cc-9bf1-477cfa1e2ca2"),
        format!("{JOBS}/6fc09b53-c24f-4a6c-9ca2-c6076bd023j1"),
        format!("{JOBS}/527ef92d-6cd9-45cc-9bf1-477cfa1e2ca2/content"),
    ] {
        let _ = writeln!(shown, "--- {target}\n{}", mock.get(&target).shown());
    }
    for (method, target) in
        [("DELETE", JOBS), ("PUT", "/data/privacy/gdpr/"), ("POST", "/data/core/privacy/jobs/x")]
    {
        let _ =
            writeln!(shown, "--- {method} {target}\n{}", mock.call(method, target, "{}").shown());
    }
    insta::assert_snapshot!("refused_queries", shown);
}
