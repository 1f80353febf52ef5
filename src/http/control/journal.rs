//! What was asked of the APIs and what they answered.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::{Failure, explained};
use super::super::response::json_response;
use super::request::{ControlRequest, limit};
use crate::domain::{Error, Timestamp};
use crate::journal::{Difference, Entry, Excerpt, Journal, Matcher};

#[derive(Deserialize)]
struct ListQuery {
    org: Option<String>,
    limit: Option<i64>,
    /// An id or a moment.
    since: Option<String>,
}

/// After which calls a list begins.
enum Since {
    Id(u64),
    Moment(Timestamp),
}

impl ListQuery {
    /// The entries that are asked for, newest first.
    fn choose<'a>(&self, excerpt: &'a Excerpt) -> Result<Vec<&'a Entry>, Error> {
        let since = self.since.as_deref().map(Since::parse).transpose()?;
        let most = usize::try_from(limit(self.limit)).unwrap_or(usize::MAX);
        let entries = excerpt.entries.iter().rev().filter(|entry| {
            self.org.as_deref().is_none_or(|org| entry.org() == Some(org))
                && since.as_ref().is_none_or(|since| since.is_before(entry))
        });
        Ok(entries.take(most).collect())
    }
}

impl Since {
    fn parse(text: &str) -> Result<Self, Error> {
        let id = text.parse().ok().map(Self::Id);
        id.or_else(|| Timestamp::parse(text).map(Self::Moment)).ok_or_else(|| {
            Error::RequestInvalid(
                "since is an id, or a moment such as 2026-01-31T08:00:00Z.".to_owned(),
            )
        })
    }

    fn is_before(&self, entry: &Entry) -> bool {
        match self {
            Self::Id(id) => entry.id() > *id,
            Self::Moment(moment) => entry.at() >= *moment,
        }
    }
}

/// `GET /__admin/requests[?org=…&limit=…&since=…]`: the last calls, newest first; those after an id, or from a
/// moment on.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let excerpt = journal(&request)?.all();
    let entries = request.query::<ListQuery>()?.choose(&excerpt)?;
    shown(&entries, &excerpt)
}

/// `GET /__admin/requests/unmatched`: as [`list`], those that were refused or not answered.
pub(super) async fn refused(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let mut excerpt = journal(&request)?.all();
    excerpt.entries.retain(Entry::is_refused);
    let entries = request.query::<ListQuery>()?.choose(&excerpt)?;
    shown(&entries, &excerpt)
}

/// `GET /__admin/requests/{id}`: a call, by its `X-Mock-Request-Id`.
pub(super) async fn read(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let id = request.segment("id");
    let journal = journal(&request)?;
    let entry = id.parse().ok().and_then(|id| journal.get(id)).ok_or_else(|| {
        Failure::NoEntry(format!(
            "The journal has no call '{id}': it was dropped, or is one of the control API or a probe."
        ))
    })?;
    let mut body = entry.shown();
    body["dropped"] = journal.held().dropped.into();
    json_response(StatusCode::OK, &body)
}

/// `DELETE /__admin/requests[?org=…]`
pub(super) async fn clear(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let journal = journal(&request)?;
    let removed = journal.clear(request.org_param()?.as_deref());
    let dropped = journal.held().dropped;
    json_response(StatusCode::OK, &json!({"removed": removed, "dropped": dropped}))
}

/// `POST /__admin/requests/find` with a matcher.
pub(super) async fn find(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let matcher = request.body::<Matcher>()?.of(request.org_param()?)?;
    let excerpt = journal(&request)?.all();
    let found = excerpt.entries.iter().rev().filter(|entry| matcher.accepts(entry));
    shown(&found.collect::<Vec<_>>(), &excerpt)
}

/// `POST /__admin/requests/count` with a matcher.
pub(super) async fn count(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let matcher = request.body::<Matcher>()?.of(request.org_param()?)?;
    let excerpt = journal(&request)?.all();
    let count = excerpt.entries.iter().filter(|entry| matcher.accepts(entry)).count();
    json_response(StatusCode::OK, &json!({"count": count, "dropped": excerpt.dropped}))
}

