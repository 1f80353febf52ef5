//! The token service's statuses, codes and texts (`docs/reference/ims-auth.md` §3). A fault without a text
//! of its own here has the reason as its description.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::response::raw_json;
use super::super::settings::BadSecret;
use super::failure::Failure;
use crate::domain::{Error, LoginFault};

/// The body of a refusal by the token service.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refusal", deny_unknown_fields)]
pub(in crate::http) struct ImsRefusal<'a> {
    error: &'a str,
    error_description: &'a str,
}

/// As [`ImsRefusal`], in the order that refusals of an assertion have.
#[derive(Serialize)]
struct AssertionBody<'a> {
    error_description: &'a str,
    error: &'a str,
}

pub(super) fn body(bad_secret: BadSecret, failure: &Failure) -> HttpResponse {
    let (status, error, text) = refusal(bad_secret, failure);
    let told = failure.vendor_message();
    let error_description = text.unwrap_or(&told);
    let text = match failure {
        Failure::Domain(Error::LoginRefused { fault, .. }) if fault.is_of_assertion() => {
            serde_json::to_string(&AssertionBody { error_description, error })
        }
        _ => serde_json::to_string(&ImsRefusal { error, error_description }),
    };
    raw_json(status, &text.unwrap_or_default())
}

/// Status, code, and the text if it is on record.
fn refusal(
    bad_secret: BadSecret,
    failure: &Failure,
) -> (StatusCode, &'static str, Option<&'static str>) {
    let bad = StatusCode::BAD_REQUEST;
    match failure {
        Failure::Domain(Error::LoginRefused { fault: LoginFault::Secret, .. }) => {
            let status = match bad_secret {
                BadSecret::BadRequest => bad,
                BadSecret::Unauthorized => StatusCode::UNAUTHORIZED,
            };
            (status, "invalid_client", Some("invalid client_secret parameter"))
        }
        Failure::Domain(Error::LoginRefused { fault, .. }) => (bad, code(*fault), text(*fault)),
        Failure::Domain(Error::TokenMissing | Error::TokenInvalid(_)) => {
            (StatusCode::UNAUTHORIZED, "invalid_token", None)
        }
        Failure::Injected { status, .. } if *status == StatusCode::UNAUTHORIZED => {
            (*status, "invalid_token", None)
        }
        Failure::Injected { status, .. } if *status == StatusCode::TOO_MANY_REQUESTS => {
            (*status, "too_many_requests", None)
        }
        Failure::UnknownPath => (failure.status(), "not_found", None),
        Failure::MethodNotAllowed(_) => (failure.status(), "method_not_allowed", None),
        _ if failure.status().is_client_error() => (failure.status(), "bad_request", None),
        _ => (failure.status(), "server_error", None),
    }
}

const fn code(fault: LoginFault) -> &'static str {
    match fault {
        LoginFault::NoAssertion
        | LoginFault::Signature
        | LoginFault::NotJwt
        | LoginFault::Binding
        | LoginFault::Expired => "invalid_token",
        LoginFault::Claim | LoginFault::Parameter => "bad_request",
        LoginFault::Audience | LoginFault::Client | LoginFault::Secret => "invalid_client",
        LoginFault::NoMetascope | LoginFault::Metascope | LoginFault::Scope => "invalid_scope",
        LoginFault::Code => "access_denied",
        LoginFault::Grant => "unsupported_grant_type",
    }
}

const fn text(fault: LoginFault) -> Option<&'static str> {
    Some(match fault {
        LoginFault::NoAssertion => "JWT token is missing.",
        LoginFault::Signature => "Could not match JWT signature to any of the bindings",
        LoginFault::NotJwt => "JWT token is incorrectly formatted, and can not be decoded.",
        LoginFault::Binding => {
            "No valid bindings were found for organization and technical account combination"
        }
        LoginFault::Metascope => {
            "The metascopes in the JWT are not a subset of the metascopes in the binding."
        }
        LoginFault::Client => "invalid client_id parameter",
        _ => return None,
    })
}
