//! Every operation of the four documents, sent as Swagger UI sends it: with its examples and the demo's
//! credentials, on the demo data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use url::Url;

use crate::driver::{Mock, START, settings};
use crate::wire::Answer;

/// The documents, in the order in which their examples are sent: the calls of a later one find what those
/// of an earlier one have made.
const DOCUMENTS: [&str; 4] = ["campaign", "privacy", "ims", "control"];

/// Which operations of a document belong together. The document is read anew before each group, since its
/// examples are of what there is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// What others look at is made first.
    Makes,
    /// All that is in no other group.
    Looks,
    /// What takes away what others look at, brings it to its end or waits for that.
    Ends,
}

impl Group {
    fn of(verb: &str, path: &str, calls: &Value) -> Self {
        let makes = verb == "post" && (!path.contains('{') || path == "/snapshots/{name}");
        match (verb, path) {
            ("delete", _)
            | (_, "/reset" | "/clock" | "/jobs/advance" | "/jobs/drain" | "/profiles/wait") => {
                Self::Ends
            }
            // Another member of a record's list: another address of the same list has added it before.
            ("post", _) if path.contains("}/") && calls["get"].is_object() => Self::Ends,
            ("put", "/faults/{id}") => Self::Makes,
            _ if makes => Self::Makes,
            _ => Self::Looks,
        }
    }

    /// In which order their examples are sent. Each call of Campaign that ends something has the demo data for itself.
    const fn in_order(api: &str) -> [Self; 3] {
        match api.as_bytes() {
            b"campaign" => [Self::Ends, Self::Makes, Self::Looks],
            _ => [Self::Makes, Self::Looks, Self::Ends],
        }
    }
}

/// The operations whose example is refused, each with the reason.
const REFUSED: &[(&str, &str)] = &[
    (
        "campaign: PATCH /profileAndServices/profile",
        "the demo customer's key is a field of its own, which this API does not take",
    ),
    ("control: POST /event-registrations", "there has to be a webhook that answers"),
    ("control: DELETE /event-registrations/{id}", "there is none, for want of a webhook"),
    ("control: POST /seats/exchange", "a code is made from the secret of the server"),
    ("control: DELETE /seats/{seat}", "all seats are deleted before, and their orgs"),
    ("ims: POST /ims/token/v1", "no authorization code is good here"),
];

