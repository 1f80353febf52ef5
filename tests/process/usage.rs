//! What the program says to those who type something wrong: the fault, and what to type.

use std::fmt::Write as _;

use crate::support::{PROGRAM, Server, assert_quiet, command, end_of, port, run, serve};

/// Calls that are wrong.
const WRONG: [&str; 44] = [
    "--listen nowhere",
    "--listen 127.0.0.1",
    "--listen localhost",
    "--listen 70000",
    "--listen localhost:70000",
    "--listen http://localhost:8377",
    "--listen example.com:80",
    "--listen 0.0.0.0:8377",
    "--port x",
    "--port 70000",
    "--port -1",
    "--port 9000 --listen 0.0.0.0:9000",
    "exec --listen 9000 --port 9000 -- true",
    "--admin-port x",
    "--listen 0 --database /nowhere/mock.db",
    "--seed /nowhere",
    "--listen 0 --port-file /nowhere/port",
    "--profiles -1",
    "--profiles many",
    "--rng-seed 99999999999999999999",
    "--job-submitted soon",
    "--job-processing=-1s",
    "--job-progression never",
    "--job-polls 0",
    "--privacy-sizes 10",
    "--events-to http://app",
    "--cors-origin app.example.test",
    "--public-url app.example.test",
    "--now yesterday",
    "--secret short",
    "--admin-token short",
    "--no-such-option",
    "npm test",
    "exec npm test",
    "exec --port 9000 pytest -q",
    "exec",
    "exec -- no-such-program",
    "ready --url https://localhost:8377",
    "ready --url localhost:1 --timeout soon",
    "env --url localhost:1",
    "snapshot import mine /nowhere/file --url localhost:1",
    "seed check /nowhere",
    "backup copy.db --database /nowhere/mock.db",
    "check --database /nowhere/mock.db",
];

#[test]
fn what_is_typed_wrong_is_told_with_what_to_type() {
    let mut told = String::new();
    for line in WRONG {
        let end = run(&line.split(' ').collect::<Vec<_>>());
        assert!(end.code.is_some_and(|code| code != 0), "{line}: {end:?}");
        assert_quiet(&end.stderr);
        for jargon in ["os error", "invalid socket address", "expected u", "invalid digit"] {
            assert!(!end.stderr.contains(jargon), "{line}: {}", end.stderr);
        }
        let lines = end.stderr.lines().filter(|line| !line.starts_with('['));
        let fault: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        let _ = writeln!(told, "$ campaign-mock {line}\n{}\n", fault.join("\n"));
    }
    insta::assert_snapshot!("wrong", told);
}

#[test]
fn a_port_is_enough_to_listen() {
    let listening: [&[&str]; 5] = [
        &["--port", "0"],
        &["--listen", "0"],
        &["--listen", ":0"],
        &["--listen", "localhost:0"],
        &["serve", "--port", "0"],
    ];
    for arguments in listening {
        let server = Server::start(command(PROGRAM).args(arguments));
        assert!(server.ready.url.starts_with("http://127.0.0.1:"), "{}", server.ready.url);
        assert!(!["0", "8377"].contains(&port(&server.ready)), "{arguments:?}");
    }
    // A port on the command line goes with the address of the environment.
    let mut typed = command(PROGRAM);
    let server =
        Server::start(typed.env("CAMPAIGN_MOCK_LISTEN", "127.0.0.1:1").args(["--port", "0"]));
    assert!(!["0", "1"].contains(&port(&server.ready)), "{}", server.ready.url);
    // Kubernetes sets it for a service of that name.
    Server::start(serve().env("CAMPAIGN_MOCK_PORT", "tcp://10.0.0.7:8377"));
}

#[test]
fn a_typed_address_beats_the_control_api_of_another_server() {
    let server = Server::start(&mut serve());
    let url = &*server.ready.url;
    let inherited = |arguments: &[&str]| {
        let mut command = command(PROGRAM);
        command.env("CAMPAIGN_MOCK_URL", "http://127.0.0.1:1");
        end_of(command.env("CAMPAIGN_MOCK_ADMIN_URL", "http://127.0.0.1:1").args(arguments))
    };
    for arguments in [
        &["ready", "--url", url][..],
        &["env", "--url", url],
        &["snapshot", "save", "mine", "--url", url],
        &["snapshot", "--url", url, "list"],
    ] {
        let end = inherited(arguments);
        assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{arguments:?}");
    }
    // A shell that evaluates it forgets the other server.
    let printed = inherited(&["env", "--url", url]).stdout;
    assert!(printed.contains(&format!("export CAMPAIGN_MOCK_ADMIN_URL='{url}'")), "{printed}");
    // Without an address, or with both, it is as it says.
    assert_eq!(inherited(&["env"]).code, Some(1));
    let end = inherited(&["env", "--url", url, "--admin-url", "http://127.0.0.1:1"]);
    assert_eq!(end.code, Some(1), "{end:?}");
}

#[test]
fn a_typed_address_that_is_the_inherited_one_keeps_its_control_api() {
    let script = format!("{PROGRAM} snapshot save mine --url $CAMPAIGN_MOCK_URL");
    let end = run(&["exec", "--admin-port", "0", "--", "sh", "-c", &script]);
    assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{end:?}");
}
