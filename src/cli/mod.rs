//! The command line: every command of the program, what it prints, and its exit code.

mod client;
mod database;
mod env;
mod exec;
mod export;
mod failure;
mod help;
mod output;
mod progress;
mod ready;
mod report;
mod seed;

mod serve;
mod snapshot;
mod token;
mod typed;
mod usage;

use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::Settings;
use crate::http::SettingInForce;
use failure::Failure;
use output::print_line;

/// A test server that behaves like the API of Adobe Campaign Standard, with CCPA opt-outs and Privacy
/// Service
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = help::SERVE)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

/// The commands of the program.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server; this is also what the program does without a command
    #[command(after_help = help::SERVE)]
    Serve(Box<Settings>),
    /// Run a command with a server of its own
    ///
    /// The server starts before the command and stops after it. The command finds the server by the
    /// environment variables that campaign-mock env prints.
    #[command(verbatim_doc_comment, after_help = help::EXEC)]
    Exec(Box<exec::ExecArgs>),
    /// Print the environment variables that clients of a running server need
    #[command(after_help = help::ENV)]
    Env(env::EnvArgs),
    /// Print an access token
    ///
    /// No server has to run: a token is valid for every server with the same seed and secret.
    #[command(verbatim_doc_comment, after_help = help::TOKEN)]
    Token(token::TokenArgs),
    /// Check whether a server is ready
    ///
    /// The exit code is 0 if it is, else 1.
    #[command(verbatim_doc_comment, after_help = help::READY)]
    Ready(ready::ReadyArgs),
    /// Save and restore snapshots
    ///
    /// A snapshot is a copy of the data of one or more orgs of a running server.
    #[command(verbatim_doc_comment, after_help = help::SNAPSHOT)]
    Snapshot(snapshot::SnapshotArgs),
    /// Check, export and generate seed folders
    #[command(subcommand, after_help = help::SEED)]
    Seed(seed::SeedCommand),
    /// Copy a database, even while a server uses it
    #[command(after_help = help::BACKUP)]
    Backup(database::BackupArgs),
    /// Check a database for damage, even while a server uses it
    #[command(after_help = help::CHECK)]
    Check(database::CheckArgs),
    /// Print shell completions
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// Shell to complete for
        shell: clap_complete::Shell,
    },
}

/// Reads the command line and the environment, does what they ask for, and answers the exit code.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::read().execute() {
        Ok(code) => code,
        Err(Failure { exit_code, message }) => {
            eprintln!("campaign-mock: {message}");
            ExitCode::from(exit_code)
        }
    }
}

impl Cli {
    /// The command line.
    #[must_use]
    pub fn definition() -> clap::Command {
        let server_settings = |argument: clap::Arg| {
            let is_shared = ["seed", "secret", "now"].contains(&argument.get_id().as_str());
            if is_shared { argument.help_heading("As given to the server") } else { argument }
        };
        let command = Self::command()
            // A server for one command needs no port that others know.
            .mut_subcommand("exec", |exec| {
                exec.mut_arg("listen", |listen| listen.default_value("127.0.0.1:0"))
            })
            .mut_subcommand("token", |token| token.mut_args(server_settings));
        help::with_notes(command)
    }

    /// Reads the command line and the environment, or ends the process as it asks for help or is
    /// wrong.
    fn read() -> Self {
        let words: Vec<_> = std::env::args_os().collect();
        let matches = usage::read(Self::definition(), &words).unwrap_or_else(|fault| fault.exit());
        match Self::from_arg_matches(&matches) {
            Ok(mut cli) => {
                cli.heed_sources(&matches);
                let (serve, settings) = match (&mut cli.command, matches.subcommand()) {
                    (Some(Command::Serve(settings)), Some((_, matches))) => {
                        (matches, &mut **settings)
                    }
                    (Some(Command::Exec(exec)), Some((_, matches))) => {
                        (matches, &mut exec.settings)
                    }
                    _ => (&matches, &mut cli.settings),
                };
                settings.in_force = settings_in_force(serve);
                cli
            }
            Err(fault) => fault.exit(),
        }
    }

    /// Lets an address on the command line beat what the environment says of another server.
    fn heed_sources(&mut self, matches: &ArgMatches) {
        let control = match &mut self.command {
            Some(Command::Env(args)) => &mut args.control,
            Some(Command::Snapshot(args)) => &mut args.control,
            _ => return,
        };
        matches.subcommand().into_iter().for_each(|(_, matches)| control.heed_sources(matches));
    }

