//! Whether what a document says of an org fits together and fits the org's data model, so that it can be
//! restored at any time.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{OrgState, SavedRecord};
use crate::domain::policy::shorten;
use crate::domain::{
    Author, Error, EventRegistration, JobOrigin, Kind, Model, Patch, RecordNumber, Resource, Result,
};

/// Where records are, by number: their resources.
type Whereabouts = HashMap<RecordNumber, String>;

impl OrgState {
    /// The state with every value in canonical form.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] with a sentence that names what does not fit.
    pub fn checked(mut self, model: &Model) -> Result<Self> {
        self.records.sort_by_key(|record| record.number);
        let mut places = Whereabouts::new();
        for record in &self.records {
            let fits = RecordNumber::ZERO < record.number && record.number <= self.last_number;
            let earlier = places.insert(record.number, record.resource.clone());
            if !fits || earlier.is_some() {
                return Err(self.fault(&format!(
                    "the number {} of a record is 0, beyond lastNumber, or there twice",
                    record.number.get()
                )));
            }
        }
        let mut records = std::mem::take(&mut self.records);
        let mut keys = HashSet::new();
        for record in &mut records {
            let resource = self.resource(model, &record.resource)?;
            self.check_record(resource, record, &places)?;
            if let Some(key) = record.key(resource)
                && !keys.insert((record.resource.clone(), key))
            {
                return Err(self.record_fault(record, "has the key of another"));
            }
        }
        self.records = records;
        self.check_changes()?;
        self.check_jobs()?;
        self.check_archives()?;
        self.check_consents()?;
        self.check_registrations()?;
        self.check_exercises()?;
        Ok(self)
    }

    fn fault(&self, text: &str) -> Error {
        Error::RequestInvalid(format!(
            "The snapshot of org '{}' does not fit together: {text}.",
            self.org
        ))
    }

    fn record_fault(&self, record: &SavedRecord, text: &str) -> Error {
        self.fault(&format!("the '{}' {} {text}", record.resource, record.number.get()))
    }

    fn check_record(
        &self,
        resource: &Resource,
        record: &mut SavedRecord,
        places: &Whereabouts,
    ) -> Result<()> {
        let values = std::mem::take(&mut record.values);
        let patch = Patch::check(resource, values, Author::Seed)
            .map_err(|fault| self.record_fault(record, &format!("is refused. {fault}")))?;
        if !patch.links.is_empty() {
            return Err(self.record_fault(record, "has a link among its values"));
        }
        record.values = patch.into_attributes(resource).into_values();
        for (name, to) in &record.links {
            let target = match resource.field(name).map(|field| &field.kind) {
                Some(Kind::Link(link)) => Some(&link.to),
                _ => None,
            };
            if target.is_none() || places.get(to) != target {
                let link = format!("has a link '{}' that leads nowhere", shorten(name));
                return Err(self.record_fault(record, &link));
            }
        }
        if let Some(pair) = resource.pair
            && pair.links.iter().any(|link| !record.links.contains_key(*link))
        {
            return Err(self.record_fault(record, "lacks a link that it must have"));
        }
        Ok(())
    }

    fn check_registrations(&self) -> Result<()> {
        EventRegistration::check_number(self.event_registrations.len())?;
        let mut ids = HashSet::new();
        for registration in &self.event_registrations {
            registration.check()?;
            if !ids.insert(registration.id) {
                return Err(self.fault("two event registrations have the same id"));
            }
        }
        Ok(())
    }

    fn check_exercises(&self) -> Result<()> {
        let mut ids = HashSet::new();
        let mut all = self.exercises.iter().flatten();
        if all.all(|exercise| ids.insert(&exercise.id)) {
            return Ok(());
        }
        Err(self.fault("an exercise is there twice"))
    }

    /// Per profile 1, 2, 3 …, to and fro.
    fn check_changes(&self) -> Result<()> {
        let mut newest: HashMap<RecordNumber, (i64, bool)> = HashMap::new();
        for change in &self.changes {
            let before = newest.insert(change.profile, (change.sequence, change.to));
            let follows = match before {
                None => change.sequence == 1,
                Some((sequence, to)) => change.sequence == sequence + 1 && change.to != to,
            };
            if !follows || change.profile > self.last_number {
                return Err(self.fault(&format!(
                    "change {} of profile {} does not follow the one before",
                    change.sequence,
                    change.profile.get()
                )));
            }
        }
        Ok(())
    }

    /// Whether there is a change with that place in the ledger.
    fn has_change(&self, place: i64) -> bool {
        usize::try_from(place).is_ok_and(|place| (1..=self.changes.len()).contains(&place))
    }

    fn check_jobs(&self) -> Result<()> {
        let (mut ids, mut changes) = (HashSet::new(), HashSet::new());
        for job in &self.jobs {
            let known_origin = match job.origin {
                JobOrigin::Request => true,
                JobOrigin::Change(place) => self.has_change(place) && changes.insert(place),
                JobOrigin::Record(number) => number <= self.last_number,
            };
            // A parent comes before its children, so that nothing is its own.
            let known_parent = job.parent.is_none_or(|parent| ids.contains(&parent));
            if !known_origin || !known_parent || !ids.insert(job.job_id) {
                return Err(self.fault(&format!(
                    "job {} is there twice, or its parent or origin is not there",
                    job.job_id
                )));
            }
        }
        Ok(())
    }

    fn check_archives(&self) -> Result<()> {
        let mut ids = HashSet::new();
        for archive in &self.archives {
            if !ids.insert(archive.job_id) || STANDARD.decode(&archive.content).is_err() {
                let text =
                    format!("the archive of job {} is no base64, or there twice", archive.job_id);
                return Err(self.fault(&text));
            }
        }
        Ok(())
    }

    fn check_consents(&self) -> Result<()> {
        let mut changes = HashSet::new();
        for place in self.consents.iter().filter_map(|consent| consent.change) {
            if !self.has_change(place) || !changes.insert(place) {
                let text = format!("the change {place} of a consent is not there, or another's");
                return Err(self.fault(&text));
            }
        }
        Ok(())
    }
}

impl SavedRecord {
    /// What names it beside its number: its key, or the pair of its links.
    #[must_use]
    pub fn key(&self, resource: &Resource) -> Option<String> {
        let number = |link: &&str| self.links.get(*link).map_or(0, |to| to.get()).to_string();
        if let Some(pair) = resource.pair {
            return Some(pair.links.each_ref().map(number).join(", "));
        }
        let value = self.values.get(&resource.key.as_ref()?.field)?.as_str()?;
        Some(value.to_owned()).filter(|key| !key.is_empty())
    }
}
