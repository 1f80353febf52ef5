//! The program as a process: its commands, how it starts, stops, refuses and recovers, and what load and kills
//! do to it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod commands;
mod crash;
mod database;
mod disk;
mod events;
mod queue;
#[path = "../api/receiver.rs"]
mod receiver;
mod resets;
mod secrets;
mod seeds;
#[cfg(target_os = "linux")]
mod soak;
mod start;
mod stop;
mod support;
mod usage;
