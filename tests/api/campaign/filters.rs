//! Filters and orders of lists (`docs/reference/campaign-standard.md` §4, §18).

use std::fmt::Write as _;
use std::fs;

use campaign_mock::config::SeedSource;
use serde_json::{Value, json};

use super::lists::{all, follow};
use crate::driver::{Mock, PROFILES, settings};

const EXT: &str = "/acme/campaign/profileAndServicesExt";

/// What the records of a list have in a field. Its count says the same number, inside and behind its
/// href.
fn found(mock: &Mock, target: &str, field: &str) -> Vec<Value> {
    let answer = mock.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.body);
    let list = answer.json();
    let records = list["content"].as_array().unwrap();
    assert_eq!(list["count"]["value"], json!(records.len()), "{target}");
    assert_eq!(follow(mock, &list["count"]["href"]), json!({"count": records.len()}), "{target}");
    records.iter().map(|record| record[field].clone()).collect()
}

fn emails(mock: &Mock, target: &str) -> Vec<String> {
    let name = |email: &Value| email.as_str().unwrap().split('@').next().unwrap().to_owned();
    found(mock, target, "email").iter().map(name).collect()
}

/// Every byte that is no letter or digit, percent-encoded.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The `PKey` of the first record of a list.
fn first(mock: &Mock, target: &str) -> String {
    mock.get(target).json()["content"][0]["PKey"].as_str().unwrap().to_owned()
}

/// Filters of profiles that Adobe ships, and whom of the demo seed they find on 2020-03-01.
const FILTERS: [(&str, &[&str]); 47] = [
    ("byEmail?email=john.doe@example.com", &["john.doe"]),
    ("byEmail?email=john.doe%40example.com", &["john.doe"]),
    ("byEmail?email=JOHN.DOE@example.com", &["john.doe"]),
    ("byEmail?email=john.doe", &[]),
    ("byEmail?email=%2A", &[]),
    ("byKeysProfile?email=maur@example.net", &["maur"]),
    ("byKeysProfile?email=nobody@example.net", &[]),
    // In order of the text found: John, Jones.
    ("byText?text=Jo", &["john.doe", "ajones"]),
    ("byText?text=jo", &["john.doe"]),
    ("byText?text=JO", &[]),
    ("byText?text=ohn", &[]),
    ("byText?text=John%20D", &[]),
    ("byText?text=Mar%C3%ADa", &["mj.garcia"]),
    ("byText?text=O%27B", &["zoe.obrien"]),
    ("byText?text=In+Der", &["maur"]),
    ("byText?text=Jo&filterType=firstName", &["john.doe"]),
    ("byText?text=Jo&filterType=lastName", &["ajones"]),
    ("byText?text=Jo&filterType=email", &[]),
    ("byText?text=john.doe@example.com&filterType=email", &["john.doe"]),
    ("byText?text=12AD&filterType=externalId", &["ajones"]),
    ("birthday?type=absolute&operator=equal&day=31&month=12", &["john.doe"]),
    ("birthday?day=29&month=2", &["mj.garcia"]),
    ("birthday?day=14&month=07&endDay=&endMonth=", &["camille.martin"]),
    ("birthday", &[]),
    ("birthday?operator=between&day=28&month=2&endDay=29&endMonth=2", &["jane.roe", "mj.garcia"]),
    (
        "birthday?operator=between&day=28&month=2&endDay=29&endMonth=2&includeStart=false",
        &["mj.garcia"],
    ),
    (
        "birthday?operator=between&day=28&month=2&endDay=29&endMonth=2&includeEnd=false",
        &["jane.roe"],
    ),
    (
        "birthday?operator=between&day=28&month=2&endDay=29&endMonth=2&includeStart=false&includeEnd=false",
        &[],
    ),
    // Over New Year.
    ("birthday?operator=between&day=30&month=12&endDay=28&endMonth=2", &["john.doe", "jane.roe"]),
    ("birthday?type=relative&relativeValue=today", &[]),
    ("birthday?type=relative&relativeValue=yesterday", &["mj.garcia"]),
    ("birthday?type=relative&relativeValue=tomorrow", &[]),
    ("birthday?type=relative&relativeValue=nextUnits&nextUnitsValue=134", &[]),
    ("birthday?type=relative&relativeValue=nextUnits&nextUnitsValue=135", &["camille.martin"]),
    ("birthday?type=relative&relativeValue=nextUnits&nextUnitsValue=0", &[]),
    (
        "birthday?type=relative&relativeValue=nextUnits&nextUnitsValue=2147483647",
        &["john.doe", "jane.roe", "camille.martin", "mj.garcia"],
    ),
    (
        "birthday?type=relative&relativeValue=previousUnits&previousUnitsValue=61",
        &["john.doe", "jane.roe", "mj.garcia"],
    ),
    ("subscribers?service=SVC1", &["john.doe", "jane.roe"]),
    ("subscribers?service=SVC2", &["john.doe"]),
    ("hasReceivedDelivery?delivery=DM1", &["john.doe", "jane.roe"]),
    ("hasReceivedDelivery?delivery=DM2", &["john.doe"]),
    ("hasReceivedDelivery?delivery=DM3", &[]),
    ("hasOpenedDelivery?delivery=DM1", &["john.doe", "jane.roe"]),
    ("hasOpenedDelivery?delivery=DM2", &[]),
    ("hasClickedDelivery?delivery=DM1", &["john.doe"]),
    ("byStaticAudience?audience=VIP", &["john.doe", "camille.martin"]),
    ("byStaticAudience?audience=vip", &[]),
];

