//! How a request names an identity: its seven types, and namespaces by name or by id
//! (`docs/reference/privacy-service.md` §3, §8).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, products};

impl Mock {
    /// A request about one identity.
    fn about(&self, identity: Value) -> Value {
        let mut request = self.request_about("access", &[("email", "x")], &["Campaign"]);
        request["users"][0]["userIDs"][0] = identity;
        request
    }
}

#[test]
fn seven_types_are_taken_and_no_other() {
    let mock = Mock::start();
    let request = |kind: &str| {
        mock.about(json!({"namespace": "own", "namespaceId": 1, "value": "v", "type": kind}))
    };
    for kind in [
        "standard",
        "custom",
        "integrationCode",
        "namespaceId",
        "unregistered",
        "analytics",
        "target",
    ] {
        let id = mock.send(&request(kind)).remove(0);
        assert_eq!(mock.job(&id)["userIds"][0]["type"], kind);
    }
    let mut shown = String::new();
    for kind in ["Standard", "dpsc", "email", "integrationcode"] {
        let refused = mock.post(JOBS, &request(kind));
        let _ = writeln!(shown, "--- {kind}\n{}", refused.shown());
    }
    insta::assert_snapshot!("refused_types", shown);
    // The same holds for a child.
    let parent = mock.ask("access", &[("email", "a@example.com")]);
    let child = json!({
        "userIDs": [{"namespace": "email", "value": "a@example.com", "type": "dpsc"}],
        "include": ["Campaign"], "initiatedBy": "me",
    });
    assert_eq!(mock.post(&format!("{JOBS}/{parent}/child-job"), &child).status, 400);
}

#[test]
fn a_namespace_may_be_named_by_its_id() {
    let mock = Mock::start();
    let john = "john.doe@example.com";
    for (members, namespace, code) in [
        (json!({"namespaceId": 6}), "6", "6000"),
        (json!({"namespaceId": "6"}), "6", "6000"),
        (json!({"namespace": "6"}), "6", "6000"),
        (json!({"namespace": "email", "namespaceId": 6}), "email", "6000"),
        (json!({"namespaceId": 4}), "4", "6052"),
        (json!({"namespaceId": 123}), "123", "6053"),
    ] {
        let mut identity = members.clone();
        identity["value"] = json!(john);
        identity["type"] = json!("namespaceId");
        let id = mock.send(&mock.about(identity)).remove(0);
        mock.advance(Duration::from_secs(3));
        let job = mock.job(&id);
        assert_eq!(products(&job), [format!("Campaign complete PRVCY-{code}-200")], "{members}");
        assert_eq!(job["userIds"][0]["namespace"], namespace, "{members}");
        assert!(job["userIds"][0]["namespaceId"].is_i64(), "{members}");
    }
    let phone = json!({"namespaceId": 7, "value": "+12025550101", "type": "namespaceId"});
    let id = mock.send(&mock.about(phone)).remove(0);
    mock.advance(Duration::from_secs(3));
    assert_eq!(products(&mock.job(&id)), ["Campaign complete PRVCY-6000-200"]);
    let mut shown = String::new();
    for identity in [
        json!({"value": "v", "type": "namespaceId"}),
        json!({"namespace": "email", "value": "v", "type": "namespaceId"}),
        json!({"namespaceId": "email", "value": "v", "type": "namespaceId"}),
        json!({"namespaceId": 6.5, "value": "v", "type": "namespaceId"}),
        json!({"namespaceId": 6, "type": "namespaceId"}),
        json!({"namespaceId": 6, "value": "v", "type": "standard"}),
        json!({"namespace": "email", "namespaceId": "6", "value": "v", "type": "standard"}),
    ] {
        let refused = mock.post(JOBS, &mock.about(identity.clone()));
        let _ = writeln!(shown, "--- {identity}\n{}", refused.shown());
    }
    insta::assert_snapshot!("refused_ids", shown);
}
