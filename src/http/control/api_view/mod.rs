//! The page that shows the APIs: Swagger UI over the `OpenAPI` documents, set up by a few files of our own.

use actix_web::HttpResponse;

use super::super::error::Failure;
use super::page_files::{compressed, plain};
use super::request::ControlRequest;

/// Nothing from elsewhere, no script in the page itself, and no other page around it. Swagger UI's style
/// sheet has pictures as data.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file of Swagger UI, as `build.rs` takes it out of its crate.
macro_rules! swagger_ui {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz"))
    };
}

/// `GET /__admin/docs[?org=…&api=…&q=…]`
pub(super) async fn page(_: ControlRequest) -> Result<HttpResponse, Failure> {
    Ok(plain(HTML, POLICY, include_str!("page.html")))
}

/// `GET /__admin/docs/{file}`
pub(super) async fn file(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let own = |kind, text| Ok(plain(kind, POLICY, text));
    let theirs = |kind, gzip| compressed(&request.context.request, kind, POLICY, gzip);
    match request.segment("file") {
        "start.js" => own(SCRIPT, include_str!("start.js")),
        "search.js" => own(SCRIPT, include_str!("search.js")),
        "start.css" => own(STYLE, include_str!("start.css")),
        "swagger-ui-bundle.js" => theirs(SCRIPT, swagger_ui!("swagger-ui-bundle.js")),
        "swagger-ui.css" => theirs(STYLE, swagger_ui!("swagger-ui.css")),
        other => Err(Failure::NoEntry(format!(
            "The page of the APIs has no file '{other}': open GET /__admin/docs."
        ))),
    }
}
