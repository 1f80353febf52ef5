//! The use cases: one method, one transaction.

mod clock;
mod ledger;
mod messages;
mod opt_outs;
mod orgs;
mod privacy;
mod records;
mod services;
mod timers;
mod tokens;
mod workflows;

pub use crate::store::consents::ConsentEntry;
pub use crate::store::opt_outs::LedgerEntry;
pub use crate::store::snapshots::ListedSnapshot;
pub use clock::ClockChange;
pub use opt_outs::{Ledger, OptOutStatus, WriteSource};
pub use orgs::{Cleanup, Reset, Start, Tenant, Tenants};
pub use privacy::{CreatedJobs, JobFailure, JobFilter, JobPage, JobWithChildren};
pub use records::{NewRecord, WriteOutcome};
pub use services::{JobDelays, JobRules, Services, Shared};
pub use workflows::{Activity, Command, Execution, Signal};
