//! The commands beside `serve`, as processes: what they print, leave behind and end with.

use std::fs;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::receiver::{Reaction, Receiver};
use crate::support::{
    Caller, End, PROFILES, PROGRAM, Process, Server, command, end_of, poll, run, signal,
};

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

// snapshot

fn profiles(caller: &mut Caller) -> i64 {
    let answer = caller.call("GET", &format!("{PROFILES}/_count"), "count", "").unwrap();
    answer.json()["count"].as_i64().unwrap()
}

fn quiet(end: &End) {
    assert_eq!((end.code, &*end.stdout, &*end.stderr), (Some(0), "", ""));
}

#[test]
fn a_snapshot_is_saved_restored_and_carried_elsewhere() {
    let directory = tempdir().unwrap();
    let (here, there) = (serve_from(&[]), serve_from(&[]));
    let at = |server: &Server, arguments: &[&str]| {
        run(&[&["snapshot"], arguments, &["--url", &server.ready.url]].concat())
    };
    quiet(&at(&here, &["list"]));
    let mut caller = here.caller();
    let seeded = profiles(&mut caller);
    caller.create(true, "kept").unwrap();
    quiet(&at(&here, &["save", "one.more", "--org", "acme"]));
    caller.create(false, "lost").unwrap();
    quiet(&at(&here, &["save", "all"]));
    quiet(&at(&here, &["restore", "one.more"]));
    assert_eq!(profiles(&mut caller), seeded + 1);
    quiet(&at(&here, &["restore", "all", "--org", "acme"]));
    assert_eq!(profiles(&mut caller), seeded + 2);

    let listed = at(&here, &["list"]);
    let names: Vec<Vec<_>> = listed.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((listed.code, &*listed.stderr, names.len()), (Some(0), "", 2), "{listed:?}");
    assert_eq!((names[0][0], names[1][0], names[1][2]), ("all", "one.more", "acme"));

    let file = directory.path().join("one.json");
    fs::write(&file, "older, and longer than nothing").unwrap();
    quiet(&at(&here, &["export", "one.more", text(&file)]));
    let document = fs::read_to_string(&file).unwrap();
    let printed = at(&here, &["export", "one.more"]);
    assert_eq!((printed.code, &printed.stdout, &*printed.stderr), (Some(0), &document, ""));
    assert!(document.starts_with("{\"campaignMockSnapshot\":1,") && document.ends_with("}\n"));

    quiet(&at(&there, &["import", "a", text(&file)]));
    let piped = format!("{PROGRAM} snapshot import b --url {} < {}", there.ready.url, text(&file));
    quiet(&end_of(command("sh").args(["-c", &piped])));
    for name in ["a", "b"] {
        assert_eq!(at(&there, &["export", name]).stdout, document, "{name}");
    }
    quiet(&at(&there, &["restore", "b"]));
    assert_eq!(profiles(&mut there.caller()), seeded + 1);
    quiet(&at(&there, &["delete", "a"]));
    assert!(at(&there, &["list"]).stdout.starts_with("b\t"));
}

