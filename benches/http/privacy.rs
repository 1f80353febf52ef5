//! Privacy jobs in numbers: how long a request for many data subjects takes, what lists and single
//! reads cost with many jobs in an org, and how many access jobs a second the worker settles, each of
//! which finds its person in Campaign and keeps an archive.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::lists::median;
use crate::process;
use crate::server::{PROFILES, PROGRAM, Server, scratch};

const JOBS: &str = "/data/core/privacy/jobs";

/// Users of one request, the most there can be.
const USERS: usize = 1000;

/// How often each list is read.
const READS: usize = 200;

/// What was measured.
pub(crate) struct Privacy {
    jobs: usize,
    create: Duration,
    /// What was read, and how long that took.
    reads: Vec<(&'static str, Duration)>,
    settle: Duration,
}

/// Makes `jobs` jobs about as many people, reads them, and lets them run.
pub(crate) async fn measure(jobs: usize) -> Result<Privacy> {
    let directory = scratch()?;
    let mut command = process::measured(PROGRAM);
    command.arg("--database").arg(directory.path().join("jobs.db"));
    command.args(["--seed", "none", "--rng-seed", "1", "--job-progression", "held"]);
    command.args(["--profiles", &jobs.to_string()]);
    let server = Server::start(command)?;
    let mut connection = Connection::open(server.access.address()?).await?;

    let request = request(&server, &mut connection).await?;
    let request = server.access.call_as_org("POST", JOBS, &request);
    let mut times = Vec::new();
    let mut newest = String::new();
    for _ in 0..jobs / USERS {
        let sent = Instant::now();
        let answer = connection.call(&request).await?;
        times.push(sent.elapsed());
        let created: Value = serde_json::from_slice(answer.body)?;
        let last = &created["jobs"][USERS - 1]["jobId"];
        last.as_str().context("no job")?.clone_into(&mut newest);
    }
    let create = median(times);

    let last_page = jobs / 100 - 1;
    let mut reads = Vec::new();
    for (name, path) in [
        ("one job", format!("{JOBS}/{newest}")),
        ("the first page of 100", format!("{JOBS}?regulation=gdpr&size=100")),
        ("the last page of 100", format!("{JOBS}?regulation=gdpr&size=100&page={last_page}")),
        ("a page by status", format!("{JOBS}?regulation=gdpr&size=100&status=submitted")),
    ] {
        let call = server.access.call_as_org("GET", &path, "");
        let mut times = Vec::new();
        for _ in 0..READS {
            let sent = Instant::now();
            connection.call(&call).await?;
            times.push(sent.elapsed());
        }
        reads.push((name, median(times)));
    }

    let settle = settle(&server, &mut connection, &newest).await?;
    Ok(Privacy { jobs, create, reads, settle })
}

/// A request about the first people there are.
async fn request(server: &Server, connection: &mut Connection) -> Result<String> {
    let list = server.access.call("GET", &format!("{PROFILES}/email?_lineCount={USERS}"), "");
    let list: Value = serde_json::from_slice(connection.call(&list).await?.body)?;
    let emails = list["content"].as_array().context("no list")?;
    ensure!(emails.len() == USERS, "{} people", emails.len());
    let user = |email: &Value| {
        let identity = json!({"namespace": "email", "value": email, "type": "standard"});
        json!({"key": email, "action": ["access"], "userIDs": [identity]})
    };
    let context = json!({"namespace": "imsOrgID", "value": server.access.ims_org_id()});
    let users: Vec<_> = emails.iter().map(user).collect();
    let request = json!({
        "companyContexts": [context], "users": users,
        "include": ["Campaign", "Analytics"], "regulation": "gdpr",
    });
    Ok(request.to_string())
}

/// Lets all jobs run and waits for the newest, which is the last.
async fn settle(server: &Server, connection: &mut Connection, newest: &str) -> Result<Duration> {
    const PAUSE: Duration = Duration::from_millis(20);
    let path = "/__admin/jobs/transitions?org=acme";
    let run = server.access.call_as_org("PUT", path, r#"{"progression":"immediate"}"#);
    let look = server.access.call_as_org("GET", &format!("{JOBS}/{newest}"), "");
    let began = Instant::now();
    connection.call(&run).await?;
    loop {
        let answer = connection.call(&look).await?;
        let job: Value = serde_json::from_slice(answer.body)?;
        if job["status"] == "complete" {
            return Ok(began.elapsed());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl fmt::Display for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        writeln!(f, "| a privacy request for {USERS} users | {:.0} ms |", millis(self.create))?;
        for (name, time) in &self.reads {
            writeln!(f, "| {name}, of {} privacy jobs | {:.2} ms |", self.jobs, millis(*time))?;
        }
        let a_second = self.jobs as f64 / self.settle.as_secs_f64();
        write!(f, "| access jobs settled, with an archive each | {a_second:.0}/s |")
    }
}
