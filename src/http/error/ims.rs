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

pub(super) fn body(bad_secret: BadSecret, failure: &Failure) -> HttpResponse {
    let (status, error, text) = refusal(bad_secret, failure);
    let told = failure.vendor_message();
    let body = ImsRefusal { error, error_description: text.unwrap_or(&told) };
    raw_json(status, &serde_json::to_string(&body).unwrap_or_default())
}

/// Status, code, and the text if it is on record.
fn refusal(
    bad_secret: BadSecret,
    failure: &Failure,
) -> (StatusCode, &'static str, Option<&'static str>) {
    let bad = StatusCode::BAD_REQUEST;
    match failure {
        Failure::Domain(Error::LoginRefused { fault, .. }) => match fault {
            LoginFault::Signature => {
                let text = "Could not match JWT signature to any of the bindings";
                (bad, "invalid_token", Some(text))
            }
            LoginFault::NotJwt => {
                let text = "JWT token is incorrectly formatted, and can not be decoded.";
                (bad, "invalid_token", Some(text))
            }
            LoginFault::Assertion => (bad, "invalid_token", None),
            LoginFault::Claim | LoginFault::Parameter => (bad, "bad_request", None),
            LoginFault::Client => (bad, "invalid_client", None),
            LoginFault::Secret => {
                let status = match bad_secret {
                    BadSecret::BadRequest => bad,
                    BadSecret::Unauthorized => StatusCode::UNAUTHORIZED,
                };
                (status, "invalid_client", Some("invalid client_secret parameter"))
            }
            LoginFault::Scope => (bad, "invalid_scope", None),
            LoginFault::Code => (bad, "access_denied", None),
            LoginFault::Grant => (bad, "unsupported_grant_type", None),
        },
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
