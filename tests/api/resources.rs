//! What customers keep beside profiles: services, units, resources and fields of their own
//! (`docs/reference/campaign-standard.md` §6, §7, §9, §12, §19).

use std::fs;
use std::time::Duration;

use campaign_mock::config::SeedSource;
use serde_json::{Value, json};

use crate::driver::{Mock, PROFILES, credentials, members, settings};
use crate::wire::Answer;

pub const BASIC: &str = "/acme/campaign/profileAndServices";
pub const EXT: &str = "/acme/campaign/profileAndServicesExt";
const CUSTOM: &str = "/acme/campaign/customResources";
const GENERIC: &str = "RST-360011 An error has occurred - please contact your administrator.";

/// The `PKey` of the record that is read at an address.
pub fn pkey_at(mock: &Mock, target: &str) -> String {
    let answer = mock.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.body);
    answer.json()["PKey"].as_str().unwrap().to_owned()
}

/// An href as a target of this server.
pub fn target(href: &Value) -> &str {
    href.as_str().unwrap().strip_prefix("http://mock.localhost").unwrap()
}

/// The values of a member in a list.
pub fn column(mock: &Mock, list: &str, member: &str) -> Vec<Value> {
    let answer = mock.get(list);
    assert_eq!(answer.status, 200, "{list}: {}", answer.body);
    let list = answer.json();
    list["content"].as_array().unwrap().iter().map(|record| record[member].clone()).collect()
}

/// A text for a snapshot: what is sealed depends on how many records came before, and stands as
/// `...`.
pub fn keyless(text: &str) -> String {
    let sealed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut shown = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if sealed(c) {
            run.push(c);
        } else {
            shown.push_str(if run.len() < 48 { &run } else { "..." });
            shown.push(c);
            run.clear();
        }
    }
    shown.trim_end_matches('\n').to_owned()
}

fn pretty(answer: &Answer) -> String {
    keyless(&serde_json::to_string_pretty(&answer.json()).unwrap())
}

/// The text of a refusal.
fn refusal(answer: &Answer) -> (u16, String) {
    assert!(answer.header("x-mock-reason").is_some(), "{}", answer.body);
    (answer.status, answer.json().as_str().unwrap().to_owned())
}

fn patch(mock: &Mock, target: &str, body: &Value) -> Answer {
    mock.call("PATCH", target, &body.to_string())
}

fn create(mock: &Mock, target: &str, body: &Value) -> Value {
    let answer = mock.post(target, body);
    assert_eq!(answer.status, 201, "{target}: {}", answer.body);
    answer.json()
}

// --- services -----------------------------------------------------------------------------------

#[test]
fn a_new_service_has_what_was_sent_and_defaults() {
    let mock = Mock::start();
    let body = json!({
        "label": "Sport Newsletter", "messageType": "email", "name": "SVC13", "start": "2019-09-26",
    });
    let answer = mock.post(&format!("{BASIC}/service"), &body);
    assert_eq!(answer.status, 201);
    assert!(members(&answer.body).is_sorted());
    insta::assert_snapshot!("service", pretty(&answer));
    let record = answer.json();
    let href = format!("http://mock.localhost{BASIC}/service/{}", record["PKey"].as_str().unwrap());
    assert_eq!(record["href"], json!(href));
    assert_eq!(record["subscriptions"], json!({"href": format!("{href}/subscriptions/")}));
    assert_eq!(record["mainDate"], "2020-03-01");
}

#[test]
fn a_service_is_read_by_name_and_by_pkey_without_its_address() {
    let mock = Mock::start();
    let created = create(&mock, &format!("{BASIC}/service/"), &json!({"name": "SVC20"}));
    let mut expected = created.clone();
    expected.as_object_mut().unwrap().remove("href");
    let pkey = created["PKey"].as_str().unwrap();
    for key in ["SVC20", pkey] {
        assert_eq!(mock.get(&format!("{BASIC}/service/{key}")).json(), expected, "{key}");
    }
    assert_eq!(mock.get(&format!("{BASIC}/service/SVC20/name")).json(), json!("SVC20"));
}

