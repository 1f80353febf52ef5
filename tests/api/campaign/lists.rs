//! The profile list: envelope, pages, counts (`docs/reference/campaign-standard.md` §4).

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use campaign_mock::config::SeedSource;
use serde_json::{Value, json};

use crate::driver::{Mock, PROFILES, credentials, members, settings};

pub fn follow(mock: &Mock, href: &Value) -> Value {
    let target = href.as_str().unwrap().strip_prefix("http://mock.localhost").unwrap();
    let answer = mock.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.body);
    answer.json()
}

/// The content of all pages from this one on.
pub fn all(mock: &Mock, target: &str) -> Vec<Value> {
    let first = mock.get(target);
    assert_eq!(first.status, 200, "{target}: {}", first.body);
    rest(mock, first.json())
}

/// The content of a page and of those that follow it.
fn rest(mock: &Mock, mut page: Value) -> Vec<Value> {
    let mut content = Vec::new();
    loop {
        content.extend(page["content"].as_array().unwrap().iter().cloned());
        if page["next"].is_null() {
            return content;
        }
        page = follow(mock, &page["next"]["href"]);
    }
}

/// What records have in a field.
fn values(records: &[Value], field: &str) -> Vec<Value> {
    records.iter().map(|record| record[field].clone()).collect()
}

#[test]
fn a_list_that_fits_says_how_many() {
    let mock = Mock::start();
    let answer = mock.get(PROFILES);
    assert_eq!(members(&answer.body), ["content", "count", "serverSidePagination"]);
    let list = answer.json();
    assert_eq!(list["content"].as_array().unwrap().len(), 12);
    assert_eq!(list["count"]["value"], 12);
    assert_eq!(list["serverSidePagination"], true);
    let first = &list["content"][0];
    let href = format!("http://mock.localhost{PROFILES}/{}", first["PKey"].as_str().unwrap());
    assert_eq!(first["href"], json!(href));
    assert_eq!(follow(&mock, &list["count"]["href"]), json!({"count": 12}));
}

#[test]
fn an_empty_list_is_a_list() {
    let answer = Mock::empty().get(PROFILES);
    assert_eq!(answer.status, 200);
    let list = answer.json();
    assert_eq!(list["content"], json!([]));
    assert_eq!(list["count"]["value"], 0);
    assert_eq!(list["next"], Value::Null);
}

#[test]
fn pages_follow_each_other_to_the_last() {
    let mock = Mock::start();
    let whole = mock.get(PROFILES).json();
    let mut page = mock.get(&format!("{PROFILES}?_lineCount=5&limit=3")).json();
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let content = page["content"].as_array().unwrap();
        sizes.push(content.len());
        seen.extend(content.iter().map(|record| record["PKey"].clone()));
        assert_eq!(page["count"]["value"], Value::Null);
        assert_eq!(follow(&mock, &page["count"]["href"]), json!({"count": 12}));
        if page["next"].is_null() {
            break;
        }
        page = follow(&mock, &page["next"]["href"]);
    }
    assert_eq!(sizes, [5, 5, 2]);
    let expected: Vec<_> =
        whole["content"].as_array().unwrap().iter().map(|record| record["PKey"].clone()).collect();
    assert_eq!(seen, expected);
}

