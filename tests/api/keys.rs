//! Keys of records: upserts, conflicts, what is left when a record is deleted, and the texts of
//! refusals (`docs/reference/campaign-standard.md` §7–§10).

use std::fs;
use std::time::Duration;

use campaign_mock::config::{SeedSource, Settings};
use campaign_mock::http::{Dialect, PatchReturns};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, PROFILES, credentials, settings};
use crate::resources::{BASIC, EXT, column, keyless, pkey_at, target};
use crate::wire::Answer;

const EXTENDED: &str = "/acme/campaign/profileAndServicesExt/profile";
const RST: &str = "RST-360011 An error has occurred - please contact your administrator.";

fn patch(mock: &Mock, target: &str, body: &Value) -> Answer {
    mock.call("PATCH", target, &body.to_string())
}

fn delete(mock: &Mock, target: &str) -> u16 {
    mock.call("DELETE", target, "").status
}

/// Status and text of a refusal.
fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json().as_str().unwrap().to_owned())
}

fn missing(key: &str) -> (u16, String) {
    let text = format!(
        "{RST} Unable to find document with path 'Profile' from key '{key}' (document with schema \
         'profile' and name '{key}')"
    );
    (404, text)
}

/// A server for a customer with this data model and no records.
fn with_model(model: &str) -> Mock {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    fs::write(org.join("model.ndjson"), model).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    Mock::with(settings)
}

/// How many profiles there are.
fn count(mock: &Mock) -> Value {
    mock.get(&format!("{PROFILES}/_count")).json()["count"].clone()
}

// --- upsert -------------------------------------------------------------------------------------