#[test]
fn filters_of_profiles_and_of_their_history_find_the_same() {
    let mock = Mock::start();
    for (filter, expected) in FILTERS {
        for resource in ["profile", "history", "History", "profile.json", "/profile/"] {
            let target = format!("/acme/campaign/profileAndServices/{resource}/{filter}");
            assert_eq!(emails(&mock, &target), expected, "{target}");
        }
    }
    let jane = first(&mock, &format!("{PROFILES}/byEmail?email=jane.roe@example.com"));
    let service = first(&mock, "/acme/campaign/profileAndServices/service/byText?text=SVC1");
    for (filter, expected) in [
        (format!("profile?profile={jane}"), &["jane.roe"][..]),
        (format!("profile?profile={}", encoded(&jane)), &["jane.roe"]),
        (format!("subscribers?service={service}"), &["john.doe", "jane.roe"]),
    ] {
        for resource in ["profile", "history"] {
            let target = format!("{EXT}/{resource}/{filter}");
            assert_eq!(emails(&mock, &target), expected, "{target}");
        }
    }
}

#[test]
fn filters_of_other_resources() {
    let mock = Mock::start();
    let both: &[&str] = &["SVC1", "SVC2"];
    for (filter, expected) in [
        ("byText?text=Sport", &["SVC1"][..]),
        ("byText?text=SVC", both),
        ("byText?text=sport", &[]),
        ("byText?text=SVC&filterType=label", &[]),
        ("byText?text=S", &["SVC1", "SVC2"]),
        ("byChannel?channel=email", &["SVC1"]),
        ("byChannel?channel=sms", &["SVC2"]),
        ("byTargetResource?targetResource=profile", both),
        ("byTargetResource?targetResource=cusPurchase", &[]),
        ("byPlanning?startDate=2019-10-01", &["SVC2"]),
        ("byPlanning?endDate=2020-12-30", &["SVC1"]),
        ("byPlanning?startDate=2019-09-26&endDate=2020-12-31", both),
        ("byPlanning?startDate=2019-10-01&endDate=", &["SVC2"]),
        ("byPlanning?startDate=2019-10-02", &[]),
    ] {
        let target = format!("/acme/campaign/profileAndServices/service/{filter}");
        assert_eq!(found(&mock, &target, "name"), expected, "{target}");
    }
    for (target, field, expected) in [
        (format!("{EXT}/orgUnitBase/byText?text=Br"), "name", &["brand4"][..]),
        (format!("{EXT}/geoUnitBase/byText?text=em"), "name", &["emea"]),
        (
            format!("{EXT}/cusPurchase/byReference?reference_parameter=P-1002"),
            "cusReference",
            &["P-1002"],
        ),
        (format!("{EXT}/cusPurchase/byReference?reference_parameter=P-10"), "cusReference", &[]),
    ] {
        assert_eq!(found(&mock, &target, field), expected, "{target}");
    }
}

