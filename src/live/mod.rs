//! What happens in the server, for those who watch it live: calls, opt-out changes, moves of privacy jobs, resets, the
//! clock, fault rules. Bounded in number and in bytes. While nobody has watched for a minute nothing is kept, and what
//! happens costs one look at a flag.

mod event;
mod rules;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use event::{Change, Event, JobMove};

use crate::domain::Timestamp;
use crate::faults::Faults;
use rules::KnownRules;

/// Most events that are kept.
const MOST_EVENTS: usize = 10_000;

/// Most bytes that they take.
const MOST_BYTES: usize = 4 << 20;

/// How long events are kept for somebody who may come again.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The events of all orgs, for all threads.
#[derive(Debug)]
pub struct Live {
    /// Another one for each start of the server.
    run: u64,
    /// Whether somebody watches, or may come again.
    is_watched: AtomicBool,
    ring: Mutex<Ring>,
}

/// The last events by rising number.
#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    /// The number of the newest event.
    newest: u64,
    /// Up to this number nobody knows how much has happened: nobody watched.
    unwatched: u64,
    /// When somebody looked last.
    looked: Option<Instant>,
    rules: KnownRules,
}

/// Events that are gone before they were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missed {
    /// How many; not known of a time when nobody watched.
    pub(crate) events: Option<u64>,
    /// The number after which to go on.
    pub(crate) newest: u64,
}

/// Some events, and the number of the last one.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Arc<Event>>,
    pub(crate) last: u64,
}

impl Ring {
    /// Up to this number events are gone.
    fn gone(&self) -> u64 {
        self.newest - self.events.len() as u64
    }

    fn push(&mut self, event: Event) {
        self.newest += 1;
        self.bytes += event.weight();
        self.events.push_back(Arc::new(event));
        while self.events.len() > MOST_EVENTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.weight();
        }
    }
}

impl Live {
    /// None yet, under a number that no other run of the server has.
    #[must_use]
    pub(crate) fn new(run: u64) -> Self {
        Self { run, is_watched: AtomicBool::new(false), ring: Mutex::default() }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // Every change of it is whole before anything can panic.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of this run of the server.
    pub(crate) const fn run(&self) -> u64 {
        self.run
    }

    /// Whether it makes sense to tell anything.
    pub(crate) fn is_watched(&self) -> bool {
        self.is_watched.load(Ordering::Acquire)
    }

    /// Tells an event, which is made only if somebody watches.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.is_watched() {
            self.ring().push(event());
        }
    }

    /// Begins to watch. Answers the number of the newest event.
    pub(crate) fn watch(&self, faults: &Faults, now: Timestamp) -> u64 {
        let mut ring = self.ring();
        self.look(&mut ring, faults, now);
        ring.newest
    }

    /// The first events after that number, at most so many.
    ///
    /// # Errors
    /// [`Missed`] when some of those asked for are gone.
    pub(crate) fn after(
        &self,
        number: u64,
        most: usize,
        faults: &Faults,
        now: Timestamp,
    ) -> Result<Seen, Missed> {
        let mut ring = self.ring();
        self.look(&mut ring, faults, now);
        let (gone, newest) = (ring.gone(), ring.newest);
        if !(gone..=newest).contains(&number) {
            let events = (number >= ring.unwatched).then(|| newest.saturating_sub(number));
            return Err(Missed { events, newest });
        }
        let start = usize::try_from(number - gone).unwrap_or(usize::MAX);
        let events: Vec<_> = ring.events.iter().skip(start).take(most).cloned().collect();
        let last = number + events.len() as u64;
        Ok(Seen { events, last })
    }

    /// Somebody looks: events are kept from now on, and so are changes of the fault rules, which nobody tells.
    fn look(&self, ring: &mut Ring, faults: &Faults, now: Timestamp) {
        let now_here = Instant::now();
        ring.looked = Some(now_here);
        let was_watched = self.is_watched.swap(true, Ordering::AcqRel);
        let changes = ring.rules.changes(&faults.rules(now), now_here);
        // What has happened to them while nobody watched is no news.
        if was_watched {
            for event in changes {
                ring.push(event);
            }
        }
    }

    /// Keeps nothing any more if nobody has looked for so long.
    pub(crate) fn rest(&self, unwatched_for: Duration) {
        let mut ring = self.ring();
        let is_watched = ring.looked.is_some_and(|looked| looked.elapsed() < unwatched_for);
        if is_watched || !self.is_watched.swap(false, Ordering::AcqRel) {
            return;
        }
        // Whoever comes back with a number from before has missed what nobody counts.
        let newest = ring.newest + 1;
        *ring = Ring { newest, unwatched: newest, ..Ring::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrgName;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn reset(to: &str) -> Event {
        Event::Reset { org: OrgName::parse("acme").unwrap(), to: to.to_owned() }
    }

    fn watched() -> (Live, Faults) {
        let (live, faults) = (Live::new(1), Faults::default());
        assert_eq!(live.watch(&faults, NOW), 0);
        (live, faults)
    }

    #[test]
    fn nothing_is_made_while_nobody_watches() {
        let live = Live::new(1);
        live.tell(|| unreachable!("it is made for nobody"));
        let (live, faults) = watched();
        live.rest(PATIENCE);
        assert!(live.is_watched(), "it has just been watched");
        live.rest(Duration::ZERO);
        live.tell(|| unreachable!("it is made for nobody"));
        let missed = live.after(0, 9, &faults, NOW).unwrap_err();
        assert_eq!(missed, Missed { events: None, newest: 1 });
        live.tell(|| reset("seed"));
        assert_eq!(live.after(1, 9, &faults, NOW).unwrap().last, 2);
    }

    #[test]
    fn what_is_gone_is_counted() {
        let (live, faults) = watched();
        for _ in 0..MOST_EVENTS + 2 {
            live.tell(|| reset("seed"));
        }
        let newest = MOST_EVENTS as u64 + 2;
        let missed = live.after(1, 9, &faults, NOW).unwrap_err();
        assert_eq!(missed, Missed { events: Some(newest - 1), newest });
        assert_eq!(live.after(2, 9, &faults, NOW).unwrap().last, 11);
        assert!(live.after(newest + 1, 9, &faults, NOW).is_err(), "of no event there is");
    }

    #[test]
    fn bytes_are_bounded_too() {
        let (live, faults) = watched();
        let long = "x".repeat(MOST_BYTES / 4);
        for _ in 0..9 {
            live.tell(|| reset(&long));
        }
        let ring = live.ring();
        assert!(ring.bytes <= MOST_BYTES && ring.events.len() == 3, "{}", ring.events.len());
        drop(ring);
        assert_eq!(live.after(6, 9, &faults, NOW).unwrap().last, 9);
        live.tell(|| reset(&"x".repeat(2 * MOST_BYTES)));
        let ring = live.ring();
        assert_eq!((ring.bytes, ring.events.len()), (0, 0));
    }
}
