//! The journal: what the server was asked, without the secrets it was asked with.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use campaign_mock::config::Settings;
use serde_json::{Value, json};

use crate::driver::{HOST, JOBS, Mock, PROFILES, settings};

fn requests(mock: &Mock, query: &str) -> Vec<Value> {
    let answer = mock.control("GET", &format!("/requests{query}"), &Value::Null);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["requests"].as_array().unwrap().clone()
}

#[test]
fn a_call_is_in_the_journal_with_its_answer() {
    let mock = Mock::start();
    let created = mock.post(PROFILES, &json!({"email": "a@b.test"}));
    let id = created.header("x-mock-request-id").unwrap().to_owned();
    let entry = mock.control("GET", &format!("/requests/{id}"), &Value::Null).json();
    assert_eq!(entry["id"].to_string(), id);
    assert_eq!(entry["time"], "2020-03-01T12:00:00.000Z");
    assert_eq!((&entry["method"], &entry["path"]), (&json!("POST"), &json!(PROFILES)));
    assert_eq!((&entry["org"], &entry["status"]), (&json!("acme"), &json!(201)));
    assert_eq!((&entry["reason"], &entry["dropped"]), (&Value::Null, &json!(0)));
    assert_eq!(entry["request"]["body"], r#"{"email":"a@b.test"}"#);
    assert_eq!(entry["response"]["body"], created.body);
    assert_eq!(entry["request"]["headers"]["x-request-id"], "test");
    assert_eq!(entry["response"]["headers"]["content-type"], "application/json");
    let key = entry["apiKey"].as_str().unwrap();
    assert!(key.starts_with("sha256:") && key.len() == 15, "{key}");
    assert!(entry["latencyMicros"].as_u64().unwrap() > 0);
    let privacy = mock.get(&format!("{JOBS}?regulation=ccpa"));
    assert_eq!(privacy.status, 200);
    let entry = &requests(&mock, "?limit=1")[0];
    assert_eq!((&entry["query"], &entry["org"]), (&json!("regulation=ccpa"), &json!("acme")));
}

#[test]
fn control_calls_and_probes_are_not_in_it_but_have_an_id() {
    let mock = Mock::start();
    for target in ["/livez", "/__admin/health", "/%5F%5Fadmin/health"] {
        assert!(mock.raw("GET", target, &[], "").header("x-mock-request-id").is_some(), "{target}");
    }
    assert!(requests(&mock, "").is_empty());
}

#[test]
fn lists_are_newest_first_by_org_and_from_a_call_or_a_moment_on() {
    let mock = Mock::start();
    mock.control("POST", "/orgs", &json!({"org": "acme-b"}));
    let other = "/acme-b/campaign/profileAndServices/profile";
    let targets = [PROFILES, other, "/nope/campaign/x", JOBS];
    let ids: Vec<u64> = targets
        .iter()
        .map(|target| mock.get(target).header("x-mock-request-id").unwrap().parse().unwrap())
        .collect();
    let listed = |query: &str| -> Vec<u64> {
        requests(&mock, query).iter().map(|entry| entry["id"].as_u64().unwrap()).collect()
    };
    let newest_first: Vec<_> = ids.iter().rev().copied().collect();
    assert_eq!(listed(""), newest_first);
    assert_eq!(listed("?limit=1"), [ids[3]]);
    assert_eq!(listed("?org=acme-b"), [ids[1]]);
    assert_eq!(listed("?org=acme"), [ids[3], ids[0]]);
    assert_eq!(listed(&format!("?since={}", ids[1])), [ids[3], ids[2]]);
    assert_eq!(listed("/unmatched"), [ids[3], ids[2]]);
    mock.advance(Duration::from_secs(1));
    mock.get(PROFILES);
    assert_eq!(listed("?since=2020-03-01T12:00:01Z").len(), 1);
    assert_eq!(mock.control("GET", "/requests?since=soon", &Value::Null).status, 400);
    assert_eq!(mock.control("GET", "/requests/999999", &Value::Null).status, 404);
    let cleared = mock.control("DELETE", "/requests?org=acme-b", &Value::Null).json();
    assert_eq!(cleared["removed"], 1);
    assert_eq!(mock.control("DELETE", "/requests", &Value::Null).json()["removed"], 4);
    assert!(listed("").is_empty());
}

#[test]
fn calls_are_found_and_counted() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"email": "a@b.test"}));
    mock.set_opt_out(&pkey, true);
    mock.get(&format!("{PROFILES}?_lineCount=1"));
    for (matcher, count) in [
        (json!({"path": "*"}), 3),
        (json!({"method": "patch", "path": "*/profile/*", "body": {"ccpaOptOut": true}}), 1),
        (json!({"query": {"_lineCount": "1"}, "status": 200}), 1),
        (json!({"headers": ["x-api-key"], "org": "acme"}), 3),
        (json!({"org": "acme-b", "path": "*"}), 0),
    ] {
        let found = mock.control("POST", "/requests/find", &matcher).json();
        assert_eq!(found["requests"].as_array().unwrap().len(), count, "{matcher}");
        let counted = mock.control("POST", "/requests/count", &matcher).json();
        assert_eq!(counted, json!({"count": count, "dropped": 0}), "{matcher}");
    }
    assert_eq!(mock.control("POST", "/requests/find", &json!({"wrong": 1})).status, 400);
}

