//! The parameters of a call: `application/x-www-form-urlencoded`, `multipart/form-data`, or in the
//! query (`docs/reference/ims-auth.md` §1).

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;

use super::super::error::Failure;
use crate::domain::LoginFault;
use crate::form::{boundary, fields, urlencoded};

/// Parameters in their order, those of the body before those of the query.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads body and query.
    pub(super) fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, Failure> {
        let headers = request.headers();
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let mut pairs = match kind.and_then(boundary) {
            Some(boundary) => fields(body, boundary),
            // Of any other type, or none: some clients forget to say.
            None => std::str::from_utf8(body).ok().map(urlencoded),
        }
        .ok_or_else(|| {
            LoginFault::Parameter.because(
                "The body is no form: send application/x-www-form-urlencoded or multipart/form-data.",
            )
        })?;
        pairs.extend(urlencoded(request.query_string()));
        Ok(Self(pairs))
    }

    /// The first parameter of that name; an empty one counts as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// As [`Self::get`], and the empty text where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}
