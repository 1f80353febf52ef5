//! Where faults meet calls: after the body is here and before anything is asked of the caller.

use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use actix_web::web::Bytes;

use super::super::error::Failure;
use super::super::headers::{self, REASON};
use super::super::response::JSON;
use super::super::state::AppState;
use super::super::target::Target;
use super::connection::Connection;
use super::context::{LayerResult, NotSent, refuse_request};
use super::stepwise_body::Stepwise;
use crate::faults::{CallFacts, Dribble, Effect, Fault, Outcome, Preference};

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Has calls fail, or wait, that are to.
pub(super) async fn inject(
    state: &AppState,
    target: &Target,
    mut request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> LayerResult,
) -> LayerResult {
    let effect = if target.api.is_own() { Ok(None) } else { due(state, target, &mut request) };
    let effect = match effect {
        Ok(Some(effect)) => effect,
        Ok(None) => return next(request).await,
        Err(said) => return Ok(refuse_request(request, &Failure::BadPreference(said))),
    };
    if let Some(metrics) = &state.metrics {
        metrics.count_fault(effect.kind());
    }
    if effect.wait > Duration::ZERO {
        actix_rt::time::sleep(effect.wait).await;
    }
    let mut response = match effect.outcome {
        Outcome::Answered(None) => next(request).await?,
        Outcome::Answered(Some(dribble)) => {
            next(request).await?.map_body(|_, body| in_pieces(body, dribble))
        }
        Outcome::Refused(status, retry_after) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let reason = effect.reason.clone();
            let failure = Failure::Injected { status, retry_after, reason };
            refuse_request(request, &failure)
        }
        Outcome::Broken(fault) => broken(request, fault),
    };
    explain(&mut response, &effect);
    Ok(response)
}

/// What is to happen to a call: what it asks for itself, else what the first rule says whose turn it is.
fn due(
    state: &AppState,
    target: &Target,
    request: &mut ServiceRequest,
) -> Result<Option<Effect>, String> {
    if state.settings.prefer
        && let Some(effect) = preferred(request)?
    {
        return Ok(Some(effect));
    }
    let services = &state.services;
    let rules = services.faults().rules(services.clock().now());
    if rules.is_empty() {
        return Ok(None);
    }
    let org = state.org_name(target);
    let call = CallFacts {
        is_event: false,
        org: org.as_deref(),
        method: request.method().as_str(),
        path: request.path(),
    };
    Ok(rules.iter().find_map(|rule| rule.effect(&call, || services.random().next_u64())))
}

/// What a call asks for; the query then looks as if it had not.
fn preferred(request: &mut ServiceRequest) -> Result<Option<Effect>, String> {
    let query = request.uri().query().filter(|query| query.contains("__"));
    if query.is_none() && !request.headers().contains_key(PREFER) {
        return Ok(None);
    }
    let values = request.headers().get_all(PREFER).filter_map(|value| value.to_str().ok());
    let mut preference = Preference::read(values)?;
    if let Some(query) = query {
        let left = preference.take(query)?;
        if let Some(uri) = with_query(request.uri(), &left) {
            request.head_mut().uri = uri;
        }
    }
    Ok(preference.effect())
}

fn with_query(uri: &Uri, query: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let path = uri.path();
    let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    parts.path_and_query = Some(target.try_into().ok()?);
    Uri::from_parts(parts).ok()
}

/// A whole body sent bit by bit; any other is left as it is.
fn in_pieces(body: BoxBody, dribble: Dribble) -> BoxBody {
    match body.try_into_bytes() {
        Ok(bytes) if !bytes.is_empty() => BoxBody::new(Stepwise::dribbling(&bytes, dribble)),
        Ok(bytes) => BoxBody::new(bytes),
        Err(body) => body,
    }
}

/// An answer that does not arrive, or not as one.
fn broken(request: ServiceRequest, fault: Fault) -> ServiceResponse {
    let connection = Connection::of(request.request());
    let half = Bytes::from_static(b"{\"content\":[{\"PKey\":\"@");
    let after = match fault {
        Fault::MalformedResponseChunk => Some(half),
        Fault::ConnectionResetByPeer => {
            if let Some(connection) = connection {
                connection.reset_at_end();
            }
            None
        }
        Fault::RandomDataThenClose => {
            if let Some(connection) = connection {
                connection.write(b"\x13\x9c\xe0\x07lskdu018973t09sylgasjkfg1][]'./.sdlv");
            }
            None
        }
        Fault::EmptyResponse => None,
    };
    let arrives = after.is_some();
    let mut answer = HttpResponse::Ok().content_type(JSON).body(Stepwise::breaking_off(after));
    if !arrives {
        answer.extensions_mut().insert(NotSent);
    }
    request.into_response(answer)
}

fn explain(response: &mut ServiceResponse, effect: &Effect) {
    let sent = response.headers_mut();
    if !sent.contains_key(REASON) {
        sent.insert(REASON, headers::sentence(&effect.reason));
    }
    let applied = effect.applied.as_deref().and_then(|said| HeaderValue::from_str(said).ok());
    if let Some(applied) = applied {
        sent.insert(APPLIED, applied);
    }
}
