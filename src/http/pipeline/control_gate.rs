//! Who may call the control API and read the metrics. Without a token: this machine, under a loopback
//! name. With one, as it has to be where others can call: whoever knows it. No page of another origin in
//! either case, and no change that a page could make a browser send without asking first.

use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, CROSS_ORIGIN_RESOURCE_POLICY, HOST, HeaderMap, HeaderName,
    HeaderValue, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::super::error::Failure;
use super::super::hosts::Hosts;
use super::super::settings::ControlAccess;
use super::super::state::AppState;
use super::connection::LocalPort;
use super::context::{LayerResult, refuse_request};

/// A header that a page cannot have a browser send to another origin without asking first.
const OWN_HEADER: HeaderName = HeaderName::from_static("x-campaign-mock");

/// Where a page is of that calls, as browsers say it.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a browser calls for, as it says it: a page that somebody opens is `navigate` and `document`.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Lets through who may call the control API, where there is one.
pub(in crate::http) async fn check_control<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    let verdict = verdict(&request, Door::Closed, |state| is_here(state, &request));
    pass(verdict, request, next).await
}

/// Lets through who may see the pages of the control API, which hold nothing secret: they ask for the
/// token themselves.
pub(in crate::http) async fn check_open<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    let verdict = verdict(&request, Door::Open, |state| is_here(state, &request));
    pass(verdict, request, next).await
}

/// Whether a call needs the token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Open,
    Closed,
}

/// Refuses where the control API is off or on another port.
fn is_here(state: &AppState, request: &ServiceRequest) -> Result<(), Failure> {
    let access = &state.settings.control;
    let here = request.conn_data::<LocalPort>().map_or(0, |port| port.0);
    let elsewhere = access.off || access.port.is_some_and(|port| port != here);
    if elsewhere { Err(Failure::NoControlApi) } else { Ok(()) }
}

/// Lets through who may read the metrics, where there are any: whoever may call the control API, also where
/// that is on another port or on none.
pub(in crate::http) async fn check_metrics<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    let exists = |state: &AppState| state.metrics.as_ref().map(|_| ()).ok_or(Failure::NoMetrics);
    let verdict = verdict(&request, Door::Closed, exists);
    pass(verdict, request, next).await
}

fn verdict(
    request: &ServiceRequest,
    door: Door,
    exists: impl FnOnce(&AppState) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let state = request.app_data::<Rc<AppState>>().ok_or(Failure::MissingMiddleware)?;
    exists(state)?;
    authorize(&state.settings.control, door, request)
}

async fn pass<B: MessageBody + 'static>(
    verdict: Result<(), Failure>,
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    let mut answer = match verdict {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(failure) => refuse_request(request, &failure),
    };
    let headers = answer.headers_mut();
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(answer)
}

fn authorize(access: &ControlAccess, door: Door, request: &ServiceRequest) -> Result<(), Failure> {
    let headers = request.headers();
    let host = text(headers, &HOST).unwrap_or_default();
    if let Some(token) = &access.token {
        if door == Door::Closed {
            check_token(headers, token)?;
        }
    } else {
        let peer = request.peer_addr();
        let local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        if !local || !Hosts::is_loopback(host) {
            return Err(Failure::NotLocal);
        }
    }
    // A browser sends this whenever a page is behind the call; "null" and other origins are not ours.
    if let Some(origin) = headers.get(ORIGIN) {
        let name = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        if name.is_none_or(|(_, name)| name != host) {
            return Err(Failure::CrossOrigin);
        }
    }
    // What a browser calls for a page without saying which: an image, a script, a link.
    let site = text(headers, &SEC_FETCH_SITE).unwrap_or("none");
    let follows_link = door == Door::Open
        && text(headers, &SEC_FETCH_MODE) == Some("navigate")
        && text(headers, &SEC_FETCH_DEST) == Some("document");
    if !["none", "same-origin"].contains(&site) && !follows_link {
        return Err(Failure::CrossOrigin);
    }
    let changes = ![Method::GET, Method::HEAD].contains(request.method());
    if changes && !headers.contains_key(OWN_HEADER) && !is_json(headers) {
        return Err(Failure::NotJson);
    }
    Ok(())
}

fn check_token(headers: &HeaderMap, token: &str) -> Result<(), Failure> {
    let sent = text(headers, &HeaderName::from_static("x-admin-token"));
    let sent = sent.or_else(|| text(headers, &AUTHORIZATION)?.strip_prefix("Bearer "));
    let same = |sent: &str| verify_slices_are_equal(sent.as_bytes(), token.as_bytes()).is_ok();
    if sent.is_some_and(same) { Ok(()) } else { Err(Failure::NoAdminToken) }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = text(headers, &CONTENT_TYPE).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