#[test]
fn a_verification_tells_the_nearest_miss() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"email": "a@b.test"}));
    mock.set_opt_out(&pkey, false);
    mock.get("/ims/profile/v1");
    let verify = |body: Value| mock.control("POST", "/verify", &body);
    for fine in [
        json!({"method": "PATCH"}),
        json!({"method": "PATCH", "count": 1}),
        json!({"method": "PATCH", "count": null, "atLeast": null, "atMost": null}),
        json!({"path": "*", "atLeast": 3}),
        json!({"method": "DELETE", "atMost": 0}),
        json!({"method": "DELETE", "count": 0}),
    ] {
        assert_eq!(verify(fine.clone()).status, 200, "{fine}");
    }
    let missed = verify(json!({
        "method": "PATCH", "path": "*/profile/*", "body": {"ccpaOptOut": true, "email": "x"}, "status": 200,
    }));
    assert_eq!(missed.status, 406);
    let diff = missed.json()["nearest"]["diff"].as_str().unwrap().replace(&pkey, "{pkey}");
    insta::assert_snapshot!(
        "nearest_miss",
        format!("{}\n{diff}", missed.header("x-mock-reason").unwrap())
    );
    assert_eq!(missed.json()["nearest"]["request"]["method"], "PATCH");
    let many = verify(json!({"path": "*", "atMost": 1}));
    assert_eq!((many.status, &many.json()["nearest"]), (406, &Value::Null));
    assert_eq!(verify(json!({"path": "*", "count": 1, "atMost": 2})).status, 400);
    assert_eq!(verify(json!({"count": "x"})).status, 400);
    assert_eq!(verify(json!({"path": "*", "atLeats": 1})).status, 400);
}

