//! What changed since the seed or a snapshot.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::json;

use super::support::{admin, people, pretty, reset};
use crate::driver::{Mock, PROFILES};

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
