//! A call as the journal keeps it, compact, and as it is shown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::redaction::{Kept, fingerprint};
use crate::domain::{Caused, Timestamp};

/// A call that was answered. It has no secrets.
#[derive(Clone)]
pub struct Entry {
    pub(crate) facts: Facts<Kept>,
    pub(crate) texts: Texts,
}

/// What is known of a call beside its texts. `B` is a body.
#[derive(Debug, Clone)]
pub(crate) struct Facts<B> {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
    /// 0 when no answer was sent.
    pub(crate) status: u16,
    pub(crate) request_body: B,
    /// `None` for one that was sent bit by bit.
    pub(crate) response_body: Option<B>,
}

impl<B> Facts<B> {
    /// Whether it got no answer but a refusal.
    pub(super) const fn is_refused(&self) -> bool {
        self.status == 0 || self.status >= 400
    }

    /// The same with other bodies; that of the request is changed first.
    pub(super) fn with_bodies<C>(self, mut change: impl FnMut(B) -> C) -> Facts<C> {
        let Self { id, at, took, status, request_body, response_body } = self;
        let request_body = change(request_body);
        let response_body = response_body.map(change);
        Facts { id, at, took, status, request_body, response_body }
    }
}

/// The texts of a call, one after the other: method, path and query, the org, the headers of request and answer as
/// lines, and what it has caused.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    pub(super) bytes: Vec<u8>,
    /// Where each of them ends.
    pub(super) ends: [usize; Text::COUNT],
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text {
    Method,
    Target,
    /// The org that was called; empty when the call names none.
    Org,
    RequestHead,
    ResponseHead,
    /// What it has caused, as JSON; empty for nothing.
    Caused,
}

impl Text {
    /// How many there are.
    pub(super) const COUNT: usize = 6;
}

impl Texts {
    /// Room for most calls.
    const USUAL: usize = 1024;

    /// None yet.
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::with_capacity(Self::USUAL), ends: [0; Text::COUNT] }
    }

    /// Adds the next one, which `write` appends. They are added in their order.
    pub(crate) fn add(&mut self, text: Text, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        for end in &mut self.ends[text as usize..] {
            *end = self.bytes.len();
        }
    }

    fn get(&self, text: Text) -> &[u8] {
        let at = text as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(start..self.ends[at]).unwrap_or_default()
    }
}

/// A call as the control API shows it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Call<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    /// What it has made: changes of opt-outs, privacy jobs, consents.
    caused: Caused,
    request: Message,
    response: Message,
}

/// What a call was and how it ended.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CallHead", deny_unknown_fields)]
pub(crate) struct Head<'a> {
    /// Its `X-Mock-Request-Id`.
    #[schemars(range(min = 1))]
    id: u64,
    #[schemars(extend("format" = "date-time"))]
    time: String,
    method: Cow<'a, str>,
    path: Cow<'a, str>,
    query: Option<Cow<'a, str>>,
    /// The org that was called; null when the call names none.
    org: Option<Cow<'a, str>>,
    /// Null when no answer was sent.
    #[schemars(range(min = 100))]
    status: Option<u16>,
    /// Its `X-Mock-Reason`.
    reason: Option<String>,
    /// The API key's fingerprint.
    api_key: Option<String>,
    latency_micros: u64,
}

impl Head<'_> {
    /// The same for who outlives the call.
    pub(crate) fn into_owned(self) -> Head<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Head {
            id: self.id,
            time: self.time,
            method: owned(self.method),
            path: owned(self.path),
            query: self.query.map(owned),
            org: self.org.map(owned),
            status: self.status,
            reason: self.reason,
            api_key: self.api_key,
            latency_micros: self.latency_micros,
        }
    }

    /// The same under the id that the journal gave it.
    pub(crate) fn with_id(self, id: u64) -> Self {
        Self { id, ..self }
    }

    /// The org that was called.
    pub(crate) fn org(&self) -> Option<&str> {
        self.org.as_deref()
    }

    /// Bytes of its texts.
    pub(crate) fn length(&self) -> usize {
        let Self { time, method, path, query, org, reason, api_key, .. } = self;
        let perhaps = [query.as_deref(), org.as_deref(), reason.as_deref(), api_key.as_deref()];
        let texts = [&**time, &**method, &**path].into_iter().chain(perhaps.into_iter().flatten());
        texts.map(str::len).sum()
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Message {
    pub(crate) headers: BTreeMap<String, String>,
    /// Null when it is no text, or was sent bit by bit.
    pub(crate) body: Option<String>,
    /// How long it is; null when it was sent bit by bit.
    pub(crate) body_bytes: Option<usize>,
    /// Whether there was more of it than is kept.
    pub(crate) body_cut: bool,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.shown())
    }
}

