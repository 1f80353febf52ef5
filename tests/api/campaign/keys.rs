//! Keys of records: upserts, keys in addresses and in bodies, conflicts, and the keys of tenants
//! (`docs/reference/campaign-standard.md` §7, §8).

use std::time::Duration;

use campaign_mock::config::Settings;
use campaign_mock::http::PatchReturns;
use serde_json::{Value, json};

use super::support::{BASIC, EXT, GENERIC, column, count, delete, patch, pkey_at, refusal, target};
use crate::driver::{Mock, PROFILES, settings};

const EXTENDED: &str = "/acme/campaign/profileAndServicesExt/profile";

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
            "{GENERIC} RST-360012 Inconsistent operation on resource '{resource}' – Cannot update key \
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
