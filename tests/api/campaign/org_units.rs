//! Organizational units and those of profiles (`docs/reference/campaign-standard.md` §19).

use std::fs;

use campaign_mock::config::SeedSource;
use serde_json::{Value, json};

use super::support::{
    BASIC, CUSTOM, EXT, GENERIC, column, create, patch, pkey_at, pretty, refusal, target,
};
use crate::driver::{Mock, credentials, members, settings};

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
