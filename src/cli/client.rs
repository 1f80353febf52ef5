//! Calls of a running server, a connection each: enough HTTP to talk to ourselves.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

/// A server to call.
pub(super) struct Client {
    address: String,
    admin_token: Option<String>,
}

impl Client {
    /// The server at `http://<host>:<port>`.
    pub(super) fn new(url: &str) -> Self {
        let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        Self { address: address.to_owned(), admin_token: None }
    }

    /// The same server, with what its control API wants to see.
    pub(super) fn with_admin_token(self, admin_token: Option<String>) -> Self {
        Self { admin_token, ..self }
    }

    /// Asks `/readyz`.
    pub(super) fn check_ready(&self) -> anyhow::Result<()> {
        let (status, _) = self.call("GET", "/readyz", "")?;
        anyhow::ensure!(status == 200, "it answers {status}");
        Ok(())
    }

    /// Calls the control API, which is to answer with 200 or 201.
    pub(super) fn control(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.call(method, &format!("/__admin{path}"), &body.to_string())?;
        let answer: Value = serde_json::from_str(&answer)
            .ok()
            .with_context(|| format!("it answers {status} and no JSON: is it a campaign-mock?"))?;
        let refusal = answer["error"].as_str().unwrap_or_default();
        anyhow::ensure!(matches!(status, 200 | 201), "it answers {status}: {refusal}");
        Ok(answer)
    }

    /// The status and the body of an answer.
    fn call(&self, method: &str, path: &str, body: &str) -> anyhow::Result<(u16, String)> {
        const PATIENCE: Duration = Duration::from_secs(2);
        let resolved =
            self.address.to_socket_addrs()?.next().context("the address means nothing")?;
        let mut stream = TcpStream::connect_timeout(&resolved, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut call = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        if let Some(token) = &self.admin_token {
            write!(call, "X-Admin-Token: {token}\r\n")?;
        }
        write!(stream, "{call}\r\n{body}")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").context("it does not speak HTTP")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.context("it does not speak HTTP")?, body.to_owned()))
    }
}