#[test]
fn a_question_without_a_matcher_is_refused() {
    let mock = Mock::start();
    mock.get(PROFILES);
    for call in ["/verify", "/requests/find", "/requests/count"] {
        let ask = |query: &str, body: &Value| mock.control("POST", &format!("{call}{query}"), body);
        // A helper that drops bodies sends none, and its org by the query or in the body.
        for query in ["", "?org=acme"] {
            let answer = ask(query, &Value::Null);
            assert_eq!(answer.status, 400, "{call}{query}: {}", answer.body);
            let reason = answer.header("x-mock-reason").unwrap();
            assert!(reason.starts_with("There is no body: write what the calls"), "{reason}");
            assert!(reason.contains(r#"{"path": "*"} for any call at all"#), "{reason}");
        }
        for empty in [
            json!({}),
            json!({"org": "acme"}),
            json!({"method": null, "body": null, "status": null}),
            json!({"query": {}, "headers": []}),
        ] {
            let answer = ask("", &empty);
            assert_eq!(answer.status, 400, "{call} {empty}: {}", answer.body);
            let reason = answer.header("x-mock-reason").unwrap();
            assert!(reason.starts_with("The matcher is empty: "), "{reason}");
        }
        assert_eq!(ask("?org=acme", &json!({"path": "*"})).status, 200, "{call}");
    }
    for number in ["count", "atLeast", "atMost"] {
        for most in [0, 1] {
            assert_eq!(mock.control("POST", "/verify", &json!({number: most})).status, 400);
        }
    }
}

#[test]
fn a_member_that_is_unknown_is_refused_with_all_that_are_known() {
    let mock = Mock::start();
    let refused = |call: &str| {
        let answer = mock.control("POST", call, &json!({"path": "*", "atLeats": 1}));
        assert_eq!(answer.status, 400, "{call}: {}", answer.body);
        answer.header("x-mock-reason").unwrap().to_owned()
    };
    let of_matchers = ["org", "method", "requestId", "path", "query", "status", "headers", "body"];
    for call in ["/requests/find", "/requests/count", "/verify"] {
        let reason = refused(call);
        assert!(reason.contains("unknown field `atLeats`, expected one of"), "{reason}");
        for member in of_matchers {
            assert!(reason.contains(&format!("`{member}`")), "{call} {member}: {reason}");
        }
        for member in ["count", "atLeast", "atMost"] {
            let is_named = reason.contains(&format!("`{member}`"));
            assert_eq!(is_named, call == "/verify", "{call} {member}: {reason}");
        }
    }
    // What is wrong with a known one is told as it is.
    let answer = mock.control("POST", "/verify", &json!({"status": "many"}));
    assert!(answer.header("x-mock-reason").unwrap().contains("invalid type"), "{}", answer.body);
}

#[test]
fn what_is_dropped_is_counted_exactly() {
    const CAP: usize = 50;
    const CALLS: usize = 120;
    let mock = Mock::with(Settings { journal_entries: CAP, ..settings() });
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..CALLS).for_each(|_| drop(mock.get(&format!("{PROFILES}/_count")))));
        }
    });
    let answer = mock.control("GET", "/requests", &Value::Null).json();
    assert_eq!(answer["requests"].as_array().unwrap().len(), CAP);
    assert_eq!(answer["dropped"], 4 * CALLS - CAP);
}

#[test]
fn it_is_bounded_in_bytes() {
    let mock = Mock::with(Settings { journal_bytes: 100_000, ..settings() });
    let body = json!({"email": "a@b.test", "nickname": "x".repeat(20_000)}).to_string();
    for _ in 0..10 {
        assert_eq!(mock.call("POST", PROFILES, &body).status, 500);
    }
    let answer = mock.control("GET", "/requests", &Value::Null).json();
    let kept = answer["requests"].as_array().unwrap().clone();
    assert!((4..=6).contains(&kept.len()), "{}", kept.len());
    assert_eq!(answer["dropped"], 10 - kept.len());
    let request = &kept[0]["request"];
    assert_eq!((&request["bodyCut"], &request["bodyBytes"]), (&json!(true), &json!(body.len())));
    assert_eq!(request["body"].as_str().unwrap().len(), 16 * 1024);
}

