//! What was asked of the APIs and what they answered.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::error::{Failure, explained};
use super::super::response::{json_response, sorted_json_response};
use super::super::schemas;
use super::request::{ControlRequest, Limit};
use crate::domain::{Error, Timestamp};
use crate::journal::{Call, Difference, Entry, Excerpt, Journal, Matcher};

#[derive(Deserialize, JsonSchema)]
pub(super) struct ListQuery {
    org: Option<String>,
    #[serde(default)]
    limit: Limit,
    /// Calls after this id, or from this moment on.
    since: Option<String>,
    /// Calls before the one of this id.
    #[schemars(range(min = 1))]
    before: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Calls", deny_unknown_fields)]
pub(super) struct CallsBody<'a> {
    requests: Vec<Call<'a>>,
    /// How many calls the journal has dropped to make room.
    dropped: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OneCall", deny_unknown_fields)]
pub(super) struct CallBody<'a> {
    #[serde(flatten)]
    call: Call<'a>,
    /// How many calls the journal has dropped to make room.
    dropped: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Forgotten", deny_unknown_fields)]
pub(super) struct ClearedBody {
    /// How many calls.
    removed: usize,
    /// How many calls the journal has dropped to make room.
    dropped: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CallCount", deny_unknown_fields)]
pub(super) struct CountBody {
    count: usize,
    /// How many calls the journal has dropped to make room.
    dropped: u64,
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
        let most = usize::try_from(self.limit.get()).unwrap_or(usize::MAX);
        let entries = excerpt.entries.iter().rev().filter(|entry| {
            self.org.as_deref().is_none_or(|org| entry.org() == Some(org))
                && since.as_ref().is_none_or(|since| since.is_before(entry))
                && self.before.is_none_or(|before| entry.id() < before)
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

/// `GET /__admin/requests[?org=…&limit=…&since=…&before=…]`: the last calls, newest first; those after an id, or from a
/// moment on, and those before an id.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let excerpt = journal(&request)?.all();
    let entries = request.query::<ListQuery>()?.choose(&excerpt)?;
    shown(&entries, &excerpt)
}

/// `GET /__admin/requests/unmatched`: as [`list`], those that were refused or got no answer.
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
    let entry = id.parse().ok().and_then(|id| journal.get(id));
    let entry = entry.filter(|entry| request.may_see(entry.org())).ok_or_else(|| {
        Failure::NoEntry(format!(
            "The journal has no call '{id}': it was dropped, or is one of the control API or a probe."
        ))
    })?;
    let body = CallBody { call: entry.call(), dropped: journal.held().dropped };
    sorted_json_response(StatusCode::OK, &body)
}

/// `DELETE /__admin/requests[?org=…]`
pub(super) async fn clear(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let journal = journal(&request)?;
    // What the calls show is to stay.
    request.services().look_at_exercises().await?;
    let removed = journal.clear(request.org_param()?.as_deref());
    let body = ClearedBody { removed, dropped: journal.held().dropped };
    sorted_json_response(StatusCode::OK, &body)
}

/// The matcher of a question, for the org that the query may name. One that says nothing is refused: it would
/// find any call, so a body that went missing on its way would verify everything.
fn asked(request: &ControlRequest, matcher: Matcher) -> Result<Matcher, Error> {
    if matcher.is_empty() {
        let fault =
            if request.body.is_empty() { "There is no body" } else { "The matcher is empty" };
        return Err(Error::RequestInvalid(format!(
            r#"{fault}: write what the calls are like, such as {{"method": "PATCH", "path": "*/profile/*"}}, or {{"path": "*"}} for any call at all."#
        )));
    }
    matcher.of(request.org_param()?)
}

/// `POST /__admin/requests/find` with a matcher.
pub(super) async fn find(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let excerpt = journal(&request)?.all();
    let matcher = asked(&request, request.body()?)?;
    let found = excerpt.entries.iter().rev().filter(|entry| matcher.accepts(entry));
    shown(&found.collect::<Vec<_>>(), &excerpt)
}

/// `POST /__admin/requests/count` with a matcher.
pub(super) async fn count(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let excerpt = journal(&request)?.all();
    let matcher = asked(&request, request.body()?)?;
    let count = excerpt.entries.iter().filter(|entry| matcher.accepts(entry)).count();
    json_response(StatusCode::OK, &CountBody { count, dropped: excerpt.dropped })
}

/// A matcher, and how many calls it should find: one or more, if it does not say.
#[derive(JsonSchema)]
#[schemars(rename = "Expectation", rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectationBody {
    #[schemars(flatten)]
    matcher: Matcher,
    /// Exactly so many.
    count: Option<usize>,
    /// So many or more.
    at_least: Option<usize>,
    /// So many or fewer.
    at_most: Option<usize>,
}

impl ExpectationBody {
    /// Reads a body. By hand: beside a flattened struct, serde does not refuse members that it does not know.
    fn read(mut members: Map<String, Value>) -> Result<Self, Error> {
        let mut take = |name: &str| {
            let number = members.remove(name).map(serde_json::from_value).transpose();
            let number = number.map_err(|_| format!("{name} is a number of calls."));
            number.map(Option::flatten).map_err(Error::RequestInvalid)
        };
        let (count, at_least, at_most) = (take("count")?, take("atLeast")?, take("atMost")?);
        let rest = Value::Object(members);
        let matcher = Matcher::deserialize(&rest).map_err(|fault| {
            let fault = unknown_member(&rest).unwrap_or_else(|| fault.to_string());
            Error::RequestInvalid(format!("The body is wrong: {fault}."))
        })?;
        Ok(Self { matcher, count, at_least, at_most })
    }
}

/// What is wrong with the rest of an [`ExpectationBody`] that has a member which nobody knows. The matcher alone would
/// tell of its own members only.
fn unknown_member(rest: &Value) -> Option<String> {
    let known = schemas::members(schemas::of::<ExpectationBody>());
    let unknown = rest.as_object()?.keys().find(|name| !known.contains(name))?;
    let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("unknown field `{unknown}`, expected one of {}", known.join(", ")))
}

/// How many calls there should be.
struct Expected {
    least: usize,
    most: usize,
}

impl Expected {
    fn of(body: &ExpectationBody) -> Result<Self, Error> {
        Ok(match (body.count, body.at_least, body.at_most) {
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

/// What a verification found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Verdict", deny_unknown_fields)]
pub(super) struct VerdictBody {
    verified: bool,
    /// How many calls were found.
    count: usize,
    /// How many there should be, in words.
    expected: String,
    /// How many calls the journal has dropped to make room.
    dropped: u64,
}

/// What a verification found that failed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FailedVerdict", deny_unknown_fields)]
pub(super) struct FailedVerdictBody<'a> {
    #[serde(flatten)]
    verdict: VerdictBody,
    /// The call that comes nearest; null when there were too many, or none at all.
    nearest: Option<NearestBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct NearestBody<'a> {
    /// The differences as a text to read.
    diff: String,
    differences: &'a [Difference],
    request: Call<'a>,
}

/// `POST /__admin/verify` with a matcher and `count`, `atLeast` or `atMost`: 200, or 406 with the call that
/// comes nearest and what it lacks.
pub(super) async fn verify(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let body = ExpectationBody::read(request.body()?)?;
    let expected = Expected::of(&body)?;
    let excerpt = journal(&request)?.all();
    let matcher = asked(&request, body.matcher)?;
    let judged: Vec<_> =
        excerpt.entries.iter().map(|entry| (entry, matcher.differences(entry))).collect();
    let count = judged.iter().filter(|(_, differences)| differences.is_empty()).count();
    let verified = (expected.least..=expected.most).contains(&count);
    let dropped = excerpt.dropped;
    let verdict = VerdictBody { verified, count, expected: expected.said(), dropped };
    if verified {
        return sorted_json_response(StatusCode::OK, &verdict);
    }
    let missed = judged.iter().rev().filter(|(_, differences)| !differences.is_empty());
    let nearest = missed.min_by_key(|(_, differences)| differences.len());
    let nearest = nearest.filter(|_| count < expected.least);
    let nearest = nearest.map(|(entry, differences)| NearestBody {
        diff: diff(entry, differences),
        differences,
        request: entry.call(),
    });
    let said = format!("Calls like that: {} expected, {count} found.", expected.said());
    let body = FailedVerdictBody { verdict, nearest };
    let answer = sorted_json_response(StatusCode::NOT_ACCEPTABLE, &body)?;
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
    let requests = entries.iter().map(|entry| entry.call()).collect();
    sorted_json_response(StatusCode::OK, &CallsBody { requests, dropped: excerpt.dropped })
}
