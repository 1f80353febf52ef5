//! The control API's document: its table of calls, with the schemas of the structs that the table names.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::error::OwnRefusal;
use super::super::openapi::{Document, JSON, Operation, Parameter, pattern};
use super::super::pipeline::Audience;
use super::super::schemas::{self, Schemas};
use super::super::target::CONTROL;
use super::journal::FailedVerdictBody;
use super::route::ControlRoute;
use super::samples::Samples;
use crate::domain::SnapshotName;

const ABOUT: &str = "The control API of this server. Calls that change something need a body of type application/json \
or the header X-Campaign-Mock. Any call may also answer 405, 408, 413, 421 and, when the server is stopping, \
overloaded or out of disk, 503 or 507.";

/// The document of these calls, for a server that needs its token or does not.
pub(super) fn document(
    calls: &[ControlRoute],
    base_url: &str,
    token: bool,
    samples: &Samples,
) -> Value {
    let server = format!("{base_url}{CONTROL}");
    let mut document = Document::new("campaign-mock control API", ABOUT, &server);
    if token {
        document.key("adminToken", "X-Admin-Token", "The token that the server has printed.");
        document.bearer("The same token.");
        document.security(&[&["adminToken"], &["token"]]);
    }
    let mut structs = Schemas::new();
    let refusal = structs.answer(schemas::of::<OwnRefusal>());
    for (status, what) in [
        (400, "The query or the body is wrong."),
        (401, "The token is missing or another."),
        (
            403,
            "From another machine or a page of another origin, or with a token of a seat that may not.",
        ),
        (404, "There is no such org, job or profile."),
        (408, "It did not come in time, or cannot come any more."),
        (415, "The body does not say that it is JSON."),
        (429, "There were too many wrong codes in the last minute."),
    ] {
        document.refusal(status, what, JSON, &refusal);
    }
    let verdict = structs.answer(schemas::of::<FailedVerdictBody<'_>>());
    document.refusal(406, "There were no such calls, or not so many.", JSON, &verdict);
    for call in calls {
        let method = call.method.as_str().to_ascii_lowercase();
        document.add(&method, call.path, operation(call, samples, &mut structs));
    }
    structs.name_in(&mut document);
    document.into_value()
}

fn operation(call: &ControlRoute, samples: &Samples, structs: &mut Schemas) -> Operation {
    let shape = &call.shape;
    let answer = structs.answer(shape.answers);
    let tag = call.path.split(['/', '.']).nth(1).unwrap_or_default();
    let in_path = call.path.split(['{', '}']).skip(1).step_by(2);
    let in_path = in_path.map(|name| Parameter::path(name, &segment(name)));
    let asked = shape.asks.map(schemas::parameters).unwrap_or_default();
    let sample = |parameter: Parameter| {
        let value = samples.value(call, parameter.name());
        value.map_or_else(|| parameter.clone(), |value| parameter.clone().example(value))
    };
    let parameters: Vec<_> = in_path.chain(asked).map(sample).collect();
    let reads = call.method.is_safe();
    let operation = Operation::new(tag, call.summary);
    let operation = match shape.status {
        204 => operation.answers_nothing(204, "Done."),
        status => operation.answers_as(status, "Done.", shape.kind, &answer),
    };
    let operation =
        if shape.may_create { operation.answers(201, "Made.", &answer) } else { operation };
    let operation = match call.audience {
        Audience::Trainer | Audience::Seats => operation.refuses(&[401, 403]),
        Audience::Anybody | Audience::Links => operation.refuses(&[403]).needs(json!([])),
    };
    let mut operation = operation.refuses(shape.refuses);
    if !parameters.is_empty() {
        operation = operation.refuses(&[400, 404]);
    }
    if !reads {
        operation = operation.refuses(&[415]).asks(shape.takes.is_none().then(own_header));
    }
    if let Some(body) = shape.takes {
        operation = operation.refuses(&[400]);
        let example = samples.body(call).unwrap_or_else(|| schemas::example(body));
        operation = operation.takes(JSON, &structs.body(body)).example(JSON, example);
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

/// The schema of a segment of a path, by its name.
fn segment(name: &str) -> Value {
    schemas::inline(match name {
        "job_id" => schemas::of::<Uuid>(),
        "name" => schemas::of::<SnapshotName>(),
        _ => schemas::of::<String>(),
    })
}
