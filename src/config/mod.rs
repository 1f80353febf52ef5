//! The settings of the server: each with its flag, its environment variable and its default. A flag
//! beats the environment, which beats the default.

mod values;

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, ValueEnum};

use crate::auth::{AuthMode, DEMO_SECRET, Secret};
use crate::domain::{Progression, Timestamp};
use crate::http::{
    BadSecret, Dialect, ErrorBody, LongTexts, PageSizes, PatchReturns, PrivacyBehavior,
    PrivacyDownload, PrivacyEmptyList, PrivacyGeneration, PrivacyPaging, SettingInForce, origin,
};
use crate::seed::{Seed, SeedError};
use crate::service::{JobDelays, JobRules};
use crate::store::Location;
use crate::webhooks::AllowedHost;

pub use values::DEFAULT_LISTEN;
use values::{duration, listen_address, port, positive_number, public_url};
pub(crate) use values::{org_name, timestamp, whole_number};

// The groups of options in `--help` and in docs/configuration.md.
const NETWORK: &str = "Network";
const DATA: &str = "Data";
const BEHAVIOR: &str = "Behavior";
const PRIVACY: &str = "Privacy";
const CONTROL: &str = "Control";
const FAULTS: &str = "Faults";

/// The settings of the server.
// The control API lists the settings in the order of these fields.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Settings {
    /// Listen on this address; port 0 picks a free port
    ///
    /// Write an IP address and a port. A port alone, such as 8377 or :8377, and localhost are 127.0.0.1,
    /// which only this machine reaches; 0.0.0.0:8377 is every address of the machine.
    /// On 127.0.0.1 the server also answers on the same port of IPv6 loopback. An address that other
    /// machines can reach needs a --secret of your own, or a --database.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_LISTEN", help_heading = NETWORK, value_name = "ADDRESS", default_value_t = DEFAULT_LISTEN, value_parser = listen_address)]
    pub listen: SocketAddr,

    /// Listen on this port; 0 picks a free port
    ///
    /// The address is that of the environment, or 127.0.0.1. It goes without --listen. No variable sets it.
    #[arg(long, verbatim_doc_comment, help_heading = NETWORK, value_name = "PORT", value_parser = port)]
    pub port: Option<u16>,

    /// Write the port to this file once the server is ready
    #[arg(long, env = "CAMPAIGN_MOCK_PORT_FILE", help_heading = NETWORK, value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// Keep the data in this file
    ///
    /// Every commit is synced to disk. Without this option the data is lost when the server stops. A secret
    /// of the server's own is kept beside it, in FILE.secret.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_DATABASE", help_heading = DATA, value_name = "FILE")]
    pub database: Option<PathBuf>,

    /// Use this scheme and host in hrefs
    ///
    /// Without this option, hrefs have the host that the call was made to, and https if the call's
    /// X-Forwarded-Proto says so.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_PUBLIC_URL", help_heading = NETWORK, value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Accept calls to this host name; repeat the option for more names
    ///
    /// Loopback names, the address that the server listens on and the host names of Adobe's APIs are
    /// always accepted. Calls to other names get 421. A port does not count.
    #[arg(
        verbatim_doc_comment,
        long = "allowed-host",
        env = "CAMPAIGN_MOCK_ALLOWED_HOST",
        help_heading = NETWORK,
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub allowed_hosts: Vec<String>,

    /// How strictly to check credentials
    #[arg(long, env = "CAMPAIGN_MOCK_AUTH", help_heading = BEHAVIOR, value_enum, value_name = "MODE", default_value_t = AuthMode::Strict)]
    pub auth: AuthMode,

    /// What a PATCH returns
    #[arg(long, env = "CAMPAIGN_MOCK_PATCH_RETURNS", help_heading = BEHAVIOR, value_enum, value_name = "FORM", default_value_t = PatchReturns::Pkey)]
    pub patch_returns: PatchReturns,

    /// What happens to a text that is longer than its field
    #[arg(long, env = "CAMPAIGN_MOCK_LONG_TEXTS", help_heading = BEHAVIOR, value_enum, value_name = "RULE", default_value_t = LongTexts::Cut)]
    pub long_texts: LongTexts,

    /// Which product to imitate
    #[arg(long, env = "CAMPAIGN_MOCK_DIALECT", help_heading = BEHAVIOR, value_enum, value_name = "PRODUCT", default_value_t = Dialect::Acs)]
    pub dialect: Dialect,

    /// Format of Campaign's error bodies
    #[arg(long, env = "CAMPAIGN_MOCK_ERROR_BODY", help_heading = BEHAVIOR, value_enum, value_name = "FORMAT", default_value_t = ErrorBody::Json)]
    pub error_body: ErrorBody,

    /// Status of the token service for a wrong client secret
    #[arg(long, env = "CAMPAIGN_MOCK_IMS_BAD_SECRET", help_heading = BEHAVIOR, value_enum, value_name = "STATUS", default_value_t = BadSecret::BadRequest)]
    pub ims_bad_secret: BadSecret,

    /// Add this many sample people to each tenant
    #[arg(long, env = "CAMPAIGN_MOCK_PROFILES", help_heading = DATA, value_name = "NUMBER", default_value_t = 0, value_parser = whole_number::<u64>)]
    pub profiles: u64,

    /// How long a privacy job stays submitted
    #[arg(long, env = "CAMPAIGN_MOCK_JOB_SUBMITTED", help_heading = PRIVACY, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub job_submitted: Duration,

    /// How long a privacy job stays processing
    ///
    /// Its products finish one by one within that time.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_JOB_PROCESSING", help_heading = PRIVACY, value_name = "DURATION", default_value = "2s", value_parser = duration)]
    pub job_processing: Duration,

    /// What moves privacy jobs to their next state
    ///
    /// The control API can set this for one org while the server runs.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_JOB_PROGRESSION", help_heading = PRIVACY, value_enum, value_name = "PROGRESSION", default_value_t = JobProgression::Timed)]
    pub job_progression: JobProgression,

    /// With --job-progression polls: reads until a job moves to its next state
    #[arg(long, env = "CAMPAIGN_MOCK_JOB_POLLS", help_heading = PRIVACY, value_name = "NUMBER", default_value_t = 1, value_parser = positive_number)]
    pub job_polls: u32,

    /// Let opt-out-of-sale jobs and consents set ccpaOptOut of the profiles they name
    #[arg(long, env = "CAMPAIGN_MOCK_OPT_OUT_APPLIES", help_heading = PRIVACY)]
    pub opt_out_applies: bool,

    /// Which generation of Privacy Service to imitate
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY", help_heading = PRIVACY, value_enum, value_name = "GENERATION", default_value_t = PrivacyGeneration::Seed)]
    pub privacy: PrivacyGeneration,

    /// Number of the first page of a job list [default: zero-based; openapi: one-based]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_PAGING", help_heading = PRIVACY, value_enum, value_name = "PAGING")]
    pub privacy_paging: Option<PrivacyPaging>,

    /// Jobs per page: the default and the maximum [default: 1/100; openapi: 25/100; today: 100/1000]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_SIZES", help_heading = PRIVACY, value_name = "DEFAULT/MAXIMUM")]
    pub privacy_sizes: Option<PageSizes>,

    /// Status of an empty job list [default: 404]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_EMPTY_LIST", help_heading = PRIVACY, value_enum, value_name = "STATUS")]
    pub privacy_empty_list: Option<PrivacyEmptyList>,

    /// Name of the member with the link to a job's result [default: downloadURL; openapi: downloadUrl]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_DOWNLOAD", help_heading = PRIVACY, value_enum, value_name = "NAME")]
    pub privacy_download: Option<PrivacyDownload>,

    /// Days that a job list without dates goes back; 0 for all jobs [default: 0; openapi, today: 7]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVACY_WINDOW", help_heading = PRIVACY, value_name = "DAYS", value_parser = whole_number::<u16>)]
    pub privacy_window: Option<u16>,

    /// Let events go to webhooks on this host; repeat the option for more
    ///
    /// Write HOST for any port, or HOST:PORT. Webhooks on this machine are always allowed, under loopback
    /// names.
    #[arg(
        verbatim_doc_comment,
        long = "events-to",
        env = "CAMPAIGN_MOCK_EVENTS_TO",
        help_heading = PRIVACY,
        value_name = "HOST",
        value_delimiter = ','
    )]
    pub events_to: Vec<AllowedHost>,

    /// Make ids and sample people repeatable
    ///
    /// The same number gives the same job ids, request ids and sample people. It also changes the PKeys
    /// of a new database.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_RNG_SEED", help_heading = DATA, value_name = "NUMBER", value_parser = whole_number::<u64>)]
    pub rng_seed: Option<u64>,

    /// Require this token for the control API, at least 16 characters
    ///
    /// Callers send it as X-Admin-Token. Without this option, a server that other machines can reach
    /// makes a token and prints it.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_ADMIN_TOKEN", help_heading = CONTROL, hide_env_values = true, value_name = "TOKEN")]
    pub admin_token: Option<AdminToken>,

    /// Serve the control API on a port of its own; 0 picks a free port
    #[arg(long, env = "CAMPAIGN_MOCK_ADMIN_PORT", help_heading = CONTROL, value_name = "PORT", value_parser = port)]
    pub admin_port: Option<u16>,

    /// Turn off the control API
    #[arg(long, env = "CAMPAIGN_MOCK_NO_ADMIN", help_heading = CONTROL)]
    pub no_admin: bool,

    /// Serve metrics for Prometheus at /metrics
    #[arg(long, env = "CAMPAIGN_MOCK_METRICS", help_heading = CONTROL)]
    pub metrics: bool,

    /// Keep this many calls in the journal; 0 turns it off
    #[arg(long, env = "CAMPAIGN_MOCK_JOURNAL_ENTRIES", help_heading = CONTROL, value_name = "NUMBER", default_value_t = 1000, value_parser = whole_number::<usize>)]
    pub journal_entries: usize,

    /// Let the journal use this much memory; the oldest calls go first
    #[arg(long, env = "CAMPAIGN_MOCK_JOURNAL_BYTES", help_heading = CONTROL, value_name = "BYTES", default_value_t = 8 * 1024 * 1024, value_parser = whole_number::<usize>)]
    pub journal_bytes: usize,

    /// Ignore Prefer and ?__code fault requests
    #[arg(long, env = "CAMPAIGN_MOCK_NO_PREFER", help_heading = FAULTS)]
    pub no_prefer: bool,

    /// Let web pages of this origin read responses, with credentials; repeat the option for more
    ///
    /// Write the origin exactly as a browser sends it: scheme, host, and port if it has one.
    #[arg(
        verbatim_doc_comment,
        long = "cors-origin",
        env = "CAMPAIGN_MOCK_CORS_ORIGIN",
        help_heading = NETWORK,
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub cors_origins: Vec<String>,

    /// Let web pages of localhost and 127.0.0.1 read responses
    ///
    /// On any port, with http, without credentials.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_CORS_DEV", help_heading = NETWORK)]
    pub cors_dev: bool,

    /// Every setting with the source of its value, for the control API.
    #[arg(skip)]
    pub in_force: Vec<SettingInForce>,

    /// The settings that `serve` and `token` share.
    #[command(flatten)]
    pub identity: Identity,
}

