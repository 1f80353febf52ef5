//! IMS, the token service: no gateway is in front of it (`docs/reference/ims-auth.md` §1–§5).

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::HeaderName;
use actix_web::web::Bytes;

use super::super::error::Failure;
use super::super::pipeline::RequestContext;
use super::form::Form;
use super::profile::read as read_profile;
use super::token as tokens;

/// On every refusal; ours is the request's id.
const DEBUG_ID: HeaderName = HeaderName::from_static("x-debug-id");

/// `POST /ims/exchange/jwt`
pub(in crate::http) async fn exchange(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = posted(&context, &body).and_then(|form| tokens::exchange(&context.state, &form));
    respond(&context, result)
}

/// `POST /ims/token/v2`, `/v3` and `/v4`
pub(in crate::http) async fn token(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = posted(&context, &body).and_then(|form| tokens::granted(&context.state, &form));
    respond(&context, result)
}

/// `POST /ims/token/v1`, which takes authorization codes only.
pub(in crate::http) async fn token_of_code(context: RequestContext, body: Bytes) -> HttpResponse {
    let result =
        posted(&context, &body).and_then(|form| Err(tokens::refused_code(&context.state, &form)));
    respond(&context, result)
}

/// `POST` or `GET /ims/validate_token/v1`
pub(in crate::http) async fn validate(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = match *context.request.method() {
        Method::GET | Method::POST => Form::read(&context.request, &body),
        _ => Err(Failure::MethodNotAllowed("GET, POST")),
    };
    let result = result.and_then(|form| tokens::validate(&context, &form));
    respond(&context, result)
}

/// `POST /ims/invalidate_token/v2`
pub(in crate::http) async fn invalidate(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = match posted(&context, &body) {
        Ok(form) => tokens::invalidate(&context.state, &form).await,
        Err(failure) => Err(failure),
    };
    respond(&context, result)
}

/// `GET /ims/profile/v1`
pub(in crate::http) async fn profile(context: RequestContext) -> HttpResponse {
    let result = match *context.request.method() {
        Method::GET => read_profile(&context).await,
        _ => Err(Failure::MethodNotAllowed("GET")),
    };
    respond(&context, result)
}

/// Any other path.
pub(in crate::http) async fn unknown_path(context: RequestContext) -> HttpResponse {
    respond(&context, Err(Failure::UnknownPath))
}

fn posted(context: &RequestContext, body: &[u8]) -> Result<Form, Failure> {
    match *context.request.method() {
        Method::POST => Form::read(&context.request, body),
        _ => Err(Failure::MethodNotAllowed("POST")),
    }
}

fn respond(context: &RequestContext, result: Result<HttpResponse, Failure>) -> HttpResponse {
    let refused = result.is_err();
    let mut response = context.respond(result);
    if refused {
        response.headers_mut().insert(DEBUG_ID, context.request_id());
    }
    response
}
