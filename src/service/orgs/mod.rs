//! Orgs: the tenants and how calls find them, what they begin with, resets, standbys and snapshots.

mod initial_state;
mod outbox;
mod overview;
mod registry;
mod reset;
mod restore;
mod snapshots;
mod standby;
mod tenant;
mod tenants;

pub(crate) use initial_state::ProgressReporter;
pub(super) use outbox::EventSource;
pub(crate) use overview::OrgOverview;
pub(super) use registry::Tenants;
pub(crate) use reset::Cleanup;
pub use reset::{Reset, Start};
pub(crate) use tenant::Tenant;
