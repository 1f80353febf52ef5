//! Privacy Service: limits, validations, pages and shapes (`docs/reference/privacy-service.md` §3–§6).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{GDPR, JOBS, Mock, ids, members};

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

fn without(object: &mut Value, member: &str) {
    assert!(object.as_object_mut().unwrap().remove(member).is_some(), "{member}");
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
fn members_of_a_wrong_kind_are_refused() {
    let mock = Mock::start();
    let cases: [(&str, Value); 15] = [
        ("expandIDs no boolean", changed(&mock, |r| r["expandIDs"] = json!(1))),
        ("bad delete method", changed(&mock, |r| r["analyticsDeleteMethod"] = json!("shred"))),
        ("priority no text", changed(&mock, |r| r["priority"] = json!(1))),
        ("context no object", changed(&mock, |r| r["companyContexts"][0] = json!("imsOrgID"))),
        (
            "context without value",
            changed(&mock, |r| without(&mut r["companyContexts"][0], "value")),
        ),
        (
            "context without namespace",
            changed(&mock, |r| without(&mut r["companyContexts"][0], "namespace")),
        ),
        ("users missing", changed(&mock, |r| without(r, "users"))),
        ("user no object", changed(&mock, |r| r["users"][0] = json!("DavidSmith"))),
        ("key empty", changed(&mock, |r| r["users"][0]["key"] = json!(""))),
        ("action missing", changed(&mock, |r| without(&mut r["users"][0], "action"))),
        ("action no array", changed(&mock, |r| r["users"][0]["action"] = json!("access"))),
        ("ids missing", changed(&mock, |r| without(&mut r["users"][0], "userIDs"))),
        (
            "id without value",
            changed(&mock, |r| without(&mut r["users"][0]["userIDs"][0], "value")),
        ),
        (
            "namespaceId no integer",
            changed(&mock, |r| r["users"][0]["userIDs"][0]["namespaceId"] = json!("6")),
        ),
        (
            "isDeletedClientSide no boolean",
            changed(&mock, |r| {
                r["users"][0]["userIDs"][0]["isDeletedClientSide"] = json!("false");
            }),
        ),
    ];
    let mut shown = String::new();
    for (name, request) in cases {
        let answer = mock.post(JOBS, &request);
        assert_eq!(answer.status, 400, "{name}");
        let _ = writeln!(shown, "--- {name}\n{}", answer.shown());
    }
    insta::assert_snapshot!("wrong_members", shown);
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
}

#[test]
fn every_documented_spelling_of_a_request_is_accepted() {
    let mock = Mock::start();
    let org = mock.ims_org();
    let mut requests: Vec<(String, Value)> = Vec::new();
    let mut with = |name: String, change: &dyn Fn(&mut Value)| {
        requests.push((name, changed(&mock, change)));
    };
    for spelling in ["imsOrgID", "imsOrgId", "imsOrg", "IMSORGID"] {
        with(spelling.to_owned(), &|r| {
            r["companyContexts"] = json!([
                {"namespace": "Campaign", "value": "acme-stg-us1"},
                {"namespace": spelling, "value": org},
                {"namespace": "AdCloud", "value": "7"},
            ]);
        });
    }
    for spelling in ["expandIDs", "expandIds"] {
        for value in [json!(true), json!(false), json!("true"), json!("false")] {
            with(format!("{spelling} {value}"), &|r| r[spelling] = value.clone());
        }
    }
    for (name, values) in [
        ("priority", ["normal", "low"]),
        ("analyticsDeleteMethod", ["anonymize", "purge"]),
        ("regulation", ["gdpr", "ccpa"]),
    ] {
        for value in values {
            with(format!("{name} {value}"), &|r| r[name] = json!(value));
        }
    }
    // Of other years, or of none: no test of ours knows what they do, so they do nothing.
    for ignored in ["requestId", "rootJobId", "region", "mergePolicyId", "exclude", "unknown"] {
        with(format!("{ignored} ignored"), &|r| r[ignored] = json!({"any": ["thing"]}));
    }
    with("stray member of a user".to_owned(), &|r| r["users"][0]["include"] = json!(["x"]));
    with("all products of 2020".to_owned(), &|r| {
        r["include"] = json!([
            "AdCloud",
            "Analytics",
            "AudienceManager",
            "Campaign",
            "aepDataLake",
            "primetimeAuthentication",
            "Target",
            "CRS",
            "ProfileService",
            "DPSC",
        ]);
    });
    with("all products of today".to_owned(), &|r| {
        r["include"] = json!([
            "adCloud",
            "analytics",
            "AudienceManager",
            "campaign",
            "AdobeCloudPlatform",
            "primetimeAuthentication",
            "target",
            "automationProduct",
            "CRS",
            "Identity",
            "profileService",
            "marketo",
        ]);
    });
    for (name, request) in requests {
        for base in [JOBS, GDPR, "/data/core/privacy/jobs/", "/data/privacy/gdpr/"] {
            let answer = mock.post(base, &request);
            assert_eq!(answer.status, 202, "{name} on {base}: {}", answer.body);
        }
    }
}

#[test]
fn the_org_of_a_request_is_compared_under_every_spelling() {
    let mock = Mock::start();
    for spelling in ["imsOrgID", "imsOrgId", "imsOrg"] {
        let request = changed(&mock, |r| {
            r["companyContexts"] = json!([{"namespace": spelling, "value": "X@AdobeOrg"}]);
        });
        assert_eq!(mock.post(JOBS, &request).status, 400, "{spelling}");
    }
}

#[test]
fn a_create_call_answers_a_job_for_each_user_and_action_in_order() {
    let mock = Mock::start();
    let request = changed(&mock, |r| {
        let mut other = r["users"][0].clone();
        other["key"] = json!("user12345");
        other["action"] = json!(["delete", "access"]);
        r["users"].as_array_mut().unwrap().push(other);
    });
    let answer = mock.post(JOBS, &request);
    assert_eq!(answer.status, 202);
    insta::assert_snapshot!("created", answer.body);
    let created = ids(&answer.json());
    assert!(created.iter().all(|id| uuid::Uuid::try_parse(id).is_ok()));
    // All of one request share its id.
    let requests: Vec<_> = created.iter().map(|id| mock.job(id)["requestId"].clone()).collect();
    assert_eq!(requests, vec![requests[0].clone(); 3]);
    let id = requests[0].as_str().unwrap();
    let (millis, digits) = id.split_once("RX-").unwrap();
    assert_eq!((millis.len(), &millis[..13], digits.len()), (17, "1583064000000", 3), "{id}");
}

#[test]
fn a_job_is_shown_with_the_documented_members_in_their_order() {
    let mock = Mock::start();
    let request = changed(&mock, |r| {
        r["users"][0]["action"] = json!(["access", "delete"]);
        r["users"][0]["userIDs"] = json!([
            {"namespace": "Email", "value": "A@example.com", "type": "standard"},
            {"namespace": "ecid", "value": "4436", "type": "standard", "isDeletedClientSide": true},
            {"namespace": "loyaltyAccount", "value": "12AD45FE30R29", "type": "integrationCode"},
            {"namespace": "own", "value": "x", "type": "custom", "namespaceId": 10_000_123},
        ]);
    });
    let ids = mock.send(&request);
    let mut shown = String::new();
    for seconds in [0, 1, 2] {
        mock.advance(Duration::from_secs(seconds));
        for id in &ids {
            let _ = writeln!(shown, "{}", mock.get(&format!("{JOBS}/{id}")).body);
        }
    }
    insta::assert_snapshot!("job", shown);
    let complete = mock.get(&format!("{GDPR}/{}/", ids[0]));
    let documented = [
        "jobId",
        "requestId",
        "userKey",
        "action",
        "status",
        "submittedBy",
        "createdDate",
        "lastModifiedDate",
        "userIds",
        "productResponses",
        "downloadURL",
        "regulation",
    ];
    assert_eq!(members(&complete.body), documented);
}

#[test]
fn every_standard_namespace_is_given_its_id() {
    let mock = Mock::start();
    for (namespace, id) in [
        ("Email", json!(6)),
        ("email", json!(6)),
        ("Phone", json!(7)),
        ("AdCloud", json!(411)),
        ("CORE", json!(0)),
        ("ECID", json!(4)),
        ("TNTID", json!(9)),
        ("IDFA", json!(20915)),
        ("GAID", json!(20914)),
        ("WAID", json!(8)),
        ("loyaltyAccount", Value::Null),
    ] {
        let job = mock.job(&mock.ask("access", &[(namespace, "1")]));
        assert_eq!(job["userIds"][0]["namespaceId"], id, "{namespace}");
        assert_eq!(job["userIds"][0]["namespace"], namespace);
    }
}

#[test]
fn dates_have_twelve_hours_and_a_zone() {
    let midnight = campaign_mock::domain::Timestamp::parse("2020-01-05T00:21:00Z").unwrap();
    let mock = Mock::with_at(crate::driver::settings(), midnight);
    let id = mock.ask("delete", &[("email", "a@example.com")]);
    mock.advance(Duration::from_secs(13 * 3600));
    let job = mock.job(&id);
    assert_eq!(job["createdDate"], "01/05/2020 12:21 AM GMT");
    assert_eq!(job["lastModifiedDate"], "01/05/2020 12:21 AM GMT");
    let id = mock.ask("delete", &[("email", "a@example.com")]);
    assert_eq!(mock.job(&id)["createdDate"], "01/05/2020 01:21 PM GMT");
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
    let mock = Mock::empty();
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
    let mock = Mock::empty();
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
        format!("{GDPR}?regulation=ccpa&size=101"),
        format!("{GDPR}/x"),
        format!("{JOBS}/527ef92d-6cd9-45cc-9bf1-477cfa1e2c00"),
        format!("{JOBS}/6fc09b53-c24f-4a6c-9ca2-c6076bd023j1"),
        format!("{JOBS}/527ef92d-6cd9-45cc-9bf1-477cfa1e2c00/content"),
    ] {
        let _ = writeln!(shown, "--- {target}\n{}", mock.get(&target).shown());
    }
    for (method, target) in [
        ("DELETE", JOBS),
        ("PUT", "/data/privacy/gdpr/"),
        ("POST", "/data/core/privacy/jobs/x"),
        ("GET", "/data/core/privacy/jobs/x/child-job"),
        ("POST", "/data/privacy/gdpr/x/content"),
        ("GET", "/data/core/privacy/consent"),
        ("GET", "/data/core/privacy/jobs/x/y"),
        ("GET", "/data/core/privacy/consent/x"),
        ("GET", "/data/privacy/gdpr/x/files/y"),
    ] {
        let _ =
            writeln!(shown, "--- {method} {target}\n{}", mock.call(method, target, "{}").shown());
    }
    insta::assert_snapshot!("refused_queries", shown);
}
