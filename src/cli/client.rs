//! Calls of a running server, a connection each: enough HTTP to talk to ourselves.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use crate::config::{AdminToken, DEFAULT_LISTEN};

/// Which server's control API.
#[derive(Debug, Args)]
pub(super) struct Control {
    /// The server's address
    #[arg(long, env = "CAMPAIGN_MOCK_URL", value_name = "URL", global = true, default_value_t = format!("http://{DEFAULT_LISTEN}"))]
    pub(super) url: String,

    /// Where its control API is [default: the server's address]
    #[arg(long, env = "CAMPAIGN_MOCK_ADMIN_URL", value_name = "URL", global = true)]
    pub(super) admin_url: Option<String>,

    /// What its control API wants to see
    #[arg(
        long,
        env = "CAMPAIGN_MOCK_ADMIN_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        global = true
    )]
    admin_token: Option<AdminToken>,
}

impl Control {
    /// What calls it.
    pub(super) fn client(&self) -> Client {
        let client = Client::new(self.admin_url.as_ref().unwrap_or(&self.url));
        Client { admin_token: self.token(), ..client }
    }

    /// The token for it.
    pub(super) fn token(&self) -> Option<String> {
        self.admin_token.as_ref().map(|token| token.as_str().to_owned())
    }
}

/// A server to call.
pub(super) struct Client {
    address: String,
    admin_token: Option<String>,
    patience: Duration,
}

impl Client {
    /// The server at `http://<host>:<port>`.
    pub(super) fn new(url: &str) -> Self {
        const PATIENCE: Duration = Duration::from_secs(2);
        let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
        Self { address: address.to_owned(), admin_token: None, patience: PATIENCE }
    }

    /// The same server, for calls that may take it longer.
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Asks `/readyz`.
    pub(super) fn check_ready(&self) -> anyhow::Result<()> {
        let (status, _) = self.call("GET", "/readyz", "")?;
        anyhow::ensure!(status == 200, "it answers {status}");
        Ok(())
    }

    /// Calls the control API, which is to answer with JSON.
    pub(super) fn control(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.control_text(method, path, &body.to_string())?;
        serde_json::from_str(&answer).ok().context("it answers no JSON: is it a campaign-mock?")
    }

    /// Calls the control API, which is not to refuse.
    pub(super) fn control_text(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> anyhow::Result<String> {
        let (status, answer) = self.call(method, &format!("/__admin{path}"), body)?;
        if matches!(status, 200 | 201 | 204) {
            return Ok(answer);
        }
        anyhow::ensure!(
            status != 401,
            "it answers 401: give its token with --admin-token; the server printed it when it started"
        );
        let refusal: Value = serde_json::from_str(&answer)
            .ok()
            .with_context(|| format!("it answers {status} and no JSON: is it a campaign-mock?"))?;
        anyhow::bail!("it answers {status}: {}", refusal["error"].as_str().unwrap_or_default());
    }

    /// The status and the body of an answer.
    fn call(&self, method: &str, path: &str, body: &str) -> anyhow::Result<(u16, String)> {
        let mut stream = self.connect().with_context(|| {
            format!("nothing answers at {}: start a server, or name it with --url", self.address)
        })?;
        stream.set_read_timeout(Some(self.patience))?;
        let mut call = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        if let Some(token) = &self.admin_token {
            write!(call, "X-Admin-Token: {token}\r\n")?;
        }
        // A server that refuses a body may answer before it has taken all of it.
        let sent = write!(stream, "{call}\r\n{body}");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            sent?;
            anyhow::bail!("it does not speak HTTP");
        };
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let announced = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        anyhow::ensure!(announced.is_none_or(|length: usize| length == body.len()), "it broke off");
        Ok((status.context("it does not speak HTTP")?, body.to_owned()))
    }

    fn connect(&self) -> anyhow::Result<TcpStream> {
        const PATIENCE: Duration = Duration::from_secs(2);
        let resolved =
            self.address.to_socket_addrs()?.next().context("the address means nothing")?;
        Ok(TcpStream::connect_timeout(&resolved, PATIENCE)?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::net::TcpListener;

    use super::*;

    /// What comes of an answer.
    fn answered(answer: &'static str) -> anyhow::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // All of it: a connection with something unread is reset when it is closed.
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            assert!(lines.map_while(Result::ok).any(|line| line.is_empty()));
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let text = Client::new(&url).control_text("GET", "/x", "");
        server.join().unwrap();
        text
    }

    #[test]
    fn half_an_answer_is_none() {
        let whole = answered("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!(whole.unwrap(), "{}");
        for (answer, said) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", "it broke off"),
            ("", "it does not speak HTTP"),
            ("220 mail.example.com ESMTP\r\n\r\n", "it does not speak HTTP"),
            ("HTTP/1.1 500 No\r\n\r\nno", "it answers 500 and no JSON: is it a campaign-mock?"),
        ] {
            assert_eq!(answered(answer).unwrap_err().to_string(), said);
        }
    }
}
