//! Metadata of filters (`docs/reference/campaign-standard.md` §18.2, `docs/reference/data-model.md` §7).

use serde_json::{Value, json};

use super::lists::follow;
use super::metadata::{NINETEEN, RESOURCES, metadata};
use super::support::{GENERIC, refusal};
use crate::driver::{Mock, members};

const BASIC: &str = "/acme/campaign/profileAndServices";

/// The filters of a resource.
fn filters(mock: &Mock, resource: &str) -> Value {
    follow(mock, &metadata(mock, resource)["filters"]["href"])
}

/// What every condition and every parameter says, by the numbers and the names that they stand under.
fn check_conditions(conditions: &Value, filter: &str) {
    let conditions = conditions.as_object().unwrap();
    assert!(!conditions.is_empty(), "{filter}");
    for (number, condition) in conditions {
        assert_eq!(condition["internalId"], json!(number), "{filter}");
        assert!(["AND", "OR"].contains(&condition["boolOperator"].as_str().unwrap()), "{filter}");
        assert_ne!(condition["expr"].as_str().unwrap(), "", "{filter}");
        if condition["setOperator"] == "EXISTS" {
            check_conditions(&condition["condition"], filter);
        }
    }
}

#[test]
fn conditions_and_parameters_are_objects_and_forms_are_texts() {
    let mock = Mock::start();
    let mut seen = 0;
    for resource in RESOURCES {
        for (name, filter) in filters(&mock, resource).as_object().unwrap() {
            seen += 1;
            check_conditions(&filter["condition"], name);
            for condition in filter["condition"].as_object().unwrap().values() {
                assert_ne!(condition["enabledIf"].as_str().unwrap(), "", "{name}");
            }
            let is_page = name == "birthday";
            assert_eq!(filter["formType"], if is_page { "webPage" } else { "none" }, "{name}");
            assert_eq!(filter["webPage"].as_str().unwrap() != "", is_page, "{name}");
            assert_eq!((&filter["webPageName"], &filter["fragmentName"]), (&json!(""), &json!("")));
            assert_eq!(filter["resName"], json!(name));
            let key = filter["PKey"].as_str().unwrap();
            assert_eq!((key.len(), &key[..1]), (113, "@"), "{name}");
            for (parameter, described) in filter["metadata"].as_object().unwrap() {
                for member in NINETEEN {
                    assert!(described.get(member).is_some(), "{name}.{parameter}.{member}");
                }
                assert_eq!(described["apiName"], json!(parameter));
                assert!(described["PKey"].as_str().unwrap().starts_with(key), "{parameter}");
                let is_link = described["type"] == "link";
                assert_eq!(described["resTarget"].is_string(), is_link, "{name}.{parameter}");
                let is_list = described["type"] == "enumeration";
                assert_eq!(described["values"].is_object(), is_list, "{name}.{parameter}");
            }
        }
    }
    assert!(seen > 40, "{seen} filters");
}

#[test]
fn a_birthday_has_its_twelve_parameters_in_the_documented_order() {
    let mock = Mock::start();
    let birthday = filters(&mock, "profileAndServices/history")["birthday"].clone();
    let query = birthday["data"].as_str().unwrap().split_once('?').unwrap().1;
    assert_eq!(
        query,
        "type=$value&precision=$value&operator=$value&day=$value&month=$value&includeStart=$value\
         &endDay=$value&endMonth=$value&includeEnd=$value&relativeValue=$value\
         &nextUnitsValue=$value&previousUnitsValue=$value"
    );
    let mut named: Vec<_> = query.split('&').map(|one| one.split_once('=').unwrap().0).collect();
    named.sort_unstable();
    assert_eq!(members(&birthday["metadata"].to_string()), named);
}

#[test]
fn a_link_is_compared_by_its_key_in_a_collection() {
    let mock = Mock::start();
    let clicked = filters(&mock, "profileAndServices/profile")["hasClickedDelivery"].clone();
    assert_eq!(
        clicked["condition"],
        json!({"1": {
            "boolOperator": "AND",
            "condition": {
                "2": {
                    "boolOperator": "AND",
                    "expr": "[delivery] = $RestKey(delivery)",
                    "internalId": "2",
                },
                "3": {"boolOperator": "AND", "expr": "@clicked = 1", "internalId": "3"},
            },
            "enabledIf": "true",
            "expr": "broadLog",
            "internalId": "1",
            "setOperator": "EXISTS",
        }})
    );
    assert_eq!(clicked["metadata"]["delivery"]["resTarget"], "deliveryBase");
}

