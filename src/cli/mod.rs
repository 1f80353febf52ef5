//! The commands of the program.

mod client;
mod env;
pub mod exec;
mod export;
mod files;
mod help;
mod snapshot;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use jiff::SignedDuration;

use crate::auth::{AssertionIssuer, Minting, TokenIssuer};
use crate::clock::Clock;
use crate::config::{DEFAULT_LISTEN, Identity, SeedSource, Settings};
use crate::domain::{AdobeApi, OrgName, Scopes, Timestamp, parse_duration};
use crate::http::SettingInForce;
use crate::random::Random;
use crate::seed::{Credential, Customer, DEMO_PRIVATE_KEY};
use client::Client;

pub use env::EnvArgs;
pub use files::{BackupArgs, CheckArgs, SeedCommand};
pub use snapshot::SnapshotArgs;

/// A test server that behaves like Adobe Campaign Standard's profile API, its CCPA opt-outs and the
/// Privacy Service behind them.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = help::SERVE)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

/// What the program is asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server; what the program does without a command
    #[command(after_help = help::SERVE)]
    Serve(Box<Settings>),
    /// Run a command beside a server of its own, which stops when the command ends
    #[command(after_help = help::EXEC)]
    Exec(Box<ExecArgs>),
    /// Print what a program needs to call a running server, for a shell to evaluate
    #[command(after_help = help::ENV)]
    Env(EnvArgs),
    /// Print an access token
    #[command(after_help = help::TOKEN)]
    Token(TokenArgs),
    /// Tell by exit code whether a server is ready
    #[command(after_help = help::READY)]
    Ready(ReadyArgs),
    /// Keep what a running server's orgs have, and bring it back
    #[command(after_help = help::SNAPSHOT)]
    Snapshot(SnapshotArgs),
    /// Look after seed folders
    #[command(subcommand, after_help = help::SEED)]
    Seed(SeedCommand),
    /// Copy a database, also while a server runs on it
    #[command(after_help = help::BACKUP)]
    Backup(BackupArgs),
    /// Check a database, also while a server runs on it
    #[command(after_help = help::CHECK)]
    Check(CheckArgs),
    /// Print what has a shell complete the command line
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Cli {
    /// The command line. A server that is there for one command needs no port that others know.
    #[must_use]
    pub fn definition() -> clap::Command {
        Self::command().mut_subcommand("exec", |exec| {
            exec.mut_arg("listen", |listen| listen.default_value("127.0.0.1:0"))
        })
    }

    /// Reads the command line and the environment, or ends the process as it asks for help or is
    /// wrong.
    #[must_use]
    pub fn read() -> Self {
        let matches = Self::definition().get_matches();
        match Self::from_arg_matches(&matches) {
            Ok(mut cli) => {
                let (serve, settings) = match (&mut cli.command, matches.subcommand()) {
                    (Some(Command::Serve(settings)), Some((_, matches))) => {
                        (matches, &mut **settings)
                    }
                    (Some(Command::Exec(exec)), Some((_, matches))) => {
                        (matches, &mut exec.settings)
                    }
                    _ => (&matches, &mut cli.settings),
                };
                settings.in_force = in_force(serve);
                cli
            }
            Err(fault) => fault.exit(),
        }
    }

    /// The command asked for.
    #[must_use]
    pub fn into_command(self) -> Command {
        self.command.unwrap_or_else(|| Command::Serve(Box::new(self.settings)))
    }
}

/// Every setting of the server with its value and where that comes from.
fn in_force(matches: &ArgMatches) -> Vec<SettingInForce> {
    let command = Cli::command();
    let setting = |argument: &clap::Arg| {
        let (id, name) = (argument.get_id().as_str(), argument.get_long()?);
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            _ => "default",
        };
        let values = matches.try_get_raw(id).ok().flatten();
        let values = values.into_iter().flatten().map(|value| value.to_string_lossy());
        let value = if argument.is_hide_env_values_set() && source != "default" {
            "(not told)".to_owned()
        } else if argument.is_hide_default_value_set() {
            "(built in)".to_owned()
        } else {
            values.collect::<Vec<_>>().join(",")
        };
        Some(SettingInForce { name: name.to_owned(), value, source })
    };
    command.get_arguments().filter_map(setting).collect()
}

/// A command, and the server to run beside it.
#[derive(Debug, Args)]
pub struct ExecArgs {
    /// The server.
    #[command(flatten)]
    pub settings: Settings,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// What a token is to be like.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// The org it is for; a customer's org opens its suffixed tenants too [default: the seed's first]
    #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG")]
    org: Option<String>,

    /// How long it is good; 0s mints one that has expired
    #[arg(
        long,
        env = "CAMPAIGN_MOCK_EXPIRES_IN",
        value_name = "DURATION",
        default_value = "24h",
        value_parser = parse_duration,
        allow_hyphen_values = true
    )]
    expires_in: SignedDuration,

    /// Whose it is, by the name that org.json gives the credential [default: the org's first]
    #[arg(long, env = "CAMPAIGN_MOCK_CREDENTIAL", value_name = "NAME")]
    credential: Option<String>,

    /// Its scopes, separated by commas; with --assertion, the metascopes [default: all of the credential's]
    #[arg(long, env = "CAMPAIGN_MOCK_SCOPE", value_name = "LIST")]
    scope: Option<String>,

    /// Print a signed assertion for /ims/exchange/jwt instead
    #[arg(long, env = "CAMPAIGN_MOCK_ASSERTION")]
    assertion: bool,

    /// Sign the assertion with the RSA key in this PEM file [default: the demo seed's]
    #[arg(long, env = "CAMPAIGN_MOCK_PRIVATE_KEY", value_name = "FILE")]
    private_key: Option<PathBuf>,

    #[command(flatten)]
    identity: Identity,
}

