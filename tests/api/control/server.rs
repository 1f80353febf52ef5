//! The control API: who may call it, and what it says and does of the server, its clock and its orgs.

use std::fmt::Write as _;
use std::time::Duration;

use campaign_mock::http::{Audience, control_routes};
use serde_json::{Value, json};

use crate::driver::{JOBS, Mock, PROFILES, settings};
use crate::wire::Answer;

impl Mock {
    /// What a call of the control API that only reads answers.
    fn looked_at(&self, path: &str) -> Value {
        let answer = self.raw("GET", &format!("/__admin{path}"), &[], "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }
}

#[test]
fn every_call_takes_its_methods_and_no_other() {
    let mock = Mock::start();
    let mut shown = String::new();
    for route in control_routes() {
        let path = route.path.replace(['{', '}'], "").replacen('/', "", 1);
        let answer = mock.control("PROPFIND", &path, &json!({}));
        assert_eq!(answer.status, 405, "{path}");
        let allowed = answer.header("allow").unwrap();
        assert!(allowed.split(", ").any(|one| one == route.method.as_str()), "{path}: {allowed}");
        let _ = writeln!(shown, "{} {}: {}", route.method, route.path, route.summary);
    }
    insta::assert_snapshot!("calls", shown);
    assert_eq!(mock.control("GET", "nothing", &json!({})).status, 404);
}

#[test]
fn what_a_page_can_have_a_browser_send_changes_nothing() {
    let mock = Mock::start();
    let host = format!("http://{}", crate::driver::HOST);
    for route in control_routes() {
        let path = format!("/__admin{}", route.path.replace(['{', '}'], ""));
        let method = route.method.as_str();
        for origin in ["http://evil.test", "null", "http://127.0.0.1:1", "", "http://localhost"] {
            let headers = [("Origin", origin), ("Content-Type", "application/json")];
            let answer = mock.raw(method, &path, &headers, "{}");
            assert_eq!(answer.status, 403, "{method} {path} {origin}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert!(answer.body.starts_with(r#"{"error":"#), "{}", answer.body);
        }
        if method != "GET" {
            for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
                let answer = mock.raw(method, &path, &[("Content-Type", kind)], "{}");
                assert_eq!(answer.status, 415, "{method} {path} {kind}");
            }
        }
    }
    // Its own page may.
    let own = [("Origin", host.as_str())];
    assert_eq!(mock.raw("GET", "/__admin/health", &own, "").status, 200);
    assert_eq!(mock.looked_at("/orgs")["orgs"].as_array().unwrap().len(), 1);
}

#[test]
fn with_a_token_nobody_calls_without_it() {
    let mut settings = settings();
    settings.admin_token = Some("a-token-of-the-test".parse().unwrap());
    let mock = Mock::with(settings);
    let needs_token = |audience| matches!(audience, Audience::Trainer | Audience::Seats);
    for route in control_routes().iter().filter(|route| needs_token(route.audience)) {
        let path = format!("/__admin{}", route.path.replace(['{', '}'], ""));
        for headers in [
            vec![],
            vec![("X-Admin-Token", "a-token-of-the-tesT")],
            vec![("X-Admin-Token", "")],
            vec![("Authorization", "Bearer x")],
        ] {
            let headers: Vec<_> = [("X-Campaign-Mock", "1")].into_iter().chain(headers).collect();
            let answer = mock.raw(route.method.as_str(), &path, &headers, "{}");
            assert_eq!(answer.status, 401, "{} {path} {headers:?}", route.method);
        }
    }
    for header in
        [("X-Admin-Token", "a-token-of-the-test"), ("Authorization", "Bearer a-token-of-the-test")]
    {
        assert_eq!(mock.raw("GET", "/__admin/health", &[header], "").status, 200);
    }
}

#[test]
fn it_can_be_taken_away_or_put_on_a_port_of_its_own() {
    let without = Mock::with(campaign_mock::config::Settings { no_admin: true, ..settings() });
    for route in control_routes() {
        let path = route.path.replace(['{', '}'], "").replacen('/', "", 1);
        assert_eq!(without.control(route.method.as_str(), &path, &json!({})).status, 404, "{path}");
    }
    assert_eq!(without.get(PROFILES).status, 200);

    let apart = Mock::with(campaign_mock::config::Settings { admin_port: Some(0), ..settings() });
    assert_eq!(apart.raw("GET", "/__admin/health", &[], "").status, 404);
    let address = apart.admin_address();
    let health =
        crate::wire::send(&address, "GET", "/__admin/health", &[("Host", "localhost")], b"");
    assert_eq!(health.unwrap().status, 200);
}

#[test]
fn health_says_what_the_server_runs_with() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({}));
    mock.set_opt_out(&pkey, true);
    let mut health = mock.looked_at("/health");
    assert_eq!(health["queue"], json!({"jobs": 1}));
    health["version"] = json!("…");
    health["uptimeInSeconds"] = json!("…");
    insta::assert_snapshot!("health", serde_json::to_string_pretty(&health).unwrap());
    let relaxed =
        campaign_mock::config::Settings { auth: campaign_mock::auth::AuthMode::Off, ..settings() };
    let relaxed = Mock::with(relaxed).looked_at("/health");
    assert_eq!(relaxed["auth"], "off");
    assert_eq!(relaxed["relaxed"], json!(["--auth off: no API key or token is asked for"]));
}

#[test]
fn the_clock_is_told_what_to_do() {
    let mock = Mock::start();
    let clock = |body: Value| mock.control("PUT", "clock", &body);
    assert_eq!(
        mock.looked_at("/clock"),
        json!({"now": "2020-03-01T12:00:00.000Z", "frozen": true})
    );
    let set = clock(json!({"action": "set", "instant": "2020-03-01T18:00:00Z"}));
    assert_eq!(set.json()["now"], "2020-03-01T18:00:00.000Z");
    let on = clock(json!({"action": "advance", "durationMillis": 90_000}));
    assert_eq!(on.json()["now"], "2020-03-01T18:01:30.000Z");
    let on = clock(json!({"action": "advance", "duration": "1h 30s"}));
    assert_eq!(on.json()["now"], "2020-03-01T19:02:00.000Z");
    assert_eq!(mock.profile(&json!({}))["created"], "2020-03-01 19:02:00.000Z");
    let frozen = clock(json!({"action": "freeze", "instant": "2022-01-01T00:00:00Z"}));
    assert_eq!(frozen.json(), json!({"now": "2022-01-01T00:00:00.000Z", "frozen": true}));
    assert_eq!(clock(json!({"action": "reset"})).json()["now"], "2020-03-01T12:00:00.000Z");
    for wrong in [
        json!({}),
        json!({"action": "stop"}),
        json!({"action": "set"}),
        json!({"action": "set", "instant": "soon"}),
        json!({"action": "advance"}),
        json!({"action": "advance", "duration": "-1s"}),
        json!({"action": "advance", "duration": "1s", "durationMillis": 1}),
        json!({"action": "freeze", "at": "x"}),
    ] {
        let answer = clock(wrong.clone());
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[test]
fn what_comes_due_on_the_way_happens_in_order_and_at_its_time() {
    let mock = Mock::start();
    let pkey = mock.pkey(&json!({"ccpaOptOut": true}));
    let token_is_good = || mock.get(PROFILES).status;
    let advanced = mock.control("PUT", "clock", &json!({"action": "advance", "duration": "10h"}));
    assert_eq!(advanced.status, 200, "{}", advanced.body);
    let change = &mock.ledger(&pkey)[0];
    assert_eq!(change["jobStatus"], "complete");
    let job = mock.looked_at(&format!("/jobs/{}", change["jobId"].as_str().unwrap()));
    let moves = job["history"].as_array().unwrap().iter();
    let moves: Vec<_> = moves.map(|one| one["at"].as_str().unwrap().to_owned()).collect();
    assert_eq!(moves.first().unwrap(), "2020-03-01T12:00:00.000Z");
    assert_eq!(moves.last().unwrap(), "2020-03-01T12:00:03.000Z");
    assert_eq!(token_is_good(), 200);
    mock.control("PUT", "clock", &json!({"action": "advance", "duration": "14h"}));
    assert_eq!(token_is_good(), 401);
}

#[test]
fn orgs_are_made_listed_and_looked_at() {
    let mock = Mock::start();
    let made = mock.control("POST", "orgs", &json!({"org": "acme-w3"}));
    assert_eq!((made.status, &made.json()["profiles"]), (201, &json!(12)));
    let orgs = mock.looked_at("/orgs");
    let names: Vec<_> = orgs["orgs"].as_array().unwrap().iter().map(|org| &org["org"]).collect();
    assert_eq!(names, [&json!("acme"), &json!("acme-w3")]);
    let org = mock.looked_at("/orgs/acme-w3");
    insta::assert_snapshot!("org", serde_json::to_string_pretty(&org).unwrap());
    for (body, status) in
        [(json!({"org": "nobody"}), 404), (json!({"org": "a/b"}), 404), (json!({}), 400)]
    {
        assert_eq!(mock.control("POST", "orgs", &body).status, status, "{body}");
    }
}

#[test]
fn tokens_are_minted_as_asked_for() {
    let mock = Mock::start();
    let mint = |body: Value| mock.control("POST", "tokens", &body);
    let status = |token: &Answer, target: &str| {
        let bearer = format!("Bearer {}", token.json()["accessToken"].as_str().unwrap());
        let headers = [
            ("X-Api-Key", mock.api_key()),
            ("Authorization", bearer.as_str()),
            ("x-gw-ims-org-id", mock.ims_org()),
        ];
        mock.raw("GET", target, &headers, "").status
    };
    let jobs = format!("{JOBS}?regulation=ccpa");
    let usual = mint(json!({}));
    assert_eq!((usual.status, status(&usual, PROFILES), status(&usual, &jobs)), (201, 200, 200));
    let expired = mint(json!({"expiresIn": "0s"}));
    assert_eq!(status(&expired, PROFILES), 401);
    let narrow = mint(json!({"scope": "campaign_sdk"}));
    assert_eq!((status(&narrow, PROFILES), status(&narrow, &jobs)), (200, 403));
    let other = mint(json!({"org": "acme-w3"}));
    assert_eq!(status(&other, PROFILES), 403);
    for wrong in [
        json!({"org": "nobody"}),
        json!({"credential": "none"}),
        json!({"scope": "everything"}),
        json!({"expiresIn": "soon"}),
        json!({"lifetime": "1s"}),
    ] {
        assert_eq!(mint(wrong.clone()).status, 400, "{wrong}");
    }
}

#[test]
fn random_numbers_start_again_from_a_seed() {
    let ids_of = |first: u64| {
        let mock =
            Mock::with(campaign_mock::config::Settings { rng_seed: Some(first), ..settings() });
        assert_eq!(mock.control("PUT", "rng", &json!({"seed": 42})).status, 200);
        assert_eq!(mock.control("PUT", "rng", &json!({"seed": "x"})).status, 400);
        crate::driver::ids(&mock.post(JOBS, &mock.request("ccpa", &["access", "delete"])).json())
    };
    assert_eq!(ids_of(1), ids_of(2));
}

#[test]
fn a_profile_is_waited_for_until_its_opt_outs_are_through() {
    let mock = Mock::start();
    let wait = |profile: &str, more: &str| {
        let target = format!("/__admin/profiles/wait?org=acme&profile={profile}{more}");
        mock.raw("GET", &target, &[], "")
    };
    let pkey = mock.pkey(&json!({"email": "ann@example.com"}));
    assert_eq!(
        wait(&pkey, "").json(),
        json!({"org": "acme", "profile": pkey, "exists": true, "ccpaOptOut": false, "settled": true})
    );
    mock.patch(&pkey, &json!({"ccpaOptOut": true}));
    assert_eq!(wait(&pkey, "&state=opted-out").json()["settled"], false);
    for state in ["settled", "opted-in", "deleted"] {
        assert_eq!(wait(&pkey, &format!("&state={state}&timeout=10ms")).status, 408, "{state}");
    }
    mock.settle();
    assert_eq!(wait(&pkey, "&timeout=10ms").status, 408, "the job has only begun");
    mock.advance(Duration::from_secs(3));
    assert_eq!(wait(&pkey, "").json()["ccpaOptOut"], true);

    assert_eq!(wait("C-1001", "&state=opted-in").status, 200);
    mock.call("DELETE", &format!("{PROFILES}/{pkey}"), "");
    assert_eq!(wait(&pkey, "&state=deleted").json()["ccpaOptOut"], Value::Null);
    assert_eq!(wait("nobody-yet", "&state=deleted").status, 200);
    assert_eq!(wait("nobody-yet", "&timeout=10ms").status, 408);
    for (profile, more, status) in
        [("@foreign", "", 404), (&pkey, "&state=gone", 400), (&pkey, "&timeout=soon", 400)]
    {
        assert_eq!(wait(profile, more).status, status, "{profile}{more}");
    }
}

#[test]
fn who_waits_for_a_profile_waits_on_over_a_reset() {
    let mock = Mock::start();
    let target = "/__admin/profiles/wait?org=acme&profile=C-1001&state=opted-out";
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| mock.raw("GET", target, &[], "").status);
        mock.control("POST", "reset?org=acme", &json!({}));
        let patched = mock.call("PATCH", &format!("{PROFILES}/C-1001"), r#"{"ccpaOptOut": true}"#);
        assert_eq!(patched.status, 200, "{}", patched.body);
        assert_eq!(waiting.join().unwrap(), 200);
    });
}

#[test]
fn jobs_are_drained_and_waited_for() {
    let mock = Mock::start();
    mock.control("PUT", "jobs/transitions?org=acme", &json!({"progression": "held"}));
    let created = mock.post(JOBS, &mock.request("ccpa", &["access", "delete"])).json();
    let id = created["jobs"][0]["jobId"].as_str().unwrap();
    let wait =
        |query: &str| mock.raw("GET", &format!("/__admin/jobs/wait?jobId={id}{query}"), &[], "");
    assert_eq!(wait("&status=submitted").status, 200);
    assert_eq!(wait("&timeout=10ms").status, 408);
    let drained = mock.control("POST", "jobs/drain?org=acme", &json!({}));
    assert_eq!(drained.json(), json!({"drained": 2}));
    assert_eq!(wait("").json()["status"], "complete");
    // What lies behind it does not come again.
    assert_eq!(wait("&status=submitted").status, 408);
    assert_eq!(mock.control("POST", "jobs/drain", &json!({})).json(), json!({"drained": 0}));
    for query in ["&status=done", "&timeout=soon"] {
        assert_eq!(wait(query).status, 400, "{query}");
    }
    mock.advance(Duration::ZERO);
}