#[test]
fn a_filter_of_a_customer_is_described_like_others() {
    let mock = Mock::start();
    let mine = filters(&mock, "profileAndServicesExt/profile")["byCustomerId"].clone();
    assert_eq!(mine["label"], "ByCustomerId");
    assert_eq!(
        mine["condition"],
        json!({"1": {
            "boolOperator": "AND",
            "enabledIf": "true",
            "expr": "@cusCustomerId = $(customerId_parameter)",
            "internalId": "1",
        }})
    );
    let parameter = &mine["metadata"]["customerId_parameter"];
    assert_eq!(
        (&parameter["type"], &parameter["length"], &parameter["label"]),
        (&json!("string"), &json!("20"), &json!("Customer id"))
    );
}

#[test]
fn every_filter_that_is_listed_can_be_called() {
    let mock = Mock::start();
    for resource in RESOURCES {
        let described = metadata(&mock, resource);
        let list = follow(&mock, &described["filters"]["href"]);
        for (name, filter) in list.as_object().unwrap() {
            let members: Vec<_> = filter.as_object().unwrap().keys().collect();
            assert_eq!(
                members,
                [
                    "PKey",
                    "category",
                    "condition",
                    "data",
                    "formType",
                    "fragmentName",
                    "label",
                    "metadata",
                    "resName",
                    "webPage",
                    "webPageName",
                ],
                "{resource}/{name}"
            );
            let data = filter["data"].as_str().unwrap();
            let absolute = format!("http://mock.localhost/acme/campaign/{resource}/{name}?");
            let relative = format!("/{resource}/{name}?");
            let start = if name == "birthday" { &absolute } else { &relative };
            let query = data.strip_prefix(start).unwrap_or_else(|| panic!("{resource}: {data}"));
            let value = match name.as_str() {
                "subscribers" => "SVC1".to_owned(),
                "byChannel" => "sms".to_owned(),
                "byPlanning" => "2019-10-01".to_owned(),
                "byStatusOrType" => "pending".to_owned(),
                "profile" => first_key(&mock),
                _ => "1".to_owned(),
            };
            let query = query
                .replace("type=$value", "type=absolute")
                .replace("precision=$value", "precision=day")
                .replace("operator=$value", "operator=equal")
                .replace("relativeValue=$value", "relativeValue=today")
                .replace("$value", &value);
            let target = format!("/acme/campaign/{resource}/{name}?{query}");
            let answer = mock.get(&target);
            assert_eq!(answer.status, 200, "{target}: {}", answer.body);
        }
    }
}

/// Values of the type that metadata gives a parameter.
fn samples(mock: &Mock, parameter: &Value) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match parameter["type"].as_str().unwrap() {
        "boolean" => vec!["true".to_owned(), "false".to_owned()],
        "integer" => one("3"),
        "number" => one("3.5"),
        "date" => one("2019-10-24"),
        "string" => one("x"),
        "enumeration" => {
            let names = parameter["values"].as_object().unwrap().keys();
            names.filter(|name| *name != "__Invalid_value__").cloned().collect()
        }
        "link" => match parameter["resTarget"].as_str().unwrap() {
            "profile" => vec![first_key(mock)],
            "service" => one("SVC1"),
            _ => one("DM12"),
        },
        other => panic!("no value is known of {other}"),
    }
}

#[test]
fn parameters_take_values_of_their_described_types() {
    let mock = Mock::start();
    for resource in RESOURCES {
        for (name, filter) in filters(&mock, resource).as_object().unwrap() {
            for (parameter, described) in filter["metadata"].as_object().unwrap() {
                for value in samples(&mock, described) {
                    let target = format!("/acme/campaign/{resource}/{name}?{parameter}={value}");
                    let answer = mock.get(&target);
                    assert_eq!(answer.status, 200, "{target}: {}", answer.body);
                }
            }
        }
    }
}

