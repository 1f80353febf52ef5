//! What a call has made beside what it was for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a call has made beside what it was for, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
pub struct Caused {
    /// Changes in the ledger of opt-outs.
    pub changes: Vec<i64>,
    /// Privacy jobs.
    pub jobs: Vec<Uuid>,
    /// Consents.
    pub consents: Vec<i64>,
}

impl Caused {
    /// Whether it is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.jobs.is_empty() && self.consents.is_empty()
    }
}
