//! Privacy Service Events under SIGKILL: the end of every job is delivered at least once, none before its commit, each
//! with a valid signature, and the events of a job in their order, although a tenth of the webhooks fail.
//!
//! Ten orgs have a webhook each, and one of the ten fails the first two tries of every event, now and then by not
//! answering at all. Jobs are made while the server is killed again and again. Each webhook looks into the database when
//! an event arrives: what the event tells has to be there. The end holds what the webhooks got against all jobs there are.
//!
//! `CAMPAIGN_MOCK_EVENTS_JOBS` says how many jobs there are, `CAMPAIGN_MOCK_EVENTS_KILLS` how often to kill. The full size:
//! `CAMPAIGN_MOCK_EVENTS_JOBS=10000 CAMPAIGN_MOCK_EVENTS_KILLS=20 cargo test --test process events`

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use campaign_mock::domain::event_signature;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::receiver::{Reaction, Receiver, Seen};
use crate::support::{
    Caller, Client, PROGRAM, Ready, Server, assert_quiet, command, machine, report, run, setting,
};

/// Orgs, with a webhook each.
const ORGS: usize = 10;

/// The org whose webhook fails.
const FAILING: usize = 9;

/// Jobs of one request.
const USERS: usize = 10;

/// Of so many events that are tried for the first time, one is not answered at all.
const SILENT: u64 = 200;

/// The client secret of the demo's first credential.
const SECRET: &str = "demo-secret-not-for-production";

/// What webhooks find in the database when an event arrives.
#[derive(Default)]
struct Looks {
    made: AtomicU64,
    /// Events that came although the database does not have what they tell.
    early: AtomicU64,
}

fn serve(database: &Path) -> Command {
    let mut serve = command(PROGRAM);
    serve.args(["--listen", "127.0.0.1:0", "--job-submitted", "20ms", "--job-processing", "40ms"]);
    // Without the jobs of the demo seed: each job here is one of the test.
    serve.args(["--seed", "none", "--database"]).arg(database);
    serve
}

fn org(number: usize) -> String {
    format!("acme-e{number}")
}

/// What the control API answers, which has to be a success.
fn control(caller: &mut Caller, method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = caller.call(method, &format!("/__admin/{path}"), "control", &body).unwrap();
    assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
    answer.json()
}

/// A webhook that looks into the database whenever it gets an event.
fn webhook(number: usize, database: &Path, looks: &Arc<Looks>) -> Receiver {
    let receiver = Receiver::start();
    let (connection, looks) = (Connection::open(database).unwrap(), Arc::clone(looks));
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    let counts = Mutex::new(HashMap::<String, u32>::new());
    let firsts = AtomicU64::new(0);
    receiver.reacts(move |seen| {
        if seen.method == "GET" {
            return Reaction::Status(200);
        }
        let found: rusqlite::Result<bool> = connection.query_row(
            "SELECT d.type NOT LIKE '%.job%' OR j.status = 'complete' FROM event_delivery d
             JOIN privacy_job j ON j.job_id = d.job_id AND j.org_id = d.org_id
             WHERE d.registration_id IN (SELECT id FROM event_registration) AND d.job_id = ?1
               AND d.body = ?2",
            [seen.job(), seen.body.clone()],
            |row| row.get(0),
        );
        looks.made.fetch_add(1, Ordering::Relaxed);
        if found != Ok(true) {
            looks.early.fetch_add(1, Ordering::Relaxed);
        }
        if number != FAILING {
            return Reaction::Status(200);
        }
        let mut counts = counts.lock().unwrap();
        let so_far = counts.entry(seen.body.clone()).or_default();
        *so_far += 1;
        match *so_far {
            1 if firsts.fetch_add(1, Ordering::Relaxed).is_multiple_of(SILENT) => Reaction::Silence,
            1 => Reaction::Status(503),
            2 => Reaction::Status(429),
            _ => Reaction::Status(204),
        }
    });
    receiver
}

