//! The journal as a HAR 1.2 document (<http://www.softwareishard.com/blog/har-12-spec/>), which browsers open in their
//! network panels. It has what the journal has, so no secrets.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::error::Failure;
use super::super::response::json_response;
use super::journal::journal;
use super::request::ControlRequest;
use crate::domain::Caused;
use crate::form;
use crate::journal::{Entry, Message};

/// What is not known.
const UNKNOWN: i64 = -1;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Har", deny_unknown_fields)]
pub(super) struct HarBody {
    log: Log,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct Log {
    version: &'static str,
    creator: Creator,
    entries: Vec<HarEntry>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct Creator {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct HarEntry {
    #[schemars(extend("format" = "date-time"))]
    started_date_time: String,
    /// Milliseconds.
    time: f64,
    request: HarRequest,
    response: HarResponse,
    cache: Empty,
    timings: Timings,
    /// Why it was refused or otherwise not answered as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// Its `X-Mock-Request-Id`.
    #[serde(rename = "_id")]
    #[schemars(range(min = 1))]
    id: u64,
    /// The org that was called.
    #[serde(rename = "_org")]
    org: Option<String>,
    /// What it has made.
    #[serde(rename = "_caused")]
    caused: Caused,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct Empty {}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct NamedValue {
    name: String,
    value: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct HarRequest {
    method: String,
    url: String,
    http_version: &'static str,
    cookies: Vec<NamedValue>,
    headers: Vec<NamedValue>,
    query_string: Vec<NamedValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData>,
    headers_size: i64,
    body_size: i64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct PostData {
    mime_type: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct HarResponse {
    /// 0 when no answer was sent.
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: Vec<NamedValue>,
    headers: Vec<NamedValue>,
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    headers_size: i64,
    body_size: i64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct Content {
    size: i64,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

/// `GET /__admin/requests.har[?org=…]`: the calls that the journal holds, oldest first.
pub(super) async fn read(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let org = request.org_param()?;
    let base_url = request.base_url();
    let entries = journal(&request)?.entries();
    let wanted = entries.iter().filter(|entry| org.is_none() || entry.org() == org.as_deref());
    let log = Log {
        version: "1.2",
        creator: Creator { name: "campaign-mock", version: env!("CARGO_PKG_VERSION") },
        entries: wanted.map(|entry| HarEntry::of(entry, &base_url)).collect(),
    };
    json_response(StatusCode::OK, &HarBody { log })
}

impl HarEntry {
    fn of(entry: &Entry, base_url: &str) -> Self {
        let time = entry.took().as_secs_f64() * 1000.0;
        Self {
            started_date_time: entry.at().to_rfc3339(),
            time,
            request: HarRequest::of(entry, base_url),
            response: HarResponse::of(entry),
            cache: Empty {},
            timings: Timings { send: 0.0, wait: time, receive: 0.0 },
            comment: entry.reason(),
            id: entry.id(),
            org: entry.org().map(str::to_owned),
            caused: entry.caused(),
        }
    }
}

impl HarRequest {
    fn of(entry: &Entry, base_url: &str) -> Self {
        let message = entry.request();
        let host = header(&message, "host");
        // It may have been called under another name, which may say which API was meant.
        let scheme = base_url.split_once("://").map_or("http", |(scheme, _)| scheme);
        let base = host.map_or_else(|| base_url.to_owned(), |host| format!("{scheme}://{host}"));
        let query = entry.query();
        let search = query.map_or_else(String::new, |query| format!("?{query}"));
        let parameters = query.map(form::urlencoded).unwrap_or_default();
        let is_empty = message.body_bytes == Some(0);
        Self {
            method: entry.method().to_owned(),
            url: format!("{base}{}{search}", entry.path()),
            http_version: "HTTP/1.1",
            cookies: Vec::new(),
            query_string: parameters
                .into_iter()
                .map(|(name, value)| NamedValue { name, value })
                .collect(),
            post_data: (!is_empty).then(|| PostData {
                mime_type: header(&message, "content-type").unwrap_or_default(),
                comment: comment(&message),
                text: message.body.clone().unwrap_or_default(),
            }),
            headers_size: UNKNOWN,
            body_size: size(&message),
            headers: headers(message),
        }
    }
}

impl HarResponse {
    fn of(entry: &Entry) -> Self {
        let message = entry.response();
        let status = entry.status().unwrap_or_default();
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let mime_type = header(&message, "content-type");
        Self {
            status,
            status_text: reason.unwrap_or_default(),
            http_version: "HTTP/1.1",
            cookies: Vec::new(),
            content: Content {
                size: size(&message).max(0),
                mime_type: mime_type.unwrap_or_else(|| "x-unknown".to_owned()),
                comment: comment(&message),
                text: message.body.clone(),
            },
            redirect_url: header(&message, "location").unwrap_or_default(),
            headers_size: UNKNOWN,
            body_size: size(&message),
            headers: headers(message),
        }
    }
}

fn headers(message: Message) -> Vec<NamedValue> {
    message.headers.into_iter().map(|(name, value)| NamedValue { name, value }).collect()
}

fn header(message: &Message, name: &str) -> Option<String> {
    message.headers.get(name).cloned()
}

fn size(message: &Message) -> i64 {
    message.body_bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(UNKNOWN)
}

/// What of a body is not there.
fn comment(message: &Message) -> Option<&'static str> {
    match (&message.body, message.body_bytes) {
        (Some(_), _) if message.body_cut => Some("The journal keeps the first 16 KiB."),
        (None, None) => Some("It was sent bit by bit."),
        (None, Some(_)) => Some("It is no text."),
        _ => None,
    }
}