#[test]
fn the_default_page_has_twenty_five_lines() {
    let mock = Mock::empty();
    for _ in 0..26 {
        mock.pkey(&json!({}));
    }
    let list = mock.get(PROFILES).json();
    assert_eq!(list["content"].as_array().unwrap().len(), 25);
    let rest = follow(&mock, &list["next"]["href"]);
    assert_eq!(rest["content"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
}

#[test]
fn a_page_that_is_exactly_full_has_no_next() {
    let mock = Mock::start();
    let list = mock.get(&format!("{PROFILES}?_lineCount=12")).json();
    assert_eq!((&list["next"], &list["count"]["value"]), (&Value::Null, &json!(12)));
}

#[test]
fn paging_parameters_that_are_refused() {
    let mock = Mock::start();
    let page = mock.get("/acme-w3/campaign/profileAndServices/profile?_lineCount=1").json();
    let foreign = page["next"]["href"].as_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let mut shown = String::new();
    for query in ["_lineCount=x", "_lineCount=0", "_lineCount=-1", "_lineStart=@abc"] {
        let _ =
            writeln!(shown, "--- {query}\n{}", mock.get(&format!("{PROFILES}?{query}")).shown());
    }
    insta::assert_snapshot!("refused_paging", shown);
    let other_tenant = mock.get(&format!("{PROFILES}?_lineStart={foreign}"));
    assert_eq!(other_tenant.status, 500);
}

#[test]
fn a_big_table_pages_only_when_forced_to() {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    fs::write(org.join("profile.ndjson"), "{}\n".repeat(100_001)).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);

    let list = mock.get(PROFILES).json();
    assert_eq!(list["serverSidePagination"], false);
    assert_eq!(list["next"], Value::Null);
    assert_eq!(list["count"]["value"], Value::Null);
    assert_eq!(follow(&mock, &list["count"]["href"]), json!({"count": 100_001}));
    let forced = mock.get(&format!("{PROFILES}?_forcePagination=true")).json();
    assert_eq!(forced["serverSidePagination"], true);
    let next = follow(&mock, &forced["next"]["href"]);
    assert_eq!(next["content"].as_array().unwrap().len(), 25);
}

/// Every list of the demo seed, with what is needed to call it.
const LISTS: [&str; 9] = [
    "profileAndServicesExt/profile",
    "profileAndServicesExt/history",
    "profileAndServicesExt/service",
    "profileAndServicesExt/orgUnitBase",
    "profileAndServicesExt/geoUnitBase",
    "profileAndServicesExt/cusPurchase",
    "customResources/cusProduct",
    "privacy/privacyTool",
    "mcacme/EVTcartAbandonment",
];

/// A few more records than the demo seed has, so that every field has values that differ and values
/// that are the same.
fn varied() -> Mock {
    let mock = Mock::start();
    let post = |list: &str, body: Value| {
        let answer = mock.post(&format!("/acme/campaign/{list}"), &body);
        assert_eq!(answer.status, 201, "{list}: {}", answer.body);
        mock.advance(Duration::from_secs(60));
    };
    for (at, name) in ["Ann", "Zoë", "ann lee", "", "Bo"].into_iter().enumerate() {
        let (even, day) = (at % 2 == 0, at + 1);
        post(
            "profileAndServicesExt/profile",
            json!({
                "firstName": name, "lastName": if even { "Maur" } else { "a" },
                "email": if name.is_empty() { String::new() } else { format!("{}{at}@x.io", &name[..1]) },
                "birthDate": if even { format!("19{}0-02-0{day}", 9 - at) } else { String::new() },
                "fax": day.to_string(), "phone": (10 * at).to_string(), "salutation": "Dr",
                "middleName": name, "thumbnail": name, "externalId": name, "gender": "male",
                "emailFormat": "text", "blackListEmail": even, "blackListFax": !even,
                "blackListMobile": even, "blackListPhone": even, "blackListPostalMail": even,
                "blackListPushnotification": even, "ccpaOptOut": even, "cusHobby": name,
                "cusScore": at.pow(3), "cusVisits": 11 * at, "cusVip": even, "cusTier": "silver",
                "cusMemberSince": format!("2020-01-0{day}"),
                "cusLastVisit": format!("2020-01-0{day}T10:00:00Z"),
            }),
        );
        post(
            "profileAndServicesExt/service",
            json!({
                "label": name, "desc": name, "limitedDuration": even, "mode": "viral",
                "validityDuration": at * 7, "end": format!("2021-01-0{day}"), "thumbnail": name,
            }),
        );
        post(
            "profileAndServicesExt/cusPurchase",
            json!({"cusReference": format!("Q{at}"), "cusAmount": ([0.0, 9.5, -1.25, 9.5, 100.0][at])}),
        );
        post(
            "customResources/cusProduct",
            json!({"cusSku": format!("K{}", 9 - at), "cusLabel": name, "cusPrice": at % 3}),
        );
        post("mcacme/EVTcartAbandonment", json!({"email": format!("p{}@x.io", at / 2)}));
        post(
            "privacy/privacyTool",
            json!({
                "name": format!("PT{}", 5 - at), "regulation": "gdpr",
                "label": if name.is_empty() { "-" } else { name },
                "type": if even { "access" } else { "delete" },
                "namespaceName": "defaultNamespace1", "reconciliationValue": "nobody@x.io",
            }),
        );
    }
    mock
}

/// Which of two values of a field comes first.
fn compared(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().unwrap().total_cmp(&other.as_f64().unwrap())
        }
        _ => panic!("{one} and {other} have no order"),
    }
}

