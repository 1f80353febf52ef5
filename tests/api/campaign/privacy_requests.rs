//! Campaign's own privacy requests: how they are made, move and end, and the file of an access
//! request (`docs/reference/campaign-standard.md` §15).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{Mock, members};
use crate::wire::Answer;

const REQUESTS: &str = "/acme/campaign/privacy/privacyTool";
const EXTENDED: &str = "/acme/campaign/profileAndServicesExt";

/// The sample of the documentation, about a person of the demo seed.
fn sample() -> Value {
    json!({
        "name": "PT17", "label": "GDPR access", "namespaceName": "defaultNamespace1",
        "reconciliationValue": "john.doe@example.com", "type": "access", "regulation": "gdpr",
    })
}

/// The sample of the documentation as it is: the demo data has its namespace.
#[test]
fn the_documented_request_is_taken_on_the_demo_data() {
    let mock = Mock::start();
    for _ in 0..2 {
        let request = mock.privacy_request(&json!({
            "name": "PT11832", "namespaceName": "AMCDS2", "reconciliationValue": "customers@adobe.com",
            "regulation": "gdpr", "label": "Delete customers", "type": "delete",
        }));
        for (member, printed) in [
            ("label", json!("Delete customers")),
            ("name", json!("PT11832")),
            ("namespaceName", json!("AMCDS2")),
            ("reconciliationValue", json!("customers@adobe.com")),
            ("status", json!("new")),
            ("title", json!("Delete customers (PT11832)")),
            ("type", json!("delete")),
        ] {
            assert_eq!(request[member], printed, "{member}");
        }
        assert_eq!(request["namespace"]["title"], "Doc (AMCDS2)");
        let reset = mock.control("POST", "reset?org=acme", &json!({}));
        assert_eq!(reset.status, 200, "{}", reset.body);
    }
    // Its values are e-mail addresses.
    let john = mock.file_about("AMCDS2", "john.doe@example.com");
    assert!(john.contains("Doe"), "{john}");
}

/// A request after a change to the sample.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut request = sample();
    change(&mut request);
    request
}

/// A request to delete somebody.
fn deletion(name: &str, namespace: &str, value: &str) -> Value {
    json!({
        "name": name, "label": "Delete", "type": "delete", "regulation": "CCPA",
        "namespaceName": namespace, "reconciliationValue": value,
    })
}

