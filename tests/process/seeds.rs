//! Seeds: bad ones are refused with file and line, sample people follow the random seed.

use std::fs::{self};
use std::path::Path;

use serde_json::json;
use tempfile::tempdir;

use crate::support::{PROFILES, PROGRAM, Server, assert_refused, command, end_of, serve};

/// Writes an `org.json` with one credential.
fn credentials(org: &Path) {
    let credential = json!({
        "name": "a", "apiKey": "k", "clientSecret": "s", "technicalAccount": "t", "apis": ["campaign"],
    });
    fs::write(org.join("org.json"), json!({"credentials": [credential]}).to_string()).unwrap();
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
