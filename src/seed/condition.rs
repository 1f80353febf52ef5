//! When an exercise is done: conditions on calls and on what an org has.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::records::{SeedRecord, resource_of};
use crate::domain::{Action, Attributes, Author, JobStatus, Model, Patch};
use crate::journal::Matcher;

/// A condition, as the file of exercises writes it. What has been so once counts.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// On calls; which of the exercise's [`CallCondition`]s.
    Call(usize),
    /// On what the org has.
    State(StateCondition),
    /// Each of them.
    All(Vec<Self>),
    /// One of them.
    Any(Vec<Self>),
}

/// A condition on calls of the org.
#[derive(Debug, Clone)]
pub(crate) enum CallCondition {
    /// There was such a call.
    Request(Matcher),
    /// Such a call was refused or got no answer, and the same method and path succeeded later.
    Retried(Matcher),
}

/// A condition on what the org has.
#[derive(Debug, Clone)]
pub(crate) enum StateCondition {
    Record(RecordCondition),
    OptOut(OptOutCondition),
    Job(JobCondition),
    Consent(ConsentCondition),
}

/// A record has these values, or is gone.
#[derive(Debug, Clone)]
pub(crate) struct RecordCondition {
    pub(crate) resource: String,
    /// Its own key; of a profile without one, its e-mail.
    pub(crate) key: String,
    wanted: Wanted,
}

#[derive(Debug, Clone)]
enum Wanted {
    /// By API name, in canonical form; `None` is the default.
    Fields(Vec<(String, Option<Value>)>),
    Deleted,
}

/// A change of `ccpaOptOut` is on the ledger.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptOutCondition {
    /// The own key or the e-mail; `None` for any profile.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    pub(crate) to: bool,
}

/// A privacy job that is not of the seed has ended so.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobCondition {
    pub(crate) action: Action,
    pub(crate) status: JobStatus,
}

/// A consent is on record.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConsentCondition {
    pub(crate) opt_out_of_sale: bool,
}

/// The condition on a record as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRecord {
    resource: String,
    key: String,
    #[serde(default)]
    fields: Map<String, Value>,
    #[serde(default)]
    deleted: bool,
}

impl RecordCondition {
    /// Whether it is so for a record, or for none.
    pub(crate) fn is_met(&self, record: Option<&Attributes>) -> bool {
        match (&self.wanted, record) {
            (Wanted::Deleted, found) => found.is_none(),
            (Wanted::Fields(_), None) => false,
            (Wanted::Fields(fields), Some(record)) => fields.iter().all(|(name, wanted)| {
                let found = record.values().get(name);
                wanted.as_ref().map_or(found.is_none(), |wanted| contains(found, wanted))
            }),
        }
    }

    fn is_named(&self, record: &SeedRecord) -> bool {
        let by_mail =
            || record.resource == "profile" && record.attributes.text("email") == self.key;
        record.resource == self.resource
            && (record.key.as_deref() == Some(self.key.as_str()) || by_mail())
    }
}

/// Whether a value is as wanted; of an object, the members that are wanted.
fn contains(found: Option<&Value>, wanted: &Value) -> bool {
    match (found, wanted) {
        (Some(Value::Object(found)), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| contains(found.get(name), wanted))
        }
        (found, wanted) => found == Some(wanted),
    }
}

/// Reads conditions against what the seed declares and has.
pub(super) struct ConditionReader<'a> {
    pub(super) model: &'a Model,
    pub(super) records: &'a [SeedRecord],
    /// The conditions on calls that were read.
    pub(super) calls: Vec<CallCondition>,
}

