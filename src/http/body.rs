//! Reading request bodies: at most 1 MiB, within 10 seconds. actix limits neither by itself once the
//! head has arrived.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, Payload};

use super::Failure;

const LARGEST: usize = 1024 * 1024;
const DEADLINE: Duration = Duration::from_secs(10);

/// The whole body.
pub(super) async fn read(request: &HttpRequest, payload: Payload) -> Result<Bytes, Failure> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced
        .and_then(|length| length.parse().ok())
        .is_some_and(|length: u64| length > LARGEST as u64)
    {
        return Err(Failure::BodyTooLarge);
    }
    let arrived = actix_rt::time::timeout(DEADLINE, payload.to_bytes_limited(LARGEST)).await;
    match arrived {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(Failure::BodyBroken),
        Ok(Err(_)) => Err(Failure::BodyTooLarge),
        Err(_) => Err(Failure::BodyStalled),
    }
}
