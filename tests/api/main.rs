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

mod control;
mod cors;
mod dialect;
mod driver;
mod faults;
mod filters;
mod gateway;
mod ims;
mod in_process;
mod journal;
mod keys;
mod limits;
mod lists;
mod messages;
mod metadata;
mod metrics;
mod migrations;
mod openapi;
mod opt_outs;
mod pact;
mod privacy;
mod privacy_control;
mod privacy_hosts;
mod privacy_jobs;
mod privacy_lists;
mod privacy_modes;
mod privacy_openapi;
mod privacy_opt_outs;
mod privacy_subjects;
mod privacy_tool;
mod profiles;
mod reset;
mod resources;
mod seeds;
mod subscriptions;
mod tenants;
#[path = "../wire/mod.rs"]
mod wire;
mod workflows;
