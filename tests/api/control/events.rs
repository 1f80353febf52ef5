//! Everything that happens, live: `GET /__admin/events`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::support::{admin, reset};
use crate::driver::{HOST, JOBS, Mock, PROFILES};

/// Somebody who watches.
struct Watcher(BufReader<TcpStream>);

/// An event as it is read.
struct Event {
    id: String,
    name: String,
    data: Value,
}

impl Watcher {
    /// Begins to watch.
    fn of(mock: &Mock, query: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(mock.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!("GET /__admin/events{query} HTTP/1.1\r\nHost: {HOST}\r\n{header}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut watcher = Self(BufReader::new(stream));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(watcher.0.read_line(&mut head).unwrap(), 0, "{head}");
        }
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        watcher
    }

    /// The next line that is text of the stream.
    fn line(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "it ended");
            let line = line.trim_end();
            // What is between them are the lengths of chunks.
            if [": ", "id: ", "event: ", "data: "].iter().any(|start| line.starts_with(start)) {
                return line.to_owned();
            }
        }
    }

    /// The id from which another one can go on, which comes before any event.
    fn first_id(&mut self) -> String {
        assert_eq!(self.line(), ": still here");
        self.line().strip_prefix("id: ").unwrap().to_owned()
    }

    fn next(&mut self) -> Event {
        let (mut id, mut name) = (String::new(), String::new());
        loop {
            let line = self.line();
            if let Some(text) = line.strip_prefix("id: ") {
                text.clone_into(&mut id);
            } else if let Some(text) = line.strip_prefix("event: ") {
                text.clone_into(&mut name);
            } else if let Some(text) = line.strip_prefix("data: ") {
                return Event { id, name, data: serde_json::from_str(text).unwrap() };
            }
        }
    }

    /// The data of the next event of that name; others are passed over.
    fn next_of(&mut self, name: &str) -> Value {
        loop {
            let event = self.next();
            if event.name == name {
                return event.data;
            }
        }
    }

    /// Product and status of the next moves of jobs, up to the end of one.
    fn moves(&mut self) -> Vec<String> {
        let mut moves = Vec::new();
        loop {
            let job = self.next_of("job");
            let (product, status) = (job["product"].as_str(), job["status"].as_str().unwrap());
            moves.push(format!("{} {status}", product.unwrap_or("job")));
            if product.is_none() && ["complete", "error"].contains(&status) {
                return moves;
            }
        }
    }
}

#[test]
fn an_opt_out_is_seen_from_the_change_to_the_end_of_its_job() {
    let mock = Mock::start();
    let mut watcher = Watcher::of(&mock, "", "");
    let pkey = mock.pkey(&json!({"email": "live@example.com", "ccpaOptOut": true}));

    let change = watcher.next();
    assert_eq!(change.name, "change");
    let ledger = &mock.ledger(&pkey)[0];
    assert_eq!(change.data, with_org(ledger));

    let made = watcher.next();
    assert_eq!(made.name, "job");
    let job = mock.get(&format!("/__admin/jobs/{}", ledger["jobId"].as_str().unwrap())).json();
    assert_eq!(
        made.data,
        json!({
            "org": "acme", "jobId": job["jobId"], "origin": "change", "action": "opt-out-of-sale",
            "userKey": pkey, "regulation": "ccpa", "status": "submitted", "product": null,
            "at": job["createdAt"], "why": "created", "nextMoveAt": job["nextMoveAt"],
            "createdAt": job["createdAt"], "changeId": ledger["id"],
            "products": [{"product": "Campaign", "status": "submitted"}],
        })
    );

    let call = watcher.next();
    assert_eq!(call.name, "call");
    let mut entry =
        mock.control("GET", "/requests?limit=9", &Value::Null).json()["requests"][0].clone();
    for of_detail in ["caused", "request", "response"] {
        assert!(entry.as_object_mut().unwrap().remove(of_detail).is_some());
    }
    assert_eq!(call.data, entry);

    mock.advance(Duration::from_secs(60));
    let moves = ["Campaign processing", "job processing", "Campaign complete", "job complete"];
    assert_eq!(watcher.moves(), moves);
}

/// Also a job that is done with the write that makes it has each move told once and in order.
#[test]
fn each_move_is_told_once() {
    let mock = Mock::start();
    mock.set_progression(&json!({"progression": "immediate"}));
    let mut watcher = Watcher::of(&mock, "?org=acme", "");
    mock.pkey(&json!({"ccpaOptOut": true}));
    // Its word is looked at once, after all moves.
    let direct = ["job submitted", "Campaign processing", "Campaign complete", "job complete"];
    assert_eq!(watcher.moves(), direct);
    let answer = mock.post(JOBS, &mock.request("gdpr", &["access"]));
    assert_eq!(answer.status, 202, "{}", answer.body);
    let products = ["Analytics", "AudienceManager"];
    let each = products.map(|one| [format!("{one} processing"), format!("{one} complete")]);
    let moves = [vec!["job submitted".to_owned()], each.concat(), vec!["job complete".to_owned()]];
    assert_eq!(watcher.moves(), moves.concat());
}

