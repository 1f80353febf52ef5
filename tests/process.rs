//! The program as a process: what it says when it starts, how it stops, what it refuses to start
//! with, and how it lives with a full disk and a job that cannot be done.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod process_support;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use process_support::{
    Answer, Caller, Client, PATIENCE, PROFILES, PROGRAM, Process, Ready, Server, command, poll,
    signal,
};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// How long an orderly stop may take.
const STOP: Duration = Duration::from_secs(5);

/// The members of the ready line, in order.
const MEMBERS: [&str; 7] =
    ["event", "url", "org", "imsOrgId", "apiKey", "clientSecret", "accessToken"];

/// How long a job is tried before it is given up: its four pauses.
const RETRIES: Duration = Duration::from_secs(1 + 2 + 4 + 8);

/// Threads that write at the same time.
const WRITERS: usize = 8;

/// Privacy jobs of one request, which all become due at once: as many as fit a page of the list.
const JOBS: usize = 100;

/// A server on a free port whose jobs run through at once.
const SERVE: [&str; 6] =
    ["--listen", "127.0.0.1:0", "--job-submitted", "0s", "--job-processing", "0s"];

/// Writes an `org.json` with one credential.
fn credentials(org: &Path) {
    let credential = json!({
        "name": "a", "apiKey": "k", "clientSecret": "s", "technicalAccount": "t", "apis": ["campaign"],
    });
    fs::write(org.join("org.json"), json!({"credentials": [credential]}).to_string()).unwrap();
}

fn serve() -> Command {
    let mut command = command(PROGRAM);
    command.args(SERVE);
    command
}

fn serve_from(database: &Path) -> Command {
    let mut command = serve();
    command.arg("--database").arg(database);
    command
}

fn port(ready: &Ready) -> &str {
    ready.url.rsplit(':').next().unwrap()
}

/// How a process that is not to serve ended.
#[derive(Debug)]
struct End {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    took: Duration,
}

fn end_of(command: &mut Command) -> End {
    let start = Instant::now();
    let mut process = Process::spawn(command);
    let code = process.wait().code();
    End { code, stdout: process.stdout(), stderr: process.stderr(), took: start.elapsed() }
}

/// It ended with that code and a message, clap's or one of ours, that holds all those words.
fn assert_refused(end: &End, code: i32, words: &[&str]) {
    assert_eq!((end.code, &*end.stdout), (Some(code), ""), "{end:?}");
    let last = end.stderr.lines().last().unwrap_or_default();
    let ours = last.starts_with("campaign-mock: ");
    assert!(ours || end.stderr.starts_with("error: "), "{end:?}");
    for word in words {
        assert!(end.stderr.contains(word), "{word}: {end:?}");
    }
    assert_quiet(&end.stderr);
}

/// The message is one line. What was logged before it, each line with its time in front, is not part
/// of it.
fn assert_one_line(end: &End) {
    let message = end.stderr.lines().filter(|line| !line.starts_with('['));
    assert_eq!(message.count(), 1, "{end:?}");
}

/// Nothing panicked.
fn assert_quiet(stderr: &str) {
    for word in ["panicked", "stack backtrace"] {
        assert!(!stderr.contains(word), "{stderr}");
    }
}

// What a server says when it starts

#[test]
fn the_ready_line_is_one_json_line_with_the_documented_members() {
    let mut server = Server::start(&mut serve());
    assert_eq!(server.stop("TERM").code(), Some(0));
    let stdout = server.process.stdout();
    let line = stdout.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "{stdout}");
    let Value::Object(members) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
    assert_eq!(members.len(), MEMBERS.len(), "{line}");
    assert_eq!((&members["event"], &members["org"]), (&"ready".into(), &"acme".into()));
    let places = MEMBERS.map(|name| line.find(&format!("\"{name}\":")).unwrap());
    assert!(places.is_sorted(), "{line}");
    assert!(MEMBERS.iter().all(|name| members[*name].as_str() != Some("")), "{line}");
}

