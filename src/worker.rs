//! The worker: moves jobs that are due, a round at a time, and sleeps in between; delivers the events that jobs owe to
//! webhooks; and removes what resets have left behind, or makes it ready for the next.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use log::{error, warn};
use tokio::task::{Id, JoinError, JoinSet};

use crate::domain::Timestamp;
use crate::service::{Cleanup, Services, Visit, VisitRound, Visited};

/// At how many webhooks visits go on at once.
const VISITS: usize = 16;

/// How long to wait after a failure before the next try, in real time.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// How long to wait until calls under way have let go of a generation that is over, in real time.
const UNTIL_RELEASED: Duration = Duration::from_millis(20);

/// Forwards and moves until the task is dropped.
pub(crate) async fn run(services: &Services) -> Infallible {
    let wake = services.wake();
    loop {
        // A wake-up that arrives while we look is kept by the Notify, so none is missed.
        match services.step().await {
            Ok(true) => {}
            Ok(false) => wait(services, services.next_due().ok().flatten(), wake.notified()).await,
            Err(failure) => {
                warn!("the privacy queue pauses: {failure}");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Removes or mends what is over until the task is dropped. Beside [`run`], so that neither waits for the other.
pub(crate) async fn clear(services: &Services) -> Infallible {
    let retired = services.retired();
    loop {
        match services.clear().await {
            Ok(Cleanup::Removed) => {}
            Ok(Cleanup::Held) => tokio::time::sleep(UNTIL_RELEASED).await,
            Ok(Cleanup::Done) => retired.notified().await,
            Err(failure) => {
                warn!("the removal of what is over pauses: {failure}");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// The visits at webhooks that are under way, and those whose outcome is still to be written.
#[derive(Default)]
struct Visits {
    under_way: JoinSet<Visited>,
    /// The registration that each is for.
    webhooks: HashMap<Id, i64>,
    done: Vec<Visited>,
}

impl Visits {
    fn begin(&mut self, visit: Visit) {
        let webhook = visit.webhook();
        let id = self.under_way.spawn(visit.make()).id();
        self.webhooks.insert(id, webhook);
    }

    /// Waits until one of them is over; for ever, if there is none.
    async fn over(&mut self) {
        let over: Result<(Id, Visited), JoinError> = match self.under_way.join_next_with_id().await
        {
            Some(over) => over,
            None => std::future::pending().await,
        };
        match over {
            Ok((id, visited)) => {
                self.webhooks.remove(&id);
                self.done.push(visited);
            }
            Err(failure) => {
                error!("a visit at a webhook ended early, and is repeated: {failure}");
                self.webhooks.remove(&failure.id());
            }
        }
    }
}

/// Delivers until the task is dropped. What is under way then is delivered once more after the next start.
pub(crate) async fn deliver(services: &Services) -> Infallible {
    let wake = services.events();
    let mut visits = Visits::default();
    loop {
        let done: Arc<[Visited]> = std::mem::take(&mut visits.done).into();
        let next = loop {
            let busy = visits.webhooks.values().copied().collect();
            let most = VISITS - visits.webhooks.len();
            match services.next_visits(&done, busy, most).await {
                Ok(VisitRound { visits: due, next }) => {
                    for visit in due {
                        visits.begin(visit);
                    }
                    break next;
                }
                Err(failure) => {
                    warn!("the delivery of events pauses: {failure}");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        };
        tokio::select! {
            () = visits.over() => {}
            () = wait(services, next, wake.notified()) => {}
        }
    }
}

async fn wait(services: &Services, due: Option<Timestamp>, woken: impl Future<Output = ()>) {
    match due.and_then(|due| services.clock().until(due)) {
        // Whether woken or due, the next step finds out what there is to do.
        Some(left) => drop(tokio::time::timeout(left, woken).await),
        None => woken.await,
    }
}
