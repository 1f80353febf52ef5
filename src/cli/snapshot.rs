//! `campaign-mock snapshot`: what a running server's orgs have, kept and brought back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Client, Control};
use crate::domain::{OrgName, SnapshotName};

/// How long a server may take: orgs may have a million records.
const PATIENCE: Duration = Duration::from_secs(120);

/// Which server, and what to do there.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    #[command(flatten)]
    control: Control,

    #[command(subcommand)]
    action: Action,
}

/// What can be done with snapshots.
#[derive(Debug, Subcommand)]
enum Action {
    /// Keep what orgs have; a snapshot that has had the name goes
    Save {
        /// Its name
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// The org [default: all that there are]
        #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG", value_parser = org)]
        org: Option<OrgName>,
    },
    /// Bring orgs back to what they had
    Restore {
        /// Its name
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// The org [default: all that the snapshot has]
        #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG", value_parser = org)]
        org: Option<OrgName>,
    },
    /// Print a line for each snapshot: name, when it was taken, orgs; with tabs between
    List,
    /// Remove a snapshot
    Delete {
        /// Its name
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,
    },
    /// Write a snapshot as a document, to check in or to carry to another server
    Export {
        /// Its name
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// The document; one that exists is written anew [default: the standard output]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Keep a document as a snapshot; one that has had the name goes
    Import {
        /// Its name
        #[arg(value_name = "NAME", value_parser = SnapshotName::parse)]
        name: SnapshotName,

        /// The document [default: the standard input]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

fn org(text: &str) -> Result<OrgName, String> {
    OrgName::try_from(text.to_owned())
}

impl SnapshotArgs {
    /// Does it, and answers what there is to print.
    ///
    /// # Errors
    /// When the server does not answer or refuses, and when a file cannot be read or written.
    pub fn run(&self) -> anyhow::Result<Option<String>> {
        let client = self.control.client().with_patience(PATIENCE);
        let quietly = |done: anyhow::Result<String>, failed: &str| {
            done.map(|_| None).with_context(|| format!("nothing was {failed}"))
        };
        match &self.action {
            Action::Save { name, org } => {
                quietly(client.control_text("POST", &path(name, "", org.as_ref()), ""), "saved")
            }
            Action::Restore { name, org } => {
                let path = path(name, "/restore", org.as_ref());
                quietly(client.control_text("POST", &path, ""), "restored")
            }
            Action::List => list(&client).context("nothing is listed"),
            Action::Delete { name } => {
                quietly(client.control_text("DELETE", &path(name, "", None), ""), "deleted")
            }
            Action::Export { name, file } => {
                export(&client, name, file.as_deref()).context("nothing was exported")
            }
            Action::Import { name, file } => {
                quietly(import(&client, name, file.as_deref()), "imported")
            }
        }
    }
}

fn path(name: &SnapshotName, below: &str, org: Option<&OrgName>) -> String {
    let query = org.map(|org| format!("?org={org}")).unwrap_or_default();
    format!("/snapshots/{name}{below}{query}")
}

fn list(client: &Client) -> anyhow::Result<Option<String>> {
    let answer = client.control("GET", "/snapshots", &json!({}))?;
    let snapshots = answer["snapshots"].as_array().context("it answers less than expected")?;
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
        from.map_or("cannot read the standard input".to_owned(), |file| {
            format!("cannot read {}", file.display())
        })
    })?;
    client.control_text("PUT", &path(name, "", None), &document)
}
