//! The signals that workflows have taken.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AdminCall, Failure, limit};
use crate::http::json;
use crate::service::Signal;

#[derive(Deserialize)]
struct SignalsQuery {
    limit: Option<i64>,
}

#[derive(Serialize)]
struct SignalsBody<'a> {
    org: &'a str,
    signals: Vec<SignalBody>,
}

#[derive(Serialize)]
struct SignalBody {
    workflow: String,
    activity: String,
    source: String,
    parameters: Map<String, Value>,
    at: String,
}

impl From<Signal> for SignalBody {
    fn from(signal: Signal) -> Self {
        let Signal { workflow, activity, source, parameters, at } = signal;
        Self { workflow, activity, source, parameters, at: at.to_rfc3339() }
    }
}

/// `GET /__admin/signals?org=…[&limit=…]`: the signals that workflows have taken, newest first.
pub(super) async fn taken(call: AdminCall) -> Result<HttpResponse, Failure> {
    let query: SignalsQuery = call.query()?;
    let tenant = call.tenant().await?;
    let limit = usize::try_from(limit(query.limit)).unwrap_or(usize::MAX);
    let taken = call.services().signals(&tenant, limit)?;
    let signals = taken.into_iter().map(SignalBody::from).collect();
    json(StatusCode::OK, &SignalsBody { org: tenant.name.as_str(), signals })
}
