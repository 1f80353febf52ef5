//! Entering calls into the journal, and counting them. Every call passes here: what is kept is copied or
//! counted, never formatted.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::web::Bytes;

use super::super::body::Received;
use super::super::gateway::Admitted;
use super::super::middleware::Passed;
use super::super::{Api, redaction};
use super::ENTRY_ID;
use super::entry::{Entry, Facts, Text, Texts};
use crate::domain::Timestamp;

/// Marks an answer that is never sent.
pub(in crate::http) struct Unanswered;

/// A call under way.
struct Begun {
    at: Timestamp,
    /// With path and query as they were sent, but for secrets.
    texts: Texts,
    /// Whether the query had a secret, which the answer may repeat.
    suspect: bool,
}

/// Enters the calls of the APIs, gives every answer its `X-Mock-Request-Id`, and counts calls where they are counted.
pub(in crate::http) async fn record(
    api: &Api,
    request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> Passed,
) -> Passed {
    let begun = begin(api, &request);
    let started = Instant::now();
    let (mut response, body) = seen(next(request).await?);
    let took = started.elapsed();
    if let Some(metrics) = &api.answers.metrics {
        metrics.count(api, &response, took);
    }
    let id = match begun {
        Some(begun) => enter(api, begun, took, &response, body.as_ref()),
        None => api.answers.journal.next_id(),
    };
    response.headers_mut().insert(ENTRY_ID, HeaderValue::from(id));
    Ok(response)
}

fn begin(api: &Api, request: &ServiceRequest) -> Option<Begun> {
    if !api.answers.journal.is_on() || api.is_own(request) {
        return None;
    }
    let mut texts = Texts::new();
    let mut suspect = false;
    texts.add(Text::Target, |text| {
        text.extend_from_slice(request.path().as_bytes());
        if let Some(query) = request.uri().query() {
            let (clean, had) = redaction::query(query);
            text.push(b'?');
            text.extend_from_slice(clean.as_bytes());
            suspect = had;
        }
    });
    Some(Begun { at: api.services.clock().now(), texts, suspect })
}

/// The answer with its body, if that is here as a whole.
fn seen(response: ServiceResponse) -> (ServiceResponse, Option<Bytes>) {
    let mut seen = None;
    let response = response.map_body(|_, body| {
        if matches!(body.size(), BodySize::None) {
            seen = Some(Bytes::new());
            return body;
        }
        match body.try_into_bytes() {
            Ok(bytes) => {
                seen = Some(bytes.clone());
                BoxBody::new(bytes)
            }
            Err(body) => body,
        }
    });
    (response, seen)
}

fn enter(
    api: &Api,
    begun: Begun,
    took: Duration,
    response: &ServiceResponse,
    body: Option<&Bytes>,
) -> u64 {
    let request = response.request();
    let extensions = request.extensions();
    let received = extensions.get::<Received>().map(|received| received.0.clone());
    let unsent = response.response().extensions().contains::<Unanswered>();
    let Begun { at, mut texts, suspect } = begun;
    texts.add(Text::Org, |text| {
        if let Some(admitted) = extensions.get::<Rc<Admitted>>() {
            text.extend_from_slice(admitted.tenant.name.as_str().as_bytes());
        } else if let Some(org) = api.org_of(request.match_info().as_str(), request.headers()) {
            text.extend_from_slice(org.as_bytes());
        }
    });
    texts.add(Text::RequestHead, |text| redaction::head(request.headers(), text));
    texts.add(Text::ResponseHead, |text| redaction::head(response.headers(), text));
    let facts = Facts {
        id: 0,
        at,
        took,
        method: request.method().clone(),
        status: if unsent { 0 } else { response.status().as_u16() },
        request_body: redaction::body(
            &received.unwrap_or_default(),
            kind(request.headers()),
            false,
        ),
        response_body: body.map(|body| redaction::body(body, kind(response.headers()), suspect)),
    };
    api.answers.journal.add(Entry { facts, texts })
}

fn kind(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok())
}
