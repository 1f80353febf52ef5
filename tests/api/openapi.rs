//! The `OpenAPI` documents: whole, valid, and of everything that is declared.

use std::collections::BTreeSet;

use campaign_mock::config::Settings;
use campaign_mock::domain::{Home, Model};
use campaign_mock::http::{Dialect, LongTexts, PrivacyGeneration, control_routes};
use serde_json::{Value, json};

use crate::driver::{Mock, settings};

const APIS: [&str; 4] = ["control", "campaign", "privacy", "ims"];

/// Calls of the control API that never end.
const STREAMS: [&str; 2] = ["/events", "/requests/stream"];

impl Mock {
    fn document(&self, api: &str) -> Value {
        let answer = self.get(&format!("/__admin/openapi/{api}.json"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }
}

/// The calls of a document: verb, path, declaration.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, calls)| {
            let calls = calls.as_object().unwrap().iter();
            calls.map(move |(verb, call)| (verb.clone(), path.clone(), call))
        })
        .collect()
}

/// Everything that a document refers to.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// A document's calls, a line each, and its schemas, a line each.
fn shown(document: &Value) -> String {
    let mut rest = document.clone();
    let mut text = String::new();
    for (verb, path, call) in operations(document) {
        text.push_str(&format!("{verb} {path}\n    {call}\n"));
    }
    for (kind, named) in document["components"].as_object().unwrap() {
        for (name, declared) in named.as_object().unwrap() {
            text.push_str(&format!("{kind} {name}\n    {declared}\n"));
        }
    }
    rest["paths"] = Value::Null;
    rest["components"] = Value::Null;
    format!("{rest}\n{text}")
}

#[test]
fn the_documents_are_as_they_were() {
    let mock = Mock::start();
    insta::assert_snapshot!("control", shown(&mock.document("control")));
    insta::assert_snapshot!("campaign", shown(&mock.document("campaign")));
    insta::assert_snapshot!("privacy", shown(&mock.document("privacy")));
    insta::assert_snapshot!("ims", shown(&mock.document("ims")));
}

#[test]
fn the_documents_are_valid() {
    let v8 = Settings { dialect: Dialect::V8, privacy: PrivacyGeneration::Openapi, ..settings() };
    for (mock, api) in [Mock::start(), Mock::with(v8), Mock::empty()]
        .iter()
        .flat_map(|mock| APIS.map(|api| (mock, api)))
    {
        let document = mock.document(api);
        assert_eq!(document["openapi"], "3.0.3");
        assert!(document["servers"][0]["url"].as_str().unwrap().starts_with("http://mock."));
        let (mut found, mut ids) = (BTreeSet::new(), BTreeSet::new());
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{api}: {reference}");
        }
        for (verb, path, call) in operations(&document) {
            let id = call["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{api}: {id} stands twice");
            assert!(!call["responses"].as_object().unwrap().is_empty(), "{verb} {path}");
            assert!(call["summary"].is_string() && call["tags"][0].is_string(), "{verb} {path}");
            let parameters = call["parameters"].as_array().into_iter().flatten();
            let in_path: BTreeSet<_> = parameters
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let segments = path.split(['{', '}']).skip(1).step_by(2);
            assert_eq!(in_path, segments.collect(), "{verb} {path}");
        }
    }
}

#[test]
fn every_call_of_the_control_api_is_in_its_document() {
    let document = Mock::start().document("control");
    for route in control_routes() {
        let verb = route.method.as_str().to_lowercase();
        let call = &document["paths"][route.path][&verb];
        assert_eq!(call["summary"], route.summary, "{verb} {}", route.path);
    }
    assert_eq!(operations(&document).len(), control_routes().len());
}

#[test]
fn a_call_needs_the_query_parameters_that_the_document_says() {
    let mock = Mock::start();
    let document = mock.document("control");
    let mut refused = 0;
    for (verb, path, call) in
        operations(&document).into_iter().filter(|(_, path, _)| !STREAMS.contains(&path.as_str()))
    {
        let parameters = call["parameters"].as_array().into_iter().flatten();
        let needed: Vec<_> = parameters
            .filter(|one| one["in"] == "query" && one["required"] == true)
            .map(|one| {
                format!("The query is wrong: missing field `{}`.", one["name"].as_str().unwrap())
            })
            .collect();
        let path = path.replace("{job_id}", "00000000-0000-4000-8000-000000000000");
        // The body of a call that reads its body first.
        let answer = mock.control(&verb.to_uppercase(), &path, &json!({"progression": "held"}));
        let lacks = answer.body.contains("The query is wrong");
        assert_eq!(lacks, !needed.is_empty(), "{verb} {path}: {}", answer.body);
        assert!(!lacks || needed.iter().any(|text| answer.body.contains(text)), "{verb} {path}");
        refused += usize::from(lacks);
    }
    assert!(refused > 0);
}

