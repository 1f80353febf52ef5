//! The gateway before both APIs: order, statuses and bodies of `docs/reference/ims-auth.md` §6.

use std::fmt::Write as _;
use std::fs;

use campaign_mock::auth::{AuthMode, Minting, Secret, TokenIssuer};
use campaign_mock::config::{SeedSource, Settings};
use campaign_mock::domain::{OrgName, Scopes};
use campaign_mock::seed::Seed;
use jiff::SignedDuration;
use serde_json::json;

use crate::driver::{JOBS, Mock, PROFILES, START, credentials, settings, two_customers};
use crate::wire::Answer;

/// A token signed with that secret, good for so many seconds from the start.
fn token(org: &str, secret: &Secret, seconds: i64) -> String {
    let seed = Seed::demo().unwrap();
    let lifetime = SignedDuration::from_secs(seconds);
    let org = OrgName::parse(org).unwrap();
    let credential = &seed.customers[0].credential;
    let scopes = Scopes::of(&credential.apis);
    let id = uuid::Uuid::nil();
    let order = Minting { org: &org, credential, scopes: &scopes, now: START, lifetime, id };
    TokenIssuer::new(secret).mint(&order).unwrap()
}

fn bearer(org: &str) -> String {
    format!("Bearer {}", token(org, &Secret::default(), 3600))
}

fn with(mock: &Mock, target: &str, authorization: &str) -> Answer {
    let headers = [("X-Api-Key", mock.api_key()), ("Authorization", authorization)];
    mock.raw("GET", target, &headers, "")
}

#[test]
fn campaign_refuses_in_the_vendor_s_order() {
    let mock = Mock::start();
    let good = format!("Bearer {}", mock.token());
    let key = mock.api_key().to_owned();
    let forged = format!("Bearer {}", token("acme", &Secret::new(&"x".repeat(32)).unwrap(), 3600));
    let expired = format!("Bearer {}", token("acme", &Secret::default(), 0));
    let elsewhere = bearer("acme-a");
    let unknown = "/nope/campaign/profileAndServices/profile";
    let cases: [(&str, &str, Vec<(&str, &str)>); 13] = [
        ("nothing", PROFILES, vec![]),
        ("token without key", PROFILES, vec![("Authorization", &good)]),
        ("wrong key", PROFILES, vec![("X-Api-Key", "wrong"), ("Authorization", &good)]),
        ("key without token", PROFILES, vec![("X-Api-Key", &key)]),
        ("empty bearer", PROFILES, vec![("X-Api-Key", &key), ("Authorization", "Bearer ")]),
        ("no JWT", PROFILES, vec![("X-Api-Key", &key), ("Authorization", "Bearer abc")]),
        ("forged token", PROFILES, vec![("X-Api-Key", &key), ("Authorization", &forged)]),
        ("expired token", PROFILES, vec![("X-Api-Key", &key), ("Authorization", &expired)]),
        (
            "other tenant's token",
            PROFILES,
            vec![("X-Api-Key", &key), ("Authorization", &elsewhere)],
        ),
        ("unknown org", unknown, vec![("X-Api-Key", &key), ("Authorization", &good)]),
        ("unknown org without key", unknown, vec![]),
        ("unknown path", "/nowhere", vec![]),
        ("root", "/", vec![]),
    ];
    let mut shown = String::new();
    for (name, target, headers) in cases {
        let answer = mock.raw("GET", target, &headers, "");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32), "{name}");
        let _ = writeln!(shown, "--- {name}\n{}", answer.shown());
    }
    insta::assert_snapshot!("campaign_gateway", shown);
}

#[test]
fn privacy_refuses_in_the_vendor_s_order() {
    let mock = Mock::start();
    let good = format!("Bearer {}", mock.token());
    let key = mock.api_key().to_owned();
    let org = mock.ims_org().to_owned();
    let elsewhere = bearer("acme-a");
    let jobs = format!("{JOBS}?regulation=ccpa");
    let cases: [(&str, &str, Vec<(&str, &str)>); 8] = [
        ("nothing", &jobs, vec![]),
        ("wrong key", &jobs, vec![("x-api-key", "wrong")]),
        ("key without token", &jobs, vec![("x-api-key", &key), ("x-gw-ims-org-id", &org)]),
        (
            "bad token",
            &jobs,
            vec![("x-api-key", &key), ("Authorization", "Bearer x"), ("x-gw-ims-org-id", &org)],
        ),
        ("no org", &jobs, vec![("x-api-key", &key), ("Authorization", &good)]),
        (
            "unknown org",
            &jobs,
            vec![("x-api-key", &key), ("Authorization", &good), ("x-gw-ims-org-id", "0@AdobeOrg")],
        ),
        (
            "other tenant's token",
            &jobs,
            vec![("x-api-key", &key), ("Authorization", &elsewhere), ("x-gw-ims-org-id", &org)],
        ),
        ("unknown path", "/data/core/other", vec![]),
    ];
    let mut shown = String::new();
    for (name, target, headers) in cases {
        let _ = writeln!(shown, "--- {name}\n{}", mock.raw("GET", target, &headers, "").shown());
    }
    insta::assert_snapshot!("privacy_gateway", shown);
}

