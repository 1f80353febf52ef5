//! `/livez` and `/readyz`: no credentials, no state.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::json;

use super::super::error::Failure;
use super::super::pipeline::RequestContext;
use super::super::response::json_response;

/// `GET /livez`: the process answers.
pub(in crate::http) async fn live(context: RequestContext) -> HttpResponse {
    context.respond(json_response(StatusCode::OK, &json!({"status": "live"})))
}

/// `GET /readyz`: the database is open, the seed loaded and the worker running.
pub(in crate::http) async fn ready(context: RequestContext) -> HttpResponse {
    let result = if context.state.is_ready() {
        json_response(StatusCode::OK, &json!({"status": "ready"}))
    } else {
        Err(Failure::NotReady)
    };
    context.respond(result)
}
