//! Filters that a customer declares: their operators, and their ways over links
//! (`docs/reference/campaign-standard.md` §18.3).

use std::fmt::Write as _;
use std::fs;

use campaign_mock::seed::Seed;
use serde_json::{Value, json};

use super::support::{BASIC, EXT, column, create, refusal, with_model};
use crate::driver::{Mock, credentials};

/// Sales of a shop to profiles.
const SALES: &str = r#"{"declare":"field","on":"profile","name":"cusHobby","type":"text"}
{"declare":"resource","name":"cusShop","linkedToProfile":true}
{"declare":"field","on":"cusShop","name":"cusTown","type":"text","key":true}
{"declare":"resource","name":"cusSale","linkedToProfile":true}
{"declare":"field","on":"cusSale","name":"cusNumber","type":"text","key":true}
{"declare":"field","on":"cusSale","name":"cusAmount","type":"number"}
{"declare":"field","on":"cusSale","name":"cusDay","type":"date"}
{"declare":"field","on":"cusSale","name":"cusPaidAt","type":"dateTime"}
{"declare":"field","on":"cusSale","name":"cusGift","type":"boolean"}
{"declare":"field","on":"cusSale","name":"cusState","type":"enumeration","values":["open","sent","lost"]}
{"declare":"field","on":"cusSale","name":"cusBuyer","type":"link","to":"profile","collection":"cusSales"}
{"declare":"field","on":"cusSale","name":"cusShop","type":"link","to":"cusShop","collection":"cusShopSales"}
"#;

/// A server with that model and these filters: resource, name, and parameters.
fn with_filters(filters: &[(&str, &str, Value)]) -> Mock {
    let mut model = SALES.to_owned();
    for (on, name, parameters) in filters {
        let line = json!({"declare": "filter", "on": on, "name": name, "parameters": parameters});
        let _ = writeln!(model, "{line}");
    }
    with_model(&model)
}

fn by(field: &str, operator: &str) -> Value {
    json!({"v": {"field": field, "operator": operator}})
}

#[test]
fn refusals_name_the_parameter_that_was_sent() {
    let filters = [
        ("cusSale", "byState", json!({"s": {"field": "cusState", "operator": "in"}})),
        ("cusSale", "byDay", json!({"d": {"field": "cusDay", "operator": "<"}})),
        ("cusSale", "byGift", json!({"g": "cusGift"})),
        ("cusShop", "byPaid", json!({"p": {"field": "cusShopSales/cusPaidAt", "operator": ">"}})),
    ];
    let mock = with_filters(&filters);
    for (query, parameter) in [
        ("cusSale/byState?s_parameter=open,zz", "s_parameter"),
        ("cusSale/byDay?d_parameter=zz", "d_parameter"),
        ("cusSale/byGift?g_parameter=zz", "g_parameter"),
        ("cusShop/byPaid?p_parameter=zz", "p_parameter"),
    ] {
        let refused = mock.get(&format!("{EXT}/{query}"));
        assert_eq!(refused.status, 500, "{}", refused.body);
        let reason = refused.header("x-mock-reason").unwrap();
        assert!(reason.contains(&format!("'{parameter}'")), "{query}: {reason}");
        assert!(!reason.contains("'cus"), "{query}: {reason}");
    }
}

/// What a filter finds, by a field.
fn found(mock: &Mock, resource: &str, filter: &str, field: &str) -> Vec<Value> {
    let list = format!("{EXT}/{resource}/{filter}");
    let found = column(mock, &list, field);
    let (path, query) = filter.split_once('?').unwrap();
    let count = mock.get(&format!("{EXT}/{resource}/{path}/_count?{query}")).json();
    assert_eq!(count["count"], json!(found.len()), "{list}");
    found
}

