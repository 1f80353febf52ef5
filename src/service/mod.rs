//! The use cases: one method, one transaction.

mod clock;
mod ledger;
mod messages;
mod opt_outs;
mod orgs;
mod privacy;
mod record_removal;
mod records;
mod services;
mod timers;
mod tokens;
mod workflows;

pub use clock::ClockChange;
pub use opt_outs::{Ledger, OptOutStatus, WriteSource};
pub use orgs::{Cleanup, ProgressReporter, Reset, Start, Tenant, Tenants};
pub use privacy::{CreatedJobs, JobFailure, JobPage, JobWithChildren};
pub use records::{NewRecord, WriteOutcome};
pub use services::{JobDelays, JobRules, Services, Shared};
pub use workflows::{Activity, Command, Execution, Signal};
