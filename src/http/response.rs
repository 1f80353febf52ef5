//! Responses without a vendor's format of their own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::web::Bytes;
use serde::Serialize;

use super::error::Failure;
use crate::domain::Error;

/// A value as a JSON response.
pub(super) fn json_response(
    status: StatusCode,
    body: &impl Serialize,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::build(status).content_type(JSON).body(json_text(body)?))
}

/// A value as a JSON response, the members of its objects in the order of their names.
pub(super) fn sorted_json_response(
    status: StatusCode,
    body: &impl Serialize,
) -> Result<HttpResponse, Failure> {
    json_response(status, &serde_json::to_value(body).map_err(Error::internal)?)
}

/// A value as JSON.
pub(super) fn json_text(body: &impl Serialize) -> Result<Bytes, Failure> {
    // A record has some 2 kB; growing to it step by step copies it several times.
    let mut text = Vec::with_capacity(2048);
    serde_json::to_writer(&mut text, body).map_err(Error::internal)?;
    Ok(text.into())
}

/// A text that is JSON already as a response.
pub(super) fn raw_json(status: StatusCode, text: &str) -> HttpResponse {
    HttpResponse::build(status).content_type(JSON).body(text.to_owned())
}

/// The content type of JSON.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `OPTIONS` of the APIs: the gateway lets it pass without credentials.
pub(super) async fn options() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
