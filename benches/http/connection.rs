//! One HTTP connection with one request in flight. It reads of an answer what the measurements need
//! and no more, so that one core of load keeps one core of server busy.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Room for the largest answer that is measured, a page of 25 profiles.
const ROOM: usize = 64 * 1024;

/// A connection that is kept alive; its buffer is used again for every answer.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A successful answer.
pub(crate) struct Answer<'a> {
    pub(crate) head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(ROOM) })
    }

    /// Sends a request and waits for the whole answer. Any status but 2xx is an error.
    pub(crate) async fn call(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            let count = self.stream.read_buf(&mut self.received).await?;
            ensure!(count > 0, "the server closed the connection");
            if let Some((head, end)) = frame(&self.received)?
                && self.received.len() >= end
            {
                break head;
            }
        };
        let (head, body) = self.received.split_at(head);
        if !head.starts_with(b"HTTP/1.1 2") {
            bail!("the server refused: {}{}", text(head), text(body));
        }
        Ok(Answer { head, body })
    }
}

impl Answer<'_> {
    /// The media type of the body.
    pub(crate) fn content_type(&self) -> Result<String> {
        let value = header(self.head, b"content-type:").context("an answer without a type")?;
        Ok(text(value).trim().to_owned())
    }
}

/// Where the head of an answer ends, and where its body; `None` while the head is incomplete.
fn frame(received: &[u8]) -> Result<Option<(usize, usize)>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = received.windows(END.len()).position(|four| four == END) else {
        return Ok(None);
    };
    let head = end + END.len();
    let length = header(&received[..head], b"content-length:").context("an answer of no length")?;
    Ok(Some((head, head + std::str::from_utf8(length)?.trim().parse::<usize>()?)))
}

/// The value of a header; `name` is in lower case and ends with its colon.
fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let lines = head.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| line.split_at_checked(name.len()))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