#[test]
fn what_the_control_api_does_to_jobs_is_told() {
    let mock = Mock::start();
    mock.set_progression(&json!({"progression": "held"}));
    let mut watcher = Watcher::of(&mock, "", "");
    for _ in 0..3 {
        mock.pkey(&json!({"ccpaOptOut": true}));
    }
    let jobs = admin(&mock, "GET", "/jobs?org=acme&limit=3", "");
    let id = |at: usize| jobs["jobs"][at]["jobId"].as_str().unwrap().to_owned();
    admin(&mock, "POST", &format!("/jobs/{}/advance", id(0)), "{}");
    admin(&mock, "POST", &format!("/jobs/{}/fail", id(1)), "{}");
    admin(&mock, "POST", "/jobs/drain?org=acme", "");
    let mut ends = Vec::new();
    while ends.len() < 3 {
        let moved = watcher.next_of("job");
        assert_eq!(moved["nextMoveAt"], Value::Null);
        if moved["product"].is_null() && moved["status"] != "submitted" {
            ends.push(moved);
        }
    }
    let said = |moved: &Value| (moved["jobId"].clone(), moved["status"].clone());
    assert_eq!(said(&ends[0]), (id(0).into(), "processing".into()));
    assert_eq!(said(&ends[1]), (id(1).into(), "error".into()));
    let status = |at: usize| ends[at]["products"][0]["status"].as_str().unwrap();
    assert_eq!([status(0), status(1)], ["processing", "error"]);
}