#[test]
fn the_banners_curl_gets_a_profile() {
    let server = Server::start(&mut serve());
    let banner = server.process.stderr();
    let curl = banner.lines().find(|line| line.trim_start().starts_with("curl ")).unwrap();
    let mut quoted: Vec<_> = curl.split('"').skip(1).step_by(2).collect();
    let url = quoted.pop().unwrap();
    let headers: Vec<_> = quoted.iter().map(|header| header.split_once(": ").unwrap()).collect();
    let path = url.strip_prefix(&server.ready.url).unwrap();
    let answer =
        Client::connect(&server.ready.url).unwrap().send("GET", path, &headers, "").unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.json()["PKey"].as_str().unwrap().starts_with('@'), "{answer:?}");
}

#[test]
fn a_port_file_that_cannot_be_written_is_one_line() {
    let folder = tempdir().unwrap();
    let nowhere = folder.path().join("none").join("port");
    let output = serve().arg("--port-file").arg(&nowhere).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
    assert!(said.contains("campaign-mock: cannot write the port file"), "{said}");
}

#[test]
fn the_port_file_holds_the_port() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("port");
    let server = Server::start(serve().arg("--port-file").arg(&file));
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n", port(&server.ready)));
}

#[test]
fn ready_tells_a_server_from_a_dead_port() {
    let server = Server::start(&mut serve());
    let ask = |arguments: &[&str]| end_of(command(PROGRAM).arg("ready").args(arguments));
    let end = ask(&["--wait", "--url", &server.ready.url]);
    assert_eq!((end.code, &*end.stdout, &*end.stderr), (Some(0), "", ""));
    // Nothing listens on the first port.
    let end = ask(&["--url", "http://127.0.0.1:1"]);
    assert_refused(&end, 1, &["http://127.0.0.1:1", "not ready"]);
    let end = ask(&["--wait", "--timeout", "200ms", "--url", "http://127.0.0.1:1"]);
    assert_refused(&end, 1, &["not ready"]);
    assert!(end.took > Duration::from_millis(200), "{end:?}");
}

// How it stops

#[test]
fn sigterm_under_load_loses_no_acknowledged_write() {
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

#[test]
fn sigint_stops_it_too() {
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
        "namespaceName": "defaultNamespace1", "reconciliationValue": "john.doe@example.com",
        "regulation": "gdpr", "type": "delete",
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

// What it refuses to start with

#[test]
fn two_processes_never_share_a_database() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("shared.db");
    let mut first = Server::start(&mut serve_from(&database));
    let second = end_of(&mut serve_from(&database));
    assert_refused(&second, 1, &[&format!("process {}:", first.process.id()), "shared.db"]);
    assert!(second.took < Duration::from_secs(1), "{second:?}");
    assert_eq!(first.caller().create(true, "still").unwrap().status, 201);
    first.process.kill();
    Server::start(&mut serve_from(&database));
}

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let end = end_of(command(PROGRAM).args(["--listen", &address]));
    assert_refused(&end, 1, &[&address, "in use"]);
    assert_one_line(&end);
}

#[test]
fn bad_usage_is_refused_with_2() {
    let cases: [(&[&str], &str); 7] = [
        (&["--no-such-flag"], "--no-such-flag"),
        (&["no-such-command"], "no-such-command"),
        (&["--listen", "nowhere"], "--listen"),
        (&["--job-submitted=-1s"], "negative"),
        (&["--job-processing", "soon"], "soon"),
        (&["--now", "yesterday"], "yesterday"),
        (&["--listen", "0.0.0.0:0"], "CAMPAIGN_MOCK_SECRET"),
    ];
    for (arguments, word) in cases {
        assert_refused(&end_of(command(PROGRAM).args(arguments)), 2, &[word]);
    }
}

#[test]
fn a_secret_of_ones_own_opens_the_server_to_others() {
    let mut serve = command(PROGRAM);
    serve.args(["--listen", "0.0.0.0:0"]).env("CAMPAIGN_MOCK_SECRET", "s".repeat(40));
    let server = Server::start(&mut serve);
    let url = format!("http://127.0.0.1:{}", port(&server.ready));
    let mut caller = Caller::new(&Ready { url, ..server.ready.clone() }).unwrap();
    assert_eq!(caller.create(false, "open").unwrap().status, 201);
}

