//! The profile list: envelope, pages, counts (`reference/campaign-standard.md` §4).

use std::fmt::Write as _;
use std::fs;

use campaign_mock::config::SeedSource;
use serde_json::{Value, json};

use crate::driver::{Mock, PROFILES, members, settings};

fn follow(mock: &Mock, href: &Value) -> Value {
    let target = href.as_str().unwrap().strip_prefix("http://mock.localhost").unwrap();
    let answer = mock.get(target);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[test]
fn a_list_that_fits_says_how_many() {
    let mock = Mock::start();
    let answer = mock.get(PROFILES);
    assert_eq!(members(&answer.body), ["content", "count", "serverSidePagination"]);
    let list = answer.json();
    assert_eq!(list["content"].as_array().unwrap().len(), 12);
    assert_eq!(list["count"]["value"], 12);
    assert_eq!(list["serverSidePagination"], true);
    let first = &list["content"][0];
    let href = format!("http://mock.localhost{PROFILES}/{}", first["PKey"].as_str().unwrap());
    assert_eq!(first["href"], json!(href));
    assert_eq!(follow(&mock, &list["count"]["href"]), json!({"count": 12}));
}

#[test]
fn an_empty_list_is_a_list() {
    let list = Mock::empty().get(PROFILES).json();
    assert_eq!(list["content"], json!([]));
    assert_eq!(list["count"]["value"], 0);
    assert_eq!(list["next"], Value::Null);
}

#[test]
fn pages_follow_each_other_to_the_last() {
    let mock = Mock::start();
    let whole = mock.get(PROFILES).json();
    let mut page = mock.get(&format!("{PROFILES}?_lineCount=5&limit=3")).json();
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let content = page["content"].as_array().unwrap();
        sizes.push(content.len());
        seen.extend(content.iter().map(|record| record["PKey"].clone()));
        assert_eq!(page["count"]["value"], Value::Null);
        assert_eq!(follow(&mock, &page["count"]["href"]), json!({"count": 12}));
        if page["next"].is_null() {
            break;
        }
        page = follow(&mock, &page["next"]["href"]);
    }
    assert_eq!(sizes, [5, 5, 2]);
    let expected: Vec<_> =
        whole["content"].as_array().unwrap().iter().map(|record| record["PKey"].clone()).collect();
    assert_eq!(seen, expected);
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
    assert_eq!((count.len(), next.len()), (48, 48));
    assert_ne!(count, next);
}

#[test]
fn the_default_page_has_twenty_five_lines() {
    let mock = Mock::empty();
    for _ in 0..26 {
        mock.pkey(&json!({}));
    }
    let list = mock.get(PROFILES).json();
    assert_eq!(list["content"].as_array().unwrap().len(), 25);
    let rest = follow(&mock, &list["next"]["href"]);
    assert_eq!(rest["content"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
}

#[test]
fn a_page_that_is_exactly_full_has_no_next() {
    let mock = Mock::start();
    let list = mock.get(&format!("{PROFILES}?_lineCount=12")).json();
    assert_eq!((&list["next"], &list["count"]["value"]), (&Value::Null, &json!(12)));
}

#[test]
fn paging_parameters_that_are_refused() {
    let mock = Mock::start();
    let page = mock.get("/acme-w3/campaign/profileAndServices/profile?_lineCount=1").json();
    let foreign = page["next"]["href"].as_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let mut shown = String::new();
    for query in ["_lineCount=x", "_lineCount=0", "_lineCount=-1", "_lineStart=@abc"] {
        let _ =
            writeln!(shown, "--- {query}\n{}", mock.get(&format!("{PROFILES}?{query}")).shown());
    }
    insta::assert_snapshot!("refused_paging", shown);
    let other_tenant = mock.get(&format!("{PROFILES}?_lineStart={foreign}"));
    assert_eq!(other_tenant.status, 500);
}

#[test]
fn a_big_table_pages_only_when_forced_to() {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    fs::copy("fixtures/seed/acme/org.json", org.join("org.json")).unwrap();
    fs::write(org.join("profile.ndjson"), "{}\n".repeat(100_001)).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);

    let list = mock.get(PROFILES).json();
    assert_eq!(list["serverSidePagination"], false);
    assert_eq!(list["next"], Value::Null);
    assert_eq!(list["count"]["value"], Value::Null);
    assert_eq!(follow(&mock, &list["count"]["href"]), json!({"count": 100_001}));
    let forced = mock.get(&format!("{PROFILES}?_forcePagination=true")).json();
    assert_eq!(forced["serverSidePagination"], true);
    let next = follow(&mock, &forced["next"]["href"]);
    assert_eq!(next["content"].as_array().unwrap().len(), 25);
}
