//! Transactional messages: give one a status.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::ControlRequest;
use crate::domain::{MESSAGE_STATUSES, Timestamp};

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EventStatus", deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusBody {
    #[schemars(extend("enum" = MESSAGE_STATUSES))]
    status: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EventMessage", deny_unknown_fields)]
pub(super) struct MessageBody<'a> {
    org: &'a str,
    event: &'a str,
    message: &'a str,
    #[schemars(extend("enum" = MESSAGE_STATUSES))]
    status: &'a str,
    /// When it moves by itself; null where it stays as it is.
    #[schemars(extend("format" = "date-time"))]
    next_move_at: Option<String>,
}

/// `PUT /__admin/messages/{event}/{message}?org=…`: gives a message, named by its `PKey`, a status.
pub(super) async fn set_status(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.changed_tenant().await?;
    let StatusBody { status } = request.body()?;
    let (event, message) = (request.segment("event"), request.segment("message"));
    let record = request.services().set_message_status(&tenant, event, message, &status).await?;
    let body = MessageBody {
        org: tenant.name.as_str(),
        event,
        message,
        status: &status,
        next_move_at: record.due.map(Timestamp::to_rfc3339),
    };
    json_response(StatusCode::OK, &body)
}
