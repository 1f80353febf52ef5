//! A test server that behaves like Adobe Campaign Standard's profile API, its CCPA opt-outs and the
//! Privacy Service behind them.
//!
//! # Code map
//!
//! | module | what it knows |
//! |---|---|
//! | [`domain`] | the nouns and rules; no I/O, no clock, no randomness |
//! | [`store`] | the database; the only one that names `rusqlite` |
//! | `service` | the use cases, one transaction each; the opt-out hook |
//! | `worker` | the loops of what happens by itself |
//! | `webhooks` | the client that sends events; the only one that names reqwest |
//! | [`auth`] | API keys and access tokens; knows no HTTP |
//! | [`http`] | the wire; with [`app`] the only one that names actix-web |
//! | [`app`] | the composition root |
//! | [`Mock`] | the server inside a Rust test |
//! | [`seed`] | what a server starts with: customers, records, sample people |
//! | [`config`], [`cli`] | the settings; the command line with all its commands |
//! | `journal`, `live`, `faults`, `metrics` | the last requests, what happens now, failing on demand, the counters; no actix |
//! | `kept_secret`, `interfaces` | the secret beside a database; the addresses of this machine |
//! | `clock`, `random` | the one clock and the one source of randomness |
//!
//! # In-process
//!
//! Rust tests need no second process:
//!
//! ```
//! use campaign_mock::Mock;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), campaign_mock::app::AppError> {
//! let mock = Mock::builder().start().await?;
//! assert!(mock.url().starts_with("http://127.0.0.1:"));
//! # Ok(())
//! # }
//! ```

mod announcement;
pub mod app;
pub mod auth;
pub mod cli;
mod clock;
pub mod config;
pub mod domain;
mod faults;
mod form;
pub mod http;
mod interfaces;
mod io_message;
mod journal;
mod kept_secret;
mod live;
mod metrics;
mod mock;
mod random;
pub mod seed;
mod service;
pub mod store;
mod webhooks;
mod worker;

pub use announcement::Announcement;
pub use domain::LedgerEntry;
pub use journal::Entry as JournalEntry;
pub use mock::{Mock, MockBuilder, MockClock};
pub use service::{Reset, Start};

/// The recipe's Rust code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/recipes/rust.md")]
struct Recipes;
