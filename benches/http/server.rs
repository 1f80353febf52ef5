//! The server that is measured: the `campaign-mock` binary of the same build.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::process::{self, Process};

/// The binary.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_campaign-mock");

/// Where database files are made: on the disk of the build, which is no RAM disk.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// The profile collection of the demo customer's org.
pub(crate) const PROFILES: &str = "/acme/campaign/profileAndServices/profile";

/// What the server says of itself when it is ready.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Access {
    url: String,
    ims_org_id: String,
    api_key: String,
    #[serde(rename = "accessToken")]
    token: String,
}

impl Access {
    /// Where it answers.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        let address = self.url.strip_prefix("http://").context("the url has no http://")?;
        Ok(address.parse()?)
    }

    /// The bytes of an authorised call.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        self.call_with("", method, path, body)
    }

    /// The bytes of an authorised call of Privacy Service or the control API.
    pub(crate) fn call_as_org(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let org = format!("x-gw-ims-org-id: {}\r\n", self.ims_org_id);
        self.call_with(&org, method, path, body)
    }

    /// The org's IMS org.
    pub(crate) fn ims_org_id(&self) -> &str {
        &self.ims_org_id
    }

    fn call_with(&self, headers: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
        let content = match body.len() {
            0 => String::new(),
            length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {}\r\n\
             Authorization: Bearer {}\r\n{headers}{content}\r\n{body}",
            self.api_key, self.token
        )
        .into_bytes()
    }
}

/// A server that is ready.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) access: Access,
}

impl Server {
    /// Starts the server by `command`, on a free port.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut process = Process::spawn(command.args(["--listen", "127.0.0.1:0"]))?;
        let access = serde_json::from_str(&process.first_line()?)?;
        Ok(Self { process, access })
    }

    /// Starts the server on the measured core with the database `file`. It has no people of its own
    /// and its privacy jobs wait for nothing.
    pub(crate) fn start_durable(file: &Path) -> Result<Self> {
        let mut command = process::measured(PROGRAM);
        command.arg("--database").arg(file).args(["--seed", "none"]);
        command.args(["--job-submitted", "0s", "--job-processing", "0s"]);
        Self::start(command)
    }
}

/// A directory for database files, removed when dropped.
pub(crate) fn scratch() -> Result<tempfile::TempDir> {
    tempfile::tempdir_in(SCRATCH).with_context(|| format!("cannot make a directory in {SCRATCH}"))
}
