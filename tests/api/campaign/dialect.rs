//! The switches between what sources contradict each other about: the v8 product, and error bodies
//! of plain text (`docs/reference/campaign-standard.md` §10, §20).

use std::fmt::Write as _;
use std::time::Duration;

use campaign_mock::http::{Dialect, ErrorBody};
use serde_json::{Value, json};

use crate::driver::{Mock, PROFILES, members, settings};

const CAMPAIGN: &str = "/acme/campaign";
const EXTENDED: &str = "/acme/campaign/profileAndServicesExt";
const SERVICES: &str = "/acme/campaign/profileAndServices/service";

/// A server that imitates the v8 product.
fn v8() -> Mock {
    let mut settings = settings();
    settings.dialect = Dialect::V8;
    Mock::with(settings)
}

/// Both products, Campaign Standard first.
fn both() -> [Mock; 2] {
    [Mock::start(), v8()]
}

/// The first profile of the demo seed.
fn john(mock: &Mock) -> String {
    let list = mock.get(&format!("{PROFILES}?_lineCount=1")).json();
    list["content"][0]["PKey"].as_str().unwrap().to_owned()
}

/// Calls that are refused, for reasons whose texts differ between the products.
fn refusals(mock: &Mock) -> String {
    let john = john(mock);
    let calls = [
        ("bad PKey in the URI", "GET", format!("{PROFILES}/@jksad"), json!(null)),
        (
            "bad PKey in the body",
            "PATCH",
            format!("{EXTENDED}/profile/{john}"),
            json!({"orgUnit": {"PKey": "@jksad"}}),
        ),
        ("unknown key in the URI", "GET", format!("{SERVICES}/adobe_nl"), json!(null)),
        (
            "unknown key in the body",
            "POST",
            format!("{PROFILES}/{john}/subscriptions"),
            json!({"service": {"PKey": "adobe_nl"}}),
        ),
        ("bad enumeration", "PATCH", format!("{PROFILES}/{john}"), json!({"gender": "invalid"})),
        ("bad email", "PATCH", format!("{PROFILES}/{john}"), json!({"email": "x"})),
        ("unknown property", "PATCH", format!("{PROFILES}/{john}"), json!({"zipCode": "1"})),
        ("read-only property", "PATCH", format!("{PROFILES}/{john}"), json!({"age": 1})),
        ("other key in the body", "PATCH", format!("{SERVICES}/SVC1"), json!({"name": "SVC4"})),
        ("key taken", "POST", SERVICES.to_owned(), json!({"name": "SVC1"})),
        ("unknown filter", "GET", format!("{PROFILES}/byPhone"), json!(null)),
        ("unknown resource", "GET", format!("{CAMPAIGN}/profileAndServices/x"), json!(null)),
        (
            "undeclared parameter",
            "POST",
            format!("{CAMPAIGN}/workflow/execution/WKF1/activities/activity/signal1/trigger"),
            json!({"source": "API", "parameters": {"x": 1}}),
        ),
    ];
    let mut shown = String::new();
    for (name, method, target, body) in calls {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = mock.call(method, &target, &body);
        let _ = writeln!(shown, "--- {name}\n{}\n{}", answer.status, answer.body);
    }
    shown
}

#[test]
fn the_products_refuse_with_other_words() {
    let [standard, v8] = both();
    insta::assert_snapshot!("refusals_of_campaign_standard", refusals(&standard));
    let of_v8 = refusals(&v8);
    assert!(!of_v8.contains("RST-"), "{of_v8}");
    insta::assert_snapshot!("refusals_of_v8", of_v8);
}

#[test]
fn a_single_record_of_v8_says_where_it_is() {
    let [standard, v8] = both();
    for path in ["profileAndServices/service/SVC1", "workflow/execution/WKF1"] {
        let target = format!("{CAMPAIGN}/{path}");
        assert_eq!(standard.get(&target).json().get("href"), None, "{path}");
        let record = v8.get(&target).json();
        let parent = target.rsplit_once('/').unwrap().0;
        let href = format!("http://mock.localhost{parent}/{}", record["PKey"].as_str().unwrap());
        assert_eq!(record["href"], json!(href));
    }
}

#[test]
fn v8_counts_the_values_of_a_field() {
    let [standard, v8] = both();
    let target = format!("{PROFILES}/email?_lineCount=5");
    assert_eq!(members(&standard.get(&target).body), ["content", "next"]);
    let list = v8.get(&target);
    assert_eq!(members(&list.body), ["content", "count", "next", "serverSidePagination"]);
    assert_eq!(list.json()["content"], standard.get(&target).json()["content"]);
    let href = list.json()["count"]["href"].as_str().unwrap().to_owned();
    let counted = v8.get(href.strip_prefix("http://mock.localhost").unwrap());
    assert_eq!(counted.json(), json!({"count": 12}));
    assert_eq!(v8.get(&format!("{PROFILES}/email")).json()["count"]["value"], 12);
}

