//! What a server prints when it is ready: a banner for people on stderr, and one JSON line for programs
//! on stdout.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

use serde::Serialize;

use crate::config::Settings;
use crate::domain::PKey;
use crate::http::ControlAccess;
use crate::seed::Credential;
use crate::service::Tenant;
use crate::store::Location;

/// The example call of the banner.
#[derive(Debug, Clone)]
pub(crate) enum Example {
    /// Reads this profile.
    Profile(PKey),
    /// Lists the profiles, as there is none to read.
    List,
}

/// The ready line. Its members are a public, stable interface.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    event: &'static str,
    /// Where the server answers.
    pub url: String,
    /// The org that the rest is for.
    pub org: String,
    /// Its IMS org, for `x-gw-ims-org-id`.
    pub ims_org_id: String,
    /// For `X-Api-Key`.
    pub api_key: String,
    /// The credential's secret.
    pub client_secret: String,
    /// For `Authorization: Bearer`; good for 24 hours.
    pub access_token: String,
    /// For `X-Admin-Token`, where the control API asks for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_token: Option<String>,
    /// Where the control API answers, if not beside the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_url: Option<String>,
    #[serde(skip)]
    banner: String,
}

impl Announcement {
    pub(crate) fn new(
        settings: &Settings,
        address: SocketAddr,
        tenant: &Tenant,
        credential: &Credential,
        access_token: String,
        profiles: i64,
        example: Example,
    ) -> Self {
        let mut announcement = Self {
            event: "ready",
            url: format!("http://{address}"),
            org: tenant.name.to_string(),
            ims_org_id: tenant.ims_org.to_string(),
            api_key: credential.api_key.clone(),
            client_secret: credential.client_secret.clone(),
            access_token,
            admin_token: None,
            admin_url: None,
            banner: String::new(),
        };
        announcement.banner = announcement.compose(settings, profiles, example);
        announcement
    }

    /// Adds how to call the control API, if it needs a token or has a port of its own.
    pub(crate) fn add_control_api(&mut self, access: &ControlAccess, address: Option<SocketAddr>) {
        self.admin_token.clone_from(&access.token);
        self.admin_url = address.map(|address| format!("http://{address}"));
        if let Some(token) = access.token.as_ref().filter(|_| !access.off) {
            let url = self.admin_url.as_ref().unwrap_or(&self.url);
            let _ = write!(
                self.banner,
                "\nControl API:\n  curl -H \"X-Admin-Token: {token}\" \"{url}/__admin/health\""
            );
        }
    }

    /// Adds where the console is, and the page of the seats of a training room where others can call.
    pub(crate) fn add_console(
        &mut self,
        settings: &Settings,
        access: &ControlAccess,
        reachable: &[SocketAddr],
    ) {
        if access.off {
            return;
        }
        let public = settings.public_url.clone().filter(|_| self.admin_url.is_none());
        let mut bases: Vec<String> =
            reachable.iter().map(|address| format!("http://{address}")).collect();
        if let Some(public) = public {
            bases = vec![public];
        }
        let is_shared = !bases.is_empty();
        if bases.is_empty() {
            bases.push(self.admin_url.as_ref().unwrap_or(&self.url).clone());
        }
        let token = access.token.as_ref().map(|token| format!("#token={token}"));
        let token = token.unwrap_or_default();
        self.banner.push_str("\nConsole:");
        for base in &bases {
            let _ = write!(self.banner, "\n  {base}/__admin/{token}");
        }
        if let Some(base) = bases.first().filter(|_| is_shared) {
            let _ = write!(self.banner, "\nSeats type their code at:\n  {base}/__admin/seat");
        }
    }

    /// The environment variables that a client of the server needs.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, &str)> {
        let always = [
            ("CAMPAIGN_MOCK_URL", &self.url),
            ("CAMPAIGN_MOCK_ORG", &self.org),
            ("CAMPAIGN_MOCK_IMS_ORG_ID", &self.ims_org_id),
            ("CAMPAIGN_MOCK_API_KEY", &self.api_key),
            ("CAMPAIGN_MOCK_CLIENT_SECRET", &self.client_secret),
            ("CAMPAIGN_MOCK_ACCESS_TOKEN", &self.access_token),
        ];
        let sometimes = [
            ("CAMPAIGN_MOCK_ADMIN_URL", &self.admin_url),
            ("CAMPAIGN_MOCK_ADMIN_TOKEN", &self.admin_token),
        ];
        let sometimes =
            sometimes.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        always.into_iter().chain(sometimes).map(|(name, value)| (name, value.as_str())).collect()
    }

    /// The ready line, without its newline.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn compose(&self, settings: &Settings, profiles: i64, example: Example) -> String {
        let mut text = format!(
            "campaign-mock {} is ready at {}\n  org {} with {profiles} profiles, IMS org {}\n",
            env!("CARGO_PKG_VERSION"),
            self.url,
            self.org,
            self.ims_org_id
        );
        let data = match settings.location() {
            Location::Ephemeral => {
                "data is temporary: use --database FILE to keep it when the server stops".to_owned()
            }
            Location::File(path) => format!("data is in {}", path.display()),
        };
        let _ = writeln!(text, "  {data}");
        for relaxed in settings.relaxed() {
            let _ = writeln!(text, "  warning: {relaxed}");
        }
        if settings.publishes_demo() {
            text.push_str(
                "  the demo's client secrets do not work here: use the clientSecret of the ready line\n",
            );
        }
        let path = match example {
            Example::Profile(pkey) => format!("profile/{pkey}"),
            Example::List => "profile".to_owned(),
        };
        // The log of a server that other machines can reach should not contain a token.
        let token = if settings.listen.ip().is_loopback() {
            self.access_token.clone()
        } else if let Location::File(path) = settings.location() {
            // The secret is kept beside the database.
            format!("$(campaign-mock token --database '{}')", path.display())
        } else {
            "$(campaign-mock token)".to_owned()
        };
        let _ = write!(
            text,
            "Try:\n  curl -H \"X-Api-Key: {}\" -H \"Authorization: Bearer {token}\" \"{}/{}/campaign/profilesAndServices/{path}\"",
            self.api_key, self.url, self.org
        );
        text
    }
}

impl fmt::Display for Announcement {
    /// The banner.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.banner)
    }
}
