//! Every setting of the server, with its flag, its environment variable and its default. A flag
//! beats the environment, which beats the default.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, ValueEnum};

use crate::auth::{AuthMode, DEMO_SECRET, Secret};
use crate::domain::{Progression, Timestamp, parse_duration};
use crate::http::{
    BadSecret, Dialect, ErrorBody, PageSizes, PatchReturns, PrivacyBehavior, PrivacyDownload,
    PrivacyEmptyList, PrivacyGeneration, PrivacyPaging, SettingInForce, origin,
};
use crate::seed::{Seed, SeedError};
use crate::service::{JobDelays, JobRules};
use crate::store::Location;

/// Where the server listens unless told otherwise.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8377);

/// What `serve` can be told.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
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

    /// What moves the privacy jobs of an org, unless set for it while the server runs
    #[arg(long, env = "CAMPAIGN_MOCK_JOB_PROGRESSION", value_enum, default_value_t = JobProgression::Timed)]
    pub job_progression: JobProgression,

    /// How many reads of a job move it by a state, with --job-progression polls
    #[arg(long, env = "CAMPAIGN_MOCK_JOB_POLLS", value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub job_polls: u32,

    /// Have jobs opt-out-of-sale and consents set ccpaOptOut of the profiles they name
    #[arg(long, env = "CAMPAIGN_MOCK_OPT_OUT_APPLIES")]
    pub opt_out_applies: bool,

    /// Which generation of Privacy Service to imitate
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY", value_enum, default_value_t = PrivacyGeneration::Seed)]
    pub privacy: PrivacyGeneration,

    /// What the first page of jobs is called [default: zero-based, openapi: one-based]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_PAGING", value_enum)]
    pub privacy_paging: Option<PrivacyPaging>,

    /// Jobs a page has by default and at most [default: 1/100, openapi: 25/100]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_SIZES", value_name = "DEFAULT/MOST")]
    pub privacy_sizes: Option<PageSizes>,

    /// What a list of no jobs answers [default: 404]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_EMPTY_LIST", value_enum)]
    pub privacy_empty_list: Option<PrivacyEmptyList>,

    /// The member that says where the result of a job is [default: downloadURL, openapi: downloadUrl]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_DOWNLOAD", value_enum)]
    pub privacy_download: Option<PrivacyDownload>,

    /// Days back that a list without dates goes, 0 for all [default: 0, openapi: 7]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_WINDOW", value_name = "DAYS", value_parser = clap::value_parser!(u16))]
    pub privacy_window: Option<u16>,

    /// Seed of job ids, request ids and made-up people, to repeat a run
    #[arg(long, env = "CAMPAIGN_MOCK_RNG_SEED", value_name = "NUMBER")]
    pub rng_seed: Option<u64>,

    /// What callers of the control API have to show; one is made up where others can call
    #[arg(long, env = "CAMPAIGN_MOCK_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub admin_token: Option<AdminToken>,

    /// Put the control API on a port of its own
    #[arg(long, env = "CAMPAIGN_MOCK_ADMIN_PORT", value_name = "PORT")]
    pub admin_port: Option<u16>,

    /// Have no control API
    #[arg(long, env = "CAMPAIGN_MOCK_NO_ADMIN")]
    pub no_admin: bool,

    /// Count calls, and show the numbers to Prometheus under /metrics
    #[arg(long, env = "CAMPAIGN_MOCK_METRICS")]
    pub metrics: bool,

    /// Calls that the journal keeps; 0 for no journal
    #[arg(
        long,
        env = "CAMPAIGN_MOCK_JOURNAL_ENTRIES",
        value_name = "NUMBER",
        default_value_t = 1000
    )]
    pub journal_entries: usize,

    /// Bytes that the journal may take
    #[arg(long, env = "CAMPAIGN_MOCK_JOURNAL_BYTES", value_name = "BYTES", default_value_t = 8 * 1024 * 1024)]
    pub journal_bytes: usize,

    /// Take no wishes for faults from calls themselves: neither Prefer nor ?__code
    #[arg(long, env = "CAMPAIGN_MOCK_NO_PREFER")]
    pub no_prefer: bool,

    /// An origin whose pages may read the APIs' answers, with credentials; may be repeated
    #[arg(
        long = "cors-origin",
        env = "CAMPAIGN_MOCK_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub cors_origins: Vec<String>,

    /// Let pages of localhost and 127.0.0.1, with http on any port, read the APIs' answers
    #[arg(long, env = "CAMPAIGN_MOCK_CORS_DEV")]
    pub cors_dev: bool,

    /// Where each value comes from, for the control API.
    #[arg(skip)]
    pub in_force: Vec<SettingInForce>,

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

