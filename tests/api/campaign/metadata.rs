//! Metadata of resources, fields and filters (`docs/reference/campaign-standard.md` §18), and that the
//! server behaves as its metadata says.

use serde_json::{Map, Value, json};

use super::lists::{all, follow};
use crate::driver::{Mock, members};

const EXT: &str = "/acme/campaign/profileAndServicesExt";
const BASIC: &str = "/acme/campaign/profileAndServices";

/// Every resource that has metadata, by its URL.
const RESOURCES: [&str; 12] = [
    "profileAndServices/profile",
    "profileAndServices/service",
    "profileAndServices/history",
    "profileAndServicesExt/profile",
    "profileAndServicesExt/service",
    "profileAndServicesExt/history",
    "profileAndServicesExt/orgUnitBase",
    "profileAndServicesExt/geoUnitBase",
    "profileAndServicesExt/cusPurchase",
    "customResources/cusProduct",
    "privacy/privacyTool",
    "mcacme/EVTcartAbandonment",
];

/// What the metadata of every field has.
const NINETEEN: [&str; 19] = [
    "PKey",
    "apiName",
    "category",
    "dataPolicy",
    "desc",
    "displayFormat",
    "help",
    "label",
    "lazyLoaded",
    "length",
    "mandatory",
    "metadata",
    "privacy",
    "queryable",
    "readOnly",
    "resName",
    "resType",
    "sortable",
    "type",
];

pub fn metadata(mock: &Mock, resource: &str) -> Value {
    let answer = mock.get(&format!("/acme/campaign/{resource}/metadata"));
    assert_eq!(answer.status, 200, "{resource}: {}", answer.body);
    answer.json()
}

pub fn fields(metadata: &Value) -> &Map<String, Value> {
    metadata["content"].as_object().unwrap()
}

#[test]
fn a_resource_is_described_the_same_under_three_addresses() {
    let mock = Mock::start();
    let by_name = mock.get(&format!("{BASIC}/resourceType/profile"));
    let mut root = by_name.json();
    assert_eq!(
        members(&by_name.body),
        [
            "PKey",
            "apiName",
            "compatibleResources",
            "content",
            "data",
            "filters",
            "help",
            "href",
            "label",
            "mandatory",
            "name",
            "pkgStatus",
            "readOnly",
            "schema",
            "type",
        ]
    );
    assert_eq!(root, metadata(&mock, "profileAndServices/profile"));
    assert_eq!(root, follow(&mock, &root["href"]));
    assert_eq!(root, mock.get(&format!("{BASIC}/resourceType/profile/")).json());
    assert_eq!(root["compatibleResources"].as_object().unwrap().len(), 2);
    // A resource of a customer's own is described likewise.
    let product = mock.get("/acme/campaign/customResources/resourceType/cusProduct").json();
    assert_eq!(members(&product.to_string()), members(&root.to_string()));
    assert_eq!(product, metadata(&mock, "customResources/cusProduct"));
    assert_eq!(product["data"], "/customResources/cusProduct/");
    assert!(!root["PKey"].as_str().unwrap().starts_with('@'));
    let email = root["content"]["email"].clone();
    insta::assert_snapshot!("email", serde_json::to_string_pretty(&email).unwrap());
    root["content"] = json!("...");
    insta::assert_snapshot!("profile", serde_json::to_string_pretty(&root).unwrap());
}

#[test]
fn custom_fields_are_described_in_the_extended_api() {
    let mock = Mock::start();
    let basic = metadata(&mock, "profileAndServices/profile");
    let extended = metadata(&mock, "profileAndServicesExt/profile");
    let more: Vec<_> =
        fields(&extended).keys().filter(|name| !fields(&basic).contains_key(*name)).collect();
    assert_eq!(
        more,
        [
            "cusCustomerId",
            "cusHobby",
            "cusLastVisit",
            "cusMemberSince",
            "cusPurchases",
            "cusScore",
            "cusTier",
            "cusVip",
            "cusVisits",
            "geoUnit",
            "orgUnit",
        ]
    );
    let hobby = &extended["content"]["cusHobby"];
    for (member, value) in [
        ("category", json!("99_none")),
        ("dataPolicy", json!("")),
        ("label", json!("Hobby")),
        ("length", json!("255")),
        ("sortable", json!(true)),
        ("type", json!("string")),
    ] {
        assert_eq!(hobby[member], value, "{member}");
    }
    for (field, target, unbound) in
        [("orgUnit", "orgUnitBase", false), ("cusPurchases", "cusPurchase", true)]
    {
        let link = &extended["content"][field];
        assert_eq!((&link["resTarget"], &link["unbound"]), (&json!(target), &json!(unbound)));
        assert_eq!(link["sortable"], false);
    }
    let subscriptions = &basic["content"]["subscriptions"];
    assert_eq!(subscriptions["resTarget"], "subscription");
    assert_eq!(subscriptions["unbound"], true);
}

