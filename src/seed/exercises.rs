//! Exercises: what somebody who learns is to do, and how it is seen that it is done.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::condition::{CallCondition, Condition, ConditionReader};
use super::error::json_line_fault;
use super::records::SeedRecord;
use crate::domain::Model;

/// The file that holds exercises.
pub(crate) const EXERCISES_FILE: &str = "exercise.ndjson";

/// An exercise that each tenant of a customer begins with.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// Names it: letters, digits, dashes and underscores.
    pub id: String,
    /// What it is about, in a few words.
    pub title: String,
    /// What to do. `{org}` and `{imsOrgId}` stand for those of the org.
    pub text: String,
    /// The conditions on calls that its condition refers to.
    pub(crate) calls: Vec<CallCondition>,
    /// When it is done.
    pub(crate) done: Condition,
}

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    title: String,
    text: String,
    done: Value,
}

/// Reads the lines of the file, one after the other.
pub(super) struct ExerciseLines<'a> {
    pub(super) model: &'a Model,
    pub(super) records: &'a [SeedRecord],
    pub(super) exercises: Vec<Exercise>,
    /// Where each of them is.
    places: HashMap<String, String>,
}

impl<'a> ExerciseLines<'a> {
    pub(super) fn new(model: &'a Model, records: &'a [SeedRecord]) -> Self {
        Self { model, records, exercises: Vec::new(), places: HashMap::new() }
    }

    /// Reads a line.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn read(&mut self, line: &str, location: &str) -> Result<(), String> {
        let Line { id, title, text, done } =
            serde_json::from_str(line).map_err(|fault| json_line_fault(&fault))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !(1..=64).contains(&id.len()) || !id.chars().all(plain) {
            return Err("'id' is 1 to 64 letters, digits, dashes and underscores".to_owned());
        }
        for (name, value) in [("title", &title), ("text", &text)] {
            if value.trim().is_empty() {
                return Err(format!("'{name}' is empty: say what to do"));
            }
        }
        let (model, records) = (self.model, self.records);
        let mut reader = ConditionReader { model, records, calls: Vec::new() };
        let done = reader.read(done).map_err(|fault| format!("'done': {fault}"))?;
        if reader.is_met_at_first(&done) {
            return Err("'done': the seed meets the condition already".to_owned());
        }
        if let Some(first) = self.places.insert(id.clone(), location.to_owned()) {
            return Err(format!("the id '{id}' is used twice, first in {first}"));
        }
        self.exercises.push(Exercise { id, title, text, calls: reader.calls, done });
        Ok(())
    }
}

/// Of the lines of such a file, those that fit a customer with other records.
pub(crate) fn fitting_exercises(text: &str, model: &Model, records: &[SeedRecord]) -> String {
    let mut lines = ExerciseLines::new(model, records);
    let fitting = text.lines().filter(|line| lines.read(line, "").is_ok());
    fitting.flat_map(|line| [line, "\n"]).collect()
}
