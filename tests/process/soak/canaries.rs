//! Secrets that are easy to find again: calls that carry them wherever a call can carry one, written in
//! several ways, and the search for them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::{Client, PROFILES};

/// What every canary begins with; long enough not to come about by chance.
const MARK: &str = "CANARYOF";

/// A secret that says where it was sent.
pub(crate) fn canary(place: &str) -> String {
    format!("{MARK}{place}X0123456789abcdef")
}

/// Every letter escaped.
pub(crate) fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "%{byte:02X}");
        text
    })
}

/// What a text is searched for, in small letters, with what it is.
pub(crate) struct Search(Vec<(String, String)>);

impl Search {
    /// For canaries in every way they are written, and for these secrets.
    pub(crate) fn new<'a>(known: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut needles = vec![
            ("a canary".to_owned(), MARK.to_owned()),
            ("an escaped canary".to_owned(), escaped(MARK)),
        ];
        for shift in 0..3 {
            // The letters in the middle are the same whatever follows, and whatever so many letters come before.
            let text = STANDARD.encode(format!("{}{MARK}", &"xxx"[..shift]));
            let middle = text.trim_end_matches('=')[shift * 4 / 3 + 1..].to_owned();
            needles.push(("a canary in Base64".to_owned(), middle[..middle.len() - 1].to_owned()));
        }
        let known = known.into_iter().map(|(what, secret)| (what.to_owned(), secret.to_owned()));
        needles.extend(known);
        for (what, needle) in &mut needles {
            assert!(needle.len() >= 8, "{what}: {needle} may be found by chance");
            needle.make_ascii_lowercase();
        }
        Self(needles)
    }

    /// Fails if a place has any of them.
    pub(crate) fn assert_clean(&self, place: &str, bytes: &[u8]) {
        if let Some(found) = self.find(bytes) {
            panic!("{place} has {found}");
        }
    }

    /// The first of them that is there, with what stands around it.
    pub(crate) fn find(&self, bytes: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        self.0.iter().find_map(|(what, needle)| {
            let at = text.find(needle.as_str())?;
            let around = text.get(at.saturating_sub(200)..(at + 100).min(text.len()));
            Some(format!("{what}: …{}…", around.unwrap_or(needle)))
        })
    }
}

/// Headers with secrets of all kinds.
fn headers(place: &str) -> [(&'static str, String); 7] {
    let canary = |kind: &str| canary(&format!("{kind}{place}"));
    [
        ("Authorization", format!("Bearer {}", canary("bearer"))),
        ("X-Api-Key", canary("key")),
        ("X-Admin-Token", canary("admin")),
        ("Cookie", format!("session={}; id_token={}", canary("cookie"), canary("cookies"))),
        ("Referer", format!("https://app.test/?user_token={}", canary("referer"))),
        ("Proxy-Authorization", format!("Basic {}", STANDARD.encode(canary("proxy")))),
        ("X-My-Secret", canary("own")),
    ]
}

/// Queries with secrets of all kinds, in plain and in disguise. Answers repeat them in their links.
pub(crate) fn queries() -> [String; 4] {
    [
        format!("user_token={}&api_key={}", canary("query1"), canary("query2")),
        format!("a=b&client_secret={}&jwt_token={}", canary("query3"), escaped(&canary("query4"))),
        format!("%74oken={}&access%5Ftoken={}", canary("query5"), canary("query6")),
        format!("next=https%3A%2F%2Fapp.test%2F%3Fa%3Db%26access_token%3D{}", canary("query7")),
    ]
}

/// Bodies with secrets of all kinds, and their types.
fn bodies() -> [(&'static str, String); 11] {
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    let part = "Content-Disposition: form-data; name=\"client_secret\"";
    let multipart = format!("--b\r\n{part}\r\n\r\n{}\r\n--b--\r\n", canary("multipart"));
    let nested = json!({"a": {"password": canary("json")}, "b": [{"newToken": canary("nested")}]});
    let disguised = json!({"clientSecret": STANDARD.encode(canary("base64")), "x": {"api_key": [canary("list")]}});
    let address = json!({"redirect": format!("https://app.test/?access_token={}", canary("url"))});
    [
        (JSON, nested.to_string()),
        (JSON, disguised.to_string()),
        (JSON, address.to_string()),
        (JSON, format!("{{\"secret\":\"{}\"", canary("broken"))),
        (JSON, format!("{{\"\\u0073ecret\":\"{}\"}}", canary("unicode"))),
        (FORM, format!("a=1&client_secret={}&jwt%5Ftoken={}", canary("form1"), canary("form2"))),
        (FORM, format!("client_secret={}", escaped(&canary("form3")))),
        ("multipart/form-data; boundary=b", multipart.clone()),
        ("multipart/form-data; boundary=c", multipart),
        ("text/plain", format!("my token is {}", canary("text"))),
        ("application/octet-stream", format!("\u{0}password={}", canary("octets"))),
    ]
}

/// Calls with secrets in header, query and body; next to all are refused.
pub(crate) fn calls(client: &Client) -> Vec<Vec<u8>> {
    const TARGETS: [&str; 6] = [
        PROFILES,
        "/data/core/privacy/jobs",
        "/ims/token/v3",
        "/ims/exchange/jwt",
        "/ims/invalidate_token/v2",
        "/nowhere",
    ];
    let queries = queries();
    let mut calls = Vec::new();
    for (at, (kind, body)) in bodies().iter().enumerate() {
        for (shift, target) in TARGETS.iter().enumerate() {
            let path = format!("{target}?{}", queries[(at + shift) % queries.len()]);
            let sent = headers(&format!("{at}x{shift}"));
            let sent = sent.iter().map(|(name, value)| (*name, value.as_str()));
            let sent: Vec<_> = sent.chain([("Content-Type", *kind)]).collect();
            calls.push(client.request("POST", &path, &sent, body));
        }
    }
    calls
}

/// A body of about so many bytes with a secret behind the rest.
pub(crate) fn large(bytes: usize) -> String {
    json!({"externalId": "x".repeat(bytes), "secret": canary("behind")}).to_string()
}
