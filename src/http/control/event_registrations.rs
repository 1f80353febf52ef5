//! Registrations for Privacy Service Events.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::error::Failure;
use super::super::response::{json_response, sorted_json_response};
use super::request::{ControlRequest, RemovedBody};
use crate::domain::{EventType, KeptRegistration, RegistrationSpec, Timestamp};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewEventRegistrations")]
pub(super) struct ReplaceBody {
    registrations: Vec<RegistrationSpec>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventRegistrations", deny_unknown_fields)]
pub(super) struct RegistrationsBody<'a> {
    org: &'a str,
    registrations: Vec<RegistrationBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EventRegistration", deny_unknown_fields)]
pub(super) struct RegistrationBody<'a> {
    id: Uuid,
    name: &'a str,
    url: &'a str,
    /// Of the credential whose client secret signs the events.
    api_key: &'a str,
    events: &'a [EventType],
    /// Whether the webhook has answered the challenge; nothing is sent before.
    #[schemars(extend("enum" = ["verified", "unverified"]))]
    status: &'static str,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    verified_at: Option<String>,
    /// When it is asked again.
    #[schemars(extend("format" = "date-time"))]
    next_challenge_at: Option<String>,
    /// Why the last challenge failed.
    problem: Option<&'a str>,
}

impl<'a> RegistrationBody<'a> {
    fn new(kept: &'a KeptRegistration) -> Self {
        let one = &kept.registration;
        Self {
            id: one.id,
            name: &one.name,
            url: one.url.as_str(),
            api_key: &one.api_key,
            events: &one.events,
            status: if kept.verified.is_some() { "verified" } else { "unverified" },
            created_at: kept.created.to_rfc3339(),
            verified_at: kept.verified.map(Timestamp::to_rfc3339),
            next_challenge_at: kept.due.map(Timestamp::to_rfc3339),
            problem: kept.problem.as_deref(),
        }
    }
}

/// `GET /__admin/event-registrations?org=…`: in the order in which they were made.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.tenant().await?;
    let found = request.services().event_registrations(&tenant)?;
    listed(tenant.name.as_str(), &found)
}

fn listed(org: &str, found: &[KeptRegistration]) -> Result<HttpResponse, Failure> {
    let registrations = found.iter().map(RegistrationBody::new).collect();
    sorted_json_response(StatusCode::OK, &RegistrationsBody { org, registrations })
}

/// `POST /__admin/event-registrations?org=…` `{"url", "name", "credential", "events"}`: registers a webhook beside the
/// others once it has answered the challenge.
pub(super) async fn add(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (tenant, spec) = (request.changed_tenant().await?, request.body::<RegistrationSpec>()?);
    let made = request.services().register_webhooks(&tenant, vec![spec], false).await?;
    let made = made.first().map(RegistrationBody::new);
    let gone = || Failure::NoEntry("The registration was removed meanwhile.".to_owned());
    json_response(StatusCode::CREATED, &made.ok_or_else(gone)?)
}

/// `PUT /__admin/event-registrations?org=…` `{"registrations": […]}`: registers these webhooks in the place of all
/// others, all of them or none.
pub(super) async fn replace(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (tenant, body) = (request.changed_tenant().await?, request.body::<ReplaceBody>()?);
    let made = request.services().register_webhooks(&tenant, body.registrations, true).await?;
    listed(tenant.name.as_str(), &made)
}

/// `DELETE /__admin/event-registrations?org=…`: removes all of an org, and what is still to be sent.
pub(super) async fn clear(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.changed_tenant().await?;
    let removed = request.services().remove_registrations(&tenant, None).await?;
    json_response(StatusCode::OK, &RemovedBody { removed })
}

/// `DELETE /__admin/event-registrations/{id}?org=…`
pub(super) async fn remove(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.changed_tenant().await?;
    let id = request.segment("id");
    let missing =
        || Failure::NoEntry(format!("The org '{}' has no event registration '{id}'.", tenant.name));
    let known = Uuid::try_parse(id).map_err(|_| missing())?;
    match request.services().remove_registrations(&tenant, Some(known)).await? {
        0 => Err(missing()),
        removed => json_response(StatusCode::OK, &RemovedBody { removed }),
    }
}
