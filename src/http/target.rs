//! What a request is for. [`Target::of`] is the one place that decides which API and which org a path names; the
//! pipeline calls it once and every later layer and handler reads the result.

use actix_web::http::header::HeaderMap;

use super::error::ErrorFormat;
use super::headers::{self, IMS_ORG};
use super::settings::ApiSettings;

/// The control API.
pub(super) const CONTROL: &str = "/__admin";
/// The probe that asks whether the process answers.
pub(super) const LIVE: &str = "/livez";
/// The probe that asks whether the server takes requests.
pub(super) const READY: &str = "/readyz";
/// The metrics.
pub(super) const METRICS: &str = "/metrics";
/// The icon of the console, by its own name and by the one that browsers ask for.
pub(super) const ICONS: [&str; 2] = ["/favicon.svg", "/favicon.ico"];
/// The token service.
pub(super) const IMS: &str = "/ims";
/// Everything of the privacy host.
pub(super) const PRIVACY: &str = "/data";
/// The base of Privacy Service since January 2020.
pub(super) const JOBS: &str = "/data/core/privacy/jobs";
/// The base before; the vendor's opt-out sample still uses it.
pub(super) const GDPR: &str = "/data/privacy/gdpr";
/// Where consents are sent.
pub(super) const CONSENT: &str = "/data/core/privacy/consent";

/// An API of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ApiKind {
    /// Campaign, which has the rest of all paths.
    Campaign,
    /// Privacy Service.
    Privacy {
        /// Whether the path is below the base of 2019.
        legacy: bool,
    },
    /// The token service.
    Ims,
    /// The control API.
    Control,
    /// Probes and metrics.
    Probe,
}

impl ApiKind {
    /// The API of a path as the router reads it.
    fn of(path: &str) -> Self {
        let below = |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
        if below(PRIVACY) {
            Self::Privacy { legacy: path.starts_with(GDPR) }
        } else if below(IMS) {
            Self::Ims
        } else if path == CONTROL || below(CONTROL) {
            Self::Control
        } else if [LIVE, READY, METRICS].contains(&path) {
            Self::Probe
        } else {
            Self::Campaign
        }
    }

    /// Whether it is the mock's own and not an imitated API: it is never journaled, and never fails on demand.
    pub(super) const fn is_own(self) -> bool {
        matches!(self, Self::Control | Self::Probe)
    }

    /// The form of its refusals for requests of that path.
    pub(super) const fn error_format<'a>(
        self,
        settings: &ApiSettings,
        path: &'a str,
    ) -> ErrorFormat<'a> {
        match self {
            Self::Campaign => {
                ErrorFormat::Campaign { dialect: settings.dialect, body: settings.error_body }
            }
            Self::Privacy { legacy } => ErrorFormat::Privacy { path, legacy },
            Self::Ims => ErrorFormat::Ims { bad_secret: settings.ims_bad_secret },
            Self::Control | Self::Probe => ErrorFormat::Own,
        }
    }
}

/// The org that a request names, whether or not it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NamedOrg {
    /// By the first segment of a Campaign path.
    Path {
        /// The org's name.
        name: String,
        /// Where the path within the org begins, behind `campaign`.
        rest: usize,
    },
    /// By the organization ID of a header.
    Header(String),
    /// Not at all.
    None,
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) api: ApiKind,
    pub(super) org: NamedOrg,
}

impl Target {
    /// The console, for a request whose path does not say so.
    pub(super) const CONSOLE: Self = Self { api: ApiKind::Control, org: NamedOrg::None };

    /// Reads the path, as the router has decoded it, and the headers of a request.
    pub(super) fn of(path: &str, headers: &HeaderMap) -> Self {
        let in_header = || headers::text(headers, &IMS_ORG).map(str::to_owned);
        let org =
            in_path(path).or_else(|| in_header().map(NamedOrg::Header)).unwrap_or(NamedOrg::None);
        Self { api: ApiKind::of(path), org }
    }
}

/// The org of a path `/<org>/campaign[/…]`.
fn in_path(path: &str) -> Option<NamedOrg> {
    let (name, rest) = path.trim_start_matches('/').split_once('/')?;
    let rest = rest.trim_start_matches('/').strip_prefix("campaign")?;
    let whole = rest.is_empty() || rest.starts_with('/');
    whole.then(|| NamedOrg::Path { name: name.to_owned(), rest: path.len() - rest.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_belongs_to_one_api() {
        let legacy = |legacy| ApiKind::Privacy { legacy };
        for (path, api) in [
            ("/acme/campaign/profileAndServices/profile", ApiKind::Campaign),
            ("/data/core/privacy/jobs", legacy(false)),
            ("/data/privacy/gdpr/1", legacy(true)),
            ("/data", ApiKind::Campaign),
            ("/ims/token/v3", ApiKind::Ims),
            ("/imsx/campaign/y", ApiKind::Campaign),
            ("/__admin/health", ApiKind::Control),
            ("/__admin", ApiKind::Control),
            ("/__adminx/y", ApiKind::Campaign),
            ("/livez", ApiKind::Probe),
            ("/metrics", ApiKind::Probe),
            ("*", ApiKind::Campaign),
        ] {
            assert_eq!(ApiKind::of(path), api, "{path}");
        }
    }

    #[test]
    fn an_org_is_named_by_path_or_header() {
        let mut headers = HeaderMap::new();
        let org = |path: &str, headers: &HeaderMap| Target::of(path, headers).org;
        let named = |name: &str, rest| NamedOrg::Path { name: name.to_owned(), rest };
        assert_eq!(org("/acme/campaign", &headers), named("acme", 14));
        assert_eq!(org("//acme//campaign/x", &headers), named("acme", 16));
        for path in ["", "/", "*", "/acme", "/acme/", "/acme/campaigns/a", "/acme/other/campaign"] {
            assert_eq!(org(path, &headers), NamedOrg::None, "{path}");
        }
        headers.insert(IMS_ORG, "A@AdobeOrg".parse().unwrap());
        assert_eq!(org("/data/core/privacy/jobs", &headers), NamedOrg::Header("A@AdobeOrg".into()));
        assert_eq!(org("/acme/campaign", &headers), named("acme", 14));
    }

    proptest! {
        #[test]
        fn any_path_has_a_target(path in "\\PC{0,80}") {
            let target = Target::of(&path, &HeaderMap::new());
            if let NamedOrg::Path { rest, .. } = target.org {
                prop_assert!(path.get(rest..).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
            }
        }
    }
}
