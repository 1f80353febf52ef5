//! How a server stops, and goes on after a kill.

use std::fs::{self};
use std::io::ErrorKind;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{
    Caller, PATIENCE, PROGRAM, Process, Ready, SERVE, STOP, Server, assert_quiet, command, machine,
    poll, serve, serve_from, signal,
};

/// Threads that write at the same time.
const WRITERS: usize = 8;

#[test]
fn sigterm_under_load_loses_no_acknowledged_write() {
    let _machine = machine::without_load();
    let directory = tempdir().unwrap();
    let database = directory.path().join("load.db");
    let mut server = Server::start(&mut serve_from(&database));
    let acknowledged = AtomicUsize::new(0);
    let (took, toggled) = std::thread::scope(|scope| {
        let (ready, acknowledged) = (&server.ready, &acknowledged);
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| scope.spawn(move || toggle(ready, number, acknowledged)))
            .collect();
        poll(|| (acknowledged.load(Ordering::Relaxed) > 200).then_some(())).expect("no load");
        let start = Instant::now();
        signal(server.process.id(), "TERM");
        let status = server.process.wait();
        assert_eq!(status.code(), Some(0), "{}", server.process.stderr());
        let took = start.elapsed();
        (took, writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>())
    });
    assert!(took < STOP, "{took:?}");
    assert_quiet(&server.process.stderr());
    let log = directory.path().join("load.db-wal");
    assert!(fs::metadata(&log).map_or(0, |log| log.len()) == 0, "the write-ahead log is not empty");

    let server = Server::start(&mut serve_from(&database));
    let mut caller = server.caller();
    for Toggled { pkey, value, unknown } in toggled {
        let found = caller.opted_out(&pkey);
        let possible = [Some(value), unknown.or(Some(value))];
        assert!(possible.contains(&found), "{found:?}, not one of {possible:?}");
    }
}

/// A profile that one thread has toggled until its connection was gone.
struct Toggled {
    pkey: String,
    /// The last value acknowledged.
    value: bool,
    /// The value sent after that.
    unknown: Option<bool>,
}

fn toggle(ready: &Ready, number: usize, acknowledged: &AtomicUsize) -> Toggled {
    let mut caller = Caller::new(ready).unwrap();
    let answer = caller.create(false, &format!("toggled-{number}")).unwrap();
    let pkey = answer.json()["PKey"].as_str().unwrap().to_owned();
    let mut value = false;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match caller.update(&pkey, !value, "toggle") {
            Ok(answer) => assert_eq!(answer.status, 200, "{answer:?}"),
            Err(fault) => {
                assert_ne!(fault.kind(), ErrorKind::UnexpectedEof, "half an answer");
                return Toggled { pkey, value, unknown: Some(!value) };
            }
        }
        value = !value;
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    Toggled { pkey, value, unknown: None }
}

/// How long the stop of an idle server may take.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Stops a server whose database another process reads since before or after a write.
fn stops_at_once_while_it_is_read(since_before: bool) {
    const READ: &str = "BEGIN; SELECT count(*) FROM meta";
    let _machine = machine::without_load();
    let directory = tempdir().unwrap();
    let database = directory.path().join("shared.db");
    let mut server = Server::start(&mut serve_from(&database));
    let reader = Connection::open(&database).unwrap();
    if since_before {
        reader.execute_batch(READ).unwrap();
    }
    let created = server.caller().create(true, "kept").unwrap();
    if !since_before {
        reader.execute_batch(READ).unwrap();
    }
    let start = Instant::now();
    assert_eq!(server.stop("TERM").code(), Some(0), "{}", server.process.stderr());
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    assert_quiet(&server.process.stderr());
    drop(reader);

    let server = Server::start(&mut serve_from(&database));
    let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
    assert_eq!(server.caller().opted_out(&pkey), Some(true));
}

#[test]
fn a_process_that_reads_the_database_does_not_hold_up_the_stop() {
    stops_at_once_while_it_is_read(false);
}

#[test]
fn a_process_that_reads_what_the_database_was_does_not_hold_up_the_stop() {
    stops_at_once_while_it_is_read(true);
}

#[test]
fn sigint_stops_it_too() {
    let _machine = machine::without_load();
    let mut server = Server::start(&mut serve());
    let start = Instant::now();
    assert_eq!(server.stop("INT").code(), Some(0));
    assert!(start.elapsed() < STOP);
    assert_quiet(&server.process.stderr());
}