/// A call as Swagger UI makes it.
struct Sent {
    verb: String,
    /// The path with everything in its place, and the query.
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Mock {
    fn api(&self, name: &str) -> Value {
        let answer = self.get(&format!("/__admin/openapi/{name}.json?org=acme"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    fn reset(&self) {
        assert_eq!(self.control("POST", "reset?org=acme", &json!({})).status, 200);
    }

    fn send_example(&self, sent: &Sent) -> Answer {
        let bearer = format!("Bearer {}", self.token());
        let credentials = [
            ("X-Api-Key", self.api_key()),
            ("Authorization", bearer.as_str()),
            ("x-gw-ims-org-id", self.ims_org()),
        ];
        let own = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers: Vec<_> = credentials.into_iter().chain(own).collect();
        self.raw(&sent.verb.to_uppercase(), &sent.target, &headers, &sent.body)
    }
}

/// What a reference stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}

/// What Swagger UI fills into a field by itself.
fn filled_in(holder: &Value, schema: &Value) -> Option<String> {
    let value = [&holder["example"], &schema["example"], &schema["default"]]
        .into_iter()
        .find(|value| !value.is_null())?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn as_swagger_ui_sends(document: &Value, verb: &str, path: &str) -> Sent {
    let call = &document["paths"][path][verb];
    let server = document["servers"][0]["url"].as_str().unwrap();
    let prefix = Url::parse(server).unwrap().path().trim_end_matches('/').to_owned();
    let (mut target, mut query, mut headers) = (path.to_owned(), Vec::new(), Vec::new());
    for parameter in call["parameters"].as_array().into_iter().flatten() {
        let parameter = resolved(document, parameter);
        let name = parameter["name"].as_str().unwrap();
        let Some(value) = filled_in(parameter, resolved(document, &parameter["schema"])) else {
            assert!(
                parameter["required"] != true || parameter["in"] == "path",
                "{verb} {path}: {name}"
            );
            continue;
        };
        match parameter["in"].as_str().unwrap() {
            "path" => target = target.replace(&format!("{{{name}}}"), &encoded(&value)),
            "query" => query.push(format!("{name}={}", encoded(&value))),
            _ => headers.push((name.to_owned(), value)),
        }
    }
    let mut body = String::new();
    if let Some(content) = call["requestBody"]["content"].as_object() {
        let (kind, media) = content.iter().next().unwrap();
        headers.push(("Content-Type".to_owned(), kind.clone()));
        body = if kind == "application/json" {
            assert!(!media["example"].is_null(), "{verb} {path} has no body to try");
            media["example"].to_string()
        } else {
            form(document, &media["schema"])
        };
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let target = format!("{prefix}{target}{query}");
    Sent { verb: verb.to_owned(), target, headers, body }
}

/// A form: its fields with what is filled in, or the only word that one takes.
fn form(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    let fields = schema["properties"].as_object().unwrap().iter().filter_map(|(name, field)| {
        let word = || match field["enum"].as_array().map(Vec::as_slice) {
            Some([word]) => word.as_str().map(str::to_owned),
            _ => None,
        };
        Some(format!("{name}={}", encoded(&filled_in(field, field).or_else(word)?)))
    });
    fields.collect::<Vec<_>>().join("&")
}

/// The operations of a group, path and verb. A stream is not among them: it would never end.
fn operations_of(document: &Value, group: Group) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, calls)| {
        let verbs = calls.as_object().unwrap().iter();
        let due = verbs
            .filter(move |(verb, call)| Group::of(verb, path, calls) == group && !streams(call));
        due.map(move |(verb, _)| (path.clone(), verb.clone()))
    });
    all.collect()
}

/// Whether an answer would never end.
fn streams(call: &Value) -> bool {
    call["responses"]["200"]["content"]["text/event-stream"].is_object()
}

#[test]
fn the_examples_of_all_operations_work_on_the_demo_data() {
    let mock = Mock::with_at(settings(), START);
    let (mut tried, mut refused) = (BTreeSet::new(), BTreeMap::new());
    for api in DOCUMENTS {
        for group in Group::in_order(api) {
            if api == "campaign" && group == Group::Looks {
                // What was made is through with its work by then.
                mock.control("PUT", "clock", &json!({"action": "advance", "duration": "1h"}));
            }
            let document = mock.api(api);
            for (path, verb) in operations_of(&document, group) {
                if api == "campaign" && group == Group::Ends {
                    mock.reset();
                }
                let sent = as_swagger_ui_sends(&document, &verb, &path);
                let answer = mock.send_example(&sent);
                let name = format!("{api}: {} {path}", verb.to_uppercase());
                if !(200..300).contains(&answer.status) {
                    let reason = answer.header("x-mock-reason").unwrap_or(&answer.body);
                    let why =
                        format!("{} {reason}\n    {} {}", answer.status, sent.target, sent.body);
                    refused.insert(name.clone(), why);
                }
                tried.insert(name);
            }
            if api == "campaign" && group == Group::Ends {
                mock.reset();
            }
        }
    }
    let known: BTreeSet<_> = REFUSED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let names: BTreeSet<_> = refused.keys().cloned().collect();
    let told: Vec<_> = refused
        .iter()
        .filter(|(name, _)| !known.contains(*name))
        .map(|(name, why)| format!("{name}: {why}"))
        .collect();
    assert!(
        told.is_empty(),
        "of {} examples these {} are refused:\n{}",
        tried.len(),
        told.len(),
        told.join("\n")
    );
    let work: Vec<_> = known.difference(&names).collect();
    assert!(work.is_empty(), "these work now, or are gone: {work:?}");
    assert!(refused.len() * 20 <= tried.len(), "{} of {}", refused.len(), tried.len());
}
