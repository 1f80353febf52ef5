//! Names of headers that several layers share, and how their values are read and written.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The sentence that explains a refusal.
pub(super) const REASON: HeaderName = HeaderName::from_static("x-mock-reason");

/// The journal's id of a request.
pub(super) const JOURNAL_ID: HeaderName = HeaderName::from_static("x-mock-request-id");

/// The organization that a request of Privacy Service is for.
pub(super) const IMS_ORG: HeaderName = HeaderName::from_static("x-gw-ims-org-id");

/// A header's value as text without blanks around it; `None` when it is missing or not plain ASCII.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // Not `HeaderValue::to_str`, which looks at the letters of a long token one by one.
    let value = headers.get(name)?.as_bytes();
    let text = std::str::from_utf8(value).ok().filter(|text| text.is_ascii())?;
    Some(text.trim())
}

/// A sentence as a header can carry it: one line of ASCII, 500 characters at most.
pub(super) fn sentence(text: &str) -> HeaderValue {
    let text: String = text
        .chars()
        .take(500)
        .map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' })
        .collect();
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("?"))
}
