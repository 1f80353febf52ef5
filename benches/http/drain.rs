//! The opt-out drain: how long after a load of opt-outs the last privacy job is complete.

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::connection::Connection;
use crate::server::Access;

const JOBS: &str = "/data/core/privacy/jobs?regulation=ccpa&size=1";
/// Between two looks, which cost the server time as well.
const PAUSE: Duration = Duration::from_millis(20);

/// The jobs list, newest first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Jobs {
    total_records: usize,
    job_details: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    status: String,
}

impl Jobs {
    fn newest_is_complete(&self) -> bool {
        self.job_details.first().is_some_and(|job| job.status == "complete")
    }
}

/// How long how many opt-outs took.
pub(crate) struct Drain {
    opt_outs: usize,
    took: Duration,
}

/// Waits until as many jobs as opt-outs were acknowledged are complete.
pub(crate) async fn measure(access: &Access, opt_outs: usize) -> Result<Drain> {
    let mut connection = Connection::open(access.address()?).await?;
    let began = Instant::now();
    let jobs = loop {
        let jobs: Jobs = ask(&mut connection, access, JOBS).await?;
        if jobs.newest_is_complete() {
            break jobs;
        }
        sleep(PAUSE).await;
    };
    let found = jobs.total_records;
    ensure!(found == opt_outs, "{opt_outs} opt-outs became {found} privacy jobs");
    Ok(Drain { opt_outs, took: began.elapsed() })
}

async fn ask<T: DeserializeOwned>(
    connection: &mut Connection,
    access: &Access,
    path: &str,
) -> Result<T> {
    let answer = connection.call(&access.call_as_org("GET", path, "")).await?;
    Ok(serde_json::from_slice(answer.body)?)
}

impl Drain {
    pub(crate) fn seconds(&self) -> f64 {
        self.took.as_secs_f64()
    }
}

impl fmt::Display for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| from the last opt-out acknowledged to the last of ")?;
        write!(f, "{} privacy jobs complete | {:.2} s |", self.opt_outs, self.seconds())
    }
}
