//! Numbers for Prometheus, where they are asked for: what was called and how long it took, which faults came into
//! effect, what waits. To count a call is to add to atomics in arrays of a fixed size: it allocates nothing and waits
//! for nobody. Names and labels are made when somebody reads (`exposition.rs`), and no label names a tenant.

mod exposition;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use actix_web::dev::ServiceResponse;
use actix_web::http::Method;

use super::error::Surface;
use super::faults::FaultKind;
use super::journal::Unanswered;
use super::{Api, admin};

pub(super) use exposition::scrape;

/// Where the numbers are.
pub(super) const PATH: &str = "/metrics";

/// The methods that are told apart; all others are one.
static METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PATCH,
    Method::PUT,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
];

/// The APIs that are told apart.
const APIS: [&str; 4] = ["campaign", "privacy", "ims", "control"];

/// Statuses end here; 0 is for calls that were not answered.
const STATUSES: usize = 600;

/// Up to how long calls of one bucket took: a read from memory takes some 20 µs, a delay a minute at most.
const BOUNDS: [Duration; 16] = [
    Duration::from_micros(50),
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];

/// What has been counted since the start, for all threads.
#[derive(Debug)]
pub struct Metrics {
    /// By the machine's clock, whatever the server's own says.
    started: SystemTime,
    apis: [Counts; APIS.len()],
    faults: [AtomicU64; FaultKind::ALL.len()],
}

/// The calls of one API.
#[derive(Debug)]
struct Counts {
    /// By method and status, see [`slot`].
    answers: Box<[AtomicU64]>,
    /// By [`BOUNDS`]; the last bucket has no bound.
    took: [AtomicU64; BOUNDS.len() + 1],
    /// All of them together.
    nanoseconds: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { started: SystemTime::now(), apis: Default::default(), faults: Default::default() }
    }
}

impl Default for Counts {
    fn default() -> Self {
        let slots = (METHODS.len() + 1) * STATUSES;
        Self {
            answers: std::iter::repeat_with(AtomicU64::default).take(slots).collect(),
            took: Default::default(),
            nanoseconds: AtomicU64::default(),
        }
    }
}

/// Where calls of that method and status are counted.
fn slot(method: &Method, status: u16) -> usize {
    let method = METHODS.iter().position(|known| known == method).unwrap_or(METHODS.len());
    method * STATUSES + usize::from(status).min(STATUSES - 1)
}

impl Metrics {
    /// Counts a call; probes and readers of the numbers are none.
    pub(super) fn count(&self, api: &Api, response: &ServiceResponse, took: Duration) {
        let request = response.request();
        let Some(of) = counted_as(api, request.match_info().as_str()) else { return };
        let unanswered = response.response().extensions().contains::<Unanswered>();
        let status = if unanswered { 0 } else { response.status().as_u16() };
        if let Some(counts) = self.apis.get(of) {
            counts.add(request.method(), status, took);
        }
    }

    /// Counts a fault that has come into effect.
    pub(super) fn count_fault(&self, kind: FaultKind) {
        if let Some(count) = self.faults.get(kind as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Which of [`APIS`] a path belongs to.
fn counted_as(api: &Api, path: &str) -> Option<usize> {
    match api.surface_of(path) {
        Surface::Campaign { .. } => Some(0),
        Surface::Privacy { .. } => Some(1),
        Surface::Ims { .. } => Some(2),
        Surface::Own => path.starts_with(admin::PREFIX).then_some(3),
    }
}

impl Counts {
    fn add(&self, method: &Method, status: u16, took: Duration) {
        if let Some(count) = self.answers.get(slot(method, status)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let bucket = BOUNDS.partition_point(|bound| *bound < took);
        if let Some(count) = self.took.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_in_one_bucket_and_one_slot() {
        let counts = Counts::default();
        for (micros, status) in [(50, 200), (51, 201), (60_000_000, 0)] {
            counts.add(&Method::GET, status, Duration::from_micros(micros));
        }
        counts.add(&Method::TRACE, 999, Duration::ZERO);
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let took: Vec<_> = counts.took.iter().map(read).collect();
        assert_eq!((took[0], took[1], took[BOUNDS.len()]), (2, 1, 1));
        assert_eq!(took.iter().sum::<u64>(), 4);
        let filled: Vec<_> =
            (0..counts.answers.len()).filter(|at| read(&counts.answers[*at]) == 1).collect();
        assert_eq!(filled, [0, 200, 201, counts.answers.len() - 1]);
        assert_eq!(read(&counts.nanoseconds), 60_000_101_000);
    }
}