/// What callers of the control API have to show.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

impl AdminToken {
    /// One that nobody can guess.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        Some(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

impl FromStr for AdminToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const SHORTEST: usize = 16;
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("a token has at least {SHORTEST} letters, digits or signs"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// What moves privacy jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JobProgression {
    /// All the way at once
    Immediate,
    /// As time passes
    Timed,
    /// As they are read
    Polls,
    /// When the control API says so
    Held,
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

impl fmt::Display for SeedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demo => f.write_str("demo"),
            Self::None => f.write_str("none"),
            Self::Folder(folder) => folder.display().fmt(f),
        }
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
            job_progression: JobProgression::Timed,
            job_polls: 1,
            opt_out_applies: false,
            privacy: PrivacyGeneration::Seed,
            privacy_paging: None,
            privacy_sizes: None,
            privacy_empty_list: None,
            privacy_download: None,
            privacy_window: None,
            rng_seed: None,
            admin_token: None,
            admin_port: None,
            no_admin: false,
            metrics: false,
            journal_entries: 1000,
            journal_bytes: 8 * 1024 * 1024,
            no_prefer: false,
            cors_origins: Vec::new(),
            cors_dev: false,
            in_force: Vec::new(),
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

    /// What is less strict than it is by default, ready to read.
    #[must_use]
    pub fn relaxed(&self) -> Vec<String> {
        match self.auth {
            AuthMode::Strict => Vec::new(),
            AuthMode::Any => vec!["--auth any: every API key and token passes".to_owned()],
            AuthMode::Off => vec!["--auth off: no API key or token is asked for".to_owned()],
        }
    }

    /// Whether others can reach a server whose seed everybody knows.
    #[must_use]
    pub const fn publishes_demo(&self) -> bool {
        let known = matches!(self.identity.seed, SeedSource::Demo | SeedSource::None);
        known && !self.listen.ip().is_loopback()
    }

    /// How privacy jobs and messages behave.
    #[must_use]
    pub const fn job_rules(&self) -> JobRules {
        let (submitted, processing) = (self.job_submitted, self.job_processing);
        let progression = match self.job_progression {
            JobProgression::Immediate => Progression::Immediate,
            JobProgression::Timed => Progression::Timed { submitted, processing },
            JobProgression::Polls => Progression::Polls { reads: self.job_polls },
            JobProgression::Held => Progression::Held,
        };
        let delays = JobDelays { submitted, processing };
        JobRules { delays, progression, opt_out_applies: self.opt_out_applies }
    }

    /// How Privacy Service answers: as its generation does, but for what is set by itself.
    #[must_use]
    pub fn privacy_behavior(&self) -> PrivacyBehavior {
        let bundle = PrivacyBehavior::of(self.privacy);
        PrivacyBehavior {
            generation: self.privacy,
            paging: self.privacy_paging.unwrap_or(bundle.paging),
            sizes: self.privacy_sizes.unwrap_or(bundle.sizes),
            empty_list: self.privacy_empty_list.unwrap_or(bundle.empty_list),
            download: self.privacy_download.unwrap_or(bundle.download),
            window_days: self.privacy_window.map_or(bundle.window_days, i64::from),
        }
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

pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
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
