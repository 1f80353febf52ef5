//! The numbers for Prometheus: that they are there when asked for, right, readable, and not for everybody.

use std::collections::{BTreeMap, BTreeSet};

use campaign_mock::config::Settings;
use serde_json::{Value, json};

use crate::driver::{HOST, JOBS, Mock, PROFILES, settings};
use crate::wire::{self, Answer};

/// Values, as they are written, by name and labels.
type Samples = BTreeMap<String, String>;

fn counting() -> Mock {
    Mock::with(Settings { metrics: true, ..settings() })
}

/// The samples by name and labels, each of which has to be of a family that was described, as its kind is written.
fn samples(text: &str) -> Samples {
    let body = text.strip_suffix("# EOF\n").unwrap();
    let (mut kinds, mut helped) = (BTreeMap::new(), BTreeSet::new());
    let mut found = BTreeMap::new();
    for line in body.lines() {
        if let Some(said) = line.strip_prefix("# ") {
            let [word, family, rest] = said.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            match word {
                "HELP" => assert!(helped.insert(family.to_owned()), "{family} is described twice"),
                "TYPE" => assert!(kinds.insert(family.to_owned(), rest.to_owned()).is_none()),
                "UNIT" => assert!(family.ends_with(&format!("_{rest}")), "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let name = sample.split('{').next().unwrap();
        assert!(name.starts_with("campaign_mock_"), "{line}");
        let suffixes = |kind: &str| match kind {
            "counter" => vec!["_total"],
            "histogram" => vec!["_sum", "_count", "_bucket"],
            "info" => vec!["_info"],
            "gauge" => vec![""],
            _ => panic!("{kind}"),
        };
        let described = kinds.iter().any(|(family, kind)| {
            suffixes(kind).iter().any(|suffix| name == format!("{family}{suffix}"))
        });
        assert!(described, "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(
            found.insert(sample.to_owned(), value.to_owned()).is_none(),
            "{line} stands there twice"
        );
    }
    assert_eq!(kinds.keys().cloned().collect::<BTreeSet<_>>(), helped);
    found
}

fn scrape(mock: &Mock) -> Samples {
    let answer = mock.raw("GET", "/metrics", &[], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    samples(&answer.body)
}

/// The counts of calls that there are, as `api method status`.
fn calls(samples: &Samples) -> Samples {
    let label = |sample: &str, name: &str| {
        let rest = sample.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let requests = samples.iter().filter(|(name, _)| name.starts_with("campaign_mock_requests_"));
    requests
        .map(|(name, count)| {
            (["api", "method", "status"].map(|one| label(name, one)).join(" "), count.clone())
        })
        .collect()
}

#[test]
fn calls_are_counted_by_api_method_and_status() {
    let mock = counting();
    assert!(calls(&scrape(&mock)).is_empty());
    mock.get(PROFILES);
    mock.get(PROFILES);
    let pkey = mock.pkey(&json!({"email": "a@b.test"}));
    mock.patch(&pkey, &json!({"ccpaOptOut": "yes"}));
    mock.raw("GET", PROFILES, &[], "");
    mock.raw("PURGE", PROFILES, &[], "");
    mock.get(JOBS);
    mock.raw("POST", "/ims/token/v3", &[], "");
    mock.control("GET", "/health", &Value::Null);
    mock.control("GET", "/nothing", &Value::Null);
    wire::send(mock.address(), "GET", JOBS, &[("Host", "rebound.test")], b"").unwrap();
    // Neither of these counts.
    for target in ["/livez", "/readyz"] {
        assert_eq!(mock.raw("GET", target, &[], "").status, 200);
    }
    let expected = [
        ("campaign GET 200", "2"),
        ("campaign GET 403", "1"),
        ("campaign PATCH 500", "1"),
        ("campaign POST 201", "1"),
        ("campaign other 403", "1"),
        ("control GET 200", "1"),
        ("control GET 404", "1"),
        ("ims POST 400", "1"),
        ("privacy GET 400", "1"),
        ("privacy GET 421", "1"),
    ];
    let counted = scrape(&mock);
    let expected = expected.map(|(name, count)| (name.to_owned(), count.to_owned()));
    assert_eq!(calls(&counted), BTreeMap::from(expected));
    for (api, count) in [("campaign", "6"), ("privacy", "2"), ("ims", "1"), ("control", "2")] {
        let duration = |name: &str| {
            counted[&format!("campaign_mock_request_duration_seconds_{name}")].as_str()
        };
        assert_eq!(duration(&format!("count{{api=\"{api}\"}}")), count, "{api}");
        assert_eq!(duration(&format!("bucket{{le=\"+Inf\",api=\"{api}\"}}")), count, "{api}");
        let below = duration(&format!("bucket{{le=\"30.0\",api=\"{api}\"}}"));
        let sum = duration(&format!("sum{{api=\"{api}\"}}"));
        assert_eq!(below, count, "{api}");
        assert!((0.000_001..30.0).contains(&sum.parse().unwrap()), "{api}: {sum}");
    }
}

#[test]
fn what_waits_and_what_is_kept_is_told() {
    let mock = Mock::with(Settings { metrics: true, journal_entries: 3, ..settings() });
    let before = scrape(&mock);
    let number = |text: &str| text.parse::<f64>().unwrap();
    let read = |samples: &Samples, name: &str| samples[&format!("campaign_mock_{name}")].clone();
    for name in ["queue_jobs", "journal_entries", "journal_bytes", "journal_dropped_total"] {
        assert_eq!(read(&before, name), "0", "{name}");
    }
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(read(&before, &format!("build_info{{version=\"{version}\"}}")), "1");
    // The mock's own clock stands in 2020.
    assert!(number(&read(&before, "start_time_seconds")) > 1_700_000_000.0);
    for number in 0..5 {
        mock.pkey(&json!({"email": format!("{number}@b.test"), "ccpaOptOut": number < 2}));
    }
    let after = scrape(&mock);
    assert_eq!(read(&after, "queue_jobs"), "2");
    let kept = ["journal_entries", "journal_dropped_total"].map(|name| read(&after, name));
    assert_eq!(kept, ["3", "2"]);
    assert!(number(&read(&after, "journal_bytes")) > 1000.0);
    mock.advance(std::time::Duration::from_secs(10));
    let settled = scrape(&mock);
    assert_eq!(read(&settled, "queue_jobs"), "0");
    assert_eq!(read(&settled, "start_time_seconds"), read(&before, "start_time_seconds"));
}

#[test]
fn faults_are_counted_by_kind_and_never_befall_the_reader() {
    let mock = counting();
    for (wish, times) in [("code=503", 3), ("delay=1", 1)] {
        for _ in 0..times {
            mock.raw("GET", PROFILES, &[("Prefer", wish)], "");
        }
    }
    let rules = [
        json!({"fault": "CONNECTION_RESET_BY_PEER", "path": "/acme/*", "first": 1}),
        json!({"chunkedDribbleDelay": {"numberOfChunks": 2, "totalDuration": 2}}),
    ];
    for rule in &rules {
        assert_eq!(mock.control("POST", "/faults", rule).status, 201);
    }
    assert!(wire::send(mock.address(), "GET", PROFILES, &[("Host", HOST)], b"").is_err());
    mock.raw("GET", JOBS, &[], "");
    let counted = scrape(&mock);
    for (kind, count) in [("status", "3"), ("delay", "1"), ("connection", "1"), ("dribble", "1")] {
        assert_eq!(
            counted[&format!("campaign_mock_faults_total{{kind=\"{kind}\"}}")],
            count,
            "{kind}"
        );
    }
    let calls = calls(&counted);
    assert_eq!((&*calls["campaign GET 503"], &*calls["campaign GET 0"]), ("3", "1"));
}

#[test]
fn no_label_names_a_tenant_or_a_credential() {
    let mock = counting();
    mock.control("POST", "/orgs", &json!({"org": "acme-canary"}));
    mock.get("/acme-canary/campaign/profileAndServices/profile?email=canary@b.test");
    let answer = mock.raw("GET", "/metrics", &[], "");
    for word in ["acme", "canary", mock.api_key(), mock.ims_org(), "?", "/"] {
        assert!(!answer.body.contains(word), "{word}: {}", answer.body);
    }
    let labels = answer.body.lines().filter_map(|line| line.split_once('{')?.1.split_once('}'));
    let names: BTreeSet<_> = labels
        .flat_map(|(labels, _)| {
            labels.split(',').map(|one| one.split_once('=').unwrap().0.to_owned())
        })
        .collect();
    assert_eq!(
        names.iter().map(String::as_str).collect::<Vec<_>>(),
        ["api", "kind", "le", "method", "status", "version"]
    );
}

#[test]
fn its_answer_says_what_it_is() {
    let answer = counting().raw("GET", "/metrics", &[], "");
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("content-type"), Some(kind));
}

#[test]
fn nothing_is_there_unless_asked_for() {
    let mock = Mock::start();
    let answer = mock.get("/metrics");
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.header("x-mock-reason"),
        Some("Metrics are off: start the server with --metrics.")
    );
    assert_eq!(Mock::with(open(false)).raw("GET", "/metrics", &[], "").status, 404);
}

/// A server that asks for a token.
fn open(metrics: bool) -> Settings {
    let admin_token = Some("0123456789abcdef-token".parse().unwrap());
    Settings { metrics, admin_token, no_admin: true, ..settings() }
}

#[test]
fn neither_strangers_nor_pages_read_it() {
    let mock = Mock::with(Settings { metrics: true, cors_dev: true, ..settings() });
    let status = |host: &str, headers: &[(&str, &str)], method: &str| {
        let headers: Vec<_> = [("Host", host)].into_iter().chain(headers.iter().copied()).collect();
        let answer: Answer = wire::send(mock.address(), method, "/metrics", &headers, b"").unwrap();
        let shared = answer.header("access-control-allow-origin").is_some();
        assert!(!shared, "{host} {headers:?}");
        answer.status
    };
    assert_eq!(status(HOST, &[], "GET"), 200);
    assert_eq!(status("rebound.test", &[], "GET"), 421);
    assert_eq!(status("mc.adobe.io", &[], "GET"), 403);
    for origin in ["null", "https://evil.test", "http://localhost:3000"] {
        assert_eq!(status(HOST, &[("Origin", origin)], "GET"), 403, "{origin}");
        assert!(status(HOST, &[("Origin", origin)], "OPTIONS") >= 400, "{origin}");
    }
    assert_eq!(status(HOST, &[("X-Campaign-Mock", "1")], "POST"), 405);
}

#[test]
fn where_the_control_api_asks_for_a_token_it_does_too() {
    // Also where there is no control API.
    let mock = Mock::with(open(true));
    let status = |header: Option<(&str, &str)>| {
        let headers: Vec<_> = header.into_iter().collect();
        mock.raw("GET", "/metrics", &headers, "").status
    };
    assert_eq!(status(None), 401);
    assert_eq!(status(Some(("X-Admin-Token", "0123456789abcdef-tokem"))), 401);
    assert_eq!(status(Some(("X-Admin-Token", "0123456789abcdef-token"))), 200);
    // As Prometheus sends it.
    assert_eq!(status(Some(("Authorization", "Bearer 0123456789abcdef-token"))), 200);
}