/// Everything below a folder.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn no_secret_is_kept_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mock::with(Settings { database: Some(folder.path().join("mock.db")), ..settings() });
    let canary = |place: &str| format!("CANARY{place}0123456789abcdef");
    let long = "x".repeat(20_000);
    let multipart = format!(
        "--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\n{}\r\n--b--\r\n",
        canary("multipart")
    );
    let headers = |place: &str| {
        [
            ("Authorization", format!("Bearer {}", canary(&format!("bearer{place}")))),
            ("X-Api-Key", canary(&format!("key{place}"))),
            ("X-Admin-Token", canary(&format!("admin{place}"))),
            ("Cookie", format!("session={}", canary(&format!("cookie{place}")))),
            ("Referer", format!("https://app.test/?user_token={}", canary("referer"))),
            ("X-My-Secret", canary(&format!("own{place}"))),
        ]
    };
    let query = format!(
        "?user_token={}&api_key={}&client_secret={}&jwt_token={}&token={}&%74oken={}&__delay=1",
        canary("q1"),
        canary("q2"),
        canary("q3"),
        canary("q4"),
        canary("q5"),
        canary("q6")
    );
    let bodies = [
        (
            "application/json",
            json!({"password": canary("json"), "a": [{"newToken": canary("nested")}]}).to_string(),
        ),
        ("application/json", json!({"a": long, "secret": canary("behind")}).to_string()),
        ("application/json", format!("{{\"secret\":\"{}\"", canary("broken"))),
        ("application/json", format!("{{\"\\u0073ecret\":\"{}\"}}", canary("escaped"))),
        (
            "application/x-www-form-urlencoded",
            format!("a=1&client_secret={}&jwt%5Ftoken={}", canary("form"), canary("form2")),
        ),
        ("multipart/form-data; boundary=b", multipart),
        ("text/plain", format!("token {}", canary("text"))),
        ("application/octet-stream", format!("\u{0}password={}", canary("octets"))),
    ];
    for target in
        [PROFILES, JOBS, "/ims/token/v3", "/ims/exchange/jwt", "/ims/validate_token/v1", "/nowhere"]
    {
        for (kind, body) in &bodies {
            let sent = headers(&kind.len().to_string());
            let mut sent: Vec<_> =
                sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
            sent.push(("Content-Type", kind));
            mock.raw("POST", &format!("{target}{query}"), &sent, body);
        }
    }
    // With good credentials, whose answers repeat the query, and tokens that are given away and back.
    mock.get(&format!("{PROFILES}{query}&_lineCount=1"));
    mock.call("POST", &format!("{PROFILES}{query}"), &bodies[0].1);
    let secret = "demo-secret-not-for-production";
    let login = format!(
        "grant_type=client_credentials&client_id={}&client_secret={secret}&scope=openid,campaign_sdk",
        mock.api_key()
    );
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = mock.raw("POST", "/ims/token/v3", &form, &login);
    let issued = answer.json()["access_token"].as_str().unwrap().to_owned();
    mock.raw("POST", "/ims/invalidate_token/v2", &form, &format!("token={issued}"));
    let minted = mock.control("POST", "/tokens", &json!({})).json();
    let minted = minted["accessToken"].as_str().unwrap();

    let journal = mock.control("GET", "/requests", &Value::Null).body;
    let entries = requests(&mock, "");
    assert!(entries.len() >= 50, "{}", entries.len());
    let each: String = entries
        .iter()
        .map(|entry| mock.control("GET", &format!("/requests/{}", entry["id"]), &Value::Null).body)
        .collect();
    let shown = format!("{journal}{each}{}", mock.control("GET", "/health", &Value::Null).body);
    let data = bytes_below(folder.path());
    let data = String::from_utf8_lossy(&data);
    for (name, text) in [("journal", shown.as_str()), ("database", &data)] {
        let at = text.find("CANARY").map(|at| &text[at..at + 30]);
        assert_eq!(at, None, "{name}");
        for known in [secret, &issued, minted, mock.token()] {
            assert!(!text.contains(known), "{name} has {known}");
        }
    }
    for credential in ["\"x-api-key\":\"", "api_key="] {
        let shown_as: Vec<_> = shown
            .match_indices(credential)
            .map(|(at, _)| &shown[at + credential.len()..])
            .collect();
        assert!(!shown_as.is_empty(), "{credential}");
        assert!(shown_as.iter().all(|value| value.starts_with("sha256:")), "{credential}");
    }
}

/// Opens the stream and reads its head.
fn stream(mock: &Mock, query: &str, header: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(mock.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head =
        format!("GET /__admin/requests/stream{query} HTTP/1.1\r\nHost: {HOST}\r\n{header}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    reader
}

/// Reads up to the next line that begins so.
fn next(reader: &mut BufReader<TcpStream>, start: &str) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "it ended");
        if let Some(rest) = line.trim_end().strip_prefix(start) {
            return rest.to_owned();
        }
    }
}

