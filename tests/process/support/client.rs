//! Callers of a server. The HTTP client is made for one purpose: to tell an answer that arrived whole from
//! everything else. It never repeats a call.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use serde::Deserialize;
use serde_json::Value;

use super::process::PATIENCE;
use super::server::Ready;

/// Where profiles are.
pub(crate) const PROFILES: &str = "/acme/campaign/profileAndServices/profile";

/// An HTTP answer that arrived whole.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status code.
    pub(crate) status: u16,
    head: Vec<(String, String)>,
    /// Its body.
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header, named in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body, as the JSON it must be.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }
}

/// One keep-alive connection. After an error it is of no more use.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    address: String,
}

impl Client {
    /// Connects to `http://<address>`.
    pub(crate) fn connect(url: &str) -> io::Result<Self> {
        let address = url.strip_prefix("http://").unwrap().to_owned();
        let stream = TcpStream::connect(&address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), address })
    }

    /// A call as it is sent.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Vec<u8> {
        let mut call = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in headers {
            let _ = write!(call, "{name}: {value}\r\n");
        }
        let _ = write!(call, "Content-Length: {}\r\n\r\n{body}", body.len());
        call.into_bytes()
    }

    /// Sends a call and reads its answer, as [`Self::exchange`] does.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let request = self.request(method, path, headers, body);
        self.exchange(&request)
    }

    /// Sends what [`Self::request`] made and reads the answer. An answer that stops half-way is
    /// [`ErrorKind::UnexpectedEof`]; a connection closed without any is another error.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.get_mut().write_all(request)?;
        if self.stream.fill_buf()?.is_empty() {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        self.read_answer()
    }

    fn read_answer(&mut self) -> io::Result<Answer> {
        let start = self.read_line()?;
        let status = start.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(ErrorKind::InvalidData)?;
        let mut head = Vec::new();
        loop {
            let line = self.read_line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            head.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, head, body: String::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body)?;
        // A download is no text; what is text in it can be read all the same.
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let line = line.strip_suffix("\r\n").ok_or(ErrorKind::UnexpectedEof)?;
        Ok(line.to_owned())
    }
}

/// The ledger of opt-out changes from some row on.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ledger {
    /// Its rows.
    pub(crate) changes: Vec<Value>,
    next_after: Option<i64>,
}

/// A client with the credentials of the ready line.
pub(crate) struct Caller {
    client: Client,
    ready: Ready,
}

impl Caller {
    /// Connects.
    pub(crate) fn new(ready: &Ready) -> io::Result<Self> {
        Ok(Self { client: Client::connect(&ready.url)?, ready: ready.clone() })
    }

    /// Sends a call under a request id.
    pub(crate) fn call(
        &mut self,
        method: &str,
        path: &str,
        request_id: &str,
        body: &str,
    ) -> io::Result<Answer> {
        let bearer = format!("Bearer {}", self.ready.access_token);
        let headers = [
            ("X-Api-Key", &*self.ready.api_key),
            ("Authorization", &bearer),
            ("x-gw-ims-org-id", &self.ready.ims_org_id),
            ("X-Request-Id", request_id),
            ("Content-Type", "application/json"),
        ];
        self.client.send(method, path, &headers, body)
    }

    /// Creates a profile, opted out or not.
    pub(crate) fn create(&mut self, opted_out: bool, request_id: &str) -> io::Result<Answer> {
        let body = format!(r#"{{"email":"{request_id}@example.com","ccpaOptOut":{opted_out}}}"#);
        self.call("POST", PROFILES, request_id, &body)
    }

    /// Opts a profile out or back in.
    pub(crate) fn update(
        &mut self,
        pkey: &str,
        opted_out: bool,
        request_id: &str,
    ) -> io::Result<Answer> {
        let body = format!(r#"{{"ccpaOptOut":{opted_out}}}"#);
        self.call("PATCH", &format!("{PROFILES}/{pkey}"), request_id, &body)
    }

    /// Whether a profile is opted out; `None` when it cannot be read.
    pub(crate) fn opted_out(&mut self, pkey: &str) -> Option<bool> {
        let answer = self.call("GET", &format!("{PROFILES}/{pkey}"), "read", "").unwrap();
        (answer.status == 200).then(|| answer.json()["ccpaOptOut"].as_bool().unwrap())
    }

    /// All of the ledger after row `after`. It needs no credentials and so gets none.
    pub(crate) fn ledger(&mut self, mut after: i64) -> Ledger {
        let mut changes = Vec::new();
        loop {
            let path = format!("/__admin/opt-outs?org=acme&after={after}&limit=1000");
            let answer = self.client.send("GET", &path, &[], "").unwrap();
            let mut page: Ledger =
                serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
            changes.append(&mut page.changes);
            match page.next_after {
                Some(next) => after = next,
                None => return Ledger { changes, ..page },
            }
        }
    }
}
