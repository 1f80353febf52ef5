//! A customer of a seed: who it is, its data model, and the records its tenants start with.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::error::{SeedError, json_line_fault};
use super::exercises::{EXERCISES_FILE, Exercise, ExerciseLines};
use super::org::{Credential, Org};
use super::records::{RecordLine, SeedRecord, default_namespaces, resolve_links, resource_of_file};
use crate::domain::{Declaration, EventRegistration, Model, OrgName, PrintedJob};
use crate::io_message::io_message;

/// The resources of records that are setup, not data of people. None of them links to another record,
/// so removing the people leaves no link without a target.
pub(super) const SETUP_RESOURCES: [&str; 4] =
    ["geoUnitBase", "orgUnitBase", "privacyNamespace", "workflow"];

/// Whether a file of a seed holds neither records nor what is about records.
pub(super) fn is_setup_file(name: &str) -> bool {
    name == "model.ndjson" || !name.ends_with(".ndjson")
}

/// The file that holds privacy jobs.
pub(crate) const JOBS_FILE: &str = "privacyJob.ndjson";

/// A customer: the org of that name and every `<org>-<suffix>` are its tenants.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The org.
    pub org: OrgName,
    /// The first of its credentials: the ready line prints it, and opt-outs are forwarded with it.
    pub credential: Credential,
    /// Its other credentials.
    pub other_credentials: Vec<Credential>,
    /// The Adobe products it has; `None` for all of them.
    pub products: Option<Vec<String>>,
    /// The webhooks that get the events of its tenants.
    pub event_registrations: Vec<EventRegistration>,
    /// Its data model.
    pub model: Arc<Model>,
    /// The records that each of its tenants starts with; shared, as there may be many tenants.
    pub records: Arc<Vec<SeedRecord>>,
    /// The privacy jobs that each of its tenants starts with, in order of creation.
    pub jobs: Arc<Vec<PrintedJob>>,
    /// The exercises that each of its tenants starts with, in their order.
    pub exercises: Arc<Vec<Exercise>>,
    /// The files that hold no records, by name: `org.json`, certificates and `model.ndjson`.
    pub setup_files: Vec<(String, String)>,
    /// The text of the file of exercises, if there is one.
    pub exercise_file: String,
}

impl Customer {
    /// All its credentials, in order.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        std::iter::once(&self.credential).chain(&self.other_credentials)
    }

    /// Removes all records but those of the setup, such as units and workflows, all jobs, and the exercises, which are
    /// about them.
    pub fn remove_people(&mut self) {
        self.jobs = Arc::default();
        self.exercises = Arc::default();
        Arc::make_mut(&mut self.records)
            .retain(|record| SETUP_RESOURCES.contains(&record.resource.as_str()));
    }

    /// How many records of a resource its tenants start with.
    #[must_use]
    pub fn count(&self, resource: &str) -> usize {
        self.records.iter().filter(|record| record.resource == resource).count()
    }

    /// Loads the folder of an org.
    pub(super) fn load(name: &str, folder: &Path) -> Result<Self, SeedError> {
        let mut files = Vec::new();
        for path in folder_entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let extension = path.extension().and_then(OsStr::to_str);
            let is_seed_file = name == "org.json" || matches!(extension, Some("ndjson" | "pem"));
            if path.is_file() && is_seed_file {
                let text = fs::read_to_string(&path)
                    .map_err(|cause| SeedError::new(path.display(), io_message(&cause)))?;
                files.push((name, text));
            }
        }
        let files: Vec<_> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Self::read(name, &files, folder)
    }

    /// Reads the files of an org, by name and text; `folder` is where messages say they are.
    pub(super) fn read(
        name: &str,
        files: &[(&str, &str)],
        folder: &Path,
    ) -> Result<Self, SeedError> {
        let org = OrgName::parse(name).ok_or_else(|| {
            let rule = "the folder's name is the org's: use letters, digits, dots and dashes";
            SeedError::new(folder.display(), rule)
        })?;
        let path = |name: &str| folder.join(name).display().to_string();
        let Org { credential, other_credentials, products, event_registrations } =
            Org::read(files, path)?;

        let mut model = Model::default();
        let mut records = Vec::new();
        let mut jobs = JobLines::default();
        let mut exercise_file = "";
        // The model first, then profiles: so their PKeys do not depend on what else a seed has.
        let rank = |name: &str| match name {
            name if !name.ends_with(".ndjson") => 0,
            "model.ndjson" => 1,
            "profile.ndjson" => 2,
            _ => 3,
        };
        let mut files = files.to_vec();
        files.sort_by_key(|(name, _)| rank(name));
        for (name, text) in files.iter().filter(|(name, _)| rank(name) > 0) {
            if *name == EXERCISES_FILE {
                exercise_file = text;
                continue;
            }
            for (line, location) in lines(text, &path(name)) {
                let faulty = |fault: String| SeedError::new(&location, fault);
                if *name == "model.ndjson" {
                    let declaration: Declaration = serde_json::from_str(line)
                        .map_err(|fault| faulty(json_line_fault(&fault)))?;
                    model.declare(declaration).map_err(faulty)?;
                } else if *name == JOBS_FILE {
                    let account = &credential.technical_account;
                    jobs.read(line, &location, account).map_err(faulty)?;
                } else {
                    let resource = name.trim_end_matches(".ndjson");
                    let resource = resource_of_file(&model, resource).map_err(faulty)?;
                    let record = RecordLine::read(resource, line, location.clone());
                    records.push(record.map_err(faulty)?);
                }
            }
        }
        records.extend(default_namespaces(&model, &records));
        let records = resolve_links(&model, records)?;
        let mut exercises = ExerciseLines::new(&model, &records);
        for (line, location) in lines(exercise_file, &path(EXERCISES_FILE)) {
            let read = exercises.read(line, &location);
            read.map_err(|fault| SeedError::new(&location, fault))?;
        }
        let setup_files = files.iter().filter(|(name, _)| is_setup_file(name));
        Ok(Self {
            org,
            credential,
            other_credentials,
            products,
            event_registrations,
            exercises: Arc::new(exercises.exercises),
            records: Arc::new(records),
            jobs: Arc::new(jobs.jobs),
            setup_files: setup_files
                .map(|&(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
            exercise_file: exercise_file.to_owned(),
            model: Arc::new(model),
        })
    }
}

/// The lines of a file that are not empty, each with its place.
fn lines<'a>(text: &'a str, path: &'a str) -> impl Iterator<Item = (&'a str, String)> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(move |(at, line)| (line, format!("{path} line {}", at + 1)))
}

/// The lines of the file of jobs.
#[derive(Default)]
struct JobLines {
    jobs: Vec<PrintedJob>,
    /// Where each of them is.
    places: HashMap<Uuid, String>,
}

impl JobLines {
    fn read(&mut self, line: &str, location: &str, account: &str) -> Result<(), String> {
        let members = serde_json::from_str(line).map_err(|fault| json_line_fault(&fault))?;
        let job = PrintedJob::parse(members, account).map_err(|fault| fault.to_string())?;
        if let Some(first) = self.places.insert(job.job_id(), location.to_owned()) {
            return Err(format!("the jobId '{}' is used twice, first in {first}", job.job_id()));
        }
        self.jobs.push(job);
        Ok(())
    }
}

/// The paths of what a folder holds, in order of their names.
pub(super) fn folder_entries(folder: &Path) -> Result<Vec<PathBuf>, SeedError> {
    let entries = fs::read_dir(folder)
        .map_err(|cause| SeedError::new(folder.display(), io_message(&cause)))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}
