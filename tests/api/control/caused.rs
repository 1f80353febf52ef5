//! What calls have made, as the journal shows it, and how a call is found by its request id.

use campaign_mock::config::Settings;
use serde_json::{Value, json};

use super::support::admin;
use crate::driver::{JOBS, Mock, PROFILES, ids, settings};
use crate::wire::Answer;

fn caused(mock: &Mock, answer: &Answer) -> Value {
    assert!(answer.status < 400, "{}", answer.body);
    let id = answer.header("x-mock-request-id").unwrap();
    admin(mock, "GET", &format!("/requests/{id}"), "")["caused"].clone()
}

#[test]
fn an_entry_names_the_change_and_what_it_became() {
    let mock = Mock::start();
    let created = mock.post(PROFILES, &json!({"email": "one@example.com", "ccpaOptOut": true}));
    let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
    let again = mock.patch(&pkey, &json!({"ccpaOptOut": true, "firstName": "One"}));
    let withdrawn = mock.patch(&pkey, &json!({"ccpaOptOut": false}));
    let (read, ledger) = (mock.get(PROFILES), mock.ledger(&pkey));
    let consents = admin(&mock, "GET", "/consents?org=acme", "")["consents"].clone();
    let nothing = json!({"changes": [], "jobs": [], "consents": []});
    let first = json!({"changes": [ledger[0]["id"]], "jobs": [ledger[0]["jobId"]], "consents": []});
    let last = json!({
        "changes": [ledger[1]["id"]], "jobs": [], "consents": [consents[0]["id"]],
    });
    for (answer, expected) in
        [(&created, &first), (&again, &nothing), (&withdrawn, &last), (&read, &nothing)]
    {
        assert_eq!(&caused(&mock, answer), expected);
    }
    let calls = admin(&mock, "GET", "/requests", "");
    assert!(calls["requests"].as_array().unwrap().iter().any(|call| call["caused"] == first));
}

#[test]
fn jobs_of_privacy_service_and_of_campaign_are_named() {
    let mock = Mock::start();
    let created = mock.post(JOBS, &mock.request("gdpr", &["access", "delete"]));
    let jobs = json!({"changes": [], "jobs": ids(&created.json()), "consents": []});
    assert_eq!(caused(&mock, &created), jobs);
    let request = json!({
        "name": "one", "namespaceName": "defaultNamespace1", "reconciliationValue": "a@b.test",
        "regulation": "GDPR", "type": "access", "label": "One",
    });
    let answer = mock.post("/acme/campaign/privacy/privacyTool", &request);
    let newest = admin(&mock, "GET", "/jobs?org=acme&limit=1", "")["jobs"][0]["jobId"].clone();
    assert_eq!(caused(&mock, &answer), json!({"changes": [], "jobs": [newest], "consents": []}));
}

/// Where nothing holds a job up, what it applies is of the same call.
#[test]
fn what_a_job_or_a_consent_applies_is_named() {
    let mock = Mock::with(Settings { opt_out_applies: true, ..settings() });
    mock.set_progression(&json!({"progression": "immediate"}));
    let pkey = mock.pkey(&json!({"email": "two@example.com"}));
    let mut request = mock.request("ccpa", &["opt-out-of-sale"]);
    request["users"][0]["userIDs"][0]["value"] = "two@example.com".into();
    request["include"] = json!(["Campaign"]);
    let answer = mock.post(JOBS, &request);
    let change = mock.ledger(&pkey)[0]["id"].clone();
    let expected = json!({"changes": [change], "jobs": ids(&answer.json()), "consents": []});
    assert_eq!(caused(&mock, &answer), expected);
    let consent = json!({
        "optOutOfSale": false, "entities": [{"nameSpace": "email", "values": ["two@example.com"]}],
    });
    let answer = mock.post("/data/core/privacy/consent", &consent);
    let id = admin(&mock, "GET", "/consents?org=acme", "")["consents"][0]["id"].clone();
    let change = mock.ledger(&pkey)[1]["id"].clone();
    assert_eq!(caused(&mock, &answer), json!({"changes": [change], "jobs": [], "consents": [id]}));
}

#[test]
fn a_call_is_found_by_its_request_id() {
    let mock = Mock::start();
    let sent = [("X-Request-Id", "mine")];
    let answer = mock.raw("GET", PROFILES, &sent, "");
    mock.get(PROFILES);
    let made = mock.raw("GET", "/nowhere", &[], "");
    let count = |id: &str| {
        let matcher = json!({"requestId": id}).to_string();
        admin(&mock, "POST", "/requests/count", &matcher)["count"].clone()
    };
    for (id, expected) in [("mine", 1), ("test", 1), ("yours", 0)] {
        assert_eq!(count(id), expected, "{id}");
    }
    assert_eq!(count(made.header("x-request-id").unwrap()), 1);
    let found = admin(&mock, "POST", "/requests/find", r#"{"requestId": "mine"}"#);
    let id = answer.header("x-mock-request-id").unwrap();
    assert_eq!(found["requests"][0]["id"].to_string(), id);
    let missed = mock.control("POST", "/verify", &json!({"requestId": "yours", "method": "GET"}));
    let nearest = missed.json()["nearest"]["differences"][0].clone();
    assert_eq!(nearest["part"], "requestId");
}

#[test]
fn older_calls_come_page_by_page() {
    let mock = Mock::start();
    let calls: Vec<Value> = (0..5)
        .map(|_| mock.get(PROFILES).header("x-mock-request-id").unwrap().parse().unwrap())
        .collect();
    let page = |query: &str| {
        let list = admin(&mock, "GET", &format!("/requests?limit=2{query}"), "");
        let list = list["requests"].as_array().unwrap().iter();
        list.map(|call| call["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(page(""), [calls[4].clone(), calls[3].clone()]);
    assert_eq!(page(&format!("&before={}", calls[3])), [calls[2].clone(), calls[1].clone()]);
    assert_eq!(page(&format!("&before={}", calls[1])), [calls[0].clone()]);
    assert_eq!(page(&format!("&before={}", calls[0])), Vec::<Value>::new());
    assert_eq!(mock.control("GET", "/requests?before=x", &Value::Null).status, 400);
}