/// The settings that decide which tokens are valid. `serve` and `token` need the same values.
#[derive(Debug, Clone, Args)]
pub struct Identity {
    /// Start with this data: demo, none, or a folder
    ///
    /// With none, the server has the demo's credentials and data model, but no people.
    #[arg(long, verbatim_doc_comment, env = "CAMPAIGN_MOCK_SEED", help_heading = DATA, value_name = "SEED", default_value = "demo")]
    pub seed: SeedSource,

    /// Sign access tokens with this secret, at least 32 bytes
    ///
    /// The default is a secret that everybody knows. A server that other machines can reach needs one of
    /// your own. With --database FILE, such a server, or one with an --admin-token, makes one at its first
    /// start and keeps it in FILE.secret.
    #[arg(
        verbatim_doc_comment,
        long,
        env = "CAMPAIGN_MOCK_SECRET",
        help_heading = BEHAVIOR,
        hide_env_values = true,
        hide_default_value = true,
        value_name = "SECRET",
        default_value = DEMO_SECRET,
        value_parser = Secret::new
    )]
    pub secret: Secret,

    /// Start the clock at this time, such as 2026-01-31T08:00:00Z [default: now]
    #[arg(long, env = "CAMPAIGN_MOCK_NOW", help_heading = BEHAVIOR, value_name = "TIME", value_parser = timestamp)]
    pub now: Option<Timestamp>,
}

