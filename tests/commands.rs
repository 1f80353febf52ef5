//! The commands beside `serve`, as processes: what they print, leave behind and end with.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[allow(dead_code, reason = "shared by several tests")]
mod process_support;

use std::fs;
use std::process::Command;

use process_support::{PROGRAM, Process, Server, command, poll, signal};
use serde_json::Value;
use tempfile::tempdir;

/// How a process ended.
#[derive(Debug)]
struct End {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn end_of(command: &mut Command) -> End {
    let mut process = Process::spawn(command);
    let code = process.wait().code();
    End { code, stdout: process.stdout(), stderr: process.stderr() }
}

fn run(arguments: &[&str]) -> End {
    end_of(command(PROGRAM).args(arguments))
}

fn exec(arguments: &[&str]) -> Command {
    let mut exec = command(PROGRAM);
    exec.arg("exec").args(arguments);
    exec
}

/// The variables that a process was given or has printed, by name.
fn variable<'a>(lines: &'a str, name: &str) -> Option<&'a str> {
    lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

const VARIABLES: [&str; 6] =
    ["URL", "ORG", "IMS_ORG_ID", "API_KEY", "CLIENT_SECRET", "ACCESS_TOKEN"];

// exec

#[test]
fn exec_gives_the_command_a_server_and_ends_with_its_code() {
    let script = format!("env; {PROGRAM} ready && {PROGRAM} env --shell json; exit 7");
    let end = end_of(&mut exec(&["--", "sh", "-c", &script]));
    assert_eq!((end.code, &*end.stderr), (Some(7), ""), "{end:?}");
    let told: Value = serde_json::from_str(end.stdout.lines().last().unwrap()).unwrap();
    for name in VARIABLES.map(|name| format!("CAMPAIGN_MOCK_{name}")) {
        let value = variable(&end.stdout, &name).unwrap_or_else(|| panic!("{name}: {end:?}"));
        if name != "CAMPAIGN_MOCK_ACCESS_TOKEN" {
            assert_eq!(told[&name], value, "{name}");
        }
    }
    let url = variable(&end.stdout, "CAMPAIGN_MOCK_URL").unwrap();
    assert!(!url.ends_with(":8377"), "{url}");
    assert_eq!(run(&["ready", "--url", url]).code, Some(1), "the server still runs");
}

#[test]
fn exec_takes_the_settings_of_serve() {
    let token = "sixteen-letters-and-more";
    let arguments =
        ["--admin-token", token, "--admin-port", "0", "--seed", "none", "--", "sh", "-c"];
    let script = format!("env; {PROGRAM} env --org acme-w3");
    let end = end_of(exec(&arguments).arg(script));
    assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{end:?}");
    assert_eq!(variable(&end.stdout, "CAMPAIGN_MOCK_ADMIN_TOKEN"), Some(token));
    assert!(variable(&end.stdout, "CAMPAIGN_MOCK_ADMIN_URL").is_some());
    assert_eq!(variable(&end.stdout, "export CAMPAIGN_MOCK_ORG"), Some("'acme-w3'"));
}

#[test]
fn a_server_within_exec_is_not_set_up_by_it() {
    let inner = ["exec", "--", "sh", "-c", "echo $CAMPAIGN_MOCK_URL"].join(" ");
    let inner = inner.replace("sh -c", "sh -c '") + "'";
    let end = end_of(
        exec(&["--", "sh", "-c"]).arg(format!("echo $CAMPAIGN_MOCK_URL; {PROGRAM} {inner}")),
    );
    let urls: Vec<_> = end.stdout.lines().collect();
    assert_eq!((end.code, urls.len()), (Some(0), 2), "{end:?}");
    assert_ne!(urls[0], urls[1]);
}

#[test]
fn exec_passes_signals_on_and_ends_as_the_command_does() {
    for (name, trap, code) in [
        ("TERM", "trap 'exit 5' TERM", 5),
        ("INT", "trap 'exit 6' INT", 6),
        ("TERM", "true", 128 + 15),
    ] {
        let script = format!("{trap}; echo up; while :; do sleep 0.05; done");
        let mut process = Process::spawn(&mut exec(&["--", "sh", "-c", &script]));
        poll(|| process.stdout().contains("up").then_some(())).expect("it does not start");
        signal(process.id(), name);
        assert_eq!(process.wait().code(), Some(code), "{name} {trap}: {}", process.stderr());
    }
}

#[test]
fn exec_ends_as_a_shell_does_where_there_is_nothing_to_run() {
    let end = run(&["exec", "--", "no-such-command"]);
    assert_eq!((end.code, &*end.stdout), (Some(127), ""), "{end:?}");
    assert!(end.stderr.starts_with("campaign-mock: cannot run 'no-such-command': "), "{end:?}");
    assert_eq!(end.stderr.lines().count(), 1, "{end:?}");
    let directory = tempdir().unwrap();
    let file = directory.path().join("text");
    fs::write(&file, "text").unwrap();
    assert_eq!(run(&["exec", "--", file.to_str().unwrap()]).code, Some(126));
    assert_eq!(run(&["exec"]).code, Some(2));
    assert_eq!(run(&["exec", "--seed", "/nowhere", "--", "true"]).code, Some(2));
}

// env

#[test]
fn env_prints_what_a_shell_can_evaluate() {
    let server = Server::start(command(PROGRAM).args(["--listen", "127.0.0.1:0"]));
    let script = format!("eval \"$({PROGRAM} env --url {})\"; env", server.ready.url);
    let end = end_of(command("sh").args(["-c", &script]));
    assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{end:?}");
    for (name, expected) in [
        ("CAMPAIGN_MOCK_URL", &server.ready.url),
        ("CAMPAIGN_MOCK_API_KEY", &server.ready.api_key),
        ("CAMPAIGN_MOCK_IMS_ORG_ID", &server.ready.ims_org_id),
    ] {
        assert_eq!(variable(&end.stdout, name), Some(&**expected), "{name}");
    }
    let refused = run(&["env", "--url", &server.ready.url, "--org", "nobody"]);
    assert_eq!((refused.code, &*refused.stdout), (Some(1), ""));
    assert!(refused.stderr.contains("404") && refused.stderr.lines().count() == 1, "{refused:?}");
    let dead = run(&["env", "--url", "http://127.0.0.1:1"]);
    assert_eq!(dead.code, Some(1), "{dead:?}");
}
