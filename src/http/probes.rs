//! `/livez` and `/readyz`: no credentials, no state.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::json;

use super::{Call, Failure, Surface, answer};

/// Where to ask whether the process answers.
pub(super) const LIVE: &str = "/livez";

/// Where to ask whether it takes calls.
pub(super) const READY: &str = "/readyz";

/// The process answers.
pub(super) async fn live() -> HttpResponse {
    answer(Surface::Own, super::json(StatusCode::OK, &json!({"status": "live"})))
}

/// The database is open, the seed loaded and the worker running.
pub(super) async fn ready(call: Call) -> HttpResponse {
    let result = if call.api.is_ready() {
        super::json(StatusCode::OK, &json!({"status": "ready"}))
    } else {
        Err(Failure::NotReady)
    };
    answer(Surface::Own, result)
}