/// Makes jobs until the server is gone; answers how many were acknowledged.
fn make_jobs(ready: &Ready, ims_orgs: &[String], requests: usize) -> usize {
    let Ok(mut client) = Client::connect(&ready.url) else { return 0 };
    let bearer = format!("Bearer {}", ready.access_token);
    let mut made = 0;
    for number in 0..requests {
        let ims_org = &ims_orgs[number % ims_orgs.len()];
        let user = |user: usize| {
            let id =
                json!({"namespace": "email", "value": "john.doe@example.com", "type": "standard"});
            json!({"key": format!("{number}-{user}"), "action": ["access"], "userIDs": [id]})
        };
        let request = json!({
            "companyContexts": [{"namespace": "imsOrgID", "value": ims_org}],
            "users": (0..USERS).map(user).collect::<Vec<_>>(),
            "include": ["Campaign", "Analytics"],
            "regulation": "gdpr",
        });
        let headers = [
            ("Authorization", bearer.as_str()),
            ("X-Api-Key", ready.api_key.as_str()),
            ("x-gw-ims-org-id", ims_org.as_str()),
            ("Content-Type", "application/json"),
        ];
        let answer = client.send("POST", "/data/core/privacy/jobs", &headers, &request.to_string());
        match answer {
            Ok(answer) => {
                assert_eq!(answer.status, 202, "{answer:?}");
                made += USERS;
            }
            // It was killed: the request may have been carried out or not.
            Err(_) => break,
        }
    }
    made
}

/// Lets time pass until no event is owed any more.
fn deliver_the_rest(caller: &mut Caller) {
    control(caller, "POST", "jobs/drain", &json!({}));
    let owed = |caller: &mut Caller| {
        control(caller, "GET", "health", &Value::Null)["events"]["owed"].as_i64().unwrap()
    };
    let mut before = (owed(caller), Instant::now());
    while before.0 > 0 {
        std::thread::sleep(Duration::from_millis(200));
        let now = owed(caller);
        if now == before.0 {
            // What is left is due later, or waits for a webhook that does not answer.
            control(caller, "PUT", "clock", &json!({"action": "advance", "duration": "1m"}));
        } else {
            before = (now, Instant::now());
        }
        assert!(before.1.elapsed() < Duration::from_secs(120), "{now} events stay owed");
    }
}

/// The jobs of the orgs, each with the bodies of its events in order.
fn jobs(database: &Path) -> BTreeMap<String, Vec<String>> {
    let connection = Connection::open(database).unwrap();
    let all = |sql: &str| -> Vec<(String, String)> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(|row| row.unwrap()).collect()
    };
    let mut jobs = BTreeMap::new();
    for (job, status) in all("SELECT job_id, status FROM privacy_job") {
        assert_eq!(status, "complete", "{job}");
        jobs.insert(job, Vec::new());
    }
    for (job, body) in all("SELECT job_id, body FROM event_delivery ORDER BY id") {
        jobs.get_mut(&job).unwrap_or_else(|| panic!("{job} is told and not there")).push(body);
    }
    jobs
}

/// Holds what the webhooks got against the jobs there are; answers how many events came more than once.
fn check(jobs: &BTreeMap<String, Vec<String>>, came: &[Seen]) -> usize {
    let mut of_job: HashMap<String, Vec<&Seen>> = HashMap::new();
    for seen in came {
        let signature = event_signature(&seen.body, SECRET);
        assert_eq!(seen.header("x-adobe-signature"), Some(signature.as_str()), "{seen:?}");
        of_job.entry(seen.job()).or_default().push(seen);
    }
    for job in of_job.keys() {
        assert!(jobs.contains_key(job), "{job} was told and is not there");
    }
    let mut again = 0;
    for (job, bodies) in jobs {
        let tries = of_job.get(job).unwrap_or_else(|| panic!("{job} was never told"));
        let place = |seen: &Seen| bodies.iter().position(|body| *body == seen.body).unwrap();
        let places: Vec<_> = tries.iter().map(|seen| place(seen)).collect();
        assert!(places.is_sorted(), "the events of {job} came in the order {places:?}");
        let words: Vec<_> = bodies.iter().map(|body| kind(body)).collect();
        assert_eq!(words, ["productcomplete", "productcomplete", "jobcomplete"], "{job}");
        for (at, body) in bodies.iter().enumerate() {
            let taken = tries.iter().filter(|seen| seen.body == *body && seen.status / 100 == 2);
            let taken = taken.count();
            assert!(taken > 0, "event {at} of {job} was not delivered: {body}");
            again += usize::from(taken > 1);
        }
    }
    again
}