#[test]
fn v8_fills_what_links_lead_to_in_the_answer_to_a_post() {
    let [standard, v8] = both();
    let subscribed = |mock: &Mock| {
        let pkey = mock.pkey(&json!({"email": "new@example.com"}));
        let service = mock.get(&format!("{SERVICES}/SVC2")).json()["PKey"].clone();
        let target = format!("{PROFILES}/{pkey}/subscriptions");
        let answer = mock.post(&target, &json!({"service": {"PKey": service}}));
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    };
    let (brief, full) = (subscribed(&standard), subscribed(&v8));
    assert_eq!(members(&brief["service"].to_string()), ["PKey", "title"]);
    assert_eq!((&brief["serviceName"], &brief["email"]), (&json!(""), &json!("")));
    assert_eq!(members(&full["service"].to_string()), ["PKey", "href", "label", "name", "title"]);
    assert_eq!(full["service"]["label"], "Weekly Offers");
    assert_eq!((&full["serviceName"], &full["email"]), (&json!("SVC2"), &json!("new@example.com")));
}

#[test]
fn v8_repeats_a_message_and_takes_a_channel() {
    let mock = v8();
    let events = format!("{CAMPAIGN}/mcacme/EVTcartAbandonment");
    let ctx = json!({"cartAmount": "$ 125"});
    let body = json!({"email": "a@example.com", "wishedChannel": "email", "ctx": ctx});
    let answer = mock.post(&events, &body);
    assert_eq!(answer.status, 201, "{}", answer.body);
    let sent = answer.json();
    assert_eq!((&sent["ctx"], &sent["email"]), (&ctx, &body["email"]));
    mock.advance(Duration::from_secs(3));
    let read = mock.get(&format!("{CAMPAIGN}/{}", sent["href"].as_str().unwrap())).json();
    assert_eq!((&read["status"], &read["href"]), (&json!("processed"), &sent["href"]));
}

#[test]
fn v8_has_nothing_to_say_to_an_empty_patch() {
    let mock = v8();
    let (pkey, before) = (john(&mock), mock.read(&john(&mock)));
    let answer = mock.patch(&pkey, &json!({}));
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(mock.read(&pkey), before);
    assert_eq!(mock.patch("@jksad", &json!({})).status, 404);
    assert_eq!(mock.patch(&pkey, &json!({"fax": "1"})).status, 200);
}

#[test]
fn v8_takes_a_location_when_a_profile_is_made_and_not_later() {
    let mock = v8();
    let pkey = mock.pkey(&json!({"location": {"zipCode": "10001"}}));
    let answer = mock.patch(&pkey, &json!({"location": {"zipCode": "94203"}}));
    let text = "'zipCode' property is not valid for the 'profile' resource.";
    assert_eq!((answer.status, answer.json()), (500, json!(text)));
    assert_eq!(mock.read(&pkey)["location"]["zipCode"], "10001");
}

#[test]
fn v8_has_lost_some_resources() {
    let [standard, v8] = both();
    for (target, kept) in [
        (format!("{CAMPAIGN}/profileAndServices/history/byEmail"), false),
        (format!("{CAMPAIGN}/profileAndServices/resourceType/history"), false),
        (format!("{EXTENDED}/orgUnitBase"), false),
        (format!("{EXTENDED}/geoUnitBase"), false),
        (format!("{EXTENDED}/orgUnitBase/metadata"), false),
        (format!("{CAMPAIGN}/privacy/privacyTool"), false),
        (PROFILES.to_owned(), true),
        (SERVICES.to_owned(), true),
        (format!("{EXTENDED}/cusPurchase"), true),
        (format!("{CAMPAIGN}/customResources/cusProduct"), true),
        (format!("{CAMPAIGN}/workflow/execution/WKF1"), true),
    ] {
        assert_eq!(standard.get(&target).status, 200, "{target}");
        assert_eq!(v8.get(&target).status, if kept { 200 } else { 404 }, "{target}");
    }
    let names = |mock: &Mock| {
        let resources = mock.get(EXTENDED);
        members(&resources.body)
    };
    let lost = ["geoUnitBase", "history", "orgUnitBase"];
    let left: Vec<_> =
        names(&standard).into_iter().filter(|name| !lost.contains(&name.as_str())).collect();
    assert_eq!(names(&v8), left);
}

#[test]
fn v8_does_without_the_by_of_custom_filters() {
    let [standard, v8] = both();
    let found = |mock: &Mock, path: &str| {
        let answer = mock.get(&format!("{EXTENDED}/{path}"));
        (answer.status == 200).then(|| answer.json()["content"].as_array().map(Vec::len)).flatten()
    };
    let (long, short) = (
        "profile/byCustomerId?customerId_parameter=C-1001",
        "profile/customerId?customerId_parameter=C-1001",
    );
    assert_eq!((found(&standard, long), found(&v8, long)), (Some(1), Some(1)));
    assert_eq!((found(&standard, short), found(&v8, short)), (None, Some(1)));
    assert_eq!(found(&v8, "cusPurchase/reference?reference_parameter=P-1001"), Some(1));
    // A field keeps its name; so do the filters that Adobe ships.
    assert_eq!(found(&v8, "profile/email?email=john.doe@example.com"), Some(12));
    assert_eq!(found(&v8, "profile/text?text=John"), None);
}

