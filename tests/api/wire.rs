//! A small HTTP/1.1 client for tests: one call per connection, nothing normalized, so that doubled
//! slashes, odd encodings and malformed heads arrive as they are written.

#![allow(clippy::unwrap_used, reason = "a test that cannot talk to its server has failed")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// An answer as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The body as it came, for what is no text.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// A header's value, by name in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// Status, reason and body, to be compared with a snapshot.
    pub fn shown(&self) -> String {
        let reason = self.header("x-mock-reason").unwrap_or("-");
        format!("{}\nX-Mock-Reason: {reason}\n{}", self.status, self.body)
    }
}

/// Sends bytes and reads until the server closes.
pub fn exchange(address: &str, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    // A server that refuses a body may close before it has taken all of it.
    let sent = stream.write_all(request);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(_) if !answer.is_empty() => {}
        Err(error) => return sent.and(Err(error)),
    }
    Ok(answer)
}

/// Sends a request with `Connection: close` and reads its answer.
pub fn send(
    address: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut request = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || matches!(method, "POST" | "PATCH" | "PUT") {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    let answer = exchange(address, &[request.as_bytes(), body].concat())?;
    parse(&answer).ok_or_else(|| std::io::Error::other("the connection ended without an answer"))
}

/// Reads one answer.
pub fn parse(bytes: &[u8]) -> Option<Answer> {
    const END: &[u8] = b"\r\n\r\n";
    let end = bytes.windows(END.len()).position(|window| window == END)?;
    let (head, body) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + END.len()..]);
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let text = String::from_utf8_lossy(body).into_owned();
    let answer = Answer { status, headers, body: text, bytes: body.to_vec() };
    // A body cut short is no answer.
    let announced = answer.header("content-length").unwrap_or("0").parse();
    (announced == Ok(body.len())).then_some(answer)
}