#[test]
fn a_birthday_is_looked_for_by_numbers_or_by_parts_of_dates() {
    let mock = Mock::start();
    for born in ["1980-10-24", "1990-10-25", "1990-11-24"] {
        mock.profile(&json!({"birthDate": born, "externalId": "born"}));
    }
    let found = |query: &str| -> Vec<Value> {
        let list = mock.get(&format!("{BASIC}/profile/birthday?{query}&_lineCount=100")).json();
        let list = list["content"].as_array().unwrap().iter();
        let mine = list.filter(|one| one["externalId"] == "born");
        mine.map(|one| one["birthDate"].clone()).collect()
    };
    for query in ["day=24&month=10", "day=2019-01-24&month=2019-10-01"] {
        assert_eq!(found(query), ["1980-10-24"], "{query}");
    }
    let span = "operator=between&day=2019-10-24&month=2019-10-24&endDay=2019-10-25&endMonth=10";
    assert_eq!(found(span), ["1980-10-24", "1990-10-25"]);
    let refused = mock.get(&format!("{BASIC}/profile/birthday?day=2019-02-30&month=2"));
    assert_eq!(refused.status, 500, "{}", refused.body);
}

#[test]
fn a_birthday_refuses_what_its_parameters_do_not_take() {
    let mock = Mock::start();
    let ask = |resource: &str, query: &str| {
        mock.get(&format!("{BASIC}/{resource}/birthday?day=1&month=1&{query}"))
    };
    for resource in ["profile", "history"] {
        let described = filters(&mock, &format!("profileAndServices/{resource}"));
        let parameters = &described["birthday"]["metadata"];
        for name in ["type", "precision", "operator"] {
            let values = parameters[name]["values"].as_object().unwrap();
            for value in values.keys().filter(|value| !value.starts_with("__")) {
                let answer = ask(resource, &format!("{name}={value}"));
                assert_eq!(answer.status, 200, "{name}={value}: {}", answer.body);
            }
            assert_eq!(ask(resource, &format!("{name}=")).status, 200, "{name}");
            let text = format!(
                "{GENERIC} The value 'zz' is not valid for the 'nms:recipient:birthday:{name}' \
                 enumeration of the '@{name}' field"
            );
            let answer = ask(resource, &format!("{name}=zz"));
            assert_eq!(refusal(&answer), (500, text));
            let reason = format!("'zz' is not a value of '{name}': send one of ");
            assert!(answer.header("x-mock-reason").unwrap().starts_with(&reason));
        }
        for (query, reason) in [
            ("includeStart=zz", "'includeStart' takes true or false, not 'zz' (text)."),
            ("nextUnitsValue=1.5", "'nextUnitsValue' takes a whole number, not '1.5' (text)."),
            (
                "type=relative&relativeValue=zz",
                "'relativeValue' is refused: 'zz' is not known: send one of today, yesterday, \
                 tomorrow, nextUnits, next, previousUnits, previous.",
            ),
        ] {
            let answer = ask(resource, query);
            assert_eq!(answer.status, 500, "{query}: {}", answer.body);
            assert_eq!(answer.header("x-mock-reason"), Some(reason), "{query}");
        }
    }
}

fn first_key(mock: &Mock) -> String {
    let first = mock.get(&format!("{BASIC}/profile?_lineCount=1")).json();
    first["content"][0]["PKey"].as_str().unwrap().to_owned()
}

#[test]
fn filters_are_listed_by_name() {
    let mock = Mock::start();
    let names = |resource: &str| {
        let list = mock.get(&format!("/acme/campaign/{resource}/filters/"));
        assert_eq!(list.status, 200, "{}", list.body);
        members(&list.body)
    };
    let profile = [
        "birthday",
        "byEmail",
        "byKeysProfile",
        "byStaticAudience",
        "byText",
        "hasClickedDelivery",
        "hasOpenedDelivery",
        "hasReceivedDelivery",
        "profile",
        "subscribers",
    ];
    assert_eq!(names("profileAndServices/resourceType/profile"), profile);
    assert_eq!(names("profileAndServices/resourceType/history"), profile);
    let mut extended = profile.to_vec();
    extended.splice(1..1, ["byAmount", "byCustomerId"]);
    assert_eq!(names("profileAndServicesExt/resourceType/profile"), extended);
    assert_eq!(
        names("profileAndServices/resourceType/service"),
        ["byChannel", "byPlanning", "byTargetResource", "byText"]
    );
    assert_eq!(names("customResources/resourceType/cusProduct"), Vec::<String>::new());
    let filters = mock.get(&format!("{BASIC}/resourceType/profile/filters/")).json();
    insta::assert_snapshot!(
        "filters",
        serde_json::to_string_pretty(&json!({
            "birthday": filters["birthday"], "byText": filters["byText"],
        }))
        .unwrap()
    );
}
