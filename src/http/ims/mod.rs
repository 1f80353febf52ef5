//! IMS, the token service: no gateway is in front of it (`reference/ims-auth.md` §1–§5).

mod form;
pub(super) mod multipart;
mod profile;
mod token;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest};

use super::middleware::RequestId;
use super::{Api, Call, Failure};
use form::Form;

/// On every refusal; ours is the request's id.
const DEBUG_ID: HeaderName = HeaderName::from_static("x-debug-id");

/// `POST /ims/exchange/jwt`
pub(super) async fn exchange(call: Call, body: Bytes) -> HttpResponse {
    let result = posted(&call, &body).and_then(|form| token::exchange(&call.api, &form));
    answer(&call, result)
}

/// `POST /ims/token/v2` and `/v3`
pub(super) async fn token(call: Call, body: Bytes) -> HttpResponse {
    let result = posted(&call, &body).and_then(|form| token::granted(&call.api, &form));
    answer(&call, result)
}

/// `POST /ims/token/v1`, which takes authorization codes only.
pub(super) async fn token_of_code(call: Call, body: Bytes) -> HttpResponse {
    let result = posted(&call, &body).and_then(|form| Err(token::refused_code(&form)));
    answer(&call, result)
}

/// `POST` or `GET /ims/validate_token/v1`
pub(super) async fn validate(call: Call, body: Bytes) -> HttpResponse {
    let result = match *call.request.method() {
        Method::GET | Method::POST => Form::read(&call.request, &body),
        _ => Err(Failure::MethodNotAllowed("GET, POST")),
    };
    let result = result.and_then(|form| token::validate(&call, &form));
    answer(&call, result)
}

/// `POST /ims/invalidate_token/v2`
pub(super) async fn invalidate(call: Call, body: Bytes) -> HttpResponse {
    let result = match posted(&call, &body) {
        Ok(form) => token::invalidate(&call.api, &form).await,
        Err(failure) => Err(failure),
    };
    answer(&call, result)
}

/// `GET /ims/profile/v1`
pub(super) async fn profile(call: Call) -> HttpResponse {
    let result = match *call.request.method() {
        Method::GET => profile::read(&call).await,
        _ => Err(Failure::MethodNotAllowed("GET")),
    };
    answer(&call, result)
}

/// Any other path.
pub(super) async fn unknown_path(call: Call) -> HttpResponse {
    answer(&call, Err(Failure::UnknownPath))
}

fn posted(call: &Call, body: &[u8]) -> Result<Form, Failure> {
    match *call.request.method() {
        Method::POST => Form::read(&call.request, body),
        _ => Err(Failure::MethodNotAllowed("POST")),
    }
}

fn answer(call: &Call, result: Result<HttpResponse, Failure>) -> HttpResponse {
    let refused = result.is_err();
    let mut response = super::answer(call.api.surface_of(call.request.path()), result);
    if refused {
        response.headers_mut().insert(DEBUG_ID, debug_id(&call.request));
    }
    response
}

fn debug_id(request: &HttpRequest) -> HeaderValue {
    let extensions = request.extensions();
    extensions.get::<RequestId>().map_or(HeaderValue::from_static("-"), |id| id.0.clone())
}
