//! `campaign-mock seed`: checks, exports and generates seed folders, without a server.

use std::path::PathBuf;

use clap::Subcommand;

use super::export::{ExportError, export_database, generate_people};
use super::failure::Failure;
use crate::config::{SeedSource, org_name, whole_number};
use crate::domain::OrgName;
use crate::seed::{Customer, Seed};

/// The commands for seed folders.
#[derive(Debug, Subcommand)]
pub(super) enum SeedCommand {
    /// Check a seed folder and print what it contains
    ///
    /// The check is the same as when a server starts with the folder.
    Check {
        /// Folder to check
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Write a seed folder with the records of a database
    ///
    /// A server may use the database meanwhile.
    Export {
        /// Folder to write; it must not exist yet
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,

        /// Database to export
        #[arg(long, env = "CAMPAIGN_MOCK_DATABASE", value_name = "FILE")]
        database: PathBuf,

        /// Org to export [default: all orgs of the seed]
        #[arg(long, env = "CAMPAIGN_MOCK_ORG", value_name = "ORG", value_parser = org_name)]
        org: Option<OrgName>,

        /// Seed of the server: demo, none, or a folder
        ///
        /// Credentials and data model come from it, as the database has none.
        #[arg(
            long,
            verbatim_doc_comment,
            env = "CAMPAIGN_MOCK_SEED",
            value_name = "SEED",
            default_value = "demo"
        )]
        seed: SeedSource,
    },
    /// Write a seed folder with sample people for the demo's customer
    Generate {
        /// Folder to write; it must not exist yet
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,

        /// Number of sample people
        #[arg(long, env = "CAMPAIGN_MOCK_PROFILES", value_name = "NUMBER", value_parser = whole_number::<u64>)]
        profiles: u64,

        /// Decides who they are: the same number gives the same people
        #[arg(long, env = "CAMPAIGN_MOCK_RNG_SEED", value_name = "NUMBER", default_value_t = 0, value_parser = whole_number::<u64>)]
        rng_seed: u64,
    },
}

impl SeedCommand {
    /// Executes the command, and answers what to print: after a check, a line for each org with the
    /// number of its records by resource.
    ///
    /// # Errors
    /// The first fault of the seed, with file, line and field, or why no folder was written.
    pub(super) fn execute(&self) -> Result<Option<String>, Failure> {
        match self {
            Self::Check { folder } => {
                let seed = Seed::load(folder).map_err(|fault| Failure::usage(&fault.into()))?;
                let lines = seed.customers.iter().map(contents).collect::<Vec<_>>();
                Ok(Some(lines.join("\n")))
            }
            Self::Export { folder, database, org, seed } => {
                let seed = seed.load().map_err(|fault| Failure::usage(&fault.into()))?;
                let exported = export_database(database, &seed, org.as_ref(), folder);
                exported.map(|()| None).map_err(failure)
            }
            Self::Generate { folder, profiles, rng_seed } => {
                generate_people(*profiles, *rng_seed, folder).map(|()| None).map_err(failure)
            }
        }
    }
}

fn failure(error: ExportError) -> Failure {
    let is_usage = matches!(error, ExportError::Usage(_));
    let error = error.into();
    if is_usage { Failure::usage(&error) } else { Failure::failed(&error) }
}

/// The number of records by resource.
fn contents(customer: &Customer) -> String {
    let counts = customer.model.resources().filter_map(|resource| {
        let count = customer.count(resource.name());
        (count > 0).then(|| format!("{count} {}", resource.name()))
    });
    format!("{}: {}", customer.org, counts.collect::<Vec<_>>().join(", "))
}