#[test]
fn calls_can_be_watched_and_taken_up_again() {
    let mock = Mock::start();
    mock.get(PROFILES);
    let mut reader = stream(&mock, "", "");
    let id =
        mock.get(&format!("{PROFILES}/_count")).header("x-mock-request-id").unwrap().to_owned();
    assert_eq!(next(&mut reader, "id: "), id);
    assert_eq!(next(&mut reader, "event: "), "request");
    let data: Value = serde_json::from_str(&next(&mut reader, "data: ")).unwrap();
    assert_eq!(data["path"], format!("{PROFILES}/_count"));
    drop(reader);
    let later: Vec<_> = (0..50)
        .map(|_| mock.get(PROFILES).header("x-mock-request-id").unwrap().to_owned())
        .collect();
    let mut reader = stream(&mock, "?org=acme", &format!("Last-Event-ID: {id}\r\n"));
    for id in later {
        assert_eq!(next(&mut reader, "id: "), id);
    }
}

#[test]
fn a_watcher_that_comes_too_late_is_told_so() {
    let mock = Mock::with(Settings { journal_entries: 2, ..settings() });
    for _ in 0..5 {
        mock.get(PROFILES);
    }
    let mut reader = stream(&mock, "", "Last-Event-ID: 1\r\n");
    let gone = next(&mut reader, "id: ");
    assert_eq!(next(&mut reader, "event: "), "behind");
    let mut reader = stream(&mock, "", &format!("Last-Event-ID: {gone}\r\n"));
    next(&mut reader, "id: ");
    assert_eq!(next(&mut reader, "event: "), "request");
}

#[test]
fn a_watcher_that_does_not_read_is_cut_off() {
    let mock = Mock::with(Settings { journal_entries: 200, ..settings() });
    let mut reader = stream(&mock, "", "");
    let start = Instant::now();
    // More than the sockets hold, until the journal has gone on without the reader.
    let body = json!({"externalId": "x".repeat(15_000)}).to_string();
    let written = |reader: &mut BufReader<TcpStream>| reader.get_mut().write_all(b"x").is_ok();
    while written(&mut reader) {
        assert!(start.elapsed() < Duration::from_secs(25), "it is not cut off");
        for _ in 0..100 {
            mock.call("POST", PROFILES, &body);
        }
    }
    assert_eq!(mock.get(PROFILES).status, 200);
}

#[test]
fn a_question_is_about_the_org_of_its_query() {
    let mock = Mock::start();
    let of = |org: &str| format!("/{org}/campaign/profileAndServices/profile/_count");
    for org in ["acme", "acme-w2", "acme-w2"] {
        mock.get(&of(org));
    }
    for (query, expected) in [("", 3), ("?org=acme-w2", 2), ("?org=acme-w3", 0)] {
        let ask = |call: &str, body: &Value| {
            mock.control("POST", &format!("/{call}{query}"), body).json()
        };
        let any = json!({"path": "*"});
        assert_eq!(ask("requests/count", &any)["count"], expected);
        assert_eq!(ask("requests/find", &any)["requests"].as_array().unwrap().len(), expected);
        assert_eq!(ask("verify", &json!({"path": "*", "count": expected}))["verified"], true);
    }
    let both =
        mock.control("POST", "/requests/count?org=acme", &json!({"org": "acme-w2", "path": "*"}));
    assert_eq!(both.status, 400, "{}", both.body);
}

#[test]
fn a_journal_that_is_off_is_no_proof_of_anything() {
    let mock = Mock::with(Settings { journal_entries: 0, ..settings() });
    assert!(mock.get(PROFILES).header("x-mock-request-id").is_some());
    for (method, path) in [
        ("GET", "/requests"),
        ("GET", "/requests/1"),
        ("GET", "/requests/unmatched"),
        ("GET", "/requests/stream"),
        ("POST", "/requests/find"),
        ("POST", "/requests/count"),
        ("POST", "/verify"),
    ] {
        let answer = mock.control(method, path, &json!({}));
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.body.contains("--journal-entries"), "{}", answer.body);
    }
}

/// As a browser does when the server was started again in the meantime.
#[test]
fn a_reader_that_comes_from_another_server_sees_what_comes() {
    let mock = Mock::start();
    let mut reader = stream(&mock, "", "Last-Event-ID: 99999\r\n");
    mock.get(PROFILES);
    assert_eq!(next(&mut reader, "event: "), "request");
}