#[test]
fn filters_of_transactional_messages() {
    let mock = Mock::start();
    let events = "/acme/campaign/mcacme/EVTcartAbandonment";
    for email in ["a@example.com", "b@example.com"] {
        assert_eq!(mock.post(events, &json!({"email": email})).status, 201);
    }
    for (filter, expected) in [
        ("byEmail?email=a@example.com", 1),
        ("byEmail?email=c@example.com", 0),
        ("byStatusOrType?status=pending", 2),
        ("byStatusOrType?status=processed", 0),
        ("byStatusOrType?type=x", 0),
        ("byStatusOrType?status=pending&type=", 2),
        ("byStatusOrType/byEmail?status=pending&email=b@example.com", 1),
    ] {
        let target = format!("{events}/{filter}");
        assert_eq!(found(&mock, &target, "PKey").len(), expected, "{target}");
    }
}

#[test]
fn what_a_customer_adds_is_found_through_the_extended_api() {
    let mock = Mock::start();
    for (filter, expected) in [
        ("byCustomerId?customerId_parameter=C-1002", &["jane.roe"][..]),
        ("byCustomerId?customerId_parameter=C-10", &[]),
        ("byCustomerId?customerId_parameter=c-1002", &[]),
        ("byCustomerId?cusCustomerId=C-1002&customerId_parameter=C-1001", &["john.doe"]),
        ("byText?cusHobby=Dancing&filterType=Hobby", &["john.doe"]),
        ("byText?cusHobby=Dan&filterType=cusHobby", &["john.doe"]),
        ("byText?text=Dan&filterType=Hobby", &["john.doe"]),
        ("byText?text=dan&filterType=Hobby", &[]),
        ("byText?text=C-1&filterType=CustomerId", &["john.doe", "jane.roe"]),
    ] {
        let target = format!("{EXT}/profile/{filter}");
        assert_eq!(emails(&mock, &target), expected, "{target}");
    }
    let history = format!("{EXT}/history/byText?text=C-1002&filterType=CustomerId");
    assert_eq!(found(&mock, &history, "cusCustomerId"), ["C-1002"]);
    let plain = mock.get(&format!("{PROFILES}/byCustomerId?customerId_parameter=C-1002"));
    assert_eq!(plain.status, 500, "{}", plain.body);
}