#[test]
fn what_a_kill_interrupts_goes_on_where_it_was() {
    const REQUESTS: &str = "/acme/campaign/privacy/privacyTool";
    const WORKFLOW: &str = "/acme/campaign/workflow/execution/WKF1";
    let directory = tempdir().unwrap();
    let database = directory.path().join("kept.db");
    let start = |now: &str| {
        let mut command = command(PROGRAM);
        command.args(["--listen", "127.0.0.1:0", "--now", now]);
        command.args(["--job-submitted", "1m", "--job-processing", "0s"]);
        Server::start(command.arg("--database").arg(&database))
    };
    let post = |caller: &mut Caller, path: &str, body: &Value| {
        caller.call("POST", path, "interrupted", &body.to_string()).unwrap()
    };
    let trigger = format!("{WORKFLOW}/activities/activity/signal1/trigger");
    let signal = json!({"source": "API"});

    let mut server = start("2020-03-01T12:00:00Z");
    let mut caller = server.caller();
    let request = json!({
        "name": "PT1", "label": "Delete", "namespaceName": "defaultNamespace1",
        "reconciliationValue": "john.doe@example.com", "regulation": "gdpr", "type": "delete",
    });
    let request = post(&mut caller, REQUESTS, &request).json();
    assert_eq!(post(&mut caller, &trigger, &signal).status, 200);
    let pause = json!({"method": "pause"});
    assert_eq!(post(&mut caller, &format!("{WORKFLOW}/commands"), &pause).status, 200);
    server.process.kill();

    // Nine minutes later the request is due, and the signal too near.
    let mut server = start("2020-03-01T12:09:00Z");
    let mut caller = server.caller();
    let target = format!("{REQUESTS}/{}", request["PKey"].as_str().unwrap());
    poll(|| {
        let answer = caller.call("GET", &target, "read", "").unwrap();
        (answer.json()["status"] == "complete").then_some(())
    })
    .expect("the request is not finished");
    let paused = post(&mut caller, &trigger, &signal);
    assert!(paused.header("x-mock-reason").unwrap().contains("paused"), "{paused:?}");
    let resume = json!({"method": "resume"});
    assert_eq!(post(&mut caller, &format!("{WORKFLOW}/commands"), &resume).status, 200);
    let early = post(&mut caller, &trigger, &signal);
    assert!(early.body.contains("12:10:"), "{early:?}");
    assert_eq!(server.stop("TERM").code(), Some(0));

    let server = start("2020-03-01T12:11:00Z");
    let mut caller = server.caller();
    assert_eq!(post(&mut caller, &trigger, &signal).status, 200);
    let signals = caller.call("GET", "/__admin/signals?org=acme", "read", "").unwrap().json();
    assert_eq!(signals["signals"].as_array().unwrap().len(), 2);
}

#[test]
fn idle_connections_do_not_hold_up_the_stop() {
    let _machine = machine::without_load();
    let mut server = Server::start(&mut serve());
    let mut callers: Vec<_> = (0..20).map(|_| server.caller()).collect();
    for caller in &mut callers {
        assert_eq!(caller.call("GET", "/livez", "idle", "").unwrap().status, 200);
    }
    let start = Instant::now();
    assert_eq!(server.stop("TERM").code(), Some(0));
    assert!(start.elapsed() < STOP, "{:?}", start.elapsed());
}

/// As in a container without an init: the first process has no default signal handlers.
#[cfg(target_os = "linux")]
#[test]
fn it_stops_in_order_as_the_first_process_of_a_namespace() {
    const NAMESPACE: [&str; 4] = ["--pid", "--fork", "--kill-child", "--mount-proc"];
    let _machine = machine::without_load();
    let probe = Command::new("unshare").args(NAMESPACE).arg("true").output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        eprintln!("skipped: unshare --pid is not permitted here");
        return;
    }
    let mut unshare = command("unshare");
    let mut server = Server::start(unshare.args(NAMESPACE).arg(PROGRAM).args(SERVE));
    let children = Command::new("pgrep").args(["-P", &server.process.id().to_string()]).output();
    let child = String::from_utf8(children.unwrap().stdout).unwrap().trim().parse().unwrap();
    let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap();
    let ids = status.lines().find(|line| line.starts_with("NSpid:")).unwrap();
    assert!(ids.ends_with("\t1"), "{ids}");
    let start = Instant::now();
    signal(child, "TERM");
    assert_eq!(server.process.wait().code(), Some(0), "{}", server.process.stderr());
    assert!(start.elapsed() < STOP);
}

#[test]
fn a_signal_ends_the_making_of_people() {
    let _machine = machine::without_load();
    let directory = tempdir().unwrap();
    let database = directory.path().join("people.db");
    let mut process = Process::spawn(serve_from(&database).args(["--profiles", "100000000"]));
    // The tables of a new file are made right before.
    poll(|| fs::metadata(&database).ok().filter(|file| file.len() > 0)).expect("no database");
    let start = Instant::now();
    signal(process.id(), "TERM");
    assert_eq!(process.wait().code(), Some(0), "{}", process.stderr());
    assert!(start.elapsed() < STOP);
    assert_eq!(process.stdout(), "");
}