#[test]
fn header_spellings_and_query_twins_are_accepted() {
    let mock = Mock::start();
    let (key, token) = (mock.api_key().to_owned(), mock.token().to_owned());
    for authorization in [format!("bearer {token}"), format!("BEARER {token}"), token.clone()] {
        let headers = [("x-API-key", key.as_str()), ("AUTHORIZATION", &authorization)];
        assert_eq!(mock.raw("GET", PROFILES, &headers, "").status, 200);
    }
    let target = format!("{PROFILES}?api_key={key}&user_token={token}");
    assert_eq!(mock.raw("GET", &target, &[], "").status, 200);
}

#[test]
fn a_token_expires_on_the_server_s_clock() {
    let mock = Mock::start();
    let token = format!("Bearer {}", token("acme", &Secret::default(), 60));
    assert_eq!(with(&mock, PROFILES, &token).status, 200);
    mock.advance(std::time::Duration::from_millis(59_999));
    assert_eq!(with(&mock, PROFILES, &token).status, 200);
    mock.advance(std::time::Duration::from_millis(1));
    assert_eq!(with(&mock, PROFILES, &token).status, 401);
}

#[test]
fn a_token_is_what_its_signature_says() {
    let mock = Mock::start();
    let good = token("acme", &Secret::default(), 60);
    let parts: Vec<&str> = good.split('.').collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let crit = "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsieCJdfQ";
    for forged in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{crit}.{}.{}", parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}.x"),
        format!("{good}x"),
        format!("{}.{}.{}", parts[0], parts[1], parts[2].to_lowercase()),
        "x".repeat(20_000),
    ] {
        let answer = with(&mock, PROFILES, &format!("Bearer {forged}"));
        assert_eq!(
            answer.body,
            "{\"error_code\":\"401013\",\"message\":\"Oauth token is not valid\"}\n"
        );
        assert_eq!(answer.status, 401);
    }
}

#[test]
fn options_passes_without_credentials() {
    let mock = Mock::start();
    for target in [PROFILES, JOBS, "/data/privacy/gdpr/", "/data/core/privacy/jobs/x"] {
        assert_eq!(mock.raw("OPTIONS", target, &[], "").status, 204, "{target}");
    }
}

#[test]
fn any_asks_for_values_and_off_for_nothing() {
    let any = Mock::with(Settings { auth: AuthMode::Any, ..settings() });
    let headers = [("X-Api-Key", "whatever"), ("Authorization", "Bearer whatever")];
    assert_eq!(any.raw("GET", PROFILES, &headers, "").status, 200);
    assert_eq!(any.raw("GET", PROFILES, &headers[1..], "").json()["error_code"], "403000");
    assert_eq!(any.raw("GET", PROFILES, &headers[..1], "").json()["error_code"], "403010");
    let jobs = format!("{JOBS}?regulation=ccpa");
    assert_eq!(any.raw("GET", &jobs, &headers, "").json()["error_code"], "400003");

    let off = Mock::with(Settings { auth: AuthMode::Off, ..settings() });
    assert_eq!(off.raw("GET", PROFILES, &[], "").status, 200);
    assert_eq!(off.raw("GET", &jobs, &[], "").status, 200);
    assert_eq!(off.raw("GET", "/nope/campaign/profileAndServices/profile", &[], "").status, 500);
}

