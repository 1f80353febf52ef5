//! `campaign-mock backup` and `campaign-mock check`: database files, without a server.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::failure::Failure;
use super::output::print_line;
use crate::clock::Clock;
use crate::config::timestamp;
use crate::domain::Timestamp;
use crate::store::Inspection;

/// Which database to copy, and where to.
#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// Name of the copy; an existing file is not overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Database to copy
    #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
    database: PathBuf,
}

impl BackupArgs {
    /// Copies the database.
    ///
    /// # Errors
    /// When the database cannot be read or the copy cannot be written.
    pub(super) fn back_up(&self) -> anyhow::Result<()> {
        let database = Inspection::open(&self.database)?;
        let file = self.file.display();
        database.back_up(&self.file).with_context(|| format!("cannot write the backup {file}"))
    }
}

/// Which database to check.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Database to check
    #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
    database: PathBuf,

    /// Time on the server's clock, if it is not the machine's
    #[arg(long, env = "CAMPAIGN_MOCK_NOW", value_name = "TIME", value_parser = timestamp)]
    now: Option<Timestamp>,
}

impl CheckArgs {
    /// Prints that the database is all right, or each of its faults.
    ///
    /// # Errors
    /// When the database has a fault, or cannot be opened.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let name = self.database.display();
        let faults = self.faults().map_err(|error| Failure::failed(&error))?;
        if faults.is_empty() {
            return print_line(&format!("{name}: ok"));
        }
        print_line(&faults.join("\n"))?;
        let count = faults.len();
        let noun = if count == 1 { "fault" } else { "faults" };
        Err(Failure::failed(&anyhow::anyhow!("{name}: {count} {noun} found")))
    }

    /// The faults of the database, a line each.
    fn faults(&self) -> anyhow::Result<Vec<String>> {
        let database = Inspection::open(&self.database)?;
        let now = self.now.unwrap_or_else(|| Clock::running(None).now());
        // The server's clock may have been moved ahead of the machine's.
        let now = database.newest().map_or(now, |newest| newest.max(now));
        Ok(database.faults(now)?)
    }
}
