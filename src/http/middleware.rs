//! What every call passes, whichever API it is for: the request id, the log, the Host check.

use std::rc::Rc;

use actix_web::HttpMessage as _;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{HOST, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use log::{Level, log, log_enabled};

use super::error::{REASON, refuse};
use super::{Api, Failure, Surface};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a call, which the ledger keeps.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) HeaderValue);

/// Echoes the caller's `X-Request-Id` or makes one, and logs the call: refusals at `info` with their
/// reason, the rest at `debug`; never a query, a header or a body.
pub(super) async fn identify<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    const LONGEST: usize = 128;
    let sent = request.headers().get(REQUEST_ID).filter(|id| (1..=LONGEST).contains(&id.len()));
    let id = sent.cloned().or_else(|| {
        let made = request.app_data::<Rc<Api>>()?.services.random().request_id();
        HeaderValue::from_str(&made).ok()
    });
    let id = id.unwrap_or(HeaderValue::from_static("-"));
    request.extensions_mut().insert(RequestId(id.clone()));
    let offers_upgrade = request.head().upgrade();
    let mut response = next.call(request).await?;
    response.headers_mut().insert(REQUEST_ID, id);
    if offers_upgrade {
        // As Java's client does. Nothing is upgraded to, and actix closes the connection after such a call:
        // a client that is not told so loses its next one.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    report(&response);
    Ok(response)
}

fn report<B>(response: &ServiceResponse<B>) {
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

/// Refuses calls under a name that is not this server's.
pub(super) async fn check_host<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let allowed = request.app_data::<Rc<Api>>().is_some_and(|api| api.answers.hosts.allows(host));
    if allowed {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let refusal = refuse(Surface::Own, &Failure::HostNotAllowed(host.to_owned()));
    Ok(request.into_response(refusal).map_into_right_body())
}
