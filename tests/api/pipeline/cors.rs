//! Pages in browsers, without a browser: what they would be told, and what they must not get at.

use campaign_mock::config::Settings;
use campaign_mock::http::{Audience, control_routes};
use serde_json::{Value, json};

use crate::driver::{HOST, JOBS, Mock, PROFILES, settings};
use crate::wire::{self, Answer};

const APP: &str = "https://app.example.test";

fn mock() -> Mock {
    Mock::with(Settings { cors_origins: vec![APP.to_owned()], cors_dev: true, ..settings() })
}

fn preflight(mock: &Mock, target: &str, origin: &str) -> Answer {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "PATCH"),
        ("Access-Control-Request-Headers", "Authorization, x-api-key,x-evil,content-type"),
    ];
    mock.raw("OPTIONS", target, &headers, "")
}

/// The CORS headers of an answer.
fn cors(answer: &Answer) -> Vec<&(String, String)> {
    answer.headers.iter().filter(|(name, _)| name.starts_with("access-control-")).collect()
}

#[test]
fn nobody_may_read_unless_told_so() {
    let mock = Mock::start();
    for origin in [APP, "http://localhost:3000", "null"] {
        let answer = mock.raw("GET", PROFILES, &[("Origin", origin)], "");
        assert_eq!((cors(&answer).len(), answer.header("vary")), (0, None));
        assert!(cors(&preflight(&mock, PROFILES, origin)).is_empty());
    }
}

#[test]
fn a_preflight_is_answered_before_credentials_and_faults() {
    let mock = mock();
    mock.control("POST", "/faults", &json!({"status": 503}));
    for target in [PROFILES, JOBS, "/ims/token/v3", "/nowhere"] {
        let answer = preflight(&mock, target, APP);
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{target}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some("authorization, x-api-key, content-type")
        );
        assert_eq!(
            answer.header("access-control-allow-methods"),
            Some("GET, HEAD, POST, PUT, PATCH, DELETE")
        );
    }
}

#[test]
fn refusals_and_faults_can_be_read_too() {
    let mock = mock();
    let too_large = "x".repeat(1024 * 1024 + 1);
    let bearer = format!("Bearer {}", mock.token());
    let good = [("X-Api-Key", mock.api_key()), ("Authorization", bearer.as_str())];
    let bad = [("X-Api-Key", mock.api_key()), ("Authorization", "Bearer x")];
    let absent = format!("{PROFILES}/nobody");
    let faulted = format!("{PROFILES}?__code=429");
    let wrong = format!("{PROFILES}?_lineCount=x");
    let cases: [(&str, &str, &[(&str, &str)], &str, u16); 8] = [
        ("GET", PROFILES, &good, "", 200),
        ("GET", PROFILES, &bad, "", 401),
        ("GET", PROFILES, &[], "", 403),
        ("GET", &absent, &good, "", 404),
        ("PUT", PROFILES, &good, "", 405),
        ("POST", PROFILES, &good, &too_large, 413),
        ("GET", &faulted, &good, "", 429),
        ("GET", &wrong, &good, "", 500),
    ];
    for (origin, credentials) in [(APP, Some("true")), ("http://localhost:5173", None)] {
        for (method, target, headers, body, status) in cases {
            let headers: Vec<_> = headers.iter().copied().chain([("Origin", origin)]).collect();
            let answer = mock.raw(method, target, &headers, body);
            assert_eq!(answer.status, status, "{method} {target}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{target}");
            assert_eq!(answer.header("access-control-allow-credentials"), credentials);
            assert_eq!(answer.header("vary"), Some("Origin"));
            let exposed = answer.header("access-control-expose-headers").unwrap();
            for name in
                ["X-Request-Id", "X-Mock-Reason", "X-Mock-Request-Id", "Retry-After", "Allow"]
            {
                assert!(exposed.contains(name), "{name}");
            }
        }
    }
}

#[test]
fn strangers_get_no_headers() {
    let mock = mock();
    for origin in [
        "null",
        "https://evil.test",
        "http://app.example.test",
        "https://app.example.test.evil.test",
        "https://app.example.test:444",
        "https://localhost:3000",
        "http://localhost.evil.test:3000",
    ] {
        for answer in [
            mock.raw("GET", PROFILES, &[("Origin", origin)], ""),
            preflight(&mock, PROFILES, origin),
        ] {
            assert!(cors(&answer).is_empty(), "{origin}");
            assert_eq!(answer.header("vary"), Some("Origin"));
        }
    }
}

/// A path of the table with its placeholders filled in.
fn filled(path: &str) -> String {
    let path = path.replace("{org}", "acme").replace("{job_id}", "1").replace("{id}", "fault-1");
    format!("/__admin{path}")
}

