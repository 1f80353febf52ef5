//! What changed between two states of an org, in words that stay the same from run to run: no ids, and no
//! moments that only say when something was done.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{OrgState, SavedRecord};
use crate::domain::{Access, Action, JobStatus, Kind, Model, PrivacyJob, RecordNumber, Regulation};

/// What changed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Diff {
    /// Records that came, changed or went, by resource and number.
    records: Vec<RecordDiff>,
    /// Jobs that came, moved or went, in order of creation.
    privacy_jobs: Vec<JobDiff>,
    /// How many changes were added to the ledger.
    opt_out_changes: usize,
    /// How many consents were recorded.
    consents: usize,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Change {
    Created,
    Updated,
    Deleted,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct RecordDiff {
    resource: String,
    key: String,
    change: Change,
    fields: BTreeMap<String, FieldDiff>,
}

/// Null where there is no record; else an unset field is what it reads as.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FieldDiff {
    from: Value,
    to: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct JobDiff {
    change: Change,
    #[schemars(with = "String")]
    action: Action,
    #[schemars(with = "String")]
    regulation: Regulation,
    status: JobStatus,
    /// Of a job that moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_before: Option<JobStatus>,
    /// Where it is a profile's `PKey`, the profile's key.
    user_key: String,
    products: Vec<String>,
}

/// A state with its records by number.
struct Side<'a> {
    state: &'a OrgState,
    model: &'a Model,
    records: BTreeMap<(&'a str, RecordNumber), &'a SavedRecord>,
    resources: HashMap<RecordNumber, &'a str>,
    /// What stands for the names of those that have none: numbers differ from run to run.
    places: HashMap<RecordNumber, String>,
}

impl Diff {
    /// What changed from one state of an org to another. Records are the same when they have the same
    /// resource and number. `profile` reads a `PKey`.
    #[must_use]
    pub fn between(
        before: &OrgState,
        after: &OrgState,
        model: &Model,
        profile: impl Fn(&str) -> Option<RecordNumber>,
    ) -> Self {
        let before = Side::new(before, model, None);
        let after = Side::new(after, model, Some(&before));
        let user = |job: &PrivacyJob| match profile(&job.user_key) {
            Some(number) => {
                let label = after.label(number).or_else(|| before.label(number));
                label.unwrap_or_else(|| "a profile that is gone".to_owned())
            }
            None => job.user_key.clone(),
        };
        let count = |side: &Side<'_>| (side.state.changes.len(), side.state.consents.len());
        let (changes, consents) = count(&before);
        Self {
            records: records(&before, &after),
            privacy_jobs: jobs(&before.state.jobs, &after.state.jobs, user),
            opt_out_changes: count(&after).0.saturating_sub(changes),
            consents: count(&after).1.saturating_sub(consents),
        }
    }
}

fn records(before: &Side<'_>, after: &Side<'_>) -> Vec<RecordDiff> {
    let mut places: Vec<_> = before.records.keys().chain(after.records.keys()).collect();
    places.sort();
    places.dedup();
    let diff = |place: &(&str, RecordNumber)| {
        let (old, new) = (before.records.get(place), after.records.get(place));
        let (change, side) = match (old, new) {
            (Some(_), Some(_)) => (Change::Updated, after),
            (None, _) => (Change::Created, after),
            (_, None) => (Change::Deleted, before),
        };
        let fields = |side: &Side<'_>, record: Option<&&SavedRecord>| {
            record.map(|record| side.fields(record)).unwrap_or_default()
        };
        let (old_fields, new_fields) = (fields(before, old), fields(after, new));
        let names = old_fields.keys().chain(new_fields.keys());
        let value = |record: bool, fields: &Map<String, Value>, name: &String| {
            let unset = || if record { after.unset(place.0, name) } else { Value::Null };
            fields.get(name).cloned().unwrap_or_else(unset)
        };
        let fields: BTreeMap<String, FieldDiff> = names
            .map(|name| {
                let from = value(old.is_some(), &old_fields, name);
                (name.clone(), FieldDiff { from, to: value(new.is_some(), &new_fields, name) })
            })
            .filter(|(_, field)| field.from != field.to)
            .collect();
        let moved = !matches!(change, Change::Updated) || !fields.is_empty();
        let key = side.label(place.1).unwrap_or_default();
        moved.then(|| RecordDiff { resource: place.0.to_owned(), key, change, fields })
    };
    places.into_iter().filter_map(diff).collect()
}

