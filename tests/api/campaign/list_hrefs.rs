//! The addresses in the envelope of a list (`docs/reference/campaign-standard.md` §4).

use campaign_mock::config::Settings;
use campaign_mock::http::Dialect;
use serde_json::Value;

use super::lists::follow;
use super::support::{BASIC, CUSTOM, target};
use crate::driver::{Mock, PROFILES, settings};

/// The cursor of an address.
fn line_start(href: &Value) -> String {
    href.as_str().unwrap().rsplit_once("_lineStart=").unwrap().1.to_owned()
}

#[test]
fn hrefs_have_the_vendor_s_form() {
    let mock = Mock::start();
    let page = mock.get(&format!("{PROFILES}/?a=1&_lineCount=5")).json();
    let count = page["count"]["href"].as_str().unwrap();
    let next = page["next"]["href"].as_str().unwrap();
    let base = format!("http://mock.localhost{PROFILES}");
    let count =
        count.strip_prefix(&format!("{base}//_count?a=1&_lineCount=5&_lineStart=@")).unwrap();
    let next = next.strip_prefix(&format!("{base}/?a=1&_lineCount=5&_lineStart=@")).unwrap();
    assert_eq!((count.len(), next), (48, count));
}

#[test]
fn count_and_next_have_the_same_line_start_on_every_page_of_every_list() {
    let mock = Mock::start();
    let john = mock.get(&format!("{PROFILES}/byEmail?email=john.doe@example.com")).json();
    let subscriptions = target(&john["content"][0]["subscriptions"]["href"]).to_owned();
    for list in [
        format!("{BASIC}/service?_lineCount=1"),
        format!("{PROFILES}/byText?text=J&_lineCount=1"),
        format!("{PROFILES}?_order=lastName%20desc&_lineCount=2"),
        format!("{subscriptions}?_lineCount=1"),
        format!("{CUSTOM}/cusProduct?_lineCount=1"),
    ] {
        let mut page = mock.get(&list).json();
        let (mut pages, mut seen) = (0, Vec::new());
        while !page["next"].is_null() {
            let start = line_start(&page["next"]["href"]);
            assert_eq!(line_start(&page["count"]["href"]), start, "{list}");
            assert!(!seen.contains(&start), "{list}");
            seen.push(start);
            pages += 1;
            page = follow(&mock, &page["next"]["href"]);
        }
        assert!(pages > 0, "{list}");
        // The last page has one too, and its count is of the whole list.
        assert_eq!(line_start(&page["count"]["href"]).len(), 49, "{list}");
        let all = follow(&mock, &page["count"]["href"])["count"].as_i64().unwrap();
        assert!(all > pages, "{list}");
    }
}

#[test]
fn hrefs_of_filters_and_collections_have_the_vendor_s_form() {
    let mock = Mock::start();
    let john = mock.get(PROFILES).json()["content"][0]["PKey"].as_str().unwrap().to_owned();
    let root = "http://mock.localhost/acme/campaign/profileAndServices";
    for (target, query, count, next) in [
        ("profile/byText", "text=J&_lineCount=1", "profile//byText/_count", "profile/byText"),
        ("profile//byText/", "_lineCount=1&text=J", "profile//byText/_count", "profile/byText"),
        (
            "profile/byText%2Fsubscribers",
            "text=J&service=SVC1&_lineCount=1",
            "profile//byText/subscribers/_count",
            "profile/byText/subscribers",
        ),
        ("profile.json", "_order=email%2520desc&_lineCount=1", "profile//_count", "profile/"),
        ("History", "_lineCount=1", "history//_count", "history/"),
        (
            &format!("profile/{john}/subscriptions"),
            "_lineCount=1",
            &format!("profile/{john}/subscriptions//_count"),
            &format!("profile/{john}/subscriptions/"),
        ),
    ] {
        let page = mock.get(&format!("/acme/campaign/profileAndServices/{target}?{query}")).json();
        for (href, path) in [(&page["count"]["href"], count), (&page["next"]["href"], next)] {
            let start = format!("{root}/{path}?{query}&_lineStart=@");
            let cursor = href.as_str().unwrap().strip_prefix(&start);
            let cursor = cursor.unwrap_or_else(|| panic!("{href} does not start with {start}"));
            assert_eq!(cursor.len(), 48);
            follow(&mock, href);
        }
    }
    // The cursor stands last, and once.
    let page = mock.get(&format!("{PROFILES}?_lineCount=1")).json();
    let second = follow(&mock, &page["next"]["href"]);
    let next = second["next"]["href"].as_str().unwrap();
    assert_eq!(next.matches("_lineStart").count(), 1);
    assert_ne!(page["next"], second["next"]);
}

#[test]
fn an_email_in_a_count_href_stands_as_the_caller_wrote_it() {
    let mock = Mock::start();
    let query = "email=john.doe@example.com";
    let list = mock.get(&format!("{PROFILES}/byEmail?{query}")).json();
    let href = list["count"]["href"].as_str().unwrap();
    let expected = format!("http://mock.localhost{PROFILES}//byEmail/_count?{query}&_lineStart=@");
    assert!(href.starts_with(&expected), "{href}");
    assert_eq!(list["count"]["value"], 1);
    assert_eq!(list["next"], Value::Null);
}

#[test]
fn count_and_next_of_a_v8_list_of_values_have_the_same_line_start() {
    let mock = Mock::with(Settings { dialect: Dialect::V8, ..settings() });
    let page = mock.get(&format!("{PROFILES}/email?_lineCount=5")).json();
    assert_eq!(line_start(&page["count"]["href"]), line_start(&page["next"]["href"]));
}
