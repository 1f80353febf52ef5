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

mod api_view;
mod campaign;
mod console;
mod control;
mod documented_exchanges;
mod driver;
mod events;
mod examples;
mod ims;
mod in_process;
mod migrations;
mod openapi;
mod pipeline;
mod privacy;
mod receiver;
mod tenants;
mod wire;
