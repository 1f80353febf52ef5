//! Workflows: what they are made of, commands and signals (`docs/reference/campaign-standard.md` §16).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::settings::Dialect;
use super::request::CampaignRequest;
use crate::domain::Error;
use crate::service::{Activity, Command};

/// Most bytes of a signal.
const LARGEST_SIGNAL: usize = 64 * 1024;

/// A workflow and the activities that can be triggered.
pub(super) fn read(request: &CampaignRequest<'_>, key: &str) -> Result<HttpResponse, Failure> {
    let execution = request.services().workflow(&request.caller.tenant, key)?;
    let base = format!("{}workflow/execution/{}", request.campaign, execution.pkey);
    let shown = |activity: &Activity| {
        let own = &activity.pkey;
        let mut members = Map::new();
        members.insert("PKey".to_owned(), own.as_str().into());
        members.insert("name".to_owned(), activity.name.as_str().into());
        // The v8 product does not tell them.
        if request.dialect() == Dialect::Acs {
            let parameter = |(name, kind): &(String, String)| {
                (name.clone(), json!({"name": name, "type": kind}))
            };
            let parameters: Map<_, _> = activity.parameters.iter().map(parameter).collect();
            members.insert("parameters".to_owned(), parameters.into());
        }
        let href = format!("{base}/activities/activity/{own}/trigger/");
        members.insert("trigger".to_owned(), json!({ "href": href }));
        (activity.name.clone(), Value::Object(members))
    };
    let activities: Map<_, _> = execution.activities.iter().map(shown).collect();
    let mut body = json!({
        "PKey": execution.pkey.as_str(),
        "activities": { "activity": activities },
    });
    match request.dialect() {
        Dialect::Acs => body["nextProcessingDate"] = execution.next_processing.into(),
        Dialect::V8 => body["href"] = base.into(),
    }
    json_response(StatusCode::OK, &body)
}

/// What follows a workflow's key: `commands`, or the trigger of an activity.
pub(super) async fn post(
    request: &CampaignRequest<'_>,
    key: &str,
    rest: &[&str],
    members: Map<String, Value>,
    size: usize,
) -> Result<HttpResponse, Failure> {
    match rest {
        ["commands"] => command(request, key, &members).await,
        ["activities", "activity", activity, "trigger"] => {
            trigger(request, key, activity, members, size).await
        }
        [] => Err(Failure::MethodNotAllowed(allowed(rest))),
        [.., stray] => {
            Err(Error::StraySegment { segment: (*stray).to_owned(), custom: false }.into())
        }
    }
}

/// The verbs that a workflow takes, or what follows its key.
pub(super) const fn allowed(rest: &[&str]) -> &'static str {
    if rest.is_empty() { "GET, OPTIONS" } else { "POST, OPTIONS" }
}

async fn command(
    request: &CampaignRequest<'_>,
    key: &str,
    members: &Map<String, Value>,
) -> Result<HttpResponse, Failure> {
    let method = members.get("method").and_then(Value::as_str).unwrap_or_default();
    let command = Command::parse(method).ok_or_else(|| {
        let text = "Send {\"method\": \"start\"}, or pause, resume, stop.";
        Error::WorkflowRefused(text.to_owned())
    })?;
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    services.command_workflow(tenant, key, command, request.source()).await?;
    json_response(StatusCode::OK, &json!({}))
}

async fn trigger(
    request: &CampaignRequest<'_>,
    key: &str,
    activity: &str,
    mut members: Map<String, Value>,
    size: usize,
) -> Result<HttpResponse, Failure> {
    let refused = |text: &str| Error::WorkflowRefused(text.to_owned());
    if size > LARGEST_SIGNAL {
        return Err(refused("A signal may have 64 kB.").into());
    }
    let parameters = match members.remove("parameters") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(parameters)) => parameters,
        Some(_) => return Err(refused("'parameters' is a JSON object.").into()),
    };
    let source = members.get("source").and_then(Value::as_str).unwrap_or_default();
    if source.is_empty() {
        return Err(refused("A signal needs a 'source', such as \"API\".").into());
    }
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    services.trigger(tenant, key, activity, source, parameters).await?;
    json_response(StatusCode::OK, &json!({}))
}
