//! Resets, snapshots, and what changed since.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, PROFILES, settings};
use crate::wire::Answer;

const ADMIN: [(&str, &str); 2] = [("Content-Type", "application/json"), ("Host", "localhost")];

/// A call of the control API that is to succeed.
fn admin(mock: &Mock, method: &str, path: &str, body: &str) -> Value {
    let answer = tried(mock, method, path, body);
    assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.body);
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

fn tried(mock: &Mock, method: &str, path: &str, body: &str) -> Answer {
    let target = format!("/__admin{path}");
    crate::wire::send(mock.address(), method, &target, &ADMIN, body.as_bytes()).unwrap()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

fn reset(mock: &Mock, query: &str) -> Value {
    admin(mock, "POST", &format!("/reset{query}"), "")
}

/// The profiles of an org: PKey, e-mail, opt-out.
fn people(mock: &Mock, org: &str) -> Vec<Value> {
    let list = mock.get(&format!("/{org}/campaign/profileAndServices/profile?_lineCount=1000"));
    assert_eq!(list.status, 200, "{}", list.body);
    let list = list.json();
    let people = list["content"].as_array().unwrap().iter();
    people.map(|one| json!([one["PKey"], one["email"], one["ccpaOptOut"]])).collect()
}

/// Leaves a change, a withdrawal, a new profile, and jobs that are done and under way.
fn make_history(mock: &Mock) -> String {
    let pkey = mock.pkey(&json!({"email": "new@example.com", "ccpaOptOut": true}));
    mock.set_opt_out(&pkey, false);
    mock.advance(Duration::from_secs(10));
    let answer = mock.post(JOBS, &mock.request("gdpr", &["access", "delete"]));
    assert_eq!(answer.status, 202, "{}", answer.body);
    pkey
}

#[test]
fn a_reset_leads_back_to_the_seed() {
    let mock = Mock::start();
    let before = people(&mock, "acme");
    let pkey = make_history(&mock);
    mock.set_opt_out(before[0][0].as_str().unwrap(), true);
    assert_eq!(
        reset(&mock, "?org=acme"),
        json!({"orgs": [{
            "org": "acme",
            "to": "seed",
            "before": {"profiles": 13, "records": 22, "changes": 3, "jobs": 4, "consents": 1},
            "after": {"profiles": 12, "records": 22, "changes": 0, "jobs": 0, "consents": 0},
        }]})
    );
    assert_eq!(people(&mock, "acme"), before);
    assert_eq!(mock.get(&format!("{PROFILES}/{pkey}")).status, 404);
    assert_eq!((mock.jobs("ccpa"), mock.jobs("gdpr")), (vec![], vec![]));
    mock.advance(Duration::from_secs(10));
    let state = admin(&mock, "GET", "/state/diff?org=acme", "");
    assert_snapshot!(state.to_string(), @r#"{"consents":0,"from":"seed","optOutChanges":0,"org":"acme","privacyJobs":[],"records":[]}"#);
}

#[test]
fn a_reset_to_empty_keeps_what_is_set_up() {
    let (mock, none) = (Mock::start(), Mock::empty());
    make_history(&mock);
    reset(&mock, "?to=empty");
    assert_eq!(people(&mock, "acme"), Vec::<Value>::new());
    for resource in ["orgUnitBase", "geoUnitBase"] {
        let list = |mock: &Mock| {
            mock.get(&format!("/acme/campaign/profileAndServicesExt/{resource}")).json()
        };
        let (list, expected) = (list(&mock), list(&none));
        assert_eq!(list["content"], expected["content"]);
        assert_ne!(list["content"], json!([]));
    }
    assert_eq!(reset(&mock, "")["orgs"][0]["after"]["profiles"], 12);
}

#[test]
fn a_reset_of_one_org_leaves_the_others_and_the_clock() {
    let mock = Mock::start();
    for org in ["acme-w1", "acme-w2"] {
        let path = format!("/{org}/campaign/profileAndServices/profile");
        assert_eq!(mock.post(&path, &json!({"ccpaOptOut": true})).status, 201);
        let transitions = format!("/jobs/transitions?org={org}");
        admin(&mock, "PUT", &transitions, r#"{"progression": "held"}"#);
    }
    mock.advance(Duration::from_secs(60));
    let clock = admin(&mock, "GET", "/clock", "");
    reset(&mock, "?org=acme-w1");
    let progression = |org: &str| {
        admin(&mock, "GET", &format!("/jobs/transitions?org={org}"), "")["progression"].clone()
    };
    assert_eq!((people(&mock, "acme-w1").len(), people(&mock, "acme-w2").len()), (12, 13));
    assert_eq!((progression("acme-w1"), progression("acme-w2")), (json!("timed"), json!("held")));
    assert_eq!(admin(&mock, "GET", "/clock", ""), clock);

    let all = reset(&mock, "");
    let orgs: Vec<_> = all["orgs"].as_array().unwrap().iter().map(|one| &one["org"]).collect();
    assert_eq!(orgs, ["acme", "acme-w1", "acme-w2"]);
    assert_eq!((people(&mock, "acme-w2").len(), progression("acme-w2")), (12, json!("timed")));
    assert_eq!(admin(&mock, "GET", "/clock", "")["now"], "2020-03-01T12:00:00.000Z");
}

#[test]
fn made_up_people_are_made_again() {
    let mock = Mock::with(campaign_mock::config::Settings { profiles: 30, ..settings() });
    let before = people(&mock, "acme");
    assert_eq!(before.len(), 42);
    mock.set_opt_out(before[41][0].as_str().unwrap(), before[41][2] == json!(false));
    assert_eq!(
        admin(&mock, "GET", "/state/diff?org=acme", "")["records"].as_array().unwrap().len(),
        1
    );
    reset(&mock, "");
    assert_eq!(people(&mock, "acme"), before);
    assert_eq!(admin(&mock, "GET", "/state/diff?org=acme", "")["records"], json!([]));
}

#[test]
fn what_is_pending_goes_with_its_generation() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"ccpaOptOut": true}));
    let message = json!({"email": "a@example.com"});
    assert_eq!(mock.post("/acme/campaign/mcacme/EVTcartAbandonment", &message).status, 201);
    assert_eq!(mock.post(JOBS, &mock.request("gdpr", &["delete"])).status, 202);
    let job = mock.jobs("gdpr")[0]["jobId"].as_str().unwrap().to_owned();
    assert_eq!(tried(&mock, "GET", &format!("/jobs/{job}"), "").status, 200);
    reset(&mock, "?org=acme");
    for _ in 0..3 {
        assert_eq!(tried(&mock, "GET", &format!("/jobs/{job}"), "").status, 404);
        let advance = tried(&mock, "POST", &format!("/jobs/{job}/advance"), "");
        assert_eq!(advance.status, 404);
        assert_eq!(admin(&mock, "GET", "/jobs?org=acme", "")["jobs"], json!([]));
        assert_eq!(admin(&mock, "GET", "/opt-outs?org=acme", "")["changes"], json!([]));
        assert_eq!(admin(&mock, "GET", "/health", "")["queue"], json!({"jobs": 0}));
        assert_eq!(mock.get(&format!("{JOBS}/{job}")).status, 404);
        assert_eq!(mock.get(&format!("{PROFILES}/{pkey}")).status, 404);
        mock.advance(Duration::from_secs(10));
    }
}

