//! Writes seed folders: with the records of a database, or with sample people.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::domain::{
    Error, JobOrigin, Kind, Model, OrgId, OrgName, PrintedJob, Record, RecordNumber, Resource,
    Table, Timestamp,
};
use crate::io_message::io_message;
use crate::seed::{
    Customer, EXERCISES_FILE, JOBS_FILE, SamplePeople, Seed, SeedError, demo_setup_files,
    fitting_exercises, is_seedable,
};
use crate::store::{Inspection, OpenError, Reader, orgs, privacy_jobs, records};

/// Why no folder was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// The command has to change.
    #[error("{0}")]
    Usage(String),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database cannot be read.
    #[error("cannot read the database: {0}")]
    Read(String),
    /// The records of the database are not a valid seed.
    #[error("the exported folder was not a valid seed and was removed: {0}")]
    Seed(#[from] SeedError),
    /// The folder cannot be written.
    #[error("cannot write the folder {folder}: {reason}")]
    Write {
        /// As given.
        folder: String,
        /// Why, as a phrase.
        reason: String,
    },
}

impl From<Error> for ExportError {
    fn from(error: Error) -> Self {
        Self::Read(match error {
            Error::Internal(cause) => format!("{cause:#}"),
            other => other.to_string(),
        })
    }
}

/// Writes a folder with the records of one org, or of all orgs of the seed, from a database.
///
/// # Errors
/// See [`ExportError`].
pub(super) fn export_database(
    database: &Path,
    seed: &Seed,
    org: Option<&OrgName>,
    folder: &Path,
) -> Result<(), ExportError> {
    let inspection = Inspection::open(database)?;
    let reader = inspection.reader()?;
    let new = NewFolder::at(folder)?;
    let wanted: Vec<&OrgName> = match org {
        Some(org) => vec![org],
        None => seed.customers.iter().map(|customer| &customer.org).collect(),
    };
    let mut written = 0;
    for name in wanted {
        let Some(stored) = orgs::find(reader, name)? else { continue };
        let customer = seed.customer_of(name).ok_or_else(|| {
            ExportError::Usage(format!(
                "the seed has no org '{name}': give the server's seed with --seed"
            ))
        })?;
        for (file, text) in &customer.setup_files {
            new.write(name, file, text)?;
        }
        write_records(&new, reader, stored.id, name, customer)?;
        write_jobs(&new, reader, stored.id, name)?;
        if !customer.exercise_file.is_empty() {
            write_exercises(&new, name, &customer.exercise_file)?;
        }
        written += 1;
    }
    if written == 0 {
        let org = org.map_or_else(|| seed.org_names(), ToString::to_string);
        return Err(ExportError::Usage(format!("the database has no org {org}")));
    }
    new.finish()
}

/// Writes a folder with the demo's customer and `count` sample people.
///
/// # Errors
/// See [`ExportError`].
pub(super) fn generate_people(count: u64, rng_seed: u64, folder: &Path) -> Result<(), ExportError> {
    let demo = Seed::demo()?;
    let new = NewFolder::at(folder)?;
    for customer in &demo.customers {
        for (file, text) in demo_setup_files() {
            new.write(&customer.org, file, text)?;
        }
        let mut lines = String::new();
        for (mut person, _) in SamplePeople::new(rng_seed).zip(0..count) {
            let created = Timestamp::from_millis(person.created_millis).to_campaign();
            person.attributes.insert("created".to_owned(), created.into());
            let _ = writeln!(lines, "{}", Value::Object(person.attributes));
        }
        new.write(&customer.org, "profile.ndjson", &lines)?;
    }
    new.finish()
}

/// A folder that gets its name when it is complete and a valid seed.
struct NewFolder<'a> {
    folder: &'a Path,
    partial: TempDir,
}

impl<'a> NewFolder<'a> {
    fn at(folder: &'a Path) -> Result<Self, ExportError> {
        if folder.exists() {
            let fault = format!("{} exists already: choose another folder", folder.display());
            return Err(ExportError::Usage(fault));
        }
        let beside = match folder.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let partial = tempfile::Builder::new().prefix(".campaign-mock-").tempdir_in(beside);
        Ok(Self { folder, partial: partial.map_err(|cause| cannot_write(folder, &cause))? })
    }

    fn write(&self, org: &OrgName, file: &str, text: &str) -> Result<(), ExportError> {
        let org = self.partial.path().join(org.as_str());
        let written = fs::create_dir_all(&org).and_then(|()| fs::write(org.join(file), text));
        written.map_err(|cause| cannot_write(self.folder, &cause))
    }

