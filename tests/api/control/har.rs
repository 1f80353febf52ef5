//! The journal as a HAR document: `GET /__admin/requests.har`.

use serde_json::{Value, json};

use super::support::admin;
use crate::driver::{HOST, Mock, PROFILES};

fn entries(mock: &Mock, query: &str) -> Vec<Value> {
    let har = admin(mock, "GET", &format!("/requests.har{query}"), "");
    assert_eq!(har["log"]["version"], "1.2");
    assert_eq!(har["log"]["creator"]["name"], "campaign-mock");
    har["log"]["entries"].as_array().unwrap().clone()
}

/// What the specification asks of each entry.
fn check(entry: &Value) {
    let is_text = |value: &Value| value.is_string();
    let pairs = |value: &Value| {
        value
            .as_array()
            .unwrap()
            .iter()
            .all(|pair| is_text(&pair["name"]) && is_text(&pair["value"]))
    };
    assert!(is_text(&entry["startedDateTime"]) && entry["cache"].is_object());
    let timings = ["send", "wait", "receive"].map(|part| entry["timings"][part].as_f64().unwrap());
    let time = entry["time"].as_f64().unwrap();
    assert!((timings.iter().sum::<f64>() - time).abs() < 1e-9 && time > 0.0);
    for (side, texts) in [
        ("request", &["method", "url", "httpVersion"][..]),
        ("response", &["statusText", "httpVersion", "redirectURL"]),
    ] {
        let side = &entry[side];
        assert!(texts.iter().all(|name| is_text(&side[name])), "{side}");
        assert!(pairs(&side["headers"]) && side["cookies"] == json!([]), "{side}");
        assert!(side["headersSize"] == -1 && side["bodySize"].is_i64(), "{side}");
    }
    assert!(pairs(&entry["request"]["queryString"]));
    assert!(entry["response"]["status"].is_u64());
    let content = &entry["response"]["content"];
    assert!(content["size"].as_u64().is_some() && is_text(&content["mimeType"]), "{content}");
}

#[test]
fn the_journal_can_be_taken_home() {
    let mock = Mock::start();
    let created = mock.post(PROFILES, &json!({"email": "é@b.test", "ccpaOptOut": true}));
    mock.get(&format!("{PROFILES}?_lineCount=1&x=a%20b"));
    let refused = mock.raw("GET", PROFILES, &[("X-Api-Key", "a-secret")], "");
    mock.raw("GET", "/nowhere", &[], "");
    let all = entries(&mock, "");
    all.iter().for_each(check);
    assert_eq!(all.len(), 4);
    assert_eq!(entries(&mock, "?org=acme").len(), 3);

    let (first, second, third) = (&all[0], &all[1], &all[2]);
    assert_eq!(first["request"]["method"], "POST");
    assert_eq!(first["request"]["url"], format!("http://{HOST}{PROFILES}"));
    let sent = json!({"email": "é@b.test", "ccpaOptOut": true}).to_string();
    let data = json!({"mimeType": "", "text": sent});
    assert_eq!(first["request"]["postData"], data);
    assert_eq!(first["response"]["content"]["text"], created.body);
    assert_eq!(first["response"]["content"]["mimeType"], "application/json");
    assert_eq!(first["response"]["statusText"], "Created");
    let change = &mock.ledger(created.json()["PKey"].as_str().unwrap())[0];
    let caused = json!({"changes": [change["id"]], "jobs": [change["jobId"]], "consents": []});
    assert_eq!((&first["_caused"], &first["_org"]), (&caused, &json!("acme")));

    assert_eq!(second["request"]["url"], format!("http://{HOST}{PROFILES}?_lineCount=1&x=a%20b"));
    let parameters = json!([{"name": "_lineCount", "value": "1"}, {"name": "x", "value": "a b"}]);
    assert_eq!(second["request"]["queryString"], parameters);
    assert_eq!(second["request"].get("postData"), None);

    assert_eq!(third["comment"], refused.header("x-mock-reason").unwrap());
    assert_eq!(third["_id"].to_string(), refused.header("x-mock-request-id").unwrap());
    assert!(!third.to_string().contains("a-secret"));
}

#[test]
fn a_call_without_an_answer_has_status_0() {
    let mock = Mock::start();
    admin(&mock, "POST", "/faults", r#"{"fault": "EMPTY_RESPONSE", "path": "/nowhere"}"#);
    let headers = [("Host", HOST)];
    assert!(crate::wire::send(mock.address(), "GET", "/nowhere", &headers, b"").is_err());
    let all = entries(&mock, "");
    all.iter().for_each(check);
    assert_eq!(all[0]["response"]["status"], 0);
}
