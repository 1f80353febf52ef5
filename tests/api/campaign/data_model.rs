//! Metadata against the vendor's data model pages: every row of the tables in
//! `docs/reference/data-model.md` §2-§8 with what the server answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::lists::follow;
use super::metadata::{fields, metadata};
use crate::driver::{Mock, PROFILES};

// Two parts, so that it is not taken for a citation.
const PAGE: &str = include_str!(concat!("../../../docs/refe", "rence/data-model.md"));

/// What the page does not print.
const ABSENT: &str = "–";

/// The tables of fields: section, resource, and where its metadata is served.
const TABLES: [(&str, &str, &str); 4] = [
    ("## 2. Profile", "profile", "profileAndServices/profile"),
    ("## 3. History", "history", "profileAndServices/history"),
    ("## 4. Service", "service", "profileAndServicesExt/service"),
    ("## 5. Event", "event", "mcacme/EVTcartAbandonment"),
];

/// The rows of the table of a section that begins with that column, by the names of the columns.
fn table(heading: &str, first: &str) -> Vec<BTreeMap<&'static str, &'static str>> {
    let from = PAGE.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    let section = PAGE[from + 1..].split("\n## ").next().unwrap();
    let level = if heading.starts_with("### ") { "\n### " } else { "\n## " };
    let section = section.split(level).next().unwrap();
    let cells = |line: &'static str| -> Vec<&'static str> {
        line.trim_matches('|').split('|').map(str::trim).collect()
    };
    let start = format!("| {first} |");
    let mut lines = section.lines().skip_while(|line| !line.starts_with(&start));
    let columns = cells(lines.next().unwrap_or_else(|| panic!("{heading} has a table")));
    let rows = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells);
    let rows: Vec<_> = rows
        .map(|row| {
            assert_eq!(row.len(), columns.len(), "{heading}: {row:?}");
            columns.iter().copied().zip(row).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "{heading}");
    rows
}

/// The fields of a resource that a table of exceptions names.
fn exceptions(heading: &str, resource: &str) -> BTreeSet<&'static str> {
    let mut rows = table(heading, "Resource");
    rows.retain(|row| row["Resource"].split(", ").any(|one| one == resource));
    assert!(rows.iter().all(|row| row["Evidence"].len() > 5), "{rows:?}");
    rows.into_iter().flat_map(|row| row["Fields"].split(", ")).collect()
}

/// The values of a field on the pages, with the one that every enumeration has.
fn values(field: &str) -> Value {
    let mut rows = table("## 6. Enumerations", "Field");
    rows.retain(|row| row["Field"] == field);
    if field == "timeZone" {
        rows = table("## 6. Enumerations", "Label");
    }
    let mut values = json!({"__Invalid_value__": {
        "label": "INVALID VALUE", "name": "__Invalid_value__", "value": "__Invalid_value__",
    }});
    for row in rows {
        let [label, name, value] = ["Label", "Name", "Value"].map(|column| row[column]);
        let label = label.replace("&nbsp;", "\u{a0}");
        values[name] = json!({"label": label, "name": name, "value": value});
    }
    values
}

/// Where a field's metadata differs from its row.
fn differences(row: &BTreeMap<&str, &str>, field: &Value) -> Vec<String> {
    let absent = |column: &str| row[column] == ABSENT;
    let mut printed = vec![("label", row["Label"]), ("type", row["Type"])];
    if !absent("resType") {
        printed.push(("resType", row["resType"]));
    }
    if !absent("resTarget") {
        printed.push(("resTarget", row["resTarget"]));
    }
    printed.push(("length", if absent("Length") { "0" } else { row["Length"] }));
    let mut found: Vec<_> = printed
        .into_iter()
        .filter(|(member, text)| field[member] != *text)
        .map(|(member, text)| format!("{}.{member}: {} for {text}", row["Field"], field[member]))
        .collect();
    let (served, printed) = (&field["values"], values(row["Field"]));
    if row["Type"] == "enumeration" {
        let names = served.as_object().unwrap().keys().chain(printed.as_object().unwrap().keys());
        found.extend(
            names
                .filter(|name| served[*name] != printed[*name])
                .map(|name| format!("{}: {} for {}", row["Field"], served[name], printed[name])),
        );
    }
    found
}

