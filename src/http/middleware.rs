//! The layers that every call passes, whichever API it is for, and three of them: request id, log, Host check.

use std::rc::Rc;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{HOST, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use log::{Level, log, log_enabled};

use super::error::{REASON, refuse, refused};
use super::{Api, Failure, Surface, body, cors, faults, journal};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a call, which the ledger keeps.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) HeaderValue);

/// What a call that has passed a layer comes back with.
pub(super) type Passed = Result<ServiceResponse, actix_web::Error>;

/// Passes a call from layer to layer and at last to its route. The journal sees every answer as it is sent.
/// The Host check comes before anything that could answer a stranger; the id comes before it, so that its
/// refusals have one and are logged. CORS comes before all else that refuses, for pages have to read refusals
/// too. Bodies are limited before anybody may leave them unread; faults come before credentials, so that they
/// need none.
///
/// One layer to the framework, which would allocate for each.
pub(super) async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Passed {
    let Some(api) = request.app_data::<Rc<Api>>().cloned() else {
        return Ok(refused(request, &Failure::NotAdmitted));
    };
    let routed = async |request| Ok(next.call(request).await?.map_into_boxed_body());
    let injected = async |request| faults::inject(&api, request, routed).await;
    let received = async |request| body::receive(request, injected).await;
    let shared = async |request| cors::share(&api, request, received).await;
    let checked = async |request| check_host(&api, request, shared).await;
    let identified = async |request| identify(&api, request, checked).await;
    journal::record(&api, request, identified).await
}

/// Echoes the caller's `X-Request-Id` or makes one, and logs the call: refusals at `info` with their
/// reason, the rest at `debug`; never a query, a header or a body.
async fn identify(
    api: &Api,
    request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> Passed,
) -> Passed {
    const LONGEST: usize = 128;
    let sent = request.headers().get(REQUEST_ID).filter(|id| (1..=LONGEST).contains(&id.len()));
    let id =
        sent.cloned().or_else(|| HeaderValue::from_bytes(&api.services.random().request_id()).ok());
    let id = id.unwrap_or(HeaderValue::from_static("-"));
    request.extensions_mut().insert(RequestId(id.clone()));
    let offers_upgrade = request.head().upgrade();
    let mut response = next(request).await?;
    response.headers_mut().insert(REQUEST_ID, id);
    if offers_upgrade {
        // As Java's client does. Nothing is upgraded to, and actix closes the connection after such a call:
        // a client that is not told so loses its next one.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    report(&response);
    Ok(response)
}

fn report(response: &ServiceResponse) {
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
async fn check_host(
    api: &Api,
    request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> Passed,
) -> Passed {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if api.answers.hosts.allows(host) {
        return next(request).await;
    }
    let refusal = refuse(Surface::Own, &Failure::HostNotAllowed(host.to_owned()));
    Ok(request.into_response(refusal))
}
