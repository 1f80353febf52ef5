//! The control API's document: its table of calls, with the schemas that the table names.

use serde_json::{Value, json};

use super::super::openapi::{
    Document, JSON, NOTHING, Operation, Parameter, anything, array, at_least, between, boolean,
    exactly, moment, named, nullable, object, open, optional, pattern, text, uuid, words,
};
use super::super::privacy::statuses;
use super::super::schemas::Schemas;
use super::super::target::CONTROL;
use super::pact::state_names;
use super::route::{Body, ControlRoute};
use crate::domain::SnapshotName;

const ABOUT: &str = "The control API of this server. Calls that change something need a body of type application/json \
or the header X-Campaign-Mock. Any call may also answer 405, 408, 413, 421 and, when the server is stopping, \
overloaded or out of disk, 503 or 507.";

/// The document of these calls, for a server that needs its token or does not; samples are for that
/// org.
pub(super) fn document(calls: &[ControlRoute], base_url: &str, token: bool, org: &str) -> Value {
    let server = format!("{base_url}{CONTROL}");
    let mut document = Document::new("campaign-mock control API", ABOUT, &server);
    if token {
        document.key("adminToken", "X-Admin-Token", "The token that the server has printed.");
        document.bearer("The same token.");
        document.security(&[&["adminToken"], &["token"]]);
    }
    document.schema("Refusal", exactly([("error", text())]));
    for (status, what) in [
        (400, "The query or the body is wrong."),
        (401, "The token is missing or another."),
        (403, "From another machine or a page of another origin."),
        (404, "There is no such org, job or profile."),
        (408, "It did not come in time, or cannot come any more."),
        (415, "The body does not say that it is JSON."),
    ] {
        document.refusal(status, what, JSON, &named("Refusal"));
    }
    let what = "There were no such calls, or not so many.";
    document.refusal(406, what, JSON, &named("Verdict"));
    for (name, schema) in schemas() {
        document.schema(name, schema);
    }
    let mut structs = Schemas::new();
    for call in calls {
        let method = call.method.as_str().to_ascii_lowercase();
        document.add(&method, call.path, operation(call, org, &mut structs));
    }
    for (name, schema) in structs.into_named() {
        document.schema(&name, schema);
    }
    document.into_value()
}

fn operation(call: &ControlRoute, org: &str, structs: &mut Schemas) -> Operation {
    let shape = &call.shape;
    let answer = match shape.answers {
        Body::Struct(describe) => structs.answer(describe),
        Body::Named(name) => named(name),
    };
    let tag = call.path.split('/').nth(1).unwrap_or_default();
    let in_path = call.path.split(['{', '}']).skip(1).step_by(2);
    let in_path = in_path.map(|name| Parameter::path(name, &parameter(name)));
    let needed = shape.needs.iter().map(|name| Parameter::query(name, &parameter(name)).required());
    let asked = shape.asks.iter().map(|name| Parameter::query(name, &parameter(name)));
    let sample = |parameter: Parameter| parameter.sample("org", org).sample("name", "before-test");
    let parameters: Vec<_> = in_path.chain(needed).chain(asked).map(sample).collect();
    let reads = call.method.is_safe();
    let operation = Operation::new(tag, call.summary);
    let operation = match shape.status {
        204 => operation.answers_nothing(204, "Done."),
        status => operation.answers_as(status, "Done.", shape.kind, &answer),
    };
    let operation =
        if shape.may_create { operation.answers(201, "Made.", &answer) } else { operation };
    let mut operation = operation.refuses(&[401, 403]).refuses(shape.refuses);
    if !parameters.is_empty() {
        operation = operation.refuses(&[400, 404]);
    }
    if !reads {
        operation = operation.refuses(&[415]).asks(shape.takes.is_none().then(own_header));
    }
    if let Some(body) = shape.takes {
        operation = operation.refuses(&[400]);
        let body = match body {
            Body::Struct(describe) => structs.body(describe),
            Body::Named(name) => named(name),
        };
        operation = operation.takes(JSON, &body);
    }
    operation.asks(parameters)
}