#[test]
fn secrets_that_everybody_knows_are_not_good_where_others_can_call() {
    let secret_of = |listen: &str| {
        let mut serve = command(PROGRAM);
        serve.args(["--listen", listen]).env("CAMPAIGN_MOCK_SECRET", "s".repeat(40));
        let server = Server::start(&mut serve);
        let said: Value = serde_json::from_str(&server.process.stdout()).unwrap();
        (server, said["clientSecret"].as_str().unwrap().to_owned())
    };
    let (_, demo) = secret_of("127.0.0.1:0");
    let (server, own) = secret_of("0.0.0.0:0");
    let url = format!("http://127.0.0.1:{}", port(&server.ready));
    let mut client = Client::connect(&url).unwrap();
    let mut login = |secret: &str| {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={secret}",
            server.ready.api_key
        );
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        client.send("POST", "/ims/token/v3", &headers, &form).unwrap()
    };
    assert_eq!(login(&demo).status, 400);
    assert_eq!(login(&own).status, 200);
    let assertion = Command::new(PROGRAM).args(["token", "--assertion"]).output().unwrap();
    let assertion = String::from_utf8(assertion.stdout).unwrap();
    let form = format!(
        "client_id={}&client_secret={own}&jwt_token={}",
        server.ready.api_key,
        assertion.trim()
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = client.send("POST", "/ims/exchange/jwt", &headers, &form).unwrap();
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("invalid_token"), "{answer:?}");
    // The same secret of the server, the same ones of its credentials.
    assert_eq!(secret_of("0.0.0.0:0").1, own);
}

#[test]
fn a_foreign_file_as_database_is_left_as_it_is() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("notes.txt");
    let text = "Not a database, but something that somebody would miss.\n".repeat(100);
    fs::write(&file, &text).unwrap();
    assert_refused(&end_of(&mut serve_from(&file)), 1, &["notes.txt", "not a campaign-mock"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_newer_database_is_left_as_it_is() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("newer.db");
    make_newer(&database, false);
    assert_newer_and_untouched(&database, &[&database]);
}

/// As a newer server leaves it that was killed.
#[test]
fn a_newer_database_with_a_write_ahead_log_is_left_as_it_is() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("newer.db");
    make_newer(&database, true);
    let log = directory.path().join("newer.db-wal");
    assert_newer_and_untouched(&database, &[&database, &log]);
}

fn make_newer(database: &Path, keep_log: bool) {
    Server::start(&mut serve_from(database)).stop("TERM");
    let newer = Connection::open(database).unwrap();
    newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep_log).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
}

fn assert_newer_and_untouched(database: &Path, files: &[&Path]) {
    let read = || files.iter().map(|file| fs::read(file).unwrap_or_default()).collect::<Vec<_>>();
    let before = read();
    assert!(before.iter().all(|bytes| !bytes.is_empty()), "nothing to compare");
    assert_refused(&end_of(&mut serve_from(database)), 1, &["newer.db", "99", "newer than"]);
    assert!(read() == before, "a file has changed");
}

#[test]
fn a_missing_directory_is_said() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("missing").join("a.db");
    assert_refused(&end_of(&mut serve_from(&database)), 1, &["missing/a.db"]);
}

#[test]
fn a_bad_seed_is_refused_with_file_and_line() {
    let directory = tempdir().unwrap();
    let org = directory.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    fs::write(org.join("profile.ndjson"), "{\"firstName\":\"Ann\"}\n{\"nickname\":1}\n").unwrap();
    let end = end_of(serve().arg("--seed").arg(directory.path()));
    assert_refused(&end, 2, &["acme/profile.ndjson line 2", "nickname"]);
}

