//! The numbers as `OpenMetrics` text, which Prometheus reads.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use actix_web::HttpResponse;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeMetric as _, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::super::journal::Held;
use super::super::{Call, Failure, Surface, answer};
use super::{APIS, BOUNDS, Counts, METHODS, Metrics, STATUSES};
use crate::domain::Error;
use crate::http::faults::FaultKind;
use crate::service::QueueDepth;

const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What there is to tell at one moment.
#[derive(Debug)]
struct Moment {
    metrics: Arc<Metrics>,
    queue: QueueDepth,
    journal: Held,
}

/// `GET /metrics`
pub(in crate::http) async fn scrape(call: Call) -> HttpResponse {
    answer(Surface::Own, exposition(&call))
}

fn exposition(call: &Call) -> Result<HttpResponse, Failure> {
    let api = Rc::clone(&call.api);
    let metrics = api.answers.metrics.clone().ok_or(Failure::NoMetrics)?;
    let queue = api.services.queue_depth()?;
    let moment = Moment { metrics, queue, journal: api.answers.journal.held() };
    let mut registry = Registry::with_prefix("campaign_mock");
    registry.register_collector(Box::new(moment));
    let mut text = String::new();
    encode(&mut text, &registry).map_err(Error::internal)?;
    Ok(HttpResponse::Ok().content_type(KIND).body(text))
}

impl Collector for Moment {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        self.server(&mut to)?;
        self.requests(&mut to)?;
        self.durations(&mut to)?;
        self.faults(&mut to)?;
        self.journal(&mut to)?;
        gauge(
            &mut to,
            "queue_changes",
            "Opt-out changes that are not forwarded yet.",
            None,
            self.queue.changes,
        )?;
        gauge(&mut to, "queue_jobs", "Privacy jobs that are not done.", None, self.queue.jobs)
    }
}

impl Moment {
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
                    let method =
                        METHODS.get(at / STATUSES).map_or("other", |method| method.as_str());
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
