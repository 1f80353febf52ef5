//! The fault rules.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::response::{json_response, sorted_json_response};
use super::super::state::AppState;
use super::request::{ControlRequest, RemovedBody};
use crate::domain::Timestamp;
use crate::faults::{FaultRule, Faults, RuleSpec};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewFaultRules")]
pub(super) struct ReplaceBody {
    faults: Vec<RuleSpec>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FaultRules", deny_unknown_fields)]
pub(super) struct RulesBody {
    faults: Vec<FaultRule>,
}

/// `GET /__admin/faults[?org=…]`: the rules in force, in the order in which they are tried; those for an org
/// alone.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let faults = shown(request.state(), request.org_param()?.as_deref());
    sorted_json_response(StatusCode::OK, &RulesBody { faults })
}

/// `POST /__admin/faults[?org=…]`: adds a rule behind the others.
pub(super) async fn add(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&request);
    let rule = faults.add(request.body::<RuleSpec>()?.of(request.org_param()?)?, now)?;
    json_response(StatusCode::CREATED, &rule.shown())
}

/// `PUT /__admin/faults[?org=…]` `{"faults": […]}`: puts these in the place of those for an org alone, or of all.
pub(super) async fn replace(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (rules, now) = of(&request);
    let (specs, org) = (request.body::<ReplaceBody>()?.faults, request.org_param()?);
    let specs = specs.into_iter().map(|spec| spec.of(org.clone())).collect::<Result<_, _>>()?;
    rules.replace(specs, org.as_deref(), now)?;
    let faults = shown(request.state(), org.as_deref());
    sorted_json_response(StatusCode::OK, &RulesBody { faults })
}

/// `DELETE /__admin/faults[?org=…]`: those for an org alone, or all.
pub(super) async fn clear(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&request);
    let removed = faults.reset(request.org_param()?.as_deref(), now);
    json_response(StatusCode::OK, &RemovedBody { removed })
}

/// `GET /__admin/faults/{id}`
pub(super) async fn read(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&request);
    let rule = faults.get(request.segment("id"), now).ok_or_else(|| missing(&request))?;
    json_response(StatusCode::OK, &rule.shown())
}

/// `PUT /__admin/faults/{id}`: sets the rule of that id; its counts begin anew.
pub(super) async fn put(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&request);
    let (rule, had) = faults.put(request.segment("id"), request.body()?, now)?;
    json_response(if had { StatusCode::OK } else { StatusCode::CREATED }, &rule.shown())
}

/// `DELETE /__admin/faults/{id}`
pub(super) async fn remove(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (faults, now) = of(&request);
    if !faults.remove(request.segment("id"), now) {
        return Err(missing(&request));
    }
    json_response(StatusCode::OK, &RemovedBody { removed: 1 })
}

/// The rules in force: those for an org alone, or all.
pub(super) fn shown(state: &AppState, org: Option<&str>) -> Vec<FaultRule> {
    let rules = state.services.faults().rules(state.services.clock().now());
    let asked = rules.iter().filter(|rule| rule.applies_to_org_only(org));
    asked.map(|rule| rule.shown()).collect()
}

fn of(request: &ControlRequest) -> (&Faults, Timestamp) {
    (request.services().faults(), request.services().clock().now())
}

fn missing(request: &ControlRequest) -> Failure {
    Failure::NoEntry(format!("There is no fault rule '{}'.", request.segment("id")))
}
