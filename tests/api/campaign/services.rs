//! Services: records, names, lists and refusals (`docs/reference/campaign-standard.md` §6, §7, §12).

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{
    BASIC, CUSTOM, EXT, GENERIC, column, create, patch, pkey_at, pretty, refusal, target,
};
use crate::driver::{Mock, PROFILES, members};

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
fn what_only_the_data_model_has_is_no_member_of_a_service() {
    let mock = Mock::start();
    let beginning = [
        "PKey",
        "builtIn",
        "created",
        "desc",
        "end",
        "href",
        "isExternal",
        "isTemplate",
        "label",
        "lastModified",
        "limitedDuration",
        "mainDate",
        "messageType",
        "mode",
        "name",
    ];
    let services = format!("{BASIC}/service");
    let created = mock.post(&services, &json!({"name": "SVC30"})).body;
    let listed = mock.get(&services).json()["content"][0].to_string();
    for record in [&created, &listed] {
        assert_eq!(members(record)[..beginning.len()], beginning);
    }
    let read = mock.get(&format!("{services}/SVC30")).body;
    assert_eq!(members(&read)[..5], beginning[..5]);
    assert_eq!(members(&read)[5..14], beginning[6..]);
    let extended = members(&mock.get(&format!("{EXT}/service/SVC30")).body);
    for name in ["createdBy", "history", "modifiedBy", "template"] {
        assert!(!extended.iter().any(|member| member == name), "{name}");
        for target in [format!("{services}/{name}"), format!("{services}/SVC30/{name}")] {
            assert_eq!(mock.get(&target).status, 404, "{target}");
        }
    }
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
        r#"{"subScenario": {"PKey": "@x"}}"#,
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
