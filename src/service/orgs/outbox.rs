//! What a tenant needs to owe events to webhooks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::random::Random;

/// Where the events of all tenants are numbered, and who is told that there are some.
#[derive(Clone)]
pub(in crate::service) struct EventSource {
    /// Draws their ids.
    pub(in crate::service) random: Random,
    /// Tells the worker that something is owed.
    pub(in crate::service) wake: Arc<Notify>,
}

/// A tenant's part.
pub(crate) struct Outbox {
    source: EventSource,
    /// Whether there may be registrations in the database. It is set before one is written, and taken back by
    /// who has looked and found none, both on the writer's thread.
    may_have_registrations: AtomicBool,
    /// Whether the generation is over: nothing is sent for it any more.
    is_closed: Arc<AtomicBool>,
}

impl Outbox {
    pub(super) fn new(source: EventSource) -> Self {
        Self { source, may_have_registrations: AtomicBool::new(true), is_closed: Arc::default() }
    }

    pub(in crate::service) fn may_have_registrations(&self) -> bool {
        self.may_have_registrations.load(Ordering::Relaxed)
    }

    pub(in crate::service) fn has_no_registrations(&self) {
        self.may_have_registrations.store(false, Ordering::Relaxed);
    }

    /// There may be some from now on: who owes events has to look.
    pub(in crate::service) fn look_again(&self) {
        self.may_have_registrations.store(true, Ordering::Relaxed);
    }

    /// Its generation is over.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    pub(in crate::service) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Whether its generation is over, for who asks later.
    pub(in crate::service) fn closed(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_closed)
    }

    /// An id for an event or a delivery.
    pub(in crate::service) fn uuid(&self) -> Uuid {
        self.source.random.uuid()
    }

    /// Tells the worker that something is owed. It looks in a write of its own, so it may be told before the commit.
    pub(in crate::service) fn wake(&self) {
        self.source.wake.notify_one();
    }
}