#[test]
fn every_sortable_field_orders_its_list_both_ways() {
    let mock = varied();
    for list in LISTS {
        let url = format!("/acme/campaign/{list}");
        let created = values(&all(&mock, &url), "PKey");
        let metadata = mock.get(&format!("{url}/metadata")).json();
        let fields = metadata["content"].as_object().unwrap();
        assert!(fields.values().any(|field| field["sortable"] == true), "{list}");
        for (field, described) in fields {
            let ascending = format!("{url}?_order={field}&_lineCount=3");
            let descending = format!("{url}?_lineCount=4&_order={field}%20desc");
            if described["sortable"] == false {
                assert_eq!(mock.get(&ascending).status, 500, "{ascending}");
                continue;
            }
            let up = all(&mock, &ascending);
            assert_eq!(up.len(), created.len(), "{ascending}");
            let place = |record: &Value| created.iter().position(|pkey| *pkey == record["PKey"]);
            for pair in up.windows(2) {
                // A message does not repeat its phone number.
                let (Some(_), Some(_)) = (pair[0].get(field), pair[1].get(field)) else { continue };
                let order = compared(&pair[0][field], &pair[1][field]);
                assert_ne!(order, Ordering::Greater, "{ascending}: {pair:?}");
                // Years tell less than the birthdays they are counted from.
                let tells = if field == "age" { "birthDate" } else { field };
                if pair[0][tells] == pair[1][tells] {
                    assert!(place(&pair[0]) < place(&pair[1]), "{ascending}");
                }
            }
            let mut down = values(&all(&mock, &descending), "PKey");
            down.reverse();
            assert_eq!(down, values(&up, "PKey"), "{descending}");
        }
    }
}

#[test]
fn an_order_has_as_many_spellings_as_clients() {
    let mock = Mock::start();
    let ask = |order: &str| values(&all(&mock, &format!("{PROFILES}?_order={order}")), "email");
    let ascending = ask("email");
    assert!(ascending.windows(2).all(|pair| compared(&pair[0], &pair[1]) != Ordering::Greater));
    for order in ["email%20asc", "email+asc", "email%2520asc", "email%20ASC", "%20email", "email+"]
    {
        assert_eq!(ask(order), ascending, "{order}");
    }
    let descending: Vec<_> = ascending.into_iter().rev().collect();
    for order in ["email%20desc", "email%2520desc", "email+desc", "email%2Bdesc", "email%20DESC"] {
        assert_eq!(ask(order), descending, "{order}");
    }
    let created = values(&all(&mock, PROFILES), "email");
    assert_eq!(ask(""), created);
}

#[test]
fn orders_that_are_refused() {
    let mock = Mock::start();
    let mut shown = String::new();
    for query in [
        "profile?_order=shoeSize",
        "profile?_order=EMAIL",
        "profile?_order=location",
        "profile?_order=subscriptions",
        "profile?_order=PKey",
        "profile?_order=cusHobby",
        "profile?_order=email%20down",
        "profile?_order=email%20desc%20desc",
        "profile?_order=email,lastName",
        "profile?_order=email%00",
        "profile?_order=%27",
        "profile/email?_order=href",
        "history?_order=events",
        "service?_order=orgUnit",
    ] {
        let answer = mock.get(&format!("/acme/campaign/profileAndServices/{query}"));
        let _ = writeln!(shown, "--- {query}\n{}", answer.shown());
    }
    insta::assert_snapshot!("refused_orders", shown);
}

/// Names that a page of three divides after `C`.
fn five(mock: &Mock) -> Vec<String> {
    ["B", "E", "C", "A", "D"].map(|name| mock.pkey(&json!({"lastName": name}))).into()
}