    /// The seed that it is so far.
    fn seed(&self) -> Result<Seed, SeedError> {
        Seed::load(self.partial.path())
    }

    fn finish(self) -> Result<(), ExportError> {
        self.seed()?;
        let renamed = fs::rename(self.partial.path(), self.folder);
        renamed.map_err(|cause| cannot_write(self.folder, &cause))
    }
}

fn cannot_write(folder: &Path, cause: &std::io::Error) -> ExportError {
    ExportError::Write { folder: folder.display().to_string(), reason: io_message(cause) }
}

/// The resources that a seed can have files of.
fn seedable(model: &Model) -> impl Iterator<Item = &Resource> {
    model.resources().filter(|resource| is_seedable(resource))
}

fn write_records(
    new: &NewFolder<'_>,
    reader: &Reader,
    id: OrgId,
    org: &OrgName,
    customer: &Customer,
) -> Result<(), ExportError> {
    let model = &customer.model;
    let names = names(reader, id, model)?;
    for resource in seedable(model) {
        let mut file = String::new();
        records::each(reader, id, resource, |record| {
            let links = records::links(reader, id, record.number)?.into_iter();
            let links = links.filter_map(|(link, to)| Some((link, names.get(&to)?.clone())));
            let _ = writeln!(file, "{}", line(resource, &record, links));
            Ok(())
        })?;
        if !file.is_empty() {
            new.write(org, &format!("{}.ndjson", resource.name()), &file)?;
        }
    }
    Ok(())
}

/// Writes the jobs that Privacy Service was asked for. Those of opt-outs and of Campaign's own requests belong to records
/// whose keys are other ones elsewhere.
fn write_jobs(
    new: &NewFolder<'_>,
    reader: &Reader,
    id: OrgId,
    org: &OrgName,
) -> Result<(), ExportError> {
    let mut file = String::new();
    for job in privacy_jobs::all(reader, id)? {
        if job.origin == JobOrigin::Request {
            let _ = writeln!(file, "{}", PrintedJob::members(&job)?);
        }
    }
    if file.is_empty() { Ok(()) } else { new.write(org, JOBS_FILE, &file) }
}

/// Writes the exercises that there is something to do for: not those that the records meet already.
fn write_exercises(new: &NewFolder<'_>, org: &OrgName, text: &str) -> Result<(), ExportError> {
    let seed = new.seed()?;
    let fitting = seed.customer_of(org).map(|customer| {
        let Customer { model, records, .. } = customer;
        fitting_exercises(text, model, records)
    });
    match fitting {
        Some(text) if !text.is_empty() => new.write(org, EXERCISES_FILE, &text),
        _ => Ok(()),
    }
}

/// The text by which links name each record: its key; for a profile without one, its e-mail if no other
/// profile has that; else the number of its line.
fn names(
    reader: &Reader,
    id: OrgId,
    model: &Model,
) -> Result<HashMap<RecordNumber, String>, ExportError> {
    let mut names = HashMap::new();
    for resource in seedable(model) {
        // The profile that has an address, or `None` when several have it.
        let mut mails: HashMap<String, Option<RecordNumber>> = HashMap::new();
        let mut line = 0;
        records::each(reader, id, resource, |record| {
            line += 1;
            let key = resource.key.as_ref().map(|key| record.attributes.text(&key.field));
            let key = key.filter(|key| !key.is_empty());
            names.insert(record.number, key.map_or_else(|| format!("#{line}"), str::to_owned));
            if resource.table == Table::Profile {
                let only = |first: &mut Option<RecordNumber>| *first = None;
                let mail = mails.entry(record.attributes.text("email").to_owned());
                mail.and_modify(only).or_insert(key.is_none().then_some(record.number));
            }
            Ok(())
        })?;
        let unique = mails.into_iter().filter(|(mail, _)| !mail.is_empty());
        names.extend(unique.filter_map(|(mail, only)| Some((only?, mail))));
    }
    Ok(names)
}

/// A record as a line of its resource's file.
fn line(
    resource: &Resource,
    record: &Record,
    links: impl Iterator<Item = (String, String)>,
) -> Value {
    let mut members = record.attributes.values().clone();
    for field in &resource.fields {
        if let Kind::Boolean { stamps } = field.kind
            && record.attributes.flag(&field.name)
        {
            // The seed would set a stamp that is missing.
            for stamp in stamps {
                members.entry(*stamp).or_insert_with(|| "".into());
            }
        }
    }
    members.insert("created".to_owned(), record.created.to_campaign().into());
    members.extend(links.map(|(link, to)| (link, to.into())));
    Value::Object(members)
}