#[test]
fn a_watcher_can_go_on_where_it_was() {
    let mock = Mock::start();
    let mut watcher = Watcher::of(&mock, "", "");
    let first = watcher.first_id();
    drop(watcher);
    let calls: Vec<_> = (0..50)
        .map(|_| mock.get(PROFILES).header("x-mock-request-id").unwrap().to_owned())
        .collect();
    for (query, header) in [
        (String::new(), format!("Last-Event-ID: {first}\r\n")),
        (format!("?after={first}"), String::new()),
    ] {
        let mut watcher = Watcher::of(&mock, &query, &header);
        for id in &calls {
            assert_eq!(watcher.next_of("call")["id"].to_string(), *id);
        }
    }
    let mut watcher = Watcher::of(&mock, "?org=acme-w2", &format!("Last-Event-ID: {first}\r\n"));
    admin(&mock, "POST", "/orgs", r#"{"org": "acme-w2"}"#);
    assert_eq!(watcher.next_of("reset"), json!({"org": "acme-w2", "to": "seed"}));
}

#[test]
fn a_watcher_with_an_id_of_another_run_is_behind_and_goes_on() {
    let mock = Mock::start();
    let last = Watcher::of(&mock, "", "").first_id();
    let run = last.split_once('-').unwrap().0.to_owned();
    let other = Mock::start();
    for id in [last.as_str(), "0000000000000000-0", "nonsense", "-", &format!("{run}-x")] {
        let mut watcher = Watcher::of(&other, "", &format!("Last-Event-ID: {id}\r\n"));
        let event = watcher.next();
        assert_eq!((&*event.name, event.data), ("behind", json!({"missed": null})), "{id}");
        assert!(!event.id.starts_with(&run));
        other.get(PROFILES);
        assert_eq!(watcher.next().name, "call");
    }
    let mut watcher = Watcher::of(&mock, "", &format!("Last-Event-ID: {run}-99\r\n"));
    assert_eq!(watcher.next().name, "behind");
}

/// More than its socket and the ring hold.
#[test]
fn a_watcher_that_reads_too_slowly_is_told_how_much_it_missed() {
    let mock = Mock::start();
    let mut watcher = Watcher::of(&mock, "", "");
    let long = format!("{PROFILES}?{}", "x".repeat(7000));
    let calls = 2500;
    for _ in 0..calls {
        mock.get(&long);
    }
    let mut seen = 0;
    let missed = loop {
        let event = watcher.next();
        match &*event.name {
            "call" => seen += 1,
            "behind" => break event.data["missed"].as_u64().unwrap(),
            other => panic!("{other}"),
        }
    };
    assert_eq!(seen + missed, calls);
    mock.get(PROFILES);
    assert_eq!(watcher.next_of("call")["query"], Value::Null);
}

#[test]
fn a_watcher_of_one_org_sees_nothing_of_another() {
    let mock = Mock::start();
    let mut watcher = Watcher::of(&mock, "?org=acme-w2", "");
    mock.pkey(&json!({"ccpaOptOut": true}));
    mock.get("/nowhere");
    mock.set_progression(&json!({"progression": "held"}));
    admin(&mock, "POST", "/faults?org=acme", r#"{"status": 503, "path": "/nowhere"}"#);
    reset(&mock, "?org=acme");
    admin(&mock, "PUT", "/clock", r#"{"action": "advance", "duration": "1m"}"#);
    let clock = mock.control("GET", "/clock", &Value::Null).json();
    let event = watcher.next();
    assert_eq!((&*event.name, event.data), ("clock", clock));
    let other = "/acme-w2/campaign/profileAndServices/profile";
    assert_eq!(mock.post(other, &json!({"ccpaOptOut": true})).status, 201);
    let expected = ["reset", "change", "job", "call"];
    for name in expected {
        let event = watcher.next();
        assert_eq!((&*event.name, &event.data["org"]), (name, &"acme-w2".into()));
    }
}

#[test]
fn orgs_that_begin_anew_are_told() {
    let mock = Mock::start();
    let mut watcher = Watcher::of(&mock, "", "");
    admin(&mock, "POST", "/orgs", r#"{"org": "acme-w2"}"#);
    admin(&mock, "POST", "/snapshots/before-test?org=acme", "");
    for (query, org, to) in [
        ("?org=acme-w2", "acme-w2", "seed"),
        ("?org=acme&to=empty", "acme", "empty"),
        ("?org=acme&to=before-test", "acme", "before-test"),
    ] {
        reset(&mock, query);
        if org == "acme-w2" {
            // It was made before.
            assert_eq!(watcher.next_of("reset"), json!({"org": org, "to": to}));
        }
        assert_eq!(watcher.next_of("reset"), json!({"org": org, "to": to}));
    }
    admin(&mock, "POST", "/snapshots/before-test/restore", "");
    assert_eq!(watcher.next_of("reset"), json!({"org": "acme", "to": "before-test"}));
    admin(&mock, "DELETE", "/orgs/acme-w2", "");
    assert_eq!(watcher.next_of("reset"), json!({"org": "acme-w2", "to": "deleted"}));
    reset(&mock, "");
    let frozen = json!({"now": "2020-03-01T12:00:00.000Z", "frozen": true});
    assert_eq!(watcher.next_of("clock"), frozen);
    assert_eq!(watcher.next_of("reset"), json!({"org": "acme", "to": "seed"}));
}

/// When it is told, nothing of what was before is to be seen any more.
#[test]
fn a_reset_is_told_when_journal_and_rules_are_gone() {
    let mock = Mock::start();
    mock.get(PROFILES);
    admin(&mock, "POST", "/faults?org=acme", r#"{"status": 503, "path": "/nowhere"}"#);
    let mut watcher = Watcher::of(&mock, "?org=acme", "");
    reset(&mock, "?org=acme");
    watcher.next_of("reset");
    assert_eq!(admin(&mock, "GET", "/requests?org=acme", "")["requests"], json!([]));
    assert_eq!(watcher.next_of("fault"), json!({"org": "acme", "ids": ["fault-1"]}));
}

#[test]
fn rules_and_what_moves_jobs_are_told() {
    let mock = Mock::start();
    let mut watcher = Watcher::of(&mock, "", "");
    admin(&mock, "PUT", "/faults/slow", r#"{"status": 503, "path": "/nowhere"}"#);
    let met = json!({"org": null, "ids": ["slow"]});
    assert_eq!(watcher.next_of("fault"), met);
    mock.get("/nowhere");
    assert_eq!(watcher.next_of("fault"), met);
    assert_eq!(admin(&mock, "GET", "/faults/slow", "")["matched"], 1);
    admin(&mock, "DELETE", "/faults", "");
    assert_eq!(watcher.next_of("fault"), met);
    let timed = json!({"progression": "timed", "submitted": "1m", "processing": "1m"});
    mock.set_progression(&timed);
    let told = watcher.next_of("progression");
    let expected = json!({"org": "acme", "progression": "timed", "submitted": "60000ms", "processing": "60000ms"});
    assert_eq!(told, expected);
}

#[test]
fn an_exercise_is_told_without_anybody_asking() {
    let mock = Mock::start();
    let mut watcher = Watcher::of(&mock, "?org=acme", "");
    assert_eq!(mock.get(&format!("{PROFILES}/C-1001")).status, 200);
    let told = json!({"org": "acme", "id": "read", "doneAt": "2020-03-01T12:00:00.000Z"});
    assert_eq!(watcher.next_of("exercise"), told);
}

/// A withdrawal becomes a consent and no job; what a consent applies is told with it as the author.
#[test]
fn withdrawals_and_what_consents_change_are_told() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"email": "one@example.com", "ccpaOptOut": true}));
    let mut watcher = Watcher::of(&mock, "", "");
    mock.set_opt_out(&pkey, false);
    let change = watcher.next_of("change");
    assert_eq!(change, with_org(&mock.ledger(&pkey)[1]));
    assert_eq!((&change["to"], &change["jobId"]), (&false.into(), &Value::Null));
}

fn with_org(change: &Value) -> Value {
    let mut change = change.clone();
    change["org"] = "acme".into();
    change
}
