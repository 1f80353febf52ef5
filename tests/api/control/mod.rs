//! The control API under `/__admin`.

mod caused;
mod changes;
mod events;
mod exercises;
mod faults;
mod har;
mod jobs;
mod journal;
mod metrics;
mod overview;
mod pact;
mod resets;
mod seats;
mod server;
mod snapshot_documents;
mod snapshots;
mod support;
