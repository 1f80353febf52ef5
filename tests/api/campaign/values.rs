//! Values that are too long for their field or outside their type, and the `PKey` in a body
//! (`docs/reference/campaign-standard.md` §6, §10).

use campaign_mock::config::Settings;
use campaign_mock::http::{Dialect, LongTexts};
use serde_json::json;

use super::support::{
    BASIC, CUSTOM, EXT, GENERIC, count, create, patch, pkey_at, refusal, target, with_model,
};
use crate::driver::{Mock, PROFILES, settings};

/// What `X-Mock-Reason` says of a text that was cut.
fn cut(field: &str, from: usize, to: usize) -> String {
    format!(
        "These texts were longer than their fields and were cut: '{field}' from {from} to {to} \
         characters. With --long-texts refuse they are refused."
    )
}

// --- texts that are too long --------------------------------------------------------------------

/// What Adobe's own suite sends, and demands to be taken.
#[test]
fn a_text_longer_than_its_field_is_cut_and_the_answer_says_so() {
    let mock = Mock::start();
    let first = "UPDATED_ACSSDK_Test_First_0123abcd";
    let pkey = mock.pkey(&json!({"firstName": "ACSSDK_Test_First_0123abcd"}));
    let answer = mock.patch(&pkey, &json!({"firstName": first}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("x-mock-reason"), Some(cut("firstName", 34, 30).as_str()));
    assert_eq!(mock.read(&pkey)["firstName"], "Updated_Acssdk_Test_First_0123");
    // What fits says nothing.
    let answer = mock.patch(&pkey, &json!({"firstName": &first[..30]}));
    assert_eq!((answer.status, answer.header("x-mock-reason")), (200, None));
}

#[test]
fn texts_of_all_resources_and_of_elements_are_cut_by_characters() {
    let mock = Mock::start();
    let long = "é".repeat(600);
    let events = "/acme/campaign/mcacme/EVTcartAbandonment";
    for (list, field, max, rest) in [
        (PROFILES.to_owned(), "salutation", 20, json!({})),
        (format!("{EXT}/profile"), "cusHobby", 255, json!({})),
        (format!("{BASIC}/service"), "label", 128, json!({})),
        (format!("{CUSTOM}/cusProduct"), "cusLabel", 255, json!({})),
        (events.to_owned(), "mobilePhone", 32, json!({})),
        (
            "/acme/campaign/privacy/privacyTool".to_owned(),
            "desc",
            512,
            json!({
                "name": "PT1", "namespaceName": "defaultNamespace1", "label": "x", "type": "access",
                "reconciliationValue": "a@example.com", "regulation": "gdpr",
            }),
        ),
    ] {
        let mut body = rest;
        body[field] = json!(long);
        let answer = mock.post(&list, &body);
        assert_eq!(answer.status, 201, "{list}: {}", answer.body);
        assert_eq!(answer.header("x-mock-reason"), Some(cut(field, 600, max).as_str()), "{list}");
        if field != "mobilePhone" {
            assert_eq!(answer.json()[field], json!("é".repeat(max)), "{list}");
        }
    }
    let unit =
        format!("{EXT}/orgUnitBase/{}", pkey_at(&mock, &format!("{EXT}/orgUnitBase/brand4")));
    let answer = patch(&mock, &unit, &json!({"label": long}));
    assert_eq!((answer.status, answer.header("x-mock-reason").is_some()), (200, true));

    let answer = mock.post(PROFILES, &json!({"location": {"city": long}, "fax": long}));
    let reason = answer.header("x-mock-reason").unwrap();
    assert!(reason.contains("'fax' from 600 to 32, 'city' from 600 to 255"), "{reason}");
    assert_eq!(answer.json()["location"]["city"], json!("é".repeat(255)));
}

#[test]
fn long_texts_can_be_refused() {
    let mock = Mock::with(Settings { long_texts: LongTexts::Refuse, ..settings() });
    let pkey = mock.pkey(&json!({"firstName": "Ann"}));
    let long = json!({"firstName": "n".repeat(31)});
    for answer in [mock.post(PROFILES, &long), mock.patch(&pkey, &long)] {
        let reason = "'firstName' is refused: it has 31 characters and may have 30.";
        assert_eq!(answer.header("x-mock-reason"), Some(reason));
        assert_eq!(refusal(&answer), (500, GENERIC.to_owned()));
    }
    let city = json!({"location": {"city": "x".repeat(256)}});
    assert_eq!(mock.post(PROFILES, &city).status, 500);
    assert_eq!(mock.read(&pkey)["firstName"], "Ann");
}

/// The refusal of a key that is too long.
fn long_key(field: &str, from: usize, to: usize) -> String {
    format!("'{field}' is refused: it has {from} characters and may have {to}; keys are not cut.")
}

#[test]
fn two_people_whose_long_keys_begin_alike_are_not_made_one() {
    let mock = Mock::start();
    let before = count(&mock);
    let list = format!("{EXT}/profile");
    let john = pkey_at(&mock, &format!("{list}/C-1001"));
    for last in ["A", "B"] {
        let body = json!({"cusCustomerId": format!("{}{last}", "x".repeat(25)), "fax": last});
        for answer in [mock.post(&list, &body), patch(&mock, &format!("{list}/{john}"), &body)] {
            let reason = long_key("cusCustomerId", 26, 20);
            assert_eq!(answer.header("x-mock-reason"), Some(reason.as_str()));
            assert_eq!(refusal(&answer), (500, GENERIC.to_owned()));
        }
    }
    assert_eq!(count(&mock), before);
    assert_eq!(pkey_at(&mock, &format!("{list}/C-1001")), john);
    // As long as it may be, it is a key.
    let key = "x".repeat(20);
    let created = create(&mock, &list, &json!({"cusCustomerId": key}));
    assert_eq!(pkey_at(&mock, &format!("{list}/{key}")), created["PKey"].as_str().unwrap());
}

#[test]
fn own_keys_of_all_resources_are_refused_when_they_are_too_long() {
    let mock = with_model(
        r#"{"declare":"resource","name":"cusVehicle"}
{"declare":"field","on":"cusVehicle","name":"plate","type":"text","length":6,"key":true}
{"declare":"field","on":"cusVehicle","name":"brand","type":"text","length":6}
"#,
    );
    let vehicles = format!("{CUSTOM}/cusVehicle");
    let first = create(&mock, &vehicles, &json!({"plate": "AB-123", "brand": "Peugeot"}));
    assert_eq!((&first["plate"], &first["brand"]), (&json!("AB-123"), &json!("Peugeo")));
    for (list, field, max) in [(&vehicles, "plate", 6), (&format!("{BASIC}/service"), "name", 64)] {
        let record = json!({field: "é".repeat(max + 1)});
        let answer = mock.post(list, &record);
        let reason = long_key(field, max + 1, max);
        assert_eq!(answer.header("x-mock-reason"), Some(reason.as_str()), "{list}");
        assert_eq!(refusal(&answer), (500, GENERIC.to_owned()), "{list}");
    }
    let answer = mock.post(&vehicles, &json!({"plate": "AB-1234", "brand": "Fiat"}));
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert_eq!(mock.get(&vehicles).json()["content"], json!([first]));
}

// --- numbers outside their type -----------------------------------------------------------------

fn outside(value: &str, bits: u8, limits: &str) -> (u16, String) {
    let text = format!(
        "{GENERIC} BAS-010043 The value '{value}' is not within the limits of type 'integer ({bits} \
         bit)' ({limits})."
    );
    (500, text)
}

#[test]
fn a_whole_number_outside_its_type_is_refused() {
    const LONG: &str = "-2147483648 … 2147483647";
    let mock = with_model(
        r#"{"declare":"resource","name":"cusVehicle"}
{"declare":"field","on":"cusVehicle","name":"mileage","type":"integer"}
{"declare":"field","on":"cusVehicle","name":"price","type":"number"}
{"declare":"field","on":"profile","name":"cusVisits","type":"integer"}
{"declare":"filter","on":"profile","name":"byVisits","parameters":{"visits":"cusVisits"}}
"#,
    );
    for (list, field) in
        [(format!("{CUSTOM}/cusVehicle"), "mileage"), (format!("{EXT}/profile"), "cusVisits")]
    {
        for value in ["2147483648", "-2147483649", "9223372036854775807", "18446744073709551615"] {
            let answer = mock.call("POST", &list, &format!("{{\"{field}\": {value}}}"));
            let reason =
                format!("'{field}' takes whole numbers from -2147483648 to 2147483647, not");
            assert!(answer.header("x-mock-reason").unwrap().starts_with(&reason));
            if value.len() < 20 {
                assert_eq!(refusal(&answer), outside(value, 32, LONG), "{field}");
            }
            assert_eq!(answer.status, 500, "{field}: {value}");
        }
        for value in [2_147_483_647, -2_147_483_648_i64] {
            let record = create(&mock, &list, &json!({field: value}));
            assert_eq!(record[field], json!(value), "{list}");
        }
    }
    // Nor is a filter asked for what no number of the type is.
    let asked = |value: &str| mock.get(&format!("{EXT}/profile/byVisits?visits_parameter={value}"));
    for value in ["99999999999", "-2147483649", "9223372036854775807"] {
        assert_eq!(refusal(&asked(value)), outside(value, 32, LONG));
    }
    for value in ["nan", "inf", "1e999", "1.5", "a"] {
        let text = format!(
            "BAS-010040 Cannot convert '{value}' (type text) to integer (32 bit) type (bAS-010011 \
             Invalid value)."
        );
        assert_eq!(refusal(&asked(value)), (500, text));
    }
    assert_eq!(asked("2147483647").json()["content"].as_array().unwrap().len(), 1);
    // A double holds more.
    let record = create(&mock, &format!("{CUSTOM}/cusVehicle"), &json!({"price": 3e10}));
    assert_eq!(record["price"], json!(3e10));
}

#[test]
fn a_number_for_a_boolean_is_one_of_8_bits() {
    let mock = Mock::start();
    for value in [128, -129, 70_000] {
        let answer = mock.post(PROFILES, &json!({"blackList": value}));
        assert_eq!(refusal(&answer), outside(&value.to_string(), 8, "-128 … 127"));
    }
    let answer = mock.post(PROFILES, &json!({"blackList": 127}));
    assert!(refusal(&answer).1.starts_with("BAS-010040 Cannot convert '127'"), "{}", answer.body);
}

// --- the PKey in a body -------------------------------------------------------------------------

fn unknown_pkey(pkey: &str, schema: &str) -> (u16, String) {
    let id = &pkey[1..];
    let text = format!(
        "'{id}' attribute unknown (see definition of '{schema}' schema). XTK-170036 Unable to parse \
         expression '@id = @{id}'."
    );
    (500, text)
}

#[test]
fn the_pkey_in_a_body_is_the_records_own_or_refused() {
    let mock = Mock::start();
    let (own, other) = (mock.pkey(&json!({})), mock.pkey(&json!({})));
    let record = format!("{PROFILES}/{own}");
    let answer = patch(&mock, &record, &json!({"PKey": own, "lastName": "Doe"}));
    assert_eq!((answer.status, &answer.json()["PKey"]), (200, &json!(own)));
    assert_eq!(mock.read(&own)["lastName"], "Doe");
    let before = mock.read(&own);
    // By itself it changes nothing.
    assert_eq!(patch(&mock, &record, &json!({"PKey": own})).status, 200);
    for foreign in [other.as_str(), "@O5iRp40EGA"] {
        for body in [json!({"PKey": foreign}), json!({"PKey": foreign, "lastName": "Roe"})] {
            let answer = patch(&mock, &record, &body);
            let refused = unknown_pkey(foreign, "Profiles (nms:recipient)");
            assert_eq!(refusal(&answer), refused, "{body}");
            assert!(answer.header("x-mock-reason").unwrap().contains("is not the record's"));
        }
    }
    assert_eq!(patch(&mock, &record, &json!({"PKey": 5})).status, 500);
    assert_eq!(mock.read(&own), before);
}

#[test]
fn a_new_record_has_no_pkey_to_send() {
    let mock = Mock::start();
    let other = mock.pkey(&json!({}));
    for nothing in [json!(null), json!("")] {
        assert_eq!(mock.post(PROFILES, &json!({"PKey": nothing})).status, 201);
    }
    for foreign in [other.as_str(), "@x"] {
        let answer = mock.post(PROFILES, &json!({"PKey": foreign, "lastName": "Roe"}));
        assert_eq!(refusal(&answer), unknown_pkey(foreign, "Profiles (nms:recipient)"));
    }
    assert_eq!(mock.get(&format!("{PROFILES}/_count")).json(), json!({"count": 15}));
}

#[test]
fn a_body_may_have_its_pkey_on_every_resource() {
    let mock = Mock::start();
    let list = |target: &str| mock.get(target).json()["content"][0].clone();
    for (resource, field, schema) in [
        (format!("{BASIC}/service"), "label", "Services (nms:service)"),
        (format!("{EXT}/orgUnitBase"), "label", "Organizational units (nms:orgUnit)"),
        (format!("{EXT}/geoUnitBase"), "label", "Geographical units (nms:geoUnit)"),
        (format!("{EXT}/cusPurchase"), "cusReference", "Purchases (cus:cusPurchase)"),
        (format!("{CUSTOM}/cusProduct"), "cusLabel", "Products (cus:cusProduct)"),
    ] {
        let record = list(&resource);
        let (pkey, at) = (record["PKey"].clone(), target(&record["href"]));
        let answer = patch(&mock, at, &json!({"PKey": pkey, field: "New"}));
        assert_eq!(answer.status, 200, "{resource}: {}", answer.body);
        let refused = refusal(&patch(&mock, at, &json!({"PKey": "@x", field: "Newer"})));
        assert_eq!(refused.0, 500, "{resource}");
        assert!(refused.1.starts_with("'x' attribute unknown (see definition of '"), "{refused:?}");
        assert_eq!(mock.get(at).json()[field], "New", "{resource}, {schema}");
    }
    // An upsert names its record by the key; that record has a PKey.
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let upsert = |pkey: &str| {
        mock.post(&format!("{EXT}/profile"), &json!({"cusCustomerId": "C-1001", "PKey": pkey}))
    };
    assert_eq!((upsert(&john).status, upsert("@x").status), (200, 500));
    for (target, body) in [
        ("mcacme/EVTcartAbandonment", json!({"email": "a@example.com", "PKey": "@x"})),
        (
            "profileAndServices/service/SVC1/subscriptions",
            json!({"subscriber": {"PKey": john}, "PKey": "@x"}),
        ),
    ] {
        let refused = refusal(&mock.post(&format!("/acme/campaign/{target}"), &body));
        assert!(refused.1.starts_with("'x' attribute unknown"), "{target}: {refused:?}");
    }
}

#[test]
fn under_v8_a_foreign_pkey_cannot_be_decrypted() {
    let mock = Mock::with(Settings { dialect: Dialect::V8, ..settings() });
    let (own, other) = (mock.pkey(&json!({})), mock.pkey(&json!({})));
    let record = format!("{PROFILES}/{own}");
    assert_eq!(patch(&mock, &record, &json!({"PKey": own, "fax": "1"})).status, 200);
    for foreign in [other.as_str(), "@x"] {
        let answer = patch(&mock, &record, &json!({"PKey": foreign, "fax": "2"}));
        assert_eq!(refusal(&answer), (404, format!("Unable to decrypt PKey. (PKey={foreign})")));
    }
}

/// A client that sends back what it has read, but for what is computed, as a Java client does.
#[test]
fn a_record_with_its_pkey_can_be_sent_back() {
    let mock = Mock::start();
    let john = pkey_at(&mock, &format!("{EXT}/profile/C-1001"));
    let mut record = mock.read(&john);
    for computed in [
        "age",
        "created",
        "cryptedId",
        "domain",
        "isExternal",
        "lastModified",
        "postalAddress",
        "subscriptions",
        "title",
    ] {
        record.as_object_mut().unwrap().remove(computed).unwrap();
    }
    let without_moment = || {
        let mut record = mock.read(&john);
        record["lastModified"] = json!("");
        record
    };
    let before = without_moment();
    let answer = mock.patch(&john, &record);
    assert_eq!((answer.status, answer.header("x-mock-reason")), (200, None), "{}", answer.body);
    assert_eq!(without_moment(), before);
}