#[test]
fn a_token_reads_nothing_of_another_org() {
    let (_folder, settings) = two_customers();
    let mock = Mock::with(settings);
    let globex = bearer("globex");
    let their = "/globex/campaign/profileAndServices/profile";
    let theirs = with(&mock, their, &globex).json();
    let pkey = theirs["content"][0]["PKey"].as_str().unwrap();
    mock.pkey(&json!({"ccpaOptOut": true}));
    mock.settle();

    let acme = format!("Bearer {}", mock.token());
    for target in [their.to_owned(), format!("{their}/{pkey}"), format!("{their}/_count")] {
        let answer = with(&mock, &target, &acme);
        assert_eq!(
            answer.body,
            "{\"error_code\":\"403023\",\"message\":\"Profile is not valid\"}\n"
        );
        assert_eq!(answer.status, 403);
    }
    let crossed = with(&mock, &format!("{PROFILES}/{pkey}"), &acme);
    assert_eq!(crossed.status, 500);
    assert!(!crossed.body.contains("Canary"));

    let job = mock.jobs("ccpa")[0]["jobId"].as_str().unwrap().to_owned();
    let their_org = campaign_mock::domain::ImsOrgId::of(&OrgName::parse("globex").unwrap());
    let as_globex = |target: &str, authorization: &str, org: &str| {
        let headers = [
            ("X-Api-Key", mock.api_key()),
            ("Authorization", authorization),
            ("x-gw-ims-org-id", org),
        ];
        mock.raw("GET", target, &headers, "")
    };
    let foreign = as_globex(&format!("{JOBS}/{job}"), &globex, their_org.as_str());
    let none = as_globex(
        &format!("{JOBS}/527ef92d-6cd9-45cc-9bf1-477cfa1e2ca2"),
        &globex,
        their_org.as_str(),
    );
    assert_eq!((foreign.status, none.status), (404, 404));
    let list = as_globex(&format!("{JOBS}?regulation=ccpa"), &globex, their_org.as_str());
    assert_eq!(list.status, 404);
    let refused = as_globex(&format!("{JOBS}/{job}"), &globex, mock.ims_org());
    assert_eq!(refused.json()["error_code"], "403025");
}

#[test]
fn a_suffix_makes_a_tenant_on_its_first_call() {
    let mock = Mock::start();
    let tenant = "/acme-w3/campaign/profileAndServices/profile";
    let before = mock.get(tenant).json();
    assert_eq!(before["count"]["value"], 12);
    mock.pkey(&json!({}));
    assert_eq!(mock.get(tenant).json()["count"]["value"], 12);
    assert_eq!(mock.get(PROFILES).json()["count"]["value"], 13);
    assert_ne!(before["content"][0]["PKey"], mock.get(PROFILES).json()["content"][0]["PKey"]);

    // Its own token may call Privacy Service first.
    let org = campaign_mock::domain::ImsOrgId::of(&OrgName::parse("acme-new").unwrap());
    let authorization = bearer("acme-new");
    let headers = [
        ("X-Api-Key", mock.api_key()),
        ("Authorization", authorization.as_str()),
        ("x-gw-ims-org-id", org.as_str()),
    ];
    let answer = mock.raw("GET", &format!("{JOBS}?regulation=ccpa"), &headers, "");
    assert_eq!(answer.json()["totalRecords"], 2, "those of the seed");
}

#[test]
fn a_tenant_may_be_called_like_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let name = "someone-230217.campaign-demo.example.com";
    let org = folder.path().join(name);
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    let mock = Mock::with(settings);
    for tenant in [name.to_owned(), format!("{name}-mkt-stage3")] {
        let profiles = format!("/{tenant}/campaign/profileAndServices/profile");
        let list = with(&mock, &profiles, &bearer(&tenant));
        assert_eq!(list.status, 200, "{}", list.body);
        let href = list.json()["count"]["href"].as_str().unwrap().to_owned();
        assert!(href.starts_with(&format!("http://mock.localhost{profiles}//_count?")), "{href}");
    }
}

#[test]
fn a_token_for_an_org_that_the_seed_does_not_have_opens_nothing() {
    let mock = Mock::start();
    let authorization = bearer("globex");
    let org = campaign_mock::domain::ImsOrgId::of(&OrgName::parse("globex").unwrap());
    let headers = [
        ("X-Api-Key", mock.api_key()),
        ("Authorization", authorization.as_str()),
        ("x-gw-ims-org-id", org.as_str()),
    ];
    let jobs = mock.raw("GET", &format!("{JOBS}?regulation=ccpa"), &headers, "");
    assert_eq!((jobs.status, &jobs.json()["error_code"]), (403, &json!("403025")));
    assert_eq!(mock.raw("GET", PROFILES, &headers, "").json()["error_code"], "403023");
}

#[test]
fn a_request_id_is_echoed_or_made() {
    let mock = Mock::start();
    let echoed = mock.raw("GET", "/livez", &[("x-request-id", "my-id-1")], "");
    assert_eq!(echoed.header("X-Request-Id"), Some("my-id-1"));
    let made = mock.raw("GET", "/livez", &[], "");
    let id = made.header("X-Request-Id").unwrap();
    assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
}
