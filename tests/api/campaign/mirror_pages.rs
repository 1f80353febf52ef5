//! What the addresses in a profile's history lead to (`docs/reference/campaign-standard.md` §14).

use serde_json::json;

use super::support::{BASIC, EXT, GENERIC, pkey_at, refusal, target};
use crate::driver::{Mock, PROFILES};

/// The first message that was sent to John, and where its page is.
fn page_of_john(mock: &Mock) -> String {
    let john = pkey_at(mock, &format!("{EXT}/profile/C-1001"));
    let events = mock.get(&format!("{BASIC}/history/{john}/events")).json();
    target(&events["content"][0]["mirrorPage"]["href"]).to_owned()
}

#[test]
fn a_mirror_page_is_the_message_as_a_page() {
    let mock = Mock::start();
    let address = page_of_john(&mock);
    let extended = address.replace("profileAndServices/history", "profileAndServicesExt/History");
    for address in [&*address, address.trim_end_matches('/'), &*extended] {
        let page = mock.get(address);
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some("text/html; charset=utf-8"))
        );
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        for part in [
            "<!DOCTYPE html>",
            "<title>Send via email</title>",
            "<p>DM1 2019-10-05 07:00:00.000Z</p>",
            "<td>john.doe@example.com</td>",
            "<th>First name</th><td>John</td>",
        ] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        // What is the customer's own, and what is not set, is not on it.
        assert!(
            !page.body.contains("Dancing") && !page.body.contains("<td></td>"),
            "{}",
            page.body
        );
    }
}

#[test]
fn what_a_profile_holds_is_text_on_its_pages() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let name = json!({"middleName": "<script>alert('x')</script>&"});
    assert_eq!(mock.patch(&john, &name).status, 200);
    let page = mock.get(&page_of_john(&mock)).body;
    assert!(
        page.contains("<td>&lt;script&gt;alert(&apos;x&apos;)&lt;/script&gt;&amp;</td>"),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn a_page_is_read_as_a_record_is() {
    let mock = Mock::start();
    let address = page_of_john(&mock);
    let other = mock.get(&format!("{PROFILES}/byEmail?email=jane.roe@example.com")).json();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let jane = other["content"][0]["PKey"].as_str().unwrap();
    assert_eq!(mock.get(&address.replace(&john, jane)).status, 404, "a message of somebody else");
    assert_eq!(mock.get(&address.replace("/acme/", "/acme-w3/")).status, 500, "of another tenant");
    assert_eq!(mock.raw("GET", &address, &[], "").status, 403, "without credentials");
    assert_eq!(mock.call("POST", &address, "{}").status, 405);
}

#[test]
fn kpis_and_chart_are_refused_with_a_reason() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    for root in [BASIC, EXT] {
        let record = mock.get(&format!("{root}/history/{john}")).json();
        let address = target(&record["kpisAndChart"]["href"]).to_owned();
        for address in [&*address, address.trim_end_matches('/')] {
            let answer = mock.get(address);
            assert_eq!(refusal(&answer), (500, GENERIC.to_owned()), "{address}");
            let reason = answer.header("x-mock-reason").unwrap();
            assert!(reason.contains("'kpisAndChart' leads to is on record nowhere"), "{reason}");
        }
    }
    assert_eq!(mock.get(&format!("{BASIC}/history/C-1001x/kpisAndChart")).status, 404);
}

#[test]
fn no_address_answers_an_address_of_itself() {
    let mock = Mock::start();
    let body = json!({
        "name": "PT1", "label": "A", "namespaceName": "defaultNamespace1", "type": "access",
        "reconciliationValue": "john.doe@example.com", "regulation": "gdpr",
    });
    let request = mock.post("/acme/campaign/privacy/privacyTool", &body).json();
    for member in ["privacyRequestData", "gdprRequestData"] {
        let answer = mock.get(target(&request[member]["href"]));
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("POST, OPTIONS")),
            "{member}"
        );
    }
}
