//! The console's files, and what of a browser leads to them.

use campaign_mock::config::Settings;
use serde_json::Value;

use crate::driver::{HOST, Mock, settings};
use crate::wire::{self, Answer};

const HTML: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

fn get(mock: &Mock, host: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: Vec<_> = [("Host", host)].into_iter().chain(headers.iter().copied()).collect();
    wire::send(mock.address(), "GET", target, &headers, b"").unwrap()
}

fn leads_to_console(answer: &Answer) -> bool {
    answer.status == 303 && answer.header("location") == Some("/__admin/")
}

#[test]
fn a_browser_that_opens_the_bare_address_is_led_to_the_console() {
    let allowed = vec!["mock.test".to_owned()];
    let mock = Mock::with(Settings { allowed_hosts: allowed, ..settings() });
    for host in [HOST, "127.0.0.1:8377", "app.localhost", "mock.test"] {
        assert!(leads_to_console(&get(&mock, host, "/", &[HTML])), "{host}");
        for icon in ["/favicon.ico", "/favicon.svg"] {
            let answer = get(&mock, host, icon, &[]);
            assert_eq!(answer.status, 200, "{host} {icon}");
            assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
        }
    }
    assert!(leads_to_console(&get(&mock, HOST, "/__admin", &[HTML])));
    let calls = mock.control("GET", "/requests", &Value::Null).json();
    assert_eq!(calls["requests"].as_array().unwrap().len(), 0, "{calls}");
}

#[test]
fn whoever_is_no_browser_of_this_server_gets_what_the_api_answers() {
    let mock = Mock::start();
    let api = get(&mock, HOST, "/", &[("Accept", "application/json")]);
    assert_eq!(api.status, 500);
    for headers in [&[][..], &[("Accept", "*/*")], &[("Accept", "application/json")]] {
        assert_eq!(get(&mock, HOST, "/", headers).shown(), api.shown(), "{headers:?}");
    }
    let posted = wire::send(mock.address(), "POST", "/", &[("Host", HOST), HTML], b"").unwrap();
    assert_ne!(posted.status, 303);
    for host in ["mc.adobe.io", "platform.adobe.io", "ims-na1.adobelogin.com"] {
        assert_ne!(get(&mock, host, "/", &[HTML]).status, 303, "{host}");
        assert_ne!(get(&mock, host, "/favicon.ico", &[]).status, 200, "{host}");
    }
    for path in ["/", "/__admin", "/__admin/", "/__admin/assets/app.js", "/favicon.ico"] {
        assert_eq!(get(&mock, "evil.test", path, &[HTML]).status, 421, "{path}");
    }
}

#[test]
fn where_the_control_api_is_not_the_console_is_not() {
    for absent in
        [Settings { no_admin: true, ..settings() }, Settings { admin_port: Some(0), ..settings() }]
    {
        let mock = Mock::with(absent);
        let api = get(&mock, HOST, "/", &[]).shown();
        assert_eq!(get(&mock, HOST, "/", &[HTML]).shown(), api);
        for path in ["/__admin", "/__admin/", "/__admin/seat", "/__admin/assets/app.js"] {
            assert_eq!(get(&mock, HOST, path, &[HTML]).status, 404, "{path}");
        }
        assert_ne!(get(&mock, HOST, "/favicon.ico", &[]).status, 200);
    }
}

#[test]
fn page_script_and_style_need_no_token_and_let_nothing_in() {
    let line = ["mock", "--admin-token", "0123456789abcdef-token"];
    let parsed = <TokenLine as clap::Parser>::parse_from(line);
    let mock = Mock::with(Settings { rng_seed: Some(7), ..parsed.settings });
    for (path, kind) in [
        ("/__admin/", "text/html; charset=utf-8"),
        ("/__admin/seat", "text/html; charset=utf-8"),
        ("/__admin/assets/console.css", "text/css; charset=utf-8"),
        ("/__admin/assets/app.js", "text/javascript; charset=utf-8"),
        ("/__admin/assets/lit-html.js", "text/javascript; charset=utf-8"),
        ("/__admin/assets/directives/repeat.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = get(&mock, HOST, path, &[]);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, Some("default-src 'self'; frame-ancestors 'none'"), "{path}");
    }
    for path in [
        "/__admin/assets/none.js",
        "/__admin/assets/directives/none.js",
        "/__admin/assets/..%2Fconsole.rs",
    ] {
        assert_eq!(get(&mock, HOST, path, &[]).status, 404, "{path}");
    }
    assert_eq!(get(&mock, HOST, "/__admin/health", &[]).status, 401);
}

#[derive(clap::Parser)]
struct TokenLine {
    #[command(flatten)]
    settings: Settings,
}
