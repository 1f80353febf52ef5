//! The fault rules.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminCall, Failure};
use crate::domain::Timestamp;
use crate::http::Api;
use crate::http::faults::{Faults, RuleSpec};
use crate::http::json as answer_json;

/// `GET /__admin/faults`: the rules in force, in the order in which they are tried.
pub(super) async fn list(call: AdminCall) -> Result<HttpResponse, Failure> {
    answer_json(StatusCode::OK, &json!({"faults": shown(&call.call.api)}))
}

/// `POST /__admin/faults`: adds a rule behind the others.
pub(super) async fn add(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&call);
    let rule = faults.add(call.body::<RuleSpec>()?, now)?;
    answer_json(StatusCode::CREATED, &rule.shown())
}

/// `PUT /__admin/faults` `{"faults": […]}`: puts these in the place of all others.
pub(super) async fn replace(call: AdminCall) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ReplaceBody {
        faults: Vec<RuleSpec>,
    }
    let (faults, now) = of(&call);
    faults.replace(call.body::<ReplaceBody>()?.faults, now)?;
    answer_json(StatusCode::OK, &json!({"faults": shown(&call.call.api)}))
}

/// `DELETE /__admin/faults`
pub(super) async fn clear(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&call);
    answer_json(StatusCode::OK, &json!({"removed": faults.remove(None, now)}))
}

/// `GET /__admin/faults/{id}`
pub(super) async fn read(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&call);
    let rule = faults.get(call.segment("id"), now).ok_or_else(|| missing(&call))?;
    answer_json(StatusCode::OK, &rule.shown())
}

/// `PUT /__admin/faults/{id}`: sets the rule of that id; its counts begin anew.
pub(super) async fn put(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&call);
    let (rule, had) = faults.put(call.segment("id"), call.body()?, now)?;
    answer_json(if had { StatusCode::OK } else { StatusCode::CREATED }, &rule.shown())
}

/// `DELETE /__admin/faults/{id}`
pub(super) async fn remove(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&call);
    match faults.remove(Some(call.segment("id")), now) {
        0 => Err(missing(&call)),
        removed => answer_json(StatusCode::OK, &json!({"removed": removed})),
    }
}

/// The rules in force.
pub(super) fn shown(api: &Api) -> Vec<Value> {
    let rules = api.answers.faults.rules(api.services.clock().now());
    rules.iter().map(|rule| serde_json::to_value(rule.shown()).unwrap_or_default()).collect()
}

fn of(call: &AdminCall) -> (&Faults, Timestamp) {
    (&call.call.api.answers.faults, call.services().clock().now())
}

fn missing(call: &AdminCall) -> Failure {
    Failure::NoEntry(format!("There is no fault rule '{}'.", call.segment("id")))
}
