//! From refusal to answer: the one place that knows the vendor's statuses, bodies and texts.
//!
//! | API | body of an error | source |
//! |---|---|---|
//! | the gateway before both | `{"error_code","message"}` and a newline | `reference/ims-auth.md` §6 |
//! | Campaign | the text as a JSON string literal | `reference/campaign-standard.md` §10 |
//! | Privacy Service | `{"errors":{…}}` | `reference/privacy-service.md` §6 |
//! | the token service | `{"error","error_description"}` | `reference/ims-auth.md` §3 |
//! | our own endpoints | `{"error": "<sentence>"}` | |
//!
//! Every refusal carries `X-Mock-Reason`, the sentence that says what to do.

mod campaign;
mod ims;

use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER};
use log::error;
use serde::Serialize;
use serde_json::json;

use super::{Api, BadSecret, Dialect, ErrorBody, mime_json};
use crate::domain::Error;

/// The header that explains a refusal.
pub(super) const REASON: HeaderName = HeaderName::from_static("x-mock-reason");

/// Which API's manners an answer follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Surface<'a> {
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

/// Why a call is refused: for what it asks, or for how it was sent.
#[derive(Debug)]
pub(super) enum Failure {
    Domain(Error),
    /// With the methods that the address takes.
    MethodNotAllowed(&'static str),
    BodyTooLarge,
    BodyStalled,
    BodyBroken,
    /// No API has this path.
    UnknownPath,
    HostNotAllowed(String),
    /// A control call from another machine or under another name.
    NotLocal,
    /// A control call where there is no control API.
    NoControlApi,
    /// A reader of metrics where nothing is counted.
    NoMetrics,
    /// A control call without the token that it needs.
    NoAdminToken,
    /// What a control call waited for did not come.
    NotReached,
    /// A control call that a web page may have made a browser send.
    FromElsewhere,
    /// A control call with a body that does not say what it is.
    NotJson,
    NotReady,
    /// The control API has nothing of that id.
    NoEntry(String),
    /// The calls that were asked about are not as expected.
    NotVerified(String),
    /// A call that asks for a fault in words that mean nothing.
    BadPreference(String),
    /// A fault that was asked for.
    Injected {
        status: StatusCode,
        /// Seconds.
        retry_after: Option<u32>,
        reason: String,
    },
    /// A route without its gateway: a defect.
    NotAdmitted,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl Failure {
    fn reason(&self) -> String {
        match self {
            Self::Domain(error) => error.to_string(),
            Self::MethodNotAllowed(allowed) => format!("This address takes {allowed}."),
            Self::BodyTooLarge => "The body is larger than 1 MiB.".to_owned(),
            Self::BodyStalled => "The body did not arrive within 10 seconds.".to_owned(),
            Self::BodyBroken => "The body broke off.".to_owned(),
            Self::UnknownPath => {
                "No API has this path: Campaign is under /<org>/campaign/, Privacy Service under \
                 /data/core/privacy/jobs, the token service under /ims/; docs/coverage.md lists the endpoints."
                    .to_owned()
            }
            Self::HostNotAllowed(host) => format!(
                "The Host '{host}' is not one of this server's: add it with --allowed-host {host}."
            ),
            Self::NotLocal => {
                "The control API and the metrics answer on this machine only, under localhost, 127.0.0.1 or [::1]."
                    .to_owned()
            }
            Self::NoControlApi => {
                "The control API is not on this port: --no-admin takes it away, --admin-port moves it."
                    .to_owned()
            }
            Self::NoMetrics => "There are no metrics: --metrics has the server count.".to_owned(),
            Self::NoAdminToken => {
                "The control API and the metrics need the admin token here: send 'X-Admin-Token: <token>'; the server printed it when it started."
                    .to_owned()
            }
            Self::NotReached => "That state was not reached in time, or cannot be any more.".to_owned(),
            Self::FromElsewhere => {
                "The control API and the metrics take no calls from web pages of other origins.".to_owned()
            }
            Self::NotJson => {
                "Calls that change something need the header Content-Type: application/json."
                    .to_owned()
            }
            Self::NotReady => "The server is starting or stopping.".to_owned(),
            Self::NoEntry(said) | Self::NotVerified(said) | Self::BadPreference(said) => said.clone(),
            Self::Injected { reason, .. } => reason.clone(),
            Self::NotAdmitted => {
                "The server failed internally: its log has the details.".to_owned()
            }
        }
    }

    /// The sentence that a vendor's body may repeat. That a fault was asked for is for `X-Mock-Reason` alone.
    fn told(&self) -> String {
        match self {
            Self::Injected { status, .. } => {
                status.canonical_reason().unwrap_or("Error").to_owned()
            }
            _ => self.reason(),
        }
    }

    /// The status where an API has no say of its own.
    const fn status(&self) -> StatusCode {
        match self {
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyStalled | Self::NotReached => StatusCode::REQUEST_TIMEOUT,
            Self::BodyBroken | Self::BadPreference(_) => StatusCode::BAD_REQUEST,
            Self::Injected { status, .. } => *status,
            Self::UnknownPath | Self::NoControlApi | Self::NoMetrics | Self::NoEntry(_) => {
                StatusCode::NOT_FOUND
            }
            Self::NotVerified(_) => StatusCode::NOT_ACCEPTABLE,
            Self::HostNotAllowed(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::NotLocal | Self::FromElsewhere => StatusCode::FORBIDDEN,
            Self::NoAdminToken => StatusCode::UNAUTHORIZED,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotReady | Self::Domain(Error::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Domain(Error::StorageFull) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Domain(_) | Self::NotAdmitted => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Answers a failure in the manner of the API called.
pub(super) fn refuse(surface: Surface<'_>, failure: &Failure) -> HttpResponse {
    if let Failure::Domain(Error::Internal(cause)) = failure {
        error!("{cause:#}");
    }
    let mut response = explained(body(surface, failure), failure);
    let headers = response.headers_mut();
    match failure {
        Failure::MethodNotAllowed(allowed) => {
            headers.insert(ALLOW, HeaderValue::from_static(allowed));
        }
        Failure::Domain(Error::Busy) => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
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
pub(super) fn explained(mut answer: HttpResponse, failure: &Failure) -> HttpResponse {
    answer.headers_mut().insert(REASON, header_text(&failure.reason()));
    answer
}

/// Answers a call that does not reach its route in the manner of the API that its path belongs to.
pub(super) fn refused(request: ServiceRequest, failure: &Failure) -> ServiceResponse {
    let api = request.app_data::<Rc<Api>>();
    let refusal = match api {
        Some(api) => refuse(api.surface_of(request.path()), failure),
        None => refuse(Surface::Own, failure),
    };
    request.into_response(refusal)
}

fn body(surface: Surface<'_>, failure: &Failure) -> HttpResponse {
    // The token service stands beside the gateway, not behind it.
    let from_gateway = match failure {
        _ if matches!(surface, Surface::Ims { .. }) => None,
        Failure::Domain(error) => gateway(error),
        Failure::Injected { status, .. } => gateway_of_status(surface, *status),
        _ => None,
    };
    if let Some((code, message)) = from_gateway {
        return gateway_body(code, message);
    }
    match surface {
        Surface::Ims { bad_secret } => ims::body(bad_secret, failure),
        Surface::Campaign { dialect, body } => match failure {
            Failure::Domain(Error::UnknownOrg { .. }) => oops(500),
            Failure::UnknownPath => oops(404),
            // Not JSON, whatever else is (`reference/campaign-standard.md` §16).
            Failure::Domain(error @ Error::SignalTooSoon(_)) => {
                lines(failure.status(), ErrorBody::Text, &error.to_string())
            }
            Failure::Domain(error) => {
                let (status, text) = campaign::message(dialect, error);
                lines(status.unwrap_or_else(|| failure.status()), body, &text)
            }
            _ => lines(failure.status(), body, campaign::generic(dialect)),
        },
        Surface::Privacy { path, legacy } => {
            if matches!(failure, Failure::UnknownPath) {
                return HttpResponse::NotFound().content_type("text/html").body(
                    "<html>\n<head><title>404 Not Found</title></head>\n<body>\n\
                     <center><h1>404 Not Found</h1></center>\n</body>\n</html>\n",
                );
            }
            let (status, title, detail) = privacy_service(failure);
            let body = PrivacyBody {
                errors: PrivacyErrors {
                    error_code: status.as_u16(),
                    title,
                    detail,
                    error_type: format!("uri={path}"),
                },
                total_records: legacy.then_some(0),
            };
            object(status, &serde_json::to_string(&body).unwrap_or_default())
        }
        Surface::Own => {
            let status = match failure {
                Failure::Domain(
                    Error::UnknownOrg { .. }
                    | Error::PKeyUnknown { .. }
                    | Error::JobMissing(_)
                    | Error::SnapshotMissing(_),
                ) => StatusCode::NOT_FOUND,
                Failure::Domain(
                    Error::RequestInvalid(_)
                    | Error::LoginRefused { .. }
                    | Error::ValueRefused { .. }
                    | Error::NotConvertible { .. },
                ) => StatusCode::BAD_REQUEST,
                _ => failure.status(),
            };
            object(status, &json!({"error": failure.reason()}).to_string())
        }
    }
}

/// Members in the order of the live answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivacyBody {
    errors: PrivacyErrors,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_records: Option<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
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
        Error::ApiKeyInvalid | Error::ApiKeyNotSubscribed(_) => ("403003", "Api Key is invalid"),
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
    surface: Surface<'_>,
    status: StatusCode,
) -> Option<(&'static str, &'static str)> {
    Some(match status.as_u16() {
        401 => ("401013", "Oauth token is not valid"),
        403 if matches!(surface, Surface::Privacy { .. }) => ("403025", "Profile is not valid"),
        403 => ("403023", "Profile is not valid"),
        429 => ("429050", "Too many requests"),
        503 => ("503000", "Could not validate Api Key"),
        504 => ("504001", "Gateway Timeout"),
        _ => return None,
    })
}

fn gateway_body(code: &str, message: &str) -> HttpResponse {
    let status = code[..3].parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
    let body = format!("{{\"error_code\":\"{code}\",\"message\":\"{message}\"}}\n");
    object(status.unwrap_or(StatusCode::FORBIDDEN), &body)
}

/// The page of the gateway's nginx for a bad URI or an unknown tenant: HTTP 500 whatever `code`
/// says, a blank after the comma, a newline at the end.
fn oops(code: u16) -> HttpResponse {
    let body = format!(
        "{{\"code\":{code}, \"message\":\"Oops. Something went wrong. Check your URI and try again.\"}}\n"
    );
    object(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

/// Status, title and detail. Only the first four details are on record; the others are plain
/// sentences that name the field.
fn privacy_service(failure: &Failure) -> (StatusCode, &'static str, String) {
    const INVALID: &str = "Invalid Request";
    let Failure::Domain(error) = failure else {
        let title = failure.status().canonical_reason().unwrap_or("Error");
        return (failure.status(), title, failure.told());
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
            object(status, &serde_json::Value::from(text.replace('\n', " ")).to_string())
        }
        ErrorBody::Text => HttpResponse::build(status)
            .content_type("text/plain;charset=utf-8")
            .body(text.to_owned()),
    }
}

fn object(status: StatusCode, body: &str) -> HttpResponse {
    HttpResponse::build(status).content_type(mime_json()).body(body.to_owned())
}

/// A sentence as a header can carry it: on one line, in ASCII, not endless.
pub(super) fn header_text(sentence: &str) -> HeaderValue {
    let text: String = sentence
        .chars()
        .take(500)
        .map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' })
        .collect();
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("?"))
}
