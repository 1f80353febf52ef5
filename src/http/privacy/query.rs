//! What the list of jobs can be asked for (`docs/reference/privacy-service.md` §5).

use std::collections::HashMap;

use actix_web::web::Query;

use super::super::settings::PrivacyBehavior;
use crate::domain::{Error, JobFilter, JobStatus, Regulation, Timestamp, Vocabulary};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Most days that a list may span.
const LONGEST_SPAN: i64 = 30;
/// How many days back a list may begin.
const FARTHEST: i64 = 45;

/// A list of jobs as asked for.
pub(super) struct JobQuery {
    pub(super) filter: JobFilter,
    /// From 0, whatever the caller counts from.
    pub(super) page: i64,
    pub(super) size: i64,
    /// How many days back it goes, where the caller has named no dates and the service does not list everything.
    pub(super) window_days: Option<i64>,
}

impl JobQuery {
    /// Reads a query; parameters that nobody knows do not count. On the base of 2019, `legacy`, it need not name a
    /// regulation.
    pub(super) fn parse(
        text: &str,
        behavior: &PrivacyBehavior,
        legacy: bool,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let query = Query::<HashMap<String, String>>::from_query(text)
            .map_err(|fault| invalid(format!("The query is malformed: {fault}.")))?;
        let regulation = regulation(&query, behavior.vocabulary(), legacy)?;
        let first = behavior.first_page();
        let page = number(&query, "page", first, first)? - first;
        let size = number(&query, "size", behavior.sizes.default, 1)?;
        if size > behavior.sizes.most {
            return Err(Error::PageSizeExceeded { most: behavior.sizes.most });
        }
        let status = match given(&query, "status") {
            None => None,
            Some(word) => Some(JobStatus::parse(word).ok_or_else(|| {
                invalid("status must be submitted, processing, complete or error.")
            })?),
        };
        let (mut from, to) = created(&query, now)?;
        let window_days =
            (from.is_none() && behavior.window_days > 0).then_some(behavior.window_days);
        if let Some(days) = window_days {
            from = Some(Timestamp::from_millis(now.as_millis() - days * DAY));
        }
        Ok(Self { filter: JobFilter { regulation, status, from, to }, page, size, window_days })
    }
}

fn regulation(
    query: &HashMap<String, String>,
    vocabulary: &Vocabulary,
    legacy: bool,
) -> Result<Option<Regulation>, Error> {
    let Some(word) = query.get("regulation") else {
        return if legacy { Ok(None) } else { Err(regulation_invalid(vocabulary)) };
    };
    let regulation = vocabulary.regulation(word);
    regulation.map(Some).ok_or_else(|| regulation_invalid(vocabulary))
}

fn regulation_invalid(vocabulary: &Vocabulary) -> Error {
    Error::RegulationInvalid { supported: Regulation::words(vocabulary.regulations) }
}

/// The days asked for, as moments: the first, and the one after the last.
fn created(
    query: &HashMap<String, String>,
    now: Timestamp,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
    let (from, to) =
        match (day(query, "filterDate")?, day(query, "fromDate")?, day(query, "toDate")?) {
            (None, None, None) => return Ok((None, None)),
            (Some(day), None, None) => (day, day),
            (None, Some(from), Some(to)) => (from, to),
            (Some(_), ..) => return Err(invalid("Send filterDate, or fromDate and toDate.")),
            _ => return Err(invalid("fromDate and toDate must be sent together.")),
        };
    let days = (to.as_millis() - from.as_millis()) / DAY;
    if days < 0 {
        return Err(invalid("fromDate must not be after toDate."));
    }
    if days > LONGEST_SPAN {
        return Err(invalid(format!("fromDate and toDate may be {LONGEST_SPAN} days apart.")));
    }
    if now.day() - from.day() > FARTHEST {
        return Err(invalid(format!("Jobs can be listed {FARTHEST} days back.")));
    }
    Ok((Some(from), Some(Timestamp::from_millis(to.as_millis() + DAY))))
}

fn day(query: &HashMap<String, String>, name: &str) -> Result<Option<Timestamp>, Error> {
    let Some(text) = given(query, name) else { return Ok(None) };
    let day = Timestamp::of_day(text);
    day.map(Some).ok_or_else(|| invalid(format!("{name} must be a day such as 2020-01-31.")))
}

/// A parameter; an empty one does not count.
fn given<'a>(query: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    query.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

fn number(
    query: &HashMap<String, String>,
    name: &str,
    default: i64,
    least: i64,
) -> Result<i64, Error> {
    let Some(text) = query.get(name) else { return Ok(default) };
    text.parse()
        .ok()
        .filter(|number| *number >= least)
        .ok_or_else(|| invalid(format!("{name} must be a whole number from {least}.")))
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::RequestInvalid(detail.into())
}