#[test]
fn a_service_without_a_name_gets_a_free_one() {
    let mock = Mock::start();
    let services = format!("{BASIC}/service");
    let name = |body: &Value| create(&mock, &services, body)["name"].clone();
    assert_eq!(name(&json!({"label": "A"})), "SVC3");
    assert_eq!(name(&json!({"name": "SVC5"})), "SVC5");
    assert_eq!(name(&json!({})), "SVC6");
    assert_eq!(name(&json!({"name": ""})), "SVC7");
    let titles = column(&mock, &services, "title");
    let expected = [
        "Sport Newsletter (SVC1)",
        "Weekly Offers (SVC2)",
        "A (SVC3)",
        "(SVC5)",
        "(SVC6)",
        "(SVC7)",
    ];
    assert_eq!(titles, expected);
}

#[test]
fn what_is_called_by_a_name_keeps_one() {
    let mock = Mock::start();
    for (resource, name) in [("service", "SVC1"), ("orgUnitBase", "brand4")] {
        let pkey = pkey_at(&mock, &format!("{EXT}/{resource}/{name}"));
        let by_pkey = format!("{EXT}/{resource}/{pkey}");
        for nothing in [json!(""), Value::Null] {
            let answer = patch(&mock, &by_pkey, &json!({"name": nothing, "label": "A"}));
            assert_eq!(refusal(&answer), (500, GENERIC.to_owned()), "{resource}: {nothing}");
        }
        let record = mock.get(&by_pkey).json();
        assert_eq!(record["name"], json!(name));
        assert_ne!(record["label"], "A");
        assert_eq!(patch(&mock, &by_pkey, &json!({"name": "renamed"})).status, 200);
        assert_eq!(pkey_at(&mock, &format!("{EXT}/{resource}/renamed")), pkey);
    }
    // A key that a customer has declared may be empty.
    let product =
        format!("{CUSTOM}/cusProduct/{}", pkey_at(&mock, &format!("{CUSTOM}/cusProduct/SKU-1")));
    assert_eq!(patch(&mock, &product, &json!({"cusSku": ""})).status, 200);
}

