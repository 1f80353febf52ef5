//! What the use cases work with: [`Shared`] by all threads, [`Services`] in one. Each use case is a method of
//! [`Services`], in the file of its subject.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::exercises::Board;
use super::orgs::{EventSource, ProgressReporter, Tenants};
use super::seats::Seats;
use crate::auth::{CodeGuesses, RevokedTokens};
use crate::clock::Clock;
use crate::domain::{Progression, Result};
use crate::faults::Faults;
use crate::journal::Journal;
use crate::live::Live;
use crate::random::Random;
use crate::seed::Seed;
use crate::store::{Reader, Store, Writer, revoked_tokens, seats};
use crate::webhooks::Webhooks;

/// What a server brings along, beside its settings.
pub(crate) struct Equipment {
    /// Its clock.
    pub(crate) clock: Clock,
    /// Its random numbers.
    pub(crate) random: Random,
    /// The journal of the last requests.
    pub(crate) journal: Journal,
    /// Speaks to webhooks.
    pub(crate) webhooks: Webhooks,
}

/// How privacy jobs and messages behave.
#[derive(Debug, Clone, Copy)]
pub struct JobRules {
    /// How long messages, and the jobs of an org that time moves, stay in their states.
    pub delays: JobDelays,
    /// What moves the jobs of an org for which nothing else was set.
    pub progression: Progression,
    /// Whether a job `opt-out-of-sale` and a consent set `ccpaOptOut` of the profiles they name.
    pub opt_out_applies: bool,
    /// Whether a finished delete job leaves a receipt that can be downloaded.
    pub receipts: bool,
}

/// How long jobs stay in their states, on the server's clock.
#[derive(Debug, Clone, Copy)]
pub struct JobDelays {
    /// In `submitted`.
    pub submitted: Duration,
    /// In `processing`.
    pub processing: Duration,
}

/// What all threads' services share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(super) writer: Writer,
    clock: Clock,
    random: Random,
    pub(super) tenants: Arc<Tenants>,
    pub(super) rules: JobRules,
    pub(super) revoked_tokens: RevokedTokens,
    pub(super) seats: Seats,
    pub(super) code_guesses: Arc<CodeGuesses>,
    pub(super) journal: Arc<Journal>,
    pub(super) faults: Arc<Faults>,
    pub(super) live: Arc<Live>,
    /// Tells the worker that there is something to do.
    pub(super) wake: Arc<Notify>,
    /// Tells the worker that there are events to deliver.
    pub(super) events: Arc<Notify>,
    /// Speaks to webhooks.
    pub(super) webhooks: Webhooks,
    /// Tells the worker that a generation is over.
    pub(super) retired: Arc<Notify>,
    /// What is known of the orgs' exercises.
    pub(super) board: Arc<tokio::sync::Mutex<Board>>,
    /// Whose round it is, see [`Services::step`].
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    /// Brings the services up on an open database: tenants are read, the seed's orgs made. `progress`
    /// is told how many of the sample people of these orgs are made.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub(crate) async fn start(
        store: &Store,
        seed: Seed,
        rules: JobRules,
        equipment: Equipment,
        progress: Option<ProgressReporter>,
    ) -> Result<Self> {
        let Equipment { clock, random, journal, webhooks } = equipment;
        let events = Arc::<Notify>::default();
        let source = EventSource { random: random.clone(), wake: Arc::clone(&events) };
        // Not of the server's own numbers: those may be the same in each run.
        let seats = seats::all(&store.reader()?)?;
        let mut board = Board::default();
        if !seats.is_empty() {
            board.begin_use(&journal);
        }
        let live = Arc::new(Live::new(Random::new(None).next_u64()));
        let tenants =
            Tenants::start(store, seed, source, Arc::clone(&live), clock.now(), progress.as_ref())
                .await?;
        Ok(Self {
            writer: store.writer(),
            clock,
            random,
            tenants,
            rules,
            revoked_tokens: RevokedTokens::new(revoked_tokens::all(&store.reader()?)?),
            seats: Seats::new(seats),
            code_guesses: Arc::default(),
            journal: Arc::new(journal),
            faults: Arc::default(),
            live,
            wake: Arc::default(),
            events,
            webhooks,
            retired: Arc::default(),
            board: Arc::new(tokio::sync::Mutex::new(board)),
            turn: Arc::default(),
        })
    }

    /// The tokens that were given back, for those who check tokens.
    #[must_use]
    pub(crate) fn revoked_tokens(&self) -> RevokedTokens {
        self.revoked_tokens.clone()
    }

    /// The services of one thread, which reads through a connection of its own.
    #[must_use]
    pub(crate) fn services(&self, reader: Reader) -> Services {
        Services { shared: self.clone(), reader }
    }
}

/// The use cases, for one thread.
pub struct Services {
    pub(super) shared: Shared,
    pub(super) reader: Reader,
}

impl Services {
    /// The server's clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The server's random numbers.
    #[must_use]
    pub const fn random(&self) -> &Random {
        &self.shared.random
    }

    /// The journal of the last requests.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// The same journal, for who outlives these services.
    pub(crate) fn shared_journal(&self) -> Arc<Journal> {
        Arc::clone(&self.shared.journal)
    }

    /// What happens, for those who watch it.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.shared.live
    }

    /// The fault rules.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// A number that is the same only while nothing has been written, see [`Writer::version`].
    #[must_use]
    pub fn version(&self) -> u64 {
        self.shared.writer.version()
    }

    /// What the worker waits on when it has nothing to do.
    #[must_use]
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.shared.wake)
    }

    /// What the worker waits on when there is no event to deliver.
    #[must_use]
    pub(crate) fn events(&self) -> Arc<Notify> {
        Arc::clone(&self.shared.events)
    }

    /// What the worker waits on when there is no generation to remove.
    #[must_use]
    pub fn retired(&self) -> Arc<Notify> {
        Arc::clone(&self.shared.retired)
    }
}
