//! The wire. The only module (with `app.rs`) that names actix: routes on one screen
//! (`routes.rs`), what every call passes (`middleware.rs`, `gateway.rs`), the one place that turns
//! refusals into the vendor's bodies (`error/`), and a folder per API.

mod admin;
mod body;
mod campaign;
mod connection;
mod cors;
mod error;
mod faults;
mod gateway;
mod hosts;
mod ims;
mod journal;
mod metrics;
mod middleware;
mod openapi;
mod pattern;
mod privacy;
mod probes;
mod redaction;
mod remembered;
mod routes;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use clap::ValueEnum;
use serde::Serialize;

use crate::auth::{Gatekeeper, Login};
use crate::domain::Error;
use crate::service::{Reset, Services, Start};
use error::{Failure, Surface};
use gateway::Admitted;
use remembered::Remembered;

pub use admin::{AdminAccess, ControlRoute, control_routes};
pub use connection::on_connect;
pub use cors::{Cors, origin};
pub use faults::Faults;
pub use hosts::Hosts;
pub use journal::{Entry as JournalEntry, Journal};
pub use metrics::Metrics;
pub use privacy::{
    PageSizes, PrivacyDownload, PrivacyEmptyList, PrivacyGeneration, PrivacyManners, PrivacyPaging,
};
pub use routes::routes;

/// What a PATCH answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PatchReturns {
    /// `PKey` and `href`, as the live API does.
    Pkey,
    /// The whole record, as the CCPA page prints it.
    Record,
}

/// Which product is imitated where the two differ (`reference/campaign-standard.md` §20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Campaign Standard.
    Acs,
    /// Campaign v8, as its migration notes tell it apart.
    V8,
}

/// The form of Campaign's error bodies (`reference/campaign-standard.md` §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ErrorBody {
    /// A JSON string literal.
    Json,
    /// Plain text, a line for each message.
    Text,
}

/// The status of the token service for a wrong client secret, on which the sources disagree
/// (`reference/ims-auth.md` §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BadSecret {
    /// As a client has seen it.
    #[value(name = "400")]
    BadRequest,
    /// As documented.
    #[value(name = "401")]
    Unauthorized,
}

/// How the APIs answer; the same for all threads.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Hosts that calls may name.
    pub hosts: Hosts,
    /// Scheme and host of hrefs, if not the caller's; no slash at its end.
    pub public_url: Option<String>,
    /// What a PATCH answers.
    pub patch_returns: PatchReturns,
    /// Which product is imitated.
    pub dialect: Dialect,
    /// The form of Campaign's error bodies.
    pub error_body: ErrorBody,
    /// How Privacy Service answers.
    pub privacy: PrivacyManners,
    /// The status of the token service for a wrong client secret.
    pub ims_bad_secret: BadSecret,
    /// Where and to whom the control API answers.
    pub admin: AdminAccess,
    /// What the control API says of the server.
    pub about: Arc<About>,
    /// The last calls.
    pub journal: Arc<Journal>,
    /// What is counted, if anything is.
    pub metrics: Option<Arc<Metrics>>,
    /// The faults that the control API has set.
    pub faults: Arc<Faults>,
    /// Whether calls may ask for a fault themselves.
    pub prefer: bool,
    /// Whose pages may read answers.
    pub cors: Cors,
    /// Whether the server takes calls: set when it is up, cleared when it stops.
    pub ready: Arc<AtomicBool>,
}

impl Answers {
    /// Resets an org, or all of them and the clock, and takes journal and fault rules along. When this
    /// returns, nothing of what was before is to be seen any more.
    ///
    /// # Errors
    /// As [`Services::reset`]; journal and rules have not changed then.
    pub async fn reset(
        &self,
        services: &Services,
        org: Option<&str>,
        to: &Start,
    ) -> Result<Vec<Reset>, Error> {
        let resets = services.reset(org, to).await?;
        self.faults.reset(org, services.clock().now());
        self.journal.clear(org);
        Ok(resets)
    }
}

/// What the control API says of the server.
#[derive(Debug)]
pub struct About {
    /// When it was started.
    pub started: std::time::Instant,
    /// What it started from.
    pub seed: String,
    /// Where its data is.
    pub database: String,
    /// Which product it imitates.
    pub dialect: String,
    /// How strictly it checks credentials.
    pub auth: String,
    /// What is less strict than it is by default.
    pub relaxed: Vec<String>,
    /// Every setting.
    pub settings: Vec<SettingInForce>,
}

