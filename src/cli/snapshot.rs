//! `campaign-mock snapshot`: saves and restores the data of a running server's orgs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::{Client, Control};
use crate::config::org_name;
use crate::domain::{OrgName, SnapshotName};

/// How long a server may take: orgs can have a million records.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Which server, and what to do with its snapshots.
#[derive(Debug, Args)]
pub(super) struct SnapshotArgs {
    #[command(flatten)]
    pub(super) control: Control,

    #[command(subcommand)]
    action: Action,
}

/// The commands for snapshots.
#[derive(Debug, Subcommand)]
enum Action {
    /// Save the data of orgs; a snapshot of the same name is replaced
    Save {
        /// Name of the snapshot
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// Org to save [default: all orgs]
        #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG", value_parser = org_name)]
        org: Option<OrgName>,
    },
    /// Restore the data of orgs
    Restore {
        /// Name of the snapshot
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// Org to restore [default: all orgs of the snapshot]
        #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG", value_parser = org_name)]
        org: Option<OrgName>,
    },
    /// List the snapshots: name, time and orgs, separated by tabs
    List,
    /// Delete a snapshot
    Delete {
        /// Name of the snapshot
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,
    },
    /// Write a snapshot to a file, to commit it or to use it with another server
    Export {
        /// Name of the snapshot
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// File to write; an existing file is overwritten [default: stdout]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Read a snapshot from a file; a snapshot of the same name is replaced
    Import {
        /// Name of the snapshot
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// File to read [default: stdin]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

impl SnapshotArgs {
    /// Executes the command, and answers what to print.
    ///
    /// # Errors
    /// When the server does not answer or refuses, and when a file cannot be read or written.
    pub(super) fn execute(&self) -> anyhow::Result<Option<String>> {
        let client = self.control.client().with_timeout(TIMEOUT);
        let without_output = |response: anyhow::Result<String>, action: &str| {
            response.map(|_| None).with_context(|| format!("cannot {action} the snapshot"))
        };
        match &self.action {
            Action::Save { name, org } => {
                let path = path(name, "", org.as_ref());
                without_output(client.control_text("POST", &path, ""), "save")
            }
            Action::Restore { name, org } => {
                let path = path(name, "/restore", org.as_ref());
                without_output(client.control_text("POST", &path, ""), "restore")
            }
            Action::List => list(&client).context("cannot list the snapshots"),
            Action::Delete { name } => {
                let path = path(name, "", None);
                without_output(client.control_text("DELETE", &path, ""), "delete")
            }
            Action::Export { name, file } => {
                export(&client, name, file.as_deref()).context("cannot export the snapshot")
            }
            Action::Import { name, file } => {
                without_output(import(&client, name, file.as_deref()), "import")
            }
        }
    }
}

fn path(name: &SnapshotName, below: &str, org: Option<&OrgName>) -> String {
    let query = org.map(|org| format!("?org={org}")).unwrap_or_default();
    format!("/snapshots/{name}{below}{query}")
}

fn list(client: &Client) -> anyhow::Result<Option<String>> {
    let answer = client.read("/snapshots")?;
    let snapshots = answer["snapshots"]
        .as_array()
        .context("the response is incomplete: is it a campaign-mock server?")?;
    let lines: Vec<_> = snapshots.iter().map(line).collect();
    Ok((!lines.is_empty()).then(|| lines.join("\n")))
}

fn line(snapshot: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let orgs = snapshot["orgs"].as_array().into_iter().flatten();
    let orgs: Vec<_> = orgs.map(|one| text(&one["org"])).collect();
    [text(&snapshot["name"]), text(&snapshot["takenAt"]), orgs.join(",")].join("\t")
}

fn export(
    client: &Client,
    name: &SnapshotName,
    to: Option<&Path>,
) -> anyhow::Result<Option<String>> {
    let document = client.control_text("GET", &path(name, "/export", None), "")?;
    let Some(file) = to else { return Ok(Some(document)) };
    std::fs::write(file, document + "\n")
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(None)
}

fn import(client: &Client, name: &SnapshotName, from: Option<&Path>) -> anyhow::Result<String> {
    let document = match from {
        Some(file) => std::fs::read_to_string(file),
        None => std::io::read_to_string(std::io::stdin()),
    };
    let document = document.with_context(|| {
        from.map_or("cannot read stdin".to_owned(), |file| {
            format!("cannot read {}", file.display())
        })
    })?;
    client.control_text("PUT", &path(name, "", None), &document)
}