#[test]
fn a_server_with_a_token_says_so() {
    let mut admin = settings();
    admin.admin_token = Some("a-token-of-16-chars".parse().unwrap());
    let mock = Mock::with(admin);
    let token = [("X-Admin-Token", "a-token-of-16-chars")];
    let document = mock.raw("GET", "/__admin/openapi/control.json", &token, "").json();
    assert_eq!(document["security"][0]["adminToken"], json!([]));
    assert_eq!(Mock::start().document("control")["security"], Value::Null);
}

#[test]
fn every_resource_that_is_served_is_in_campaign_s_document_with_its_fields() {
    let document = Mock::start().document("campaign");
    let model = Model::default();
    for resource in model.resources() {
        let (name, path) = (resource.name(), |root: &str| format!("/{root}/{}", resource.name()));
        let paths: &[String] = &match resource.home {
            Home::Profiles => vec![path("profileAndServices"), path("profileAndServicesExt")],
            Home::Extended => vec![path("profileAndServicesExt")],
            Home::Custom => vec![path("customResources")],
            Home::Privacy => vec![path("privacy")],
            Home::Workflow => vec!["/workflow/execution/{id}".to_owned()],
            Home::Messages => vec![path("mcacme")],
            Home::Inner => continue,
        };
        for path in paths {
            let calls = &document["paths"][path];
            assert!(calls["get"].is_object(), "{path}");
            assert_eq!(calls["post"].is_object(), resource.verbs.create, "{path}");
            if resource.home == Home::Workflow {
                continue;
            }
            let record = &document["paths"][format!("{path}/{{PKey}}")];
            assert_eq!(record["patch"].is_object(), resource.verbs.update, "{path}");
            assert_eq!(record["delete"].is_object(), resource.verbs.delete.is_some(), "{path}");
            for filter in &resource.filters {
                let calls = &document["paths"][format!("{path}/{}", filter.name)];
                assert!(calls["get"].is_object(), "{path}/{}", filter.name);
            }
            let schema = &document["components"]["schemas"][name]["properties"];
            for field in resource.fields.iter().filter(|field| field.is_shown(false)) {
                assert!(schema[&field.name].is_object(), "{name}.{}", field.name);
            }
        }
    }
    // What the seed declares is there like the rest.
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["profileExt"]["properties"]["cusHobby"]["maxLength"], 255);
    // A text that is longer is taken, unless the settings say otherwise.
    assert!(schemas["profileExtBody"]["properties"]["cusHobby"]["maxLength"].is_null());
    let strict = Mock::with(Settings { long_texts: LongTexts::Refuse, ..settings() });
    let strict = &strict.document("campaign")["components"]["schemas"];
    assert_eq!(strict["profileExtBody"]["properties"]["cusHobby"]["maxLength"], 255);
    assert!(schemas["profile"]["properties"]["cusHobby"].is_null());
    assert!(document["paths"]["/customResources/cusProduct"]["post"].is_object());
    // What the server sets cannot be sent, but for the record's own PKey.
    assert!(schemas["profileBody"]["properties"]["created"].is_null());
    assert!(schemas["profileBody"]["properties"]["PKey"].is_object());
    let required = &schemas["privacyToolBody"]["required"];
    assert_eq!(required.as_array().unwrap().len(), 6, "{required}");
    assert_eq!(schemas["profileBody"]["additionalProperties"], false);
}

#[test]
fn what_the_other_documents_have_is_served() {
    let mock = Mock::start();
    for api in ["privacy", "ims"] {
        for (verb, path, _) in operations(&mock.document(api)) {
            let path = path.replace("{jobId}", "00000000-0000-4000-8000-000000000000");
            let answer = mock.call(&verb.to_uppercase(), &path, "");
            assert_ne!(answer.status, 405, "{verb} {path}");
            let unknown = ["text/html", "not_found"].iter().any(|mark| {
                answer.body.contains(mark) || answer.header("content-type") == Some(mark)
            });
            assert!(!unknown, "{verb} {path}: {}", answer.body);
        }
    }
}

#[test]
fn an_org_that_does_not_exist_has_no_document() {
    let mock = Mock::start();
    assert_eq!(mock.get("/__admin/openapi/campaign.json?org=acme").status, 200);
    assert_eq!(mock.get("/__admin/openapi/campaign.json?org=nobody").status, 404);
}