#[test]
fn every_field_has_the_nineteen_members_and_its_kind_s_own() {
    let mock = Mock::start();
    for resource in RESOURCES {
        let described = metadata(&mock, resource);
        let mut keys = Vec::new();
        for (name, field) in fields(&described) {
            let names: Vec<_> = field.as_object().unwrap().keys().map(String::as_str).collect();
            let own: Vec<_> = names.iter().filter(|name| !NINETEEN.contains(name)).collect();
            let expected: &[&str] = if field.get("values").is_some() {
                &["values"]
            } else if field.get("resTarget").is_some() {
                &["resTarget", "unbound"]
            } else {
                &[]
            };
            assert_eq!(own, expected.iter().collect::<Vec<_>>(), "{resource}.{name}");
            assert_eq!(names.len(), 19 + expected.len(), "{resource}.{name}");
            assert_eq!(field["apiName"], json!(name));
            assert!(field["length"].as_str().unwrap().parse::<u32>().is_ok(), "{name}");
            for flag in ["lazyLoaded", "mandatory", "queryable", "readOnly", "sortable"] {
                assert!(field[flag].is_boolean(), "{resource}.{name}.{flag}");
            }
            for value in field["values"].as_array().into_iter().flatten() {
                let names: Vec<_> = value.as_object().unwrap().keys().collect();
                assert_eq!(names, ["label", "name", "value"], "{resource}.{name}");
            }
            keys.push(field["PKey"].as_str().unwrap().to_owned());
        }
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{resource}");
    }
    let profile = metadata(&mock, "profileAndServices/profile");
    let listed = |field: &str| {
        let values = profile["content"][field]["values"].as_array().unwrap();
        values
            .iter()
            .map(|value| (value["name"].clone(), value["value"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        listed("gender"),
        [(json!("unknown"), json!(0)), (json!("male"), json!(1)), (json!("female"), json!(2))]
    );
    assert_eq!(
        listed("emailFormat"),
        [(json!("unknown"), json!(0)), (json!("text"), json!(1)), (json!("html"), json!(2))]
    );
    assert_eq!(listed("timeZone").len(), 114);
    let service = metadata(&mock, "profileAndServices/service");
    assert_eq!(service["content"]["messageType"]["values"][1]["name"], "sms");
}

#[test]
fn records_have_the_members_that_metadata_describes() {
    let mock = Mock::start();
    for resource in RESOURCES {
        let described = metadata(&mock, resource);
        let described: Vec<_> = fields(&described).keys().cloned().collect();
        let list = mock.get(&format!("/acme/campaign/{resource}")).json();
        for record in list["content"].as_array().unwrap() {
            let names: Vec<_> = record.as_object().unwrap().keys().cloned().collect();
            assert_eq!(names, described, "{resource}");
        }
    }
}

/// Whether a value is one of the type that metadata gives a field, or what an unset one reads as.
fn fits(value: &Value, kind: &str) -> bool {
    let unset_or = |form: &str| {
        let text = value.as_str().unwrap_or("-");
        let shape: String =
            text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        text.is_empty() || shape == form
    };
    match kind {
        "string" | "enum" => value.is_string(),
        "boolean" => value.is_boolean(),
        "long" => value.is_i64(),
        "double" => value.is_number(),
        "date" => unset_or("9999-99-99"),
        "datetime" => unset_or("9999-99-99 99:99:99.999Z"),
        "link" => value.is_null() || (value["PKey"].is_string() && value["title"].is_string()),
        "collection" => value["href"].as_str().is_some_and(|href| href.ends_with('/')),
        "element" => value.is_object(),
        _ => false,
    }
}

#[test]
fn values_have_their_field_s_type_and_only_links_are_null() {
    let mock = Mock::start();
    for (resource, body) in [
        ("profileAndServicesExt/profile", json!({})),
        ("profileAndServicesExt/service", json!({})),
        ("profileAndServicesExt/cusPurchase", json!({})),
        ("customResources/cusProduct", json!({})),
        ("mcacme/EVTcartAbandonment", json!({"email": "a@example.com"})),
    ] {
        let answer = mock.post(&format!("/acme/campaign/{resource}"), &body);
        assert_eq!(answer.status, 201, "{resource}: {}", answer.body);
    }
    for resource in RESOURCES {
        let described = metadata(&mock, resource);
        for record in all(&mock, &format!("/acme/campaign/{resource}")) {
            for (name, value) in record.as_object().unwrap() {
                let kind = described["content"][name]["type"].as_str().unwrap();
                assert!(fits(value, kind), "{resource}.{name} is no {kind}: {value}");
            }
        }
    }
}

/// A value of the type that metadata gives a field.
fn sample(field: &Value) -> Value {
    match field["type"].as_str().unwrap() {
        "boolean" => json!(true),
        "long" | "double" => json!(1),
        "date" => json!("2020-01-01"),
        "datetime" => json!("2020-01-01 00:00:00.000Z"),
        "enum" => field["values"].as_array().unwrap().last().unwrap()["name"].clone(),
        "link" => json!({"PKey": null}),
        "collection" | "element" => json!({}),
        _ if field["dataPolicy"] == "email" => json!("a@b.io"),
        _ => json!("x"),
    }
}

#[test]
fn what_is_read_only_is_refused_and_the_rest_can_be_changed() {
    let mock = Mock::start();
    for resource in RESOURCES {
        let first = mock.get(&format!("/acme/campaign/{resource}?_lineCount=1")).json();
        let Some(href) = first["content"][0]["href"].as_str() else { continue };
        let target = href.strip_prefix("http://mock.localhost").unwrap();
        let described = metadata(&mock, resource);
        let read_only = resource.contains("history");
        for (name, field) in fields(&described) {
            let answer = mock.call("PATCH", target, &json!({name: sample(field)}).to_string());
            if read_only {
                assert_eq!(answer.status, 405, "{resource}.{name}: {}", answer.body);
            } else if field["readOnly"] == true {
                assert_eq!(answer.status, 500, "{resource}.{name}: {}", answer.body);
                let resource = resource.split('/').nth(1).unwrap();
                let text = format!(
                    "Cannot update the '{name}' property that is read-only '{name}' property is \
                     not valid for the '{resource}' resource."
                );
                assert_eq!(answer.json(), json!(text));
            } else {
                assert_eq!(answer.status, 200, "{resource}.{name}: {}", answer.body);
            }
        }
    }
}

#[test]
fn texts_have_the_length_that_metadata_gives() {
    let mock = Mock::start();
    for resource in ["profile", "service"] {
        let list = format!("{BASIC}/{resource}");
        let described = metadata(&mock, &format!("profileAndServices/{resource}"));
        for (name, field) in fields(&described) {
            let length: usize = field["length"].as_str().unwrap().parse().unwrap();
            if field["readOnly"] == true || field["type"] != "string" || name == "email" {
                continue;
            }
            let body = |length| json!({name: "é".repeat(length)});
            assert_eq!(mock.post(&list, &body(length)).status, 201, "{resource}.{name}");
            assert_eq!(mock.post(&list, &body(length + 1)).status, 500, "{resource}.{name}");
        }
    }
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
            let target =
                format!("/acme/campaign/{resource}/{name}?{}", query.replace("$value", &value));
            let answer = mock.get(&target);
            assert_eq!(answer.status, 200, "{target}: {}", answer.body);
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
    extended.insert(1, "byCustomerId");
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

#[test]
fn an_api_lists_its_resources() {
    let mock = Mock::start();
    for (api, expected) in [
        ("profileAndServices", &["apiName", "history", "profile", "service"][..]),
        ("profilesAndServices/", &["apiName", "history", "profile", "service"]),
        (
            "profileAndServicesExt",
            &[
                "apiName",
                "cusPurchase",
                "geoUnitBase",
                "history",
                "orgUnitBase",
                "profile",
                "service",
            ],
        ),
        ("customResources/", &["apiName", "cusProduct"]),
    ] {
        let answer = mock.get(&format!("/acme/campaign/{api}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(members(&answer.body), expected, "{api}");
        let list = answer.json();
        assert_eq!(list["apiName"], "resourceType");
        let root = api.trim_end_matches('/');
        for (name, entry) in list.as_object().unwrap() {
            if name == "apiName" {
                continue;
            }
            let members: Vec<_> = entry.as_object().unwrap().keys().collect();
            assert_eq!(members, ["content", "data", "help", "href", "name", "type"]);
            assert_eq!((&entry["name"], &entry["type"]), (&json!(name), &json!("collection")));
            let href = format!("http://mock.localhost/acme/campaign/{root}/{name}/metadata");
            assert_eq!(entry["href"], json!(href));
            assert_eq!(entry["data"], json!(format!("/{root}/{name}/")));
            assert_eq!(follow(&mock, &entry["href"])["content"], entry["content"]);
        }
    }
}

#[test]
fn what_has_no_metadata_is_not_found() {
    let mock = Mock::start();
    for target in [
        format!("{BASIC}/resourceType/delivery"),
        format!("{BASIC}/resourceType/orgUnitBase"),
        format!("{BASIC}/resourceType/cusPurchase"),
        format!("{BASIC}/resourceType/profile/x"),
        format!("{EXT}/resourceType/cusProduct"),
        format!("{EXT}/resourceType/subscription"),
        format!("{BASIC}/delivery/metadata"),
    ] {
        assert_eq!(mock.get(&target).status, 404, "{target}");
    }
    let post = mock.post(&format!("{BASIC}/resourceType/profile"), &json!({}));
    assert_eq!(post.status, 405);
}
