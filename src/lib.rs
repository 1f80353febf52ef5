//! A test server that behaves like Adobe Campaign Standard's profile API, its CCPA opt-outs and the
//! Privacy Service behind them.
//!
//! # Code map
//!
//! | module | what it knows |
//! |---|---|
//! | [`domain`] | the nouns and rules; no I/O, no clock, no randomness |
//! | [`store`] | the database; the only one that names `rusqlite` |
//! | [`service`] | the use cases, one transaction each; the opt-out hook |
//! | [`worker`] | the privacy queue's loop |
//! | [`auth`] | API keys and access tokens; knows no HTTP |
//! | [`http`] | the wire; with [`app`] the only one that names actix |
//! | [`app`] | the composition root |
//! | [`seed`], [`config`], [`cli`] | what a server starts from, its settings, its commands |
//! | [`exec`], [`export`] | a command with a server beside it; seed folders written |
//! | [`clock`], [`random`] | the one clock and the one source of randomness |
//! | [`people`] | made-up people |
//!
//! # In-process
//!
//! Rust tests need no second process:
//!
//! ```
//! use campaign_mock::{CampaignMock, config::Settings};
//!
//! let mock = CampaignMock::start(Settings::default())?;
//! assert!(mock.announcement().url.starts_with("http://127.0.0.1:"));
//! mock.stop()?;
//! # Ok::<(), campaign_mock::app::AppError>(())
//! ```

mod announcement;
pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod exec;
pub mod export;
pub mod http;
pub mod people;
pub mod random;
pub mod seed;
pub mod service;
pub mod store;
pub mod worker;

use std::net::SocketAddr;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub use announcement::Announcement;
use app::{AppError, Application, Order, Pace};
use config::Settings;
use domain::Timestamp;

/// A server inside this process, on a thread of its own and a free port. It stops when dropped.
pub struct CampaignMock {
    announcement: Announcement,
    orders: mpsc::UnboundedSender<Order>,
    thread: Option<JoinHandle<Result<(), AppError>>>,
}

impl CampaignMock {
    /// Starts a server whose clock runs and whose queue works by itself. The port in
    /// `settings.listen` is ignored: it takes a free one.
    ///
    /// # Errors
    /// See [`AppError`].
    pub fn start(settings: Settings) -> Result<Self, AppError> {
        Self::start_at(settings, Pace::Running)
    }

    /// Starts a server whose clock stands at `now`: time passes, and the privacy queue works, only in
    /// [`Self::advance`]. Tests need no waiting that way.
    ///
    /// # Errors
    /// See [`AppError`].
    pub fn start_standing(settings: Settings, now: Timestamp) -> Result<Self, AppError> {
        Self::start_at(settings, Pace::Standing(now))
    }

    fn start_at(settings: Settings, pace: Pace) -> Result<Self, AppError> {
        let settings = Settings { listen: SocketAddr::new(settings.listen.ip(), 0), ..settings };
        let (orders, taken) = mpsc::unbounded_channel();
        let (tell, told) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            actix_rt::System::new().block_on(async {
                match Application::start(&settings, pace).await {
                    Ok(app) => {
                        let _ = tell.send(Ok(app.announcement().clone()));
                        app.run_with_orders(std::future::pending(), taken).await
                    }
                    Err(error) => {
                        let _ = tell.send(Err(error));
                        Ok(())
                    }
                }
            })
        });
        let gone = |_| Err(AppError::Stopped("the server's thread ended".to_owned()));
        let announcement = told.recv().unwrap_or_else(gone)?;
        Ok(Self { announcement, orders, thread: Some(thread) })
    }

    /// Where it answers and with which credentials.
    #[must_use]
    pub const fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// Lets time pass on a standing clock and returns when everything that came due has happened, in
    /// order. A duration of zero settles what is due now.
    ///
    /// # Errors
    /// When a write fails or the server has stopped.
    pub fn advance(&self, by: Duration) -> Result<(), AppError> {
        let (done, told) = oneshot::channel();
        let stopped = || AppError::Stopped("the server has stopped".to_owned());
        self.orders.send(Order::Advance(by, done)).map_err(|_| stopped())?;
        Ok(told.blocking_recv().map_err(|_| stopped())??)
    }

    /// Stops it in order: what was acknowledged is kept, if there is a database file.
    ///
    /// # Errors
    /// When it had stopped by itself before.
    pub fn stop(mut self) -> Result<(), AppError> {
        self.shut_down()
    }

    fn shut_down(&mut self) -> Result<(), AppError> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        // A server that has stopped takes no orders.
        let _ = self.orders.send(Order::Stop);
        let panicked = |_| Err(AppError::Stopped("the server's thread panicked".to_owned()));
        thread.join().unwrap_or_else(panicked)
    }
}

impl Drop for CampaignMock {
    fn drop(&mut self) {
        if let Err(error) = self.shut_down() {
            log::error!("{error}");
        }
    }
}

/// The recipe's Rust code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/recipes/rust.md")]
struct Recipes;
