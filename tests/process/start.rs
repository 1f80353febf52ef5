//! What a server says when it starts, where its settings come from, and how it refuses a start.

use std::fs::{self};
use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;
use tempfile::tempdir;

use crate::support::{
    Client, PROGRAM, Server, assert_one_line, assert_refused, command, end_of, port, serve,
};

/// The members of the ready line, in order.
const MEMBERS: [&str; 7] =
    ["event", "url", "org", "imsOrgId", "apiKey", "clientSecret", "accessToken"];

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

/// The links of the banner, as they stand there.
fn links(server: &Server) -> Vec<String> {
    let banner = server.process.stderr();
    let lines = banner.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("http") && !line.contains(' '))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_banner_links_to_the_console() {
    let server = Server::start(&mut serve());
    assert_eq!(links(&server), [format!("{}/__admin/", server.ready.url)]);
    let mut serve = serve();
    let server = Server::start(serve.args(["--admin-token", "a-token-of-the-test"]));
    assert_eq!(
        links(&server),
        [format!("{}/__admin/#token=a-token-of-the-test", server.ready.url)]
    );
    let silent = Server::start(command(PROGRAM).args(["--listen", "127.0.0.1:0", "--no-admin"]));
    assert!(links(&silent).is_empty());
}

#[test]
fn the_printed_addresses_work_as_they_are_typed() {
    let mut serve = command(PROGRAM);
    serve.args(["--listen", "0.0.0.0:0"]).env("CAMPAIGN_MOCK_SECRET", "s".repeat(40));
    let server = Server::start(&mut serve);
    let links = links(&server);
    let (seats, consoles) = links.split_last().unwrap();
    assert!(!consoles.is_empty() && seats.ends_with("/__admin/seat"), "{links:?}");
    for link in consoles {
        let (base, token) = link.split_once("/__admin/#token=").unwrap();
        let mut client = Client::connect(base).unwrap();
        let headers = [("X-Admin-Token", token)];
        let answer = client.send("GET", "/__admin/whoami", &headers, "").unwrap();
        assert_eq!(answer.json()["role"], "trainer", "{link}: {answer:?}");
    }
    // A trainer on the server's own machine gets links for the others.
    let (_, token) = consoles[0].split_once("#token=").unwrap();
    let url = format!("http://127.0.0.1:{}", port(&server.ready));
    let headers = [("X-Admin-Token", token), ("Content-Type", "application/json")];
    let mut client = Client::connect(&url).unwrap();
    let made = client.send("POST", "/__admin/seats", &headers, r#"{"count": 1}"#).unwrap();
    let seat = made.json()["seats"][0]["url"].as_str().unwrap().to_owned();
    assert!(seat.starts_with(&format!("{seats}#code=seat1-")), "{seat} {seats}");
}