#[test]
fn a_customer_s_filter_reads_its_parameter_as_its_field_is() {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    for file in fs::read_dir("fixtures/seed/acme").unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), org.join(file.file_name())).unwrap();
    }
    let mut model = fs::read_to_string(org.join("model.ndjson")).unwrap();
    for field in
        ["cusScore", "cusVip", "cusTier", "cusMemberSince", "cusLastVisit", "created", "domain"]
    {
        let line = json!({
            "declare": "filter", "on": "profile", "name": format!("by{field}"),
            "parameters": {"v": field},
        });
        let _ = writeln!(model, "{line}");
    }
    let both = json!({
        "declare": "filter", "on": "profile", "name": "byidentification_key",
        "parameters": {"category": "cusTier", "crm_id": "cusCustomerId"},
    });
    let _ = writeln!(model, "{both}");
    fs::write(org.join("model.ndjson"), model).unwrap();
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);
    let visit = json!({"email": "visitor@x.io", "cusLastVisit": "2020-01-02T03:04:05Z"});
    assert_eq!(mock.post(&format!("{EXT}/profile"), &visit).status, 201);
    for (filter, value, expected) in [
        ("cusScore", "12.5", &["john.doe"][..]),
        ("cusScore", "1.25e1", &["john.doe"]),
        ("cusVip", "true", &["john.doe"]),
        ("cusVip", "1", &["john.doe"]),
        ("cusTier", "silver", &["jane.roe"]),
        ("cusMemberSince", "2019-09-26", &["john.doe"]),
        ("cusLastVisit", "2020-01-02%2003:04:05.000Z", &["visitor"]),
        ("cusLastVisit", "2020-01-02T03:04:05Z", &["visitor"]),
        ("created", "2019-09-26%2009:04:11.310Z", &["jane.roe"]),
        ("domain", "example.org", &["camille.martin", "yuki.tanaka"]),
    ] {
        let target = format!("{EXT}/profile/by{filter}?v_parameter={value}");
        assert_eq!(emails(&mock, &target), expected, "{target}");
    }
    for (query, expected) in [
        ("category_parameter=gold&crm_id_parameter=C-1001", &["john.doe"][..]),
        ("category_parameter=gold&crm_id_parameter=C-1002", &[]),
        ("category_parameter=silver&crm_id_parameter=C-1001", &[]),
    ] {
        let target = format!("{EXT}/profile/byidentification_key?{query}");
        assert_eq!(emails(&mock, &target), expected, "{target}");
    }
    for (filter, value) in [
        ("cusScore", "x"),
        ("cusVip", "yes"),
        ("cusTier", "tin"),
        ("cusLastVisit", "x"),
        ("created", ""),
    ] {
        let answer = mock.get(&format!("{EXT}/profile/by{filter}?v_parameter={value}"));
        assert_eq!(answer.status, 500, "{filter}: {}", answer.body);
    }
}

#[test]
fn filters_in_a_row_all_hold() {
    let mock = Mock::start();
    for (filters, expected) in [
        ("byText/subscribers?text=J&service=SVC1", &["john.doe", "jane.roe"][..]),
        ("byText/subscribers?text=J&service=SVC2", &["john.doe"]),
        ("byText%2Fsubscribers?text=J&service=SVC2", &["john.doe"]),
        ("subscribers%2fbyText?text=J&service=SVC2", &["john.doe"]),
        ("byText//subscribers/?text=J&service=SVC2", &["john.doe"]),
        ("byText/byText/byText?text=Jo", &["john.doe", "ajones"]),
        ("hasReceivedDelivery/hasOpenedDelivery?delivery=DM2", &[]),
        (
            "birthday/byStaticAudience/byEmail?day=14&month=7&audience=VIP&email=camille.martin@example.org",
            &["camille.martin"],
        ),
        ("byEmail/byText?email=john.doe@example.com&text=Jane", &[]),
    ] {
        for resource in ["profile", "history"] {
            let target = format!("/acme/campaign/profileAndServices/{resource}/{filters}");
            assert_eq!(emails(&mock, &target), expected, "{target}");
        }
    }
    for target in [
        format!("{PROFILES}/byText/subscribers/_count?text=J&service=SVC1"),
        format!("{PROFILES}/byText%2Fsubscribers%2F_count?text=J&service=SVC1"),
        format!("{PROFILES}//byText/subscribers/_count?text=J&service=SVC1&_lineStart=@x"),
    ] {
        assert_eq!(mock.get(&target).json(), json!({"count": 2}), "{target}");
    }
    // However often a filter is named.
    let many = format!("{PROFILES}/{}?email=john.doe@example.com", "byEmail/".repeat(5000));
    let answer = mock.get(&many);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["count"]["value"], 1);
}

