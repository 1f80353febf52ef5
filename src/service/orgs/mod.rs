//! Orgs: the tenants and how calls find them, what they begin with, resets, standbys and snapshots.

mod initial_state;
mod registry;
mod reset;
mod restore;
mod snapshots;
mod standby;
mod tenant;
mod tenants;

pub use initial_state::ProgressReporter;
pub use registry::Tenants;
pub use reset::{Cleanup, Reset, Start};
pub use tenant::Tenant;
