//! The vendor's host names, for machines that resolve them to this server
//! (`docs/reference/privacy-service.md` §1).

use std::time::Duration;

use campaign_mock::config::Settings;
use serde_json::{Value, json};

use crate::driver::{GDPR, JOBS, Mock, PROFILES, settings};
use crate::wire::{self, Answer};

const PLATFORM: [&str; 2] = ["platform.adobe.io", "platform-stage.adobe.io"];

impl Mock {
    /// A call with the demo credential under another name of the server.
    fn call_as(&self, host: &str, method: &str, target: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token());
        let headers = [
            ("Host", host),
            ("X-Api-Key", self.api_key()),
            ("Authorization", bearer.as_str()),
            ("x-gw-ims-org-id", self.ims_org()),
            ("Content-Type", "application/json"),
            ("X-Forwarded-Proto", "https"),
        ];
        wire::send(self.address(), method, target, &headers, body.as_bytes()).unwrap()
    }
}

#[test]
fn privacy_service_is_reached_under_its_own_hosts() {
    let mock = Mock::start();
    for host in PLATFORM.into_iter().chain(["Platform.Adobe.IO:443"]) {
        let request = mock.request("gdpr", &["access"]).to_string();
        for base in [JOBS, GDPR] {
            let created = mock.call_as(host, "POST", base, &request);
            assert_eq!(created.status, 202, "{host}: {}", created.body);
            mock.advance(Duration::from_secs(3));
            let id = created.json()["jobs"][0]["jobId"].as_str().unwrap().to_owned();
            let job = mock.call_as(host, "GET", &format!("{base}/{id}"), "").json();
            let address = format!("https://{host}{JOBS}/{id}/content?");
            assert!(job["downloadURL"].as_str().unwrap().starts_with(&address), "{job}");
            assert_eq!(mock.call_as(host, "GET", &format!("{base}/{id}/content"), "").status, 200);
            let list = mock.call_as(host, "GET", &format!("{base}?regulation=gdpr"), "");
            assert_eq!(list.status, 200);
        }
        let consent = json!({"optOutOfSale": true,
            "entities": [{"nameSpace": "email", "values": ["a@example.com"]}]});
        let consent =
            mock.call_as(host, "POST", "/data/core/privacy/consent", &consent.to_string());
        assert_eq!((consent.status, consent.body.as_str()), (202, ""), "{host}");
    }
}

#[test]
fn what_privacy_services_hosts_do_not_own_is_a_page() {
    let mock = Mock::start();
    for host in PLATFORM {
        for (method, target) in [
            ("GET", PROFILES),
            ("POST", PROFILES),
            ("GET", "/"),
            ("GET", "/data"),
            ("GET", "/data/core/privacy"),
            ("GET", "/data/core/privacy/unknown"),
            ("GET", "/data/foundation/catalog"),
            ("DELETE", "/unifiedprofile/x"),
            ("OPTIONS", "/acme/campaign"),
        ] {
            let answer = mock.call_as(host, method, target, "");
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (404, Some("text/html")),
                "{method} {host}{target}: {}",
                answer.body
            );
            assert!(answer.body.starts_with("<html>"), "{}", answer.body);
        }
    }
}

#[test]
fn campaign_is_reached_under_its_own_host() {
    let mock = Mock::start();
    let list = mock.call_as("mc.adobe.io", "GET", PROFILES, "");
    assert_eq!(list.status, 200, "{}", list.body);
    let href = list.json()["content"][0]["href"].as_str().unwrap().to_owned();
    assert!(href.starts_with(&format!("https://mc.adobe.io{PROFILES}/@")), "{href}");
}

#[test]
fn the_control_api_is_not_reached_under_the_vendors_hosts() {
    let mock = Mock::start();
    for host in PLATFORM.into_iter().chain(["mc.adobe.io"]) {
        for (method, target) in
            [("GET", "/__admin/jobs?org=acme"), ("DELETE", "/__admin/jobs/transitions?org=acme")]
        {
            let answer = mock.call_as(host, method, target, "");
            assert_eq!(answer.status, 403, "{host}");
            assert_eq!(answer.json()["jobs"], Value::Null);
        }
    }
}

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    settings: Settings,
}

#[test]
fn who_follows_the_advice_of_a_refusal_is_served() {
    let mock = Mock::start();
    for host in ["mock.test", "mock.test:8377", "Mock.Test:80"] {
        let refused = mock.call_as(host, "GET", PROFILES, "");
        assert_eq!(refused.status, 421, "{host}");
        let reason = refused.header("x-mock-reason").unwrap();
        let advice = reason.split_once("add it with ").unwrap().1.trim_end_matches('.');
        let line = ["campaign-mock"].into_iter().chain(advice.split(' '));
        let parsed = <Line as clap::Parser>::parse_from(line).settings;
        assert_eq!(parsed.allowed_hosts.len(), 1, "{advice}");
        let told = Mock::with(Settings { allowed_hosts: parsed.allowed_hosts, ..settings() });
        for host in ["mock.test", "mock.test:8377"] {
            assert_eq!(told.call_as(host, "GET", PROFILES, "").status, 200, "{advice} {host}");
        }
        assert_eq!(told.call_as("mock.test.evil", "GET", PROFILES, "").status, 421);
    }
}
