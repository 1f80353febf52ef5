//! Profiles: records, normalization, and every refusal of `docs/reference/campaign-standard.md` §7, §10.

use campaign_mock::domain::{Access, Model};
use campaign_mock::http::PatchReturns;
use serde_json::{Value, json};

use crate::driver::{Mock, PROFILES, members, settings};

/// The first profile of the demo seed.
fn demo_pkey(mock: &Mock) -> String {
    let list = mock.get(&format!("{PROFILES}?_lineCount=1")).json();
    list["content"][0]["PKey"].as_str().unwrap().to_owned()
}

/// The names of the fields that Adobe ships.
fn fields() -> Vec<String> {
    Model::default().profile().fields.iter().map(|field| field.name.clone()).collect()
}

#[test]
fn a_record_is_the_whole_out_of_the_box_profile() {
    let mock = Mock::start();
    let answer = mock.get(&format!("{PROFILES}/{}", demo_pkey(&mock)));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-request-id"), Some("test"));
    assert_eq!(answer.header("x-mock-reason"), None);
    let names: Vec<_> = fields().into_iter().filter(|name| name != "href").collect();
    assert_eq!(members(&answer.body), names);
    assert!(names.is_sorted());
    insta::assert_snapshot!("record", serde_json::to_string_pretty(&answer.json()).unwrap());
}

#[test]
fn an_empty_object_makes_a_record_of_defaults() {
    let mock = Mock::start();
    let answer = mock.post(PROFILES, &json!({}));
    assert_eq!(answer.status, 201);
    assert_eq!(members(&answer.body), fields());
    insta::assert_snapshot!("defaults", serde_json::to_string_pretty(&answer.json()).unwrap());
}

#[test]
fn a_new_record_says_where_it_is_and_can_be_read_there() {
    let mock = Mock::start();
    let created = mock.profile(&json!({"firstName": "Ann", "ccpaOptOut": true}));
    let href = created["href"].as_str().unwrap();
    let target = href.strip_prefix("http://mock.localhost").unwrap();
    let mut read = mock.get(target).json();
    read["href"] = json!(href);
    assert_eq!(read, created);
    assert_eq!(created["ccpaOptOut"], json!(true));
    assert_eq!(created["ccpaOptOutLastModified"], "2020-03-01 12:00:00.000Z");
    let subscriptions = created["subscriptions"]["href"].as_str().unwrap();
    assert!(subscriptions.ends_with("/subscriptions/"));
    assert!(!subscriptions.contains(created["PKey"].as_str().unwrap()));
}

#[test]
fn values_are_normalised_on_the_way_in() {
    let mock = Mock::start();
    let record = mock.profile(&json!({
        "firstName": "IN DER", "lastName": "maur", "middleName": "aB", "email": "Maur@Example.COM",
        "birthDate": "1980-12-31", "gender": "female", "preferredLanguage": "fr_fr",
        "timeZone": "Europe_Paris", "blackListEmail": true,
        "blackListFaxLastModified": "2020-01-01T00:00:00Z",
        "mobilePhone": "+447700900123", "phone": "0606060606",
        "location": {"city": "Paris", "zipCode": "75001"},
    }));
    for (field, value) in [
        ("firstName", json!("In Der")),
        ("lastName", json!("Maur")),
        ("middleName", json!("aB")),
        ("email", json!("maur@example.com")),
        ("domain", json!("example.com")),
        ("title", json!("In Der Maur (maur@example.com)")),
        ("age", json!(39)),
        ("gender", json!("female")),
        ("blackListEmail", json!(true)),
        ("blackListEmailLastModified", json!("2020-03-01 12:00:00.000Z")),
        ("blackListFaxLastModified", json!("2020-01-01 00:00:00.000Z")),
        ("mobilePhone", json!("+447700900123")),
        ("phone", json!("0606060606")),
    ] {
        assert_eq!(record[field], value, "{field}");
    }
    assert_eq!(record["postalAddress"]["line6"], "75001 PARIS");
    assert_eq!(record["location"]["address1"], "");
}

#[test]
fn a_flag_that_changes_moves_its_own_stamp_and_a_channels_that_of_all() {
    const ALL: &str = "blackListAllLastModified";
    let mock = Mock::start();
    let now = json!("2020-03-01 12:00:00.000Z");
    for (flag, stamps) in [
        ("blackList", &[ALL, "blackListLastModified"][..]),
        ("blackListEmail", &[ALL, "blackListEmailLastModified"]),
        ("blackListFax", &[ALL, "blackListFaxLastModified"]),
        ("blackListMobile", &[ALL, "blackListMobileLastModified"]),
        ("blackListPhone", &[ALL, "blackListPhoneLastModified"]),
        ("blackListPostalMail", &[ALL, "blackListPostalMailLastModified"]),
        ("blackListPushnotification", &[ALL]),
        ("ccpaOptOut", &["ccpaOptOutLastModified"]),
    ] {
        let record = mock.profile(&json!({flag: true}));
        assert_eq!(record[flag], true);
        for (name, value) in record.as_object().unwrap() {
            if name.ends_with("LastModified") {
                let expected = if stamps.contains(&name.as_str()) { &now } else { &json!("") };
                assert_eq!(value, expected, "{name} after {flag}");
            }
        }
    }
}

