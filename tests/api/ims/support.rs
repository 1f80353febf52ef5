//! What tests of the token service share: its addresses, credentials, assertions, and calls that log in.

use std::fmt::Write as _;
use std::fs;
use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use campaign_mock::config::SeedSource;
use campaign_mock::domain::{ImsOrgId, OrgName};
use campaign_mock::seed::{Credential, DEMO_PRIVATE_KEY, Seed};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::{JOBS, Mock, PROFILES, START, credentials, members, settings};
use crate::wire::Answer;

pub const EXCHANGE: &str = "/ims/exchange/jwt";
pub const TOKEN: &str = "/ims/token/v3";
pub const VALIDATE: &str = "/ims/validate_token/v1";
pub const INVALIDATE: &str = "/ims/invalidate_token/v2";
pub const PROFILE: &str = "/ims/profile/v1";
pub const IMS: &str = "https://ims-na1.adobelogin.com";

pub static DEMO: LazyLock<Seed> = LazyLock::new(|| Seed::demo().unwrap());

/// Subscribed to both APIs.
pub fn everything() -> &'static Credential {
    &DEMO.customers[0].credential
}

pub fn campaign_only() -> &'static Credential {
    &DEMO.customers[0].other_credentials[0]
}

pub fn ims_org(org: &str) -> String {
    ImsOrgId::of(&OrgName::parse(org).unwrap()).to_string()
}

/// The claims of a good assertion, good for five minutes.
pub fn claims(credential: &Credential, metascopes: &[&str]) -> Value {
    let mut claims = json!({
        "exp": START.as_millis() / 1000 + 300,
        "iss": ims_org("acme"),
        "sub": credential.technical_account,
        "aud": format!("{IMS}/c/{}", credential.api_key),
    });
    for metascope in metascopes {
        claims[format!("{IMS}/s/{metascope}")] = json!(true);
    }
    claims
}

/// A good one with that claim changed; `null` leaves it out.
pub fn altered(name: &str, value: &Value) -> Value {
    let mut claims = claims(everything(), &["ent_campaign_sdk"]);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value.clone(),
    }
    claims
}

pub fn sign(claims: &Value) -> String {
    sign_with(DEMO_PRIVATE_KEY, claims)
}

pub fn sign_with(pem: &str, claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
}

/// A key that no certificate fits.
pub fn strange_key() -> String {
    strange_pair().0
}

/// A key that no certificate of the demo fits, and its public half.
pub fn strange_pair() -> (String, String) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
    let pem = |kind: &str, der: &[u8]| {
        let text = STANDARD.encode(der);
        format!("-----BEGIN {kind} KEY-----\n{text}\n-----END {kind} KEY-----\n")
    };
    (pem("PRIVATE", private.as_ref()), pem("PUBLIC", public.as_ref()))
}

/// A server whose seed is the demo's customer with these files changed, without records.
pub fn with_files(change: impl Fn(&str) -> String, more: &[(&str, &str)]) -> (TempDir, Mock) {
    let folder = tempfile::tempdir().unwrap();
    let org = folder.path().join("acme");
    fs::create_dir(&org).unwrap();
    credentials(&org);
    let file = org.join("org.json");
    fs::write(&file, change(&fs::read_to_string(&file).unwrap())).unwrap();
    for (name, text) in more {
        fs::write(org.join(name), text).unwrap();
    }
    let mut settings = settings();
    settings.identity.seed = SeedSource::Folder(folder.path().to_owned());
    (folder, Mock::with(settings))
}

pub fn assertion(credential: &Credential, metascopes: &[&str]) -> String {
    sign(&claims(credential, metascopes))
}

pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => write!(encoded, "{}", char::from(byte)),
            _ => write!(encoded, "%{byte:02X}"),
        };
        encoded
    })
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    pairs.join("&")
}

/// A call with parameters in a form.
pub fn post(mock: &Mock, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    mock.raw("POST", path, &kind, &form(pairs))
}

pub fn exchange(mock: &Mock, credential: &Credential, jwt: &str) -> Answer {
    let pairs = [
        ("client_id", &*credential.api_key),
        ("client_secret", &*credential.client_secret),
        ("jwt_token", jwt),
    ];
    post(mock, EXCHANGE, &pairs)
}

pub fn client_credentials(mock: &Mock, credential: &Credential, more: &[(&str, &str)]) -> Answer {
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", &*credential.api_key),
        ("client_secret", &*credential.client_secret),
    ];
    post(mock, TOKEN, &[&pairs, more].concat())
}

/// The token of an answer that gives one.
pub fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub fn get(mock: &Mock, target: &str, key: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let org = mock.ims_org();
    let headers = [("X-Api-Key", key), ("Authorization", &*bearer), ("x-gw-ims-org-id", org)];
    mock.raw("GET", target, &headers, "")
}

/// Statuses of a call to Campaign and one to Privacy Service, which has no job to show.
pub fn opens(mock: &Mock, key: &str, token: &str) -> (u16, u16) {
    let jobs = format!("{JOBS}?regulation=ccpa");
    (get(mock, PROFILES, key, token).status, get(mock, &jobs, key, token).status)
}

pub fn payload(token: &str) -> Value {
    let part = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&part).unwrap()
}

/// Refusals as a table: status, reason, body. Each has the form of the token service's.
pub fn table(cases: Vec<(&str, Answer)>) -> String {
    let mut shown = String::new();
    for (name, answer) in cases {
        assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
        let mut both = members(&answer.body);
        both.sort();
        assert_eq!(both, ["error", "error_description"], "{name}");
        assert!(answer.header("x-debug-id").is_some_and(|id| id.len() == 32), "{name}");
        assert!(answer.header("x-mock-reason").is_some(), "{name}");
        let _ = writeln!(shown, "--- {name}\n{}", answer.shown());
    }
    shown
}
