//! Workflows and the signals sent to them (`docs/reference/campaign-standard.md` §16). The seed declares
//! workflows; their answers have shapes of their own, made in `http/campaign/workflow.rs`.

use jiff::civil;
use serde_json::Value;

use super::{
    Enumeration, Home, Kind, Names, Resource, Title, listed, named, owned_by, resource, shared,
    text, writable,
};
use crate::domain::Timestamp;

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

    /// The vendor's name of the type, and what would be accepted.
    #[must_use]
    pub const fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::String => ("text", "a text"),
            Self::Number => ("double", "a number"),
            Self::Integer => ("integer (32 bit)", "a whole number"),
            Self::Boolean => ("integer (8 bit)", "true or false"),
            Self::Date => ("date and time", "a moment such as \"2026-01-31 08:00:00.000Z\""),
        }
    }

    /// Whether a value is of this type. The documentation sends every value as a text, so a text that
    /// reads as the type is one (`docs/reference/campaign-standard.md` §16).
    #[must_use]
    pub fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::String, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_)) => true,
            (Self::Integer, Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            (Self::Number, Value::String(text)) => text.parse().is_ok_and(f64::is_finite),
            (Self::Integer, Value::String(text)) => text.parse::<i32>().is_ok(),
            (Self::Boolean, Value::String(text)) => ["true", "false"].contains(&text.as_str()),
            (Self::Date, Value::String(text)) => {
                Timestamp::parse(text).is_some() || text.parse::<civil::Date>().is_ok()
            }
            _ => false,
        }
    }
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
