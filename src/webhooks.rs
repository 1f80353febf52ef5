//! The client that speaks to webhooks, the only one of the server that opens a connection. Invariants: it goes to this
//! machine or to a host that the operator allows, and nowhere else: a name is looked up once, the connection goes to what
//! was found, redirects are not followed, and no proxy stands in between. Each phase has its time, and of an answer no
//! more than a little is read.

use std::error::Error as _;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response, redirect, retry};

use crate::domain::WebhookUrl;

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until an answer is here, from the beginning (`docs/reference/privacy-service.md` §11).
const WHOLE: Duration = Duration::from_secs(10);
/// How long a connection waits for the next request: less than servers usually wait for it.
const IDLE: Duration = Duration::from_secs(2);
/// How much of an answer is read.
const MOST: usize = 16 * 1024;

/// A host that events may go to: a name or an address, with one port or any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    host: String,
    port: Option<u16>,
}

impl AllowedHost {
    fn allows(&self, url: &WebhookUrl) -> bool {
        self.host == url.host() && self.port.is_none_or(|port| port == url.port())
    }
}

impl FromStr for AllowedHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault =
            || format!("'{text}' is not a host: write it like app, app:3000 or [fd00::1]:3000");
        if text.is_empty() || text.contains(['/', '@', '?', '#']) {
            return Err(fault());
        }
        // A URL's parser knows what hosts look like, and writes each in one way.
        let url = WebhookUrl::parse(&format!("http://{text}/")).map_err(|_| fault())?;
        let without_port = text.rsplit(']').next().unwrap_or(text);
        let port = without_port.contains(':').then(|| url.port());
        Ok(Self { host: url.host().to_owned(), port })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Why an event was not taken.
#[derive(Debug)]
pub(crate) enum PostFailure {
    /// The webhook answered with a status that is no success.
    Answered(u16),
    /// No answer came, and why.
    Broken(String),
}

/// A handle on the client; clones share its connections.
#[derive(Clone)]
pub(crate) struct Webhooks {
    client: Client,
    allowed: Arc<[AllowedHost]>,
}

impl Webhooks {
    /// A client that goes to this machine and to those hosts.
    ///
    /// # Errors
    /// A phrase when the client cannot be made.
    pub(crate) fn new(allowed: &[AllowedHost]) -> Result<Self, String> {
        let client = Client::builder()
            // As the vendor's (`docs/reference/privacy-service.md` §11).
            .user_agent("Adobe/1.0")
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .dns_resolver(Arc::new(Resolver))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|cause| format!("the client for webhooks cannot be made: {cause}"))?;
        Ok(Self { client, allowed: allowed.into() })
    }

    /// Whether events may go there.
    ///
    /// # Errors
    /// A sentence that says how to allow it.
    pub(crate) fn check(&self, url: &WebhookUrl) -> Result<(), String> {
        if url.is_loopback() || self.allowed.iter().any(|host| host.allows(url)) {
            return Ok(());
        }
        let (host, port) = (url.host(), url.port());
        Err(format!(
            "Events go to webhooks on this machine alone: to send them to {host}, start the server with \
             --events-to {host}:{port}."
        ))
    }

    /// Asks a webhook for the text of a challenge (`docs/reference/privacy-service.md` §11).
    ///
    /// # Errors
    /// A phrase that says what it did instead of answering.
    pub(crate) async fn challenge(&self, url: &WebhookUrl, challenge: &str) -> Result<(), String> {
        self.check(url).map_err(|refused| refused.trim_end_matches('.').to_owned())?;
        let asked = self.client.get(url.with_challenge(challenge)).send().await;
        let answer = asked.map_err(|cause| broken(&cause))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("it answered the challenge with {}", status.as_u16()));
        }
        let is_json = answer.headers().get(CONTENT_TYPE).is_some_and(is_json);
        let body = beginning(answer).await.map_err(|cause| broken(&cause))?;
        let body = String::from_utf8_lossy(&body);
        if is_answer(&body, is_json, challenge) {
            return Ok(());
        }
        Err("it did not answer GET ?challenge=<text> with that text".to_owned())
    }

    /// Sends an event.
    ///
    /// # Errors
    /// When the webhook does not take it.
    pub(crate) async fn post(
        &self,
        url: &WebhookUrl,
        headers: impl Iterator<Item = (&'static str, String)>,
        body: String,
    ) -> Result<(), PostFailure> {
        self.check(url).map_err(PostFailure::Broken)?;
        let request = self.client.post(url.as_str()).header(CONTENT_TYPE, "application/json");
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        let sent = request.body(body).send().await;
        let answer = sent.map_err(|cause| PostFailure::Broken(broken(&cause)))?;
        let status = answer.status();
        // To the end, so that the connection can be used again; what it says does not count.
        let _ = beginning(answer).await;
        if status.is_success() { Ok(()) } else { Err(PostFailure::Answered(status.as_u16())) }
    }
}

