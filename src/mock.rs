//! A server inside this process, for Rust tests.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::announcement::Announcement;
use crate::app::{AppError, Application, ClockMode, Order};
use crate::auth::AuthMode;
use crate::config::{JobProgression, SeedSource, Settings};
use crate::domain::{LedgerEntry, LedgerRange, PrivacyJob, Result, Timestamp};
use crate::journal::{Entry as JournalEntry, Journal};
use crate::service::{ClockChange, Reset, Services, Start};

/// A server inside this process, on a thread of its own and a free port of loopback. It stops when
/// dropped. What it has no method for, its control API does: `/__admin`, below [`Mock::url`].
///
/// ```
/// use std::time::Duration;
/// use campaign_mock::{Mock, Start, domain::Timestamp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), campaign_mock::app::AppError> {
/// let start = Timestamp::parse("2020-03-01T12:00:00Z").expect("a moment");
/// let mock = Mock::builder().frozen_at(start).start().await?;
///
/// // The code under test opts somebody out at mock.url(), with mock.access_token().
///
/// mock.clock().advance(Duration::from_secs(3)).await?;
/// assert!(mock.ledger("acme").await?.is_empty());
/// assert!(mock.journal().is_empty());
/// mock.reset(None, Start::Seed).await?;
/// mock.stop().await
/// # }
/// ```
pub struct Mock {
    announcement: Announcement,
    journal: Arc<Journal>,
    orders: mpsc::UnboundedSender<Order>,
    ended: oneshot::Receiver<std::result::Result<(), AppError>>,
    thread: Option<JoinHandle<()>>,
}

/// What a [`Mock`] is to be like.
///
/// ```
/// use campaign_mock::{Mock, config::JobProgression};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), campaign_mock::app::AppError> {
/// let mock = Mock::builder().profiles(100).jobs(JobProgression::Held).start().await?;
/// assert_eq!(mock.org(), "acme");
/// assert!(mock.ledger("acme").await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct MockBuilder {
    settings: Settings,
    clock_mode: ClockMode,
}

impl MockBuilder {
    /// Takes all settings at once. Of the address to listen on, the port does not count.
    pub fn settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// The data to start with.
    pub fn seed(mut self, seed: SeedSource) -> Self {
        self.settings.identity.seed = seed;
        self
    }

    /// Keeps the data in a file.
    pub fn database(mut self, file: impl Into<PathBuf>) -> Self {
        self.settings.database = Some(file.into());
        self
    }

    /// Adds sample people to each tenant.
    pub fn profiles(mut self, people: u64) -> Self {
        self.settings.profiles = people;
        self
    }

    /// How strictly credentials are checked.
    pub fn auth(mut self, auth: AuthMode) -> Self {
        self.settings.auth = auth;
        self
    }

    /// What moves privacy jobs.
    pub fn jobs(mut self, progression: JobProgression) -> Self {
        self.settings.job_progression = progression;
        self
    }

    /// Has the clock stand at `now`: time passes, and the privacy queue works, only in
    /// [`MockClock::advance`]. Tests need no waiting that way.
    pub fn frozen_at(mut self, now: Timestamp) -> Self {
        self.clock_mode = ClockMode::Frozen(now);
        self
    }

    /// Starts the server; it answers calls from then on.
    ///
    /// # Errors
    /// See [`AppError`].
    pub async fn start(self) -> std::result::Result<Mock, AppError> {
        let Self { settings, clock_mode } = self;
        let listen = SocketAddr::new(settings.listen.ip(), 0);
        let settings = Settings { listen, port: None, ..settings };
        let (orders, taken) = mpsc::unbounded_channel();
        let ((tell, told), (end, ended)) = (oneshot::channel(), oneshot::channel());
        let thread = std::thread::spawn(move || {
            let outcome = actix_rt::System::new().block_on(async {
                match Application::start(&settings, clock_mode, None).await {
                    Ok(app) => {
                        let _ = tell.send(Ok((app.announcement().clone(), app.journal())));
                        app.run_with_orders(std::future::pending(), taken).await
                    }
                    Err(error) => {
                        let _ = tell.send(Err(error));
                        Ok(())
                    }
                }
            });
            // Nobody may be waiting for it.
            let _ = end.send(outcome);
        });
        let (announcement, journal) = told.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(Mock { announcement, journal, orders, ended, thread: Some(thread) })
    }
}

/// What is done on the server's thread.
type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

impl Mock {
    /// A server on the demo seed whose clock runs and whose queue works by itself, unless told otherwise.
    pub fn builder() -> MockBuilder {
        MockBuilder { settings: Settings::default(), clock_mode: ClockMode::Running }
    }