#[test]
fn a_seed_can_be_checked_without_a_server() {
    let end = end_of(command(PROGRAM).args(["seed", "check", "fixtures/seed"]));
    assert_eq!((end.code, &*end.stderr), (Some(0), ""));
    assert!(
        end.stdout.starts_with("acme: ") && end.stdout.contains("12 profile,"),
        "{}",
        end.stdout
    );

    let directory = tempdir().unwrap();
    let org = directory.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let subscription = r#"{"service":"SVC9","subscriber":"nobody@example.com"}"#;
    fs::write(org.join("subscription.ndjson"), subscription).unwrap();
    let end = end_of(command(PROGRAM).args(["seed", "check"]).arg(directory.path()));
    assert_refused(&end, 2, &["acme/subscription.ndjson line 1", "'service'", "'SVC9'"]);
}

#[test]
fn made_up_people_are_the_same_for_the_same_seed_of_chance() {
    let people = |rng_seed: &str| {
        let arguments = ["--seed", "none", "--profiles", "30", "--rng-seed", rng_seed];
        let server = Server::start(serve().args(arguments));
        let path = format!("{PROFILES}?_lineCount=100");
        let list = server.caller().call("GET", &path, "list", "").unwrap().json();
        let mails = list["content"].as_array().unwrap().iter().map(|one| one["email"].to_string());
        mails.collect::<Vec<_>>()
    };
    let first = people("1");
    assert_eq!(first.len(), 30);
    assert_eq!(first, people("1"));
    assert_ne!(first, people("2"));
}

