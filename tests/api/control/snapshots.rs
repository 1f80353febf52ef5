//! Snapshots: kept, restored and deleted.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{admin, make_history, people, pretty, reset, tried};
use crate::driver::{JOBS, Mock, PROFILES};

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
          "jobs": 155,
          "org": "acme",
          "profiles": 13,
          "records": 25
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