impl Entry {
    /// Bytes of its texts and bodies.
    pub(super) fn length(&self) -> usize {
        let Facts { request_body, response_body, .. } = &self.facts;
        let bodies = [Some(request_body), response_body.as_ref()].into_iter().flatten();
        self.texts.bytes.len() + bodies.map(|kept| kept.bytes.len()).sum::<usize>()
    }

    /// Path and query.
    fn target(&self) -> &str {
        str::from_utf8(self.texts.get(Text::Target)).unwrap_or_default()
    }

    /// Its number, in the order in which calls were answered.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.facts.id
    }

    /// How long it took.
    pub(crate) const fn took(&self) -> Duration {
        self.facts.took
    }

    /// When it came.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.facts.at
    }

    /// The verb.
    #[must_use]
    pub fn method(&self) -> &str {
        str::from_utf8(self.texts.get(Text::Method)).unwrap_or_default()
    }

    /// The path, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    /// What follows the question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target().split_once('?').map(|(_, query)| query)
    }

    /// The org that was called, as far as the call names one.
    #[must_use]
    pub fn org(&self) -> Option<&str> {
        let org = str::from_utf8(self.texts.get(Text::Org)).unwrap_or_default();
        (!org.is_empty()).then_some(org)
    }

    /// `None` when no answer was sent.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        (self.facts.status > 0).then_some(self.facts.status)
    }

    /// Why it was refused or otherwise not answered as usual.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        value(self.texts.get(Text::ResponseHead), "x-mock-reason")
    }

    /// What it has made, beside what it was for.
    #[must_use]
    pub fn caused(&self) -> Caused {
        serde_json::from_slice(self.texts.get(Text::Caused)).unwrap_or_default()
    }

    /// Its `X-Request-Id`, the caller's own or one that was made.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        value(self.texts.get(Text::ResponseHead), "x-request-id")
    }

    /// Whether it got no answer but a refusal.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.facts.is_refused()
    }

    /// What was sent, if it is text; as much of it as the journal keeps.
    #[must_use]
    pub fn request_body(&self) -> Option<String> {
        text(&self.facts.request_body)
    }

    /// What was answered, if it is text and was not sent bit by bit; as much of it as the journal keeps.
    #[must_use]
    pub fn response_body(&self) -> Option<String> {
        self.facts.response_body.as_ref().and_then(text)
    }

    pub(crate) fn has_header(&self, name: &str) -> bool {
        value(self.texts.get(Text::RequestHead), name).is_some()
    }

    /// The body of the request as JSON; `Err` says why it is none.
    pub(crate) fn json(&self) -> Result<Value, &'static str> {
        let body = &self.facts.request_body;
        if body.cut {
            return Err("a body too long to be kept whole");
        }
        serde_json::from_slice(&body.bytes).map_err(|_| "a body that is no JSON")
    }

    /// The API key's fingerprint.
    fn api_key(&self) -> Option<String> {
        value(self.texts.get(Text::RequestHead), "x-api-key").or_else(|| {
            let mut pairs = self.query()?.split('&');
            pairs.find_map(|pair| pair.strip_prefix("api_key=")).map(str::to_owned)
        })
    }

    /// What it was and how it ended.
    pub(crate) fn head(&self) -> Head<'_> {
        Head {
            id: self.facts.id,
            time: self.facts.at.to_rfc3339(),
            method: self.method().into(),
            path: self.path().into(),
            query: self.query().map(Cow::Borrowed),
            org: self.org().map(Cow::Borrowed),
            status: self.status(),
            reason: self.reason(),
            api_key: self.api_key(),
            latency_micros: u64::try_from(self.facts.took.as_micros()).unwrap_or(u64::MAX),
        }
    }

    /// As JSON, the members of its objects in the order of their names.
    pub(crate) fn shown(&self) -> Value {
        serde_json::to_value(self.call()).unwrap_or_default()
    }

    /// As the control API shows it.
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            head: self.head(),
            caused: self.caused(),
            request: self.request(),
            response: self.response(),
        }
    }

    /// What was sent.
    pub(crate) fn request(&self) -> Message {
        Message::new(self.texts.get(Text::RequestHead), Some(&self.facts.request_body))
    }

    /// What was answered.
    pub(crate) fn response(&self) -> Message {
        Message::new(self.texts.get(Text::ResponseHead), self.facts.response_body.as_ref())
    }
}

