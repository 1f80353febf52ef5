//! Why a seed cannot be used.

use std::fmt;

/// A fault of a seed: where it is, and what to change.
#[derive(Debug, thiserror::Error)]
#[error("seed {location}: {fault}")]
pub struct SeedError {
    /// A folder, a file, or a file and a line.
    location: String,
    fault: String,
}

impl SeedError {
    pub(super) fn new(location: impl fmt::Display, fault: impl fmt::Display) -> Self {
        Self { location: location.to_string(), fault: fault.to_string() }
    }
}

/// What is wrong with a file that should be JSON.
pub(super) fn json_file_fault(fault: &serde_json::Error) -> String {
    if fault.is_data() { fault.to_string() } else { format!("this is not valid JSON: {fault}") }
}

/// What is wrong with a line that should be JSON, without the number of the line, which is always 1.
pub(super) fn json_line_fault(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    if fault.is_data() {
        reason.to_owned()
    } else {
        format!("this is not valid JSON: {reason} at column {}", fault.column())
    }
}
