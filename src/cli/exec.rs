//! `campaign-mock exec`: runs a command with a server of its own, which stops when the command ends.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use anyhow::Context as _;
use clap::Args;
use tokio::process::{Child, Command};

use super::client::Client;
use super::failure::Failure;
use super::progress::progress_bar;
use super::report::Report;
use crate::app::{AppError, Application, ClockMode};
use crate::config::Settings;
use crate::io_message::io_message;

/// A command, and the server to run for it.
#[derive(Debug, Args)]
pub(super) struct ExecArgs {
    /// The settings of the server.
    #[command(flatten)]
    pub(super) settings: Settings,

    /// Write a report of what the server has seen to this folder when the command ends
    ///
    /// report.html opens in any browser and needs no server: refused calls, state and privacy jobs.
    /// journal.har opens in a browser's network panel.
    #[arg(
        long,
        verbatim_doc_comment,
        env = "CAMPAIGN_MOCK_REPORT",
        value_name = "DIR",
        conflicts_with = "no_admin"
    )]
    report: Option<PathBuf>,

    /// Command to run, with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl ExecArgs {
    /// Starts a server, runs the command with the server's variables, stops the server, and answers the
    /// exit code of the command: 128 and the signal's number if a signal ended it.
    ///
    /// # Errors
    /// When the server does not start or stops by itself; when the command cannot be run, with the exit
    /// code that shells give.
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        actix_rt::System::new().block_on(async { Ok(ExitCode::from(self.run().await?)) })
    }

    fn report(&self, app: &Application) -> Result<Option<Report>, Failure> {
        let server = app.announcement();
        let client = Client::new(server.admin_url.as_ref().unwrap_or(&server.url))
            .with_token(server.admin_token.clone());
        let prepare =
            |folder: &PathBuf| Report::prepare(folder, &self.command, &server.url, client);
        self.report.as_ref().map(prepare).transpose().map_err(|error| Failure::usage(&error))
    }

    async fn run(&self) -> Result<u8, Failure> {
        let stopped = |reason: &str| AppError::Stopped(reason.to_owned());
        let mut signals = Signals::new().map_err(|cause| stopped(&io_message(&cause)))?;
        let start = Application::start(&self.settings, ClockMode::Running, Some(progress_bar()));
        let app = tokio::select! {
            app = start => app?,
            signal = signals.next() => return Ok(exit_code_of_signal(signal)),
        };
        let begun = self.report(&app).and_then(|report| Ok((report, spawn(&app, &self.command)?)));
        let (report, mut child) = match begun {
            Ok(begun) => begun,
            Err(failure) => {
                app.run(async {}).await?;
                return Err(failure);
            }
        };
        let mut status = None;
        let mut reported = Ok(());
        let command_ends = async {
            status = Some(loop {
                tokio::select! {
                    status = child.wait() => break status,
                    signal = signals.next() => forward_signal(&child, signal),
                }
            });
            if let (Some(report), Some(Ok(status))) = (report, &status) {
                reported = write_report(report, exit_code(*status)).await;
            }
        };
        app.run(command_ends).await?;
        match status {
            // A command that failed says more than a report that did.
            Some(Ok(status)) if status.success() => reported.map(|()| 0),
            Some(Ok(status)) => {
                if let Err(Failure { message, .. }) = reported {
                    eprintln!("campaign-mock: {message}");
                }
                Ok(exit_code(status))
            }
            Some(Err(cause)) => Err(stopped(&io_message(&cause)).into()),
            None => Err(stopped("the server stopped before the command").into()),
        }
    }
}

/// Writes the report while the server still answers, beside what it does.
async fn write_report(report: Report, exit_code: u8) -> Result<(), Failure> {
    let written = tokio::task::spawn_blocking(move || report.write(exit_code)).await;
    let path = written
        .map_err(anyhow::Error::from)
        .and_then(|written| written)
        .context("there is no report")
        .map_err(|error| Failure::failed(&error))?;
    eprintln!("campaign-mock: the report is in {}", path.display());
    Ok(())
}

fn spawn(app: &Application, command: &[OsString]) -> Result<Child, Failure> {
    let (program, arguments) = command.split_first().unzip();
    let program = program.cloned().unwrap_or_default();
    Command::new(&program)
        .args(arguments.unwrap_or_default())
        // The control API of another server around this one is not this server's.
        .env_remove("CAMPAIGN_MOCK_ADMIN_URL")
        .env_remove("CAMPAIGN_MOCK_ADMIN_TOKEN")
        .envs(app.announcement().variables())
        // Without its server the command could only fail.
        .kill_on_drop(true)
        .spawn()
        .map_err(|cause| cannot_run(&program.to_string_lossy(), &cause))
}

/// Why a command cannot be run, with the exit code that shells give.
fn cannot_run(program: &str, cause: &std::io::Error) -> Failure {
    let (exit_code, reason) = match cause.kind() {
        ErrorKind::NotFound => (127, "command not found".to_owned()),
        ErrorKind::PermissionDenied => (126, "it is not executable".to_owned()),
        _ => (126, io_message(cause)),
    };
    Failure { exit_code, message: format!("cannot run '{program}': {reason}") }
}

#[cfg(unix)]
fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let by_signal = || exit_code_of_signal(status.signal().unwrap_or_default());
    status.code().map_or_else(by_signal, |code| u8::try_from(code).unwrap_or(1))
}

#[cfg(not(unix))]
fn exit_code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn exit_code_of_signal(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

/// The signals that end a program.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> i32 {
        use rustix::process::Signal;
        tokio::select! {
            _ = self.terminate.recv() => Signal::TERM.as_raw(),
            _ = self.interrupt.recv() => Signal::INT.as_raw(),
        }
    }
}

/// Sends a signal to the command. At a terminal, Ctrl-C reaches the command anyway, and a second one
/// would mean "at once".
#[cfg(unix)]
fn forward_signal(child: &Child, signal: i32) {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};
    let at_terminal = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
    let signal = if signal == Signal::INT.as_raw() { Signal::INT } else { Signal::TERM };
    if signal == Signal::INT && at_terminal {
        return;
    }
    // A command that has ended has no id.
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    if let Some(Err(cause)) = pid.map(|pid| kill_process(pid, signal)) {
        log::warn!("cannot send the signal to the command: {cause}");
    }
}

/// Ctrl-C, which reaches the command by itself.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    const fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        drop(tokio::signal::ctrl_c().await);
        2
    }
}

#[cfg(not(unix))]
const fn forward_signal(_: &Child, _: i32) {}
