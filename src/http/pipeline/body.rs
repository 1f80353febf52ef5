//! Receiving request bodies: at most 1 MiB, within 10 seconds. actix limits neither by itself once the
//! head has arrived, so this stands before everything that may or may not read a body.

use std::pin::Pin;
use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use actix_web::web::{Bytes, BytesMut};
use futures_core::Stream as _;

use super::super::error::Failure;
use super::context::{LayerResult, refuse_request};

/// Most bytes of a body.
pub(in crate::http) const LARGEST: usize = 1024 * 1024;

/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long a body that is refused is held on to, see [`cut_off`].
const HOLD: Duration = Duration::from_secs(1);

/// The body of a request, for the journal.
pub(super) struct RequestBody(pub(super) Bytes);

/// Has the whole body before anything else sees the call.
pub(super) async fn receive(
    mut request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> LayerResult,
) -> LayerResult {
    if has_body(request.headers()) {
        let mut payload = request.take_payload();
        match whole(request.headers(), &mut payload).await {
            Ok(body) => {
                request.extensions_mut().insert(RequestBody(body.clone()));
                request.set_payload(Payload::from(body));
            }
            Err(failure) => {
                cut_off(payload);
                return Ok(refuse_request(request, &failure));
            }
        }
    }
    next(request).await
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
}

async fn whole(headers: &HeaderMap, payload: &mut Payload) -> Result<Bytes, Failure> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > LARGEST as u64) {
        return Err(Failure::BodyTooLarge);
    }
    let arrived = actix_rt::time::timeout(DEADLINE, collect(payload)).await;
    arrived.unwrap_or(Err(Failure::BodyStalled))
}

async fn collect(payload: &mut Payload) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(part) = std::future::poll_fn(|cx| Pin::new(&mut *payload).poll_next(cx)).await {
        let part = part.map_err(|_| Failure::BodyBroken)?;
        if body.len() + part.len() > LARGEST {
            return Err(Failure::BodyTooLarge);
        }
        body.extend_from_slice(&part);
    }
    Ok(body.freeze())
}

/// Ends the connection of a body that is refused. actix reads on for as long as a chunked body
/// lasts, which may be for ever, if nobody holds its payload when the answer is sent; while somebody
/// does, it closes the connection.
fn cut_off(payload: Payload) {
    actix_rt::spawn(async move {
        actix_rt::time::sleep(HOLD).await;
        drop(payload);
    });
}