impl Message {
    fn new(head: &[u8], body: Option<&Kept>) -> Self {
        Self {
            headers: headers(head),
            body: body.and_then(text),
            body_bytes: body.map(|kept| kept.length),
            body_cut: body.is_some_and(|kept| kept.cut),
        }
    }
}

/// A body as text; a letter that was cut in two does not count.
fn text(kept: &Kept) -> Option<String> {
    match std::str::from_utf8(&kept.bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(fault) if kept.cut && fault.error_len().is_none() => {
            let whole = &kept.bytes[..fault.valid_up_to()];
            Some(String::from_utf8_lossy(whole).into_owned())
        }
        Err(_) => None,
    }
}

fn lines(head: &[u8]) -> impl Iterator<Item = (String, String)> {
    head.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = String::from_utf8_lossy(line);
        line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()))
    })
}

fn value(head: &[u8], name: &str) -> Option<String> {
    lines(head).find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn headers(head: &[u8]) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::<_, String>::new();
    for (name, value) in lines(head) {
        let known = headers.get(&name);
        let value = known.map_or_else(|| value.clone(), |known| format!("{known}, {value}"));
        headers.insert(name, value);
    }
    headers
}

/// What stands for a value of the caller's that is compared with one that was replaced.
pub(super) fn same_secret(wanted: &str, found: &str) -> bool {
    found == wanted || found == fingerprint(wanted.as_bytes())
}

#[cfg(test)]
impl Entry {
    /// A request of an org, such as `GET /acme/x`, that was answered with 200 and nothing.
    pub(super) fn of(org: &str, request: &str, request_head: &str, response_head: &str) -> Self {
        let (method, target) = request.split_once(' ').unwrap_or(("GET", request));
        let nothing = Kept { bytes: Vec::new().into(), length: 0, cut: false };
        let mut texts = Texts::new();
        for (text, value) in [
            (Text::Method, method),
            (Text::Target, target),
            (Text::Org, org),
            (Text::RequestHead, request_head),
            (Text::ResponseHead, response_head),
        ] {
            texts.add(text, |bytes| bytes.extend_from_slice(value.as_bytes()));
        }
        let facts = Facts {
            id: 0,
            at: Timestamp::from_millis(0),
            took: Duration::ZERO,
            status: 200,
            request_body: nothing.clone(),
            response_body: Some(nothing),
        };
        Self { facts, texts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_shown_with_what_is_known_of_it() {
        let mut entry = Entry::of(
            "acme",
            "/acme/campaign/x?api_key=sha256:00000000",
            "",
            "x-mock-reason: because\nvary: a\nvary: b\n",
        );
        entry.facts.status = 500;
        entry.facts.request_body =
            Kept { bytes: "é".as_bytes()[..1].to_vec().into(), length: 2, cut: true };
        let shown = entry.shown();
        assert_eq!(shown["org"], "acme");
        assert_eq!(shown["reason"], "because");
        assert_eq!(shown["apiKey"], "sha256:00000000");
        assert_eq!(shown["response"]["headers"]["vary"], "a, b");
        assert_eq!(shown["request"]["body"], "");
        assert!(entry.is_refused());
    }
}
