//! The database. The only module that names `rusqlite`; one file per aggregate, each a set of small
//! functions over [`Reader`] (any connection) or [`Tx`] (the writer inside a transaction).
//!
//! One thread owns the only read-write connection (`writer.rs`); everybody else reads through
//! read-only connections of their own. Invariants: a write is acknowledged only after its COMMIT;
//! every function that touches a tenant's rows takes the [`OrgId`](crate::domain::OrgId).

mod after_commit;
mod caused;
mod command;
mod connection;
pub mod consents;
mod database;
pub mod due_records;
mod error;
pub mod event_deliveries;
pub mod event_registrations;
pub mod exercises;
mod inspection;
mod list_sql;
pub mod lists;
pub mod opt_outs;
pub mod orgs;
pub mod privacy_archives;
pub mod privacy_jobs;
pub mod records;
pub mod revoked_tokens;
pub mod seats;
pub mod seeded_jobs;
pub mod snapshots;
mod sql_values;
mod writer;

pub use connection::{Reader, Tx};
pub use database::{Location, Store};
pub use error::OpenError;
pub use inspection::Inspection;
pub use writer::{Ended, Writer};
