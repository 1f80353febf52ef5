//! Whom the identities of a privacy job name in Campaign, and the files about them
//! (`docs/reference/privacy-service.md` §8, `docs/reference/campaign-standard.md` §15).

use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{Mock, PROFILES, identities, products};

/// The results of a job's only product.
fn results(job: &Value) -> Value {
    job["productResponses"][0]["productStatusResponse"]["results"].clone()
}

impl Mock {
    /// Has Campaign work on people and answers the finished job.
    fn done(&self, action: &str, people: &[(&str, &str)]) -> Value {
        let id = self.ask(action, people);
        self.advance(Duration::from_secs(3));
        self.job(&id)
    }

    fn people(&self) -> i64 {
        self.get(&format!("{PROFILES}/_count")).json()["count"].as_i64().unwrap()
    }

    /// The names of the files that an access job found in Campaign.
    fn files(&self, request: &Value) -> Vec<String> {
        let id = self.send(request).remove(0);
        self.advance(Duration::from_secs(3));
        assert_eq!(self.status(&id), "complete", "{}", self.watched(&id));
        let folder = format!("{id}/Campaign/");
        let names = self.download(&id).into_keys();
        let names = names.filter_map(|name| name.strip_prefix(&folder).map(str::to_owned));
        names.filter(|name| !name.is_empty()).collect()
    }
}

#[test]
fn an_identity_finds_people_in_its_namespace() {
    for (people, code) in [
        (vec![("email", "john.doe@example.com")], "6000"),
        (vec![("Email", "John.Doe@EXAMPLE.com")], "6000"),
        (vec![("phone", "+12025550101")], "6000"),
        (vec![("customerId", "C-1001")], "6000"),
        (vec![("defaultNamespace1", "john.doe@example.com")], "6000"),
        (vec![("defaultNamespace2", "+12025550101")], "6000"),
        (vec![("email", "nobody@example.com")], "6052"),
        (vec![("phone", "john.doe@example.com")], "6052"),
        (vec![("customerId", "c-1001")], "6052"),
        // A standard namespace that Campaign keeps nothing of: nobody is found.
        (vec![("ECID", "4436")], "6052"),
        (vec![("loyaltyAccount", "12AD45FE30R29")], "6053"),
        (vec![("loyaltyAccount", "1"), ("ECID", "4436")], "6052"),
        (vec![("email", "john.doe@example.com"), ("email", "nobody@example.com")], "6054"),
        (vec![("email", "john.doe@example.com"), ("loyaltyAccount", "1")], "6054"),
        (vec![("email", "john.doe@example.com"), ("customerId", "C-1001")], "6000"),
    ] {
        let mock = Mock::start();
        let job = mock.done("delete", &people);
        assert_eq!(products(&job), [format!("Campaign complete PRVCY-{code}-200")], "{people:?}");
        let found = code == "6000" || code == "6054";
        assert_eq!(mock.people(), if found { 11 } else { 12 }, "{people:?}");
    }
}

#[test]
fn a_namespace_is_known_by_its_id_as_well() {
    for (id, value, code) in [
        (6, "john.doe@example.com", "6000"),
        (7, "+12025550101", "6000"),
        (7, "john.doe@example.com", "6052"),
        (4, "john.doe@example.com", "6052"),
    ] {
        let mock = Mock::start();
        let mut request = mock.request_about("delete", &[("anything", value)], &["Campaign"]);
        request["users"][0]["userIDs"][0]["namespaceId"] = json!(id);
        let job = mock.send(&request).remove(0);
        mock.advance(Duration::from_secs(3));
        assert_eq!(products(&mock.job(&job)), [format!("Campaign complete PRVCY-{code}-200")]);
    }
}

#[test]
fn results_tell_who_was_found_from_who_was_not() {
    let mock = Mock::start();
    let people = [
        ("email", "nobody@example.com"),
        ("loyaltyAccount", "12AD45FE30R29"),
        ("phone", "+12025550101"),
        ("customerId", "C-1002"),
    ];
    let job = mock.done("delete", &people);
    let expected = json!({
        "processed": ["+12025550101", "C-1002"],
        "ignored": ["nobody@example.com", "12AD45FE30R29"],
    });
    assert_eq!(results(&job), expected);
    assert_eq!(mock.people(), 10);
    assert_eq!(results(&mock.done("delete", &[("email", "maur@example.net")])), Value::Null);
}

#[test]
fn an_address_that_several_people_have_means_all_of_them() {
    let mock = Mock::start();
    let twins = ["Ada", "Eve"]
        .map(|name| mock.pkey(&json!({"email": "twin@example.com", "firstName": name})));
    let id = mock.ask("access", &[("email", "twin@example.com")]);
    mock.advance(Duration::from_secs(3));
    let files = mock.download(&id);
    let file = &files[&format!("{id}/Campaign/acme-6-twin@example.com.xml")];
    assert!(file.contains("firstName='Ada'") && file.contains("firstName='Eve'"), "{file}");
    mock.done("delete", &[("email", "twin@example.com")]);
    for twin in twins {
        assert_eq!(mock.get(&format!("{PROFILES}/{twin}")).status, 404);
    }
    assert_eq!(mock.people(), 12);
}

