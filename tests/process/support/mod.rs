//! Drives the real program: starts it, reads its ready line, calls it over HTTP, stops it, kills it.

mod client;
mod jobs;
pub(crate) mod machine;
mod process;
mod runs;
mod server;

pub(crate) use client::{Answer, Caller, Client, PROFILES};
pub(crate) use jobs::{are_complete, request_jobs};
pub(crate) use process::{
    End, PATIENCE, PROGRAM, Process, assert_one_line, assert_quiet, assert_refused, command,
    end_of, poll, run, signal,
};
pub(crate) use runs::{report, setting};
pub(crate) use server::{Ready, SERVE, STOP, Server, port, serve, serve_from};