#[test]
fn pages_go_on_when_the_record_they_ended_with_is_gone_or_changed() {
    for query in ["_order=lastName", "_order=lastName%20desc", "_order=title", ""] {
        // By what the last record of the first page becomes, if it is changed and not deleted.
        for change in [None, Some("0"), Some("Z"), Some("C"), Some("")] {
            let mock = Mock::empty();
            five(&mock);
            let target = format!("{PROFILES}?{query}&_lineCount=3");
            let before = values(&all(&mock, &target), "PKey");
            let page = mock.get(&target).json();
            let last = page["content"][2]["PKey"].as_str().unwrap();
            let (verb, body) = match change {
                None => ("DELETE", String::new()),
                Some(name) => ("PATCH", json!({"lastName": name}).to_string()),
            };
            assert_eq!(mock.call(verb, &format!("{PROFILES}/{last}"), &body).status, 200);
            let after = values(&rest(&mock, page.clone()), "PKey");
            assert_eq!(after, before, "{query} {change:?}");
        }
    }
}

#[test]
fn pages_go_on_when_each_of_their_last_records_goes() {
    let mock = Mock::empty();
    five(&mock);
    let target = format!("{PROFILES}?_order=lastName&_lineCount=1");
    let mut page = mock.get(&target).json();
    let mut seen = Vec::new();
    loop {
        let record = &page["content"][0];
        seen.push(record["lastName"].clone());
        let pkey = record["PKey"].as_str().unwrap();
        assert_eq!(mock.call("DELETE", &format!("{PROFILES}/{pkey}"), "").status, 200);
        if page["next"].is_null() {
            break;
        }
        page = follow(&mock, &page["next"]["href"]);
    }
    assert_eq!(seen, ["A", "B", "C", "D", "E"]);
    assert_eq!(mock.get(PROFILES).json()["count"]["value"], 0);
}

#[test]
fn pages_of_a_filter_go_on_when_their_last_record_no_longer_passes_it() {
    for (filter, change) in [
        ("byText?text=x", json!({"lastName": "Y", "email": ""})),
        ("byText?text=x", json!({"email": "xa@a.io"})),
        ("byText?text=x", json!({"email": "xz@a.io"})),
        ("byText?text=x&_order=email", json!({"email": "a@a.io"})),
        ("birthday?day=1&month=1", json!({"birthDate": ""})),
        ("birthday?day=1&month=1&_order=birthDate%20desc", json!({"birthDate": ""})),
    ] {
        let mock = Mock::empty();
        for name in ["b", "e", "c", "a", "d"] {
            mock.pkey(&json!({"email": format!("x{name}@a.io"), "birthDate": "1980-01-01"}));
        }
        let join = if filter.contains('?') { '&' } else { '?' };
        let target = format!("{PROFILES}/{filter}{join}_lineCount=2");
        let before = values(&all(&mock, &target), "PKey");
        let page = mock.get(&target).json();
        let last = page["content"][1]["PKey"].as_str().unwrap();
        assert_eq!(mock.patch(last, &change).status, 200);
        let mut after = values(&rest(&mock, page.clone()), "PKey");
        // One that has moved on from its page is met again.
        let again = after.iter().rposition(|pkey| pkey == last).filter(|at| *at >= 4);
        again.map(|at| after.remove(at));
        assert_eq!(after, before, "{filter} {change}");
    }
}

#[test]
fn the_values_of_one_field_are_a_list_of_their_own() {
    let mock = Mock::start();
    let profiles = mock.get(PROFILES).json();
    let records = profiles["content"].as_array().unwrap();
    for field in ["email", "PKey", "age", "ccpaOptOut", "location", "href"] {
        let answer = mock.get(&format!("{PROFILES}/{field}"));
        assert_eq!(members(&answer.body), ["content"], "{field}");
        assert_eq!(answer.json()["content"], json!(values(records, field)), "{field}");
    }
    let answer = mock.get(&format!("{PROFILES}/email?_lineCount=10"));
    assert_eq!(members(&answer.body), ["content", "next"]);
    let page = answer.json();
    let next = page["next"]["href"].as_str().unwrap();
    let start = format!("http://mock.localhost{PROFILES}/email?_lineCount=10&_lineStart=@");
    assert_eq!(next.strip_prefix(&start).map(str::len), Some(48), "{next}");
    assert_eq!(rest(&mock, page.clone()), values(records, "email"));
    let first = mock.get(&format!("{PROFILES}/PKey?_lineCount=1")).json();
    assert_eq!(first["content"], json!([records[0]["PKey"]]));

    let ordered = all(&mock, &format!("{PROFILES}/email?_order=email%20desc&_lineCount=5"));
    let mut expected = values(records, "email");
    expected.sort_by(|one, other| compared(other, one));
    assert_eq!(ordered, expected);
    let filtered = mock.get(&format!("{PROFILES}/byText/lastName?text=J")).json();
    assert_eq!(filtered, json!({"content": ["Roe", "Doe", "Jones"]}));
}

