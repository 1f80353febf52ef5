//! Metadata of resources, fields and filters (`docs/reference/campaign-standard.md` §18), and that the
//! server behaves as its metadata says.

use serde_json::{Map, Value, json};

use super::lists::{all, follow};
use super::support::with_model;
use crate::driver::{Mock, members};

const EXT: &str = "/acme/campaign/profileAndServicesExt";
const BASIC: &str = "/acme/campaign/profileAndServices";

/// Every resource that has metadata, by its URL.
pub const RESOURCES: [&str; 12] = [
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
pub const NINETEEN: [&str; 19] = [
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
fn a_resource_is_described_the_same_under_each_of_its_addresses() {
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
    assert_eq!(
        root,
        mock.get(&format!("{BASIC}/resourceType/{}", root["PKey"].as_str().unwrap())).json()
    );
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
fn labels_and_values_are_those_of_the_customers_model() {
    let mock = with_model(
        r#"{"declare":"resource","name":"cusPet","label":"Pets","linkedToProfile":true}
{"declare":"field","on":"cusPet","name":"cusName","type":"text","key":true,"label":"Call name"}
{"declare":"field","on":"cusPet","name":"cusOwner","type":"link","to":"profile","collection":"cusPets","collectionLabel":"Pets of the profile"}
{"declare":"field","on":"cusPet","name":"cusSize","type":"enumeration","length":8,"label":"Size","values":["tiny",{"name":"big","label":"Quite big","value":"L"}]}
{"declare":"field","on":"profile","name":"cusShoeSize","type":"number"}
{"declare":"field","on":"profile","name":"orgUnit","type":"link","to":"orgUnitBase"}
{"declare":"field","on":"profile","name":"geoUnit","type":"link","to":"geoUnitBase","label":"Region"}
{"declare":"filter","on":"cusPet","name":"bySize","label":"By size","parameters":{"size":"cusSize"}}
"#,
    );
    let pet = metadata(&mock, "profileAndServicesExt/cusPet");
    let profile = metadata(&mock, "profileAndServicesExt/profile");
    let history = metadata(&mock, "profileAndServicesExt/history");
    for (resource, field, label, kind, technical, length) in [
        (&pet, "cusName", "Call name", "string", "string", "255"),
        (&pet, "cusOwner", "CusOwner", "link", "link", "0"),
        (&pet, "cusSize", "Size", "enumeration", "string", "8"),
        (&pet, "PKey", "Main resource ID", "string", "string", "0"),
        (&pet, "created", "Created", "date", "datetime", "0"),
        (&pet, "title", "Pets", "string", "string", "255"),
        (&profile, "cusPets", "Pets of the profile", "collection", "link", "0"),
        (&profile, "cusShoeSize", "CusShoeSize", "number", "double", "0"),
        (&history, "cusShoeSize", "CusShoeSize", "number", "double", "0"),
        (&profile, "orgUnit", "Organizational unit", "link", "link", "0"),
        (&profile, "geoUnit", "Region", "link", "link", "0"),
    ] {
        let described = &resource["content"][field];
        for (member, value) in
            [("label", label), ("type", kind), ("resType", technical), ("length", length)]
        {
            assert_eq!(described[member], value, "{field}.{member}");
        }
    }
    let values = json!({
        "__Invalid_value__": {
            "label": "INVALID VALUE", "name": "__Invalid_value__", "value": "__Invalid_value__",
        },
        "big": {"label": "Quite big", "name": "big", "value": "L"},
        "tiny": {"label": "Tiny", "name": "tiny", "value": "tiny"},
    });
    assert_eq!(pet["content"]["cusSize"]["values"], values);
    let filters = follow(&mock, &pet["filters"]["href"]);
    assert_eq!(filters["bySize"]["label"], "By size");
    assert_eq!(filters["bySize"]["metadata"]["size_parameter"]["values"], values);
    // Values are sent and answered by their names.
    let pets = format!("{EXT}/cusPet");
    for (name, status) in [("big", 201), ("tiny", 201), ("L", 500), ("__Invalid_value__", 500)] {
        let answer = mock.post(&pets, &json!({"cusSize": name}));
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
    }
    assert_eq!(mock.get(&format!("{pets}/bySize/_count?size_parameter=big")).json()["count"], 1);
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
            for (key, value) in field["values"].as_object().into_iter().flatten() {
                let names: Vec<_> = value.as_object().unwrap().keys().collect();
                assert_eq!(names, ["label", "name", "value"], "{resource}.{name}");
                assert!(value["label"].is_string() && value["value"].is_string(), "{value}");
                assert_eq!(value["name"], json!(key), "{resource}.{name}");
            }
            keys.push(field["PKey"].as_str().unwrap().to_owned());
        }
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{resource}");
    }
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
fn fits(value: &Value, field: &Value) -> bool {
    let unset_or = |form: &str| {
        let text = value.as_str().unwrap_or("-");
        let shape: String =
            text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        text.is_empty() || shape == form
    };
    match (field["type"].as_str().unwrap(), field["resType"].as_str().unwrap()) {
        ("string", "string") | ("enumeration", "byte" | "string") => value.is_string(),
        ("boolean", "boolean") => value.is_boolean(),
        ("integer", "long") => value.is_i64(),
        ("number", "double") => value.is_number(),
        ("date", "date") => unset_or("9999-99-99"),
        ("date", "datetime") => unset_or("9999-99-99 99:99:99.999Z"),
        ("link", "link") => {
            value.is_null() || (value["PKey"].is_string() && value["title"].is_string())
        }
        ("collection", "link") => value["href"].as_str().is_some_and(|href| href.ends_with('/')),
        ("item", "element") => value.is_object(),
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
                let field = &described["content"][name];
                assert!(fits(value, field), "{resource}.{name} is not as described: {value}");
            }
        }
    }
}