fn kind(body: &str) -> String {
    let event: Value = serde_json::from_str(body).unwrap();
    event["type"].as_str().unwrap().rsplit('.').next().unwrap().to_owned()
}

/// The database of a server that has its orgs and no registration yet.
fn prepare(database: &Path) -> Vec<String> {
    let mut server = Server::start(&mut serve(database));
    let mut caller = server.caller();
    let ims_orgs = (0..ORGS).map(|number| {
        let made = control(&mut caller, "POST", "orgs", &json!({"org": org(number)}));
        made["imsOrgId"].as_str().unwrap().to_owned()
    });
    let ims_orgs = ims_orgs.collect();
    drop(caller);
    assert_eq!(server.stop("TERM").code(), Some(0));
    ims_orgs
}

#[test]
fn every_end_of_a_job_is_delivered_whatever_is_killed() {
    let _machine = machine::alone();
    let wanted: usize = setting("CAMPAIGN_MOCK_EVENTS_JOBS").unwrap_or(600);
    let kills: usize = setting("CAMPAIGN_MOCK_EVENTS_KILLS").unwrap_or(5);
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("events.db");
    let ims_orgs = prepare(&database);
    let looks = Arc::new(Looks::default());
    let webhooks: Vec<_> = (0..ORGS).map(|number| webhook(number, &database, &looks)).collect();

    let (start, mut acknowledged, mut rng) = (Instant::now(), 0, fastrand::Rng::new());
    let mut server = Server::start(&mut serve(&database));
    let mut caller = server.caller();
    for (number, webhook) in webhooks.iter().enumerate() {
        let path = format!("event-registrations?org={}", org(number));
        control(&mut caller, "POST", &path, &json!({"url": webhook.url()}));
    }
    for round in 0..=kills {
        let left = (wanted.saturating_sub(acknowledged) / USERS).div_ceil(kills + 1 - round);
        let (ready, orgs) = (server.ready.clone(), ims_orgs.clone());
        let load = std::thread::spawn(move || make_jobs(&ready, &orgs, left));
        if round < kills {
            std::thread::sleep(Duration::from_millis(rng.u64(5..1500)));
            server.process.kill();
        }
        acknowledged += load.join().unwrap();
        if round < kills {
            assert_quiet(&server.process.stderr());
            server = Server::start(&mut serve(&database));
        }
    }
    // What kills have kept from being made.
    while acknowledged < wanted {
        acknowledged +=
            make_jobs(&server.ready, &ims_orgs, (wanted - acknowledged).div_ceil(USERS));
    }
    let loaded = start.elapsed();
    deliver_the_rest(&mut server.caller());
    let took = start.elapsed();
    assert_eq!(server.stop("TERM").code(), Some(0));
    assert_quiet(&server.process.stderr());

    let jobs = jobs(&database);
    assert!(jobs.len() >= acknowledged, "{} of {acknowledged} jobs are there", jobs.len());
    let came: Vec<_> = webhooks.iter().flat_map(Receiver::events).collect();
    let again = check(&jobs, &came);
    assert_eq!(looks.early.load(Ordering::Relaxed), 0, "events came before their commit");
    assert_eq!(looks.made.load(Ordering::Relaxed), u64::try_from(came.len()).unwrap());
    let end = run(&["check", "--database", database.to_str().unwrap()]);
    assert_eq!(end.code, Some(0), "{end:?}");
    report(&format!(
        "events: {} jobs ({acknowledged} acknowledged), {kills} kills, {} events, {} tries, {again} taken more than \
         once; load {:.1} s, all {:.1} s",
        jobs.len(),
        jobs.values().map(Vec::len).sum::<usize>(),
        came.len(),
        loaded.as_secs_f64(),
        took.as_secs_f64(),
    ));
}
