//! Workflows: what they are made of, the commands that move them, the signals that trigger them
//! (`docs/reference/campaign-standard.md` §16).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::opt_outs::WriteSource;
use super::orgs::Tenant;
use super::records::RecordWriter;
use super::services::Services;
use crate::domain::{
    Attributes, Author, Condition, Error, KeyLocation, Names, Order, PKey, ParameterType, Patch,
    Query, Record, RecordNumber, Resource, Result, Timestamp,
};
use crate::store::{Tx, lists, records};

/// How long an activity is deaf after a signal.
const INTERVAL: Duration = Duration::from_secs(600);

/// A workflow as its answer shows it.
#[derive(Debug)]
pub struct Execution {
    /// Its key.
    pub pkey: PKey,
    /// Its activities, in order of their names.
    pub activities: Vec<Activity>,
    /// When it works next, as the seed says; empty where that is not known, or it does not run.
    pub next_processing: String,
}

/// An activity of a workflow that takes signals.
#[derive(Debug)]
pub struct Activity {
    /// Its key.
    pub pkey: PKey,
    /// Its name: `signal1`.
    pub name: String,
    /// The parameters it declares, and their types.
    pub parameters: Vec<(String, String)>,
}

/// A signal that an activity has taken.
#[derive(Debug)]
pub struct Signal {
    /// The workflow's id.
    pub workflow: String,
    /// The activity's name.
    pub activity: String,
    /// Who sent it, as the sender says.
    pub source: String,
    /// What it carried.
    pub parameters: Map<String, Value>,
    /// When it came.
    pub at: Timestamp,
}

/// What a workflow can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Run from the beginning.
    Start,
    /// Stand still.
    Pause,
    /// Run on.
    Resume,
    /// End.
    Stop,
}

impl Command {
    /// The command of that name.
    #[must_use]
    pub fn parse(method: &str) -> Option<Self> {
        Some(match method {
            "start" => Self::Start,
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "stop" => Self::Stop,
            _ => return None,
        })
    }

    /// The state it leads to; `None` where it means nothing.
    const fn state(self, stopped: bool) -> Option<&'static str> {
        match (self, stopped) {
            (Self::Start, _) | (Self::Resume, false) => Some("started"),
            (Self::Pause, false) => Some("paused"),
            (Self::Stop, _) => Some("stopped"),
            (Self::Pause | Self::Resume, true) => None,
        }
    }
}

impl Services {
    /// Reads a workflow by its id or `PKey`.
    ///
    /// # Errors
    /// [`Error::PKeyUnknown`], [`Error::RecordMissing`].
    pub fn workflow(&self, tenant: &Tenant, key: &str) -> Result<Execution> {
        let resource = tenant.resource("workflow")?;
        let record = self.record(tenant, resource, key)?;
        Ok(execution(tenant, resource, &record))
    }

    /// Moves a workflow.
    ///
    /// # Errors
    /// [`Error::WorkflowRefused`] when it is stopped and told to pause or to resume.
    pub async fn command_workflow(
        &self,
        tenant: &Arc<Tenant>,
        key: &str,
        command: Command,
        source: WriteSource,
    ) -> Result<()> {
        let number = self.number_of(tenant, tenant.resource("workflow")?, key)?;
        let (owner, key) = (Arc::clone(tenant), key.to_owned());
        let context = self.write_context(source);
        let write = move |tx: &Tx| {
            let resource = owner.resource("workflow")?;
            let before = found(tx, &owner, number, &key)?;
            let stopped = before.attributes.text("state") == "stopped";
            let state = command.state(stopped).ok_or_else(|| {
                Error::WorkflowRefused("The workflow is stopped: start it first.".to_owned())
            })?;
            let members = Map::from_iter([("state".to_owned(), state.into())]);
            let patch = Patch::check(resource, members, Author::Seed)?;
            RecordWriter { tx, tenant: &owner, resource, context: &context }
                .update(&before, patch, None)?;
            Ok(())
        };
        self.shared.writer.write(write).await
    }

    /// Sends a signal to an activity, which is remembered.
    ///
    /// # Errors
    /// [`Error::ParameterUndeclared`]; [`Error::NotConvertible`] for a value of another type than is
    /// declared; [`Error::OutOfLimits`]; [`Error::WorkflowRefused`] when the workflow is not running;
    /// [`Error::SignalTooSoon`] within ten minutes of the last one.
    pub async fn trigger(
        &self,
        tenant: &Arc<Tenant>,
        workflow: &str,
        activity: &str,
        source: &str,
        parameters: Map<String, Value>,
    ) -> Result<()> {
        let resource = tenant.resource("workflow")?;
        let record = self.record(tenant, resource, workflow)?;
        let activity = execution(tenant, resource, &record)
            .activities
            .into_iter()
            .find(|known| known.pkey.as_str() == activity || known.name == activity)
            .ok_or_else(|| no_activity(resource, activity))?;
        activity.check(&parameters)?;
        let mut attributes = Attributes::default();
        attributes.set("activity", activity.name.clone().into());
        attributes.set("source", source.into());
        attributes.set("parameters", Value::Object(parameters));
        let (owner, key, now) = (Arc::clone(tenant), workflow.to_owned(), self.clock().now());
        let number = record.number;
        let write = move |tx: &Tx| {
            check_running(&found(tx, &owner, number, &key)?)?;
            remember(tx, &owner, number, &activity.name, attributes, now)
        };
        self.shared.writer.write(write).await
    }