/// A value of the type that metadata gives a field.
fn sample(field: &Value) -> Value {
    match field["type"].as_str().unwrap() {
        "boolean" => json!(true),
        "integer" | "number" => json!(1),
        "date" if field["resType"] == "date" => json!("2020-01-01"),
        "date" => json!("2020-01-01 00:00:00.000Z"),
        "enumeration" => {
            let mut names = field["values"].as_object().unwrap().keys();
            json!(names.rfind(|name| *name != "__Invalid_value__").unwrap())
        }
        "link" => json!({"PKey": null}),
        "collection" | "item" => json!({}),
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
        // A body may have the record's own PKey.
        for (name, field) in fields(&described).into_iter().filter(|(name, _)| *name != "PKey") {
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
            let has_length = length > 0 && field["type"] == "string";
            if field["readOnly"] == true || !has_length || name == "email" {
                continue;
            }
            let body = |letter: &str, length| json!({name: letter.repeat(length)});
            assert_eq!(mock.post(&list, &body("é", length)).status, 201, "{resource}.{name}");
            let longer = mock.post(&list, &body("ü", length + 1));
            if name == "name" {
                // A key is not cut.
                assert_eq!(longer.status, 500, "{resource}.{name}");
                continue;
            }
            assert_eq!(longer.json()[name].as_str().unwrap().chars().count(), length, "{name}");
        }
    }
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

/// The targets that metadata names, of fields and of the parameters of filters.
fn targets(mock: &Mock, described: &Value) -> Vec<String> {
    let filters = follow(mock, &described["filters"]["href"]);
    let parameters = filters.as_object().unwrap().values();
    let parameters = parameters.flat_map(|filter| filter["metadata"].as_object().unwrap().values());
    let fields = fields(described).values().chain(parameters);
    fields.filter_map(|field| Some(field["resTarget"].as_str()?.to_owned())).collect()
}

#[test]
fn every_target_can_be_asked_for_and_leads_on() {
    let mock = Mock::start();
    for (api, expected) in [
        (
            "profileAndServices",
            &["audienceBase", "broadLog", "deliveryBase", "deliveryMCTemplateBase", "subscription"]
                [..],
        ),
        ("profileAndServicesExt", &["cusPurchase", "geoUnitBase", "orgUnitBase", "profile"]),
        ("privacy", &["privacyNamespace"]),
    ] {
        let listed = mock.get(&format!("/acme/campaign/{api}")).json();
        let mut open: Vec<_> = listed.as_object().unwrap().keys().cloned().collect();
        open.retain(|name| name != "apiName");
        let mut known: Vec<String> = Vec::new();
        while let Some(name) = open.pop() {
            let described = mock.get(&format!("/acme/campaign/{api}/resourceType/{name}"));
            assert_eq!(described.status, 200, "{api}/{name}: {}", described.body);
            let described = described.json();
            assert_eq!(described["name"], json!(name));
            assert_eq!(described, follow(&mock, &described["href"]), "{api}/{name}");
            let href = format!("http://mock.localhost/acme/campaign/{api}/{name}/metadata");
            assert_eq!(described["href"], json!(href));
            let key = described["PKey"].as_str().unwrap();
            assert_eq!(
                described,
                mock.get(&format!("/acme/campaign/{api}/resourceType/{key}")).json()
            );
            open.extend(
                targets(&mock, &described).into_iter().filter(|name| !known.contains(name)),
            );
            known.push(name);
        }
        for name in expected {
            assert!(known.iter().any(|known| known == name), "{api}: {name} of {known:?}");
        }
    }
}

#[test]
fn what_is_only_described_is_not_served() {
    let mock = Mock::start();
    for name in ["subscription", "broadLog", "deliveryBase"] {
        assert_eq!(mock.get(&format!("{BASIC}/{name}/metadata")).status, 200, "{name}");
        assert_eq!(mock.get(&format!("{BASIC}/{name}")).status, 404, "{name}");
        assert_eq!(mock.get(&format!("{BASIC}/{name}/_count")).status, 404, "{name}");
    }
}

#[test]
fn the_key_of_a_field_begins_with_that_of_its_resource() {
    let mock = Mock::start();
    let mut wholes = Vec::new();
    for resource in RESOURCES.into_iter().chain(["profileAndServices/subscription"]) {
        let described = metadata(&mock, resource);
        let whole = described["PKey"].as_str().unwrap();
        assert_eq!(whole.len(), 64, "{resource}");
        for (name, field) in fields(&described) {
            let part = field["PKey"].as_str().unwrap();
            assert!(part.starts_with(whole), "{resource}.{name}: {part}");
            assert_eq!(part.len(), 107, "{resource}.{name}");
        }
        wholes.push((described["name"].clone(), whole.to_owned()));
    }
    // One key for one resource, in whatever API; and another one in another org.
    for (name, key) in &wholes {
        for (other, other_key) in &wholes {
            assert_eq!(name == other, key == other_key, "{name} and {other}");
        }
    }
    let other = mock.get("/acme-w1/campaign/profileAndServices/profile/metadata").json();
    assert!(wholes.iter().all(|(_, key)| other["PKey"] != json!(key)));
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
        format!("{BASIC}/resourceType/audienceMember"),
        format!("{EXT}/resourceType/privacyNamespace"),
        format!("{BASIC}/cusPurchase/metadata"),
        format!("{BASIC}/delivery/metadata"),
    ] {
        assert_eq!(mock.get(&target).status, 404, "{target}");
    }
    let post = mock.post(&format!("{BASIC}/resourceType/profile"), &json!({}));
    assert_eq!(post.status, 405);
}