/// A setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingInForce {
    /// Its flag, without dashes.
    pub name: String,
    /// Its value; secrets are not told.
    pub value: String,
    /// `flag`, `environment` or `default`.
    pub source: &'static str,
}

/// What the handlers of one thread work with.
pub struct Api {
    services: Services,
    gatekeeper: Gatekeeper,
    login: Login,
    answers: Answers,
    remembered: Remembered,
}

impl Api {
    /// Puts together what the handlers of a thread need.
    #[must_use]
    pub fn new(services: Services, gatekeeper: Gatekeeper, login: Login, answers: Answers) -> Self {
        Self { services, gatekeeper, login, answers, remembered: Remembered::default() }
    }

    /// The manners of Campaign's answers.
    const fn campaign_surface(&self) -> Surface<'static> {
        Surface::Campaign { dialect: self.answers.dialect, body: self.answers.error_body }
    }

    /// The API that a path belongs to, for refusals before its routes are reached.
    fn surface_of<'a>(&self, path: &'a str) -> Surface<'a> {
        if path.starts_with("/data/") {
            Surface::Privacy { path, legacy: path.starts_with(privacy::GDPR) }
        } else if path.starts_with("/ims/") {
            Surface::Ims { bad_secret: self.answers.ims_bad_secret }
        } else if path.starts_with(admin::PREFIX)
            || [probes::LIVE, probes::READY, metrics::PATH].contains(&path)
        {
            Surface::Own
        } else {
            self.campaign_surface()
        }
    }

    /// Whether a call is for the control API, a probe or the metrics, as the router reads its path.
    fn is_own(&self, request: &ServiceRequest) -> bool {
        matches!(self.surface_of(request.match_info().as_str()), Surface::Own)
    }

    /// The org that a call names, whether or not it exists: by its path, else by its IMS org.
    fn org_of(&self, path: &str, headers: &HeaderMap) -> Option<String> {
        let named = campaign::split(path).map(|(org, _)| org.to_owned());
        named.or_else(|| {
            let ims_org = gateway::text(headers, &gateway::IMS_ORG)?;
            let tenants = self.services.tenants();
            let tenant = tenants.iter().find(|tenant| tenant.ims_org.as_str() == ims_org);
            tenant.map(|tenant| tenant.name.to_string())
        })
    }

    fn is_ready(&self) -> bool {
        self.answers.ready.load(Ordering::Relaxed)
    }

    /// Scheme and host of hrefs: the caller's own, or the public ones
    /// (`reference/campaign-standard.md` §4).
    fn base_url(&self, headers: &HeaderMap) -> String {
        const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
        if let Some(public) = &self.answers.public_url {
            return public.clone();
        }
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        // What a TLS-terminating proxy says; anything but the two schemes is ignored.
        let scheme = match text(FORWARDED_PROTO) {
            Some("https") => "https://",
            _ => "http://",
        };
        [scheme, text(header::HOST).unwrap_or("localhost")].concat()
    }
}

/// A call as the handlers see it.
struct Call {
    request: HttpRequest,
    api: Rc<Api>,
}

impl Call {
    /// The manners of Campaign's answers.
    fn campaign_surface(&self) -> Surface<'static> {
        self.api.campaign_surface()
    }

    /// Who calls, for which tenant. The gateway has put it there for every route behind it.
    fn admitted(&self) -> Result<Rc<Admitted>, Failure> {
        self.request.extensions().get::<Rc<Admitted>>().cloned().ok_or(Failure::NotAdmitted)
    }
}

impl FromRequest for Call {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let api = request.app_data::<Rc<Api>>().cloned();
        let call = api.map(|api| Self { request: request.clone(), api });
        std::future::ready(call.ok_or_else(|| {
            actix_web::error::ErrorInternalServerError("the app was built without its data")
        }))
    }
}

/// A handler's result as an answer; refusals in the manner of the API that was called.
fn answer(surface: Surface<'_>, result: Result<HttpResponse, Failure>) -> HttpResponse {
    result.unwrap_or_else(|failure| error::refuse(surface, &failure))
}

/// A JSON answer.
fn json(
    status: actix_web::http::StatusCode,
    body: &impl Serialize,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::build(status).content_type(mime_json()).body(json_text(body)?))
}

/// A value as JSON.
fn json_text(body: &impl Serialize) -> Result<Bytes, Failure> {
    // A record has some 2 kB; growing to it step by step copies it several times.
    let mut text = Vec::with_capacity(2048);
    serde_json::to_writer(&mut text, body).map_err(Error::internal)?;
    Ok(text.into())
}

const fn mime_json() -> header::HeaderValue {
    header::HeaderValue::from_static("application/json")
}