#[test]
fn another_orgs_people_are_not_found() {
    let mock = Mock::start();
    let other = format!("/acme-w2{}", PROFILES.trim_start_matches("/acme"));
    mock.done("delete", &[("email", "john.doe@example.com")]);
    let found = mock.get(&format!("{other}/byEmail/_count?email=john.doe@example.com")).json();
    assert_eq!(found["count"], 1);
}

#[test]
fn a_file_is_named_after_instance_namespace_and_value() {
    let mock = Mock::start();
    let request = |instance: Option<&str>, people: &[(&str, &str)]| {
        let mut request = mock.request_about("access", people, &["Campaign", "Analytics"]);
        if let Some(instance) = instance {
            let context = json!({"namespace": "campaign", "value": instance});
            request["companyContexts"].as_array_mut().unwrap().push(context);
        }
        request
    };
    let john = [("email", "John.Doe@example.com"), ("customerId", "C-1001")];
    assert_eq!(
        mock.files(&request(Some("acme-stg-us1"), &john)),
        ["acme-stg-us1-6-John.Doe@example.com.xml", "acme-stg-us1-customerId-C-1001.xml"]
    );
    assert_eq!(
        mock.files(&request(None, &[("phone", "+12025550101")])),
        ["acme-7-+12025550101.xml"]
    );
    assert_eq!(mock.files(&request(None, &[("email", "nobody@example.com")])), [""; 0]);
    // Whatever a value holds, no file leaves its folder.
    let hostile = "../../x\\..\\y:\u{0}\n";
    mock.pkey(&json!({"mobilePhone": hostile}));
    let names = mock.files(&request(Some("../../z/"), &[("phone", hostile)]));
    assert_eq!(names, [".._.._z_-7-.._.._x_.._y___.xml"]);
}

#[test]
fn identities_that_would_share_a_file_name_get_one_each() {
    let mock = Mock::start();
    for phone in ["1/2", "1:2", "1/2-2"] {
        mock.pkey(&json!({"mobilePhone": phone}));
    }
    let people = [
        ("phone", "1/2"),
        ("phone", "1:2"),
        ("Phone", "1/2"),
        ("phone", "1/2-2"),
        ("email", "john.doe@example.com"),
    ];
    let request = mock.request_about("access", &people, &["Campaign"]);
    let names = mock.files(&request);
    assert_eq!(
        names,
        [
            "acme-6-john.doe@example.com.xml",
            "acme-7-1_2-2-2.xml",
            "acme-7-1_2-2.xml",
            "acme-7-1_2-3.xml",
            "acme-7-1_2.xml"
        ]
    );
}

#[test]
fn a_person_without_an_address_is_known_by_its_key() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"lastName": "Nameless", "ccpaOptOut": true}));
    mock.advance(Duration::from_secs(3));
    let mut request = mock.request_about("delete", &[("PKey", &pkey)], &["Campaign"]);
    request["users"][0]["userIDs"] = identities(&[("PKey", &pkey)]);
    for (kind, code, status) in [("standard", "6053", 200), ("unregistered", "6000", 404)] {
        request["users"][0]["userIDs"][0]["type"] = json!(kind);
        let id = mock.send(&request).remove(0);
        mock.advance(Duration::from_secs(3));
        assert_eq!(products(&mock.job(&id)), [format!("Campaign complete PRVCY-{code}-200")]);
        assert_eq!(mock.get(&format!("{PROFILES}/{pkey}")).status, status);
    }
}

#[test]
fn an_identity_that_is_to_be_ignored_is_left_alone() {
    const PARTIAL: &str = "partial+ann@example.com";
    for (others, processed, ignored) in [
        (&["john.doe@example.com"][..], &["john.doe@example.com"][..], &[PARTIAL][..]),
        (&["nobody@example.com"], &[], &["nobody@example.com", PARTIAL]),
        (
            &["john.doe@example.com", "nobody@example.com"],
            &["john.doe@example.com"],
            &["nobody@example.com", PARTIAL],
        ),
        (&[], &[], &[PARTIAL]),
        (&["partial@example.org"], &[], &[PARTIAL, "partial@example.org"]),
    ] {
        let mock = Mock::start();
        let ann = mock.pkey(&json!({"email": PARTIAL}));
        let people: Vec<_> =
            [PARTIAL].iter().chain(others).map(|&value| ("email", value)).collect();
        let job = mock.done("delete", &people);
        assert_eq!(products(&job), ["Campaign complete PRVCY-6054-200"], "{others:?}");
        assert_eq!(results(&job), json!({"processed": processed, "ignored": ignored}));
        assert_eq!(mock.read(&ann)["email"], PARTIAL);
    }
}

#[test]
fn a_product_that_the_org_does_not_have_says_so_and_hinders_no_other() {
    let mock = Mock::start();
    let people = [("email", "john.doe@example.com")];
    let request = mock.request_about("access", &people, &["Campaign", "marketo"]);
    let id = mock.send(&request).remove(0);
    mock.advance(Duration::from_secs(3));
    let job = mock.job(&id);
    let answers = ["Campaign complete PRVCY-6000-200", "marketo complete PRVCY-6051-200"];
    assert_eq!(products(&job), answers);
    assert_eq!(job["status"], "complete");
}
