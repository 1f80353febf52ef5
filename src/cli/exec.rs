//! `campaign-mock exec`: a command with a server beside it, for as long as the command runs.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitStatus;

use tokio::process::{Child, Command};

use crate::app::{AppError, Application, Pace};
use crate::config::Settings;

/// Why there is no exit code of the command to end with.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The server did not start, or stopped by itself.
    #[error(transparent)]
    Server(#[from] AppError),
    /// The command cannot be run.
    #[error("cannot run '{command}': {cause}")]
    Command {
        /// As given.
        command: String,
        /// What the system says.
        cause: std::io::Error,
    },
}

impl ExecError {
    /// The process's exit code; of a command that cannot be run, as shells have it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Server(error) => error.exit_code(),
            Self::Command { cause, .. } if cause.kind() == ErrorKind::NotFound => 127,
            Self::Command { .. } => 126,
        }
    }
}

/// Starts a server, runs the command with the server's variables, stops the server, and answers the
/// exit code of the command: 128 and the signal's number where a signal has ended it.
///
/// # Errors
/// See [`ExecError`].
pub async fn run(settings: &Settings, command: &[OsString]) -> Result<u8, ExecError> {
    let mut signals = Signals::new().map_err(|cause| AppError::Stopped(cause.to_string()))?;
    let app = tokio::select! {
        app = Application::start(settings, Pace::Running) => app?,
        signal = signals.next() => return Ok(code_of_signal(signal)),
    };
    let mut child = match spawn(&app, command) {
        Ok(child) => child,
        Err(error) => {
            app.run(async {}).await?;
            return Err(error);
        }
    };
    let mut status = None;
    let ended = async {
        status = Some(loop {
            tokio::select! {
                status = child.wait() => break status,
                signal = signals.next() => pass_on(&child, signal),
            }
        });
    };
    app.run(ended).await?;
    match status {
        Some(Ok(status)) => Ok(code(status)),
        Some(Err(cause)) => Err(AppError::Stopped(cause.to_string()).into()),
        None => Err(AppError::Stopped("the server ended before the command".to_owned()).into()),
    }
}

fn spawn(app: &Application, command: &[OsString]) -> Result<Child, ExecError> {
    let (program, arguments) = command.split_first().unzip();
    let program = program.cloned().unwrap_or_default();
    Command::new(&program)
        .args(arguments.unwrap_or_default())
        // Those of a server around this one are of no use here.
        .env_remove("CAMPAIGN_MOCK_ADMIN_URL")
        .env_remove("CAMPAIGN_MOCK_ADMIN_TOKEN")
        .envs(app.announcement().variables())
        // Without its server it could only fail.
        .kill_on_drop(true)
        .spawn()
        .map_err(|cause| ExecError::Command {
            command: program.to_string_lossy().into_owned(),
            cause,
        })
}

#[cfg(unix)]
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let of_signal = || code_of_signal(status.signal().unwrap_or_default());
    status.code().map_or_else(of_signal, |code| u8::try_from(code).unwrap_or(1))
}

#[cfg(not(unix))]
fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn code_of_signal(signal: i32) -> u8 {
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

/// At a terminal, Ctrl-C reaches the command by itself, and a second one would mean "at once".
#[cfg(unix)]
fn pass_on(child: &Child, signal: i32) {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};
    let at_terminal = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
    let signal = if signal == Signal::INT.as_raw() { Signal::INT } else { Signal::TERM };
    if signal == Signal::INT && at_terminal {
        return;
    }
    // Once it has ended, there is nobody to tell.
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    if let Some(Err(cause)) = pid.map(|pid| kill_process(pid, signal)) {
        log::warn!("the command cannot be told to stop: {cause}");
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
const fn pass_on(_: &Child, _: i32) {}
