//! What the server does not put up with: bodies and heads that are too large, too deep, or never end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::driver::{HOST, JOBS, Mock, PROFILES};
use crate::wire;

#[test]
fn a_body_over_one_mebibyte_is_refused() {
    let mock = Mock::start();
    let largest = format!("{{\"externalId\":\"\"{}}}", " ".repeat(1024 * 1024 - 17));
    assert_eq!(largest.len(), 1024 * 1024);
    assert_eq!(mock.call("POST", PROFILES, &largest).status, 201);
    for target in [PROFILES, JOBS] {
        let answer = mock.call("POST", target, &format!("{largest} "));
        assert_eq!(answer.status, 413, "{target}");
        assert_eq!(answer.header("x-mock-reason"), Some("The body is larger than 1 MiB."));
    }
    let chunk = format!("{:x}\r\n{}\r\n", 65_536, "x".repeat(65_536));
    let head = format!(
        "POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {}\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        mock.api_key(),
        mock.token()
    );
    let answer = wire::exchange(mock.address(), format!("{head}{}", chunk.repeat(40)).as_bytes());
    let text = String::from_utf8_lossy(&answer.unwrap()).into_owned();
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
}

#[test]
fn a_body_too_deep_is_not_json() {
    let mock = Mock::start();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [deep.clone(), format!("{{\"location\":{deep}}}"), "{\"a\":".repeat(10_000)] {
        let answer = mock.call("POST", PROFILES, &body);
        let expected =
            json!("RST-360011 An error has occurred - please contact your administrator.");
        assert_eq!((answer.status, answer.json()), (500, expected));
        assert_eq!(mock.call("POST", JOBS, &body).status, 400);
    }
}

#[test]
fn a_head_too_large_is_refused() {
    let mock = Mock::start();
    let head = format!(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n",
        "x".repeat(200_000)
    );
    let answer = wire::exchange(mock.address(), head.as_bytes()).unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 431 "), "{text}");
    let many: String = (0..120).map(|n| format!("X-{n}: y\r\n")).collect();
    let head = format!("GET /livez HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    let answer = wire::exchange(mock.address(), head.as_bytes()).unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 431 ") || text.starts_with("HTTP/1.1 400 "), "{text}");
    assert_eq!(mock.get("/livez").status, 200);
}

