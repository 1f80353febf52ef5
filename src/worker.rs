//! The worker: forwards opt-out changes to the privacy queue and moves jobs that are due, a round at a
//! time, and sleeps in between; and removes what resets have left behind, or makes it ready for the next.

use std::convert::Infallible;
use std::time::Duration;

use log::warn;

use crate::service::{Cleanup, Services};

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
            Ok(false) => wait(services, wake.notified()).await,
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

async fn wait(services: &Services, woken: impl Future<Output = ()>) {
    let due = services.next_due().ok().flatten();
    match due.and_then(|due| services.clock().until(due)) {
        // Whether woken or due, the next step finds out what there is to do.
        Some(left) => drop(tokio::time::timeout(left, woken).await),
        None => woken.await,
    }
}
