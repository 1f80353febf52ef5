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

mod driver;
mod gateway;
mod limits;
mod lists;
mod opt_outs;
mod privacy;
mod profiles;
mod seeds;
#[path = "../wire/mod.rs"]
mod wire;
