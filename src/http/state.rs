//! What the handlers of one thread work with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use actix_web::http::header::{self, HeaderMap, HeaderName};
use schemars::JsonSchema;
use serde::Serialize;

use super::hosts::Hosts;
use super::response_cache::ResponseCache;
use super::settings::ApiSettings;
use super::target::{NamedOrg, Target};
use crate::auth::{Gatekeeper, Login, SeatPasses};
use crate::metrics::Metrics;
use crate::service::Services;

/// What the control API says of the server.
#[derive(Debug)]
pub struct ServerInfo {
    /// When it was started.
    pub started: Instant,
    /// Scheme and address of the control API for other machines; none where this machine alone reaches it.
    pub reachable: Vec<String>,
    /// The seed's name.
    pub seed: String,
    /// Where its data is.
    pub database: String,
    /// Which product it imitates.
    pub dialect: String,
    /// How strictly it checks credentials.
    pub auth: String,
    /// Settings that are less strict than the defaults.
    pub relaxed: Vec<String>,
    /// Every setting.
    pub settings: Vec<SettingInForce>,
}

/// A setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
pub struct SettingInForce {
    /// Its flag, without dashes.
    pub name: String,
    /// Its value; secrets are hidden.
    pub value: String,
    /// `flag`, `environment` or `default`.
    #[schemars(extend("enum" = ["flag", "environment", "default"]))]
    pub source: &'static str,
}

/// What the handlers of all threads share.
#[derive(Debug, Clone)]
pub struct ServerState {
    /// How the APIs answer.
    pub settings: ApiSettings,
    /// What the control API says of the server.
    pub info: Arc<ServerInfo>,
    /// The counters, if requests are counted.
    pub metrics: Option<Arc<Metrics>>,
    /// Whether the server takes requests: set when it is up, cleared when it stops.
    pub ready: Arc<AtomicBool>,
}

/// What the handlers of one thread work with.
pub struct AppState {
    pub(super) services: Services,
    pub(super) gatekeeper: Gatekeeper,
    pub(super) login: Login,
    pub(super) seat_passes: SeatPasses,
    pub(super) settings: ApiSettings,
    pub(super) info: Arc<ServerInfo>,
    pub(super) metrics: Option<Arc<Metrics>>,
    pub(super) cache: ResponseCache,
    ready: Arc<AtomicBool>,
}

impl AppState {
    /// The state of a thread.
    #[must_use]
    pub fn new(
        services: Services,
        gatekeeper: Gatekeeper,
        login: Login,
        seat_passes: SeatPasses,
        server: ServerState,
    ) -> Self {
        let ServerState { settings, info, metrics, ready } = server;
        let cache = ResponseCache::default();
        Self { services, gatekeeper, login, seat_passes, settings, info, metrics, cache, ready }
    }

    /// Whether the server takes requests.
    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// The name of the org that a request is for, whether or not the org exists.
    pub(super) fn org_name(&self, target: &Target) -> Option<String> {
        match &target.org {
            NamedOrg::Path { name, .. } => Some(name.clone()),
            NamedOrg::Header(ims_org) => {
                let tenants = self.services.tenants();
                let tenant = tenants.iter().find(|tenant| tenant.ims_org.as_str() == ims_org);
                tenant.map(|tenant| tenant.name.to_string())
            }
            NamedOrg::None => None,
        }
    }

    /// Scheme and host of the control API for other machines: as the caller has them, unless the caller is on this machine
    /// and others reach it under an address.
    pub(super) fn shared_url(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let local = host.is_none_or(Hosts::is_loopback) && self.settings.public_url.is_none();
        let elsewhere = self.info.reachable.first().filter(|_| local);
        elsewhere.cloned().unwrap_or_else(|| self.base_url(headers))
    }

    /// Scheme and host of hrefs: the caller's own, or the public ones
    /// (`docs/reference/campaign-standard.md` §4).
    pub(super) fn base_url(&self, headers: &HeaderMap) -> String {
        const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
        if let Some(public) = &self.settings.public_url {
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
