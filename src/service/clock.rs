//! Time as the control API moves it, with everything that happens on the way.

use std::time::Duration;

use super::services::Services;
use crate::clock::Clock;
use crate::domain::{Result, Timestamp};
use crate::live::Event;

/// Most rows of a kind that a round touches, so that writes of callers get their turn in between.
pub(crate) const ROUND: u16 = 200;

/// What can be done to the clock.
#[derive(Debug, Clone, Copy)]
pub enum ClockChange {
    /// Stop it, at that moment or where it is.
    Freeze(Option<Timestamp>),
    /// Set it, forward or back. Nothing that lies between happens on the way; what is due then does.
    Set(Timestamp),
    /// Let that much time pass.
    Advance(Duration),
    /// Go on as it began.
    Reset,
}

/// A clock that stands until this goes, also with a caller that does not wait for the end.
struct ClockFreezeGuard<'a> {
    clock: &'a Clock,
    was_frozen: bool,
}

impl<'a> ClockFreezeGuard<'a> {
    fn begin(clock: &'a Clock) -> Self {
        let was_frozen = clock.is_frozen();
        clock.freeze(None);
        Self { clock, was_frozen }
    }
}

impl Drop for ClockFreezeGuard<'_> {
    fn drop(&mut self) {
        if !self.was_frozen {
            self.clock.run();
        }
    }
}

impl Services {
    /// One round of what happens by itself: move what is due, remove what has expired.
    /// Rounds take turns. Answers how much there was to do; [`ROUND`] or more, and there may be more.
    ///
    /// # Errors
    /// When a write fails; what it was to move waits on.
    pub async fn step(&self) -> Result<usize> {
        let _turn = self.shared.turn.lock().await;
        Ok(self.move_jobs().await?
            + self.advance_records().await?
            + self.remove_expired_jobs().await?)
    }

    /// Does everything that is due.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn settle(&self) -> Result<()> {
        while self.step().await? > 0 {}
        Ok(())
    }

    /// Lets time pass, stopping at each moment at which something is due, so that everything happens in
    /// order and at its time.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn advance(&self, by: Duration) -> Result<()> {
        let clock = self.clock();
        let end = clock.now().after(by);
        loop {
            self.settle().await?;
            let now = clock.now();
            let next = self.next_due()?.map_or(end, |due| due.min(end)).max(now);
            let left = next.as_millis() - now.as_millis();
            if left == 0 {
                return Ok(());
            }
            clock.advance(Duration::from_millis(left.unsigned_abs()));
        }
    }

    /// Tells those who watch that the clock does not go on as before.
    pub(super) fn tell_clock(&self) {
        let clock = self.clock();
        self.live().tell(|| Event::Clock { now: clock.now(), is_frozen: clock.is_frozen() });
    }

    /// Changes the clock; when this returns, everything that has come due has happened.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn change_clock(&self, change: ClockChange) -> Result<()> {
        match change {
            ClockChange::Freeze(moment) => self.clock().freeze(moment),
            ClockChange::Set(moment) => self.clock().set(moment),
            ClockChange::Reset => self.clock().reset(),
            ClockChange::Advance(by) => {
                let _guard = ClockFreezeGuard::begin(self.clock());
                self.advance(by).await?;
            }
        }
        self.tell_clock();
        self.settle().await?;
        // The worker waits for moments that may now be nearer, or farther.
        self.shared.wake.notify_one();
        self.shared.events.notify_one();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_goes_on_as_before_when_nobody_waits_any_more() {
        let clock = Clock::running(None);
        let guard = ClockFreezeGuard::begin(&clock);
        assert!(clock.is_frozen());
        drop(guard);
        assert!(!clock.is_frozen());
        clock.freeze(None);
        drop(ClockFreezeGuard::begin(&clock));
        assert!(clock.is_frozen());
    }
}
