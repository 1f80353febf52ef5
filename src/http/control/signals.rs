//! The signals that workflows have taken.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::{ControlRequest, Limit};
use crate::service::Signal;

#[derive(Deserialize, JsonSchema)]
pub(super) struct SignalsQuery {
    org: String,
    #[serde(default)]
    limit: Limit,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Signals", deny_unknown_fields)]
pub(super) struct SignalsBody<'a> {
    org: &'a str,
    signals: Vec<SignalBody>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct SignalBody {
    workflow: String,
    activity: String,
    source: String,
    parameters: Map<String, Value>,
    #[schemars(extend("format" = "date-time"))]
    at: String,
}

impl From<Signal> for SignalBody {
    fn from(signal: Signal) -> Self {
        let Signal { workflow, activity, source, parameters, at } = signal;
        Self { workflow, activity, source, parameters, at: at.to_rfc3339() }
    }
}

/// `GET /__admin/signals?org=…[&limit=…]`: the signals that workflows have taken, newest first.
pub(super) async fn taken(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: SignalsQuery = request.query()?;
    let tenant = request.services().make_tenant(&query.org).await?;
    let limit = usize::try_from(query.limit.get()).unwrap_or(usize::MAX);
    let taken = request.services().signals(&tenant, limit)?;
    let signals = taken.into_iter().map(SignalBody::from).collect();
    json_response(StatusCode::OK, &SignalsBody { org: tenant.name.as_str(), signals })
}
