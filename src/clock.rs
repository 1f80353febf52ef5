//! The one clock everything is told the time by: timestamps, token expiry, job due times.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// A cheap handle on the server's clock. It runs with the machine's, shifted by an offset, or stands
/// still until told to move.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    hand: RwLock<Hand>,
    /// How it began.
    first: Hand,
}

#[derive(Debug, Clone, Copy)]
enum Hand {
    /// Ahead of the machine's by so many milliseconds.
    Running(i64),
    /// Standing at that moment.
    Standing(Timestamp),
}

impl Clock {
    /// A clock that runs: from `start` if given, else with the machine's.
    #[must_use]
    pub fn running(start: Option<Timestamp>) -> Self {
        Self::new(Hand::Running(start.map_or(0, |start| start.as_millis() - machine_millis())))
    }

    /// A clock that stands at `now` until it is moved.
    #[must_use]
    pub fn frozen_at(now: Timestamp) -> Self {
        Self::new(Hand::Standing(now))
    }

    fn new(first: Hand) -> Self {
        Self(Arc::new(Shared { hand: RwLock::new(first), first }))
    }

    fn hand(&self) -> Hand {
        // A moment has no state that a panic elsewhere could leave half-made.
        *self.0.hand.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, hand: Hand) {
        *self.0.hand.write().unwrap_or_else(PoisonError::into_inner) = hand;
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.hand() {
            Hand::Running(offset) => {
                Timestamp::from_millis(machine_millis().saturating_add(offset))
            }
            Hand::Standing(now) => now,
        }
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        matches!(self.hand(), Hand::Standing(_))
    }

    /// Stops it, at `moment` or where it is.
    pub fn freeze(&self, moment: Option<Timestamp>) {
        self.turn(Hand::Standing(moment.unwrap_or_else(|| self.now())));
    }

    /// Sets it; it runs or stands as before.
    pub fn set(&self, moment: Timestamp) {
        self.turn(match self.hand() {
            Hand::Running(_) => Hand::Running(moment.as_millis() - machine_millis()),
            Hand::Standing(_) => Hand::Standing(moment),
        });
    }

    /// Moves it on; it runs or stands as before.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.turn(match self.hand() {
            Hand::Running(offset) => Hand::Running(offset.saturating_add(millis)),
            Hand::Standing(now) => Hand::Standing(now.after(by)),
        });
    }

    /// Has it run on from where it stands.
    pub fn run(&self) {
        self.turn(Hand::Running(self.now().as_millis() - machine_millis()));
    }

    /// Has it go on as it began.
    pub fn reset(&self) {
        self.turn(self.0.first);
    }

    /// How long to wait for `moment`; `None` when waiting does not bring it nearer.
    #[must_use]
    pub fn until(&self, moment: Timestamp) -> Option<Duration> {
        let left = moment.as_millis().saturating_sub(self.now().as_millis());
        let left = Duration::from_millis(left.max(0).unsigned_abs());
        (!self.is_frozen()).then_some(left)
    }
}

fn machine_millis() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Timestamp = Timestamp::from_millis(1_583_064_000_000);

    #[test]
    fn a_clock_stands_moves_and_goes_on_as_it_began() {
        let clock = Clock::running(None);
        clock.freeze(Some(MOMENT));
        clock.advance(Duration::from_secs(1));
        assert_eq!((clock.now(), clock.is_frozen()), (MOMENT.after(Duration::from_secs(1)), true));
        clock.set(MOMENT);
        assert_eq!((clock.now(), clock.until(MOMENT)), (MOMENT, None));
        clock.reset();
        assert!(!clock.is_frozen() && clock.now() > MOMENT);
    }

    #[test]
    fn a_running_clock_can_be_set_and_moved_on() {
        let clock = Clock::running(None);
        clock.set(MOMENT);
        clock.advance(Duration::from_secs(3600));
        let now = clock.now();
        assert!(
            MOMENT.after(Duration::from_secs(3600)) <= now
                && now < MOMENT.after(Duration::from_secs(3660))
        );
        assert!(clock.until(now).is_some());
    }
}
