//! Calls that were spoiled on their way: the reason names what has happened, the refusal is as ever
//! (`docs/reference/campaign-standard.md` §2.1, §7).

use campaign_mock::config::Settings;
use campaign_mock::http::Dialect;
use serde_json::json;

use super::support::{BASIC, CUSTOM, EXT, GENERIC, patch, refusal};
use crate::driver::{HOST, JOBS, Mock, PROFILES, settings};
use crate::wire;

/// What shells make of the documentation's snippets, and what the reason says of it.
const SPOILED: [(&str, &str); 15] = [
    ("", "a backslash is missing before -d"),
    ("{&label:&messageType:&name:&start:&}", "several -d were joined"),
    (r#"{&"firstName": "John",&"lastName": "Doe"&}"#, "several -d were joined"),
    ("{\n-d \"source\":\"API\",\n-d \"parameters\":{}\n-d }", "its lines begin with -d"),
    (r#"{"firstName":"Mark",lastName:Smith}"#, "a quotation mark is missing at 'lastName'"),
    ("{firstName: Mark}", "a quotation mark is missing at 'firstName'"),
    ("'{\"firstName\": \"Mark\"}'", "single quotation mark"),
    ("{\u{201c}firstName\u{201d}: \u{201c}Mark\u{201d}}", "typographic"),
    (r#"{"ccpaOptOut": True}"#, "JSON writes 'True' in small letters: true"),
    (r#"{"ccpaOptOut": FALSE}"#, "JSON writes 'FALSE' in small letters: false"),
    (r#"{"firstName": None}"#, "JSON has no 'None': write null"),
    (r#"{"firstName": undefined}"#, "JSON has no 'undefined': write null"),
    (r#"{"age": NaN}"#, "JSON has no 'NaN': write a number, or null"),
    (r#"{"age": 1e400}"#, "the number '1e400' is too large"),
    (
        "\u{feff}{\"firstName\": \"Mark\"}",
        "begins with a byte order mark: save it as UTF-8 without BOM",
    ),
];

#[test]
fn the_reason_names_what_has_spoiled_a_body() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({}));
    let signal = "/acme/campaign/workflow/execution/WKF1/activities/activity/signal1/trigger";
    for (body, part) in SPOILED {
        for (method, target) in [
            ("POST", PROFILES.to_owned()),
            ("PATCH", format!("{PROFILES}/{pkey}")),
            ("POST", format!("{BASIC}/service")),
            ("POST", signal.to_owned()),
            ("POST", "/acme/campaign/mcacme/EVTcartAbandonment".to_owned()),
        ] {
            let answer = mock.call(method, &target, body);
            let reason = answer.header("x-mock-reason").unwrap();
            assert!(reason.contains(part), "{method} {target} {body}: {reason}");
            let (status, text) = refusal(&answer);
            assert!(status == 500 && text.starts_with(GENERIC), "{status} {text}");
        }
        // Privacy Service's documentation has the same kind of snippets.
        let answer = mock.call("POST", JOBS, body);
        let reason = answer.header("x-mock-reason").unwrap();
        assert!(answer.status == 400 && reason.contains(part), "{body}: {reason}");
    }
    assert_eq!(mock.get(&format!("{PROFILES}/_count")).json(), json!({"count": 13}));
}

/// As `curl -H 'Content-Length: 79'` sends it.
#[test]
fn a_content_length_that_is_too_small_is_named() {
    let mock = Mock::start();
    let body = json!({
        "email": "test@example.com", "scheduled": "2020-12-01 08:00:00.768Z",
        "ctx": {"cartAmount": "$ 125", "lastProduct": "Leather motorbike jacket"},
    })
    .to_string();
    let head = format!(
        "POST /acme/campaign/mcacme/EVTcartAbandonment HTTP/1.1\r\nHost: {HOST}\r\nX-Api-Key: {}\r\n\
         Authorization: Bearer {}\r\nContent-Length:79\r\n\r\n",
        mock.api_key(),
        mock.token()
    );
    let answer = wire::exchange(mock.address(), format!("{head}{body}").as_bytes()).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("Content-Length says 79, but the JSON goes on"), "{answer}");
    // The rest of the body was read as a request.
    let (_, rest) = answer.split_once("HTTP/1.1 400 ").unwrap();
    assert!(rest.contains("x-mock-reason: The request is no HTTP"), "{rest}");
    assert!(rest.contains("a Content-Length that is less than the length of the body"), "{rest}");
}

#[test]
fn a_patch_on_a_list_is_told_how_to_name_its_record() {
    let mock = Mock::start();
    let told = |target: &str, body: &str| {
        let answer = mock.call("PATCH", target, body);
        assert_eq!((answer.status, answer.json()), (405, json!(GENERIC)), "{target}");
        answer.header("x-mock-reason").unwrap().to_owned()
    };
    let by_pkey = "A PATCH changes one record: put its PKey at the end of the address";
    for (target, more) in [
        (
            PROFILES.to_owned(),
            ", or name the record's key, 'cusCustomerId', in the body under profileAndServicesExt.",
        ),
        (format!("{EXT}/profile"), ", or name the record's key, 'cusCustomerId', in the body."),
        (format!("{CUSTOM}/cusProduct"), ", or name the record's key, 'cusSku', in the body."),
        (format!("{BASIC}/service"), "."),
        (format!("{EXT}/orgUnitBase"), "."),
        (format!("{EXT}/profile/byCustomerId?customerId_parameter=C-1001"), "."),
    ] {
        let reason = told(&target, r#"{"lastName": "Doe"}"#);
        assert!(reason.starts_with(&format!("{by_pkey}{more}")), "{target}: {reason}");
    }
    // Nothing of these is ever changed.
    for target in [format!("{BASIC}/history"), "/acme/campaign/privacy/privacyTool".to_owned()] {
        assert!(told(&target, "{}").starts_with("This address takes GET"), "{target}");
    }
    let answer =
        patch(&mock, &format!("{EXT}/profile"), &json!({"cusCustomerId": "C-1001", "fax": "1"}));
    assert_eq!(answer.status, 200);
}

#[test]
fn a_delete_on_a_list_is_told_how_to_name_its_record() {
    let mock = Mock::start();
    for (target, told) in [
        (
            PROFILES.to_owned(),
            "A DELETE removes one record: put its PKey at the end of the address.",
        ),
        (format!("{CUSTOM}/cusProduct"), "A DELETE removes one record"),
        (format!("{EXT}/orgUnitBase"), "This address takes GET, OPTIONS."),
    ] {
        let answer = mock.call("DELETE", &target, "");
        assert_eq!((answer.status, answer.json()), (405, json!(GENERIC)), "{target}");
        assert!(answer.header("x-mock-reason").unwrap().starts_with(told), "{target}");
        assert!(answer.header("allow").unwrap().starts_with("GET"), "{target}");
    }
    assert_eq!(mock.get(&format!("{PROFILES}/_count")).json(), json!({"count": 12}));
}

/// The key in the URL and another one in the body.
#[test]
fn under_v8_two_keys_get_the_general_text_alone() {
    let body = json!({"name": "SVC4", "cusCustomerId": "C-9", "cusSku": "SKU-9"});
    let other = |mock: &Mock, target: &str, field: &str| {
        refusal(&patch(mock, target, &json!({field: body[field]})))
    };
    let v8 = Mock::with(Settings { dialect: Dialect::V8, ..settings() });
    let standard = Mock::start();
    for (target, field, resource) in [
        (format!("{BASIC}/service/SVC1"), "name", "service"),
        (format!("{EXT}/profile/C-1001"), "cusCustomerId", "profile"),
        (format!("{CUSTOM}/cusProduct/SKU-1"), "cusSku", "cusProduct"),
    ] {
        let generic = GENERIC.strip_prefix("RST-360011 ").unwrap();
        assert_eq!(other(&v8, &target, field), (500, generic.to_owned()), "{target}");
        let (status, text) = other(&standard, &target, field);
        let part = format!("RST-360012 Inconsistent operation on resource '{resource}'");
        assert!(status == 500 && text.contains(&part), "{text}");
    }
}
