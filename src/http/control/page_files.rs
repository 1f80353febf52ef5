//! Files of pages that the program carries.

use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentEncoding,
    Encoding, Header as _, HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::super::error::Failure;
use crate::domain::Error;

/// What the header and the trailer of a gzip file have, in bytes.
const GZIP_FRAME: (usize, usize) = (10, 8);

/// A file as it is, for a page of that content security policy.
pub(super) fn plain(kind: &'static str, policy: &'static str, text: &'static str) -> HttpResponse {
    head(kind, policy).insert_header((CACHE_CONTROL, "no-store")).body(text)
}

/// A file that is embedded as gzip and changes with the program alone; inflated for a client that does
/// not take gzip.
pub(super) fn compressed(
    request: &HttpRequest,
    kind: &'static str,
    policy: &'static str,
    gzip: &'static [u8],
) -> Result<HttpResponse, Failure> {
    let mut answer = head(kind, policy);
    answer.insert_header((CACHE_CONTROL, "max-age=3600")).insert_header((VARY, "Accept-Encoding"));
    if takes_gzip(request) {
        return Ok(answer
            .insert_header((CONTENT_ENCODING, HeaderValue::from_static("gzip")))
            .body(gzip));
    }
    let deflated = gzip.get(GZIP_FRAME.0..gzip.len().saturating_sub(GZIP_FRAME.1));
    let file = miniz_oxide::inflate::decompress_to_vec(deflated.unwrap_or_default());
    file.map(|file| answer.body(file))
        .map_err(|fault| Error::internal(anyhow::anyhow!("{fault}")).into())
}

/// Whether a client has said that it takes gzip.
fn takes_gzip(request: &HttpRequest) -> bool {
    let Ok(accepted) = AcceptEncoding::parse(request) else { return false };
    let chosen = accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter());
    chosen == Some(Encoding::Known(ContentEncoding::Gzip))
}

fn head(kind: &'static str, policy: &'static str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(kind)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    answer
}