#[test]
fn a_snapshot_that_cannot_be_had_is_one_line() {
    let directory = tempdir().unwrap();
    let token = "sixteen-letters-and-more";
    let server = serve_from(&["--admin-token", token]);
    let (large, wrong) = (directory.path().join("large"), directory.path().join("wrong"));
    fs::write(&large, " ".repeat(3 << 20)).unwrap();
    fs::write(&wrong, "[]").unwrap();
    let missing = directory.path().join("none");
    for (arguments, words) in [
        (
            &["save", "a", "--org", "nobody"][..],
            "cannot save the snapshot: the server answered 404: ",
        ),
        (&["restore", "a"], "cannot restore the snapshot: the server answered 404: "),
        (&["delete", "a"], "cannot delete the snapshot: the server answered 404: "),
        (&["export", "a", text(&missing)], "cannot export the snapshot: the server answered 404: "),
        (&["import", "a", text(&missing)], "cannot import the snapshot: cannot read "),
        (&["import", "a", text(&wrong)], "cannot import the snapshot: the server answered 400: "),
        (
            &["import", "a", text(&large)],
            "cannot import the snapshot: the server answered 413: The body is larger",
        ),
    ] {
        let known = ["--url", &server.ready.url, "--admin-token", token];
        let end = run(&[&["snapshot"], arguments, &known].concat());
        assert_eq!((end.code, &*end.stdout), (Some(1), ""), "{arguments:?}: {end:?}");
        let message = end.stderr.strip_prefix("campaign-mock: ").unwrap();
        assert!(message.starts_with(words) && message.lines().count() == 1, "{end:?}");
    }
    assert!(!missing.exists());
    let end = run(&["snapshot", "list", "--url", &server.ready.url]);
    assert_eq!((end.code, end.stderr.lines().count()), (Some(1), 1), "{end:?}");
    assert!(end.stderr.contains("401") && end.stderr.contains("--admin-token"), "{end:?}");
    let end = run(&["snapshot", "list", "--url", "http://127.0.0.1:1"]);
    assert_eq!((end.code, end.stderr.lines().count()), (Some(1), 1), "{end:?}");
    assert!(end.stderr.contains("127.0.0.1:1") && end.stderr.contains("--url"), "{end:?}");
    for wrong in
        [&["save", "a b"][..], &["save", "seed"], &["save"], &["restore", "a", "--org", "?"], &[]]
    {
        assert_eq!(run(&[&["snapshot"], wrong].concat()).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn a_command_of_exec_takes_snapshots_of_its_org() {
    let script = format!(
        "set -e; {PROGRAM} snapshot save before; {PROGRAM} snapshot restore before; {PROGRAM} snapshot list"
    );
    let arguments =
        ["--admin-token", "sixteen-letters-and-more", "--admin-port", "0", "--", "sh", "-c"];
    let end = end_of(exec(&arguments).arg(script));
    assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{end:?}");
    assert!(end.stdout.starts_with("before\t") && end.stdout.ends_with("\tacme\n"), "{end:?}");
}

// seed export, seed generate

fn serve_from(arguments: &[&str]) -> Server {
    Server::start(command(PROGRAM).args(["--listen", "127.0.0.1:0"]).args(arguments))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The records of a resource, without what a seed cannot hold.
fn records(caller: &mut Caller, resource: &str) -> Vec<Value> {
    let path = format!("/acme/campaign/{resource}?_lineCount=100");
    let answer = caller.call("GET", &path, "list", "").unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut records = answer.json()["content"].as_array().unwrap().clone();
    assert!(!records.is_empty(), "{resource}");
    records.iter_mut().for_each(strip);
    records
}

fn strip(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|name, _| {
            !["PKey", "href", "lastModified", "cryptedId"].contains(&name.as_str())
        });
        members.values_mut().for_each(strip);
    }
}

const RESOURCES: [&str; 8] = [
    "profileAndServicesExt/profile",
    "profileAndServicesExt/service",
    "profileAndServicesExt/orgUnitBase",
    "profileAndServicesExt/geoUnitBase",
    "profileAndServicesExt/cusPurchase",
    "customResources/cusProduct",
    "privacy/privacyTool",
    "profileAndServicesExt/history",
];

#[test]
fn what_is_exported_answers_the_same_records() {
    let directory = tempdir().unwrap();
    let (database, folder) = (directory.path().join("a.db"), directory.path().join("seed"));
    let server = serve_from(&["--database", text(&database), "--profiles", "20"]);
    let mut caller = server.caller();
    let post = |caller: &mut Caller, path: &str, body: Value| {
        let answer = caller.call("POST", path, "made", &body.to_string()).unwrap();
        assert!([200, 201].contains(&answer.status), "{answer:?}");
        answer.json()
    };
    // Two people with one address, and one without any, all of whom are linked to.
    let service = caller.call("GET", "/acme/campaign/profileAndServices/service", "s", "").unwrap();
    let subscriptions =
        service.json()["content"][0]["subscriptions"]["href"].as_str().unwrap().to_owned();
    let subscriptions = subscriptions.strip_prefix(&server.ready.url).unwrap();
    for body in [
        json!({"email": "two@example.com", "ccpaOptOut": true}),
        json!({"email": "two@example.com"}),
        json!({"lastName": "it's \"me\"\n#1"}),
    ] {
        let profile = post(&mut caller, PROFILES, body);
        post(&mut caller, subscriptions, json!({"subscriber": {"PKey": profile["PKey"]}}));
    }
    let request = json!({"name": "PT1", "label": "Access", "namespaceName": "defaultNamespace1",
        "reconciliationValue": "john.doe@example.com", "regulation": "gdpr", "type": "access"});
    post(&mut caller, "/acme/campaign/privacy/privacyTool", request);
    let gone =
        caller.call("GET", PROFILES, "list", "").unwrap().json()["content"][1]["PKey"].clone();
    let gone = format!("{PROFILES}/{}", gone.as_str().unwrap());
    assert_eq!(caller.call("DELETE", &gone, "gone", "").unwrap().status, 200);
    poll(|| {
        let answer = caller.call("GET", "/acme/campaign/privacy/privacyTool", "read", "").unwrap();
        (answer.json()["content"][0]["status"] == "complete").then_some(())
    })
    .expect("the request is not finished");

    // While the server runs.
    let export = ["seed", "export", text(&folder), "--database", text(&database)];
    let end = run(&export);
    assert_eq!((end.code, &*end.stdout, &*end.stderr), (Some(0), "", ""));
    let check = run(&["seed", "check", text(&folder)]);
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.stdout.starts_with("acme: ") && check.stdout.contains("34 profile"), "{check:?}");

    // Jane Roe is gone, so she cannot be deleted any more.
    let exercises = |folder: &Path| {
        let text = fs::read_to_string(folder.join("acme/exercise.ndjson")).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (demo, exported) = (exercises(Path::new("fixtures/seed")), exercises(&folder));
    assert_eq!((demo.len(), &demo[..7]), (8, &exported[..]));

    let subscriptions = fs::read_to_string(folder.join("acme/subscription.ndjson")).unwrap();
    for line in [32, 33, 34] {
        assert!(subscriptions.contains(&format!("\"subscriber\":\"#{line}\"")), "{subscriptions}");
    }

    let copy = serve_from(&["--seed", text(&folder)]);
    assert_eq!(copy.ready.api_key, server.ready.api_key);
    let mut other = copy.caller();
    for resource in RESOURCES {
        assert_eq!(records(&mut caller, resource), records(&mut other, resource), "{resource}");
    }
    // A folder that is there is left alone, and nothing else is left behind.
    assert_eq!(run(&export).code, Some(2));
    let left: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn one_org_is_exported_by_its_name() {
    let directory = tempdir().unwrap();
    let (database, folder) = (directory.path().join("a.db"), directory.path().join("seed"));
    let server = serve_from(&["--database", text(&database)]);
    run(&["env", "--url", &server.ready.url, "--org", "acme-w3"]);
    let export = ["seed", "export", text(&folder), "--database", text(&database), "--org"];
    assert_eq!(run(&[&export[..], &["acme-w4"]].concat()).code, Some(2));
    assert_eq!(run(&[&export[..], &["acme-w3"]].concat()).code, Some(0));
    let copy = serve_from(&["--seed", text(&folder)]);
    assert!(copy.process.stdout().contains("\"org\":\"acme-w3\""));
}

#[test]
fn people_are_generated_the_same_for_the_same_seed() {
    let directory = tempdir().unwrap();
    let folders = ["a", "b", "c"].map(|name| directory.path().join(name));
    for (folder, seed) in folders.iter().zip(["1", "1", "2"]) {
        let end = run(&["seed", "generate", text(folder), "--profiles", "50", "--rng-seed", seed]);
        assert_eq!((end.code, &*end.stdout, &*end.stderr), (Some(0), "", ""));
    }
    let [a, b, c] =
        folders.each_ref().map(|folder| fs::read(folder.join("acme/profile.ndjson")).unwrap());
    assert!(a == b && a != c);
    let check = run(&["seed", "check", text(&folders[0])]);
    assert!(check.stdout.contains("50 profile"), "{check:?}");
    assert_eq!(run(&["exec", "--seed", text(&folders[0]), "--", "true"]).code, Some(0));
}

// backup, check

#[test]
fn backups_under_load_are_whole_and_open() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("a.db");
    let server = serve_from(&[
        "--database",
        text(&database),
        "--job-submitted",
        "0s",
        "--job-processing",
        "0s",
    ]);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut caller = server.caller();
            let pkey =
                caller.create(false, "load").unwrap().json()["PKey"].as_str().unwrap().to_owned();
            let mut value = true;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(caller.update(&pkey, value, "load").unwrap().status, 200);
                value = !value;
            }
        });
        for number in 0..10 {
            let copy = directory.path().join(format!("copy-{number}.db"));
            let end = run(&["backup", text(&copy), "--database", text(&database)]);
            assert_eq!((end.code, &*end.stdout, &*end.stderr), (Some(0), "", ""));
            let check = run(&["check", "--database", text(&copy)]);
            assert_eq!((check.code, &*check.stderr), (Some(0), ""), "{check:?}");
            assert!(check.stdout.ends_with(": ok\n"), "{check:?}");
        }
        assert_eq!(run(&["check", "--database", text(&database)]).code, Some(0));
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let copy = directory.path().join("copy-0.db");
    let again = run(&["backup", text(&copy), "--database", text(&database)]);
    assert_eq!(again.code, Some(1));
    assert!(
        again.stderr.contains("exists already") && again.stderr.lines().count() == 1,
        "{again:?}"
    );
    let server = serve_from(&["--database", text(&copy)]);
    let is_queued = |change: &Value| change["jobId"].is_string() || change["to"] == json!(false);
    assert!(server.caller().ledger(0).changes.iter().all(is_queued));
}