fn jobs(
    before: &[PrivacyJob],
    after: &[PrivacyJob],
    user: impl Fn(&PrivacyJob) -> String,
) -> Vec<JobDiff> {
    let by_id = |jobs: &'_ [PrivacyJob]| -> HashMap<_, JobStatus> {
        jobs.iter().map(|job| (job.job_id, job.status)).collect()
    };
    let (old, new) = (by_id(before), by_id(after));
    let diff = |job: &PrivacyJob, change, status_before| JobDiff {
        change,
        action: job.action,
        regulation: job.regulation,
        status: job.status,
        status_before,
        user_key: user(job),
        products: job.products.iter().map(|product| product.product.clone()).collect(),
    };
    let gone = before.iter().filter(|job| !new.contains_key(&job.job_id));
    let here = after.iter().filter_map(|job| match old.get(&job.job_id) {
        None => Some(diff(job, Change::Created, None)),
        Some(status) if *status == job.status => None,
        Some(status) => Some(diff(job, Change::Updated, Some(*status))),
    });
    gone.map(|job| diff(job, Change::Deleted, None)).chain(here).collect()
}

impl<'a> Side<'a> {
    /// A state, and the one before it.
    fn new(state: &'a OrgState, model: &'a Model, before: Option<&Self>) -> Self {
        let keys = state.records.iter().map(|record| (record.resource.as_str(), record.number));
        let records: BTreeMap<_, _> = keys.clone().zip(&state.records).collect();
        let resources = keys.map(|(resource, number)| (number, resource)).collect();
        let mut side = Self { state, model, records, resources, places: HashMap::new() };
        side.places = side.places_after(before);
        side
    }

    /// Where the records of a resource that were there before stand among them, and the new ones among the new.
    fn places_after(&self, before: Option<&Self>) -> HashMap<RecordNumber, String> {
        let sort = if before.is_some() { "new" } else { "number" };
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let place = |key: &(&'a str, RecordNumber)| {
            let (resource, number) = *key;
            let same = before.filter(|before| before.records.contains_key(key));
            let place = same.and_then(|before| before.places.get(&number)).cloned();
            let place = place.unwrap_or_else(|| {
                let count = counts.entry(resource).or_default();
                *count += 1;
                format!("{sort} {count}")
            });
            (number, place)
        };
        self.records.keys().map(place).collect()
    }

    /// What people call a record: its own key, else its e-mail, else its place.
    fn label(&self, number: RecordNumber) -> Option<String> {
        let resource = *self.resources.get(&number)?;
        let record = self.records.get(&(resource, number))?;
        let text = |field: &str| record.values.get(field).and_then(Value::as_str);
        let key = self.model.resource(resource).and_then(|resource| resource.key.as_ref());
        let named = key.and_then(|key| text(&key.field)).or_else(|| text("email"));
        let named = named.filter(|name| !name.is_empty()).map(str::to_owned);
        named.or_else(|| self.places.get(&number).cloned())
    }

    /// What is compared of a record: its values and where its links lead, by name.
    fn fields(&self, record: &SavedRecord) -> Map<String, Value> {
        let compared = |name: &String| !self.is_mere_trace(&record.resource, name);
        let values = record.values.iter().filter(|(name, _)| compared(name));
        let links = record.links.iter().map(|(name, to)| (name.clone(), self.label(*to).into()));
        values.map(|(name, value)| (name.clone(), value.clone())).chain(links).collect()
    }

    /// Whether a field says only that or when something was done: ids that are drawn, stamps, moments
    /// that the server sets.
    fn is_mere_trace(&self, resource: &str, name: &str) -> bool {
        let Some(resource) = self.model.resource(resource) else { return false };
        let stamp = || {
            resource.fields.iter().any(|field| match field.kind {
                Kind::Boolean { stamps } => stamps.contains(&name),
                _ => false,
            })
        };
        let moment = || {
            resource.field(name).is_some_and(|field| {
                matches!(field.kind, Kind::DateTime) && field.access == Access::ReadOnly
            })
        };
        name == "acsId" || moment() || stamp()
    }

    /// What an unset field reads as.
    fn unset(&self, resource: &str, name: &str) -> Value {
        let resource = self.model.resource(resource);
        match resource.and_then(|resource| resource.field(name)).map(|field| &field.kind) {
            Some(Kind::Boolean { .. }) => false.into(),
            Some(Kind::Number { .. }) => 0.into(),
            Some(Kind::Text { default, .. }) => default.clone().into(),
            Some(Kind::Date | Kind::DateTime) => "".into(),
            Some(Kind::Enumeration(list)) => list.default.clone().into(),
            _ => Value::Null,
        }
    }
}