#[test]
fn the_documented_filter_finds_who_spent_as_much_or_more() {
    let mock = Mock::start();
    let emails = |query: &str| found(&mock, "profile", query, "email");
    let (john, jane) = (json!("john.doe@example.com"), json!("jane.roe@example.com"));
    for (amount, expected) in [
        ("100", vec![john.clone()]),
        ("124.5", vec![john.clone()]),
        ("124.51", vec![]),
        ("25", vec![john.clone(), jane.clone()]),
        ("-1", vec![john.clone(), jane.clone()]),
    ] {
        assert_eq!(emails(&format!("byAmount?amount_parameter={amount}")), expected, "{amount}");
    }
    let query = "byAmount/byText?amount_parameter=25&text=Ja";
    assert_eq!(emails(query), std::slice::from_ref(&jane));
    let page = mock.get(&format!("{EXT}/profile/byAmount?amount_parameter=1&_lineCount=1")).json();
    let next = page["next"]["href"].as_str().unwrap().strip_prefix("http://mock.localhost");
    assert_eq!(mock.get(next.unwrap()).json()["content"][0]["email"], jane);
    let refused = mock.get(&format!("{EXT}/profile/byAmount?amount_parameter=much"));
    let text =
        "BAS-010040 Cannot convert 'much' (type text) to double type (bAS-010011 Invalid value).";
    assert_eq!(refusal(&refused), (500, text.to_owned()));
    let reason = "'amount_parameter' takes a number, not 'much' (text).";
    assert_eq!(refused.header("x-mock-reason"), Some(reason));
    assert_eq!(mock.get(&format!("{BASIC}/profile/byAmount?amount_parameter=1")).status, 500);

    // Another tenant has purchases of its own.
    let there = "/acme-w3/campaign/profileAndServicesExt";
    create(&mock, &format!("{there}/cusPurchase"), &json!({"cusReference": "X", "cusAmount": 999}));
    let list = format!("{there}/profile/byAmount?amount_parameter=900");
    assert_eq!(column(&mock, &list, "email"), Vec::<Value>::new());
}

/// Operator, what is asked, and the numbers of the sales that answer.
type Cases<'a> = &'a [(&'a str, &'a str, &'a [&'a str])];