/// An answer's body, as far as it is read.
async fn beginning(mut answer: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await?
        && body.len() < MOST
    {
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn is_json(kind: &HeaderValue) -> bool {
    kind.to_str().is_ok_and(|kind| kind.trim_start().starts_with("application/json"))
}

/// Whether a body has the text of the challenge: as it is, in quotes, or as the member of an object.
fn is_answer(body: &str, is_json: bool, challenge: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Answer {
        challenge: String,
    }
    let text = body.trim();
    let member = || serde_json::from_str::<Answer>(text).ok();
    text.trim_matches('"') == challenge
        || is_json && member().is_some_and(|answer| answer.challenge == challenge)
}

/// Why no answer came, without the address, which may hold a secret.
fn broken(cause: &reqwest::Error) -> String {
    if cause.is_timeout() {
        return format!("it did not answer within {} s", WHOLE.as_secs());
    }
    let mut root: &dyn std::error::Error = cause;
    while let Some(deeper) = root.source() {
        root = deeper;
    }
    let what = if cause.is_connect() { "it cannot be reached" } else { "the connection broke" };
    if cause.source().is_none() { what.to_owned() } else { format!("{what}: {root}") }
}

/// Looks names up. Those of this machine mean this machine, whatever a name server says.
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str();
            let found: Vec<SocketAddr> = if name == "localhost" || name.ends_with(".localhost") {
                let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                here.map(|address| SocketAddr::new(address, 0)).into()
            } else {
                tokio::net::lookup_host((name, 0)).await?.collect()
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> WebhookUrl {
        WebhookUrl::parse(text).unwrap()
    }

    #[test]
    fn events_go_to_this_machine_and_to_allowed_hosts() {
        let allowed: Vec<AllowedHost> =
            ["App:3000", "hooks", "[fd00::1]:9"].map(|text| text.parse().unwrap()).into();
        let webhooks = Webhooks::new(&allowed).unwrap();
        for text in [
            "http://localhost:1/",
            "http://127.0.0.9/",
            "http://[::1]:1/",
            "http://app:3000/x",
            "http://hooks/",
            "http://HOOKS:81/",
            "http://[fd00::1]:9/",
        ] {
            assert_eq!(webhooks.check(&url(text)), Ok(()), "{text}");
        }
        for text in [
            "http://app/",
            "http://app:3001/",
            "http://hooks.example.com/",
            "http://[fd00::1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://0.0.0.0/",
            "http://[::ffff:10.0.0.1]/",
        ] {
            let refused = webhooks.check(&url(text)).unwrap_err();
            assert!(refused.contains("--events-to"), "{text}: {refused}");
        }
        assert_eq!(
            allowed.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["app:3000", "hooks", "[fd00::1]:9"]
        );
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in ["", "http://app", "app/x", "a b", "u@app", "app:x", ":80"] {
            assert!(text.parse::<AllowedHost>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_challenge_is_answered_by_its_text() {
        for (body, is_json, answers) in [
            ("abc", false, true),
            ("\"abc\"\n", true, true),
            ("{\"challenge\":\"abc\"}", true, true),
            ("{\"challenge\":\"abc\"}", false, false),
            ("{\"challenge\":\"abd\"}", true, false),
            ("<p>abc</p>", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_answer(body, is_json, "abc"), answers, "{body}");
        }
    }
}
