//! The worker: forwards opt-out changes to the privacy queue and moves jobs that are due.
//!
//! [`step`] does one round and says whether there was anything to do, so tests drain the queue by
//! calling it; [`run`] loops over it and sleeps in between.

use std::convert::Infallible;
use std::time::Duration;

use log::warn;

use crate::domain::Result;
use crate::service::Services;

/// What a round found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Something moved; look again.
    Done,
    /// Nothing waits and nothing is due.
    Idle,
}

/// How long to wait after a failure before the next try, in real time.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// One round: forward what waits, move what is due, remove what has expired.
///
/// # Errors
/// When a write fails; what it was to move waits on.
pub async fn step(services: &Services) -> Result<Step> {
    let moved = services.forward_changes().await?
        + services.move_jobs().await?
        + services.advance_records().await?
        + services.remove_expired_jobs().await?;
    Ok(if moved == 0 { Step::Idle } else { Step::Done })
}

/// Works until the task is dropped.
pub async fn run(services: &Services) -> Infallible {
    let wake = services.wake();
    loop {
        // A wake-up that arrives while we look is kept by the Notify, so none is missed.
        match step(services).await {
            Ok(Step::Done) => {}
            Ok(Step::Idle) => wait(services, wake.notified()).await,
            Err(failure) => {
                warn!("the privacy queue pauses: {failure}");
                actix_rt::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

async fn wait(services: &Services, woken: impl Future<Output = ()>) {
    let due = services.next_due().ok().flatten();
    match due.and_then(|due| services.clock().until(due)) {
        // Whether woken or due, the next step finds out what there is to do.
        Some(left) => drop(actix_rt::time::timeout(left, woken).await),
        None => woken.await,
    }
}
