//! `campaign-mock exec --report`: what the server has seen and done when the command has ended, as files that outlive it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::client::Client;
use crate::http::report_page;

/// How long an answer may take: a journal can have some MiB.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A report to write.
pub(super) struct Report {
    folder: PathBuf,
    command: String,
    url: String,
    client: Client,
}

impl Report {
    /// A report of a command and of the server at `url`, whose control API `client` calls. Makes the folder, so that a report that cannot be written fails before the command runs.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn prepare(
        folder: &Path,
        command: &[OsString],
        url: &str,
        client: Client,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
        Ok(Self {
            folder: folder.to_owned(),
            command: words.join(" "),
            url: url.to_owned(),
            client: client.with_timeout(TIMEOUT),
        })
    }

    /// Writes `report.html` and `journal.har`; answers the path of the first.
    ///
    /// # Errors
    /// When the server does not answer or a file cannot be written.
    pub(super) fn write(&self, exit_code: u8) -> anyhow::Result<PathBuf> {
        let journal = self.client.control_text("GET", "/requests.har", "")?;
        self.keep("journal.har", &journal)?;
        self.keep("report.html", &report_page(&self.record(exit_code)?))
    }

    fn keep(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// What `http/control/console/recorded.js` reads.
    fn record(&self, exit_code: u8) -> anyhow::Result<Value> {
        let read = |path: &str| self.client.read(path);
        let refused = read("/requests/unmatched")?;
        let overview = read("/overview")?;
        let mut orgs = Map::new();
        for org in used(&overview) {
            orgs.insert(org.to_owned(), self.org(org)?);
        }
        let count = refused["requests"].as_array().map_or(0, Vec::len);
        Ok(json!({
            "about": {
                "command": self.command, "exitCode": exit_code, "url": self.url, "refused": count,
            },
            "clock": read("/clock")?,
            "overview": overview,
            "requests": read("/requests")?,
            "refused": refused,
            "orgs": orgs,
        }))
    }

    /// The parts of one org. The diff comes last: what is due happens before it.
    fn org(&self, org: &str) -> anyhow::Result<Value> {
        let read = |path: &str| self.client.read(&format!("{path}org={org}"));
        Ok(json!({
            "jobs": read("/jobs?")?,
            "optOuts": read("/opt-outs?order=newest&")?,
            "consents": read("/consents?")?,
            "transitions": read("/jobs/transitions?")?,
            "diff": read("/state/diff?")?,
        }))
    }
}

/// The orgs of an overview that were called or written to; the first one if none was.
fn used(overview: &Value) -> Vec<&str> {
    let orgs = overview["orgs"].as_array().map_or(&[][..], Vec::as_slice);
    let is_used =
        |org: &&Value| ["calls", "changes"].iter().any(|count| org[count].as_i64() > Some(0));
    let mut used: Vec<_> =
        orgs.iter().filter(is_used).filter_map(|org| org["org"].as_str()).collect();
    if used.is_empty() {
        used.extend(orgs.first().and_then(|org| org["org"].as_str()));
    }
    used
}
