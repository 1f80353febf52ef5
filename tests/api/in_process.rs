//! The server inside a Rust test, by its typed interface.

use std::time::Duration;

use campaign_mock::app::AppError;
use campaign_mock::config::JobProgression;
use campaign_mock::domain::{JobStatus, Timestamp};
use campaign_mock::{Mock as Server, Start};
use serde_json::json;

use crate::driver::{Mock, PROFILES, START, settings, wait};

#[test]
fn ledger_jobs_and_journal_tell_what_was_done_over_http() {
    let mock = Mock::empty();
    let server = mock.server();
    let pkey = mock.pkey(&json!({"ccpaOptOut": true}));
    mock.patch(&pkey, &json!({"ccpaOptOut": "yes"}));
    let jobs = wait(server.jobs("acme")).unwrap();
    assert_eq!(jobs.iter().map(|job| job.status).collect::<Vec<_>>(), [JobStatus::Submitted]);
    wait(server.clock().advance(Duration::from_secs(3))).unwrap();

    let ledger = wait(server.ledger("acme")).unwrap();
    assert_eq!(ledger.len(), 1);
    let jobs = wait(server.jobs("acme")).unwrap();
    assert_eq!(jobs.iter().map(|job| job.status).collect::<Vec<_>>(), [JobStatus::Complete]);
    let journal = server.journal();
    let calls: Vec<_> =
        journal.iter().map(|call| (call.method(), call.path(), call.status())).collect();
    let patched = format!("{PROFILES}/{pkey}");
    assert_eq!(calls, [("POST", PROFILES, Some(201)), ("PATCH", patched.as_str(), Some(500))]);
    assert_eq!(journal[0].request_body().unwrap(), r#"{"ccpaOptOut":true}"#);
    assert!(journal[0].response_body().unwrap().contains(&pkey));
    assert!(journal[1].reason().unwrap().contains("'yes'"));
    assert!(journal[1].is_refused() && journal[1].org() == Some("acme"));
}

#[test]
fn a_reset_takes_everything_back_as_the_control_api_does() {
    let mock = Mock::start();
    let server = mock.server();
    mock.profile(&json!({"ccpaOptOut": true}));
    mock.control("POST", "/__admin/faults", &json!({"status": 503}));
    wait(server.clock().advance(Duration::from_secs(3))).unwrap();
    let resets = wait(server.reset(None, Start::Seed)).unwrap();
    let reset = resets.iter().find(|reset| reset.org.as_str() == "acme").unwrap();
    assert_eq!(reset.before.profiles, reset.after.profiles + 1);
    assert_eq!(wait(server.clock().now()).unwrap(), START);
    assert!(server.journal().is_empty());
    assert!(wait(server.ledger("acme")).unwrap().is_empty());
    assert_eq!(mock.get(PROFILES).status, 200);

    let error = wait(server.reset(Some("nobody"), Start::Empty)).unwrap_err();
    assert!(error.to_string().contains("nobody"), "{error}");
}

#[test]
fn held_jobs_are_drained_when_told() {
    let settings =
        campaign_mock::config::Settings { job_progression: JobProgression::Held, ..settings() };
    let mock = Mock::with(settings);
    mock.profile(&json!({"ccpaOptOut": true}));
    assert_eq!(wait(mock.server().drain("acme")).unwrap(), 1);
    assert_eq!(wait(mock.server().jobs("acme")).unwrap()[0].status, JobStatus::Complete);
    assert!(wait(mock.server().drain("nobody")).is_err());
}

#[test]
fn the_clock_is_set_frozen_and_let_go() {
    let mock = Mock::start();
    let clock = mock.server().clock();
    let later = Timestamp::parse("2021-01-01T00:00:00Z").unwrap();
    wait(clock.set(later)).unwrap();
    assert_eq!(wait(clock.now()).unwrap(), later);
    wait(clock.freeze(Some(START))).unwrap();
    wait(clock.advance(Duration::from_secs(60))).unwrap();
    assert_eq!(wait(clock.now()).unwrap(), START.after(Duration::from_secs(60)));
    wait(clock.reset()).unwrap();
    assert_eq!(wait(clock.now()).unwrap(), START);
}

#[test]
fn what_was_dropped_or_stopped_answers_nobody() {
    let mock = Mock::start();
    let address = mock.address().to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(mock);
    assert!(std::net::TcpStream::connect(&address).is_err());

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.db");
    let start = || wait(Server::builder().database(&file).profiles(3).frozen_at(START).start());
    let first = start().unwrap();
    let taken = start().map(|_| ()).unwrap_err();
    assert!(matches!(taken, AppError::Database(_)), "{taken}");
    wait(first.stop()).unwrap();
    let second = start().unwrap();
    assert_eq!(second.org(), "acme");
}