/// What a call without a body shows instead of its type.
fn own_header() -> Parameter {
    Parameter::header("X-Campaign-Mock", &pattern("^[a-z0-9]+$"))
        .required()
        .about("Anything: it shows that no page of another origin has made the call.")
        .example("1")
}

/// The schema of a parameter by its name.
fn parameter(name: &str) -> Value {
    match name {
        "after" => at_least(0),
        "job_id" | "jobId" => uuid(),
        "limit" => {
            json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": 1000, "default": 1000})
        }
        "name" => snapshot_name(),
        "from" | "to" => json!({"anyOf": [words(SnapshotName::RESERVED), snapshot_name()]}),
        "status" => statuses(),
        "state" => words(["settled", "opted-out", "opted-in", "deleted"]),
        "timeout" => json!({"type": "string", "default": "10s"}),
        _ => text(),
    }
}

fn snapshot_name() -> Value {
    let mut name = pattern(SnapshotName::PATTERN);
    name["not"] = json!({"enum": SnapshotName::RESERVED});
    name
}

/// The schemas that the table of calls names.
fn schemas() -> Vec<(&'static str, Value)> {
    [schemas_of_free_text(), schemas_of_provider_states(), schemas_of_the_journal()].concat()
}

fn schemas_of_free_text() -> Vec<(&'static str, Value)> {
    vec![("Anything", anything()), ("Page", text())]
}

fn schemas_of_provider_states() -> Vec<(&'static str, Value)> {
    let state = exactly([
        ("name", words(state_names())),
        ("parameters", anything()),
        ("returns", array(&text())),
    ]);
    let parameters =
        json!({"type": "object", "additionalProperties": {"oneOf": [text(), boolean()]}});
    // Older verifiers send more, such as the consumer.
    let wanted = open(object(
        [("state", words(state_names().chain([""])))],
        [("params", nullable(parameters)), ("action", nullable(words(["setup", "teardown"])))],
    ));
    vec![
        ("ProviderStates", exactly([("states", array(&state))])),
        ("ProviderState", wanted),
        ("ProviderValues", json!({"type": "object", "additionalProperties": nullable(text())})),
    ]
}

fn schemas_of_the_journal() -> Vec<(&'static str, Value)> {
    let message = exactly([
        ("headers", json!({"type": "object", "additionalProperties": text()})),
        ("body", nullable(text())),
        ("bodyBytes", nullable(at_least(0))),
        ("bodyCut", boolean()),
    ]);
    let call = || {
        [
            ("id", at_least(1)),
            ("time", moment()),
            ("method", text()),
            ("path", text()),
            ("query", nullable(text())),
            ("org", nullable(text())),
            ("status", nullable(at_least(100))),
            ("reason", nullable(text())),
            ("apiKey", nullable(text())),
            ("latencyMicros", at_least(0)),
            ("request", named("Message")),
            ("response", named("Message")),
        ]
    };
    let dropped = || ("dropped", at_least(0));
    let matcher = || {
        [
            ("org", nullable(text())),
            ("method", nullable(text())),
            ("path", nullable(text())),
            ("query", json!({"type": "object", "additionalProperties": text()})),
            ("status", nullable(between(0, u16::MAX.into()))),
            ("headers", array(&text())),
            ("body", anything()),
        ]
    };
    let expected = [("count", at_least(0)), ("atLeast", at_least(0)), ("atMost", at_least(0))];
    let difference = exactly([("part", text()), ("wanted", text()), ("found", text())]);
    let nearest = exactly([
        ("diff", text()),
        ("differences", array(&difference)),
        ("request", named("Call")),
    ]);
    let verdict =
        [("verified", boolean()), ("count", at_least(0)), ("expected", text()), dropped()];
    vec![
        ("Message", message),
        ("Call", exactly(call())),
        ("OneCall", object(call().into_iter().chain([dropped()]), NOTHING)),
        ("Calls", exactly([("requests", array(&named("Call"))), dropped()])),
        ("Forgotten", exactly([("removed", at_least(0)), dropped()])),
        ("Matcher", optional(matcher())),
        ("CallCount", exactly([("count", at_least(0)), dropped()])),
        ("Expectation", object(NOTHING, matcher().into_iter().chain(expected))),
        ("Verdict", object(verdict, [("nearest", nullable(nearest))])),
    ]
}