#[test]
fn the_stamp_of_all_channels_moves_with_the_last_of_them() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"blackListEmail": true}));
    mock.advance(std::time::Duration::from_secs(60));
    assert_eq!(mock.patch(&pkey, &json!({"blackListFax": true})).status, 200);
    let stamp = |name: &str| mock.read(&pkey)[name].clone();
    assert_eq!(stamp("blackListAllLastModified"), "2020-03-01 12:01:00.000Z");
    assert_eq!(stamp("blackListEmailLastModified"), "2020-03-01 12:00:00.000Z");
    // A value that is sent counts, and so does a flag that goes back.
    mock.advance(std::time::Duration::from_secs(60));
    let sent = json!({"blackListFax": false, "blackListAllLastModified": "2001-02-03 04:05:06Z"});
    assert_eq!(mock.patch(&pkey, &sent).status, 200);
    assert_eq!(stamp("blackListAllLastModified"), "2001-02-03 04:05:06.000Z");
    assert_eq!(mock.patch(&pkey, &json!({"blackListEmail": false})).status, 200);
    assert_eq!(stamp("blackListAllLastModified"), "2020-03-01 12:02:00.000Z");
}

#[test]
fn an_address_block_is_made_of_names_and_places() {
    let mock = Mock::start();
    let (salutation, name) = ("S".repeat(20), "n".repeat(50));
    let record = mock.profile(&json!({
        "salutation": salutation, "firstName": &name[..30], "lastName": name,
        "location": {
            "address1": "c/o Ann", "address2": "2nd floor", "address3": "1 Rue É",
            "address4": "BP 4", "city": "Paris", "zipCode": "75001", "countryCode": "FR",
        },
    }));
    let first = format!("{salutation} N{} {}", "n".repeat(29), "N".repeat(28));
    assert_eq!(first.len(), 80);
    let lines = [&first, "C/O ANN", "2ND FLOOR", "1 RUE É", "BP 4", "75001 PARIS"];
    let expected = json!({
        "addrDefined": false, "addrErrorCount": 0, "addrLastCheck": "", "addrQuality": "0",
        "line1": lines[0], "line2": lines[1], "line3": lines[2], "line4": lines[3],
        "line5": lines[4], "line6": lines[5], "serialized": lines.join("\n"),
    });
    assert_eq!(record["postalAddress"], expected);

    for (body, line1, line6) in [
        (json!({"salutation": "Mr"}), "Mr", ""),
        (json!({"lastName": "Doe", "location": {"city": "Oslo"}}), "DOE", "OSLO"),
        (json!({"firstName": "Ann", "location": {"zipCode": "0150"}}), "Ann", "0150"),
    ] {
        let block = &mock.profile(&body)["postalAddress"];
        assert_eq!((&block["line1"], &block["line6"]), (&json!(line1), &json!(line6)), "{body}");
    }
}

#[test]
fn every_writable_member_of_a_record_can_be_sent_back() {
    let mock = Mock::start();
    let record = mock.read(&demo_pkey(&mock));
    let writable: serde_json::Map<String, Value> = record
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| {
            Model::default().profile().field(name).unwrap().access == Access::Writable
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    assert!(writable.len() > 25);
    let copy = mock.profile(&Value::Object(writable.clone()));
    for (name, value) in writable {
        assert_eq!(copy[&name], value, "{name}");
    }
}

#[test]
fn a_patch_answers_key_and_address_and_leaves_the_rest() {
    let mock = Mock::start();
    let pkey =
        mock.pkey(&json!({"firstName": "Ann", "location": {"city": "Oslo", "zipCode": "1"}}));
    let answer = mock.patch(&pkey, &json!({"lastName": "lee", "location": {"zipCode": "0150"}}));
    assert_eq!(answer.status, 200);
    let expected =
        format!(r#"{{"PKey":"{pkey}","href":"http://mock.localhost{PROFILES}/{pkey}"}}"#);
    assert_eq!(answer.body, expected);
    let record = mock.read(&pkey);
    assert_eq!(record["title"], "Ann Lee");
    assert_eq!(record["location"]["city"], "Oslo");
    assert_eq!(record["location"]["zipCode"], "0150");
}

#[test]
fn an_empty_patch_is_answered_and_changes_nothing() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"firstName": "Ann"}));
    let before = mock.read(&pkey);
    mock.advance(std::time::Duration::from_secs(60));
    assert_eq!(mock.patch(&pkey, &json!({})).status, 200);
    assert_eq!(mock.read(&pkey), before);
    assert_eq!(mock.patch(&pkey, &json!({"phone": "1"})).status, 200);
    assert_eq!(mock.read(&pkey)["lastModified"], "2020-03-01 12:01:00.000Z");
    assert_eq!(mock.read(&pkey)["created"], "2020-03-01 12:00:00.000Z");
}