#[test]
fn a_known_key_in_a_body_updates_its_record() {
    let mock = Mock::start();
    let pkey = pkey_at(&mock, &format!("{EXTENDED}/C-1001"));
    mock.advance(Duration::from_secs(1));
    for (verb, phone) in [("PATCH", "1"), ("POST", "2")] {
        let body = json!({"cusCustomerId": "C-1001", "phone": phone}).to_string();
        let answer = mock.call(verb, EXTENDED, &body);
        let expected =
            format!(r#"{{"PKey":"{pkey}","href":"http://mock.localhost{EXTENDED}/{pkey}"}}"#);
        assert_eq!((answer.status, answer.body), (200, expected), "{verb}");
        let record = mock.read(&pkey);
        assert_eq!((&record["phone"], &record["lastName"]), (&json!(phone), &json!("Doe")));
        assert_eq!(record["lastModified"], "2020-03-01 12:00:01.000Z");
    }
    assert_eq!(count(&mock), 12);
}

#[test]
fn an_unknown_key_in_a_body_makes_a_record() {
    let mock = Mock::start();
    for (verb, key) in [("PATCH", "C-1"), ("POST", "C-2")] {
        let body = json!({"cusCustomerId": key, "firstName": "Ann"}).to_string();
        let answer = mock.call(verb, &format!("{EXTENDED}/"), &body);
        assert_eq!(answer.status, 201, "{verb}");
        let record = answer.json();
        assert_eq!((&record["cusCustomerId"], &record["firstName"]), (&json!(key), &json!("Ann")));
        let mut read = mock.get(&format!("{EXTENDED}/{key}")).json();
        read["href"] = record["href"].clone();
        assert_eq!(read, record);
    }
    assert_eq!(count(&mock), 14);
}

#[test]
fn an_email_is_no_key() {
    let mock = Mock::start();
    let body = json!({"email": "john.doe@example.com"});
    assert_ne!(mock.pkey(&body), mock.pkey(&body));
    let found = mock.get(&format!("{PROFILES}/byEmail?email=john.doe@example.com")).json();
    assert_eq!(found["count"]["value"], 3);
}

#[test]
fn a_patch_of_a_list_needs_a_key() {
    let mock = Mock::start();
    for body in [r#"{"phone": "1"}"#, r#"{"cusCustomerId": ""}"#, r#"{"cusCustomerId": null}"#] {
        let answer = mock.call("PATCH", EXTENDED, body);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, POST, OPTIONS")));
    }
    let number = mock.call("PATCH", EXTENDED, r#"{"cusCustomerId": 1}"#);
    let text =
        "BAS-010040 Cannot convert '1' (type number) to text type (bAS-010011 Invalid value).";
    assert_eq!(refusal(&number), (500, text.to_owned()));
    // Out of the box a profile has no key, and a service's makes no upsert.
    let basic = mock.call("PATCH", PROFILES, r#"{"cusCustomerId": "C-1001"}"#);
    let text = "'cusCustomerId' property is not valid for the 'profile' resource.";
    assert_eq!(refusal(&basic), (500, text.to_owned()));
    let service = patch(&mock, &format!("{BASIC}/service"), &json!({"name": "SVC1"}));
    assert_eq!(service.status, 405);
    // Without a key a POST always makes a record.
    for _ in 0..2 {
        assert_eq!(mock.post(EXTENDED, &json!({"cusCustomerId": ""})).status, 201);
    }
    assert_eq!(count(&mock), 14);
}

#[test]
fn an_opt_out_by_upsert_is_an_opt_out() {
    let mock = Mock::start();
    let opt_out = |verb: &str, value: bool| {
        let body = json!({"cusCustomerId": "C-9", "email": "c9@example.com", "ccpaOptOut": value});
        mock.call(verb, EXTENDED, &body.to_string())
    };
    let created = opt_out("PATCH", true);
    assert_eq!(created.status, 201);
    let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
    for (verb, value) in [("POST", true), ("POST", false), ("PATCH", false), ("PATCH", true)] {
        assert_eq!(opt_out(verb, value).status, 200);
    }
    assert_eq!(mock.read(&pkey)["ccpaOptOutLastModified"], "2020-03-01 12:00:00.000Z");
    mock.advance(Duration::from_secs(10));
    let ledger = mock.ledger(&pkey);
    let changes: Vec<_> = ledger.iter().map(|row| (&row["sequence"], &row["to"])).collect();
    let expected =
        [(&json!(1), &json!(true)), (&json!(2), &json!(false)), (&json!(3), &json!(true))];
    assert_eq!(changes, expected);
    let jobs = mock.jobs("ccpa");
    assert_eq!(jobs.len(), 2);
    for (job, row) in jobs.iter().zip([&ledger[2], &ledger[0]]) {
        assert_eq!((&job["jobId"], &job["userKey"]), (&row["jobId"], &json!(pkey)));
    }
    assert_eq!(ledger[1]["jobId"], Value::Null);
    let by_key = patch(&mock, &format!("{EXTENDED}/C-9"), &json!({"ccpaOptOut": false}));
    assert_eq!((by_key.status, mock.ledger(&pkey).len()), (200, 4));
}

// --- keys in addresses --------------------------------------------------------------------------

#[test]
fn a_key_in_the_address_names_the_record() {
    let mock = Mock::start();
    let pkey = pkey_at(&mock, &format!("{EXTENDED}/C-1001"));
    let record = mock.get(&format!("{EXTENDED}/{pkey}"));
    assert_eq!(mock.get(&format!("{EXTENDED}/C-1001")).body, record.body);
    let answer = patch(&mock, &format!("{EXTENDED}/C-1001"), &json!({"fax": "1"}));
    assert_eq!((answer.status, answer.json()["PKey"].as_str()), (200, Some(pkey.as_str())));
    assert_eq!(mock.read(&pkey)["fax"], "1");
    assert_eq!(mock.get(&format!("{EXTENDED}/c-1001")).status, 404);

    let odd = mock.post(EXTENDED, &json!({"cusCustomerId": "É 1+%"})).json();
    let read = mock.get(&format!("{EXTENDED}/%C3%89%201+%25")).json();
    assert_eq!(read["PKey"], odd["PKey"]);
    assert_eq!(delete(&mock, &format!("{EXTENDED}/C-1001")), 200);
    assert_eq!(mock.get(&format!("{PROFILES}/{pkey}")).status, 404);
}

#[test]
fn a_key_that_addresses_a_record_cannot_be_changed() {
    let mock = Mock::start();
    mock.post(&format!("{BASIC}/service"), &json!({"name": "SVC3"}));
    let service = format!("{BASIC}/service/SVC3");
    let inconsistent = |resource: &str, from: &str, to: &str| {
        let text = format!(
            "{RST} RST-360012 Inconsistent operation on resource '{resource}' – Cannot update key \
             '{from}' to '{to}'."
        );
        (500, text)
    };
    for to in ["SVC4", "SVC1", ""] {
        let answer = patch(&mock, &service, &json!({"name": to, "label": "A"}));
        assert_eq!(refusal(&answer), inconsistent("service", "SVC3", to));
    }
    let same = patch(&mock, &service, &json!({"name": "SVC3", "label": "B"}));
    assert_eq!((same.status, &mock.get(&service).json()["label"]), (200, &json!("B")));
    let profile = patch(&mock, &format!("{EXTENDED}/C-1001"), &json!({"cusCustomerId": "C-1002"}));
    assert_eq!(refusal(&profile), inconsistent("profile", "C-1001", "C-1002"));
    let names = column(&mock, &format!("{BASIC}/service"), "name");
    assert_eq!(names, ["SVC1", "SVC2", "SVC3"]);
}

#[test]
fn a_key_may_change_to_a_free_one_where_the_pkey_addresses_the_record() {
    let mock = Mock::start();
    let service = format!("{BASIC}/service/{}", pkey_at(&mock, &format!("{BASIC}/service/SVC1")));
    let taken = |path: &str, key: &str, constraint: &str, column: &str| {
        let text = format!(
            "A '{path}' with the same key '{key}' already exists. PGS-220000 PostgreSQL error: \
             ERROR:  duplicate key value violates unique constraint \"{constraint}\" DETAIL:  Key \
             ({column})=({key}) already exists."
        );
        (500, text)
    };
    let conflict = taken("Service", "SVC2", "nmsservice_name", "sname");
    assert_eq!(refusal(&patch(&mock, &service, &json!({"name": "SVC2", "label": "A"}))), conflict);
    let post = mock.post(&format!("{BASIC}/service"), &json!({"name": "SVC2"}));
    assert_eq!(refusal(&post), conflict);
    assert_eq!(mock.get(&service).json()["title"], "Sport Newsletter (SVC1)");
    for name in ["SVC1", "SVC4"] {
        assert_eq!(patch(&mock, &service, &json!({"name": name})).status, 200);
    }
    assert_eq!(mock.get(&format!("{BASIC}/service/SVC4")).json()["label"], "Sport Newsletter");
    assert_eq!(mock.get(&format!("{BASIC}/service/SVC1")).status, 404);

    let pkey = pkey_at(&mock, &format!("{EXTENDED}/C-1001"));
    let answer = patch(
        &mock,
        &format!("{EXTENDED}/{pkey}"),
        &json!({"cusCustomerId": "C-1002", "ccpaOptOut": true}),
    );
    let conflict = taken("Profile", "C-1002", "profile_cuscustomerid", "scuscustomerid");
    assert_eq!(refusal(&answer), conflict);
    assert_eq!(mock.ledger(&pkey), Vec::<Value>::new());
    assert_eq!(mock.read(&pkey)["ccpaOptOut"], json!(false));
}

#[test]
fn a_patch_that_answers_the_record_shows_its_links() {
    let settings = Settings { patch_returns: PatchReturns::Record, ..settings() };
    let mock = Mock::with(settings);
    let profile = format!("{EXTENDED}/C-1001");
    for body in [json!({}), json!({"fax": "1"}), json!({"orgUnit": {"label": "x"}})] {
        let answer = patch(&mock, &profile, &body);
        assert_eq!(answer.body, mock.get(&profile).body, "{body}");
        assert_eq!(answer.json()["orgUnit"]["title"], "Brand 4 (brand4)");
    }
    let body = json!({"cusCustomerId": "C-1001"});
    assert_eq!(mock.post(EXTENDED, &body).body, mock.get(&profile).body);
}

// --- deletion -----------------------------------------------------------------------------------

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

// --- tenants ------------------------------------------------------------------------------------

#[test]
fn tenants_share_keys_but_no_records() {
    let mock = Mock::start();
    let w3 = |target: &str| target.replacen("/acme/", "/acme-w3/", 1);
    let service = mock.post(&format!("{BASIC}/service"), &json!({"name": "SVC3"})).json();
    let purchase = mock.post(&format!("{EXT}/cusPurchase"), &json!({"cusReference": "P-1"})).json();
    let product = "/acme/campaign/customResources/cusProduct";
    let product = mock.post(product, &json!({"cusSku": "SKU-3"})).json();
    let profile = mock.get(&format!("{EXTENDED}/C-1001")).json();
    let item = target(&profile["subscriptions"]["href"]);
    let item = mock.get(item).json()["content"][0].clone();

    for address in [
        target(&service["href"]).to_owned(),
        target(&purchase["href"]).to_owned(),
        target(&product["href"]).to_owned(),
        target(&profile["subscriptions"]["href"]).to_owned(),
        target(&item["href"]).to_owned(),
        format!("{EXTENDED}/{}", profile["PKey"].as_str().unwrap()),
        format!("{BASIC}/history/{}", profile["PKey"].as_str().unwrap()),
    ] {
        assert_eq!(mock.get(&address).status, 200, "{address}");
        for verb in ["GET", "DELETE"] {
            let answer = mock.call(verb, &w3(&address), "");
            if verb == "GET" || answer.status != 405 {
                assert!(answer.body.contains("XTK-170036"), "{verb} {address}: {}", answer.body);
            }
        }
        assert_eq!(mock.get(&address).status, 200, "{address}");
    }
    // Nor can a body link to them.
    let body = json!({"service": {"PKey": service["PKey"]}});
    let there = pkey_at(&mock, &w3(&format!("{EXTENDED}/C-1001")));
    let answer = mock.post(&w3(&format!("{PROFILES}/{there}/subscriptions")), &body);
    assert_eq!((answer.status, answer.body.contains("Services (nms:service)")), (500, true));

    for (list, member, here, elsewhere) in [
        (format!("{BASIC}/service"), "name", 3, 2),
        (format!("{EXT}/cusPurchase"), "cusReference", 3, 2),
        ("/acme/campaign/customResources/cusProduct".to_owned(), "cusSku", 3, 2),
    ] {
        assert_eq!(column(&mock, &list, member).len(), here, "{list}");
        assert_eq!(column(&mock, &w3(&list), member).len(), elsewhere, "{list}");
    }

    // A plain key is of the tenant called.
    let sport = format!("{BASIC}/service/SVC1");
    assert_eq!(patch(&mock, &w3(&sport), &json!({"label": "Chess"})).status, 200);
    assert_eq!(mock.get(&sport).json()["label"], "Sport Newsletter");
    assert_eq!(mock.get(&w3(&sport)).json()["label"], "Chess");
    assert_ne!(pkey_at(&mock, &sport), pkey_at(&mock, &w3(&sport)));
    assert_eq!(mock.post(&w3(&format!("{BASIC}/service")), &json!({})).json()["name"], "SVC3");
    let upsert = json!({"cusReference": "P-1", "cusAmount": 5});
    assert_eq!(mock.post(&w3(&format!("{EXT}/cusPurchase")), &upsert).status, 201);
    assert_eq!(mock.get(&format!("{EXT}/cusPurchase/P-1")).json()["cusAmount"], 0);
    assert_eq!(delete(&mock, &w3(&sport)), 204);
    let subscribers = mock.get(&format!("{sport}/subscriptions")).json();
    assert_eq!(subscribers["count"]["value"], 2);
}

// --- refusals -----------------------------------------------------------------------------------

/// Every situation of the reference's table, in its order.
fn table(mock: &Mock) -> String {
    let john = pkey_at(mock, &format!("{EXTENDED}/C-1001"));
    let gone = mock.pkey(&json!({}));
    assert_eq!(delete(mock, &format!("{PROFILES}/{gone}")), 200);
    let service = format!("{BASIC}/service");
    for name in ["SVC3", "SVC4"] {
        assert_eq!(mock.post(&service, &json!({"name": name})).status, 201);
    }
    let third = pkey_at(mock, &format!("{service}/SVC3"));
    let john = format!("{PROFILES}/{john}");
    let subscriptions = format!("{john}/subscriptions");
    let mut shown = String::new();
    for (situation, verb, target, body) in [
        ("invalid PKey in URI", "GET", format!("{PROFILES}/@O5iRp40EGA"), ""),
        ("invalid PKey in body", "POST", subscriptions.clone(), r#"{"service":{"PKey":"@jksad"}}"#),
        ("unknown raw key in URI", "GET", format!("{service}/adobe_nl"), ""),
        ("unknown raw key in body", "POST", subscriptions, r#"{"service":{"PKey":"adobe_nl"}}"#),
        ("generic", "GET", format!("{service}?_order=subscriptions"), ""),
        ("bad enum value", "PATCH", john.clone(), r#"{"gender":"invalid"}"#),
        ("wrong type in a field", "PATCH", john.clone(), r#"{"blackList":"a"}"#),
        ("key conflict", "PATCH", format!("{service}/{third}"), r#"{"name":"SVC4"}"#),
        (
            "key in URI and another in body",
            "PATCH",
            format!("{service}/SVC3"),
            r#"{"name":"SVC4"}"#,
        ),
        ("read-only property", "PATCH", john.clone(), r#"{"age":50}"#),
        ("unknown property", "PATCH", john.clone(), r#"{"zipCode":"1"}"#),
        (
            "undeclared signal parameter",
            "POST",
            String::new(),
            r#"{"source":"API","parameters":{"undeclared":"x"}}"#,
        ),
        ("unknown resource name", "GET", format!("{BASIC}/nope"), ""),
        ("PKey of a deleted record", "GET", format!("{PROFILES}/{gone}"), ""),
        ("body that is not JSON", "PATCH", john.clone(), "@gibberish"),
        ("bad email", "PATCH", john, r#"{"email":"not an address"}"#),
    ] {
        let target = if target.is_empty() {
            let workflow = mock.get("/acme/campaign/workflow/execution/WKF1").json();
            let start = mock.post(
                "/acme/campaign/workflow/execution/WKF1/commands",
                &json!({"method": "start"}),
            );
            assert_eq!(start.status, 200, "{}", start.body);
            let trigger = &workflow["activities"]["activity"]["signal1"]["trigger"]["href"];
            crate::resources::target(trigger).to_owned()
        } else {
            target
        };
        let answer = mock.call(verb, &target, body);
        shown.push_str(&format!("--- {situation}: {}\n{}\n", answer.status, keyless(&answer.body)));
    }
    shown
}

#[test]
fn the_texts_of_campaign_standard() {
    insta::assert_snapshot!("texts_acs", table(&Mock::start()));
}

#[test]
fn the_texts_of_the_v8_product() {
    let mock = Mock::with(Settings { dialect: Dialect::V8, ..settings() });
    insta::assert_snapshot!("texts_v8", table(&mock));
}

// --- the hook -----------------------------------------------------------------------------------

/// A write in a random sequence; profiles are chosen by how many came after them.
#[derive(Debug, Clone)]
enum Write {
    Create(Option<bool>),
    /// By the verb, of the key, on the list.
    Upsert(&'static str, u8, Option<bool>),
    Set(usize, bool),
    SetByKey(u8, bool),
    /// A change that a conflict of keys refuses.
    Refused(usize, u8),
    Delete(usize),
    Settle,
}

fn write() -> impl Strategy<Value = Write> {
    let key = 0_u8..3;
    let verb = prop_oneof![Just("POST"), Just("PATCH")];
    prop_oneof![
        2 => any::<Option<bool>>().prop_map(Write::Create),
        5 => (verb, key.clone(), any::<Option<bool>>())
            .prop_map(|(verb, key, value)| Write::Upsert(verb, key, value)),
        4 => (0_usize..4, any::<bool>()).prop_map(|(at, value)| Write::Set(at, value)),
        3 => (key.clone(), any::<bool>()).prop_map(|(key, value)| Write::SetByKey(key, value)),
        1 => (0_usize..4, key).prop_map(|(at, key)| Write::Refused(at, key)),
        2 => (0_usize..4).prop_map(Write::Delete),
        1 => Just(Write::Settle),
    ]
}

/// A profile as it should be.
struct Profile {
    pkey: String,
    key: Option<u8>,
    opted_out: bool,
    changes: Vec<bool>,
    gone: bool,
}

impl Profile {
    fn new(created: &Answer, key: Option<u8>, value: Option<bool>) -> Self {
        let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
        let mut profile = Self { pkey, key, opted_out: false, changes: Vec::new(), gone: false };
        profile.set(value);
        profile
    }

    fn set(&mut self, value: Option<bool>) {
        if let Some(value) = value.filter(|value| *value != self.opted_out) {
            self.changes.push(value);
            self.opted_out = value;
        }
    }
}

fn body(key: Option<u8>, value: Option<bool>) -> Value {
    let mut body = json!({"fax": "1"});
    if let Some(key) = key {
        body["cusCustomerId"] = json!(format!("K-{key}"));
    }
    if let Some(value) = value {
        body["ccpaOptOut"] = json!(value);
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any sequence of creations, changes, upserts and deletions: the ledger holds the real changes
    /// of profiles that were there, each opt-out is a job, and each consent is none.
    #[test]
    fn ledger_equals_changes_equals_jobs_and_consents(
        writes in proptest::collection::vec(write(), 1..40),
    ) {
        let mock = Mock::empty();
        let mut model: Vec<Profile> = Vec::new();
        for write in writes {
            match write {
                Write::Create(value) => {
                    let created = mock.post(EXTENDED, &body(None, value));
                    prop_assert_eq!(created.status, 201);
                    model.push(Profile::new(&created, None, value));
                }
                Write::Upsert(verb, key, value) => {
                    let answer = mock.call(verb, EXTENDED, &body(Some(key), value).to_string());
                    let known = model.iter_mut().find(|known| !known.gone && known.key == Some(key));
                    if let Some(known) = known {
                        prop_assert_eq!(answer.status, 200);
                        prop_assert_eq!(&answer.json()["PKey"], &json!(known.pkey));
                        known.set(value);
                    } else {
                        prop_assert_eq!(answer.status, 201);
                        model.push(Profile::new(&answer, Some(key), value));
                    }
                }
                Write::Set(at, value) => if let Some(known) = model.iter_mut().rev().nth(at) {
                    let status = mock.patch(&known.pkey, &json!({"ccpaOptOut": value})).status;
                    prop_assert_eq!(status, if known.gone { 404 } else { 200 });
                    if !known.gone { known.set(Some(value)); }
                },
                Write::SetByKey(key, value) => {
                    let address = format!("{EXTENDED}/K-{key}");
                    let status = patch(&mock, &address, &json!({"ccpaOptOut": value})).status;
                    let known = model.iter_mut().find(|known| !known.gone && known.key == Some(key));
                    prop_assert_eq!(status, if known.is_some() { 200 } else { 404 });
                    if let Some(known) = known { known.set(Some(value)); }
                }
                Write::Refused(at, key) => {
                    let taken = model.iter().any(|known| !known.gone && known.key == Some(key));
                    let known = model.iter().rev().nth(at).filter(|known| known.key != Some(key));
                    if let Some(known) = known.filter(|known| taken || known.gone) {
                        let body = body(Some(key), Some(!known.opted_out));
                        let status = patch(&mock, &format!("{EXTENDED}/{}", known.pkey), &body).status;
                        prop_assert_eq!(status, if known.gone { 404 } else { 500 });
                    }
                }
                Write::Delete(at) => if let Some(known) = model.iter_mut().rev().nth(at) {
                    let status = delete(&mock, &format!("{PROFILES}/{}", known.pkey));
                    prop_assert_eq!(status, if known.gone { 404 } else { 200 });
                    known.gone = true;
                },
                Write::Settle => mock.settle(),
            }
        }
        mock.advance(Duration::from_secs(10));
        let (mut opt_outs, mut changes) = (0, 0);
        for known in &model {
            let ledger = mock.ledger(&known.pkey);
            let recorded: Vec<bool> = ledger.iter().map(|change| change["to"] == json!(true)).collect();
            prop_assert_eq!(&recorded, &known.changes);
            for (at, change) in ledger.iter().enumerate() {
                prop_assert_eq!(&change["sequence"], &json!(at + 1));
                prop_assert_eq!(change["jobId"].is_string(), change["to"] == json!(true));
            }
            let address = format!("{PROFILES}/{}", known.pkey);
            if known.gone {
                prop_assert_eq!(mock.get(&address).status, 404);
            } else {
                prop_assert_eq!(&mock.read(&known.pkey)["ccpaOptOut"], &json!(known.opted_out));
            }
            opt_outs += known.changes.iter().filter(|to| **to).count();
            changes += known.changes.len();
        }
        let jobs = mock.jobs("ccpa");
        prop_assert_eq!(jobs.len(), opt_outs);
        prop_assert!(jobs.iter().all(|job| job["status"] == "complete"));
        let ledger = mock.get("/__admin/opt-outs?org=acme&limit=1000").json();
        prop_assert_eq!(ledger["changes"].as_array().unwrap().len(), changes);
        let alive = model.iter().filter(|known| !known.gone).count();
        prop_assert_eq!(count(&mock), json!(alive));
    }
}
