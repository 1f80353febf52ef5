//! Writes seed folders: from what a database holds, or of made-up people.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::domain::{
    Error, Home, Kind, Model, OrgId, OrgName, Record, RecordNumber, Resource, Table, Timestamp,
};
use crate::seed::sample_people::People;
use crate::seed::{Customer, Seed, SeedError, demo_set_up};
use crate::store::{Inspection, OpenError, Reader, orgs, records};

/// Why there is no folder.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// What was asked for cannot be done.
    #[error("{0}")]
    Asked(String),
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database cannot be read.
    #[error("the database cannot be read: {0:?}")]
    Read(Error),
    /// What the database holds is no seed.
    #[error("what was written is no seed, and is gone again: {0}")]
    Seed(#[from] SeedError),
    /// The folder cannot be written.
    #[error("cannot write {folder}: {cause}")]
    Write {
        /// As given.
        folder: String,
        /// What the system says.
        cause: std::io::Error,
    },
}

impl From<Error> for ExportError {
    fn from(error: Error) -> Self {
        Self::Read(error)
    }
}

/// Writes what a database holds of one org, or of each org that the seed names.
///
/// # Errors
/// See [`ExportError`].
pub(super) fn export(
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
            ExportError::Asked(format!(
                "no customer of the seed owns '{name}': name it with --seed"
            ))
        })?;
        for (file, text) in &customer.set_up {
            new.write(name, file, text)?;
        }
        write_records(&new, reader, stored.id, name, customer)?;
        written += 1;
    }
    if written == 0 {
        let org = org.map_or_else(|| seed.org_names(), ToString::to_string);
        return Err(ExportError::Asked(format!("the database has no org {org}")));
    }
    new.finish()
}

/// Writes the demo's customer with so many made-up people, who follow from `seed`.
///
/// # Errors
/// See [`ExportError`].
pub(super) fn generate(people: u64, seed: u64, folder: &Path) -> Result<(), ExportError> {
    let demo = Seed::demo()?;
    let new = NewFolder::at(folder)?;
    for customer in &demo.customers {
        for (file, text) in demo_set_up() {
            new.write(&customer.org, file, text)?;
        }
        let mut lines = String::new();
        for (mut person, _) in People::new(seed).zip(0..people) {
            let created = Timestamp::from_millis(person.created_millis).to_campaign();
            person.attributes.insert("created".to_owned(), created.into());
            let _ = writeln!(lines, "{}", Value::Object(person.attributes));
        }
        new.write(&customer.org, "profile.ndjson", &lines)?;
    }
    new.finish()
}

/// A folder in the making, which has its name only when it is complete and a seed.
struct NewFolder<'a> {
    folder: &'a Path,
    partial: TempDir,
}

impl<'a> NewFolder<'a> {
    fn at(folder: &'a Path) -> Result<Self, ExportError> {
        if folder.exists() {
            let fault = format!("{} exists already and is left as it is", folder.display());
            return Err(ExportError::Asked(fault));
        }
        let beside = match folder.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let partial = tempfile::Builder::new().prefix(".campaign-mock-").tempdir_in(beside);
        Ok(Self { folder, partial: partial.map_err(|cause| failed(folder, cause))? })
    }

    fn write(&self, org: &OrgName, file: &str, text: &str) -> Result<(), ExportError> {
        let org = self.partial.path().join(org.as_str());
        let written = fs::create_dir_all(&org).and_then(|()| fs::write(org.join(file), text));
        written.map_err(|cause| failed(self.folder, cause))
    }

    fn finish(self) -> Result<(), ExportError> {
        Seed::load(self.partial.path())?;
        let renamed = fs::rename(self.partial.path(), self.folder);
        renamed.map_err(|cause| failed(self.folder, cause))
    }
}

fn failed(folder: &Path, cause: std::io::Error) -> ExportError {
    ExportError::Write { folder: folder.display().to_string(), cause }
}

/// The resources that a seed has files of.
fn seedable(model: &Model) -> impl Iterator<Item = &Resource> {
    model.resources().filter(|one| one.name() != "history" && one.home != Home::Messages)
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

/// How links name each record: by its key, a profile also by its e-mail if no other has it, or else by
/// its line.
fn names(
    reader: &Reader,
    id: OrgId,
    model: &Model,
) -> Result<HashMap<RecordNumber, String>, ExportError> {
    let mut names = HashMap::new();
    for resource in seedable(model) {
        // Who was the first to have an address, until a second one has it too.
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
            // A stamp that is not said would be set.
            for stamp in stamps {
                members.entry(*stamp).or_insert_with(|| "".into());
            }
        }
    }
    members.insert("created".to_owned(), record.created.to_campaign().into());
    members.extend(links.map(|(link, to)| (link, to.into())));
    Value::Object(members)
}
