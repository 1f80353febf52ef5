//! The id of a request, and its line in the log.

use actix_web::HttpMessage as _;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{HeaderName, HeaderValue};
use log::{Level, log, log_enabled};

use super::super::headers::REASON;
use super::super::state::AppState;
use super::context::{LayerResult, RequestId};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Most letters of an id that a caller sends; a longer one is replaced.
const LONGEST: usize = 128;

/// Repeats the caller's `X-Request-Id` or makes one, and logs the request: refusals at `info` with their
/// reason, the rest at `debug`; never a query, a header or a body.
pub(super) async fn identify(
    state: &AppState,
    request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> LayerResult,
) -> LayerResult {
    let sent = request.headers().get(REQUEST_ID).filter(|id| (1..=LONGEST).contains(&id.len()));
    let made = || HeaderValue::from_bytes(&state.services.random().request_id()).ok();
    let id = sent.cloned().or_else(made).unwrap_or(HeaderValue::from_static("-"));
    request.extensions_mut().insert(RequestId(id.clone()));
    let offers_upgrade = request.head().upgrade();
    let mut response = next(request).await?;
    response.headers_mut().insert(REQUEST_ID, id);
    if offers_upgrade {
        // As Java's client does. Nothing is upgraded to, and actix closes the connection after such a request:
        // a client that is not told so loses its next one.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    write_log(&response);
    Ok(response)
}

fn write_log(response: &ServiceResponse) {
    let reason = response.headers().get(REASON).and_then(|reason| reason.to_str().ok());
    let level = if reason.is_some() { Level::Info } else { Level::Debug };
    if log_enabled!(target: "http", level) {
        let request = response.request();
        log!(
            target: "http",
            level,
            "{} {} {}: {}",
            response.status().as_u16(),
            request.method(),
            request.path(),
            reason.unwrap_or("done")
        );
    }
}