#[test]
fn check_names_each_broken_invariant() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("a.db");
    let mut server = serve_from(&[
        "--database",
        text(&database),
        "--job-submitted",
        "0s",
        "--job-processing",
        "0s",
    ]);
    let mut caller = server.caller();
    let webhook = Receiver::start();
    let spec = json!({"url": webhook.url()}).to_string();
    let registered =
        caller.call("POST", "/__admin/event-registrations?org=acme", "register", &spec).unwrap();
    assert_eq!(registered.status, 201, "{registered:?}");
    webhook.reacts(|_| Reaction::Status(503));
    let pkey = caller.create(true, "made").unwrap().json()["PKey"].as_str().unwrap().to_owned();
    caller.update(&pkey, false, "changed").unwrap();
    webhook.wait_for(1);
    drop(caller);
    server.stop("TERM");
    for (harm, words) in [
        ("UPDATE opt_out_change SET sequence = 7 WHERE sequence = 2", "numbers the changes"),
        (
            "UPDATE opt_out_change SET from_value = 0, to_value = 1 WHERE sequence = 2",
            "starts from",
        ),
        (
            "UPDATE profile SET ccpa_opt_out = 1 WHERE id = (SELECT profile_id FROM opt_out_change)",
            "its last change",
        ),
        ("DELETE FROM privacy_job", "is a job"),
        ("DELETE FROM privacy_consent", "is a consent"),
        ("UPDATE opt_out_change SET applied_by = 'a job'", "of its own org"),
        ("UPDATE org SET profiles = 3", "counts its profiles"),
        ("UPDATE org SET last_number = 3", "highest number"),
        ("UPDATE privacy_job_count SET jobs = jobs + 1", "by regulation and status"),
        ("UPDATE event_delivery SET due = 1", "the first alone is due"),
        ("UPDATE event_delivery SET due = NULL", "the first alone is due"),
        (
            "INSERT INTO org (name) VALUES ('acme-w2');
             UPDATE event_registration SET org_id = last_insert_rowid()",
            "a webhook of its own org",
        ),
        (
            "UPDATE event_delivery SET type = replace(type, 'jobcomplete', 'joberror')",
            "how its job ended",
        ),
        ("DELETE FROM record WHERE resource = 'service'", "a link leads"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM org", "not there"),
    ] {
        let harmed = directory.path().join("harmed.db");
        fs::copy(&database, &harmed).unwrap();
        Connection::open(&harmed).unwrap().execute_batch(harm).unwrap();
        let end = run(&["check", "--database", text(&harmed)]);
        assert_eq!(end.code, Some(1), "{harm}: {end:?}");
        assert!(end.stdout.contains(words), "{harm}: {end:?}");
        assert!(end.stderr.ends_with(" found\n") && end.stderr.lines().count() == 1, "{end:?}");
    }
    let (foreign, missing) = (directory.path().join("text"), directory.path().join("none"));
    fs::write(&foreign, "no database, but more than a few letters").unwrap();
    for file in [&foreign, &missing] {
        let end = run(&["check", "--database", text(file)]);
        assert_eq!((end.code, end.stderr.lines().count()), (Some(1), 1), "{end:?}");
    }
    assert!(!missing.exists());
}

// completions

#[test]
fn completions_are_scripts_that_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let end = run(&["completions", shell]);
        assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{end:?}");
        assert!(
            ["exec", "backup", "--job-progression"]
                .iter()
                .all(|word| end.stdout.contains(word.trim_start_matches('-'))),
            "{shell}"
        );
    }
    let script = format!("eval \"$({PROGRAM} completions bash)\"; complete -p campaign-mock");
    let end = end_of(command("bash").args(["-c", &script]));
    assert_eq!(end.code, Some(0), "{end:?}");
}
