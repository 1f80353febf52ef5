//! Enters requests into the journal and counts them. Every request passes here, so everything is copied or counted and
//! nothing is formatted.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::web::Bytes;

use super::super::headers::JOURNAL_ID;
use super::super::state::AppState;
use super::super::target::{ApiKind, Target};
use super::body::RequestBody;
use super::context::{AuthorizedCaller, LayerResult, NotSent};
use crate::domain::{Caused, Timestamp};
use crate::journal::{Entry, Facts, Text, Texts, redaction};
use crate::live::Event;
use crate::metrics::CountedApi;

/// A call under way.
struct Begun {
    at: Timestamp,
    /// With path and query as they were sent, but for secrets.
    texts: Texts,
    /// Whether the query had a secret, which the answer may repeat.
    suspect: bool,
}

/// Enters the calls of the APIs, gives every answer its `X-Mock-Request-Id`, and counts calls where they are counted.
pub(super) async fn record(
    state: &AppState,
    target: &Target,
    request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> LayerResult,
) -> LayerResult {
    let begun = begin(state, target, &request);
    let started = Instant::now();
    let (mut response, body) = seen(next(request).await?);
    let took = started.elapsed();
    let status = sent_status(&response);
    if let Some(metrics) = &state.metrics
        && let Some(api) = counted_as(target.api)
    {
        metrics.count(api, response.request().method().as_str(), status, took);
    }
    let id = match begun {
        Some(begun) => enter(state, target, begun, took, status, &response, body.as_ref()),
        None => state.services.journal().next_id(),
    };
    response.headers_mut().insert(JOURNAL_ID, HeaderValue::from(id));
    Ok(response)
}

/// The status that the caller gets; 0 for a response that is never sent.
fn sent_status(response: &ServiceResponse) -> u16 {
    let not_sent = response.response().extensions().contains::<NotSent>();
    if not_sent { 0 } else { response.status().as_u16() }
}

/// As which API a request is counted; probes and readers of the metrics are none.
const fn counted_as(api: ApiKind) -> Option<CountedApi> {
    match api {
        ApiKind::Campaign => Some(CountedApi::Campaign),
        ApiKind::Privacy { .. } => Some(CountedApi::Privacy),
        ApiKind::Ims => Some(CountedApi::Ims),
        ApiKind::Control => Some(CountedApi::Control),
        ApiKind::Probe => None,
    }
}

fn begin(state: &AppState, target: &Target, request: &ServiceRequest) -> Option<Begun> {
    if !state.services.journal().is_on() || target.api.is_own() {
        return None;
    }
    let mut texts = Texts::new();
    let mut suspect = false;
    texts.add(Text::Method, |text| text.extend_from_slice(request.method().as_str().as_bytes()));
    texts.add(Text::Target, |text| {
        text.extend_from_slice(request.path().as_bytes());
        if let Some(query) = request.uri().query() {
            let (clean, had) = redaction::query(query);
            text.push(b'?');
            text.extend_from_slice(clean.as_bytes());
            suspect = had;
        }
    });
    Some(Begun { at: state.services.clock().now(), texts, suspect })
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
    state: &AppState,
    target: &Target,
    begun: Begun,
    took: Duration,
    status: u16,
    response: &ServiceResponse,
    body: Option<&Bytes>,
) -> u64 {
    let request = response.request();
    let extensions = request.extensions();
    let received = extensions.get::<RequestBody>().map(|body| body.0.clone());
    let Begun { at, mut texts, suspect } = begun;
    texts.add(Text::Org, |text| {
        if let Some(caller) = extensions.get::<Rc<AuthorizedCaller>>() {
            text.extend_from_slice(caller.tenant.name.as_str().as_bytes());
        } else if let Some(org) = state.org_name(target) {
            text.extend_from_slice(org.as_bytes());
        }
    });
    texts.add(Text::RequestHead, |text| redaction::head(lines(request.headers()), text));
    texts.add(Text::ResponseHead, |text| redaction::head(lines(response.headers()), text));
    texts.add(Text::Caused, |text| {
        if let Some(caused) = extensions.get::<Caused>() {
            // Nothing of it can fail: it goes to memory and has no keys.
            let _ = serde_json::to_writer(text, caused);
        }
    });
    let facts = Facts {
        id: 0,
        at,
        took,
        status,
        request_body: redaction::body(
            &received.unwrap_or_default(),
            kind(request.headers()),
            false,
        ),
        response_body: body.map(|body| redaction::body(body, kind(response.headers()), suspect)),
    };
    let entry = Entry { facts, texts };
    let live = state.services.live();
    let head = live.is_watched().then(|| entry.head().into_owned());
    let id = state.services.journal().add(entry);
    if let Some(head) = head {
        live.tell(|| Event::Call(head.with_id(id)));
    }
    id
}

/// Names and values of headers.
fn lines(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}

fn kind(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok())
}
