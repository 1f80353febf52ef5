//! From refusal to answer: the one place that knows the vendor's statuses, bodies and texts.
//!
//! | API | body of an error | source |
//! |---|---|---|
//! | the gateway before both | `{"error_code","message"}` and a newline | `docs/reference/ims-auth.md` §6 |
//! | Campaign | the text as a JSON string literal | `docs/reference/campaign-standard.md` §10 |
//! | Privacy Service | `{"errors":{…}}` | `docs/reference/privacy-service.md` §6 |
//! | the token service | `{"error","error_description"}` | `docs/reference/ims-auth.md` §3 |
//! | our own endpoints | `{"error": "<sentence>"}` | |
//!
//! Every refusal carries `X-Mock-Reason`, the sentence that says what to do.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue, RETRY_AFTER};
use log::error;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::headers::{self, REASON};
use super::super::response::raw_json;
use super::super::settings::{BadSecret, Dialect, ErrorBody};
use super::failure::Failure;
use super::{campaign, ims};
use crate::domain::Error;

/// The format that refusals of an API have.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) enum ErrorFormat<'a> {
    Campaign {
        dialect: Dialect,
        body: ErrorBody,
    },
    Privacy {
        path: &'a str,
        /// The old base, whose error body has one member more.
        legacy: bool,
    },
    Ims {
        bad_secret: BadSecret,
    },
    Own,
}

/// A failure as a response in the format of the API that was called.
pub(in crate::http) fn refuse(format: ErrorFormat<'_>, failure: &Failure) -> HttpResponse {
    if let Failure::Domain(Error::Internal(cause)) = failure {
        error!("{cause:#}");
    }
    let mut response = explained(body(format, failure), failure);
    let headers = response.headers_mut();
    match failure {
        Failure::MethodNotAllowed(allowed) | Failure::RecordNotNamed { allowed, .. } => {
            headers.insert(ALLOW, HeaderValue::from_static(allowed));
        }
        Failure::Domain(Error::Busy) => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        Failure::TooManyCodes => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        Failure::Injected { status, retry_after, .. } => {
            let least = (*status == StatusCode::TOO_MANY_REQUESTS).then_some(1);
            if let Some(seconds) = retry_after.or(least) {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
        }
        _ => {}
    }
    response
}

/// An answer that is no refusal, with a sentence that says what to do about it.
pub(in crate::http) fn explained(answer: HttpResponse, failure: &Failure) -> HttpResponse {
    with_reason(answer, Some(&failure.reason()))
}

/// An answer with the sentence that `X-Mock-Reason` carries, if there is one.
pub(in crate::http) fn with_reason(
    mut answer: HttpResponse,
    sentence: Option<&str>,
) -> HttpResponse {
    if let Some(sentence) = sentence {
        answer.headers_mut().insert(REASON, headers::sentence(sentence));
    }
    answer
}

fn body(format: ErrorFormat<'_>, failure: &Failure) -> HttpResponse {
    // The token service stands beside the gateway, not behind it.
    let from_gateway = match failure {
        _ if matches!(format, ErrorFormat::Ims { .. }) => None,
        Failure::Domain(error) => gateway(error),
        Failure::Injected { status, .. } => gateway_of_status(format, *status),
        _ => None,
    };
    if let Some((code, message)) = from_gateway {
        return gateway_body(code, message);
    }
    match format {
        ErrorFormat::Ims { bad_secret } => ims::body(bad_secret, failure),
        ErrorFormat::Campaign { dialect, body } => match failure {
            Failure::Domain(Error::UnknownOrg { .. }) => oops(500),
            Failure::UnknownPath => oops(404),
            // Not JSON, whatever else is (`docs/reference/campaign-standard.md` §16).
            Failure::Domain(error @ Error::SignalTooSoon(_)) => {
                lines(failure.status(), ErrorBody::Text, &error.to_string())
            }
            Failure::Domain(error) => {
                let (status, text) = campaign::message(dialect, error);
                lines(status.unwrap_or_else(|| failure.status()), body, &text)
            }
            _ => lines(failure.status(), body, campaign::generic(dialect)),
        },
        ErrorFormat::Privacy { path, legacy } => {
            if matches!(failure, Failure::UnknownPath) {
                return HttpResponse::NotFound().content_type("text/html").body(
                    "<html>\n<head><title>404 Not Found</title></head>\n<body>\n\
                     <center><h1>404 Not Found</h1></center>\n</body>\n</html>\n",
                );
            }
            let (status, title, detail) = privacy_service(failure);
            let body = PrivacyRefusal {
                errors: PrivacyErrors {
                    error_code: status.as_u16(),
                    title,
                    detail,
                    error_type: format!("uri={path}"),
                },
                total_records: legacy.then_some(0),
            };
            raw_json(status, &serde_json::to_string(&body).unwrap_or_default())
        }
        ErrorFormat::Own => {
            let status = match failure {
                Failure::Domain(
                    Error::UnknownOrg { .. }
                    | Error::OrgMissing { .. }
                    | Error::UnknownResource(_)
                    | Error::PKeyUnknown { .. }
                    | Error::RecordMissing { .. }
                    | Error::KeyNotNumeric { .. }
                    | Error::JobMissing(_)
                    | Error::SnapshotMissing(_),
                ) => StatusCode::NOT_FOUND,
                Failure::Domain(
                    Error::RequestInvalid(_)
                    | Error::LoginRefused { .. }
                    | Error::ValueRefused { .. }
                    | Error::NotConvertible { .. }
                    | Error::OutOfLimits { .. },
                ) => StatusCode::BAD_REQUEST,
                _ => failure.status(),
            };
            let body = OwnRefusal { error: failure.reason() };
            raw_json(status, &serde_json::to_string(&body).unwrap_or_default())
        }
    }
}

/// The body of a refusal by our own endpoints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refusal", deny_unknown_fields)]
pub(in crate::http) struct OwnRefusal {
    /// What to do about it.
    error: String,
}

/// The body of a refusal by Privacy Service.
// Members in the order of the live answers.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Refusal", deny_unknown_fields)]
pub(in crate::http) struct PrivacyRefusal {
    errors: PrivacyErrors,
    /// On the older base.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_records: Option<u8>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct PrivacyErrors {
    error_code: u16,
    title: &'static str,
    detail: String,
    error_type: String,
}

/// Code and message of what the gateway refuses; the status is the code's first three digits.
const fn gateway(error: &Error) -> Option<(&'static str, &'static str)> {
    Some(match error {
        Error::ApiKeyMissing => ("403000", "Api Key is required"),
        Error::ApiKeyInvalid(_) | Error::ApiKeyNotSubscribed(_) => ("403003", "Api Key is invalid"),
        Error::TokenMissing => ("403010", "Oauth token is missing."),
        Error::TokenInvalid(_) => ("401013", "Oauth token is not valid"),
        Error::ScopeMismatch(_) => ("403011", "Scope mismatch"),
        Error::NotEntitled { .. } => ("403023", "Profile is not valid"),
        Error::ImsOrgNotEntitled(_) => ("403025", "Profile is not valid"),
        Error::ImsOrgMissing => ("400003", "Missing header"),
        _ => return None,
    })
}

/// What the gateway says with a status of which a fault says no more.
fn gateway_of_status(
    format: ErrorFormat<'_>,
    status: StatusCode,
) -> Option<(&'static str, &'static str)> {
    Some(match status.as_u16() {
        401 => ("401013", "Oauth token is not valid"),
        403 if matches!(format, ErrorFormat::Privacy { .. }) => ("403025", "Profile is not valid"),
        403 => ("403023", "Profile is not valid"),
        429 => ("429050", "Too many requests"),
        503 => ("503000", "Could not validate Api Key"),
        504 => ("504001", "Gateway Timeout"),
        _ => return None,
    })
}

/// The body of a refusal by the gateway, before the API is asked.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::http) struct GatewayRefusal<'a> {
    #[schemars(regex(pattern = "^[0-9]{6}$"))]
    error_code: &'a str,
    message: &'a str,
}

