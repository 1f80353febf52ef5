//! Calls a running server over HTTP, with one connection for each call. It needs no HTTP library: the
//! only server it calls is our own.

use std::fmt::Write as _;
use std::io::{Error, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgMatches, Args};
use serde_json::{Map, Value};

use super::typed::is_typed;
use crate::config::{AdminToken, DEFAULT_LISTEN};
use crate::io_message::io_message;

/// The server whose control API to call.
#[derive(Debug, Args)]
pub(super) struct Control {
    /// Address of the server
    #[arg(long, env = "CAMPAIGN_MOCK_URL", value_name = "URL", value_parser = server_url, global = true, default_value_t = format!("http://{DEFAULT_LISTEN}"))]
    pub(super) url: String,

    /// Address of its control API [default: the address of the server]
    #[arg(long, env = "CAMPAIGN_MOCK_ADMIN_URL", value_name = "URL", value_parser = server_url, global = true)]
    pub(super) admin_url: Option<String>,

    /// Token of its control API, if it requires one
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
    /// Lets an address on the command line beat the control API that the environment names, which is that of another
    /// server unless the environment names the same address.
    pub(super) fn heed_sources(&mut self, matches: &ArgMatches) {
        let is_inherited = std::env::var("CAMPAIGN_MOCK_URL").is_ok_and(|url| url == self.url);
        if is_typed(matches, "url") && !is_typed(matches, "admin_url") && !is_inherited {
            // `env` prints it, so that a shell forgets the other one.
            self.admin_url = self.admin_url.take().map(|_| self.url.clone());
        }
    }

    /// A client of the control API.
    pub(super) fn client(&self) -> Client {
        let client = Client::new(self.admin_url.as_ref().unwrap_or(&self.url));
        client.with_token(self.token())
    }

    /// The admin token.
    pub(super) fn token(&self) -> Option<String> {
        self.admin_token.as_ref().map(|token| token.as_str().to_owned())
    }
}

/// Checks that a URL is `http://<host>:<port>`; the scheme may be left out.
///
/// # Errors
/// A sentence that says how to write one.
pub(super) fn server_url(text: &str) -> Result<String, String> {
    let address = address_of(text);
    let port = address.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    if matches!(port, Some(Ok(_))) && !address.contains('/') {
        Ok(text.to_owned())
    } else {
        Err("use http, a host and a port, such as http://127.0.0.1:8377".to_owned())
    }
}

/// Host and port of a URL.
fn address_of(url: &str) -> &str {
    url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/')
}

/// A client of a server.
#[derive(Clone)]
pub(super) struct Client {
    /// Host and port.
    address: String,
    admin_token: Option<String>,
    /// How long a response may take.
    timeout: Duration,
}

impl Client {
    /// A client of the server at a URL that [`server_url`] has checked.
    pub(super) fn new(url: &str) -> Self {
        const TIMEOUT: Duration = Duration::from_secs(2);
        Self { address: address_of(url).to_owned(), admin_token: None, timeout: TIMEOUT }
    }

    /// The same client with the admin token of the server.
    pub(super) fn with_token(self, admin_token: Option<String>) -> Self {
        Self { admin_token, ..self }
    }

    /// The same client with another timeout.
    pub(super) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Calls `/readyz`.
    ///
    /// # Errors
    /// When it does not answer 200.
    pub(super) fn check_ready(&self) -> anyhow::Result<()> {
        let (status, _) = self.call("GET", "/readyz", "")?;
        anyhow::ensure!(status == 200, "it answered {status}");
        Ok(())
    }

    /// Reads from the control API.
    ///
    /// # Errors
    /// As [`Self::control`].
    pub(super) fn read(&self, path: &str) -> anyhow::Result<Value> {
        self.control("GET", path, &Value::Object(Map::new()))
    }

    /// Calls the control API and answers the JSON of its response.
    ///
    /// # Errors
    /// When there is no response, or it is a refusal.
    pub(super) fn control(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.control_text(method, path, &body.to_string())?;
        serde_json::from_str(&answer)
            .ok()
            .context("the response is not JSON: is it a campaign-mock server?")
    }

    /// Calls the control API and answers the body of its response.
    ///
    /// # Errors
    /// When there is no response, or it is a refusal.
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
            "the server answered 401: give its admin token with --admin-token (it printed the token at its start)"
        );
        let refusal: Value = serde_json::from_str(&answer).ok().with_context(|| {
            format!("the server answered {status} without JSON: is it a campaign-mock server?")
        })?;
        let reason = refusal["error"].as_str().unwrap_or_default();
        anyhow::bail!("the server answered {status}: {reason}");
    }

    /// The status and the body of an answer.
    fn call(&self, method: &str, path: &str, body: &str) -> anyhow::Result<(u16, String)> {
        let mut stream = self.connect().map_err(|cause| {
            anyhow::anyhow!(
                "no server answers at {} ({}): start one, or give its address with --url",
                self.address,
                io_message(&cause)
            )
        })?;
        stream.set_read_timeout(Some(self.timeout))?;
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
        stream.read_to_end(&mut answer).context("the server sent no complete response")?;
        let answer = String::from_utf8_lossy(&answer);
        let Some((head, body)) = answer.split_once("\r\n\r\n") else {
            sent?;
            anyhow::bail!("the server does not speak HTTP");
        };
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let announced = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let is_complete = announced.is_none_or(|length: usize| length == body.len());
        anyhow::ensure!(is_complete, "the server sent no complete response");
        Ok((status.context("the server does not speak HTTP")?, body.to_owned()))
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        const TIMEOUT: Duration = Duration::from_secs(2);
        let addresses = self.address.to_socket_addrs();
        let unknown = || Error::other("the host name is unknown");
        let first = addresses.ok().and_then(|mut found| found.next()).ok_or_else(unknown)?;
        TcpStream::connect_timeout(&first, TIMEOUT)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::net::TcpListener;

    use super::*;

    /// What the client makes of a response.
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
    fn an_incomplete_response_is_a_failure() {
        let whole = answered("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!(whole.unwrap(), "{}");
        for (answer, said) in [
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}",
                "the server sent no complete response",
            ),
            ("", "the server does not speak HTTP"),
            ("220 mail.example.com ESMTP\r\n\r\n", "the server does not speak HTTP"),
            (
                "HTTP/1.1 500 No\r\n\r\nno",
                "the server answered 500 without JSON: is it a campaign-mock server?",
            ),
        ] {
            assert_eq!(answered(answer).unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn a_url_of_a_server_has_a_port() {
        for url in ["http://127.0.0.1:1", "localhost:8377/", "http://[::1]:8377"] {
            assert!(server_url(url).is_ok(), "{url}");
        }
        for url in ["http://localhost", "https://localhost:1", "http://a:1/b", "8377", ""] {
            assert!(server_url(url).is_err(), "{url}");
        }
    }
}