#[test]
fn services_are_a_list_with_filters_of_their_own() {
    let mock = Mock::start();
    let answer = mock.get(&format!("{BASIC}/service"));
    assert_eq!(members(&answer.body), ["content", "count", "serverSidePagination"]);
    assert_eq!(answer.json()["count"]["value"], 2);
    let names = |query: &str| column(&mock, &format!("{BASIC}/service/{query}"), "name");
    assert_eq!(names("byText?text=Sport"), ["SVC1"]);
    assert_eq!(names("byText?text=SVC"), ["SVC1", "SVC2"]);
    assert_eq!(names("byChannel?channel=sms"), ["SVC2"]);
    assert_eq!(names("byChannel?channel=email"), ["SVC1"]);
    assert_eq!(names("byTargetResource?targetResource=profile"), ["SVC1", "SVC2"]);
    assert_eq!(names("byText/byChannel?text=SVC&channel=sms"), ["SVC2"]);
    assert_eq!(names("?_order=name%20desc"), ["SVC2", "SVC1"]);
    let page = mock.get(&format!("{BASIC}/service?_lineCount=1")).json();
    assert_eq!(page["count"]["value"], Value::Null);
    let rest = mock.get(target(&page["next"]["href"])).json();
    assert_eq!((&rest["content"][0]["name"], &rest["next"]), (&json!("SVC2"), &Value::Null));
    let count = mock.get(target(&page["count"]["href"]));
    assert_eq!(count.body, r#"{"count":2}"#);
    let bare = mock.get(&format!("{BASIC}/service/name"));
    assert_eq!(bare.json(), json!({"content": ["SVC1", "SVC2"]}));
}

#[test]
fn a_patch_of_a_service_answers_key_and_address() {
    let mock = Mock::start();
    mock.advance(Duration::from_secs(1));
    let pkey = pkey_at(&mock, &format!("{BASIC}/service/SVC1"));
    let body = json!({"label": "Tennis", "messageType": "sms", "limitedDuration": true,
        "validityDuration": 86400, "mode": "viral", "end": "2021-01-01"});
    for (key, body) in [("SVC1", body), (pkey.as_str(), json!({"desc": "All about it"}))] {
        let answer = patch(&mock, &format!("{BASIC}/service/{key}"), &body);
        let expected =
            json!({"PKey": pkey, "href": format!("http://mock.localhost{BASIC}/service/{pkey}")});
        assert_eq!((answer.status, answer.json()), (200, expected));
    }
    let record = mock.get(&format!("{BASIC}/service/SVC1")).json();
    for (member, value) in [
        ("title", json!("Tennis (SVC1)")),
        ("messageType", json!("sms")),
        ("mode", json!("viral")),
        ("limitedDuration", json!(true)),
        ("validityDuration", json!(86400)),
        ("end", json!("2021-01-01")),
        ("desc", json!("All about it")),
        ("start", json!("2019-09-26")),
        ("created", json!("2019-09-26 09:10:00.000Z")),
        ("lastModified", json!("2020-03-01 12:00:01.000Z")),
    ] {
        assert_eq!(record[member], value, "{member}");
    }
}

#[test]
fn bodies_that_are_refused_for_a_service() {
    let mock = Mock::start();
    let mut shown = String::new();
    for body in [
        r#"{"messageType": "fax"}"#,
        r#"{"mode": "invalid"}"#,
        r#"{"builtIn": true}"#,
        r#"{"mainDate": "2020-01-01"}"#,
        r#"{"subscriptions": {}}"#,
        r#"{"createdBy": {"PKey": "@x"}}"#,
        r#"{"validityDuration": "1"}"#,
        r#"{"start": "tomorrow"}"#,
        r#"{"Label": "A"}"#,
        r#"{"orgUnit": null}"#,
        r#"{"name": "SVC1"}"#,
    ] {
        let answer = mock.call("POST", &format!("{BASIC}/service"), body);
        shown.push_str(&format!("--- {body}\n{}\n", answer.shown()));
    }
    insta::assert_snapshot!("refused_services", shown);
    assert_eq!(column(&mock, &format!("{BASIC}/service"), "name"), ["SVC1", "SVC2"]);
}

#[test]
fn a_deleted_service_takes_its_subscriptions_with_it() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let subscriptions = format!("{PROFILES}/{john}/subscriptions/");
    assert_eq!(column(&mock, &subscriptions, "serviceName"), ["SVC1", "SVC2"]);
    let pkey = pkey_at(&mock, &format!("{BASIC}/service/SVC1"));
    let answer = mock.call("DELETE", &format!("{BASIC}/service/{pkey}"), "");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(column(&mock, &subscriptions, "serviceName"), ["SVC2"]);
    for verb in ["GET", "PATCH", "DELETE"] {
        for (key, shown) in [(pkey.as_str(), pkey.clone()), ("SVC1", "SVC1:0".to_owned())] {
            let body = if verb == "PATCH" { r#"{"label": "A"}"# } else { "" };
            let answer = mock.call(verb, &format!("{BASIC}/service/{key}"), body);
            let text = format!(
                "{GENERIC} Unable to find document with path 'Service' from key '{shown}' \
                 (document with schema 'service' and name '{key}')"
            );
            assert_eq!(refusal(&answer), (404, text), "{verb}");
        }
    }
    assert_eq!(mock.get(&format!("{BASIC}/service/{pkey}/subscriptions")).status, 404);
    let by_name = mock.call("DELETE", &format!("{BASIC}/service/SVC2"), "");
    assert_eq!(by_name.status, 204);
    assert_eq!(column(&mock, &subscriptions, "serviceName"), Vec::<Value>::new());
    assert_eq!(mock.get(&format!("{BASIC}/service/_count")).body, r#"{"count":0}"#);
}

#[test]
fn a_service_has_units_in_the_extended_api() {
    let mock = Mock::start();
    let unit = pkey_at(&mock, &format!("{EXT}/orgUnitBase/brand4"));
    let geo = pkey_at(&mock, &format!("{EXT}/geoUnitBase/emea"));
    let service = format!("{EXT}/service/SVC1");
    assert_eq!(mock.get(&service).json()["orgUnit"], Value::Null);
    let body = json!({"orgUnit": {"PKey": unit}, "geoUnit": {"PKey": geo}});
    assert_eq!(patch(&mock, &service, &body).status, 200);
    let record = mock.get(&service).json();
    let expected = json!({
        "PKey": unit, "title": "Brand 4 (brand4)",
        "href": format!("http://mock.localhost{EXT}/orgUnitBase/{unit}"),
    });
    assert_eq!(record["orgUnit"], expected);
    assert_eq!(record["geoUnit"]["title"], "EMEA (emea)");
    assert_eq!(mock.get(target(&record["geoUnit"]["href"])).json()["PKey"], json!(geo));
    assert!(
        !members(&mock.get(&format!("{BASIC}/service/SVC1")).body)
            .iter()
            .any(|name| name == "orgUnit" || name == "geoUnit")
    );
}

// --- units --------------------------------------------------------------------------------------

#[test]
fn units_are_listed_read_and_renamed() {
    let mock = Mock::start();
    let list = mock.get(&format!("{EXT}/orgUnitBase"));
    insta::assert_snapshot!("org_units", pretty(&list));
    let pkey = pkey_at(&mock, &format!("{EXT}/orgUnitBase/brand4"));
    let unit = format!("{EXT}/orgUnitBase/{pkey}");
    let names = members(&mock.get(&unit).body);
    let expected =
        ["PKey", "created", "desc", "label", "lastModified", "name", "parentTitle", "title"];
    assert_eq!(names, expected);
    let answer = patch(&mock, &unit, &json!({"label": "Brand 5", "name": "brand5"}));
    assert_eq!((answer.status, &answer.json()["PKey"]), (200, &json!(pkey)));
    assert_eq!(mock.get(&unit).json()["title"], "Brand 5 (brand5)");
    let profile = mock.get(&format!("{EXT}/profile/C-1001")).json();
    assert_eq!(profile["orgUnit"]["title"], "Brand 5 (brand5)");
    assert_eq!(column(&mock, &format!("{EXT}/geoUnitBase"), "name"), ["all", "emea"]);
    let read_only = patch(&mock, &unit, &json!({"parentTitle": "x"}));
    let text = "Cannot update the 'parentTitle' property that is read-only 'parentTitle' property \
                is not valid for the 'orgUnitBase' resource.";
    assert_eq!(refusal(&read_only), (500, text.to_owned()));
}

#[test]
fn units_are_of_the_extended_api_only_and_not_made_by_clients() {
    let mock = Mock::start();
    for root in [BASIC, CUSTOM] {
        for unit in ["orgUnitBase", "geoUnitBase"] {
            let answer = mock.get(&format!("{root}/{unit}"));
            assert_eq!(refusal(&answer), (404, GENERIC.to_owned()), "{root} {unit}");
        }
    }
    let pkey = pkey_at(&mock, &format!("{EXT}/geoUnitBase/emea"));
    let unit = format!("{EXT}/geoUnitBase/{pkey}");
    let post = mock.post(&format!("{EXT}/geoUnitBase"), &json!({"name": "apac"}));
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, OPTIONS")));
    let delete = mock.call("DELETE", &unit, "");
    assert_eq!((delete.status, delete.header("allow")), (405, Some("GET, PATCH, OPTIONS")));
}

#[test]
fn a_profile_s_unit_is_null_set_and_cleared() {
    let mock = Mock::start();
    let unit = pkey_at(&mock, &format!("{EXT}/orgUnitBase/brand4"));
    let geo = pkey_at(&mock, &format!("{EXT}/geoUnitBase/emea"));
    let profiles = format!("{EXT}/profile");

    let created = create(&mock, &profiles, &json!({"orgUnit": {"PKey": unit}}));
    // What a POST answers of a linked record is its key and title.
    assert_eq!(created["orgUnit"], json!({"PKey": unit, "title": "Brand 4 (brand4)"}));
    assert_eq!(created["geoUnit"], Value::Null);
    let profile = target(&created["href"]).to_owned();
    let shown = json!({
        "PKey": unit, "title": "Brand 4 (brand4)",
        "href": format!("http://mock.localhost{EXT}/orgUnitBase/{unit}"),
    });
    assert_eq!(mock.get(&profile).json()["orgUnit"], shown);
    assert_eq!(mock.get(&format!("{profile}/orgUnit")).json(), shown);

    // It can be sent back as it was read.
    assert_eq!(patch(&mock, &profile, &json!({"geoUnit": {"PKey": geo}})).status, 200);
    assert_eq!(patch(&mock, &profile, &json!({"orgUnit": shown})).status, 200);
    assert_eq!(mock.get(&profile).json()["geoUnit"]["PKey"], json!(geo));
    for nothing in [json!(null), json!({"PKey": ""}), json!({"PKey": null})] {
        let set = json!({"orgUnit": {"PKey": unit}});
        assert_eq!(patch(&mock, &profile, &set).status, 200);
        assert_eq!(patch(&mock, &profile, &json!({"orgUnit": nothing})).status, 200);
        assert_eq!(mock.get(&profile).json()["orgUnit"], Value::Null, "{nothing}");
    }
    // A key names a record as well as a PKey does.
    assert_eq!(patch(&mock, &profile, &json!({"orgUnit": {"PKey": "brand4"}})).status, 200);
    assert_eq!(mock.get(&profile).json()["orgUnit"], shown);
}

#[test]
fn profiles_have_units_where_they_were_extended_by_them() {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);
    let profiles = format!("{EXT}/profile");
    let names = members(&mock.post(&profiles, &json!({})).body);
    for unit in ["orgUnit", "geoUnit"] {
        assert!(!names.contains(&unit.to_owned()), "{unit}");
        let text = format!("'{unit}' property is not valid for the 'profile' resource.");
        assert_eq!(refusal(&mock.post(&profiles, &json!({unit: null}))), (500, text));
    }
}

#[test]
fn data_of_a_linked_record_does_not_count() {
    let mock = Mock::start();
    let body = json!({"lastName": "Doe", "orgUnit": {"label": "New"}});
    let created = create(&mock, &format!("{EXT}/profile"), &body);
    assert_eq!((&created["lastName"], &created["orgUnit"]), (&json!("Doe"), &Value::Null));
    let unit = pkey_at(&mock, &format!("{EXT}/orgUnitBase/brand4"));
    let body = json!({"orgUnit": {"PKey": unit, "label": "New", "nope": 1}});
    let created = create(&mock, &format!("{EXT}/profile"), &body);
    assert_eq!(created["orgUnit"]["title"], "Brand 4 (brand4)");
    let labels = column(&mock, &format!("{EXT}/orgUnitBase"), "label");
    assert_eq!(labels, ["All", "Brand 4"]);
}

// --- custom fields ------------------------------------------------------------------------------

#[test]
fn custom_fields_are_of_the_extended_api_only() {
    let mock = Mock::start();
    let created = create(&mock, &format!("{EXT}/profile"), &json!({}));
    let pkey = created["PKey"].as_str().unwrap();
    let extended = members(&mock.get(&format!("{EXT}/profile/{pkey}")).body);
    let basic = members(&mock.get(&format!("{PROFILES}/{pkey}")).body);
    let only: Vec<_> = extended.iter().filter(|name| !basic.contains(name)).collect();
    let expected = [
        "cusCustomerId",
        "cusHobby",
        "cusLastVisit",
        "cusMemberSince",
        "cusPurchases",
        "cusScore",
        "cusTier",
        "cusVip",
        "cusVisits",
        "geoUnit",
        "orgUnit",
    ];
    assert_eq!(only, expected);
    assert!(extended.is_sorted());
    let defaults: Vec<_> = expected.iter().map(|name| (*name, created[*name].clone())).collect();
    let purchases = format!("http://mock.localhost{EXT}/profile/{pkey}/cusPurchases/");
    let unset = [
        ("cusCustomerId", json!("")),
        ("cusHobby", json!("")),
        ("cusLastVisit", json!("")),
        ("cusMemberSince", json!("")),
        ("cusPurchases", json!({"href": purchases})),
        ("cusScore", json!(0)),
        ("cusTier", json!("none")),
        ("cusVip", json!(false)),
        ("cusVisits", json!(0)),
        ("geoUnit", Value::Null),
        ("orgUnit", Value::Null),
    ];
    assert_eq!(defaults, unset);
    for name in ["cusHobby", "orgUnit", "cusPurchases"] {
        let answer = mock.post(PROFILES, &json!({name: null}));
        let text = format!("'{name}' property is not valid for the 'profile' resource.");
        assert_eq!(refusal(&answer), (500, text), "{name}");
        assert_eq!(mock.get(&format!("{PROFILES}/{pkey}/{name}")).status, 404, "{name}");
    }
}

#[test]
fn custom_fields_keep_what_is_sent() {
    let mock = Mock::start();
    let body = json!({
        "cusCustomerId": "C-2", "cusHobby": "Chess", "cusLastVisit": "2020-02-01T10:00:00Z",
        "cusMemberSince": "2019-12-31", "cusScore": 123.45, "cusTier": "gold", "cusVip": true,
        "cusVisits": -7,
    });
    let created = create(&mock, &format!("{EXT}/profile"), &body);
    for (name, value) in body.as_object().unwrap() {
        let value = if name == "cusLastVisit" { &json!("2020-02-01 10:00:00.000Z") } else { value };
        assert_eq!(&created[name], value, "{name}");
    }
    let empty = json!({
        "cusHobby": "", "cusLastVisit": "", "cusMemberSince": null, "cusScore": 0, "cusTier": "",
        "cusVip": false, "cusVisits": null,
    });
    let profile = target(&created["href"]).to_owned();
    assert_eq!(patch(&mock, &profile, &empty).status, 200);
    let record = mock.get(&profile).json();
    let defaults = create(&mock, &format!("{EXT}/profile"), &json!({}));
    for name in empty.as_object().unwrap().keys() {
        assert_eq!(record[name], defaults[name], "{name}");
    }
    assert_eq!(record["cusCustomerId"], "C-2");
}

#[test]
fn custom_fields_refuse_what_is_not_of_their_type() {
    let mock = Mock::start();
    let mut shown = String::new();
    for body in [
        r#"{"cusHobby": 1}"#,
        r#"{"cusCustomerId": "a key of more than twenty characters"}"#,
        r#"{"cusScore": "1"}"#,
        r#"{"cusVisits": 1.5}"#,
        r#"{"cusVisits": "a"}"#,
        r#"{"cusVip": "yes"}"#,
        r#"{"cusMemberSince": "31/12/2019"}"#,
        r#"{"cusMemberSince": "2019-02-29"}"#,
        r#"{"cusLastVisit": "noon"}"#,
        r#"{"cusTier": "platinum"}"#,
        r#"{"cusPurchases": []}"#,
        r#"{"cusShoeSize": 9}"#,
        r#"{"orgUnit": "brand4"}"#,
        r#"{"orgUnit": {"PKey": 1}}"#,
        r#"{"orgUnit": {"PKey": "@nope"}}"#,
        r#"{"orgUnit": {"PKey": "nope"}}"#,
    ] {
        let answer = mock.call("POST", &format!("{EXT}/profile"), body);
        shown.push_str(&format!("--- {body}\n{}\n", answer.shown()));
    }
    insta::assert_snapshot!("refused_custom_fields", shown);
    assert_eq!(mock.get(&format!("{PROFILES}/_count")).body, r#"{"count":12}"#);
}

// --- custom resources ---------------------------------------------------------------------------

#[test]
fn a_linked_resource_takes_all_verbs_in_the_extended_api() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let purchases = format!("{EXT}/cusPurchase");
    let answer = mock.post(
        &purchases,
        &json!({"cusReference": "P-1", "cusAmount": 9.5, "cusBuyer": {"PKey": john}}),
    );
    assert_eq!(answer.status, 201);
    let names = members(&answer.body);
    let expected = [
        "PKey",
        "acsId",
        "created",
        "cusAmount",
        "cusBuyer",
        "cusReference",
        "href",
        "lastModified",
        "title",
    ];
    assert_eq!(names, expected);
    let created = answer.json();
    let id = created["acsId"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 36);
    assert_eq!(created["title"], "P-1");
    let title = "John Doe (john.doe@example.com)";
    assert_eq!(created["cusBuyer"], json!({"PKey": john, "title": title}));

    let purchase = target(&created["href"]).to_owned();
    assert_eq!(purchase, format!("{purchases}/{}", created["PKey"].as_str().unwrap()));
    let patched = patch(&mock, &purchase, &json!({"cusAmount": 10}));
    let brief = json!({"PKey": created["PKey"], "href": created["href"]});
    assert_eq!((patched.status, patched.json()), (200, brief));
    let record = mock.get(&purchase).json();
    assert_eq!((&record["cusAmount"], &record["acsId"]), (&json!(10), &json!(id)));
    assert_eq!(mock.get(target(&record["cusBuyer"]["href"])).json()["PKey"], json!(john));
    assert_eq!(mock.get(&format!("{purchases}/P-1")).json(), record);

    let listed = column(&mock, &purchases, "cusReference");
    assert_eq!(listed, ["P-1001", "P-1002", "P-1"]);
    let found = column(&mock, &format!("{purchases}/byReference?reference_parameter=P-1"), "acsId");
    assert_eq!(found, [json!(id)]);
    assert_eq!(mock.call("DELETE", &purchase, "").status, 204);
    assert_eq!(mock.get(&purchase).status, 404);
    assert_eq!(mock.call("DELETE", &purchase, "").status, 404);
}

#[test]
fn an_acs_id_is_made_once_and_read_only() {
    let mock = Mock::start();
    let purchases = format!("{EXT}/cusPurchase");
    let one = create(&mock, &purchases, &json!({}));
    let other = create(&mock, &purchases, &json!({}));
    assert_ne!(one["acsId"], other["acsId"]);
    let text = "Cannot update the 'acsId' property that is read-only 'acsId' property is not valid \
                for the 'cusPurchase' resource.";
    let sent = json!({"acsId": "00000000-0000-4000-8000-000000000000"});
    let read_only = (500, text.to_owned());
    assert_eq!(refusal(&mock.post(&purchases, &sent)), read_only);
    assert_eq!(refusal(&patch(&mock, target(&one["href"]), &sent)), read_only);
    let seeded = mock.get(&format!("{purchases}/P-1001")).json()["acsId"].clone();
    assert_eq!(seeded, "6bb2f8a4-5a42-4f0e-9c3f-0d8b6e0d2a11");
    // An upsert that updates makes no new one.
    let again = mock.post(&purchases, &json!({"cusReference": "P-1001", "cusAmount": 1}));
    assert_eq!(again.status, 200);
    assert_eq!(mock.get(&format!("{purchases}/P-1001")).json()["acsId"], seeded);
}

#[test]
fn an_unlinked_resource_is_served_by_custom_resources() {
    let mock = Mock::start();
    let products = format!("{CUSTOM}/cusProduct");
    let created = create(&mock, &products, &json!({"cusSku": "SKU-3", "cusPrice": 1.5}));
    let product = target(&created["href"]).to_owned();
    assert!(product.starts_with(&format!("{products}/@")), "{product}");
    assert_eq!(created["acsId"], Value::Null);
    assert_eq!(patch(&mock, &product, &json!({"cusLabel": "Ball"})).status, 200);
    let record = mock.get(&product).json();
    assert_eq!((&record["cusLabel"], &record["href"]), (&json!("Ball"), &Value::Null));
    assert_eq!(mock.get(&format!("{products}/SKU-3")).json(), record);
    assert_eq!(column(&mock, &products, "title"), ["SKU-1", "SKU-2", "SKU-3"]);
    assert_eq!(mock.call("DELETE", &format!("{products}/SKU-3"), "").status, 204);
    assert_eq!(column(&mock, &products, "title"), ["SKU-1", "SKU-2"]);
    assert_eq!(mock.get(&format!("{products}/_count")).body, r#"{"count":2}"#);
}

#[test]
fn each_resource_has_its_root() {
    let mock = Mock::start();
    for (root, resource) in [
        (BASIC, "cusPurchase"),
        (BASIC, "cusProduct"),
        (EXT, "cusProduct"),
        (CUSTOM, "cusPurchase"),
        (CUSTOM, "profile"),
        (CUSTOM, "service"),
        (EXT, "cusNope"),
        (BASIC, "subscription"),
        (EXT, "broadLog"),
    ] {
        for (verb, body) in [("GET", ""), ("POST", "{}"), ("PATCH", "{}"), ("DELETE", "")] {
            let answer = mock.call(verb, &format!("{root}/{resource}"), body);
            assert_eq!(refusal(&answer), (404, GENERIC.to_owned()), "{verb} {root}/{resource}");
        }
    }
    let stray = mock.post(&format!("{EXT}/cusPurchase/,"), &json!({}));
    assert_eq!(refusal(&stray), (500, GENERIC.to_owned()));
    let stray = mock.post(&format!("{BASIC}/service/,"), &json!({}));
    assert_eq!(refusal(&stray), (404, format!("{GENERIC} Error rc=-2003")));
}

#[test]
fn a_profile_has_a_collection_of_the_records_that_link_to_it() {
    let mock = Mock::start();
    let john = mock.get(&format!("{EXT}/profile/C-1001")).json();
    let purchases = target(&john["cusPurchases"]["href"]).to_owned();
    assert_eq!(column(&mock, &purchases, "cusReference"), ["P-1001"]);
    let body = json!({"cusReference": "P-2", "cusAmount": 3});
    let created = create(&mock, &purchases, &body);
    assert_eq!(created["cusBuyer"]["PKey"], john["PKey"]);
    assert_eq!(column(&mock, &purchases, "cusReference"), ["P-1001", "P-2"]);
    assert_eq!(mock.get(&format!("{purchases}_count")).body, r#"{"count":2}"#);
    let found = format!("{purchases}byReference?reference_parameter=P-2");
    assert_eq!(column(&mock, &found, "cusAmount"), [json!(3)]);
    let item = format!("{purchases}{}", created["PKey"].as_str().unwrap());
    assert_eq!(mock.get(&item).json()["cusReference"], "P-2");
    // A key of the customer's names it here as well as on the resource.
    assert_eq!(pkey_at(&mock, &format!("{purchases}P-2")), created["PKey"].as_str().unwrap());
    // A record of somebody else is not in it.
    let others = pkey_at(&mock, &format!("{EXT}/cusPurchase/P-1002"));
    for verb in ["GET", "DELETE"] {
        assert_eq!(mock.call(verb, &format!("{purchases}{others}"), "").status, 404, "{verb}");
    }
    assert_eq!(mock.call("DELETE", &item, "").status, 204);
    assert_eq!(column(&mock, &purchases, "cusReference"), ["P-1001"]);
}

#[test]
fn a_post_into_a_collection_links_also_the_record_that_was_there() {
    let mock = Mock::start();
    let john = mock.get(&format!("{EXT}/profile/C-1001")).json();
    let purchases = target(&john["cusPurchases"]["href"]).to_owned();
    let answer = mock.post(&purchases, &json!({"cusReference": "P-1002"}));
    assert_eq!(answer.status, 200);
    assert_eq!(column(&mock, &purchases, "cusReference"), ["P-1001", "P-1002"]);
    let gone = mock.pkey(&json!({}));
    assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{gone}"), "").status, 200);
    let orphan = mock.post(&format!("{EXT}/profile/{gone}/cusPurchases"), &json!({}));
    assert_eq!(orphan.status, 404);
    assert_eq!(mock.get(&format!("{EXT}/cusPurchase/_count")).body, r#"{"count":2}"#);
}
