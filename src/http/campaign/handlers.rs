//! The handler of every Campaign path: it calls the handler of the verb.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::Bytes;

use super::super::error::Failure;
use super::super::pipeline::RequestContext;
use super::super::response::options;
use super::{delete, get, patch, post};

/// Calls the handler of the verb.
pub(in crate::http) async fn answer_by_verb(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = match *context.request.method() {
        Method::GET => get::get(&context).await,
        Method::POST => post::post(&context, &body).await,
        Method::PATCH => patch::patch(&context, &body).await,
        Method::DELETE => delete::delete(&context).await,
        Method::OPTIONS => Ok(options().await),
        _ => Err(Failure::MethodNotAllowed("GET, POST, PATCH, DELETE, OPTIONS")),
    };
    context.respond(result)
}

/// A path that no API has.
pub(in crate::http) async fn unknown_path(context: RequestContext) -> HttpResponse {
    context.respond(Err(Failure::UnknownPath))
}
