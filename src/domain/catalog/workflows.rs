//! Workflows and the signals sent to them (`docs/reference/campaign-standard.md` §16). The seed declares
//! workflows; their answers have shapes of their own, made in `http/campaign/workflow.rs`.

use jiff::civil;
use serde_json::Value;

use super::{
    Enumeration, Home, Kind, Names, Resource, Title, listed, named, owned_by, resource, shared,
    text, writable,
};
use crate::domain::conversion::{NumberType, not_boolean, not_convertible};
use crate::domain::{Result, Timestamp};

/// The type of a parameter that a signal declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// A text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A day or a moment.
    Date,
}

impl ParameterType {
    /// The type of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "string" => Self::String,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "date" | "datetime" | "dateTime" | "date/time" => Self::Date,
            _ => return None,
        })
    }

    /// Refuses a value of another type. The documentation sends every value as a text, so a text that
    /// reads as the type is one (`docs/reference/campaign-standard.md` §16).
    ///
    /// # Errors
    /// [`NotConvertible`](crate::domain::Error::NotConvertible) and
    /// [`OutOfLimits`](crate::domain::Error::OutOfLimits).
    pub fn check(self, parameter: &str, value: &Value) -> Result<()> {
        let refused = |to, expected| Err(not_convertible(parameter, value, to, expected));
        match (self, value) {
            (Self::String, Value::String(_)) | (Self::Boolean, Value::Bool(_)) => Ok(()),
            (Self::String, _) => refused("text", "a text"),
            (Self::Number, _) => check_number(NumberType::Double, parameter, value),
            (Self::Integer, _) => check_number(NumberType::Long, parameter, value),
            (Self::Boolean, Value::String(text)) if ["true", "false"].contains(&text.as_str()) => {
                Ok(())
            }
            (Self::Boolean, _) => Err(not_boolean(parameter, value, "true or false")),
            (Self::Date, Value::String(text))
                if Timestamp::parse(text).is_some() || text.parse::<civil::Date>().is_ok() =>
            {
                Ok(())
            }
            (Self::Date, _) => {
                refused("date and time", "a moment such as \"2026-01-31 08:00:00.000Z\"")
            }
        }
    }
}

fn check_number(of: NumberType, parameter: &str, value: &Value) -> Result<()> {
    match value {
        Value::String(text) => of.read(parameter, text),
        other => of.number(parameter, other),
    }
    .map(drop)
}

/// `xtk:workflow`
pub(super) fn workflow() -> Resource {
    Resource {
        key: Some(named("xtkworkflow_name", "sinternalname", None)),
        home: Home::Workflow,
        ..resource(
            Names::new("workflow", "Workflow", "xtk:workflow", "Workflows", "Workflows"),
            vec![
                shared::pkey(),
                writable("activities", Kind::Object).hidden(),
                shared::href(),
                shared::label(),
                shared::id(),
                writable("nextProcessingDate", Kind::DateTime)
                    .read_only()
                    .labeled("Next processing date"),
                listed(
                    "state",
                    Enumeration::new(
                        "xtk:workflow:state",
                        "started",
                        &["started", "paused", "stopped"],
                    ),
                )
                .hidden(),
                shared::title("Workflow", Title::LabelAndName),
            ],
        )
    }
}

/// A signal that a caller sent to an activity of a workflow.
pub(super) fn signal() -> Resource {
    resource(
        Names::new("signal", "Signal", "xtk:signal", "Signals", "Signals sent to workflows"),
        vec![
            shared::pkey(),
            text("activity", 64),
            shared::created(),
            writable("parameters", Kind::Object),
            text("source", 255),
            owned_by("workflow", "workflow", &[]),
        ],
    )
}