/// The token that callers of the control API send.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

impl AdminToken {
    /// A token that nobody can guess; `None` when the system gives no random numbers.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        Some(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text that callers send.
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
            return Err(format!(
                "use at least {SHORTEST} characters: letters, digits and signs, without blanks"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// What moves privacy jobs to their next state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JobProgression {
    /// Jobs are complete at once
    Immediate,
    /// Jobs move as time passes
    Timed,
    /// Jobs move when they are read
    Polls,
    /// Jobs move when the control API says so
    Held,
}

/// The seed to start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeedSource {
    /// The demo seed, which the program carries.
    Demo,
    /// The demo seed without its people.
    None,
    /// A folder with a seed.
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
            port: None,
            port_file: None,
            database: None,
            public_url: None,
            allowed_hosts: Vec::new(),
            auth: AuthMode::Strict,
            patch_returns: PatchReturns::Pkey,
            long_texts: LongTexts::Cut,
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
            events_to: Vec::new(),
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
    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.listen.ip(), self.port.unwrap_or(self.listen.port()))
    }

    /// Where the data is kept.
    #[must_use]
    pub fn location(&self) -> Location {
        self.database.clone().map_or(Location::Ephemeral, Location::File)
    }

    /// What is less strict than by default, a sentence each.
    #[must_use]
    pub fn relaxed(&self) -> Vec<String> {
        match self.auth {
            AuthMode::Strict => Vec::new(),
            AuthMode::Any => vec!["--auth any: every API key and token passes".to_owned()],
            AuthMode::Off => vec!["--auth off: no API key or token is asked for".to_owned()],
        }
    }

    /// Whether other machines can reach a server whose seed everybody knows.
    #[must_use]
    pub const fn publishes_demo(&self) -> bool {
        let is_demo = matches!(self.identity.seed, SeedSource::Demo | SeedSource::None);
        is_demo && !self.listen.ip().is_loopback()
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
        JobRules {
            delays,
            progression,
            opt_out_applies: self.opt_out_applies,
            receipts: PrivacyBehavior::of(self.privacy).has_receipts(),
        }
    }

    /// How Privacy Service answers: as its generation does, unless an option says otherwise.
    #[must_use]
    pub fn privacy_behavior(&self) -> PrivacyBehavior {
        let defaults = PrivacyBehavior::of(self.privacy);
        PrivacyBehavior {
            generation: self.privacy,
            paging: self.privacy_paging.unwrap_or(defaults.paging),
            sizes: self.privacy_sizes.unwrap_or(defaults.sizes),
            empty_list: self.privacy_empty_list.unwrap_or(defaults.empty_list),
            download: self.privacy_download.unwrap_or(defaults.download),
            window_days: self.privacy_window.map_or(defaults.window_days, i64::from),
        }
    }

    /// Refuses combinations that are not safe.
    ///
    /// # Errors
    /// A sentence that says what to change.
    pub fn check(&self) -> Result<(), String> {
        let has_secret = !self.identity.secret.is_demo() || self.database.is_some();
        if !self.listen.ip().is_loopback() && !has_secret {
            return Err(format!(
                "other machines can reach --listen {}, but its tokens are signed with the demo secret, \
                 which everybody knows: set CAMPAIGN_MOCK_SECRET to a secret of your own (32 bytes or more), \
                 or keep the data with --database FILE, and the server keeps a secret beside it",
                self.address()
            ));
        }
        Ok(())
    }
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
    fn a_port_changes_no_address() {
        let settings = Settings { port: Some(9000), ..Settings::default() };
        assert_eq!(settings.address(), "127.0.0.1:9000".parse().unwrap());
        let listen = "0.0.0.0:8377".parse().unwrap();
        let settings = Settings { listen, ..settings };
        assert_eq!(settings.address(), "0.0.0.0:9000".parse().unwrap());
        assert!(settings.check().unwrap_err().contains("0.0.0.0:9000"));
    }

    #[test]
    fn a_public_url_is_scheme_and_host() {
        assert_eq!(public_url("https://mc.adobe.io/").as_deref(), Ok("https://mc.adobe.io"));
        for bad in ["mc.adobe.io", "ftp://x", "https://", "https://x/y", ""] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn other_machines_cannot_use_the_demo_secret() {
        let mut settings = Settings { listen: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
        assert!(settings.check().is_err());
        settings.identity.secret = Secret::new(&"x".repeat(32)).unwrap();
        assert_eq!(settings.check(), Ok(()));
        assert!(Secret::new("short").is_err());
    }
}