#[test]
fn one_field_of_one_record_is_a_bare_value() {
    let mock = Mock::start();
    let record = mock.get(PROFILES).json()["content"][0].clone();
    let pkey = record["PKey"].as_str().unwrap();
    assert_eq!(mock.get(&format!("{PROFILES}/{pkey}/email")).body, "\"john.doe@example.com\"");
    for field in ["age", "blackList", "location", "birthDate", "href", "PKey", "postalAddress"] {
        let answer = mock.get(&format!("{PROFILES}/{pkey}/{field}/"));
        assert_eq!(answer.json(), record[field], "{field}");
    }
    for stray in ["email/x", "shoeSize", "cusHobby", "location/city"] {
        assert_eq!(mock.get(&format!("{PROFILES}/{pkey}/{stray}")).status, 404, "{stray}");
    }
}

#[test]
fn keys_with_signs_are_addressed_encoded() {
    let mock = Mock::start();
    let services = "/acme/campaign/profileAndServices/service";
    for (name, sent) in
        [("A+B", "A%2BB"), ("A+B", "A+B"), ("50%", "50%25"), ("%2F", "%252F"), ("a b", "a%20b")]
    {
        let created = mock.post(services, &json!({"name": name}));
        assert!([201, 500].contains(&created.status), "{}", created.body);
        let answer = mock.get(&format!("{services}/{sent}"));
        assert_eq!(answer.status, 200, "{sent}: {}", answer.body);
        assert_eq!(answer.json()["name"], name);
    }
}

#[test]
fn answers_are_json_in_byte_order_without_location_or_etag() {
    fn sorted(value: &Value) -> bool {
        match value {
            Value::Object(members) => members.keys().is_sorted() && members.values().all(sorted),
            Value::Array(items) => items.iter().all(sorted),
            _ => true,
        }
    }
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({}));
    for (method, target, body) in [
        ("GET", PROFILES.to_owned(), ""),
        ("GET", format!("{PROFILES}/{pkey}"), ""),
        ("GET", format!("{PROFILES}/metadata"), ""),
        ("GET", "/acme/campaign/profileAndServicesExt/history".to_owned(), ""),
        ("GET", "/acme/campaign/profileAndServicesExt/cusPurchase".to_owned(), ""),
        ("POST", PROFILES.to_owned(), "{}"),
        ("PATCH", format!("{PROFILES}/{pkey}"), "{\"fax\":\"1\"}"),
        ("GET", format!("{PROFILES}/byPhone"), ""),
    ] {
        let answer = mock.call(method, &target, body);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{target}");
        assert_eq!(answer.header("x-request-id"), Some("test"));
        assert_eq!((answer.header("etag"), answer.header("location")), (None, None));
        assert!(sorted(&answer.json()), "{target}");
    }
}

#[test]
fn a_body_of_any_content_type_or_none_is_json() {
    let mock = Mock::start();
    let key = mock.api_key().to_owned();
    let bearer = format!("bearer {}", mock.token());
    for content_type in [None, Some("text/plain"), Some("application/json;charset=utf-8")] {
        let mut headers = vec![
            ("x-api-key", key.as_str()),
            ("AUTHORIZATION", &bearer),
            ("Cache-Control", "no-cache"),
        ];
        headers.extend(content_type.map(|content_type| ("content-type", content_type)));
        let answer = mock.raw("POST", &format!("{PROFILES}/"), &headers, "{}");
        assert_eq!(answer.status, 201, "{content_type:?}: {}", answer.body);
        let id = answer.header("x-request-id").unwrap();
        assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
    }
}
