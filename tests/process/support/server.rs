//! A server that has said that it is ready.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use serde::Deserialize;

use super::client::Caller;
use super::process::{PROGRAM, Process, command, poll, signal};

/// How long an orderly stop may take.
pub(crate) const STOP: Duration = Duration::from_secs(5);

/// The options of a server on a free port whose jobs run through at once.
pub(crate) const SERVE: [&str; 6] =
    ["--listen", "127.0.0.1:0", "--job-submitted", "0s", "--job-processing", "0s"];

/// Starts the program with [`SERVE`].
pub(crate) fn serve() -> Command {
    let mut command = command(PROGRAM);
    command.args(SERVE);
    command
}

/// The same with a database.
pub(crate) fn serve_from(database: &Path) -> Command {
    let mut command = serve();
    command.arg("--database").arg(database);
    command
}

/// The port of a server.
pub(crate) fn port(ready: &Ready) -> &str {
    ready.url.rsplit(':').next().unwrap()
}

/// The ready line, as far as callers need it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ready {
    /// Where the server answers.
    pub(crate) url: String,
    /// For `x-gw-ims-org-id`.
    pub(crate) ims_org_id: String,
    /// For `X-Api-Key`.
    pub(crate) api_key: String,
    /// For `Authorization`.
    pub(crate) access_token: String,
}

/// A server that has said that it is ready.
pub(crate) struct Server {
    /// Its process.
    pub(crate) process: Process,
    /// What it said.
    pub(crate) ready: Ready,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = Process::spawn(command);
        let line = poll(|| {
            let ended = process.ended();
            assert!(ended.is_none(), "{command:?} ended, {ended:?}:\n{}", process.stderr());
            process.stdout().split_once('\n').map(|(line, _)| line.to_owned())
        });
        let line = line.unwrap_or_else(|| panic!("not ready:\n{}", process.stderr()));
        let ready = serde_json::from_str(&line).unwrap_or_else(|fault| panic!("{fault}: {line}"));
        Self { process, ready }
    }

    /// Someone who calls it with its credentials, on a connection of their own.
    pub(crate) fn caller(&self) -> Caller {
        Caller::new(&self.ready).unwrap()
    }

    /// Sends it a signal, waits for its end and answers how that was.
    pub(crate) fn stop(&mut self, name: &str) -> ExitStatus {
        signal(self.process.id(), name);
        self.process.wait()
    }
}