/// Everything that a control call could change, as far as it shows.
fn state(mock: &Mock) -> Vec<Value> {
    let read = |path: &str| mock.control("GET", path, &Value::Null).json();
    let clock = read("/clock");
    let jobs = mock.jobs("ccpa").into();
    let count = mock.get(&format!("{PROFILES}/_count")).json();
    let calls = read("/requests?org=acme")["requests"].as_array().unwrap().is_empty().into();
    vec![
        clock,
        jobs,
        count,
        calls,
        read("/orgs"),
        read("/faults"),
        read("/jobs/transitions?org=acme"),
        read("/opt-outs?org=acme"),
        read("/consents?org=acme"),
    ]
}

#[test]
fn a_page_gets_nowhere_with_the_control_api() {
    let mock = mock();
    mock.control("POST", "/faults", &json!({"org": "nobody", "status": 500}));
    mock.get(PROFILES);
    let before = state(&mock);
    let body = r#"{"action":"freeze","org":"acme-evil","seed":1,"status":500,"faults":[]}"#;
    let text = [("Content-Type", "text/plain")];
    for route in control_routes() {
        let (method, path) = (route.method.as_str(), filled(route.path));
        let encoded = path.replacen("/__admin", "/%5F%5Fadmin", 1);
        let mut attacks: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
        for origin in ["null", "https://evil.test", APP, "http://localhost:3000"] {
            attacks.push((HOST, vec![("Origin", origin), text[0]]));
            attacks.push((HOST, vec![("Origin", origin), ("Content-Type", "application/json")]));
        }
        // An image, a script, a link: calls that have no Origin.
        for site in ["cross-site", "same-site"] {
            let fetched = [("Sec-Fetch-Site", site), ("Content-Type", "application/json")];
            attacks.push((HOST, fetched.to_vec()));
        }
        attacks.push(("evil.test", vec![("Content-Type", "application/json")]));
        attacks.push(("evil.test", vec![("Origin", "http://evil.test"), text[0]]));
        if method != "GET" {
            // What a form or a no-cors fetch can send where a browser leaves the Origin out.
            attacks.push((HOST, text.to_vec()));
            attacks.push((HOST, vec![("Content-Type", "application/x-www-form-urlencoded")]));
            attacks.push((HOST, vec![]));
        }
        for (host, headers) in attacks {
            for path in [&path, &encoded] {
                let headers: Vec<_> = [("Host", host)].into_iter().chain(headers.clone()).collect();
                let answer =
                    wire::send(mock.address(), method, path, &headers, body.as_bytes()).unwrap();
                assert!(
                    [403, 415, 421].contains(&answer.status),
                    "{method} {path} {headers:?}: {} {}",
                    answer.status,
                    answer.body
                );
                assert!(cors(&answer).is_empty(), "{method} {path} {headers:?}");
            }
        }
        for origin in [APP, "http://localhost:3000", "null"] {
            let answer = preflight(&mock, &path, origin);
            assert!(answer.status >= 400 && cors(&answer).is_empty(), "{path} {origin}");
        }
    }
    assert_eq!(state(&mock), before);
}

#[test]
fn no_control_route_answers_without_the_token() {
    let token = "0123456789abcdef-token".to_owned();
    let parsed = <TokenLine as clap::Parser>::parse_from(["x", "--admin-token", token.as_str()]);
    let mock = Mock::with(Settings { rng_seed: Some(7), ..parsed.settings });
    for route in control_routes().iter().filter(|route| needs_token(route.audience)) {
        let (method, path) = (route.method.as_str(), filled(route.path));
        for wrong in [None, Some("0123456789abcdef-tokem"), Some("")] {
            let mut headers = vec![("Content-Type", "application/json")];
            headers.extend(wrong.map(|token| ("X-Admin-Token", token)));
            let answer = mock.raw(method, &path, &headers, "{}");
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
    let health = mock.raw("GET", "/__admin/health", &[("X-Admin-Token", &token)], "");
    assert_eq!(health.status, 200);
}

const fn needs_token(audience: Audience) -> bool {
    matches!(audience, Audience::Trainer | Audience::Seats)
}

#[derive(clap::Parser)]
struct TokenLine {
    #[command(flatten)]
    settings: Settings,
}

#[test]
fn no_control_route_is_on_the_api_port_when_it_has_its_own() {
    let mock = Mock::with(Settings { admin_port: Some(0), ..settings() });
    for route in control_routes() {
        let (method, path) = (route.method.as_str(), filled(route.path));
        let answer = mock.raw(method, &path, &[("Content-Type", "application/json")], "{}");
        assert_eq!(answer.status, 404, "{method} {path}");
        assert!(answer.header("x-mock-reason").unwrap().contains("not on this port"));
    }
}
