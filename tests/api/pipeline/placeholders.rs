//! Placeholders of the documentation that were sent as they are printed: the refusal is as ever, and its reason names the
//! placeholder.

use serde_json::json;

use crate::driver::{GDPR, JOBS, Mock, PROFILES};
use crate::wire::Answer;

fn is_told(answer: &Answer, placeholder: &str) {
    let reason = answer.header("x-mock-reason").unwrap_or_default();
    let told = format!(
        "'{placeholder}' is a placeholder of the documentation: write your own value in its place. "
    );
    assert!(reason.starts_with(&told), "{placeholder}: {reason}");
}

/// As HTTP libraries send them.
#[test]
fn a_placeholder_in_the_address_is_named_however_it_is_encoded() {
    let mock = Mock::start();
    let basic = PROFILES.strip_suffix("/profile").unwrap();
    for (target, status, placeholder) in [
        (format!("{PROFILES}/%3CPKEY%3E"), 404, "<PKEY>"),
        (format!("{PROFILES}/%3cPKEY%3e"), 404, "<PKEY>"),
        (format!("{PROFILES}/@%3CPKEY%3E"), 500, "<PKEY>"),
        (format!("{PROFILES}/%7BPROFILE_PKEY%7D"), 404, "{PROFILE_PKEY}"),
        (format!("{basic}/service/%3CPKEY%3E/subscriptions"), 404, "<PKEY>"),
        (format!("{JOBS}/%7BJOB_ID%7D"), 400, "{JOB_ID}"),
        (format!("{JOBS}/%3CJOB_ID%3E/content"), 400, "<JOB_ID>"),
        (format!("{GDPR}/%7BJOB_ID%7D"), 400, "{JOB_ID}"),
        (
            "/%3CORGANIZATION%3E/campaign/profileAndServices/profile".to_owned(),
            500,
            "<ORGANIZATION>",
        ),
    ] {
        let answer = mock.get(&target);
        assert_eq!(answer.status, status, "{target}: {}", answer.shown());
        is_told(&answer, placeholder);
    }
    // In the body's detail of a malformed id nothing of this is said.
    let answer = mock.get(&format!("{JOBS}/%7BJOB_ID%7D"));
    assert_eq!(answer.json()["errors"]["detail"], "Invalid ID format");
    for target in [format!("{PROFILES}/%3C12%3E"), format!("{PROFILES}/PKEY"), format!("{JOBS}/x")]
    {
        let reason = mock.get(&target).header("x-mock-reason").unwrap().to_owned();
        assert!(!reason.contains("placeholder"), "{target}: {reason}");
    }
}

#[test]
fn a_placeholder_in_a_header_is_named() {
    let mock = Mock::start();
    let token = format!("Bearer {}", mock.token());
    let (key, org) = (mock.api_key(), mock.ims_org());
    let send = |key: &str, token: &str, org: &str| {
        let headers = [("X-Api-Key", key), ("Authorization", token), ("x-gw-ims-org-id", org)];
        [PROFILES.to_owned(), format!("{JOBS}?regulation=ccpa")]
            .map(|target| mock.raw("GET", &target, &headers, ""))
    };
    for placeholder in ["<API_KEY>", "{API_KEY}"] {
        for answer in send(placeholder, &token, org) {
            assert_eq!(answer.json()["error_code"], "403003");
            is_told(&answer, placeholder);
        }
    }
    for (sent, placeholder) in [
        ("Bearer <ACCESS_TOKEN>", "<ACCESS_TOKEN>"),
        ("Bearer {ACCESS_TOKEN}", "{ACCESS_TOKEN}"),
        ("<ACCESS_TOKEN>", "<ACCESS_TOKEN>"),
    ] {
        for answer in send(key, sent, org) {
            assert_eq!(answer.json()["error_code"], "401013");
            is_told(&answer, placeholder);
        }
    }
    let [_, jobs] = send(key, &token, "{IMS_ORG}");
    assert_eq!(jobs.json()["error_code"], "403025");
    is_told(&jobs, "{IMS_ORG}");
    // What else is wrong is told as before, and what was sent is told to nobody.
    for answer in
        [send("a-wrong-key", &token, org), send(key, "Bearer a-wrong-token", org)].concat()
    {
        let reason = answer.header("x-mock-reason").unwrap();
        assert!(!reason.contains("placeholder") && !reason.contains("a-wrong"), "{reason}");
    }
    assert_eq!(mock.post(PROFILES, &json!({"lastName": "<LAST_NAME>"})).status, 201);
}
