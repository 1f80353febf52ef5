//! Every setting of the server, with its flag, its environment variable and its default. A flag
//! beats the environment, which beats the default.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::auth::{AuthMode, DEMO_SECRET, Secret};
use crate::domain::{Timestamp, parse_duration};
use crate::http::{BadSecret, Dialect, ErrorBody, PatchReturns};
use crate::seed::{Seed, SeedError};
use crate::store::Location;

/// Where the server listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8377);

/// What `serve` can be told.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "CAMPAIGN_MOCK_LISTEN", value_name = "ADDRESS", default_value_t = DEFAULT_LISTEN)]
    pub listen: SocketAddr,

    /// Write the port to this file when ready
    #[arg(long, env = "CAMPAIGN_MOCK_PORT_FILE", value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// Keep the data in this file; without it, data is gone when the server stops
    #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
    pub database: Option<PathBuf>,

    /// Scheme and host of hrefs, if not the caller's own
    #[arg(long, env = "CAMPAIGN_MOCK_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Another Host that calls may name, besides loopback ones; may be repeated
    #[arg(
        long = "allowed-host",
        env = "CAMPAIGN_MOCK_ALLOWED_HOST",
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub allowed_hosts: Vec<String>,

    /// How strictly credentials are checked
    #[arg(long, env = "CAMPAIGN_MOCK_AUTH", value_enum, default_value_t = AuthMode::Strict)]
    pub auth: AuthMode,

    /// What a PATCH answers: PKey and href, or the whole record
    #[arg(long, env = "CAMPAIGN_MOCK_PATCH_RETURNS", value_enum, default_value_t = PatchReturns::Pkey)]
    pub patch_returns: PatchReturns,

    /// Which product to imitate: Campaign Standard or Campaign v8
    #[arg(long, env = "CAMPAIGN_MOCK_DIALECT", value_enum, default_value_t = Dialect::Acs)]
    pub dialect: Dialect,

    /// The form of Campaign's error bodies: a JSON string, or text of several lines
    #[arg(long, env = "CAMPAIGN_MOCK_ERROR_BODY", value_enum, default_value_t = ErrorBody::Json)]
    pub error_body: ErrorBody,

    /// The status of IMS for a wrong client secret
    #[arg(long, env = "CAMPAIGN_MOCK_IMS_BAD_SECRET", value_enum, default_value_t = BadSecret::BadRequest)]
    pub ims_bad_secret: BadSecret,

    /// Add this many made-up people to each tenant
    #[arg(long, env = "CAMPAIGN_MOCK_PROFILES", value_name = "NUMBER", default_value_t = 0)]
    pub profiles: u64,

    /// How long a privacy job stays submitted
    #[arg(long, env = "CAMPAIGN_MOCK_JOB_SUBMITTED", value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub job_submitted: Duration,

    /// How long a privacy job stays processing
    #[arg(long, env = "CAMPAIGN_MOCK_JOB_PROCESSING", value_name = "DURATION", default_value = "2s", value_parser = duration)]
    pub job_processing: Duration,

    /// Seed of job ids, request ids and made-up people, to repeat a run
    #[arg(long, env = "CAMPAIGN_MOCK_RNG_SEED", value_name = "NUMBER")]
    pub rng_seed: Option<u64>,

    /// What both `serve` and `token` need to know
    #[command(flatten)]
    pub identity: Identity,
}

/// The settings that decide which tokens are good: the same for the server and for minting.
#[derive(Debug, Clone, Args)]
pub struct Identity {
    /// Start with this data: demo, none, or a folder
    #[arg(long, env = "CAMPAIGN_MOCK_SEED", value_name = "SEED", default_value = "demo")]
    pub seed: SeedSource,

    /// Sign access tokens with this secret, at least 32 bytes
    #[arg(
        long,
        env = "CAMPAIGN_MOCK_SECRET",
        hide_env_values = true,
        hide_default_value = true,
        value_name = "SECRET",
        default_value = DEMO_SECRET,
        value_parser = Secret::new
    )]
    pub secret: Secret,

    /// Start the clock here instead of now, such as 2026-01-31T08:00:00Z
    #[arg(long, env = "CAMPAIGN_MOCK_NOW", value_name = "MOMENT", value_parser = moment)]
    pub now: Option<Timestamp>,
}

/// Which seed to start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeedSource {
    /// The one the program carries.
    Demo,
    /// Its customer without any people.
    None,
    /// A folder.
    Folder(PathBuf),
}

impl FromStr for SeedSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "demo" => Self::Demo,
            "none" => Self::None,
            folder => Self::Folder(folder.into()),
        })
    }
}

impl SeedSource {
    /// Loads the seed.
    ///
    /// # Errors
    /// When the folder is not a seed.
    pub fn load(&self) -> Result<Seed, SeedError> {
        match self {
            Self::Demo => Seed::demo(),
            Self::None => Seed::empty(),
            Self::Folder(folder) => Seed::load(folder),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN,
            port_file: None,
            database: None,
            public_url: None,
            allowed_hosts: Vec::new(),
            auth: AuthMode::Strict,
            patch_returns: PatchReturns::Pkey,
            dialect: Dialect::Acs,
            error_body: ErrorBody::Json,
            ims_bad_secret: BadSecret::BadRequest,
            profiles: 0,
            job_submitted: Duration::from_secs(1),
            job_processing: Duration::from_secs(2),
            rng_seed: None,
            identity: Identity { seed: SeedSource::Demo, secret: Secret::default(), now: None },
        }
    }
}

impl Settings {
    /// Where the data is kept.
    #[must_use]
    pub fn location(&self) -> Location {
        self.database.clone().map_or(Location::Ephemeral, Location::File)
    }

    /// Refuses combinations that are not safe.
    ///
    /// # Errors
    /// A sentence that says what to change.
    pub fn check(&self) -> Result<(), String> {
        if !self.listen.ip().is_loopback() && self.identity.secret.is_demo() {
            return Err(format!(
                "--listen {} lets others call, but tokens are signed with the demo secret that \
                 everybody knows: set CAMPAIGN_MOCK_SECRET to a secret of your own (32 bytes or more)",
                self.listen
            ));
        }
        Ok(())
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.map(|host| host.trim_end_matches('/')).filter(|host| !host.is_empty());
    match host {
        Some(host) if !host.contains(['/', '?', '#', ' ']) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("write scheme and host, such as https://mc.adobe.io".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    Duration::try_from(parse_duration(text)?)
        .map_err(|_| format!("'{text}' is negative: a job cannot leave a state before it is in it"))
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .ok_or_else(|| format!("'{text}' is no moment: write it like 2026-01-31T08:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn the_defaults_in_code_are_those_of_the_command_line() {
        let parsed = Line::parse_from(["campaign-mock"]).settings;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Settings::default()));
    }

    #[test]
    fn a_public_url_is_scheme_and_host() {
        assert_eq!(public_url("https://mc.adobe.io/").as_deref(), Ok("https://mc.adobe.io"));
        for bad in ["mc.adobe.io", "ftp://x", "https://", "https://x/y", ""] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn others_may_not_call_with_the_demo_secret() {
        let mut settings = Settings { listen: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
        assert!(settings.check().is_err());
        settings.identity.secret = Secret::new(&"x".repeat(32)).unwrap();
        assert_eq!(settings.check(), Ok(()));
        assert!(Secret::new("short").is_err());
    }
}