    /// Where it answers, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.announcement.url
    }

    /// The org to call.
    #[must_use]
    pub fn org(&self) -> &str {
        &self.announcement.org
    }

    /// For `X-Api-Key`.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.announcement.api_key
    }

    /// For `x-gw-ims-org-id`.
    #[must_use]
    pub fn ims_org(&self) -> &str {
        &self.announcement.ims_org_id
    }

    /// For `Authorization: Bearer`; good for 24 hours.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.announcement.access_token
    }

    /// All that its ready line says.
    #[must_use]
    pub const fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// Its clock.
    #[must_use]
    pub const fn clock(&self) -> MockClock<'_> {
        MockClock(self)
    }

    /// The last calls of the APIs, oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.journal.entries()
    }

    /// The ledger of opt-out changes of an org, oldest first.
    ///
    /// # Errors
    /// When no customer owns the org or the server has stopped.
    pub async fn ledger(&self, org: &str) -> std::result::Result<Vec<LedgerEntry>, AppError> {
        let org = org.to_owned();
        self.ask(|services| {
            Box::pin(async move {
                let tenant = services.make_tenant(&org).await?;
                Ok(services.ledger(&tenant, None, LedgerRange::ALL)?.entries)
            })
        })
        .await
    }

    /// The privacy jobs of an org, newest first, also those that Privacy Service does not show. The demo data has some
    /// of the documentation.
    ///
    /// # Errors
    /// When no customer owns the org or the server has stopped.
    pub async fn jobs(&self, org: &str) -> std::result::Result<Vec<PrivacyJob>, AppError> {
        let org = org.to_owned();
        self.ask(|services| {
            Box::pin(async move {
                services.newest_jobs(&*services.make_tenant(&org).await?, None, i64::MAX)
            })
        })
        .await
    }

    /// Brings every privacy job of an org to its end; answers how many there were.
    ///
    /// # Errors
    /// When no customer owns the org, a write fails, or the server has stopped.
    pub async fn drain(&self, org: &str) -> std::result::Result<usize, AppError> {
        let org = org.to_owned();
        self.ask(|services| {
            Box::pin(async move { services.drain_jobs(&services.make_tenant(&org).await?).await })
        })
        .await
    }

    /// Resets an org, or with `None` all orgs and the clock, and takes its journal and fault rules along. When this
    /// returns, nothing of what was before is to be seen any more.
    ///
    /// # Errors
    /// When no customer owns the org, there is no such snapshot, a write fails, or the server has stopped.
    pub async fn reset(
        &self,
        org: Option<&str>,
        to: Start,
    ) -> std::result::Result<Vec<Reset>, AppError> {
        let org = org.map(str::to_owned);
        self.ask(|services| Box::pin(async move { services.reset(org.as_deref(), &to).await }))
            .await
    }

    /// Stops it in order: what was acknowledged is kept, if there is a database file.
    ///
    /// # Errors
    /// When it had stopped by itself before.
    pub async fn stop(mut self) -> std::result::Result<(), AppError> {
        // A server that has stopped takes no orders.
        let _ = self.orders.send(Order::Stop);
        (&mut self.ended).await.unwrap_or_else(|_| Err(gone()))
    }

    async fn ask<T, F>(&self, what: F) -> std::result::Result<T, AppError>
    where
        F: for<'a> FnOnce(&'a Services) -> Doing<'a, T> + Send + 'static,
        T: Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let order = Order::Do(Box::new(move |services| {
            Box::pin(async move {
                // Nobody may be waiting for it.
                let _ = tell.send(what(services).await);
            })
        }));
        self.orders.send(order).map_err(|_| gone())?;
        Ok(told.await.map_err(|_| gone())??)
    }
}

fn gone() -> AppError {
    AppError::Stopped("the server has stopped".to_owned())
}

impl Drop for Mock {
    fn drop(&mut self) {
        // A server that has stopped takes no orders.
        let _ = self.orders.send(Order::Stop);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the server's thread panicked");
        }
    }
}

/// The clock of a [`Mock`].
#[derive(Clone, Copy)]
pub struct MockClock<'a>(&'a Mock);

impl MockClock<'_> {
    /// What time it is.
    ///
    /// # Errors
    /// When the server has stopped.
    pub async fn now(self) -> std::result::Result<Timestamp, AppError> {
        self.0.ask(|services| Box::pin(async { Ok(services.clock().now()) })).await
    }

    /// Lets time pass and returns when everything that came due has happened, in order. A duration of
    /// zero settles what is due now.
    ///
    /// # Errors
    /// When a write fails or the server has stopped.
    pub async fn advance(self, by: Duration) -> std::result::Result<(), AppError> {
        self.change(ClockChange::Advance(by)).await
    }

    /// Stops it, at that moment or where it is.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn freeze(self, moment: Option<Timestamp>) -> std::result::Result<(), AppError> {
        self.change(ClockChange::Freeze(moment)).await
    }

    /// Sets it, forward or back. Nothing that lies between happens on the way; what is due then does.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn set(self, moment: Timestamp) -> std::result::Result<(), AppError> {
        self.change(ClockChange::Set(moment)).await
    }

    /// Has it go on as it began.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn reset(self) -> std::result::Result<(), AppError> {
        self.change(ClockChange::Reset).await
    }

    async fn change(self, change: ClockChange) -> std::result::Result<(), AppError> {
        self.0.ask(move |services| Box::pin(services.change_clock(change))).await
    }
}
