//! Where faults meet calls: after the body is here and before anything is asked of the caller.

use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use actix_web::web::Bytes;

use super::super::connection::Connection;
use super::super::error::{REASON, header_text, refused};
use super::super::journal::Unanswered;
use super::super::middleware::Passed;
use super::super::{Api, Failure, mime_json};
use super::body::Stepwise;
use super::effect::{Dribble, Effect, Fault, Outcome};
use super::preference::Preference;
use super::rule::Asked;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Has calls fail, or wait, that are to.
pub(in crate::http) async fn inject(
    api: &Api,
    mut request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> Passed,
) -> Passed {
    let effect = if api.is_own(&request) { Ok(None) } else { due(api, &mut request) };
    let effect = match effect {
        Ok(Some(effect)) => effect,
        Ok(None) => return next(request).await,
        Err(said) => return Ok(refused(request, &Failure::BadPreference(said))),
    };
    if let Some(metrics) = &api.answers.metrics {
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
            refused(request, &failure)
        }
        Outcome::Broken(fault) => broken(request, fault),
    };
    explain(&mut response, &effect);
    Ok(response)
}

/// What is to happen to a call: what it asks for itself, else what the first rule says whose turn it is.
fn due(api: &Api, request: &mut ServiceRequest) -> Result<Option<Effect>, String> {
    if api.answers.prefer
        && let Some(effect) = preferred(request)?
    {
        return Ok(Some(effect));
    }
    let services = &api.services;
    let rules = api.answers.faults.rules(services.clock().now());
    if rules.is_empty() {
        return Ok(None);
    }
    let org = api.org_of(request.match_info().as_str(), request.headers());
    let asked =
        Asked { org: org.as_deref(), method: request.method().as_str(), path: request.path() };
    Ok(rules.iter().find_map(|rule| rule.effect(&asked, || services.random().next_u64())))
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
    let mut answer =
        HttpResponse::Ok().content_type(mime_json()).body(Stepwise::breaking_off(after));
    if !arrives {
        answer.extensions_mut().insert(Unanswered);
    }
    request.into_response(answer)
}

fn explain(response: &mut ServiceResponse, effect: &Effect) {
    let headers = response.headers_mut();
    if !headers.contains_key(REASON) {
        headers.insert(REASON, header_text(&effect.reason));
    }
    let applied = effect.applied.as_deref().and_then(|said| HeaderValue::from_str(said).ok());
    if let Some(applied) = applied {
        headers.insert(APPLIED, applied);
    }
}
