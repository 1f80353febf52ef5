//! How much an org has, in numbers that cost little.

use schemars::JsonSchema;
use serde::Serialize;

use super::JobStatus;

/// How much an org has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrgNumbers {
    /// Profiles.
    pub profiles: i64,
    /// Those of them that are opted out.
    pub opted_out: i64,
    /// Changes of `ccpaOptOut` on the ledger.
    pub changes: i64,
    /// Privacy jobs, also those that Privacy Service does not show.
    pub jobs: JobCounts,
}

/// How many privacy jobs there are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
pub struct JobCounts {
    /// Not acknowledged.
    #[schemars(range(min = 0))]
    pub submitted: i64,
    /// At work.
    #[schemars(range(min = 0))]
    pub processing: i64,
    /// Done.
    #[schemars(range(min = 0))]
    pub complete: i64,
    /// Failed.
    #[schemars(range(min = 0))]
    pub error: i64,
}

/// How far an org is with its exercises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
pub struct ExerciseCounts {
    /// Those that are done.
    pub done: usize,
    /// All of them.
    pub of: usize,
}

impl JobCounts {
    /// Adds some in that state.
    pub const fn add(&mut self, status: JobStatus, jobs: i64) {
        let count = match status {
            JobStatus::Submitted => &mut self.submitted,
            JobStatus::Processing => &mut self.processing,
            JobStatus::Complete => &mut self.complete,
            JobStatus::Error => &mut self.error,
        };
        *count += jobs;
    }
}