/// How many calls there should be.
struct Expected {
    least: usize,
    most: usize,
}

impl Expected {
    /// Takes what a verification says beside its matcher; at least one call, if it says nothing.
    fn take(body: &mut Value) -> Result<Self, Error> {
        let mut take = |name: &str| {
            let number = body.as_object_mut().and_then(|members| members.remove(name));
            let number = number.map(serde_json::from_value::<usize>).transpose();
            number.map_err(|_| Error::RequestInvalid(format!("{name} is a number of calls.")))
        };
        Ok(match (take("count")?, take("atLeast")?, take("atMost")?) {
            (Some(count), None, None) => Self { least: count, most: count },
            (Some(_), ..) => {
                let said = "count goes without atLeast and atMost.".to_owned();
                return Err(Error::RequestInvalid(said));
            }
            (None, None, None) => Self { least: 1, most: usize::MAX },
            (None, least, most) => {
                Self { least: least.unwrap_or(0), most: most.unwrap_or(usize::MAX) }
            }
        })
    }

    fn said(&self) -> String {
        match (self.least, self.most) {
            (least, most) if least == most => format!("exactly {least}"),
            (least, usize::MAX) => format!("at least {least}"),
            (0, most) => format!("at most {most}"),
            (least, most) => format!("{least} to {most}"),
        }
    }
}

/// `POST /__admin/verify` with a matcher and `count`, `atLeast` or `atMost`: 200, or 406 with the call that
/// comes nearest and what it lacks.
pub(super) async fn verify(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let mut body: Value = request.body()?;
    let expected = Expected::take(&mut body)?;
    let matcher: Matcher = serde_json::from_value(body)
        .map_err(|fault| Error::RequestInvalid(format!("The body is wrong: {fault}.")))?;
    let matcher = matcher.of(request.org_param()?)?;
    let excerpt = journal(&request)?.all();
    let judged: Vec<_> =
        excerpt.entries.iter().map(|entry| (entry, matcher.differences(entry))).collect();
    let count = judged.iter().filter(|(_, differences)| differences.is_empty()).count();
    let verified = (expected.least..=expected.most).contains(&count);
    let mut body = json!({
        "verified": verified,
        "count": count,
        "expected": expected.said(),
        "dropped": excerpt.dropped,
    });
    if verified {
        return json_response(StatusCode::OK, &body);
    }
    let missed = judged.iter().rev().filter(|(_, differences)| !differences.is_empty());
    let nearest = missed.min_by_key(|(_, differences)| differences.len());
    body["nearest"] = nearest.filter(|_| count < expected.least).map_or(Value::Null, |(entry, differences)| {
        json!({"diff": diff(entry, differences), "differences": differences, "request": entry.shown()})
    });
    let said = format!("Calls like that: {} expected, {count} found.", expected.said());
    let answer = json_response(StatusCode::NOT_ACCEPTABLE, &body)?;
    Ok(explained(answer, &Failure::NotVerified(said)))
}

/// What to read when a call was not as expected.
fn diff(entry: &Entry, differences: &[Difference]) -> String {
    let mut text = format!("call {}: {} {}", entry.id(), entry.method(), entry.path());
    for Difference { part, wanted, found } in differences {
        let _ = write!(text, "\n  {part}\n    - {wanted}\n    + {found}");
    }
    text
}

/// The journal, if there is one: where nothing is kept, to have found nothing would be no answer.
pub(super) fn journal(request: &ControlRequest) -> Result<&Journal, Error> {
    let journal = request.services().journal();
    journal.is_on().then_some(journal).ok_or_else(|| {
        let text = "The journal is off: start the server with --journal-entries of 1 or more.";
        Error::RequestInvalid(text.to_owned())
    })
}

fn shown(entries: &[&Entry], excerpt: &Excerpt) -> Result<HttpResponse, Failure> {
    let requests: Vec<_> = entries.iter().map(|entry| entry.shown()).collect();
    json_response(StatusCode::OK, &json!({"requests": requests, "dropped": excerpt.dropped}))
}
