//! The one clock everything is told the time by: timestamps, token expiry, job due times.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// A cheap handle on the server's clock. It runs with the machine's, shifted by a fixed offset, or
/// stands still until told to move.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    Running { offset: i64 },
    Standing(AtomicI64),
}

impl Clock {
    /// A clock that runs: from `start` if given, else with the machine's.
    #[must_use]
    pub fn running(start: Option<Timestamp>) -> Self {
        let offset = start.map_or(0, |start| start.as_millis() - machine_millis());
        Self(Arc::new(Source::Running { offset }))
    }

    /// A clock that stands at `now` until [`Self::advance`] moves it.
    #[must_use]
    pub fn standing(now: Timestamp) -> Self {
        Self(Arc::new(Source::Standing(AtomicI64::new(now.as_millis()))))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(match &*self.0 {
            Source::Running { offset } => machine_millis().saturating_add(*offset),
            Source::Standing(now) => now.load(Ordering::SeqCst),
        })
    }

    /// Moves a standing clock; a running one moves by itself and takes no notice.
    pub fn advance(&self, by: Duration) {
        if let Source::Standing(now) = &*self.0 {
            now.store(self.now().after(by).as_millis(), Ordering::SeqCst);
        }
    }

    /// How long to wait for `moment`; `None` when waiting does not bring it nearer.
    #[must_use]
    pub fn until(&self, moment: Timestamp) -> Option<Duration> {
        let left = moment.as_millis().saturating_sub(self.now().as_millis());
        match &*self.0 {
            Source::Running { .. } => Some(Duration::from_millis(left.max(0).unsigned_abs())),
            Source::Standing(_) => None,
        }
    }
}

fn machine_millis() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