#[test]
fn a_signal_ends_the_making_of_people() {
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

// Settings

#[test]
fn a_setting_can_come_from_the_environment_and_a_flag_beats_it() {
    let directory = tempdir().unwrap();
    let [by_env, by_flag] = ["env", "flag"].map(|name| directory.path().join(name));
    let server = Server::start(serve().env("CAMPAIGN_MOCK_PORT_FILE", &by_env));
    assert_eq!(fs::read_to_string(&by_env).unwrap().trim(), port(&server.ready));
    fs::remove_file(&by_env).unwrap();
    let both = &mut serve();
    both.env("CAMPAIGN_MOCK_PORT_FILE", &by_env).arg("--port-file").arg(&by_flag);
    let server = Server::start(both);
    assert_eq!(fs::read_to_string(&by_flag).unwrap().trim(), port(&server.ready));
    assert!(!by_env.exists());
}

#[test]
fn settings_of_the_server_do_not_disturb_other_commands() {
    let mut token = command(PROGRAM);
    token.env("CAMPAIGN_MOCK_LISTEN", "127.0.0.1:0").env("CAMPAIGN_MOCK_DATABASE", "a.db");
    let end = end_of(token.arg("token"));
    assert_eq!((end.code, &*end.stderr), (Some(0), ""));
    assert_eq!(end.stdout.trim_end().split('.').count(), 3, "{}", end.stdout);
}

#[test]
fn no_secret_is_logged() {
    let mut server = Server::start(serve().env("RUST_LOG", "trace"));
    let address = server.ready.url.trim_start_matches("http://").to_owned();
    let body = "client_secret=CANARYbody&jwt_token=CANARYform";
    for (target, kind) in [
        (PROFILES, "application/json"),
        ("/ims/token/v3", "application/x-www-form-urlencoded"),
        ("/__admin/verify", "application/json"),
        ("/data/core/privacy/jobs", "CANARY"),
    ] {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let request = format!(
            "POST {target}?user_token=CANARYquery&api_key=CANARYkey&__fault=EMPTY_RESPONSE HTTP/1.1\r\n\
             Host: localhost\r\nAuthorization: Bearer CANARYbearer\r\nX-Api-Key: CANARYapi\r\n\
             X-Admin-Token: CANARYadmin\r\nCookie: a=CANARYcookie\r\nContent-Type: {kind}\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
    }
    assert!(server.stop("TERM").success());
    let log = server.process.stderr();
    assert!(log.contains(PROFILES), "{log}");
    let lines: Vec<_> = log.lines().filter(|line| line.contains("CANARY")).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

#[test]
fn a_token_that_has_expired_is_refused() {
    let mint = |life| {
        let end =
            end_of(command(PROGRAM).args(["token", "--org", "acme-w3", "--expires-in", life]));
        assert_eq!((end.code, end.stdout.lines().count()), (Some(0), 1), "{end:?}");
        end.stdout.trim_end().to_owned()
    };
    let server = Server::start(&mut serve());
    let list = |access_token| {
        let ready = Ready { access_token, ..server.ready.clone() };
        let path = PROFILES.replace("acme", "acme-w3");
        Caller::new(&ready).unwrap().call("GET", &path, "token", "").unwrap()
    };
    assert_eq!(list(mint("1h")).status, 200);
    let refusal = list(mint("0s"));
    assert_eq!(refusal.status, 401);
    let body = "{\"error_code\":\"401013\",\"message\":\"Oauth token is not valid\"}\n";
    assert_eq!(refusal.body, body);
}

#[test]
fn a_token_given_back_stays_refused_after_a_restart() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("revoked.db");
    let end = end_of(command(PROGRAM).arg("token"));
    let given = end.stdout.trim_end();
    let status = |server: &Server| {
        let ready = Ready { access_token: given.to_owned(), ..server.ready.clone() };
        Caller::new(&ready).unwrap().call("GET", PROFILES, "token", "").unwrap().status
    };
    let mut server = Server::start(&mut serve_from(&database));
    assert_eq!(status(&server), 200);
    let path = format!("/ims/invalidate_token/v2?token={given}");
    assert_eq!(server.caller().call("POST", &path, "given back", "").unwrap().status, 200);
    assert_eq!(status(&server), 401);
    server.process.kill();
    for file in ["revoked.db", "revoked.db-wal"] {
        let kept = fs::read(directory.path().join(file)).unwrap();
        assert!(!kept.windows(40).any(|part| part == &given.as_bytes()[..40]), "{file}");
    }

    let server = Server::start(&mut serve_from(&database));
    assert_eq!(status(&server), 401);
    assert_eq!(server.caller().create(false, "another").unwrap().status, 201);
}

#[test]
fn a_printed_assertion_is_good_for_a_token() {
    let server = Server::start(&mut serve());
    let print = |arguments: &[&str]| end_of(command(PROGRAM).arg("token").args(arguments));
    let exchange = |client: &str, secret: &str, assertion: &End| {
        assert_eq!((assertion.code, &*assertion.stderr), (Some(0), ""));
        let path = format!(
            "/ims/exchange/jwt?client_id={client}&client_secret={secret}&jwt_token={}",
            assertion.stdout.trim_end()
        );
        server.caller().call("POST", &path, "exchange", "").unwrap()
    };
    let (first, secret) =
        ("demo-0a1b2c3d4e5f60718293a4b5c6d7e8f9", "demo-secret-not-for-production");
    let answer = exchange(first, secret, &print(&["--assertion"]));
    assert_eq!(answer.status, 200, "{answer:?}");
    let access_token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let ready = Ready { access_token, ..server.ready.clone() };
    assert_eq!(Caller::new(&ready).unwrap().create(true, "logged-in").unwrap().status, 201);

    let (second, secret) =
        ("demo-9f8e7d6c5b4a39281706f5e4d3c2b1a0", "demo-secret-for-campaign-only");
    let named = ["--assertion", "--credential", "campaign-only"];
    assert_eq!(exchange(second, secret, &print(&named)).status, 200);
    let folder = ["--assertion", "--seed", "fixtures/seed", "--credential", "campaign-only"];
    let key = ["--private-key", "fixtures/seed/acme/demo-private-key.pem"];
    assert_eq!(exchange(second, secret, &print(&[&folder[..], &key].concat())).status, 200);
    let expired = exchange(second, secret, &print(&[&named[..], &["--expires-in", "0s"]].concat()));
    assert_eq!(expired.status, 400);

    assert_refused(&print(&folder), 2, &["--private-key FILE"]);
    let certificate = ["--private-key", "fixtures/seed/acme/org.json"];
    assert_refused(&print(&[&folder[..], &certificate].concat()), 2, &["not a PEM file"]);
    assert_refused(&print(&["--credential", "x"]), 2, &["everything or campaign-only"]);
    let scope = ["--credential", "campaign-only", "--scope", "gdpr_sdk"];
    assert_refused(&print(&scope), 2, &["'gdpr_sdk'", "org.json"]);
}

// A full disk

/// A disk of a few MiB, unmounted when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where mounting is not permitted.
    fn mount(size: &str) -> Option<Self> {
        let disk = Self(tempdir().unwrap());
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(disk.path());
        if mount.output().is_ok_and(|mount| mount.status.success()) {
            return Some(disk);
        }
        eprintln!("skipped: mounting a tmpfs is not permitted here");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it but for some bytes; answers the file that does.
    fn fill_but(&self, spare: u64) -> PathBuf {
        let ballast = self.path().join("ballast");
        let mut file = File::create(&ballast).unwrap();
        let full = std::io::copy(&mut std::io::repeat(1), &mut file).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(spare)).unwrap();
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazy, because the server may still be up when a test fails. It may not be mounted at all.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

#[test]
fn a_full_disk_refuses_writes_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount("4m") else { return };
    let ballast = disk.fill_but(1 << 20);
    let server = Server::start(&mut serve_from(&disk.path().join("full.db")));
    let mut caller = server.caller();
    let (created, refusal) = create_until_refused(&mut caller);
    assert_eq!(refusal.status, 507, "{refusal:?}");
    assert!(refusal.header("x-mock-reason").is_some_and(|reason| !reason.is_empty()));
    assert_eq!(caller.opted_out(&created[0]), Some(true));

    fs::remove_file(ballast).unwrap();
    let answer = caller.create(true, "room-again").unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(created.iter().all(|pkey| caller.opted_out(pkey) == Some(true)));
}

/// The queue writes as well: whichever of its steps meets the full disk, it is taken up again.
#[test]
fn a_full_disk_delays_jobs_and_strands_none() {
    let Some(disk) = SmallDisk::mount("16m") else { return };
    let mut serve = command(PROGRAM);
    serve.args(["--listen", "127.0.0.1:0", "--job-submitted", "200ms", "--job-processing", "0s"]);
    let server = Server::start(serve.arg("--database").arg(disk.path().join("full.db")));
    let mut caller = server.caller();
    for pages in (0..40).step_by(4) {
        let warnings = || server.process.stderr().matches("WARN").count();
        let before = warnings();
        request_jobs(&mut caller, &server.ready.ims_org_id);
        let ballast = disk.fill_but(pages * 4096);
        let met = poll(|| (warnings() > before || are_complete(&mut caller)).then_some(()));
        met.expect("the queue does not move");
        fs::remove_file(ballast).unwrap();
        let done = poll(|| are_complete(&mut caller).then_some(()));
        done.unwrap_or_else(|| panic!("stuck after {pages} pages:\n{}", server.process.stderr()));
    }
}

fn request_jobs(caller: &mut Caller, ims_org: &str) {
    let user = |number: usize| {
        let id = json!({"namespace": "email", "value": "a@example.com", "type": "standard"});
        json!({"key": number.to_string(), "action": ["access"], "userIDs": [id]})
    };
    let request = json!({
        "companyContexts": [{"namespace": "imsOrgID", "value": ims_org}],
        "users": (0..JOBS).map(user).collect::<Vec<_>>(),
        "include": ["Campaign"],
        "regulation": "ccpa",
    });
    let answer = caller.call("POST", "/data/core/privacy/jobs", "jobs", &request.to_string());
    assert_eq!(answer.unwrap().status, 202);
}

/// Whether the newest jobs are.
fn are_complete(caller: &mut Caller) -> bool {
    let path = format!("/data/core/privacy/jobs?regulation=ccpa&page=0&size={JOBS}");
    let list = caller.call("GET", &path, "jobs", "").unwrap().json();
    list["jobDetails"].as_array().unwrap().iter().all(|job| job["status"] == "complete")
}

/// Creates opted-out profiles until one is refused; answers their keys and the refusal.
fn create_until_refused(caller: &mut Caller) -> (Vec<String>, Answer) {
    let mut created = Vec::new();
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let answer = caller.create(true, &format!("filling-{}", created.len())).unwrap();
        if answer.status != 201 {
            return (created, answer);
        }
        created.push(answer.json()["PKey"].as_str().unwrap().to_owned());
    }
    panic!("the disk does not get full");
}

#[test]
fn a_start_on_a_full_disk_fails_in_one_line() {
    let Some(disk) = SmallDisk::mount("2m") else { return };
    let kept = disk.path().join("kept.db");
    Server::start(&mut serve_from(&kept)).stop("TERM");
    disk.fill_but(0);
    for database in [kept, disk.path().join("new.db")] {
        let end = end_of(&mut serve_from(&database));
        assert_refused(&end, 1, &[database.to_str().unwrap()]);
        assert_one_line(&end);
    }
}

// An opt-out is a job when its write is answered

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

// A job that cannot be done

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

// Resets and snapshots

/// The tables that have rows of orgs, and where a row says whose it is.
const OF_ORGS: [(&str, &str); 8] = [
    ("link", "from_id >> 40"),
    ("opt_out_change", "org_id"),
    ("privacy_archive", "org_id"),
    ("privacy_consent", "org_id"),
    ("privacy_job", "org_id"),
    ("privacy_job_count", "org_id"),
    ("profile", "org_id"),
    ("record", "org_id"),
];

#[test]
fn what_a_reset_leaves_behind_is_removed_and_snapshots_survive() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("reset.db");
    let mut server = Server::start(&mut serve_from(&database));
    let mut caller = server.caller();
    request_jobs(&mut caller, &server.ready.ims_org_id);
    for number in 0..250 {
        let created = caller.create(true, &format!("before-{number}")).unwrap();
        let pkey = created.json()["PKey"].as_str().unwrap().to_owned();
        assert_eq!(caller.update(&pkey, false, &format!("after-{number}")).unwrap().status, 200);
    }
    let mut admin = |path: &str| {
        let answer = caller.call("POST", &format!("/__admin{path}"), "admin", "").unwrap();
        assert!(answer.status < 300, "{path}: {answer:?}");
        answer.json()
    };
    admin("/snapshots/kept");
    assert_eq!(admin("/reset")["orgs"][0]["before"]["changes"], 500);
    // In the midst of the removal, or thereabouts.
    server.process.kill();

    let mut server = Server::start(&mut serve_from(&database));
    let mut caller = server.caller();
    let connection = Connection::open(&database).unwrap();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let left = || {
        let over = "SELECT count(*) FROM org WHERE name IS NULL";
        let of_none = |(table, org): &(&str, &str)| {
            let sql =
                format!("SELECT count(*) FROM {table} WHERE {org} NOT IN (SELECT id FROM org)");
            count(&sql)
        };
        count(over) + OF_ORGS.iter().map(of_none).sum::<i64>()
    };
    poll(|| (left() == 0).then_some(())).unwrap_or_else(|| panic!("{} rows are left", left()));
    let profiles = count("SELECT count(*) FROM profile");
    assert_eq!(profiles, count("SELECT profiles FROM org"));
    assert_eq!(count("SELECT count(*) FROM opt_out_change"), 0);

    let restored = caller.call("POST", "/__admin/snapshots/kept/restore", "admin", "").unwrap();
    assert_eq!(restored.json()["orgs"][0]["after"]["profiles"], profiles + 250);
    poll(|| (left() == 0).then_some(())).unwrap_or_else(|| panic!("{} rows are left", left()));
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!(caller.ledger(0).changes.len(), 500);
    poll(|| are_complete(&mut caller).then_some(())).expect("what was under way goes on");
    drop((caller, connection));
    assert_eq!(server.stop("TERM").code(), Some(0));
    assert_quiet(&server.process.stderr());
}