    /// The newest signals of a tenant, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn signals(&self, tenant: &Tenant, limit: usize) -> Result<Vec<Signal>> {
        let resource = tenant.resource("signal")?;
        let newest = Query { order: Some(newest_first()), lines: limit, ..Query::default() };
        let records = self.records(tenant, resource, &newest)?.content.into_iter();
        let signal = |record: Record| {
            let related = self.linked_records(tenant, resource, &record, true)?;
            let workflow = related.links.get("workflow");
            let text = |field| record.attributes.text(field).to_owned();
            let parameters = record.attributes.values().get("parameters");
            Ok(Signal {
                workflow: workflow
                    .map_or_else(String::new, |found| found.attributes.text("name").to_owned()),
                activity: text("activity"),
                source: text("source"),
                parameters: parameters.and_then(Value::as_object).cloned().unwrap_or_default(),
                at: record.created,
            })
        };
        records.map(signal).collect()
    }
}

/// A workflow as it is when it is written.
fn found(tx: &Tx, tenant: &Tenant, number: RecordNumber, key: &str) -> Result<Record> {
    let resource = tenant.resource("workflow")?;
    records::find(tx, tenant.id, resource, number)?
        .ok_or_else(|| resource.missing(key, KeyLocation::Uri))
}

fn check_running(workflow: &Record) -> Result<()> {
    match workflow.attributes.text("state") {
        "" => Ok(()),
        state => {
            let text = format!("The workflow is {state}: start or resume it first.");
            Err(Error::WorkflowRefused(text))
        }
    }
}

/// No activity of a workflow has that name or key.
fn no_activity(workflow: &Resource, key: &str) -> Error {
    let [name, path] = ["activity", "Activity"].map(str::to_owned);
    let resource = Box::new(Names { name, path, ..workflow.names.clone() });
    let (key, place) = (key.to_owned(), KeyLocation::Uri);
    if key.starts_with('@') {
        return Error::PKeyUnknown { pkey: key, resource, place };
    }
    Error::RecordMissing { key, resource, place, keyed: true }
}

impl Activity {
    /// Refuses a parameter that is not declared or not of its type.
    fn check(&self, parameters: &Map<String, Value>) -> Result<()> {
        for (name, value) in parameters {
            let declared = self.parameters.iter().find(|(known, _)| known == name);
            let Some((_, word)) = declared else { return Err(self.undeclared(name)) };
            // A type that nobody knows takes everything.
            let Some(kind) = ParameterType::parse(word) else { continue };
            kind.check(name, value)?;
        }
        Ok(())
    }

    fn undeclared(&self, parameter: &str) -> Error {
        let declared: Vec<_> = self.parameters.iter().map(|(name, _)| name.as_str()).collect();
        Error::ParameterUndeclared {
            parameter: parameter.to_owned(),
            activity: self.name.clone(),
            declared: if declared.is_empty() { "none".to_owned() } else { declared.join(", ") },
        }
    }
}

fn newest_first() -> Order {
    Order { field: "created".to_owned(), descending: true }
}

/// Stores a signal, unless the last one is too near.
fn remember(
    tx: &Tx,
    tenant: &Tenant,
    workflow: RecordNumber,
    activity: &str,
    attributes: Attributes,
    now: Timestamp,
) -> Result<()> {
    let signals = tenant.resource("signal")?;
    let last = Query {
        conditions: vec![
            Condition::LinkedTo { link: "workflow".to_owned(), to: workflow },
            Condition::Equals { field: "activity".to_owned(), value: activity.into() },
        ],
        order: Some(newest_first()),
        lines: 1,
        ..Query::default()
    };
    let last = lists::page(tx, tenant.source(signals), &last)?;
    if let Some(last) = last.first()
        && now < last.created.after(INTERVAL)
    {
        return Err(Error::SignalTooSoon(format!(
            "The activity '{activity}' was triggered at {} and takes the next signal at {}.",
            last.created.to_campaign(),
            last.created.after(INTERVAL).to_campaign()
        )));
    }
    let number = records::next_number(tx, tenant.id, signals)?;
    records::insert(tx, tenant.id, signals, &Record::new(number, attributes, now), None)?;
    records::set_link(tx, tenant.id, number, "workflow", Some(workflow))
}

/// The activities that a workflow's seed declares:
/// `{"signal1": {"parameters": {"contentURL": "string"}}}`.
fn execution(tenant: &Tenant, resource: &Resource, record: &Record) -> Execution {
    let keys = tenant.keyring.of(resource);
    let declared = record.attributes.values().get("activities").and_then(Value::as_object);
    let activities = declared.into_iter().flatten().zip(1_u16..).map(|((name, said), at)| {
        let parameters = said.get("parameters").and_then(Value::as_object);
        let text = |kind: &Value| kind.as_str().unwrap_or("string").to_owned();
        Activity {
            pkey: keys.part_key(record.number, at),
            name: name.clone(),
            parameters: parameters
                .into_iter()
                .flatten()
                .map(|(name, kind)| (name.clone(), text(kind)))
                .collect(),
        }
    });
    let runs = matches!(record.attributes.text("state"), "" | "started");
    let next_processing = if runs { record.attributes.text("nextProcessingDate") } else { "" };
    Execution {
        pkey: keys.pkey(record.number),
        activities: activities.collect(),
        next_processing: next_processing.to_owned(),
    }
}
