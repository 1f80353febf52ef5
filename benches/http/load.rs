//! The load generator: a fixed number of connections, each calling again as soon as it is answered.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::connection::Connection;
use crate::{Plan, process};

/// Requests that one connection sends over and over.
pub(crate) type Script = Vec<Vec<u8>>;

/// What came of a load.
pub(crate) struct Load {
    /// Calls answered during the measurement, per second.
    pub(crate) rate: f64,
    /// Calls answered from the first to the last, the warm-up included.
    pub(crate) acknowledged: usize,
    /// Half of the calls were answered within this time.
    pub(crate) p50: Duration,
    /// 99 of 100 calls were answered within this time.
    pub(crate) p99: Duration,
    /// How busy the server kept its core, from 0 to 1; near 1 the load is not what limits the rate.
    pub(crate) server_busy: f64,
}

/// When the measurement begins and ends.
#[derive(Clone, Copy)]
struct Window {
    from: Instant,
    until: Instant,
}

/// What one connection saw.
#[derive(Default)]
struct Log {
    acknowledged: usize,
    latencies: Vec<Duration>,
}

/// Loads the server `process` at `address`, one connection per script.
pub(crate) async fn run(address: SocketAddr, scripts: &[Script], process: u32) -> Result<Load> {
    let mut connections = Vec::new();
    for script in scripts {
        connections.push((Connection::open(address).await?, script.clone()));
    }
    let from = Instant::now() + Plan::WARM_UP;
    let window = Window { from, until: from + Plan::WINDOW };
    let drives: JoinSet<Result<Log>> = connections
        .into_iter()
        .map(|(connection, script)| drive(connection, script, window))
        .collect();
    let awake = tokio::spawn(stay_awake());
    let measured = tokio::try_join!(gather(drives), watch(process, window));
    awake.abort();
    let (log, busy) = measured?;
    summarize(log, busy)
}

/// Keeps this process from sleeping while it measures. A server pays for waking a load that sleeps,
/// and the slower one more often, which says nothing about either.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

/// Calls until the window closes. The last call is waited for, so that whatever the server did is
/// counted.
async fn drive(mut connection: Connection, script: Script, window: Window) -> Result<Log> {
    let mut log = Log::default();
    let mut sent = Instant::now();
    for request in script.iter().cycle() {
        connection.call(request).await?;
        let answered = Instant::now();
        log.acknowledged += 1;
        if answered >= window.until {
            break;
        }
        if answered >= window.from {
            log.latencies.push(answered - sent);
        }
        sent = answered;
    }
    Ok(log)
}

async fn gather(mut drives: JoinSet<Result<Log>>) -> Result<Log> {
    let mut all = Log::default();
    while let Some(log) = drives.join_next().await {
        let log = log??;
        all.acknowledged += log.acknowledged;
        all.latencies.extend(log.latencies);
    }
    Ok(all)
}

/// How busy the server keeps its core during the window.
async fn watch(server: u32, window: Window) -> Result<f64> {
    sleep_until(window.from).await;
    let (began, before) = (Instant::now(), process::cpu_time(server)?);
    sleep_until(window.until).await;
    let used = process::cpu_time(server)?.saturating_sub(before);
    Ok(used.div_duration_f64(began.elapsed()))
}

fn summarize(log: Log, server_busy: f64) -> Result<Load> {
    let Log { acknowledged, mut latencies } = log;
    latencies.sort_unstable();
    let within = |percent: usize| latencies.get(latencies.len() * percent / 100).copied();
    let nothing = "no call was answered while measuring";
    Ok(Load {
        rate: latencies.len() as f64 / Plan::WINDOW.as_secs_f64(),
        acknowledged,
        p50: within(50).context(nothing)?,
        p99: within(99).context(nothing)?,
        server_busy,
    })
}