#[test]
fn metadata_equals_the_data_model_pages() {
    let mock = Mock::start();
    let mut found = Vec::new();
    let mut compared = 0;
    for (heading, resource, target) in TABLES {
        let described = metadata(&mock, target);
        let missing =
            exceptions("### 8.1 Fields of the pages that metadata does not have", resource);
        for row in table(heading, "Field") {
            let name = row["Field"];
            match fields(&described).get(name) {
                Some(field) => {
                    assert!(!missing.contains(name), "{resource}.{name} is no exception");
                    compared += 1;
                    found.extend(differences(&row, field));
                }
                None if missing.contains(name) => {}
                None => found.push(format!("{resource}.{name} is missing")),
            }
        }
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    assert!(compared > 95, "{compared} rows were compared");
}

#[test]
fn every_exception_is_one_and_none_is_left_out() {
    let mock = Mock::start();
    for (heading, resource, target) in TABLES {
        let described = metadata(&mock, target);
        let served: BTreeSet<_> = fields(&described).keys().map(String::as_str).collect();
        let documented: BTreeSet<_> =
            table(heading, "Field").iter().map(|row| row["Field"]).collect();
        let missing =
            exceptions("### 8.1 Fields of the pages that metadata does not have", resource);
        let more =
            exceptions("### 8.2 Fields of the metadata that the pages do not have", resource);
        assert_eq!(&documented - &served, missing, "{resource}");
        assert_eq!(&served - &documented, more, "{resource}");
    }
}

#[test]
fn filters_equal_the_data_model_pages() {
    let mock = Mock::start();
    let rows = table("## 7. Filters", "Resource");
    for (_, resource, target) in TABLES {
        // The filters of history are those of profile.
        let page = if resource == "history" { "profile" } else { resource };
        let mut documented: BTreeMap<&str, (&str, BTreeMap<&str, &str>)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row["Resource"] == page) {
            let entry = documented.entry(row["Filter"]).or_insert((row["Label"], BTreeMap::new()));
            entry.1.insert(row["Parameter"], row["Type"]);
        }
        let list = follow(&mock, &metadata(&mock, target)["filters"]["href"]);
        let served: BTreeMap<_, _> = list
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, filter)| {
                let parameters = filter["metadata"].as_object().unwrap().iter();
                let types = parameters
                    .map(|(name, parameter)| {
                        assert_eq!(parameter["apiName"], json!(name));
                        (name.as_str(), parameter["type"].as_str().unwrap())
                    })
                    .collect();
                (name.as_str(), (filter["label"].as_str().unwrap(), types))
            })
            .collect();
        assert_eq!(served, documented, "{resource}");
    }
}

#[test]
fn what_the_enumerations_list_can_be_sent_and_nothing_else() {
    let mock = Mock::start();
    for field in ["emailFormat", "gender", "timeZone"] {
        for name in values(field).as_object().unwrap().keys() {
            let sent = mock.post(PROFILES, &json!({field: name}));
            if name == "__Invalid_value__" {
                assert_eq!(sent.status, 500, "{field}: {name}");
            } else {
                assert_eq!((sent.status, &sent.json()[field]), (201, &json!(name)), "{field}");
            }
        }
    }
    for zone in ["Gmt_m12", "Gmt_p14", "Gmt_m0", "Etc_GMT"] {
        let refused = mock.post(PROFILES, &json!({"timeZone": zone}));
        assert_eq!(refused.status, 500, "{zone}");
    }
}

/// What a client may write of a profile and of a service, and what forms do with it.
#[test]
fn data_policies_and_read_only_fields_are_named() {
    let mock = Mock::start();
    let profile = metadata(&mock, "profileAndServices/profile");
    for (name, policy) in [
        ("email", "email"),
        ("firstName", "smartCase"),
        ("lastName", "smartCase"),
        ("middleName", ""),
        ("mobilePhone", ""),
    ] {
        assert_eq!(profile["content"][name]["dataPolicy"], policy, "{name}");
    }
    let read_only = |described: &Value| -> Vec<String> {
        let fields = fields(described).iter().filter(|(_, field)| field["readOnly"] == true);
        fields.map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(
        read_only(&profile),
        [
            "PKey",
            "age",
            "created",
            "cryptedId",
            "domain",
            "href",
            "isExternal",
            "lastModified",
            "postalAddress",
            "subscriptions",
            "title",
        ]
    );
    assert_eq!(
        read_only(&metadata(&mock, "profileAndServicesExt/service")),
        [
            "PKey",
            "builtIn",
            "created",
            "href",
            "isExternal",
            "isTemplate",
            "lastModified",
            "mainDate",
            "subLandingPage",
            "subScenario",
            "subscriptions",
            "title",
            "unsubLandingPage",
            "unsubScenario",
        ]
    );
}