    /// Executes the command.
    fn execute(self) -> Result<ExitCode, Failure> {
        let command = self.command.unwrap_or_else(|| Command::Serve(Box::new(self.settings)));
        match command {
            Command::Serve(settings) => {
                log_to_stderr("info,actix_server=warn");
                serve::serve(&settings)?;
            }
            Command::Exec(args) => {
                // The terminal is the command's.
                log_to_stderr("warn");
                return args.execute();
            }
            Command::Env(args) => {
                let variables = args.read().map_err(|error| Failure::failed(&error))?;
                print_line(&variables)?;
            }
            Command::Token(args) => {
                let token = args.mint().map_err(|error| Failure::usage(&error))?;
                print_line(&token)?;
            }
            Command::Ready(args) => args.check().map_err(|error| Failure::failed(&error))?,
            Command::Snapshot(args) => {
                let output = args.execute().map_err(|error| Failure::failed(&error))?;
                output.as_deref().map_or(Ok(()), print_line)?;
            }
            Command::Seed(command) => {
                command.execute()?.as_deref().map_or(Ok(()), print_line)?;
            }
            Command::Backup(args) => args.back_up().map_err(|error| Failure::failed(&error))?,
            Command::Check(args) => args.check()?,
            Command::Completions { shell } => print_line(&completions(shell))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Logs to stderr what `RUST_LOG` asks for, or else what `default` says.
fn log_to_stderr(default: &str) {
    let filter = env_logger::Env::default().default_filter_or(default);
    env_logger::Builder::from_env(filter).format_timestamp_millis().init();
}

/// The script that completes the command line in a shell.
fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::definition(), "campaign-mock", &mut script);
    String::from_utf8_lossy(&script).trim_end().to_owned()
}

/// Every setting of the server with its value and the source of that.
fn settings_in_force(matches: &ArgMatches) -> Vec<SettingInForce> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::definition().debug_assert();
    }

    /// The words of a call, up to a comment or whatever else a shell would not pass on.
    fn words(line: &str) -> Vec<&str> {
        let call = &line[line.find("campaign-mock").unwrap()..];
        let ends = |word: &&str| ["#", "|", "||", "&&", ">", ">>"].contains(word);
        call.split_whitespace()
            .take_while(|word| !ends(word))
            .map(|word| word.trim_end_matches(")\""))
            .collect()
    }

    #[test]
    fn every_command_shows_examples_that_the_command_line_takes() {
        let cli = Cli::definition();
        for command in std::iter::once(&cli).chain(cli.get_subcommands()) {
            let help = command.get_after_help().unwrap_or_else(|| panic!("{}", command.get_name()));
            let help = help.to_string();
            let examples: Vec<_> = help.lines().skip(1).collect();
            assert!((3..=6).contains(&examples.len()), "{help}");
            for example in examples {
                let read = Cli::definition().try_get_matches_from(words(example));
                assert!(read.is_ok(), "{example}: {}", read.unwrap_err());
            }
        }
    }

    #[test]
    fn options_of_the_server_are_grouped() {
        let groups = ["Network", "Data", "Behavior", "Privacy", "Control", "Faults"];
        let cli = Cli::definition();
        let mut found: Vec<&str> = Vec::new();
        for argument in cli.get_arguments().filter(|one| one.get_env().is_some()) {
            let group = argument.get_help_heading().unwrap_or_else(|| panic!("{argument}"));
            if !found.contains(&group) {
                found.push(group);
            }
        }
        assert_eq!(found, groups);
        let page = include_str!("../../docs/configuration.md");
        let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        assert_eq!(headings[..groups.len()], groups);
    }

    #[test]
    fn the_configuration_page_says_what_the_help_says() {
        let page = include_str!("../../docs/configuration.md").replace('`', "");
        let cli = Cli::definition();
        let commands = cli.get_subcommands().filter(|one| one.get_name() != "exec");
        let commands = commands.flat_map(|one| std::iter::once(one).chain(one.get_subcommands()));
        let mut seen = 0;
        for argument in commands.flat_map(clap::Command::get_arguments) {
            let (Some(flag), Some(env)) = (argument.get_long(), argument.get_env()) else {
                continue;
            };
            let help = argument.get_help().unwrap().to_string();
            let words = help.split(" [default").next().unwrap();
            let row = format!("| --{flag} | {} | ", env.to_string_lossy());
            let is_row =
                |line: &str| line.starts_with(&row) && line.contains(&format!("| {words}"));
            // The page has one row for what commands share: the org to save or to restore.
            let is_shared = ["Org to save", "Org to restore"].contains(&words);
            assert!(is_shared || page.lines().any(is_row), "{row}… | {words}");
            seen += 1;
        }
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn environment_and_exit_codes_are_explained_once() {
        let long = Cli::definition().render_long_help().to_string();
        for text in ["CAMPAIGN_MOCK_", "Exit codes:"] {
            assert_eq!(long.matches(text).count(), 1, "{text}");
        }
        let short = Cli::definition().render_help().to_string();
        assert!(!short.contains("Exit codes:") && short.len() * 3 < long.len() * 2);
    }

    #[test]
    fn every_flag_has_an_environment_twin_of_its_name() {
        let cli = Cli::definition();
        let commands = std::iter::once(&cli).chain(cli.get_subcommands());
        let commands = commands.flat_map(|one| std::iter::once(one).chain(one.get_subcommands()));
        let flags = commands.flat_map(clap::Command::get_arguments).filter_map(|arg| {
            let name = arg.get_long()?;
            // Kubernetes sets CAMPAIGN_MOCK_PORT by itself, for a service of that name.
            (!["help", "version", "port"].contains(&name)).then_some((name, arg))
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
