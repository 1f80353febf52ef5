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

/// `GET /__admin/faults[?org=…]`: the rules in force, in the order in which they are tried; those for an org
/// alone.
pub(super) async fn list(call: AdminCall) -> Result<HttpResponse, Failure> {
    let rules = shown(&call.call.api, call.asked_org()?.as_deref());
    answer_json(StatusCode::OK, &json!({"faults": rules}))
}

/// `POST /__admin/faults[?org=…]`: adds a rule behind the others.
pub(super) async fn add(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&call);
    let rule = faults.add(call.body::<RuleSpec>()?.of(call.asked_org()?)?, now)?;
    answer_json(StatusCode::CREATED, &rule.shown())
}

/// `PUT /__admin/faults[?org=…]` `{"faults": […]}`: puts these in the place of those for an org alone, or of all.
pub(super) async fn replace(call: AdminCall) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ReplaceBody {
        faults: Vec<RuleSpec>,
    }
    let (faults, now) = of(&call);
    let (specs, org) = (call.body::<ReplaceBody>()?.faults, call.asked_org()?);
    let specs = specs.into_iter().map(|spec| spec.of(org.clone())).collect::<Result<_, _>>()?;
    faults.replace(specs, org.as_deref(), now)?;
    answer_json(StatusCode::OK, &json!({"faults": shown(&call.call.api, org.as_deref())}))
}

/// `DELETE /__admin/faults[?org=…]`: those for an org alone, or all.
pub(super) async fn clear(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&call);
    let removed = faults.reset(call.asked_org()?.as_deref(), now);
    answer_json(StatusCode::OK, &json!({"removed": removed}))
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
    if !faults.remove(call.segment("id"), now) {
        return Err(missing(&call));
    }
    answer_json(StatusCode::OK, &json!({"removed": 1}))
}

/// The rules in force: those for an org alone, or all.
pub(super) fn shown(api: &Api, org: Option<&str>) -> Vec<Value> {
    let rules = api.answers.faults.rules(api.services.clock().now());
    let asked = rules.iter().filter(|rule| rule.is_of(org));
    asked.map(|rule| serde_json::to_value(rule.shown()).unwrap_or_default()).collect()
}

fn of(call: &AdminCall) -> (&Faults, Timestamp) {
    (&call.call.api.answers.faults, call.services().clock().now())
}

fn missing(call: &AdminCall) -> Failure {
    Failure::NoEntry(format!("There is no fault rule '{}'.", call.segment("id")))
}
