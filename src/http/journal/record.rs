//! Entering calls into the journal, and counting them. Every call passes here: what is kept is copied or
//! counted, never formatted.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Bytes;

use super::super::body::Received;
use super::super::gateway::Admitted;
use super::super::{Api, redaction};
use super::{ENTRY_ID, Entry};
use crate::domain::Timestamp;

/// Marks an answer that is never sent.
pub(in crate::http) struct Unanswered;

/// A call under way.
struct Begun {
    at: Timestamp,
    /// Path and query as they were sent.
    target: String,
    /// Whether the query had a secret, which the answer may repeat.
    suspect: bool,
}

/// Enters the calls of the APIs, gives every answer its `X-Mock-Request-Id`, and counts calls where they are counted.
pub(in crate::http) async fn record<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let api = request.app_data::<Rc<Api>>().cloned();
    let begun = api.as_deref().and_then(|api| begin(api, &request));
    let started = Instant::now();
    let response = next.call(request).await?;
    let (mut response, body) = seen(response);
    if let Some(api) = api {
        let took = started.elapsed();
        if let Some(metrics) = &api.answers.metrics {
            metrics.count(&api, &response, took);
        }
        let id = match begun {
            Some(begun) => enter(&api, begun, took, &response, body.as_ref()),
            None => api.answers.journal.next_id(),
        };
        response.headers_mut().insert(ENTRY_ID, HeaderValue::from(id));
    }
    Ok(response)
}

fn begin(api: &Api, request: &ServiceRequest) -> Option<Begun> {
    if !api.answers.journal.is_on() || api.is_own(request) {
        return None;
    }
    let mut target = request.path().to_owned();
    let mut suspect = false;
    if let Some(query) = request.uri().query() {
        let (clean, had) = redaction::query(query);
        target.push('?');
        target.push_str(&clean);
        suspect = had;
    }
    Some(Begun { at: api.services.clock().now(), target, suspect })
}

/// The answer with its body, if that is here as a whole.
fn seen<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
) -> (ServiceResponse<BoxBody>, Option<Bytes>) {
    let mut seen = None;
    let response = response.map_body(|_, body| {
        if matches!(body.size(), BodySize::None) {
            seen = Some(Bytes::new());
            return body.boxed();
        }
        match body.try_into_bytes() {
            Ok(bytes) => {
                seen = Some(bytes.clone());
                BoxBody::new(bytes)
            }
            Err(body) => body.boxed(),
        }
    });
    (response, seen)
}

fn enter(
    api: &Api,
    begun: Begun,
    took: Duration,
    response: &ServiceResponse<BoxBody>,
    body: Option<&Bytes>,
) -> u64 {
    let request = response.request();
    let extensions = request.extensions();
    let received = extensions.get::<Received>().map(|received| received.0.clone());
    let admitted =
        extensions.get::<Rc<Admitted>>().map(|admitted| admitted.tenant.name.to_string());
    let unsent = response.response().extensions().contains::<Unanswered>();
    let Begun { at, target, suspect } = begun;
    api.answers.journal.add(Entry {
        id: 0,
        at,
        took,
        method: request.method().clone(),
        target,
        org: admitted.or_else(|| api.org_of(request.path(), request.headers())),
        status: if unsent { 0 } else { response.status().as_u16() },
        request_head: redaction::head(request.headers()),
        request_body: redaction::body(
            &received.unwrap_or_default(),
            kind(request.headers()),
            false,
        ),
        response_head: redaction::head(response.headers()),
        response_body: body.map(|body| redaction::body(body, kind(response.headers()), suspect)),
    })
}

fn kind(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok())
}
