//! The server from outside: every test drives a real one over HTTP.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::type_complexity,
    reason = "tests: a broken expectation is a failure, and their names are their documentation"
)]

mod cors;
mod dialect;
mod driver;
mod faults;
mod filters;
mod gateway;
mod ims;
mod journal;
mod keys;
mod limits;
mod lists;
mod messages;
mod metadata;
mod opt_outs;
mod privacy;
mod privacy_tool;
mod profiles;
mod resources;
mod seeds;
mod subscriptions;
#[path = "../wire/mod.rs"]
mod wire;
mod workflows;