#[test]
fn a_client_that_stalls_its_body_is_cut_off() {
    let mock = Mock::start();
    let mut stream = TcpStream::connect(mock.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {}\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n{{\"first",
        mock.api_key(),
        mock.token()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.contains("x-mock-reason: The body did not arrive within 10 seconds."),
        "{answer}"
    );
    assert_eq!(mock.get(&format!("{PROFILES}/_count")).json(), json!({"count": 12}));
}

#[test]
fn an_offered_upgrade_is_answered_plainly_and_the_end_of_the_connection_is_told() {
    let mock = Mock::start();
    let offer =
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n";
    for call in ["GET /livez", "POST /__admin/reset", "GET /nowhere"] {
        let request = format!(
            "{call} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{offer}\r\n"
        );
        // The whole of what comes until the server closes.
        let answer = wire::exchange(mock.address(), request.as_bytes()).unwrap();
        let answer = wire::parse(&answer).unwrap();
        assert_eq!(answer.header("connection"), Some("close"), "{call}: {answer:?}");
        assert_ne!(answer.status, 101);
    }
}

#[test]
fn probes_need_no_credentials() {
    let mock = Mock::start();
    for (target, body) in [("/livez", r#"{"status":"live"}"#), ("/readyz", r#"{"status":"ready"}"#)]
    {
        let answer = mock.raw("GET", target, &[], "");
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
        assert_eq!(mock.raw("POST", target, &[], "").status, 405);
    }
}

#[test]
fn probes_are_answered_under_any_host_and_without_one() {
    let mock = Mock::start();
    let ask = |head: &str| {
        let bytes = wire::exchange(mock.address(), format!("{head}\r\n\r\n").as_bytes()).unwrap();
        wire::parse(&bytes).unwrap_or_else(|| panic!("{head}: no answer")).status
    };
    for target in ["/livez", "/readyz"] {
        for version in [
            "HTTP/1.0",
            "HTTP/1.0\r\nHost: 10.0.0.7:8377",
            "HTTP/1.1\r\nConnection: close\r\nHost: mock.internal",
        ] {
            assert_eq!(ask(&format!("GET {target} {version}")), 200, "{target} {version}");
        }
    }
    // Everything else is asked for by a name of the server.
    assert_eq!(ask("GET /metrics HTTP/1.0"), 421);
    assert_eq!(ask(&format!("GET {PROFILES} HTTP/1.0")), 421);
}

#[test]
fn a_host_that_is_not_ours_is_refused_before_anything_else() {
    let mock = Mock::start();
    for target in [PROFILES, JOBS, "/metrics", "/__admin/health", "/livez/x", "/nowhere"] {
        let answer =
            wire::send(mock.address(), "GET", target, &[("Host", "rebound.test")], b"").unwrap();
        assert_eq!(answer.status, 421, "{target}");
        assert_eq!(
            answer.header("x-mock-reason"),
            Some(
                "The Host 'rebound.test' is not one of this server's: add it with --allowed-host rebound.test."
            )
        );
    }
}

#[test]
fn what_is_no_path_is_refused_with_a_reason() {
    let mock = Mock::start();
    let answer = mock.raw("OPTIONS", "*", &[], "");
    assert_eq!(answer.status, 500);
    assert!(answer.header("x-mock-reason").unwrap().starts_with("No API has this path"));
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let mock = Mock::start();
    for (method, target, allowed) in [
        ("PUT", PROFILES, "GET, POST, PATCH, DELETE, OPTIONS"),
        ("PATCH", PROFILES, "GET, POST, OPTIONS"),
        ("DELETE", JOBS, "GET, POST, OPTIONS"),
    ] {
        let answer = mock.call(method, target, "{}");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some(allowed)),
            "{method} {target}"
        );
    }
}

/// What the framework refuses by itself has a reason like all other refusals.
#[test]
fn what_is_no_http_is_told_why() {
    let mock = Mock::start();
    let told = |line: &str| {
        let request = format!("{line}\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
        let answer = wire::exchange(mock.address(), request.as_bytes()).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    for name in ["ORGANIZATION", "PKEY", "workflowID"] {
        let answer = told(&format!("PATCH /<{name}>/campaign/profileAndServices/profile HTTP/1.1"));
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        let reason = format!(
            "x-mock-reason: The address still has the documentation's placeholder <{name}>"
        );
        assert!(answer.contains(&reason), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "it has no body: {answer}");
    }
    for line in ["GET /acme campaign HTTP/1.1", "GET /acme HTTP/9", "\u{0}\u{1}", "GET"] {
        let answer = told(line);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{line}: {answer}");
        assert!(answer.contains("x-mock-reason: The request is no HTTP"), "{line}: {answer}");
    }
    let long = told(&format!("GET /{} HTTP/1.1", "x".repeat(70_000)));
    assert!(long.starts_with("HTTP/1.1 400 ") && long.contains("more than 64 kB"), "{long}");
    let head = told(&format!("GET / HTTP/1.1\r\nX-Long: {}", "x".repeat(200_000)));
    assert!(head.starts_with("HTTP/1.1 431 ") && head.contains("larger than 128 KiB"), "{head}");
    // On a connection that was good so far, too.
    let mut stream = TcpStream::connect(mock.address()).unwrap();
    let mut ask = |target: &str| {
        write!(stream, "GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n").unwrap();
        let mut answer = [0; 2048];
        let length = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    let (good, bad) = (ask("/livez"), ask("/<ORGANIZATION>/campaign"));
    assert!(good.starts_with("HTTP/1.1 200 ") && !good.contains("x-mock-reason"), "{good}");
    assert!(bad.starts_with("HTTP/1.1 400 ") && bad.contains("<ORGANIZATION>"), "{bad}");
}

/// Both answers go out in one write.
#[test]
fn what_is_no_http_is_told_why_behind_a_good_request_too() {
    let mock = Mock::start();
    let good = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let long = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000));
    for (bad, status, why) in [
        ("\u{0}\r\n\r\n", "400", "The request is no HTTP"),
        ("GET /a b HTTP/1.1\r\n\r\n", "400", "The request is no HTTP"),
        (long.as_str(), "431", "larger than 128 KiB"),
    ] {
        for target in ["/livez", "/__admin/health", "/nowhere"] {
            for times in [1, 3] {
                let packet = good(target).repeat(times) + bad;
                let answers = wire::exchange(mock.address(), packet.as_bytes()).unwrap();
                let answers = String::from_utf8_lossy(&answers).into_owned();
                assert_eq!(answers.matches("HTTP/1.1 ").count(), times + 1, "{answers}");
                let last = answers.rsplit("HTTP/1.1 ").next().unwrap();
                assert!(last.starts_with(status), "{last}");
                assert_eq!(last.matches("x-mock-reason: ").count(), 1, "{last}");
                assert!(last.contains(why), "{last}");
                assert!(!last.contains("x-mock-request-id"), "{last}");
            }
        }
    }
}
