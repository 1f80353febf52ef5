//! The use cases: one method, one transaction.

mod clock;
mod events;
mod exercises;
mod ledger;
mod messages;
mod opt_outs;
mod orgs;
mod privacy;
mod record_removal;
mod records;
mod seats;
mod services;
mod telling;
mod timers;
mod tokens;
mod workflows;

pub use orgs::{Reset, Start};

pub(crate) use clock::{ClockChange, ROUND};
pub(crate) use events::{UnderWay, Visit, VisitRound, Visited};
pub(crate) use exercises::ExerciseStatus;
pub(crate) use opt_outs::{OptOutStatus, WriteSource};
pub(crate) use orgs::{Cleanup, OrgOverview, ProgressReporter, Tenant};
pub(crate) use privacy::{CreatedJobs, DownloadPass, JobFailure, JobPage, NamedJob};
pub(crate) use records::{NewRecord, WriteOutcome};
pub(crate) use services::{Equipment, JobDelays, JobRules, Services, Shared};
pub(crate) use workflows::{Activity, Command, Signal};
