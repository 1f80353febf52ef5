//! Paging depth: whether the last page of a long list costs more than the first.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use campaign_mock::domain::{Cursor, InstallKey, OrgName, Query, RecordNumber, Sealer};
use serde::Deserialize;

use crate::connection::Connection;
use crate::server::{PROFILES, Server, scratch};
use crate::sqlite;

/// How often each page is read; they take turns, so that a disturbance meets both.
const READS: usize = 500;

#[derive(Deserialize)]
struct Page {
    content: Vec<serde_json::Value>,
    next: Option<serde_json::Value>,
}

/// The latency of the two pages.
pub(crate) struct Paging {
    depth: i64,
    first: Duration,
    last: Duration,
}

/// Makes a tenant of `depth` profiles and reads the ends of its list.
pub(crate) async fn measure(depth: i64) -> Result<Paging> {
    let directory = scratch()?;
    let file = directory.path().join("deep.db");
    // The server makes the file and the tenant.
    drop(Server::start_durable(&file)?);
    let last_page = populate(&file, depth)?;
    let server = Server::start_durable(&file)?;
    let mut connection = Connection::open(server.access.address()?).await?;

    let first_page = format!("{PROFILES}?_forcePagination=true");
    let last_page = format!("{first_page}&_lineStart={last_page}");
    let [first, last] = [first_page, last_page].map(|page| server.access.call("GET", &page, ""));
    for (request, has_next) in [(&first, true), (&last, false)] {
        let page: Page = serde_json::from_slice(connection.call(request).await?.body)?;
        let whole = page.content.len() == Query::DEFAULT_LINES;
        ensure!(whole && page.next.is_some() == has_next, "that is not the page asked for");
    }
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..READS {
        for (request, times) in [&first, &last].into_iter().zip(&mut times) {
            let sent = Instant::now();
            connection.call(request).await?;
            times.push(sent.elapsed());
        }
    }
    let [first, last] = times.map(median);
    Ok(Paging { depth, first, last })
}

/// Writes the profiles into the file and answers the cursor of the last page.
fn populate(file: &Path, depth: i64) -> Result<String> {
    let mut connection = rusqlite::Connection::open(file)?;
    connection.pragma_update(None, "synchronous", false)?;
    sqlite::fill(&mut connection, depth)?;
    let key = "SELECT value FROM meta WHERE name = 'install_key'";
    let key = InstallKey::new(connection.query_row(key, [], |row| row.get(0))?);
    let org = OrgName::parse("acme").context("the demo customer's org has a bad name")?;
    let before_last = depth - i64::try_from(Query::DEFAULT_LINES)?;
    let after = RecordNumber::new(before_last).context("so many profiles cannot be")?;
    Ok(Sealer::of_cursors(&key, &org).cursor(Cursor { after, line: before_last }))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

impl fmt::Display for Paging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, last] = [self.first, self.last].map(|time| time.as_secs_f64() * 1e6);
        let ratio = last / first;
        write!(f, "| first / last page of {} profiles | ", self.depth)?;
        write!(f, "{first:.0} µs / {last:.0} µs, ratio {ratio:.2} |")
    }
}
