//! What is left when a record is deleted, and what goes with it (`docs/reference/campaign-standard.md` §9).

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{
    BASIC, EXT, column, count, delete, missing, patch, pkey_at, refusal, target, with_model,
};
use crate::driver::{JOBS, Mock, PROFILES};

const EXTENDED: &str = "/acme/campaign/profileAndServicesExt/profile";

#[test]
fn a_deleted_profile_is_gone_from_everywhere() {
    let mock = Mock::start();
    let pkey = pkey_at(&mock, &format!("{EXTENDED}/C-1001"));
    mock.set_opt_out(&pkey, true);
    // What has been read is not remembered beyond its end.
    assert_eq!(mock.read(&pkey)["ccpaOptOut"], json!(true));
    let answer = mock.call("DELETE", &format!("{PROFILES}/{pkey}"), "");
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.header("content-length"), Some("0"));

    for verb in ["GET", "PATCH", "DELETE"] {
        let body = if verb == "PATCH" { r#"{"fax": "1"}"# } else { "" };
        let answer = mock.call(verb, &format!("{PROFILES}/{pkey}"), body);
        assert_eq!(refusal(&answer), missing(&pkey), "{verb}");
    }
    assert_eq!(refusal(&patch(&mock, &format!("{PROFILES}/{pkey}"), &json!({}))), missing(&pkey));
    for rest in ["email", "subscriptions", "subscriptions/_count"] {
        let answer = mock.get(&format!("{PROFILES}/{pkey}/{rest}"));
        assert_eq!(refusal(&answer), missing(&pkey), "{rest}");
    }
    let by_key = mock.get(&format!("{EXTENDED}/C-1001"));
    assert_eq!((by_key.status, by_key.body.contains("'C-1001:0'")), (404, true));
    assert_eq!(count(&mock), 11);
    let list = mock.get(PROFILES).json();
    assert_eq!(list["count"]["value"], 11);
    assert!(!column(&mock, PROFILES, "PKey").contains(&json!(pkey)));
    let by_email = mock.get(&format!("{PROFILES}/byEmail?email=john.doe@example.com")).json();
    assert_eq!(by_email["count"]["value"], 0);

    // His own records go with him, those of others stay.
    let purchases = column(&mock, &format!("{EXT}/cusPurchase"), "cusReference");
    assert_eq!(purchases, ["P-1002"]);
    let subscribers = mock.get(&format!("{BASIC}/service/SVC1/subscriptions")).json();
    assert_eq!(subscribers["count"]["value"], 1);
    assert_eq!(column(&mock, &format!("{EXT}/orgUnitBase"), "name"), ["all", "brand4"]);
}

#[test]
fn what_a_deleted_profile_opted_out_of_stays_on_record() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"email": "gone@example.com", "ccpaOptOut": true}));
    assert_eq!(delete(&mock, &format!("{PROFILES}/{pkey}")), 200);
    assert_eq!(mock.ledger(&pkey).len(), 1);
    mock.advance(Duration::from_secs(10));
    let change = &mock.ledger(&pkey)[0];
    assert_eq!((&change["to"], &change["jobStatus"]), (&json!(true), &json!("complete")));
    let job = mock.get(&format!("{JOBS}/{}", change["jobId"].as_str().unwrap())).json();
    assert_eq!(job["userIds"][0]["value"], "gone@example.com");
}

#[test]
fn neither_numbers_nor_pkeys_come_twice() {
    let mock = Mock::start();
    let mut seen = column(&mock, PROFILES, "PKey");
    for _ in 0..5 {
        let created = mock.post(EXTENDED, &json!({"cusCustomerId": "C-9", "ccpaOptOut": true}));
        assert_eq!(created.status, 201);
        let pkey = created.json()["PKey"].clone();
        assert!(!seen.contains(&pkey));
        assert_eq!(mock.ledger(pkey.as_str().unwrap()).len(), 1);
        assert_eq!(delete(&mock, &format!("{EXTENDED}/C-9")), 200);
        seen.push(pkey);
    }
    for pkey in &seen[12..] {
        let address = format!("{PROFILES}/{}", pkey.as_str().unwrap());
        assert_eq!(mock.get(&address).status, 404);
    }
    assert_eq!(count(&mock), 12);
}

#[test]
fn other_links_to_a_deleted_profile_are_cleared() {
    let mock = with_model(
        r#"{"declare":"resource","name":"cusPet","linkedToProfile":true}
{"declare":"field","on":"cusPet","name":"cusName","type":"text","key":true}
{"declare":"field","on":"cusPet","name":"cusOwner","type":"link","to":"profile","collection":"cusPets"}
{"declare":"field","on":"profile","name":"cusFriend","type":"link","to":"profile"}
"#,
    );
    let ann = mock.pkey(&json!({"firstName": "Ann"}));
    let bob = mock.post(EXTENDED, &json!({"cusFriend": {"PKey": ann}})).json();
    let bob = target(&bob["href"]).to_owned();
    let body = json!({"cusName": "Rex", "cusOwner": {"PKey": ann}});
    assert_eq!(mock.post(&format!("{EXT}/cusPet"), &body).status, 201);
    let own = patch(&mock, &format!("{EXTENDED}/{ann}"), &json!({"cusFriend": {"PKey": ann}}));
    assert_eq!(own.status, 200);
    let friend = mock.get(&bob).json()["cusFriend"].clone();
    assert_eq!((&friend["PKey"], &friend["title"]), (&json!(ann), &json!("Ann")));

    assert_eq!(delete(&mock, &format!("{PROFILES}/{ann}")), 200);
    assert_eq!(mock.get(&bob).json()["cusFriend"], Value::Null);
    assert_eq!(mock.get(&format!("{EXT}/cusPet/Rex")).json()["cusOwner"], Value::Null);
    assert_eq!(count(&mock), 1);
}

#[test]
fn records_that_belong_to_each_other_go_together() {
    let mock = with_model(
        r#"{"declare":"resource","name":"cusPart","linkedToProfile":true}
{"declare":"field","on":"cusPart","name":"cusName","type":"text","key":true}
{"declare":"field","on":"cusPart","name":"cusWhole","type":"link","to":"cusPart","own":true}
"#,
    );
    let parts = format!("{EXT}/cusPart");
    for (name, whole) in [("one", None), ("two", Some("one")), ("three", Some("two")), ("x", None)]
    {
        let body = json!({"cusName": name, "cusWhole": whole.map(|key| json!({"PKey": key}))});
        assert_eq!(mock.post(&parts, &body).status, 201);
    }
    let circle = patch(&mock, &format!("{parts}/one"), &json!({"cusWhole": {"PKey": "three"}}));
    assert_eq!(circle.status, 200);
    assert_eq!(delete(&mock, &format!("{parts}/two")), 204);
    assert_eq!(column(&mock, &parts, "cusName"), ["x"]);
}
