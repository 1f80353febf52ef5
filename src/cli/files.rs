//! `campaign-mock backup`, `check` and `seed`: database files and seed folders, without a server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::export::{self, ExportError};
use crate::clock::Clock;
use crate::config::{SeedSource, moment};
use crate::domain::{OrgName, Timestamp};
use crate::seed::{Customer, Seed};
use crate::store::Inspection;

/// An exit code, and what to say.
type Failed = (u8, String);

/// Which database to copy, and where to.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The copy; nothing that exists is overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The database, of a running server too
    #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
    database: PathBuf,
}

impl BackupArgs {
    /// Copies the database.
    ///
    /// # Errors
    /// With the exit code, when it cannot be read or the copy cannot be written.
    pub fn back_up(&self) -> Result<(), Failed> {
        let copied = Inspection::open(&self.database).map_err(anyhow::Error::from);
        let copied = copied.and_then(|database| database.back_up(&self.file));
        copied.map_err(|error| (1, format!("no backup was made: {error:#}")))
    }
}

/// Which database to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The database, of a running server too
    #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
    database: PathBuf,

    /// What the server's clock says, if not what the machine's does
    #[arg(long, env = "CAMPAIGN_MOCK_NOW", value_name = "MOMENT", value_parser = moment)]
    now: Option<Timestamp>,
}

impl CheckArgs {
    /// What is wrong with the database, a line for each fault.
    ///
    /// # Errors
    /// With the exit code, when it cannot be opened.
    pub fn faults(&self) -> Result<Vec<String>, Failed> {
        let database = Inspection::open(&self.database).map_err(|error| (1, error.to_string()))?;
        let now = self.now.unwrap_or_else(|| Clock::running(None).now());
        // A clock that was moved on has left its traces.
        let now = database.newest().map_or(now, |newest| newest.max(now));
        database.faults(now).map_err(|error| (1, error.to_string()))
    }

    /// The database, ready to read.
    #[must_use]
    pub fn name(&self) -> String {
        self.database.display().to_string()
    }
}

/// What can be done with a seed folder.
#[derive(Debug, Subcommand)]
pub enum SeedCommand {
    /// Check a folder as the server would at its start, and say what is in it
    Check {
        /// The folder
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Write a folder with the records of a database
    Export {
        /// The folder, which must not be there yet
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// The database, of a running server too
        #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
        database: PathBuf,

        /// The org [default: each that the seed names]
        #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG")]
        org: Option<String>,

        /// The seed that the server has, for credentials and data model: demo, or a folder
        #[arg(long, env = "CAMPAIGN_MOCK_SEED", value_name = "SEED", default_value = "demo")]
        seed: SeedSource,
    },
    /// Write a folder with made-up people, for the demo's customer
    Generate {
        /// The folder, which must not be there yet
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// How many people
        #[arg(long, env = "CAMPAIGN_MOCK_PROFILES", value_name = "NUMBER")]
        profiles: u64,

        /// Decides who they are
        #[arg(long, env = "CAMPAIGN_MOCK_RNG_SEED", value_name = "NUMBER", default_value_t = 0)]
        rng_seed: u64,
    },
}

impl SeedCommand {
    /// Does it, and answers what there is to say: of a check, a line for each org with how many records
    /// of which resource.
    ///
    /// # Errors
    /// With the exit code: the first fault, with file, line and field, or why there is no folder.
    pub fn run(&self) -> Result<Option<String>, Failed> {
        let wrong = |fault: String| (2, fault);
        match self {
            Self::Check { folder } => {
                let seed = Seed::load(folder).map_err(|fault| wrong(fault.to_string()))?;
                let lines = seed.customers.iter().map(contents).collect::<Vec<_>>();
                Ok(Some(lines.join("\n")))
            }
            Self::Export { folder, database, org, seed } => {
                let seed = seed.load().map_err(|fault| wrong(fault.to_string()))?;
                let parsed = org.as_deref().map(|org| {
                    OrgName::parse(org).ok_or_else(|| wrong(format!("'{org}' cannot be an org")))
                });
                let org = parsed.transpose()?;
                let exported = export::export(database, &seed, org.as_ref(), folder);
                exported.map(|()| None).map_err(|error| failure(&error))
            }
            Self::Generate { folder, profiles, rng_seed } => {
                let generated = export::generate(*profiles, *rng_seed, folder);
                generated.map(|()| None).map_err(|error| failure(&error))
            }
        }
    }
}

fn failure(error: &ExportError) -> Failed {
    (if matches!(error, ExportError::Asked(_)) { 2 } else { 1 }, error.to_string())
}

fn contents(customer: &Customer) -> String {
    let counts = customer.model.resources().filter_map(|resource| {
        let count = customer.count(resource.name());
        (count > 0).then(|| format!("{count} {}", resource.name()))
    });
    format!("{}: {}", customer.org, counts.collect::<Vec<_>>().join(", "))
}