#[test]
fn an_org_that_was_deleted_is_made_anew_by_its_next_call() {
    let mock = Mock::start();
    assert_eq!(mock.get("/acme-w1/campaign/profileAndServices/profile").status, 200);
    mock.pkey(&json!({}));
    for org in ["acme-w1", "acme"] {
        admin(&mock, "DELETE", &format!("/orgs/{org}"), "");
        assert_eq!(tried(&mock, "GET", &format!("/orgs/{org}"), "").status, 404);
        assert_eq!(tried(&mock, "DELETE", &format!("/orgs/{org}"), "").status, 404);
    }
    assert_eq!(admin(&mock, "GET", "/orgs", "")["orgs"], json!([]));
    assert_eq!((people(&mock, "acme").len(), people(&mock, "acme-w1").len()), (12, 12));
}

#[test]
fn a_snapshot_is_a_place_to_go_back_to() {
    let mock = Mock::start();
    let pkey = make_history(&mock);
    let kept = admin(&mock, "POST", "/snapshots/one.place", "");
    assert_snapshot!(pretty(&kept), @r#"
    {
      "name": "one.place",
      "orgs": [
        {
          "changes": 2,
          "consents": 1,
          "jobs": 3,
          "org": "acme",
          "profiles": 13,
          "records": 22
        }
      ],
      "takenAt": "2020-03-01T12:00:10.000Z"
    }
    "#);
    let state = |mock: &Mock| {
        let ledger = mock.ledger(&pkey).into_iter().map(|mut change| {
            change["id"].take();
            change
        });
        let jobs = admin(mock, "GET", "/jobs?org=acme", "");
        let mut consents = admin(mock, "GET", "/consents?org=acme", "");
        for consent in consents["consents"].as_array_mut().unwrap() {
            consent["id"].take();
            consent["changeId"].take();
        }
        (people(mock, "acme"), ledger.collect::<Vec<_>>(), jobs, consents)
    };
    let before = state(&mock);
    mock.advance(Duration::from_secs(10));
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{pkey}"), "").status, 200);
    let restored = admin(&mock, "POST", "/snapshots/one.place/restore", "");
    assert_eq!(restored["orgs"][0]["to"], "one.place");
    assert_eq!(state(&mock), before);
    // What was under way goes on.
    mock.advance(Duration::from_secs(10));
    assert!(mock.jobs("gdpr").iter().all(|job| job["status"] == "complete"));
    let access = mock.jobs("gdpr").into_iter().find(|job| job["action"] == "access").unwrap();
    let content = format!("{JOBS}/{}/content", access["jobId"].as_str().unwrap());
    assert_eq!(mock.get(&content).status, 200);
    // And what was found can be found again.
    admin(&mock, "POST", "/snapshots/later", "");
    reset(&mock, "?to=later");
    assert_eq!(mock.get(&content).status, 200);

    let names = |mock: &Mock| -> Vec<Value> {
        let list = admin(mock, "GET", "/snapshots", "");
        list["snapshots"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect()
    };
    assert_eq!(names(&mock), ["later", "one.place"]);
    admin(&mock, "DELETE", "/snapshots/later", "");
    assert_eq!(names(&mock), ["one.place"]);
    for (method, path) in [
        ("POST", "/snapshots/later/restore"),
        ("POST", "/reset?to=later"),
        ("GET", "/snapshots/later/export"),
        ("GET", "/state/diff?org=acme&from=later"),
        ("DELETE", "/snapshots/later"),
    ] {
        assert_eq!(tried(&mock, method, path, "").status, 404, "{method} {path}");
    }
    for name in ["seed", "empty", "a%20b", &"a".repeat(65)] {
        assert_eq!(tried(&mock, "POST", &format!("/snapshots/{name}"), "").status, 400, "{name}");
    }
}

#[test]
fn a_snapshot_of_all_orgs_can_be_restored_in_part() {
    let mock = Mock::start();
    assert_eq!(people(&mock, "acme-w1").len(), 12);
    admin(&mock, "POST", "/snapshots/all", "");
    let more = |org: &str| {
        let path = format!("/{org}/campaign/profileAndServices/profile");
        assert_eq!(mock.post(&path, &json!({})).status, 201);
    };
    ["acme", "acme-w1", "acme-w2"].into_iter().for_each(more);
    let sizes = || ["acme", "acme-w1", "acme-w2"].map(|org| people(&mock, org).len());
    admin(&mock, "POST", "/snapshots/all/restore?org=acme-w1", "");
    assert_eq!(sizes(), [13, 12, 13]);
    admin(&mock, "POST", "/snapshots/all/restore", "");
    assert_eq!(sizes(), [12, 12, 13]);
    assert_eq!(tried(&mock, "POST", "/snapshots/all/restore?org=acme-w2", "").status, 400);
    // A reset leaves nothing as it is: what the snapshot does not have begins from the seed.
    admin(&mock, "DELETE", "/orgs/acme-w1", "");
    let orgs = reset(&mock, "?to=all")["orgs"].clone();
    let to: Vec<_> = orgs.as_array().unwrap().iter().map(|one| &one["to"]).collect();
    assert_eq!(to, ["all", "all", "seed"]);
    assert_eq!(sizes(), [12, 12, 12]);
}

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
    assert_eq!(people(&there, "acme"), people(&here, "acme"));
    assert_eq!(there.read(&pkey), here.read(&pkey));
    assert_eq!(there.jobs("gdpr"), here.jobs("gdpr"));
    admin(&there, "POST", "/snapshots/c", "");
    let again = tried(&there, "GET", "/snapshots/c/export", "").json();
    let first: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(again["orgs"], first["orgs"]);
}

#[test]
fn a_reset_that_cannot_be_meant_changes_nothing() {
    let mock = Mock::start();
    people(&mock, "acme-w1");
    admin(&mock, "POST", "/snapshots/mine?org=acme-w1", "");
    assert_eq!(mock.post(PROFILES, &json!({})).status, 201);
    for (path, body) in [
        ("/reset?orgs=acme-w1", ""),
        ("/reset", r#"{"to": "empty"}"#),
        ("/reset", "[]"),
        ("/reset?org=acme&to=mine", ""),
        ("/snapshots/mine/restore?org=acme", ""),
    ] {
        assert_eq!(tried(&mock, "POST", path, body).status, 400, "{path} {body}");
    }
    assert_eq!(people(&mock, "acme").len(), 13);
    assert_eq!(tried(&mock, "POST", "/reset", "{}").status, 200);
    assert_eq!(people(&mock, "acme").len(), 12);
}

#[test]
fn what_changed_is_said_alike_whatever_was_before() {
    let mock = Mock::start();
    let flow = || {
        mock.pkey(&json!({"firstName": "ann"}));
        let gone = mock.pkey(&json!({"firstName": "bob"}));
        mock.set_opt_out(&gone, true);
        assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{gone}"), "").status, 200);
        admin(&mock, "GET", "/state/diff?org=acme", "")
    };
    let once = flow();
    assert_eq!(once["records"][0]["key"], "new 1");
    assert_eq!(once["privacyJobs"][0]["userKey"], "a profile that is gone");
    reset(&mock, "?org=acme");
    let stranger = mock.pkey(&json!({"email": "x@example.com"}));
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{stranger}"), "").status, 200);
    assert_eq!(flow(), once);
}

#[test]
fn a_snapshot_of_nothing_takes_nobodys_place() {
    let mock = Mock::start();
    admin(&mock, "POST", "/snapshots/a", "");
    let kept = tried(&mock, "GET", "/snapshots/a/export", "").body;
    let nothing = r#"{"campaignMockSnapshot": 1, "takenAt": 0, "orgs": []}"#;
    admin(&mock, "DELETE", "/orgs/acme", "");
    for (method, body) in [("PUT", nothing), ("POST", "")] {
        let refused = tried(&mock, method, "/snapshots/a", body);
        assert_eq!(refused.status, 400, "{method}");
        assert_eq!(
            refused.json()["error"],
            "A snapshot has an org at least, and this one has none."
        );
    }
    assert_eq!(tried(&mock, "GET", "/snapshots/a/export", "").body, kept);
}

#[test]
fn an_org_may_be_named_before_it_is_called() {
    let mock = Mock::start();
    let known = || admin(&mock, "GET", "/orgs", "")["orgs"].as_array().unwrap().len();
    for (method, path) in [
        ("POST", "/reset?org=acme-w1"),
        ("POST", "/snapshots/before?org=acme-w2"),
        ("GET", "/state/diff?org=acme-w3"),
        ("GET", "/jobs/transitions?org=acme-w4"),
        ("POST", "/jobs/drain?org=acme-w5"),
    ] {
        let before = known();
        admin(&mock, method, path, "");
        assert_eq!(known(), before + 1, "{path}");
        let nobodys = path.replace("acme", "globex");
        assert_eq!(tried(&mock, method, &nobodys, "").status, 404, "{nobodys}");
    }
    let reset = &reset(&mock, "?org=acme-w6&to=empty")["orgs"][0];
    assert_eq!(
        (&reset["before"]["profiles"], &reset["after"]["profiles"]),
        (&json!(12), &json!(0))
    );
}

#[test]
fn what_changed_has_the_job_of_an_opt_out_that_was_just_acknowledged() {
    let mock = Mock::start();
    let target = people(&mock, "acme")[0][0].as_str().unwrap().to_owned();
    mock.set_opt_out(&target, true);
    let diff = admin(&mock, "GET", "/state/diff?org=acme", "");
    assert_eq!(diff["optOutChanges"], 1);
    assert_eq!(diff["privacyJobs"][0]["status"], "submitted", "{diff}");

    mock.set_opt_out(&target, false);
    admin(&mock, "POST", "/snapshots/after", "");
    let diff = admin(&mock, "GET", "/state/diff?org=acme&from=after", "");
    assert_eq!((&diff["consents"], &diff["privacyJobs"]), (&json!(0), &json!([])));
}

/// A flow as a user's test would have it: subscribes somebody, opts somebody out, and so on.
#[test]
fn what_a_flow_changed_reads_as_what_it_did() {
    let mock = Mock::start();
    admin(&mock, "POST", "/snapshots/before", "");
    let all = people(&mock, "acme");
    let target = all.iter().find(|one| one[2] == json!(false)).unwrap()[0].as_str().unwrap();
    mock.set_opt_out(target, true);
    mock.advance(Duration::from_secs(10));
    let one = admin(&mock, "GET", "/state/diff?org=acme&from=before", "");
    assert_snapshot!(pretty(&one), @r#"
    {
      "consents": 0,
      "from": "before",
      "optOutChanges": 1,
      "org": "acme",
      "privacyJobs": [
        {
          "action": "opt-out-of-sale",
          "change": "created",
          "products": [
            "Campaign"
          ],
          "regulation": "ccpa",
          "status": "complete",
          "userKey": "C-1001"
        }
      ],
      "records": [
        {
          "change": "updated",
          "fields": {
            "ccpaOptOut": {
              "from": false,
              "to": true
            }
          },
          "key": "C-1001",
          "resource": "profile"
        }
      ]
    }
    "#);

    let pkey = mock.pkey(&json!({"firstName": "ann"}));
    let subscribe = json!({"subscriber": {"PKey": pkey}});
    let services = "/acme/campaign/profileAndServices/service";
    let service = mock.get(services).json()["content"][0]["PKey"].as_str().unwrap().to_owned();
    let path = format!("{services}/{service}/subscriptions/");
    let answer = mock.post(&path, &subscribe);
    assert_eq!(answer.status, 201, "{}", answer.body);
    let gone = all.last().unwrap()[0].as_str().unwrap();
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{gone}"), "").status, 200);
    mock.set_opt_out(target, false);
    mock.advance(Duration::from_secs(10));
    let many = admin(&mock, "GET", "/state/diff?org=acme", "");
    assert_snapshot!("a_flow", pretty(&many));
    admin(&mock, "POST", "/snapshots/before/restore", "");
    let none = admin(&mock, "GET", "/state/diff?org=acme&from=before", "");
    assert_eq!((&none["records"], &none["privacyJobs"]), (&json!([]), &json!([])));
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

/// Callers that write and read all the while, and the worker, while the org is reset again and again.
#[test]
fn nothing_of_an_older_generation_comes_back_however_they_race() {
    const RACES: usize = 200;
    let settings = campaign_mock::config::Settings {
        job_submitted: Duration::ZERO,
        job_processing: Duration::ZERO,
        ..settings()
    };
    let mock = Mock::running(settings);
    let seed = people(&mock, "acme");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let (mock, done, seed) = (&mock, &done, &seed);
                scope.spawn(move || {
                    let mut calls = 0;
                    while !done.load(Ordering::Relaxed) {
                        let created = mock.post(PROFILES, &json!({"ccpaOptOut": true}));
                        assert_eq!(created.status, 201, "{}", created.body);
                        let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
                        // There, or gone with its generation.
                        let status = mock.patch(&pkey, &json!({"ccpaOptOut": false})).status;
                        assert!([200, 404].contains(&status), "{status}");
                        let fixture = seed[calls % seed.len()][0].as_str().unwrap();
                        let answer = mock.get(&format!("{PROFILES}/{fixture}"));
                        assert_eq!(answer.status, 200, "{}", answer.body);
                        assert_eq!(answer.json()["PKey"], json!(fixture));
                        let request = mock.request("gdpr", &["access"]);
                        let jobs = mock.post(JOBS, &request);
                        assert_eq!(jobs.status, 202, "{}", jobs.body);
                        let job = jobs.json()["jobs"][0]["jobId"].as_str().unwrap().to_owned();
                        let status = mock.get(&format!("{JOBS}/{job}")).status;
                        assert!([200, 404].contains(&status), "{status}");
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        // Of profiles that were there before a reset, none is afterwards.
        for race in 0..RACES {
            let marked = mock.pkey(&json!({"lastName": format!("marked{race}")}));
            assert_eq!(mock.read(&marked)["lastName"], format!("Marked{race}"));
            reset(&mock, "?org=acme");
            // Another record may have its number, and so its key, by now.
            let again = mock.get(&format!("{PROFILES}/{marked}"));
            assert!(!again.body.contains("Marked"), "{}", again.body);
            let list = mock.get(&format!("{PROFILES}/byText?text=Marked")).json();
            assert_eq!(list["content"], json!([]));
        }
        done.store(true, Ordering::Relaxed);
        let calls: Vec<usize> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        assert!(calls.iter().all(|calls| *calls > 0), "{calls:?}");
    });
    reset(&mock, "?org=acme");
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        assert_eq!(people(&mock, "acme"), seed);
        assert_eq!(admin(&mock, "GET", "/jobs?org=acme", "")["jobs"], json!([]));
        assert_eq!(admin(&mock, "GET", "/opt-outs?org=acme", "")["changes"], json!([]));
        assert_eq!(admin(&mock, "GET", "/consents?org=acme", "")["consents"], json!([]));
    }
}

#[test]
fn a_reset_leaves_no_journal_and_no_fault_rule() {
    let mock = Mock::start();
    let left = || {
        let rules = admin(&mock, "GET", "/faults", "")["faults"].as_array().unwrap().len();
        let calls = admin(&mock, "GET", "/requests", "")["requests"].as_array().unwrap().len();
        (rules, calls)
    };
    for org in ["acme", "acme-w1"] {
        mock.get(&format!("/{org}/campaign/profileAndServices/profile"));
        let rule = json!({"org": org, "path": "/nowhere", "status": 503});
        assert_eq!(mock.control("POST", "faults", &rule).status, 201);
    }
    assert_eq!(mock.control("POST", "faults", &json!({"path": "/x", "status": 503})).status, 201);
    assert_eq!(left(), (3, 2));
    reset(&mock, "?org=acme");
    assert_eq!(left(), (2, 1));
    reset(&mock, "");
    assert_eq!(left(), (0, 0));
}