impl TokenArgs {
    /// Mints the token, or signs the assertion. Needs no server: for a token, both have the same
    /// secret.
    ///
    /// # Errors
    /// When the seed cannot be loaded or does not own the org, when the credential may not have the
    /// scopes, and when there is no key to sign with.
    pub fn mint(&self) -> anyhow::Result<String> {
        let seed = self.identity.seed.load()?;
        let first = seed.customers.first().map(|customer| customer.org.to_string());
        let name = self.org.clone().or(first).unwrap_or_default();
        let org = OrgName::parse(&name).with_context(|| format!("'{name}' cannot be an org"))?;
        let customer = seed
            .customer_of(&org)
            .with_context(|| format!("the seed has no org '{org}': use {}", seed.org_names()))?;
        let credential = self.credential_of(customer)?;
        let now = Clock::running(self.identity.now).now();
        if self.assertion {
            self.assert(&org, credential, now)
        } else {
            self.mint_for(&org, credential, now)
        }
    }

    fn credential_of<'a>(&self, customer: &'a Customer) -> anyhow::Result<&'a Credential> {
        let Some(name) = &self.credential else { return Ok(&customer.credential) };
        customer.credentials().find(|one| one.name == *name).with_context(|| {
            let names: Vec<_> = customer.credentials().map(|one| one.name.as_str()).collect();
            format!("there is no credential '{name}': use {}", names.join(" or "))
        })
    }

    fn mint_for(
        &self,
        org: &OrgName,
        credential: &Credential,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let scopes = match &self.scope {
            Some(list) => Scopes::asked(list, &credential.apis)?,
            None => Scopes::of(&credential.apis),
        };
        let (lifetime, id) = (self.expires_in, Random::new(None).uuid());
        let order = Minting { org, credential, scopes: &scopes, now, lifetime, id };
        Ok(TokenIssuer::new(&self.identity.secret).mint(&order)?)
    }

    fn assert(
        &self,
        org: &OrgName,
        credential: &Credential,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let key = match (&self.private_key, &self.identity.seed) {
            (Some(file), _) => std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the key {}", file.display()))?,
            (None, SeedSource::Demo | SeedSource::None) => DEMO_PRIVATE_KEY.to_owned(),
            (None, SeedSource::Folder(_)) => anyhow::bail!(
                "only the demo seed has a key to sign with: name yours with --private-key FILE"
            ),
        };
        let issuer =
            AssertionIssuer::new(&key).context("the key is no PEM file with an RSA key")?;
        let metascopes: Vec<&str> = match &self.scope {
            Some(list) => list.split([',', ' ']).filter(|one| !one.is_empty()).collect(),
            None => credential.apis.iter().map(|api| AdobeApi::metascope(*api)).collect(),
        };
        let life = i64::try_from(self.expires_in.as_millis()).unwrap_or(i64::MAX);
        let expires = Timestamp::from_millis(now.as_millis().saturating_add(life));
        issuer.sign(org, credential, &metascopes, expires).context("the key cannot sign")
    }
}

/// Which server, and how long to wait for it.
#[derive(Debug, Args)]
pub struct ReadyArgs {
    /// The server's address
    #[arg(long, env = "CAMPAIGN_MOCK_URL", value_name = "URL", default_value_t = format!("http://{DEFAULT_LISTEN}"))]
    url: String,

    /// Wait until it is ready
    #[arg(long, env = "CAMPAIGN_MOCK_WAIT")]
    wait: bool,

    /// How long to wait at most
    #[arg(long, env = "CAMPAIGN_MOCK_TIMEOUT", value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    timeout: SignedDuration,
}

impl ReadyArgs {
    /// Asks `/readyz`, again and again if told to wait.
    ///
    /// # Errors
    /// When the server is not ready, or not in time.
    pub fn check(&self) -> anyhow::Result<()> {
        const PAUSE: Duration = Duration::from_millis(20);
        let client = Client::new(&self.url);
        let wait = if self.wait { self.timeout.unsigned_abs() } else { Duration::ZERO };
        let started = Instant::now();
        loop {
            let failure = match client.check_ready() {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if started.elapsed() >= wait {
                return Err(failure.context(format!("{} is not ready", self.url)));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::definition().debug_assert();
    }

    #[test]
    fn every_flag_has_an_environment_twin_of_its_name() {
        let cli = Cli::definition();
        let commands = std::iter::once(&cli).chain(cli.get_subcommands());
        let commands = commands.flat_map(|one| std::iter::once(one).chain(one.get_subcommands()));
        let flags = commands.flat_map(clap::Command::get_arguments).filter_map(|arg| {
            let name = arg.get_long()?;
            (!["help", "version"].contains(&name)).then_some((name, arg))
        });
        let mut seen = 0;
        for (name, arg) in flags {
            let twin = format!("CAMPAIGN_MOCK_{}", name.replace('-', "_").to_uppercase());
            assert_eq!(arg.get_env().and_then(|env| env.to_str()), Some(twin.as_str()), "--{name}");
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
    }
}