impl ConditionReader<'_> {
    /// Reads a condition.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn read(&mut self, value: Value) -> Result<Condition, String> {
        let only = match value {
            Value::Object(members) if members.len() == 1 => members.into_iter().next(),
            _ => None,
        };
        let (kind, value) = only.ok_or_else(|| format!("a condition is an object with {KINDS}"))?;
        let state = match kind.as_str() {
            "request" => return self.call(&kind, value, CallCondition::Request),
            "retried" => return self.call(&kind, value, CallCondition::Retried),
            "all" => return Ok(Condition::All(self.list(&kind, value)?)),
            "any" => return Ok(Condition::Any(self.list(&kind, value)?)),
            "record" => StateCondition::Record(self.record(member(&kind, value)?)?),
            "optOut" => StateCondition::OptOut(member(&kind, value)?),
            "job" => StateCondition::Job(job(member(&kind, value)?)?),
            "consent" => StateCondition::Consent(member(&kind, value)?),
            _ => return Err(format!("there is no condition '{kind}': write {KINDS}")),
        };
        Ok(Condition::State(state))
    }

    fn call(
        &mut self,
        kind: &str,
        value: Value,
        condition: fn(Matcher) -> CallCondition,
    ) -> Result<Condition, String> {
        let matcher: Matcher = member(kind, value)?;
        if matcher.names_an_org() {
            return Err(format!(
                "'{kind}' names an 'org': leave it out, each org counts its own requests"
            ));
        }
        self.calls.push(condition(matcher));
        Ok(Condition::Call(self.calls.len() - 1))
    }

    fn list(&mut self, kind: &str, value: Value) -> Result<Vec<Condition>, String> {
        match value {
            Value::Array(list) if !list.is_empty() => {
                list.into_iter().map(|one| self.read(one)).collect()
            }
            _ => Err(format!("'{kind}' is a list of one condition or more")),
        }
    }

    fn record(&self, written: WrittenRecord) -> Result<RecordCondition, String> {
        let WrittenRecord { resource, key, fields, deleted } = written;
        let declared = resource_of(self.model, &resource)
            .map_err(|names| format!("there is no resource '{resource}': write one of {names}"))?;
        let wanted = match (fields.is_empty(), deleted) {
            (false, false) => {
                let names: Vec<_> = fields.keys().cloned().collect();
                let patch = Patch::check(declared, fields, Author::Seed)
                    .map_err(|fault| fault.to_string())?;
                if let Some(link) = patch.links.keys().next() {
                    return Err(format!("'{link}' is a link, which a condition cannot compare"));
                }
                let values = patch.into_attributes(declared);
                let value = |name: String| {
                    let value = values.values().get(&name).cloned();
                    (name, value)
                };
                Wanted::Fields(names.into_iter().map(value).collect())
            }
            (true, true) => Wanted::Deleted,
            _ => return Err("'record' has either 'fields' or '\"deleted\": true'".to_owned()),
        };
        let condition = RecordCondition { resource, key, wanted };
        if deleted && !self.records.iter().any(|record| condition.is_named(record)) {
            let RecordCondition { resource, key, .. } = condition;
            return Err(format!(
                "the seed has no '{resource}' with the key or e-mail '{key}' that could be deleted"
            ));
        }
        Ok(condition)
    }

    /// Whether a condition is met when an org begins.
    pub(super) fn is_met_at_first(&self, condition: &Condition) -> bool {
        match condition {
            Condition::State(StateCondition::Record(record)) => {
                let found = self.records.iter().find(|one| record.is_named(one));
                record.is_met(found.map(|one| &one.attributes))
            }
            // There are no calls, changes and consents yet, and no jobs that count.
            Condition::State(_) | Condition::Call(_) => false,
            Condition::All(list) => list.iter().all(|one| self.is_met_at_first(one)),
            Condition::Any(list) => list.iter().any(|one| self.is_met_at_first(one)),
        }
    }
}

/// What a condition may be.
const KINDS: &str =
    "one of 'request', 'retried', 'record', 'optOut', 'job', 'consent', 'all' and 'any'";

fn member<T: DeserializeOwned>(kind: &str, value: Value) -> Result<T, String> {
    if !value.is_object() {
        return Err(format!("'{kind}' is an object"));
    }
    serde_json::from_value(value).map_err(|fault| format!("'{kind}' is wrong: {fault}"))
}

fn job(job: JobCondition) -> Result<JobCondition, String> {
    if job.status.is_final() {
        return Ok(job);
    }
    Err("the 'status' of a job is 'complete' or 'error' here: a job does not stay in the others"
        .to_owned())
}