#[test]
fn a_patch_can_answer_the_record() {
    let settings =
        campaign_mock::config::Settings { patch_returns: PatchReturns::Record, ..settings() };
    let mock = Mock::with(settings);
    let pkey = mock.pkey(&json!({"firstName": "Ann"}));
    let answer = mock.patch(&pkey, &json!({"ccpaOptOut": true}));
    assert_eq!(answer.json(), mock.read(&pkey));
    assert_eq!(answer.json()["ccpaOptOut"], json!(true));
}

#[test]
fn spellings_of_an_address_are_one_address() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"firstName": "Ann"}));
    let id = &pkey[1..];
    for target in [
        format!("/acme/campaign/profileAndServices/profile/{pkey}/"),
        format!("/acme/campaign//profileAndServices//profile//{pkey}"),
        format!("//acme/campaign/profileAndServices/profile/{pkey}//"),
        format!("/acme/campaign/profileAndServices/profile/%40{id}"),
        format!("/acme/campaign/profileAndServices/profile%2F%40{id}"),
    ] {
        let answer = mock.get(&target);
        assert_eq!((answer.status, &answer.json()["PKey"]), (200, &json!(pkey)), "{target}");
    }
    let ccpa_page = mock.get(&format!("/acme/campaign/profilesAndServices/profile/{pkey}"));
    assert_eq!(ccpa_page.status, 200);
    let subscriptions = ccpa_page.json()["subscriptions"]["href"].as_str().unwrap().to_owned();
    assert!(subscriptions.contains("/campaign/profilesAndServices/profile/@"));
    for target in [
        "/acme/campaign/profilesAndServices/profile/",
        "/acme/campaign/profileAndServices//profile//",
    ] {
        assert_eq!(mock.post(target, &json!({})).status, 201, "{target}");
    }
}

#[test]
fn a_fixture_has_the_same_pkey_on_every_start_and_in_no_other_tenant() {
    let (first, second) = (Mock::start(), Mock::start());
    let pkey = demo_pkey(&first);
    assert_eq!(demo_pkey(&second), pkey);
    let other = first.get(&format!("/acme-w3/campaign/profileAndServices/profile/{pkey}"));
    assert_eq!(other.status, 500);
    assert!(other.body.contains("XTK-170036"), "{}", other.body);
}

#[test]
fn hrefs_follow_the_caller_or_the_public_url() {
    let mock = Mock::start();
    let key = mock.api_key().to_owned();
    let bearer = format!("Bearer {}", mock.token());
    let headers =
        [("X-Api-Key", key.as_str()), ("Authorization", &bearer), ("X-Forwarded-Proto", "https")];
    let answer = mock.raw("POST", PROFILES, &headers, "{}");
    let href = answer.json()["href"].as_str().unwrap().to_owned();
    assert!(href.starts_with("https://mock.localhost/acme/"), "{href}");

    let settings = campaign_mock::config::Settings {
        public_url: Some("https://mc.adobe.io".to_owned()),
        ..settings()
    };
    let href = Mock::with(settings).profile(&json!({}))["href"].as_str().unwrap().to_owned();
    assert!(
        href.starts_with("https://mc.adobe.io/acme/campaign/profileAndServices/profile/@"),
        "{href}"
    );
}

#[test]
fn what_is_read_again_is_as_old_as_the_clock_says() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"birthDate": "1980-03-02"}));
    assert_eq!(mock.read(&pkey)["age"], 39);
    mock.advance(std::time::Duration::from_secs(12 * 3600));
    assert_eq!(mock.read(&pkey)["age"], 40);
    mock.patch(&pkey, &json!({"birthDate": ""}));
    assert_eq!(mock.read(&pkey)["age"], 0);
}

