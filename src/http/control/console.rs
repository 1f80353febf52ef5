//! The console: a page that shows what the control API tells and does what it can. Its files are in `console/` and are
//! served as they are; those in `console/vendor/` are lit-html's.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;

use super::super::error::Failure;
use super::super::pipeline::RequestContext;
use super::page_files::plain;
use super::request::ControlRequest;

/// Where the page is.
const ADDRESS: &str = "/__admin/";

/// Nothing from elsewhere, nothing written into the page itself, and no other page around it.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const ICON: &str = "image/svg+xml";

/// A file of the page: its path below `assets`, its type and its text.
struct Asset(&'static str, &'static str, &'static str);

impl Asset {
    /// The file of that path.
    fn named(name: &str) -> Option<&'static Self> {
        ASSETS.iter().find(|Self(known, ..)| *known == name)
    }
}

/// The scripts of the page: their paths and texts.
pub(super) fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    ASSETS
        .iter()
        .filter(|Asset(_, kind, _)| *kind == SCRIPT)
        .map(|Asset(name, _, text)| (*name, *text))
}

/// The style sheet of the page.
pub(super) fn style() -> &'static str {
    Asset::named("console.css").map_or("", |Asset(.., text)| text)
}

macro_rules! own {
    ($kind:ident $name:literal) => {
        Asset($name, $kind, include_str!(concat!("console/", $name)))
    };
}

macro_rules! vendored {
    ($name:literal) => {
        Asset($name, SCRIPT, include_str!(concat!("console/vendor/", $name)))
    };
}

static ASSETS: &[Asset] = &[
    own!(STYLE "console.css"),
    own!(SCRIPT "address.js"),
    own!(SCRIPT "admin.js"),
    own!(SCRIPT "app.js"),
    own!(SCRIPT "call_curl.js"),
    own!(SCRIPT "call_detail.js"),
    own!(SCRIPT "call_filter.js"),
    own!(SCRIPT "cards.js"),
    own!(SCRIPT "controls.js"),
    own!(SCRIPT "copying.js"),
    own!(SCRIPT "curl.js"),
    own!(SCRIPT "detail.js"),
    own!(SCRIPT "dialogs.js"),
    own!(SCRIPT "event_stream.js"),
    own!(SCRIPT "exercises.js"),
    own!(SCRIPT "fault_form.js"),
    own!(SCRIPT "format.js"),
    own!(SCRIPT "job_detail.js"),
    own!(SCRIPT "journey.js"),
    own!(SCRIPT "keys.js"),
    own!(SCRIPT "live.js"),
    own!(SCRIPT "main.js"),
    own!(SCRIPT "preferences.js"),
    own!(SCRIPT "profile_detail.js"),
    own!(SCRIPT "profiles.js"),
    own!(SCRIPT "progression.js"),
    own!(SCRIPT "queue.js"),
    own!(SCRIPT "recorded.js"),
    own!(SCRIPT "report.js"),
    own!(SCRIPT "requests.js"),
    own!(SCRIPT "room.js"),
    own!(SCRIPT "shell.js"),
    own!(SCRIPT "state.js"),
    own!(SCRIPT "status.js"),
    own!(SCRIPT "throttle.js"),
    own!(SCRIPT "views.js"),
    vendored!("lit-html.js"),
    vendored!("directive.js"),
    vendored!("directive-helpers.js"),
    vendored!("directives/repeat.js"),
];

/// `GET /__admin/` and `GET /__admin/seat`: the same document; its script looks at the address.
pub(super) async fn page(_: ControlRequest) -> Result<HttpResponse, Failure> {
    Ok(plain(HTML, POLICY, include_str!("console/index.html")))
}

/// `GET /__admin/assets/{asset}`
pub(super) async fn asset(request: ControlRequest) -> Result<HttpResponse, Failure> {
    served(request.segment("asset"))
}

/// `GET /__admin/assets/directives/{directive}`
pub(super) async fn directive(request: ControlRequest) -> Result<HttpResponse, Failure> {
    served(&format!("directives/{}", request.segment("directive")))
}

fn served(name: &str) -> Result<HttpResponse, Failure> {
    let Asset(_, kind, text) = Asset::named(name)
        .ok_or_else(|| Failure::NoEntry(format!("The console has no file '{name}'.")))?;
    Ok(plain(kind, POLICY, text))
}

/// Leads to the page.
pub(super) fn redirect() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, ADDRESS)).finish()
}

/// `GET /` of a browser: the console.
pub(in crate::http) async fn to_console(context: RequestContext) -> HttpResponse {
    context.respond(Ok(redirect()))
}

/// `GET /favicon.svg` and `GET /favicon.ico`.
pub(in crate::http) async fn icon(context: RequestContext) -> HttpResponse {
    context.respond(Ok(plain(ICON, POLICY, include_str!("console/favicon.svg"))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::path::Path;

    use aws_lc_rs::digest;

    use super::*;

    fn text(name: &str) -> &'static str {
        Asset::named(name).map(|Asset(.., text)| *text).unwrap()
    }

    /// The files as npm has them in `lit-html` 3.3.3.
    #[test]
    fn the_vendored_files_are_unchanged() {
        for (name, hash) in [
            ("lit-html.js", "b878e7f95dec8a9b6e9b217faca6b6a11bad82ebc44c0caa77419ed83edd81f2"),
            ("directive.js", "3344c4f41c69cd0701d3937e8f9ef90bd845614bf6456d0b8314b7c51d415b9d"),
            (
                "directive-helpers.js",
                "f7fb1154b8f72ed2cc08b05eaeed71c99270e9ad2d48620ed24688a1af4c2b62",
            ),
            (
                "directives/repeat.js",
                "083140026ecd8665fedd15b17769f9d516252a9f1502f1e91e6967686ee82626",
            ),
        ] {
            let found = digest::digest(&digest::SHA256, text(name).as_bytes());
            let number = found.as_ref().iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            assert_eq!(number, hash, "{name}");
        }
        assert!(include_str!("console/vendor/LICENSE").starts_with("BSD 3-Clause License"));
    }

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/control/console");
        let served: BTreeSet<_> = ASSETS.iter().map(|Asset(name, ..)| (*name).to_owned()).collect();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_asset = path.extension().is_some_and(|kind| kind == "js" || kind == "css");
            let name = path.file_name().unwrap().to_string_lossy();
            assert!(!is_asset || served.contains(&*name), "{name}");
        }
    }
}
