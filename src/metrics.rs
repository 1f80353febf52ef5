//! Numbers for Prometheus, with `--metrics`: which requests were answered and how long that took, which faults came into
//! effect, how much waits. No label names a tenant.
//!
//! Counted by hand: a request adds to atomics in arrays of a fixed size, which allocates nothing and waits for nobody. The
//! library's own counters look labels up and its histograms wait for a lock; it only writes the text when somebody reads.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeMetric as _, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use crate::faults::FaultKind;
use crate::journal::Held;

/// The methods with a label of their own; all others are `other`.
const METHODS: [&str; 7] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"];

/// An API whose requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountedApi {
    Campaign,
    Privacy,
    Ims,
    Control,
}

/// Their labels, in the order of [`CountedApi`].
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

/// Where requests of that method and status are counted.
fn slot(method: &str, status: u16) -> usize {
    let method = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len());
    method * STATUSES + usize::from(status).min(STATUSES - 1)
}

impl Metrics {
    /// Counts a request; status 0 says that its response was never sent.
    pub(crate) fn count(&self, api: CountedApi, method: &str, status: u16, took: Duration) {
        if let Some(counts) = self.apis.get(api as usize) {
            counts.add(method, status, took);
        }
    }

    /// Counts a fault that has come into effect.
    pub(crate) fn count_fault(&self, kind: FaultKind) {
        if let Some(count) = self.faults.get(kind as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Counts {
    fn add(&self, method: &str, status: u16, took: Duration) {
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

/// The numbers at one moment, as the library writes them.
#[derive(Debug)]
struct Exposition {
    metrics: Arc<Metrics>,
    work: OpenWork,
    journal: Held,
}

/// What is still to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenWork {
    /// How many privacy jobs are not done.
    pub(crate) jobs: i64,
    /// How many events are still to be delivered.
    pub(crate) events: i64,
}

/// All numbers as `OpenMetrics` text, with what is still to be done and what the journal holds.
///
/// # Errors
/// When the text cannot be written.
pub(crate) fn exposition(
    metrics: Arc<Metrics>,
    work: OpenWork,
    journal: Held,
) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("campaign_mock");
    registry.register_collector(Box::new(Exposition { metrics, work, journal }));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Exposition {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        self.server(&mut to)?;
        self.requests(&mut to)?;
        self.durations(&mut to)?;
        self.faults(&mut to)?;
        self.journal(&mut to)?;
        let OpenWork { jobs, events } = self.work;
        gauge(&mut to, "queue_jobs", "Privacy jobs that are not done.", None, jobs)?;
        gauge(&mut to, "owed_events", "Events that are still to be delivered.", None, events)
    }
}

impl Exposition {
    fn server(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut build = to.encode_descriptor("build", "The program.", None, MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
        let started = self.metrics.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        let said = "When the server was started, by the machine's clock.";
        gauge(to, "start_time", said, Some(&Unit::Seconds), started.as_secs_f64())
    }

    fn requests(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let said = "Calls that were answered; status 0 where a fault kept the answer back.";
        let mut requests = to.encode_descriptor("requests", said, None, MetricType::Counter)?;
        for (api, counts) in APIS.iter().zip(&self.metrics.apis) {
            for (at, count) in counts.answers.iter().enumerate() {
                let count = read(count);
                if count > 0 {
                    let method = METHODS.get(at / STATUSES).copied().unwrap_or("other");
                    let status = (at % STATUSES).to_string();
                    let labels = [("api", *api), ("method", method), ("status", &status)];
                    ConstCounter::new(count).encode(requests.encode_family(&labels)?)?;
                }
            }
        }
        Ok(())
    }

    fn durations(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let said = "How long calls took until their answers began.";
        let unit = Some(&Unit::Seconds);
        let mut durations =
            to.encode_descriptor("request_duration", said, unit, MetricType::Histogram)?;
        for (api, counts) in APIS.iter().zip(&self.metrics.apis) {
            let buckets = counts.buckets();
            let total = buckets.iter().map(|(_, count)| count).sum();
            let sum = Duration::from_nanos(read(&counts.nanoseconds)).as_secs_f64();
            durations
                .encode_family(&[("api", *api)])?
                .encode_histogram::<NoLabelSet>(sum, total, &buckets, None)?;
        }
        Ok(())
    }

    fn faults(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let said = "Faults that came into effect, of rules and of calls that asked for one.";
        let mut faults = to.encode_descriptor("faults", said, None, MetricType::Counter)?;
        for (kind, count) in FaultKind::ALL.iter().zip(&self.metrics.faults) {
            let labels = [("kind", kind.name())];
            ConstCounter::new(read(count)).encode(faults.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn journal(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let Held { entries, bytes, dropped } = self.journal;
        let number = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        gauge(to, "journal_entries", "Calls in the journal.", None, number(entries))?;
        gauge(to, "journal", "What they take.", Some(&Unit::Bytes), number(bytes))?;
        let said = "Calls that the journal had no room for since it was last emptied.";
        let dropped = ConstCounter::new(dropped);
        dropped.encode(to.encode_descriptor("journal_dropped", said, None, MetricType::Counter)?)
    }
}

fn gauge<N: EncodeGaugeValue>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    said: &str,
    unit: Option<&Unit>,
    value: N,
) -> fmt::Result {
    ConstGauge::new(value).encode(to.encode_descriptor(name, said, unit, MetricType::Gauge)?)
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

impl Counts {
    /// Up to how many seconds, and how many calls took no longer but longer than the bucket before.
    fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS.iter().map(Duration::as_secs_f64).chain([f64::INFINITY]);
        bounds.zip(self.took.iter().map(read)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_in_one_bucket_and_one_slot() {
        let counts = Counts::default();
        for (micros, status) in [(50, 200), (51, 201), (60_000_000, 0)] {
            counts.add("GET", status, Duration::from_micros(micros));
        }
        counts.add("TRACE", 999, Duration::ZERO);
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