impl Mock {
    /// Makes a privacy request of Campaign's own and answers its record.
    fn privacy_request(&self, body: &Value) -> Value {
        let answer = self.post(REQUESTS, body);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    fn privacy_status(&self, request: &Value) -> String {
        let target = format!("{REQUESTS}/{}", request["PKey"].as_str().unwrap());
        self.get(&target).json()["status"].as_str().unwrap().to_owned()
    }

    /// Asks for the file where a member of the request says it is.
    fn file(&self, request: &Value, member: &str, name: &Value) -> Answer {
        let href = request[member]["href"].as_str().unwrap();
        let target = href.strip_prefix("http://mock.localhost").unwrap();
        self.post(target, &json!({"name": name}))
    }

    /// The file of a new access request about a value, once it is there.
    fn file_about(&self, namespace: &str, value: &str) -> String {
        let request = self.privacy_request(&changed(|request| {
            request["name"] = json!(format!("{namespace} {value}"));
            request["namespaceName"] = json!(namespace);
            request["reconciliationValue"] = json!(value);
        }));
        self.advance(Duration::from_secs(3));
        let answer = self.file(&request, "privacyRequestData", &request["name"]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json().as_str().unwrap().to_owned()
    }

    /// How many records a list has.
    fn counted(&self, target: &str) -> i64 {
        self.get(target).json()["count"].as_i64().unwrap()
    }
}

#[test]
fn a_new_request_is_answered_as_documented() {
    let mock = Mock::start();
    let answer = mock.post(REQUESTS, &sample());
    assert_eq!(answer.status, 201);
    assert!(members(&answer.body).is_sorted());
    insta::assert_snapshot!("new_request", serde_json::to_string_pretty(&answer.json()).unwrap());

    let pkey = answer.json()["PKey"].as_str().unwrap().to_owned();
    let single = mock.get(&format!("{REQUESTS}/{pkey}"));
    assert_eq!(single.json()["namespace"], answer.json()["namespace"]);
    assert!(!members(&single.body).contains(&"href".to_owned()));
    let list = mock.get(REQUESTS);
    assert_eq!(members(&list.body), ["content", "count", "serverSidePagination"]);
    let listed = &list.json()["content"][0];
    // The namespace has no address, for nobody serves it.
    for name in
        ["PKey", "href", "name", "namespace", "status", "gdprRequestData", "privacyRequestData"]
    {
        assert_eq!(listed[name], answer.json()[name], "{name}");
    }
    assert_eq!(mock.get(&format!("{REQUESTS}/PT17")).json()["PKey"], json!(pkey));
}

#[test]
fn the_namespace_goes_by_two_names_and_the_regulation_by_any_letter_case() {
    let mock = Mock::start();
    let request = mock.privacy_request(&json!({
        "name": "PT1", "label": "Doc", "namespace": "defaultNamespace2",
        "reconciliationValue": "+12025550101", "regulation": "GDPR", "type": "access",
    }));
    assert_eq!(request["namespaceName"], "defaultNamespace2");
    assert_eq!(request["namespace"]["title"], "Mobile phone (defaultNamespace2)");
    for regulation in ["gdpr", "Ccpa", "PDPA", "lgpd"] {
        let request = changed(|request| {
            request["name"] = json!(regulation);
            request["regulation"] = json!(regulation);
        });
        assert_eq!(mock.privacy_request(&request)["regulation"], json!(regulation));
    }
}

#[test]
fn requests_that_are_refused() {
    let mock = Mock::start();
    mock.privacy_request(&sample());
    let without = |name: &str| {
        changed(|request| {
            request["name"] = json!("PT18");
            drop(request.as_object_mut().unwrap().remove(name));
        })
    };
    let with = |name: &str, value: &str| {
        changed(|request| {
            request["name"] = json!("PT18");
            request[name] = json!(value);
        })
    };
    let mut shown = String::new();
    for (name, request) in [
        ("no name", without("name")),
        ("no label", without("label")),
        ("no type", without("type")),
        ("no regulation", without("regulation")),
        ("no namespace", without("namespaceName")),
        ("no value", without("reconciliationValue")),
        ("empty label", with("label", "")),
        ("unknown regulation", with("regulation", "hipaa")),
        ("unknown namespace", with("namespaceName", "defaultNamespace9")),
        ("unknown type", with("type", "rectify")),
        ("an opt-out, which is a field of the profile", with("type", "opt-out-of-sale")),
        ("name taken", sample()),
        ("status", with("status", "complete")),
        ("unknown property", with("reason", "x")),
    ] {
        let _ = writeln!(shown, "--- {name}\n{}", mock.post(REQUESTS, &request).shown());
    }
    let target = format!("{REQUESTS}/PT17");
    for (method, body) in [("PATCH", r#"{"label": "x"}"#), ("DELETE", ""), ("POST", "{}")] {
        let answer = mock.call(method, &target, body);
        let _ = writeln!(shown, "--- {method}\n{}", answer.shown());
    }
    insta::assert_snapshot!("refused_requests", shown);
    assert_eq!(mock.counted(&format!("{REQUESTS}/_count")), 1);
}

#[test]
fn requests_move_with_the_clock() {
    let mock = Mock::start();
    let access = mock.privacy_request(&sample());
    let delete =
        mock.privacy_request(&deletion("PT21", "defaultNamespace1", "jane.roe@example.com"));
    let absent = mock.privacy_request(&deletion("PT22", "defaultNamespace1", "nobody@example.com"));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push([&access, &delete, &absent].map(|request| mock.privacy_status(request)));
        mock.advance(Duration::from_secs(1));
    }
    let moving = ["processing", "deleteInProgress", "deleteInProgress"];
    assert_eq!(seen, [["new"; 3], moving, moving, ["complete", "complete", "errorDataNotFound"]]);
}

#[test]
fn the_file_of_an_access_request_has_what_is_known() {
    let mock = Mock::start();
    let request = mock.privacy_request(&sample());
    for member in ["gdprRequestData", "privacyRequestData"] {
        assert_eq!(mock.file(&request, member, &json!("PT17")).status, 500);
    }
    mock.advance(Duration::from_secs(3));
    let answer = mock.file(&request, "privacyRequestData", &json!("PT17"));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    // A JSON string, whose quotes and lines are escaped.
    let begin = r#""{data:<gdprRequestData _cs=\" ()\" id=\""#;
    assert!(answer.body.starts_with(begin), "{}", answer.body);
    let about =
        r#"\" reconciliationValue=\"'john.doe@example.com'\">\n  <table name=\"nms:recipient\">"#;
    assert!(answer.body.contains(about), "{}", answer.body);
    insta::assert_snapshot!("file", answer.json().as_str().unwrap());

    assert_eq!(mock.file(&request, "gdprRequestData", &json!("PT17")).body, answer.body);
    assert_eq!(mock.file(&request, "gdprRequestData", &json!("PT18")).status, 500);
    // It was about John; others do not stand in it.
    assert!(!answer.body.contains("jane"));
}

#[test]
fn requests_without_data_have_no_file() {
    let mock = Mock::start();
    let absent = changed(|request| request["reconciliationValue"] = json!("nobody@example.com"));
    let absent = mock.privacy_request(&absent);
    let delete =
        mock.privacy_request(&deletion("PT23", "defaultNamespace1", "jane.roe@example.com"));
    mock.advance(Duration::from_secs(3));
    let mut shown = String::new();
    for request in [&absent, &delete] {
        let answer = mock.file(request, "privacyRequestData", &request["name"]);
        let _ = writeln!(shown, "--- {}\n{}", mock.privacy_status(request), answer.shown());
    }
    insta::assert_snapshot!("no_file", shown);
}

#[test]
fn odd_values_are_escaped_in_the_file() {
    let mock = Mock::start();
    mock.pkey(&json!({
        "email": "o'neil+x@example.com", "externalId": "<a href='x'>&amp;\u{0}\r\n\t\"é😀",
    }));
    let file = mock.file_about("defaultNamespace1", "O'Neil+x@example.com");
    let id = "externalId='&lt;a href=&apos;x&apos;&gt;&amp;amp;\u{fffd}&#13;&#10;&#9;&quot;é😀'";
    assert!(file.contains(id), "{file}");
    assert!(file.contains("email='o&apos;neil+x@example.com'"), "{file}");
    let value = "reconciliationValue=\"'O&apos;Neil+x@example.com'\"";
    assert!(file.contains(value), "{file}");
}

#[test]
fn namespaces_find_people_by_their_field() {
    let mock = Mock::start();
    for (namespace, value) in [
        ("defaultNamespace1", "John.Doe@EXAMPLE.com"),
        ("defaultNamespace2", "+12025550101"),
        ("customerId", "C-1001"),
    ] {
        let file = mock.file_about(namespace, value);
        assert!(file.contains("email='john.doe@example.com'"), "{namespace}: {file}");
    }
}

#[test]
fn a_deletion_takes_the_person_and_all_that_hangs_on_it() {
    let mock = Mock::start();
    let john = mock.get(&format!("{EXTENDED}/profile/C-1001")).json()["PKey"].clone();
    let john = john.as_str().unwrap();
    mock.set_opt_out(john, true);
    mock.settle();
    let ledger = mock.ledger(john);
    assert_eq!(ledger.len(), 1);

    mock.privacy_request(&deletion("PT24", "customerId", "C-1001"));
    mock.advance(Duration::from_secs(3));
    let gone = mock.get(&format!("{EXTENDED}/profile/{john}"));
    assert_eq!(gone.status, 404, "{}", gone.body);
    for (list, left) in [
        ("profile", 11),
        ("profile/byEmail", 0),
        ("profile/hasReceivedDelivery", 0),
        ("profile/byStaticAudience", 1),
        ("service/SVC1/subscriptions", 1),
        ("service/SVC2/subscriptions", 0),
        ("cusPurchase", 1),
    ] {
        let query = "email=john.doe@example.com&delivery=DM2&audience=VIP";
        assert_eq!(mock.counted(&format!("{EXTENDED}/{list}/_count?{query}")), left, "{list}");
    }
    // What the person decided stays on record, and so does the job that came of it.
    let kept = mock.ledger(john);
    assert_eq!((kept.len(), &kept[0]["jobId"]), (1, &ledger[0]["jobId"]));
    assert_eq!(mock.jobs("ccpa").len(), 1);
    // To ask once more is to ask about nobody.
    let again = mock.privacy_request(&deletion("PT25", "customerId", "C-1001"));
    mock.advance(Duration::from_secs(3));
    assert_eq!(mock.privacy_status(&again), "errorDataNotFound");
}

#[test]
fn a_deletion_takes_everybody_of_that_address_and_nobody_else() {
    let mock = Mock::start();
    for _ in 0..2 {
        mock.pkey(&json!({"email": "twin@example.com"}));
    }
    let other = mock.post("/acme-w3/campaign/profileAndServices/profile", &sample_person());
    assert_eq!(other.status, 201);
    mock.privacy_request(&deletion("PT26", "defaultNamespace1", "Twin@example.com"));
    mock.advance(Duration::from_secs(3));
    let count = "profileAndServices/profile/_count";
    assert_eq!(mock.counted(&format!("/acme/campaign/{count}")), 12);
    assert_eq!(mock.counted(&format!("/acme-w3/campaign/{count}")), 13);
}

fn sample_person() -> Value {
    json!({"email": "twin@example.com"})
}