fn gateway_body(code: &str, message: &str) -> HttpResponse {
    let status = code[..3].parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
    let body = GatewayRefusal { error_code: code, message };
    let body = serde_json::to_string(&body).unwrap_or_default() + "\n";
    raw_json(status.unwrap_or(StatusCode::FORBIDDEN), &body)
}

/// The page of the gateway's nginx for a bad URI or an unknown tenant: HTTP 500 whatever `code`
/// says, a blank after the comma, a newline at the end.
fn oops(code: u16) -> HttpResponse {
    let body = format!(
        "{{\"code\":{code}, \"message\":\"Oops. Something went wrong. Check your URI and try again.\"}}\n"
    );
    raw_json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

/// Status, title and detail. Only the first four details are on record; the others are plain
/// sentences that name the field.
fn privacy_service(failure: &Failure) -> (StatusCode, &'static str, String) {
    const INVALID: &str = "Invalid Request";
    let Failure::Domain(error) = failure else {
        let title = failure.status().canonical_reason().unwrap_or("Error");
        return (failure.status(), title, failure.vendor_message());
    };
    let bad = StatusCode::BAD_REQUEST;
    match error {
        Error::JobMissing(_) => {
            let detail = "Not able to find job data.".to_owned();
            (StatusCode::NOT_FOUND, "Resource not found", detail)
        }
        Error::RegulationInvalid { supported } => {
            let detail =
                format!("The `regulation` parameter is mandatory. Supported values: [{supported}]");
            (bad, INVALID, detail)
        }
        Error::PageSizeExceeded { most } => {
            let detail = format!("Page size exceeded,Maximum page size supported is {most}");
            (bad, INVALID, detail)
        }
        Error::JobIdMalformed(_) => (bad, INVALID, "Invalid ID format".to_owned()),
        Error::RequestInvalid(detail) => (bad, INVALID, detail.clone()),
        _ => {
            let title = failure.status().canonical_reason().unwrap_or("Error");
            (failure.status(), title, failure.reason())
        }
    }
}

/// A text of one line or several, which a string literal joins with blanks.
fn lines(status: StatusCode, body: ErrorBody, text: &str) -> HttpResponse {
    match body {
        ErrorBody::Json => {
            raw_json(status, &serde_json::Value::from(text.replace('\n', " ")).to_string())
        }
        ErrorBody::Text => HttpResponse::build(status)
            .content_type("text/plain;charset=utf-8")
            .body(text.to_owned()),
    }
}
