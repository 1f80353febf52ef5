//! What customers add to the data model: fields and resources of their own
//! (`docs/reference/campaign-standard.md` §6, §7, §19).

use serde_json::{Value, json};

use super::support::{
    BASIC, CUSTOM, EXT, GENERIC, column, create, patch, pkey_at, refusal, target,
};
use crate::driver::{Mock, PROFILES, members};

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
        r#"{"cusVisits": 2147483648}"#,
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
