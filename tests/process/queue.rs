//! The queue of privacy jobs: an opt-out is a job when its write is answered, and a job that cannot be done
//! holds up no other.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::tempdir;

use crate::support::{Caller, PROGRAM, Server, assert_quiet, command, poll, serve_from};

/// How long a job is tried before it is given up: its four pauses.
const RETRIES: Duration = Duration::from_secs(1 + 2 + 4 + 8);

/// The id and status of a job.
fn job_of(list: &[Value], pkey: &str) -> Option<(String, String)> {
    let word = |job: &Value, name: &str| job[name].as_str().unwrap_or_default().to_owned();
    let found = list.iter().find(|job| job["userKey"] == pkey);
    found.map(|job| (word(job, "jobId"), word(job, "status")))
}

/// Opts profiles out one after the other, and reads their jobs on other connections as soon as each write is answered.
fn opt_out_and_look_at_once(progression: &str, times: usize) -> Vec<String> {
    let mut serve = command(PROGRAM);
    serve.args(["--listen", "127.0.0.1:0", "--job-submitted", "1h"]);
    let server = Server::start(serve.args(["--job-progression", progression]));
    let (mut writer, mut control, mut privacy) =
        (server.caller(), server.caller(), server.caller());
    let mut statuses = Vec::new();
    for number in 0..times {
        let created = writer.create(false, &format!("p{number}")).unwrap();
        let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
        assert_eq!(writer.update(&pkey, true, "out").unwrap().status, 200);
        let jobs = control.call("GET", "/__admin/jobs?org=acme&limit=1", "look", "").unwrap();
        let seen = job_of(jobs.json()["jobs"].as_array().unwrap(), &pkey);
        let list = "/data/core/privacy/jobs?regulation=ccpa&size=1&page=0";
        let listed = privacy.call("GET", list, "look", "").unwrap();
        let listed = job_of(listed.json()["jobDetails"].as_array().unwrap(), &pkey);
        assert_eq!(seen, listed, "{number}");
        statuses.push(seen.unwrap_or_else(|| panic!("opt-out {number} is no job")).1);
    }
    statuses
}

#[test]
fn an_opt_out_is_a_job_when_its_write_is_answered() {
    let statuses = opt_out_and_look_at_once("timed", 1000);
    assert_eq!(statuses.iter().filter(|status| *status == "submitted").count(), 1000);
}

#[test]
fn where_nothing_holds_jobs_up_an_opt_out_is_complete_when_its_write_is_answered() {
    let statuses = opt_out_and_look_at_once("immediate", 1000);
    assert_eq!(statuses.iter().filter(|status| *status == "complete").count(), 1000);
}

#[test]
fn a_poisoned_job_ends_in_error_and_the_others_complete() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("poison.db");
    opt_out_long_ago(&database, &["poisoned", "healthy"]);
    let connection = Connection::open(&database).unwrap();
    let poison = "UPDATE privacy_job SET identities = 'not json'
        WHERE change_id = (SELECT id FROM opt_out_change WHERE request_id = 'poisoned')";
    assert_eq!(connection.execute(poison, []), Ok(1));
    drop(connection);

    let start = Instant::now();
    let mut server = Server::start(&mut serve_from(&database));
    let mut caller = server.caller();
    assert_eq!(caller.create(true, "later").unwrap().status, 201);
    for (name, end) in [("healthy", "complete"), ("later", "complete"), ("poisoned", "error")] {
        let arrived = poll(|| (status_of_job(&mut caller, name) == end).then_some(()));
        arrived.unwrap_or_else(|| panic!("{name} is not {end}:\n{}", server.process.stderr()));
    }
    assert!(start.elapsed() > RETRIES, "it was given up after {:?}", start.elapsed());
    assert_eq!(caller.create(true, "afterwards").unwrap().status, 201);
    drop(caller);
    assert_eq!(server.stop("TERM").code(), Some(0));
    assert_quiet(&server.process.stderr());
}

#[test]
fn a_poisoned_job_does_not_hold_up_a_queue_that_is_drained() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("poison.db");
    opt_out_long_ago(&database, &["poisoned", "healthy"]);
    let connection = Connection::open(&database).unwrap();
    let poison = "UPDATE privacy_job SET identities = 'not json', due = NULL
        WHERE change_id = (SELECT id FROM opt_out_change WHERE request_id = 'poisoned')";
    assert_eq!(connection.execute(poison, []), Ok(1));
    drop(connection);

    let server = Server::start(serve_from(&database).args(["--job-progression", "held"]));
    let mut caller = server.caller();
    let drained = caller.call("POST", "/__admin/jobs/drain", "drain", "{}").unwrap();
    assert_eq!(drained.status, 200, "{drained:?}");
    for (name, end) in [("healthy", "complete"), ("poisoned", "error")] {
        assert_eq!(status_of_job(&mut caller, name), end, "{name}");
    }
}

/// Makes opt-outs whose jobs were not due before the server stopped, and are now.
fn opt_out_long_ago(database: &Path, request_ids: &[&str]) {
    let mut serve = command(PROGRAM);
    serve.args(["--listen", "127.0.0.1:0", "--now", "2020-01-01T00:00:00Z"]);
    serve.args(["--job-submitted", "1h", "--database"]).arg(database);
    let mut server = Server::start(&mut serve);
    let mut caller = server.caller();
    for id in request_ids {
        assert_eq!(caller.create(true, id).unwrap().status, 201);
    }
    drop(caller);
    assert_eq!(server.stop("TERM").code(), Some(0));
}

/// The status of the job that the write with that request id became.
fn status_of_job(caller: &mut Caller, request_id: &str) -> String {
    let changes = caller.ledger(0).changes;
    let change = changes.iter().find(|change| change["requestId"] == request_id).unwrap();
    change["jobStatus"].as_str().unwrap_or_default().to_owned()
}