#[test]
fn data_of_linked_records_is_ignored_or_refused() {
    let [standard, v8] = both();
    let target = format!("{EXTENDED}/cusPurchase");
    let body = json!({"cusReference": "P-2001", "cusBuyer": {"firstName": "Ann"}});
    let made = standard.post(&target, &body);
    assert_eq!((made.status, &made.json()["cusBuyer"]), (201, &Value::Null), "{}", made.body);
    let refused = v8.post(&target, &body);
    let text = "'firstName' property is not valid for the 'cusPurchase' resource.";
    assert_eq!((refused.status, refused.json()), (500, json!(text)));
    assert_eq!(v8.get(&format!("{target}/_count")).json(), json!({"count": 2}));
    let buyer = json!({"PKey": john(&v8)});
    let body = json!({"cusReference": "P-2001", "cusBuyer": buyer});
    assert_eq!(v8.post(&target, &body).json()["cusBuyer"]["PKey"], buyer["PKey"]);
}

#[test]
fn v8_shows_opt_out_and_time_zone_as_extensions_only() {
    const MOVED: [&str; 3] = ["ccpaOptOut", "ccpaOptOutLastModified", "timeZone"];
    let [standard, v8] = both();
    for root in ["profileAndServices", "profilesAndServices", "profileAndServicesExt"] {
        let target = format!("{CAMPAIGN}/{root}/profile");
        let shown = |mock: &Mock| {
            let record = mock.get(&format!("{target}/{}", john(mock)));
            let fields = mock.get(&format!("{target}/metadata")).json()["content"].to_string();
            let list = mock.get(&target).json()["content"][0].to_string();
            [record.body, list, fields].map(|body| {
                let names = members(&body);
                MOVED.map(|name| names.contains(&name.to_owned()))
            })
        };
        assert_eq!(shown(&standard), [[true; 3]; 3], "{root}");
        assert_eq!(shown(&v8), [[root == "profileAndServicesExt"; 3]; 3], "{root}");
    }

    let pkey = john(&v8);
    for name in MOVED {
        let answer = v8.patch(&pkey, &json!({name: ""}));
        let text = format!("'{name}' property is not valid for the 'profile' resource.");
        assert_eq!((answer.status, answer.json()), (500, json!(text)));
        assert_eq!(v8.get(&format!("{PROFILES}?_order={name}")).status, 500, "{name}");
        assert_eq!(v8.get(&format!("{EXTENDED}/profile?_order={name}")).status, 200, "{name}");
    }
    let target = format!("{EXTENDED}/profile/{pkey}");
    let body = json!({"ccpaOptOut": true, "timeZone": "Europe_Paris"});
    assert_eq!(v8.call("PATCH", &target, &body.to_string()).status, 200);
    let read = v8.get(&target).json();
    assert_eq!((&read["ccpaOptOut"], &read["timeZone"]), (&json!(true), &json!("Europe_Paris")));
    assert_eq!(v8.ledger(&pkey).len(), 1);
}

#[test]
fn v8_does_not_tell_the_parameters_of_a_signal() {
    let [standard, v8] = both();
    let target = format!("{CAMPAIGN}/workflow/execution/WKF1");
    let signal = |mock: &Mock| {
        let workflow = mock.get(&target).json();
        members(&workflow["activities"]["activity"]["signal1"].to_string())
    };
    assert_eq!(signal(&standard), ["PKey", "name", "parameters", "trigger"]);
    assert_eq!(signal(&v8), ["PKey", "name", "trigger"]);
}

#[test]
fn errors_can_be_text_with_a_line_for_each_message() {
    let mut settings = settings();
    settings.error_body = ErrorBody::Text;
    let mock = Mock::with(settings);
    insta::assert_snapshot!("refusals_as_text", refusals(&mock));
    for (method, target, status) in [
        ("GET", format!("{PROFILES}/@jksad"), 500),
        ("GET", format!("{SERVICES}/adobe_nl"), 404),
        ("PUT", PROFILES.to_owned(), 405),
    ] {
        let answer = mock.call(method, &target, "");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("text/plain;charset=utf-8")),
            "{method} {target}"
        );
    }
    // What succeeds is JSON as ever, and so are the gateway's refusals.
    assert_eq!(mock.get(PROFILES).header("content-type"), Some("application/json"));
    for (headers, status) in [
        (vec![], 403),
        (vec![("X-Api-Key", mock.api_key())], 403),
        (vec![("X-Api-Key", mock.api_key()), ("Authorization", "Bearer x")], 401),
    ] {
        let answer = mock.raw("GET", PROFILES, &headers, "");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/json"))
        );
        assert!(answer.json()["error_code"].is_string(), "{}", answer.body);
    }
    let unknown = mock.get("/nobody/campaign/profileAndServices/profile");
    assert_eq!((unknown.status, &unknown.json()["code"]), (500, &json!(500)));
}
