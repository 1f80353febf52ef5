//! Requests that the framework refuses by itself, before any layer sees them: what is no HTTP, what is too long, what
//! does not arrive. Its answers are a bare status; here they get the `X-Mock-Reason` that all other refusals have.
//!
//! Written by hand, because the framework has no hook for these answers: a stream that looks at what it is given.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_rt::net::TcpStream;
use actix_web::http::header::HeaderValue;
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::headers::{self, JOURNAL_ID, REASON};
use crate::domain::placeholder;

/// Most bytes of a request that are remembered: enough for the address that a person has typed.
const REMEMBERED: usize = 256;

/// The headers of a bare refusal.
const BARE_HEADERS: [&str; 3] = ["content-length", "date", "connection"];

/// A connection whose bare refusals are explained.
pub struct ExplainedStream {
    stream: TcpStream,
    /// How what was read last begins.
    begun: Vec<u8>,
    /// An answer with its reason, and how much of it is sent.
    explained: Option<(Vec<u8>, usize)>,
}

impl ExplainedStream {
    /// The connection that this is.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, begun: Vec::with_capacity(REMEMBERED), explained: None }
    }

    /// The connection itself.
    #[must_use]
    pub const fn connection(&self) -> &TcpStream {
        &self.stream
    }
}

impl AsyncRead for ExplainedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        if !read.is_empty() {
            self.begun.clear();
            self.begun.extend_from_slice(&read[..read.len().min(REMEMBERED)]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ExplainedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.explained.is_none() {
            self.explained = explained(bytes, &self.begun).map(|answer| (answer, 0));
        }
        let Self { stream, explained, .. } = &mut *self;
        let Some((answer, sent)) = explained else {
            // What stands before a refusal goes out first; the refusal comes again by itself.
            let before = refusal_behind_answers(bytes).unwrap_or(bytes.len());
            return Pin::new(stream).poll_write(cx, &bytes[..before]);
        };
        while let Some(rest) = answer.get(*sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut *stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => *sent += written,
            }
        }
        *explained = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where the bare refusal begins that stands behind the answers to good requests of the same packet.
///
/// It is the last that a connection is sent: from its status line to the end there is one head, of nothing but the
/// headers that the framework writes. No answer of ours ends in such lines, whatever a client has it repeat: line ends
/// are escaped in JSON, and an archive ends with its directory.
fn refusal_behind_answers(bytes: &[u8]) -> Option<usize> {
    const LONGEST: usize = 256;
    const STATUS_LINE: &[u8] = b"HTTP/1.1 4";
    let lines = bytes.strip_suffix(b"\r\n\r\n")?;
    let within = lines.len().saturating_sub(LONGEST);
    let at = within + memmem::rfind(&lines[within..], STATUS_LINE)?;
    let head = std::str::from_utf8(&lines[at..]).ok()?;
    let mut names = head.split("\r\n").skip(1).map(|line| line.split(": ").next());
    let is_bare = names.all(|name| name.is_some_and(|name| BARE_HEADERS.contains(&name)));
    (at > 0 && is_bare && explained(&bytes[at..], b"").is_some()).then_some(at)
}

/// A bare refusal with its reason; `None` for all other answers, which have an id of the journal.
fn explained(answer: &[u8], request: &[u8]) -> Option<Vec<u8>> {
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let reason = match status {
        b"400" => malformed(request),
        b"408" => reason("The head of the request did not arrive within 5 seconds."),
        b"431" => reason("The head of the request is larger than 128 KiB."),
        _ => return None,
    };
    let line = memmem::find(answer, b"\r\n")? + 2;
    let head = &answer[..memmem::find(answer, b"\r\n\r\n")?];
    if memmem::find(head, JOURNAL_ID.as_str().as_bytes()).is_some() {
        return None;
    }
    let (first, rest) = answer.split_at(line);
    let reason = [REASON.as_str().as_bytes(), b": ", reason.as_bytes(), b"\r\n"].concat();
    Some([first, &reason, rest].concat())
}

fn reason(sentence: &str) -> HeaderValue {
    headers::sentence(sentence)
}

/// What is wrong with a request that is no HTTP.
fn malformed(request: &[u8]) -> HeaderValue {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    if let Some(found) = placeholder(&line) {
        return reason(&format!(
            "The address still has the documentation's placeholder {found}: write your own value in its \
             place, such as an org that GET /__admin/orgs lists."
        ));
    }
    reason(
        "The request is no HTTP: a blank, a quotation mark or another character that an address cannot \
         have, an address of more than 64 kB, a malformed header, or a Content-Length that is less than the \
         length of the body, whose rest was read as a request.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";

    #[test]
    fn bare_refusals_alone_are_explained() {
        let request = b"GET /<ORGANIZATION>/campaign/ HTTP/1.1\r\nHost: a\r\n\r\n";
        let answer = String::from_utf8(explained(BARE, request).unwrap()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\nx-mock-reason: The address still"));
        assert!(
            answer.ends_with("\r\ncontent-length: 0\r\n\r\n") && answer.contains("<ORGANIZATION>")
        );
        for answer in [
            "HTTP/1.1 400 Bad Request\r\nx-mock-request-id: 7\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "HTTP/1.1 40",
            "",
            "4",
        ] {
            assert_eq!(explained(answer.as_bytes(), request), None, "{answer}");
        }
        for status in ["408 Request Timeout", "431 Request Header Fields Too Large"] {
            let bare = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            assert!(explained(bare.as_bytes(), b"").is_some(), "{status}");
        }
    }

    #[test]
    fn a_bare_refusal_is_found_behind_answers() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-mock-request-id: 7\r\n\r\n{}";
        for (before, expected) in [
            ([&answer[..], b""].concat(), Some(answer.len())),
            ([&answer[..], &answer[..]].concat(), Some(2 * answer.len())),
            (b"0\r\n\r\n".to_vec(), Some(5)),
            (Vec::new(), None),
        ] {
            assert_eq!(refusal_behind_answers(&[&before[..], BARE].concat()), expected);
            assert_eq!(refusal_behind_answers(&before), None);
        }
        for other in [
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-mock-request-id: 7\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\nserver: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 400 Bad Request\r\n\r\n0\r\n\r\n",
        ] {
            assert_eq!(refusal_behind_answers(&[answer, other.as_bytes()].concat()), None);
        }
    }

    #[test]
    fn any_request_has_a_reason() {
        for request in ["", "\u{0}", "GET / <> HTTP/1.1\r\n", "GET /a b c HTTP/1.1\r\n", "<", "><"]
        {
            let reason = malformed(request.as_bytes());
            assert!(reason.to_str().unwrap().starts_with("The request is no HTTP"), "{request}");
        }
    }
}
