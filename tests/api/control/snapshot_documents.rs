//! Snapshots as documents: carried to another server, and refused where they do not fit.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{admin, make_history, people, reset, tried};
use crate::driver::{Mock, PROFILES};

#[test]
fn a_document_carries_a_snapshot_to_another_server() {
    let (here, there) = (Mock::start(), Mock::start());
    let pkey = make_history(&here);
    admin(&here, "POST", "/snapshots/a", "");
    let document = tried(&here, "GET", "/snapshots/a/export", "").body;
    assert!(document.starts_with(r#"{"campaignMockSnapshot":1,"#), "{document}");
    let kept = admin(&there, "PUT", "/snapshots/b", &document);
    assert_eq!(kept["orgs"][0]["profiles"], 13);
    assert_eq!(tried(&there, "GET", "/snapshots/b/export", "").body, document);
    reset(&there, "?to=b");
    admin(&there, "POST", "/snapshots/c", "");
    assert_eq!(people(&there, "acme"), people(&here, "acme"));
    assert_eq!(there.read(&pkey), here.read(&pkey));
    assert_eq!(there.jobs("gdpr"), here.jobs("gdpr"));
    let again = tried(&there, "GET", "/snapshots/c/export", "").json();
    let first: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(again["orgs"], first["orgs"]);
}

#[test]
fn a_document_that_does_not_fit_is_refused_with_a_sentence() {
    let mock = Mock::start();
    make_history(&mock);
    admin(&mock, "POST", "/snapshots/good", "");
    let good = tried(&mock, "GET", "/snapshots/good/export", "").json();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut document = good.clone();
        change(&mut document["orgs"][0]);
        let answer = tried(&mock, "PUT", "/snapshots/bad", &document.to_string());
        (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
    };
    let faults: [(&str, &dyn Fn(&mut Value)); 12] = [
        ("cusNothing", &|org| org["records"][0]["resource"] = json!("cusNothing")),
        ("history", &|org| org["records"][0]["resource"] = json!("history")),
        ("frstName", &|org| org["records"][0]["values"]["frstName"] = json!("x")),
        ("ccpaOptOut", &|org| org["records"][0]["values"]["ccpaOptOut"] = json!("yes")),
        ("lastNumber", &|org| org["lastNumber"] = json!(1)),
        ("there twice", &|org| org["records"][1]["number"] = org["records"][0]["number"].clone()),
        ("leads nowhere", &|org| {
            let records = org["records"].as_array_mut().unwrap();
            let linked = records.iter_mut().find(|record| record["links"].is_object()).unwrap();
            linked["links"].as_object_mut().unwrap().values_mut().for_each(|to| *to = json!(999));
        }),
        ("does not follow", &|org| org["changes"][0]["sequence"] = json!(3)),
        ("its parent or origin", &|org| org["jobs"][0]["origin"] = json!({"change": 9})),
        ("there twice", &|org| org["jobs"][1]["jobId"] = org["jobs"][0]["jobId"].clone()),
        ("of a consent", &|org| org["consents"][0]["change"] = json!(9)),
        ("unknown field", &|org| org["surprise"] = json!(1)),
    ];
    for (word, change) in faults {
        let (status, text) = refused(change);
        assert!(status == 400 && text.contains(word), "{word}: {status} {text}");
    }
    assert_eq!(refused(&|org| org["org"] = json!("globex")).0, 404);
    let newer = json!({"campaignMockSnapshot": 2, "takenAt": 0, "orgs": []}).to_string();
    let answer = tried(&mock, "PUT", "/snapshots/bad", &newer);
    assert!(answer.body.contains("campaignMockSnapshot"), "{}", answer.body);
    assert_eq!(tried(&mock, "PUT", "/snapshots/bad", &" ".repeat(2 << 20)).status, 413);
    assert_eq!(tried(&mock, "GET", "/snapshots/bad/export", "").status, 404);
    assert_eq!(tried(&mock, "PUT", "/snapshots/good", "[]").status, 400);
    assert_eq!(tried(&mock, "GET", "/snapshots/good/export", "").json(), good);
}

/// A value somewhere in a document becomes another one, or goes.
fn spoil(document: &mut Value, at: &[usize], by: Option<&Value>) {
    let (first, rest) = at.split_first().unwrap();
    let children = document
        .as_object()
        .map_or_else(|| document.as_array().map_or(0, Vec::len), serde_json::Map::len);
    if children == 0 {
        return;
    }
    let chosen = first % children;
    match document {
        Value::Object(members) => {
            let name = members.keys().nth(chosen).unwrap().clone();
            let child = &members[&name];
            if rest.is_empty() || !(child.is_object() || child.is_array()) {
                match by {
                    Some(value) => drop(members.insert(name, value.clone())),
                    None => drop(members.remove(&name)),
                }
            } else {
                spoil(&mut members[&name], rest, by);
            }
        }
        Value::Array(items) => {
            if rest.is_empty() || !(items[chosen].is_object() || items[chosen].is_array()) {
                match by {
                    Some(value) => items[chosen] = value.clone(),
                    None => drop(items.remove(chosen)),
                }
            } else {
                spoil(&mut items[chosen], rest, by);
            }
        }
        _ => {}
    }
}

fn poison() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        prop_oneof![
            Just(json!(null)),
            Just(json!(-1)),
            Just(json!(1)),
            Just(json!(i64::MAX)),
            Just(json!("")),
            Just(json!("@x")),
            Just(json!("\u{0}; DROP TABLE org")),
            Just(json!(true)),
            Just(json!([])),
            Just(json!({})),
        ]
        .prop_map(Some),
    ]
}

#[test]
fn a_hostile_document_is_refused_or_can_be_restored() {
    let mock = Mock::start();
    make_history(&mock);
    admin(&mock, "POST", "/snapshots/good", "");
    let good = tried(&mock, "GET", "/snapshots/good/export", "").json();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let accepted = std::cell::Cell::new(0);
    runner
        .run(&(proptest::collection::vec(any::<usize>(), 2..7), poison()), |(at, by)| {
            let mut document = good.clone();
            spoil(&mut document["orgs"][0], &at, by.as_ref());
            admin(&mock, "PUT", "/snapshots/kept", &good.to_string());
            let answer = tried(&mock, "PUT", "/snapshots/kept", &document.to_string());
            match answer.status {
                201 => {
                    accepted.set(accepted.get() + 1);
                    let restored = tried(&mock, "POST", "/snapshots/kept/restore", "");
                    prop_assert_eq!(restored.status, 200, "{} {}", restored.body, document);
                    prop_assert_eq!(mock.get(PROFILES).status, 200);
                }
                400 | 404 => {
                    let kept = tried(&mock, "GET", "/snapshots/kept/export", "").json();
                    prop_assert_eq!(&kept, &good);
                }
                status => prop_assert!(false, "{} {} {}", status, answer.body, document),
            }
            Ok(())
        })
        .unwrap();
    let accepted = accepted.get();
    assert!((1..200).contains(&accepted), "{accepted} of 200 were accepted");
}
