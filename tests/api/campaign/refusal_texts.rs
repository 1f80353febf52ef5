//! The texts of refusals, by dialect (`docs/reference/campaign-standard.md` §10).

use campaign_mock::config::Settings;
use campaign_mock::http::Dialect;
use serde_json::json;

use super::support::{BASIC, delete, keyless, pkey_at};
use crate::driver::{Mock, PROFILES, settings};

const EXTENDED: &str = "/acme/campaign/profileAndServicesExt/profile";

/// Every situation of the reference's table, in its order.
fn table(mock: &Mock) -> String {
    let john = pkey_at(mock, &format!("{EXTENDED}/C-1001"));
    let gone = mock.pkey(&json!({}));
    assert_eq!(delete(mock, &format!("{PROFILES}/{gone}")), 200);
    let service = format!("{BASIC}/service");
    for name in ["SVC3", "SVC4"] {
        assert_eq!(mock.post(&service, &json!({"name": name})).status, 201);
    }
    let third = pkey_at(mock, &format!("{service}/SVC3"));
    let john = format!("{PROFILES}/{john}");
    let subscriptions = format!("{john}/subscriptions");
    let mut shown = String::new();
    for (situation, verb, target, body) in [
        ("invalid PKey in URI", "GET", format!("{PROFILES}/@O5iRp40EGA"), ""),
        ("invalid PKey in body", "POST", subscriptions.clone(), r#"{"service":{"PKey":"@jksad"}}"#),
        ("unknown raw key in URI", "GET", format!("{service}/adobe_nl"), ""),
        ("unknown raw key in body", "POST", subscriptions, r#"{"service":{"PKey":"adobe_nl"}}"#),
        ("generic", "GET", format!("{service}?_order=subscriptions"), ""),
        ("bad enum value", "PATCH", john.clone(), r#"{"gender":"invalid"}"#),
        ("wrong type in a field", "PATCH", john.clone(), r#"{"blackList":"a"}"#),
        ("key conflict", "PATCH", format!("{service}/{third}"), r#"{"name":"SVC4"}"#),
        (
            "key in URI and another in body",
            "PATCH",
            format!("{service}/SVC3"),
            r#"{"name":"SVC4"}"#,
        ),
        ("read-only property", "PATCH", john.clone(), r#"{"age":50}"#),
        ("unknown property", "PATCH", john.clone(), r#"{"zipCode":"1"}"#),
        (
            "undeclared signal parameter",
            "POST",
            String::new(),
            r#"{"source":"API","parameters":{"undeclared":"x"}}"#,
        ),
        ("unknown resource name", "GET", format!("{BASIC}/nope"), ""),
        ("PKey of a deleted record", "GET", format!("{PROFILES}/{gone}"), ""),
        ("body that is not JSON", "PATCH", john.clone(), "@gibberish"),
        ("bad email", "PATCH", john, r#"{"email":"not an address"}"#),
    ] {
        let target = if target.is_empty() {
            let workflow = mock.get("/acme/campaign/workflow/execution/WKF1").json();
            let start = mock.post(
                "/acme/campaign/workflow/execution/WKF1/commands",
                &json!({"method": "start"}),
            );
            assert_eq!(start.status, 200, "{}", start.body);
            let trigger = &workflow["activities"]["activity"]["signal1"]["trigger"]["href"];
            super::support::target(trigger).to_owned()
        } else {
            target
        };
        let answer = mock.call(verb, &target, body);
        shown.push_str(&format!("--- {situation}: {}\n{}\n", answer.status, keyless(&answer.body)));
    }
    shown
}

#[test]
fn the_texts_of_campaign_standard() {
    insta::assert_snapshot!("texts_acs", table(&Mock::start()));
}

#[test]
fn the_texts_of_the_v8_product() {
    let mock = Mock::with(Settings { dialect: Dialect::V8, ..settings() });
    insta::assert_snapshot!("texts_v8", table(&mock));
}