#[test]
fn collections_of_a_record_are_filtered_ordered_and_counted() {
    let mock = Mock::start();
    let john = first(&mock, &format!("{PROFILES}/byEmail?email=john.doe@example.com"));
    let record = mock.get(&format!("{EXT}/profile/{john}")).json();
    let purchases = record["cusPurchases"]["href"].as_str().unwrap();
    let purchases = purchases.strip_prefix("http://mock.localhost").unwrap();
    for (filter, expected) in [
        ("", &["P-1001"][..]),
        ("byReference?reference_parameter=P-1001", &["P-1001"]),
        ("byReference?reference_parameter=P-1002", &[]),
        ("/byReference%2F?reference_parameter=P-1001&_order=cusAmount%20desc", &["P-1001"]),
    ] {
        assert_eq!(found(&mock, &format!("{purchases}{filter}"), "cusReference"), expected);
    }
    for under in [
        format!("{PROFILES}/{john}/subscriptions/"),
        mock.read(&john)["subscriptions"]["href"].as_str().unwrap()
            ["http://mock.localhost".len()..]
            .to_owned(),
    ] {
        assert_eq!(found(&mock, &under, "serviceName"), ["SVC1", "SVC2"]);
        let ordered = format!("{under}?_order=created%20desc");
        assert_eq!(found(&mock, &ordered, "serviceName"), ["SVC2", "SVC1"]);
        assert_eq!(mock.get(&format!("{under}_count")).json(), json!({"count": 2}));
        let page = mock.get(&format!("{under}?_lineCount=1")).json();
        assert_eq!(page["count"]["value"], Value::Null);
        let next = follow(&mock, &page["next"]["href"]);
        assert_eq!(next["content"][0]["serviceName"], "SVC2");
        assert_eq!(next["next"], Value::Null);
        assert_eq!(mock.get(&format!("{under}byText?text=S")).status, 500);
    }
    let events = format!("/acme/campaign/profileAndServices/history/{john}/events/?_order=date");
    assert_eq!(
        found(&mock, &events, "date"),
        ["2019-10-05 07:00:00.000Z", "2019-11-05 07:00:00.000Z"]
    );
}

#[test]
fn filters_that_are_refused() {
    let mock = Mock::start();
    let mut shown = String::new();
    for target in [
        "profileAndServices/profile/byPhone?phone=1",
        "profileAndServices/profile/byCustomerId?customerId_parameter=C-1001",
        "profileAndServices/profile/byEmail/byPhone?email=a@b.io",
        "profileAndServices/profile/byText?text=A&filterType=gender",
        "profileAndServices/profile/byText?text=A&filterType=shoeSize",
        "profileAndServices/profile/birthday?day=32&month=1",
        "profileAndServices/profile/birthday?day=1&month=0",
        "profileAndServices/profile/birthday?day=9223372036854775807&month=1",
        "profileAndServices/profile/birthday?day=x&month=1",
        "profileAndServices/profile/birthday?type=relative&relativeValue=previousUnits&previousUnitsValue=-9223372036854775808",
        "profileAndServices/profile/birthday?type=relative&relativeValue=nextUnits&nextUnitsValue=99999999999",
        "profileAndServices/profile/profile?profile=@x",
        "profileAndServices/profile/subscribers?service=SVC9",
        "profileAndServices/service/byChannel?channel=fax",
        "profileAndServices/service/byPlanning?startDate=soon",
        "mcacme/EVTcartAbandonment/byStatusOrType?status=lost",
    ] {
        let answer = mock.get(&format!("/acme/campaign/{target}"));
        let _ = writeln!(shown, "--- {target}\n{}", answer.shown());
    }
    insta::assert_snapshot!("refused_filters", shown);
}

/// Texts that mean something to SQL, to patterns, to URLs or to C.
const ODD: [&str; 24] = [
    "'",
    "\"",
    "%",
    "%25",
    "_",
    "*",
    "?1",
    "$1",
    ":a",
    "\\",
    "\\u0000",
    "😀",
    "\u{0}",
    "a\u{0}b",
    "a\u{0}",
    "' OR '1'='1",
    "a;b--",
    "é",
    "e\u{301}",
    "\u{d7ff}",
    "\u{10ffff}",
    "a b",
    "+",
    "&=#/",
];

