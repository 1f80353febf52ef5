//! The worker: moves jobs that are due, a round at a time, and sleeps in between; delivers the events that jobs owe to
//! webhooks; removes what resets have left behind, or makes it ready for the next; and looks at exercises.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use log::{error, warn};
use tokio::task::{Id, JoinError, JoinSet};

use crate::domain::Timestamp;
use crate::service::{Cleanup, ROUND, Services, UnderWay, Visit, VisitRound, Visited};

/// How long to wait after a failure before the next try, in real time.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// How long to wait until calls under way have let go of a generation that is over, in real time.
const UNTIL_RELEASED: Duration = Duration::from_millis(20);

/// How soon it is told that an exercise is done, in real time.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// How long a round that left nothing to do is followed by no other, in real time: under load, many jobs then move in
/// one transaction instead of each in its own.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(10);

/// Moves until the task is dropped.
pub(crate) async fn run(services: &Services) -> Infallible {
    let wake = services.wake();
    loop {
        // A wake-up that arrives while we look is kept by the Notify, so none is missed.
        match services.step().await {
            Ok(moved) if moved >= usize::from(ROUND) => {}
            Ok(moved) => {
                tokio::time::sleep(BETWEEN_ROUNDS).await;
                if moved == 0 {
                    wait(services, services.next_due().ok().flatten(), wake.notified()).await;
                }
            }
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
    tasks: JoinSet<Visited>,
    under_way: HashMap<Id, UnderWay>,
    done: Vec<Visited>,
}

impl Visits {
    fn begin(&mut self, visit: Visit) {
        let under_way = visit.under_way();
        let id = self.tasks.spawn(visit.make()).id();
        self.under_way.insert(id, under_way);
    }

    /// Waits until one of them is over, and takes what else is by then; for ever, if there is none.
    async fn over(&mut self) {
        let mut over = match self.tasks.join_next_with_id().await {
            Some(over) => Some(over),
            None => std::future::pending().await,
        };
        while let Some(one) = over {
            self.take(one);
            over = self.tasks.try_join_next_with_id();
        }
    }

    fn take(&mut self, over: Result<(Id, Visited), JoinError>) {
        let id = match over {
            Ok((id, visited)) => {
                self.done.push(visited);
                id
            }
            Err(failure) => {
                error!("a visit at a webhook ended early, and is repeated: {failure}");
                failure.id()
            }
        };
        self.under_way.remove(&id);
    }
}

/// Delivers until the task is dropped. What is under way then is delivered once more after the next start.
pub(crate) async fn deliver(services: &Services) -> Infallible {
    let wake = services.events();
    let mut visits = Visits::default();
    loop {
        let done: Arc<[Visited]> = std::mem::take(&mut visits.done).into();
        let next = loop {
            let under_way = visits.under_way.values().copied().collect();
            match services.next_visits(&done, under_way).await {
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

/// Looks at exercises while somebody watches what happens, and before the journal drops the calls that show what was
/// done, until the task is dropped.
pub(crate) async fn look(services: &Services) -> Infallible {
    loop {
        let filling = tokio::time::timeout(BETWEEN_LOOKS, services.journal().filling()).await;
        if filling.is_err() && !services.live().is_watched() {
            continue;
        }
        if let Err(failure) = services.look_at_exercises().await {
            warn!("exercises were not looked at: {failure}");
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
