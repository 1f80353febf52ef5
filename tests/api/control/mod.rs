//! The control API under `/__admin`.

mod changes;
mod events;
mod faults;
mod jobs;
mod journal;
mod metrics;
mod pact;
mod resets;
mod seats;
mod server;
mod snapshot_documents;
mod snapshots;
mod support;
