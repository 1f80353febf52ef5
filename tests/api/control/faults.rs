//! Failing on demand: rules of the control API, and what a call asks for itself.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use campaign_mock::config::Settings;
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, PROFILES, settings};
use crate::wire;

const LOGIN: &str = "/ims/token/v3";

/// Sends a GET without credentials and reads until the connection ends: what came, and how it ended.
fn raw_get(mock: &Mock, target: &str, header: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(mock.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    (answer, end.err().map(|error| error.kind()))
}

fn set(mock: &Mock, rule: &Value) -> Value {
    let answer = mock.control("POST", "/faults", rule);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

#[test]
fn each_api_fails_with_a_body_of_its_own() {
    let mock = Mock::start();
    let mut shown = String::new();
    for target in [PROFILES, JOBS, "/data/privacy/gdpr", LOGIN] {
        for status in [400, 401, 403, 404, 429, 500, 503, 504] {
            let target = format!("{target}?__code={status}");
            let answer = mock.raw("GET", &target, &[], "");
            let retry = answer.header("retry-after").unwrap_or("-");
            shown.push_str(&format!("--- {target}, Retry-After {retry}\n{}\n", answer.shown()));
        }
    }
    insta::assert_snapshot!("injected", shown);
}

#[test]
fn a_rule_is_made_shown_changed_and_removed() {
    let mock = Mock::start();
    let rule = json!({"method": "GET", "path": "*/profile*", "status": 429, "retryAfter": 7});
    let made = set(&mock, &rule);
    assert_eq!((&made["id"], &made["retryAfter"]), (&json!("fault-1"), &json!(7)));
    let answer = mock.get(PROFILES);
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(answer.json()["error_code"], "429050");
    assert_eq!(
        answer.header("x-mock-reason"),
        Some("The fault rule 'fault-1' is for this call: see /__admin/faults.")
    );
    assert_eq!(mock.post(PROFILES, &json!({})).status, 201);
    let read = mock.control("GET", "/faults/fault-1", &Value::Null).json();
    assert_eq!((&read["matched"], &read["applied"]), (&json!(1), &json!(1)));
    let health = mock.control("GET", "/health", &Value::Null).json();
    assert_eq!(health["faults"][0]["id"], "fault-1");
    let put = mock.control("PUT", "/faults/fault-1", &json!({"status": 503}));
    assert_eq!((put.status, mock.get(PROFILES).status), (200, 503));
    assert_eq!(mock.control("PUT", "/faults/mine", &json!({"delay": 1})).status, 201);
    let all = json!({"faults": [{"status": 500}]});
    assert_eq!(mock.control("PUT", "/faults", &all).json()["faults"][0]["id"], "fault-2");
    assert_eq!(mock.get(PROFILES).status, 500);
    assert_eq!(mock.control("DELETE", "/faults/fault-2", &Value::Null).json()["removed"], 1);
    assert_eq!(mock.control("DELETE", "/faults/fault-2", &Value::Null).status, 404);
    set(&mock, &rule);
    assert_eq!(mock.control("DELETE", "/faults", &Value::Null).json()["removed"], 1);
    assert_eq!(mock.get(PROFILES).status, 200);
    for wrong in [json!({}), json!({"status": 200}), json!({"fault": "NONE"}), json!({"x": 1})] {
        assert_eq!(mock.control("POST", "/faults", &wrong).status, 400, "{wrong}");
    }
}

#[test]
fn rules_are_for_an_org_for_a_while_and_for_some_calls() {
    let mock = Mock::start();
    mock.control("POST", "/orgs", &json!({"org": "acme-b"}));
    set(&mock, &json!({"org": "acme-b", "status": 500}));
    assert_eq!(mock.get(PROFILES).status, 200);
    assert_eq!(mock.get("/acme-b/campaign/profileAndServices/profile").status, 500);
    mock.control(
        "PUT",
        "/faults",
        &json!({"faults": [{"org": "acme", "status": 504, "ttl": "1m"}]}),
    );
    assert_eq!(mock.get(JOBS).json()["error_code"], "504001");
    mock.advance(Duration::from_secs(60));
    assert_eq!(mock.get(PROFILES).status, 200);
    assert_eq!(mock.control("GET", "/faults", &Value::Null).json()["faults"], json!([]));
    set(&mock, &json!({"first": 2, "status": 503}));
    let statuses: Vec<_> = (0..4).map(|_| mock.get(PROFILES).status).collect();
    assert_eq!(statuses, [503, 503, 200, 200]);
    mock.control("PUT", "/faults", &json!({"faults": [{"every": 2, "status": 503}]}));
    let statuses: Vec<_> = (0..4).map(|_| mock.get(PROFILES).status).collect();
    assert_eq!(statuses, [200, 503, 200, 503]);
}

#[test]
fn chance_follows_the_seed() {
    let drawn = || {
        let mock = Mock::start();
        set(&mock, &json!({"probability": 0.5, "status": 503}));
        (0..30).map(|_| mock.get(PROFILES).status).collect::<Vec<_>>()
    };
    let statuses = drawn();
    assert_eq!(statuses, drawn());
    let failed = statuses.iter().filter(|status| **status == 503).count();
    assert!((5..=25).contains(&failed), "{failed}");
}

#[test]
fn neither_the_control_api_nor_the_probes_fail() {
    let mock = Mock::start();
    set(&mock, &json!({"status": 503}));
    set(&mock, &json!({"fault": "CONNECTION_RESET_BY_PEER"}));
    for target in ["/livez", "/readyz", "/__admin/health", "/%5F%5Fadmin/health", "/__admin/faults"]
    {
        let target = format!("{target}?__code=500");
        assert_eq!(mock.raw("GET", &target, &[("Prefer", "code=503")], "").status, 200, "{target}");
    }
    assert_eq!(mock.get(PROFILES).status, 503);
}

#[test]
fn a_delay_delays_and_the_call_is_answered() {
    let mock = Mock::start();
    set(&mock, &json!({"delay": {"type": "uniform", "lower": 200, "upper": 210}, "first": 1}));
    let start = Instant::now();
    let answer = mock.get(PROFILES);
    assert_eq!(answer.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert!(answer.header("x-mock-reason").is_some());
    let start = Instant::now();
    let answer = mock.get(&format!("{PROFILES}?__delay=150&_lineCount=1"));
    assert_eq!(answer.header("preference-applied"), Some("delay=150"));
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert!(!answer.body.contains("__delay"), "{}", answer.body);
    assert_eq!(answer.json()["content"].as_array().unwrap().len(), 1);
}

#[test]
fn an_answer_can_come_in_pieces() {
    let mock = Mock::start();
    let whole = mock.get(&format!("{PROFILES}/_count"));
    let dribble = json!({"numberOfChunks": 4, "totalDuration": 200});
    set(&mock, &json!({"chunkedDribbleDelay": dribble}));
    let start = Instant::now();
    let answer = mock.get(&format!("{PROFILES}/_count"));
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert_eq!((answer.status, answer.body), (200, whole.body));
}

#[test]
fn a_reset_is_a_reset() {
    let mock = Mock::start();
    let prefer = "Prefer: fault=CONNECTION_RESET_BY_PEER\r\n";
    assert_eq!(raw_get(&mock, PROFILES, prefer), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    set(&mock, &json!({"fault": "CONNECTION_RESET_BY_PEER"}));
    assert_eq!(raw_get(&mock, PROFILES, ""), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    let head =
        format!("POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}");
    let ended = wire::exchange(mock.address(), head.as_bytes());
    assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::ConnectionReset));
    let entry =
        mock.control("GET", "/requests?limit=1", &Value::Null).json()["requests"][0].clone();
    assert_eq!((&entry["status"], &entry["request"]["body"]), (&Value::Null, &json!("{}")));
}

#[test]
fn an_empty_answer_is_the_end_of_the_connection() {
    let mock = Mock::start();
    assert_eq!(
        raw_get(&mock, &format!("{PROFILES}?__fault=EMPTY_RESPONSE"), ""),
        (Vec::new(), None)
    );
}

#[test]
fn a_malformed_answer_breaks_off() {
    let mock = Mock::start();
    let (answer, end) = raw_get(&mock, &format!("{PROFILES}?__fault=MALFORMED_RESPONSE_CHUNK"), "");
    let text = String::from_utf8(answer).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200 ") && text.contains("transfer-encoding: chunked"),
        "{text}"
    );
    assert!(
        text.contains(
            "x-mock-reason: The call asks for it itself: fault=MALFORMED_RESPONSE_CHUNK."
        )
    );
    assert!(text.contains("{\"content\":") && !text.ends_with("0\r\n\r\n"), "{text}");
    assert_eq!(end, None);
}

#[test]
fn random_data_is_no_http() {
    let mock = Mock::start();
    let (answer, _) = raw_get(&mock, &format!("{PROFILES}?__fault=RANDOM_DATA_THEN_CLOSE"), "");
    assert!(!answer.is_empty() && !answer.starts_with(b"HTTP"), "{answer:?}");
}

#[test]
fn connections_that_fail_leave_no_handles_behind() {
    let mock = Mock::start();
    for _ in 0..300 {
        let (answer, end) = raw_get(&mock, PROFILES, "Prefer: fault=CONNECTION_RESET_BY_PEER\r\n");
        assert_eq!((answer.len(), end), (0, Some(ErrorKind::ConnectionReset)));
    }
}

#[test]
fn rules_of_an_org_are_set_and_removed_by_its_name() {
    let mock = Mock::start();
    let rule = json!({"status": 503});
    for org in ["acme", "acme-w2"] {
        let made = mock.control("POST", &format!("/faults?org={org}"), &rule).json();
        assert_eq!(made["org"], org);
    }
    set(&mock, &json!({"status": 429, "path": "*/service"}));
    let count = |query: &str| {
        mock.get(&format!("/__admin/faults{query}")).json()["faults"].as_array().unwrap().len()
    };
    assert_eq!((count("?org=acme"), count("?org=acme-w3"), count("")), (1, 0, 3));
    let two = json!({"faults": [{"status": 500}, {"status": 501, "org": "acme-w2"}]});
    assert_eq!(mock.control("PUT", "/faults?org=acme-w2", &two).status, 200);
    assert_eq!((count("?org=acme-w2"), count("")), (2, 4));
    let removed = mock.control("DELETE", "/faults?org=acme-w2", &Value::Null).json();
    assert_eq!((&removed["removed"], count("?org=acme"), count("")), (&json!(2), 1, 2));
    let other = mock.control("POST", "/faults?org=acme", &json!({"status": 503, "org": "acme-w2"}));
    assert_eq!(other.status, 400);
    assert_eq!(
        other.json()["error"],
        "The body is about the org 'acme-w2' and the query about 'acme': name one."
    );
}

#[test]
fn a_call_asks_for_its_own_fault() {
    let mock = Mock::start();
    let prefer = |value: &str| mock.raw("GET", PROFILES, &[("Prefer", value)], "");
    let answer = prefer("code=503, delay=10");
    assert_eq!(
        (answer.status, answer.header("preference-applied")),
        (503, Some("code=503, delay=10"))
    );
    assert_eq!(
        answer.header("x-mock-reason"),
        Some("The call asks for it itself: code=503, delay=10.")
    );
    assert_eq!(prefer("return=minimal").status, 403);
    for (target, value) in [
        (PROFILES.to_owned(), "code=200"),
        (PROFILES.to_owned(), "fault=none"),
        (format!("{PROFILES}?__delay=soon"), ""),
        (format!("{JOBS}?__code="), ""),
        (format!("{LOGIN}?__code=600"), ""),
    ] {
        let answer = mock.raw("GET", &target, &[("Prefer", value)], "");
        assert_eq!(answer.status, 400, "{target} {value}");
        assert!(answer.header("x-mock-reason").unwrap().starts_with("The preference "));
    }
}

#[test]
fn a_server_can_be_told_not_to_listen_to_such_wishes() {
    let mock = Mock::with(Settings { no_prefer: true, ..settings() });
    let answer = mock.raw("GET", &format!("{PROFILES}?__code=503"), &[("Prefer", "code=503")], "");
    assert_eq!((answer.status, answer.header("preference-applied")), (403, None));
    assert_eq!(mock.get(&format!("{PROFILES}?__code=503")).status, 200);
}

#[test]
fn a_faulted_write_writes_nothing() {
    let mock = Mock::start();
    let count = || mock.get(&format!("{PROFILES}/_count")).json();
    let before = count();
    for wish in ["__code=500", "__fault=EMPTY_RESPONSE", "__fault=CONNECTION_RESET_BY_PEER"] {
        let bearer = format!("Bearer {}", mock.token());
        let headers =
            [("Host", "localhost"), ("X-Api-Key", mock.api_key()), ("Authorization", &bearer)];
        let target = format!("{PROFILES}?{wish}");
        let _ = wire::send(mock.address(), "POST", &target, &headers, b"{}");
    }
    assert_eq!(count(), before);
}
