//! Secrets, tokens and the log: who may know what, and until when.

use std::fs::{self};
use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;

use crate::receiver::Receiver;
use crate::support::{
    Caller, Client, End, PROFILES, PROGRAM, Ready, Server, assert_refused, command, end_of, port,
    serve, serve_from,
};

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

#[test]
fn the_secret_that_signs_events_is_in_no_log_and_no_file() {
    const SECRET: &str = "demo-secret-not-for-production";
    let (directory, webhook) = (tempdir().unwrap(), Receiver::start());
    let mut serve = serve_from(&directory.path().join("a.db"));
    let mut server = Server::start(serve.env("RUST_LOG", "trace"));
    let mut caller = server.caller();
    let body = format!("{{\"url\":\"{}?key=canary\"}}", webhook.url());
    let path = "/__admin/event-registrations?org=acme";
    assert_eq!(caller.call("POST", path, "register", &body).unwrap().status, 201);
    caller.create(true, "told").unwrap();
    let events = webhook.wait_for(2);
    let path = "/__admin/event-deliveries/wait?org=acme";
    let shown = caller.call("GET", path, "wait", "").unwrap();
    assert_eq!(shown.status, 200);
    assert_eq!(server.stop("TERM").code(), Some(0));

    let signature = events[0].header("x-adobe-signature").unwrap();
    let mut texts = vec![server.process.stderr(), shown.body];
    for file in fs::read_dir(directory.path()).unwrap() {
        texts.push(String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned());
    }
    for text in &texts {
        assert!(!text.contains(SECRET) && !text.contains(signature), "{text}");
    }
    // Nor is what an address may hold in the log.
    assert!(!texts[0].contains("canary"), "{}", texts[0]);
}

#[test]
fn the_secret_beside_the_database_outlives_a_restart() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("room.db");
    let start = || {
        let mut serve = command(PROGRAM);
        serve.args(["--listen", "0.0.0.0:0", "--admin-token", "a-token-of-the-test", "--database"]);
        Server::start(serve.arg(&database))
    };
    let call = |server: &Server, method: &str, path: &str, token: &str, body: &str| {
        let url = format!("http://127.0.0.1:{}", port(&server.ready));
        let headers = [("X-Admin-Token", token), ("Content-Type", "application/json")];
        Client::connect(&url).unwrap().send(method, path, &headers, body).unwrap()
    };
    let mut first = start();
    let seats = r#"{"count": 1}"#;
    let made = call(&first, "POST", "/__admin/seats", "a-token-of-the-test", seats).json();
    let card = &made["seats"][0];
    first.stop("TERM");
    let second = start();
    let text = |member: &str| card[member].as_str().unwrap();
    let code = format!("{{\"code\": \"{}\"}}", text("code"));
    let again = call(&second, "POST", "/__admin/seats/exchange", "", &code).json();
    assert_eq!(again["seatToken"], card["seatToken"]);
    assert_eq!(call(&second, "GET", "/__admin/jobs", text("seatToken"), "").status, 200);
    let profiles = "/acme-seat1/campaign/profileAndServices/profile";
    let mut client = Client::connect(&format!("http://127.0.0.1:{}", port(&second.ready))).unwrap();
    let mut status = |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("X-Api-Key", text("apiKey")), ("Authorization", bearer.as_str())];
        client.send("GET", profiles, &headers, "").unwrap().status
    };
    assert_eq!(status(text("accessToken")), 200);
    // Who may read the file can make tokens, and nobody else.
    let token = |arguments: &[&str]| {
        let output = command(PROGRAM).args(["token"]).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(status(&token(&["--database", database.to_str().unwrap()])), 200);
    assert_eq!(status(&token(&[])), 401);
    let kept = fs::read_to_string(directory.path().join("room.db.secret")).unwrap();
    assert!(!second.process.stderr().contains(kept.trim()));
}

#[test]
fn a_server_that_nobody_else_reaches_keeps_no_secret() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("own.db");
    let mut server = Server::start(&mut serve_from(&database));
    server.stop("TERM");
    assert!(!directory.path().join("own.db.secret").exists());
    // One that cannot be used is not passed over.
    fs::write(directory.path().join("own.db.secret"), "short").unwrap();
    let end = end_of(&mut serve_from(&database));
    assert_refused(&end, 2, &["own.db.secret"]);
    let nowhere = end_of(command(PROGRAM).args(["--listen", "0.0.0.0:0"]));
    assert_refused(&nowhere, 2, &["CAMPAIGN_MOCK_SECRET", "--database FILE"]);
}