/// Bodies that are refused, by what is wrong with them.
const REFUSED: [(&str, &str); 25] = [
    ("unknown property", r#"{"frstName": "A"}"#),
    ("wrong letter case", r#"{"ccpaoptout": true}"#),
    ("unknown nested property", r#"{"location": {"zip": "1"}}"#),
    ("read-only age", r#"{"age": 30}"#),
    ("another PKey", r#"{"PKey": "@x"}"#),
    ("read-only postalAddress", r#"{"postalAddress": {"line1": "x"}}"#),
    ("bad enumeration", r#"{"gender": "invalid"}"#),
    ("bad language", r#"{"preferredLanguage": "English"}"#),
    ("bad time zone", r#"{"timeZone": "Europe/Paris"}"#),
    ("text for a boolean", r#"{"ccpaOptOut": "true"}"#),
    ("number for a boolean", r#"{"ccpaOptOut": 1}"#),
    ("null for a boolean", r#"{"ccpaOptOut": null}"#),
    ("number for a text", r#"{"firstName": 5}"#),
    ("object for a text", r#"{"firstName": {"a": 1}}"#),
    ("text for an element", r#"{"location": "Paris"}"#),
    ("bad date", r#"{"birthDate": "1980-02-30"}"#),
    ("bad date-time", r#"{"ccpaOptOutLastModified": "yesterday"}"#),
    ("bad email", r#"{"email": "not an address"}"#),
    ("bare word", "@gibberish"),
    ("bare word inside", r#"{"ccpaOptOut": yes}"#),
    ("not closed", r#"{"firstName": "A""#),
    ("an array", "[]"),
    ("a constant", "true"),
    ("nothing", ""),
    ("a quote in the value", r#"{"gender": "x' \" é"}"#),
];

#[test]
fn bodies_that_are_refused() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"firstName": "Ann"}));
    let before = mock.read(&pkey);
    let mut shown = String::new();
    for (name, body) in REFUSED {
        let posted = mock.call("POST", PROFILES, body);
        let patched = mock.call("PATCH", &format!("{PROFILES}/{pkey}"), body);
        assert_eq!(posted.shown(), patched.shown(), "{name}");
        assert_eq!(posted.header("content-type"), Some("application/json"));
        assert!(posted.json().is_string(), "{name}");
        shown.push_str(&format!("--- {name}\n{}\n", posted.shown()));
    }
    insta::assert_snapshot!("refused_bodies", shown);
    assert_eq!(mock.read(&pkey), before);
    assert_eq!(mock.get(&format!("{PROFILES}/_count")).json(), json!({"count": 13}));
}

#[test]
fn addresses_that_are_refused() {
    let (mock, other) = (Mock::start(), Mock::start());
    // Genuine, but of a record that this database does not have.
    let missing = other.pkey(&json!({}));
    let genuine = demo_pkey(&mock);
    let tampered = format!("{}{}", &genuine[..40], genuine[40..].chars().rev().collect::<String>());
    let mut shown = String::new();
    for (name, method, target, body) in [
        ("sample of the reference", "GET", "profileAndServices/profile/@O5iRp40EGA".to_owned(), ""),
        ("tampered", "GET", format!("profileAndServices/profile/{tampered}"), ""),
        ("tampered on PATCH", "PATCH", format!("profileAndServices/profile/{tampered}"), "{}"),
        ("missing record", "GET", format!("profileAndServices/profile/{missing}"), ""),
        (
            "missing record on PATCH",
            "PATCH",
            format!("profileAndServices/profile/{missing}"),
            r#"{"fax":"1"}"#,
        ),
        (
            "missing record on empty PATCH",
            "PATCH",
            format!("profileAndServices/profile/{missing}"),
            "{}",
        ),
        ("plain key", "GET", "profileAndServices/profile/adobe_nl".to_owned(), ""),
        ("stray comma on POST", "POST", "profileAndServices/profile/,".to_owned(), "{}"),
        ("stray segment", "GET", format!("profileAndServices/profile/{genuine}/x/y"), ""),
        ("other resource", "GET", "profileAndServices/delivery".to_owned(), ""),
        ("other API", "GET", "head/privacyTool".to_owned(), ""),
        ("no API", "GET", String::new(), ""),
        ("body before address", "PATCH", "profileAndServices/profile/@x".to_owned(), "@gibberish"),
        ("body before resource", "PATCH", "profileAndServicesExt/nope/@x".to_owned(), "@gibberish"),
        ("PATCH on the list", "PATCH", "profileAndServices/profile".to_owned(), "{}"),
        ("PUT", "PUT", format!("profileAndServices/profile/{genuine}"), "{}"),
        ("DELETE on the list", "DELETE", "profileAndServices/profile".to_owned(), ""),
    ] {
        let answer = mock.call(method, &format!("/acme/campaign/{target}"), body);
        shown.push_str(&format!("--- {name}: {method}\n{}\n", answer.shown()));
    }
    insta::assert_snapshot!("refused_addresses", shown);
}

#[test]
fn one_call_for_all_that_a_client_may_put_into_a_text() {
    let mock = Mock::start();
    for text in
        ["a'b\"c", "%_\\", "emoji 😀", "nul \u{0} byte", "<script>", "'; DROP TABLE profile; --"]
    {
        let pkey = mock.pkey(&json!({"externalId": text}));
        assert_eq!(mock.read(&pkey)["externalId"], json!(text));
    }
}