#[test]
fn every_operator_compares_as_its_field_is() {
    let fields: &[(&str, Cases<'_>)] = &[
        (
            "cusAmount",
            &[
                ("=", "20", &["S2"]),
                ("!=", "20", &["S1", "S3", "S4"]),
                ("<", "20", &["S1", "S4"]),
                ("<=", "20", &["S1", "S2", "S4"]),
                (">", "20", &["S3"]),
                (">=", "2e1", &["S2", "S3"]),
                ("in", "9,%20100.5", &["S1", "S3"]),
                // Nothing is nought.
                ("<=", "", &["S4"]),
            ],
        ),
        (
            "cusDay",
            &[
                ("=", "2020-02-01", &["S2"]),
                ("!=", "2020-02-01", &["S1", "S3", "S4"]),
                ("<", "2020-02-01", &["S1"]),
                ("<=", "2020-02-01", &["S1", "S2"]),
                (">", "2020-02-01", &["S3"]),
                (">=", "2020-02-01", &["S2", "S3"]),
                ("in", "2020-01-01,2020-03-01", &["S1", "S3"]),
                ("!=", "", &["S1", "S2", "S3"]),
            ],
        ),
        (
            "cusPaidAt",
            &[
                ("<", "2020-02-01T10:00:00Z", &["S1"]),
                (">=", "2020-02-01%2010:00:00.000Z", &["S2"]),
                ("=", "2020-02-01T10:00:00Z", &["S2"]),
            ],
        ),
        (
            "cusNumber",
            &[
                ("=", "S2", &["S2"]),
                ("!=", "S2", &["S1", "S3", "S4"]),
                ("<", "S3", &["S1", "S2"]),
                (">=", "S3", &["S3", "S4"]),
                ("contains", "4", &["S4"]),
                ("contains", "s", &[]),
                ("beginsWith", "S", &["S1", "S2", "S3", "S4"]),
                ("beginsWith", "1", &[]),
                ("in", "S1,S4,S9", &["S1", "S4"]),
            ],
        ),
        ("cusGift", &[("=", "true", &["S1"]), ("!=", "1", &["S2", "S3", "S4"])]),
        (
            "cusState",
            &[
                ("=", "sent", &["S2"]),
                ("!=", "open", &["S2", "S3"]),
                ("in", "sent,lost", &["S2", "S3"]),
            ],
        ),
        ("created", &[(">=", "2020-03-01%2012:00:00.000Z", &["S1", "S2", "S3", "S4"])]),
        ("created", &[("<", "2020-03-01%2012:00:00.000Z", &[])]),
    ];
    let mut filters = Vec::new();
    let mut queries = Vec::new();
    for (field, cases) in fields {
        for (operator, value, expected) in *cases {
            let name = format!("byCase{}", filters.len());
            queries.push((format!("{name}?v_parameter={value}"), *expected, *field, *operator));
            filters.push(("cusSale", name, by(field, operator)));
        }
    }
    let filters: Vec<_> =
        filters.iter().map(|(on, name, by)| (*on, name.as_str(), by.clone())).collect();
    let mock = with_filters(&filters);
    let sales = format!("{EXT}/cusSale");
    for sale in [
        json!({"cusNumber": "S1", "cusAmount": 9, "cusDay": "2020-01-01", "cusGift": true,
            "cusPaidAt": "2020-01-01 10:00:00.000Z"}),
        json!({"cusNumber": "S2", "cusAmount": 20, "cusDay": "2020-02-01", "cusState": "sent",
            "cusPaidAt": "2020-02-01 10:00:00.000Z"}),
        json!({"cusNumber": "S3", "cusAmount": 100.5, "cusDay": "2020-03-01", "cusState": "lost"}),
        json!({"cusNumber": "S4"}),
    ] {
        create(&mock, &sales, &sale);
    }
    for (query, expected, field, operator) in queries {
        let found = found(&mock, "cusSale", &query, "cusNumber");
        assert_eq!(found, expected, "{field} {operator} {query}");
    }
    let refused =
        [("cusDay", ">", "soon"), ("cusState", "in", "sent,gone"), ("cusAmount", "in", "1,x")];
    for (field, operator, value) in refused {
        let mock = with_filters(&[("cusSale", "byV", by(field, operator))]);
        let answer = mock.get(&format!("{sales}/byV?v_parameter={value}"));
        assert_eq!(answer.status, 500, "{field} {operator} {value}: {}", answer.body);
    }
}

/// Ann of Oslo bought two things in Paris, Bob one in Rome; Ann has a subscription.
fn sell(mock: &Mock) {
    for town in ["Paris", "Rome"] {
        create(mock, &format!("{EXT}/cusShop"), &json!({"cusTown": town}));
    }
    let person = |email: &str, city: &str| {
        let body = json!({"email": email, "cusHobby": "Chess", "location": {"city": city}});
        create(mock, &format!("{EXT}/profile"), &body)["PKey"].clone()
    };
    let (ann, bob) = (person("ann@x.io", "Oslo"), person("bob@x.io", "Bern"));
    for (number, amount, day, buyer, town) in [
        ("S1", 200, "2019-01-01", &ann, "Paris"),
        ("S2", 5, "2020-01-01", &ann, "Paris"),
        ("S3", 150, "2020-02-01", &bob, "Rome"),
    ] {
        let body = json!({
            "cusNumber": number, "cusAmount": amount, "cusDay": day,
            "cusBuyer": {"PKey": buyer}, "cusShop": {"PKey": town},
        });
        create(mock, &format!("{EXT}/cusSale"), &body);
    }
    create(mock, &format!("{BASIC}/service"), &json!({"name": "SVC1"}));
    let subscriptions = format!("{BASIC}/service/SVC1/subscriptions");
    create(mock, &subscriptions, &json!({"subscriber": {"PKey": ann}}));
}

#[test]
fn a_path_leads_over_links_and_collections_and_into_elements() {
    let mock = with_filters(&[
        ("profile", "byTown", by("cusSales/cusShop/cusTown", "beginsWith")),
        ("profile", "byService", json!({"v": "subscriptions/service/name"})),
        ("profile", "byCity", by("location/city", "in")),
        ("cusSale", "byBuyer", by("cusBuyer/email", "contains")),
        ("cusSale", "byBuyersCity", json!({"v": "cusBuyer/location/city"})),
        ("cusSale", "byTownOnly", by("cusShop/cusTown", "!=")),
        ("cusShop", "bySoldTo", json!({"v": "cusShopSales/cusBuyer/email"})),
    ]);
    sell(&mock);
    for (resource, filter, field, expected) in [
        ("profile", "byTown?v_parameter=Par", "email", &["ann@x.io"][..]),
        ("profile", "byTown?v_parameter=", "email", &["ann@x.io", "bob@x.io"]),
        ("profile", "byTown?v_parameter=Oslo", "email", &[]),
        ("profile", "byService?v_parameter=SVC1", "email", &["ann@x.io"]),
        ("profile", "byService?v_parameter=SVC2", "email", &[]),
        ("profile", "byCity?v_parameter=Oslo,Bern", "email", &["ann@x.io", "bob@x.io"]),
        ("profile", "byCity?v_parameter=Bern", "email", &["bob@x.io"]),
        ("cusSale", "byBuyer?v_parameter=NN@", "cusNumber", &["S1", "S2"]),
        ("cusSale", "byBuyersCity?v_parameter=Bern", "cusNumber", &["S3"]),
        ("cusSale", "byTownOnly?v_parameter=Paris", "cusNumber", &["S3"]),
        ("cusShop", "bySoldTo?v_parameter=ann@x.io", "cusTown", &["Paris"]),
    ] {
        assert_eq!(found(&mock, resource, filter, field), expected, "{filter}");
    }
}

#[test]
fn what_is_asked_over_one_link_one_record_meets() {
    let both = json!({
        "amount": {"field": "cusSales/cusAmount", "operator": ">="},
        "day": {"field": "cusSales/cusDay", "operator": ">="},
    });
    let mixed = json!({
        "amount": {"field": "cusSales/cusAmount", "operator": ">="}, "hobby": "cusHobby",
    });
    let mock = with_filters(&[("profile", "byBoth", both), ("profile", "byMixed", mixed)]);
    sell(&mock);
    for (filter, expected) in [
        // Ann spent as much, and bought since, but not at once.
        ("byBoth?amount_parameter=100&day_parameter=2020-01-01", &["bob@x.io"][..]),
        ("byBoth?amount_parameter=100&day_parameter=2019-01-01", &["ann@x.io", "bob@x.io"]),
        ("byBoth?amount_parameter=1&day_parameter=2020-01-01", &["ann@x.io", "bob@x.io"]),
        ("byMixed?amount_parameter=180&hobby_parameter=Chess", &["ann@x.io"]),
        ("byMixed?amount_parameter=180&hobby_parameter=Golf", &[]),
    ] {
        assert_eq!(found(&mock, "profile", filter, "email"), expected, "{filter}");
    }
    let metadata = mock.get(&format!("{EXT}/profile/metadata")).json();
    let filters = metadata["filters"]["href"].as_str().unwrap();
    let filters = mock.get(filters.strip_prefix("http://mock.localhost").unwrap()).json();
    let condition = &filters["byBoth"]["condition"]["1"];
    assert_eq!(
        (&condition["expr"], &condition["setOperator"]),
        (&json!("cusSales"), &json!("EXISTS"))
    );
    let inner = &condition["condition"];
    assert_eq!(inner["2"]["expr"], "@cusAmount >= $(amount_parameter)");
    assert_eq!(inner["3"]["expr"], "@cusDay >= $(day_parameter)");
    assert_eq!(filters["byBoth"]["metadata"]["day_parameter"]["type"], "date");
}

#[test]
fn a_declaration_that_is_wrong_says_what_to_write() {
    for (parameter, fault) in [
        (json!("cusNope"), "'profile' has no field 'cusNope'"),
        (json!("cusNope/email"), "'profile' has no link or collection 'cusNope'"),
        (json!("cusSales/cusNope"), "'cusSale' has no field 'cusNope'"),
        (json!("cusSales"), "write 'cusSales/' and one of created, cusAmount, cusDay, cusGift, "),
        (json!("cusSales/cusShop"), "write 'cusSales/cusShop/' and one of created, cusTown, "),
        (json!("location"), "write 'location/' and one of address1, "),
        (json!("cusHobby/x"), "'profile' has no link or collection 'cusHobby'"),
        (json!("age"), "'age' cannot be compared"),
        (by("cusHobby", "gt"), "unknown variant `gt`, expected one of `=`, `!=`, `<`, `<=`"),
        (json!({"operator": ">"}), "missing field `field`: write the path of a field, such as"),
        (json!({"field": "cusHobby", "op": ">"}), "unknown field `op`"),
        (json!(7), "write the path of a field, such as \"cusHobby\", or {\"field\": "),
        (
            by("cusSales/cusGift", ">"),
            "'>' does not compare with 'cusSales/cusGift': write one of =, !=",
        ),
        (by("cusSales/cusAmount", "contains"), "write one of =, !=, <, <=, >, >=, in"),
        (by("cusSales/cusState", "<"), "write one of =, !=, in"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let org = folder.path().join("acme");
        fs::create_dir(&org).unwrap();
        credentials(&org);
        let line = json!({
            "declare": "filter", "on": "profile", "name": "byX",
            "parameters": {"v": if parameter["v"].is_null() { &parameter } else { &parameter["v"] }},
        });
        fs::write(org.join("model.ndjson"), format!("{SALES}{line}\n")).unwrap();
        let found = Seed::load(folder.path()).unwrap_err().to_string();
        assert!(found.contains("model.ndjson line 13: 'byX', parameter 'v': "), "{found}");
        assert!(found.contains(fault), "{found}");
    }
}
