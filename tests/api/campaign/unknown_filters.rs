//! What is no filter is read as the key of a record (`docs/reference/campaign-standard.md` §4.4).

use serde_json::json;

use super::support::{BASIC, CUSTOM, EXT, GENERIC, create, refusal, with_model};
use crate::driver::{Mock, PROFILES};

/// The refusal of a text where a record's number should stand.
fn no_number(text: &str) -> (u16, String) {
    let text = format!(
        "{GENERIC} BAS-010040 Cannot convert '{text}' (type text) to integer (32 bit) type (BAS-010011 \
         Invalid value)."
    );
    (500, text)
}

#[test]
fn a_filter_that_does_not_exist_is_read_as_a_key_on_every_resource() {
    let mock = Mock::start();
    let history = mock.get(&format!("{BASIC}/history?_lineCount=1")).json();
    let history = history["content"][0]["PKey"].as_str().unwrap();
    for list in [
        PROFILES.to_owned(),
        format!("{EXT}/profile"),
        format!("{BASIC}/history"),
        format!("{BASIC}/history/{history}/events"),
        format!("{PROFILES}/byText"),
        format!("{EXT}/cusPurchase"),
        format!("{CUSTOM}/cusProduct"),
        "/acme/campaign/mcacme/EVTcartAbandonment".to_owned(),
    ] {
        for rest in ["byUuid?uuid_parameter=6f0b", "byUuid/_count?a=b", "hasNothing/email"] {
            let answer = mock.get(&format!("{list}/{rest}"));
            let name = rest.split(['?', '/']).next().unwrap();
            assert_eq!(refusal(&answer), no_number(name), "{list}/{rest}");
            let reason = answer.header("x-mock-reason").unwrap();
            assert!(reason.contains("the filters are ") && reason.contains(name), "{reason}");
        }
    }
    for (method, body) in [("PATCH", "{}"), ("DELETE", ""), ("POST", "{}")] {
        let answer = mock.call(method, &format!("{PROFILES}/byUuid"), body);
        assert_eq!(refusal(&answer), no_number("byUuid"), "{method}");
    }
}

#[test]
fn a_customer_s_filter_is_none_without_ext() {
    let model = r#"{"declare":"field","on":"profile","name":"cusUuid","type":"text","key":true}
{"declare":"filter","on":"profile","name":"byUuid","parameters":{"uuid":"cusUuid"}}
{"declare":"filter","on":"profile","name":"byidentification_key","parameters":{"id":"cusUuid"}}"#;
    let mock = with_model(model);
    for name in ["byUuid", "byidentification_key"] {
        let answer = mock.get(&format!("{PROFILES}/{name}?uuid_parameter=1&id_parameter=1"));
        assert_eq!(refusal(&answer), no_number(name));
        let reason = answer.header("x-mock-reason").unwrap();
        assert!(reason.ends_with("under profileAndServicesExt."), "{reason}");
        assert_eq!(mock.get(&format!("{EXT}/profile/{name}")).status, 200, "{name}");
    }
}

#[test]
fn a_word_is_no_key_where_records_have_numbers_alone() {
    let mock = with_model("{\"declare\":\"event\",\"name\":\"EVTa\"}");
    let service = create(&mock, &format!("{BASIC}/service"), &json!({"label": "a"}));
    let subscriptions =
        format!("{BASIC}/service/{}/subscriptions", service["name"].as_str().unwrap());
    for list in [PROFILES, &subscriptions, "/acme/campaign/mcacme/EVTa"] {
        for key in ["search", "2147483648", "john.doe@example.com"] {
            let answer = mock.get(&format!("{list}/{key}"));
            assert_eq!(refusal(&answer), no_number(key), "{list}");
        }
        // A number can be one, but is none here.
        let answer = mock.get(&format!("{list}/12"));
        assert_eq!(answer.status, 404, "{list}: {}", answer.body);
    }
}

#[test]
fn the_key_of_a_service_is_a_text() {
    let mock = Mock::start();
    let services = format!("{BASIC}/service");
    let text = format!(
        "{GENERIC} Unable to find document with path 'Service' from key 'byNothing:0' (document with \
         schema 'service' and name 'byNothing')"
    );
    let answer = mock.get(&format!("{services}/byNothing"));
    assert_eq!(refusal(&answer), (404, text));
    create(&mock, &services, &json!({"name": "byNothing"}));
    assert_eq!(mock.get(&format!("{services}/byNothing")).json()["name"], "byNothing");
    // Where a filter comes before it, no key can follow.
    let answer = mock.get(&format!("{services}/byChannel/byNothing?channel=email"));
    assert_eq!(refusal(&answer), no_number("byNothing"));
}