#[test]
fn filter_values_are_data() {
    let mock = Mock::start();
    let profiles = format!("{EXT}/profile");
    for text in ODD {
        let answer = mock.post(&profiles, &json!({"cusHobby": text, "cusCustomerId": text}));
        assert_eq!(answer.status, 201, "{text:?}: {}", answer.body);
    }
    for text in ODD {
        let sent = encoded(text);
        let hobbies = format!("{profiles}/byText?filterType=Hobby&cusHobby={sent}");
        let mut expected: Vec<_> =
            ODD.iter().filter(|other| other.starts_with(text)).copied().collect();
        expected.sort_unstable();
        assert_eq!(found(&mock, &hobbies, "cusHobby"), expected, "{text:?}");
        let id = format!("{profiles}/byCustomerId?customerId_parameter={sent}");
        assert_eq!(found(&mock, &id, "cusHobby"), [text], "{text:?}");
        for filter in ["byEmail?email", "byText?text", "hasReceivedDelivery?delivery"] {
            let target = format!("{profiles}/{filter}={sent}");
            assert_eq!(found(&mock, &target, "cusHobby"), Vec::<&str>::new(), "{target}");
        }
        if !text.contains('/') {
            let record = mock.get(&format!("{profiles}/{sent}"));
            assert_eq!(record.status, 200, "{text:?}: {}", record.body);
            assert_eq!(record.json()["cusHobby"], text);
        }
    }
    let mut ordered = ODD.to_vec();
    ordered.sort_unstable();
    let listed = all(&mock, &format!("{profiles}?_order=cusHobby&_lineCount=7"));
    let hobbies: Vec<_> =
        listed.iter().map(|record| record["cusHobby"].as_str().unwrap()).collect();
    let odd: Vec<_> = hobbies.into_iter().filter(|hobby| ODD.contains(hobby)).collect();
    assert_eq!(odd, ordered);
}

#[test]
fn queries_that_are_hardly_any_are_answered() {
    let mock = Mock::start();
    let long = "a".repeat(60_000);
    for query in [
        "byEmail?email=%",
        "byEmail?email=%zz",
        "byEmail?email=%ff%fe",
        "byEmail?email=%C3",
        "byEmail?email=%00",
        "byEmail?email=%F0%9F%98%80",
        "byText?text=%ED%A0%80",
        "byText?=&&&text=zzz",
        &format!("byEmail?email={long}"),
        &format!("byText?text={long}"),
        &format!("byText?text=A&filterType=email&x={long}"),
    ] {
        let shown: String = query.chars().take(60).collect();
        assert_eq!(emails(&mock, &format!("{PROFILES}/{query}")), Vec::<String>::new(), "{shown}");
    }
    for target in ["%ff", "%00", "a%2", "%", "%25", "😀", "..", "%2e%2e", &"b".repeat(60_000)] {
        let answer = mock.get(&format!("{PROFILES}/{target}"));
        let shown: String = target.chars().take(60).collect();
        assert!([400, 404].contains(&answer.status), "{shown}: {}", answer.status);
    }
    // Unknown parameters count for nothing.
    for query in
        ["limit=5&page=0", "email=john.doe@example.com", "_orders=x&_LINECOUNT=1&%", "&&=="]
    {
        assert_eq!(found(&mock, &format!("{PROFILES}?{query}"), "PKey").len(), 12, "{query}");
    }
}

/// The HTTP library takes no URL beyond 65 534 bytes, and refuses it before the server sees it.
#[test]
fn a_url_too_long_is_refused() {
    let mock = Mock::start();
    for (length, status) in [(65_000, 200), (100_000, 400), (1_000_000, 431)] {
        let answer = mock.get(&format!("{PROFILES}?x={}", "a".repeat(length)));
        assert_eq!(answer.status, status, "{length}");
    }
}
