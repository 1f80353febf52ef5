//! Who may call the control API and read the metrics. Without a token: this machine, under a loopback
//! name. With one, as it has to be where others can call: whoever knows it. A seat of a training room has a token of its
//! own for what each call says that seats may have. No page of another origin in any case, and no change that a page could
//! make a browser send without asking first.

use actix_web::HttpRequest;
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
use super::connection::LocalPort;
use super::context::{LayerResult, RequestContext};
use crate::domain::Seat;

/// A header that a page cannot have a browser send to another origin without asking first.
const OWN_HEADER: HeaderName = HeaderName::from_static("x-campaign-mock");

/// Where a page is of that calls, as browsers say it.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a browser calls for, as it says it: a page that somebody opens is `navigate` and `document`.
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Who may make a call of the control API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Who runs the server, with the admin token where there is one.
    Trainer,
    /// A seat too, as far as its own org goes.
    Seats,
    /// Anybody who reaches the server; no page of another origin.
    Anybody,
    /// Anybody, who may come by a link of another origin: a page that holds nothing secret.
    Links,
}

/// As whom a call of the control API is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) enum Role {
    /// With the admin token.
    Trainer,
    /// From this machine, where no token is needed.
    Open,
    /// With the token of a seat.
    Seat(Seat),
    /// Of no matter whom.
    Anybody,
}

/// Gives the answers of the control API and the metrics their headers.
pub(in crate::http) async fn protect<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    let mut answer = next.call(request).await?.map_into_boxed_body();
    let headers = answer.headers_mut();
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(answer)
}

/// As whom a call of the control API is made, if there is one here and its audience has that caller.
///
/// # Errors
/// Why the call is refused.
pub(in crate::http) fn admit(
    context: &RequestContext,
    audience: Audience,
) -> Result<Role, Failure> {
    let access = &context.state.settings.control;
    let here = context.request.conn_data::<LocalPort>().map_or(0, |port| port.0);
    if !access.is_on(here) {
        return Err(Failure::NoControlApi);
    }
    authorize(context, audience)
}

/// Whether the metrics, where there are any, may be read: whoever runs the server may, also where the control API is on
/// another port or on none.
///
/// # Errors
/// Why the call is refused.
pub(in crate::http) fn admit_to_metrics(context: &RequestContext) -> Result<(), Failure> {
    context.state.metrics.as_ref().ok_or(Failure::NoMetrics)?;
    authorize(context, Audience::Trainer).map(|_| ())
}

fn authorize(context: &RequestContext, audience: Audience) -> Result<Role, Failure> {
    let role = match audience {
        Audience::Trainer | Audience::Seats => role(context)?,
        Audience::Anybody | Audience::Links => nobody(context)?,
    };
    check_origin(&context.request, audience)?;
    match role {
        Role::Seat(_) if audience != Audience::Seats => Err(Failure::NotForSeats),
        role => Ok(role),
    }
}

/// As whom a call is made, by its token and where it comes from.
fn role(context: &RequestContext) -> Result<Role, Failure> {
    let (state, request) = (&context.state, &context.request);
    let token = sent_token(request.headers());
    if let Some(org) = token.and_then(|token| state.seat_passes.org_of(token)) {
        return state.services.seat_of(&org).map(Role::Seat).ok_or(Failure::NoSuchSeat);
    }
    if let Some(needed) = &state.settings.control.token {
        let same = |sent: &str| verify_slices_are_equal(sent.as_bytes(), needed.as_bytes()).is_ok();
        return token.is_some_and(same).then_some(Role::Trainer).ok_or(Failure::NoAdminToken);
    }
    check_local(request)?;
    Ok(Role::Open)
}

/// As whom a call is made for which no token is asked: anybody who could call with one.
fn nobody(context: &RequestContext) -> Result<Role, Failure> {
    if context.state.settings.control.token.is_none() {
        check_local(&context.request)?;
    }
    Ok(Role::Anybody)
}

/// Refuses calls from another machine or under another name than a loopback one.
fn check_local(request: &HttpRequest) -> Result<(), Failure> {
    let peer = request.peer_addr();
    let local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let host = text(request.headers(), &HOST).unwrap_or_default();
    if local && Hosts::is_loopback(host) { Ok(()) } else { Err(Failure::NotLocal) }
}

/// Refuses what a page of another origin may have had a browser send.
fn check_origin(request: &HttpRequest, audience: Audience) -> Result<(), Failure> {
    let headers = request.headers();
    let host = text(headers, &HOST).unwrap_or_default();
    // A browser sends this whenever a page is behind the call; "null" and other origins are not ours.
    if let Some(origin) = headers.get(ORIGIN) {
        let name = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        if name.is_none_or(|(_, name)| name != host) {
            return Err(Failure::CrossOrigin);
        }
    }
    // What a browser calls for a page without saying which: an image, a script, a link.
    let site = text(headers, &SEC_FETCH_SITE).unwrap_or("none");
    let follows_link = audience == Audience::Links
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

/// The token that a call of the control API comes with.
fn sent_token(headers: &HeaderMap) -> Option<&str> {
    let sent = text(headers, &HeaderName::from_static("x-admin-token"));
    sent.or_else(|| text(headers, &AUTHORIZATION)?.strip_prefix("Bearer "))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = text(headers, &CONTENT_TYPE).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
