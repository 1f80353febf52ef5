//! Deliveries of Privacy Service Events: owed from the transaction that moved the job until the webhook has taken
//! them or they are given up.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::connection::{Reader, Tx};
use super::orgs::LIVE;
use crate::domain::{
    DeliveryStatus, EventDelivery, EventType, OrgId, PrivacyEvent, Result, Timestamp,
};

/// A delivery that is due.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// Its row.
    pub id: i64,
    /// The id of the event.
    pub event_id: String,
    /// The type of the event.
    pub kind: EventType,
    /// The body to send.
    pub body: String,
    /// How often it has been tried.
    pub attempts: i64,
    /// When that was for the first time.
    pub first_tried: Option<Timestamp>,
}

/// How a try went.
#[derive(Debug, Clone)]
pub enum TryResult {
    /// The webhook has taken it.
    Delivered,
    /// It is tried again.
    Again(Timestamp, String),
    /// It is given up.
    GivenUp(String),
}

fn word<T>(row: &Row<'_>, column: usize, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).ok_or_else(|| {
        let fault = format!("it holds '{text}'");
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, fault.into())
    })
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// Owes an event to the webhook of a registration; it is due unless an earlier one of its job is owed.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(
    tx: &Tx,
    org: OrgId,
    registration: i64,
    event_id: Uuid,
    event: &PrivacyEvent,
    body: &str,
) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO event_delivery (org_id, registration_id, job_id, type, body, created, event_id, due)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, CASE WHEN NOT EXISTS (
             SELECT 1 FROM event_delivery
             WHERE registration_id = ?2 AND job_id = ?3 AND ended IS NULL) THEN ?6 END",
    )?;
    statement.execute(params![
        org.get(),
        registration,
        event.job_id.to_string(),
        event.kind.as_str(),
        body,
        event.at,
        event_id.to_string(),
    ])?;
    Ok(())
}

/// What is due at a webhook, the longest due first.
///
/// # Errors
/// When the database cannot be read.
pub fn due(
    reader: &Reader,
    registration: i64,
    now: Timestamp,
    most: usize,
) -> Result<Vec<DueDelivery>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT id, type, body, attempts, first_tried, event_id FROM event_delivery
         WHERE registration_id = ?1 AND due IS NOT NULL AND due <= ?2 ORDER BY due, id LIMIT ?3",
    )?;
    let read = |row: &Row<'_>| {
        Ok(DueDelivery {
            id: row.get(0)?,
            kind: word(row, 1, EventType::parse)?,
            body: row.get(2)?,
            attempts: row.get(3)?,
            first_tried: moment(row, 4)?,
            event_id: row.get(5)?,
        })
    };
    let values = params![registration, now, i64::try_from(most).unwrap_or(i64::MAX)];
    let due = statement.query_map(values, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(due)
}

/// Notes how a try went that was made at `now`. When a delivery is over, the next event of its job is due.
///
/// # Errors
/// When the database cannot be written.
pub fn note_try(tx: &Tx, id: i64, result: &TryResult, now: Timestamp) -> Result<()> {
    let (status, due, ended, problem) = match result {
        TryResult::Delivered => (DeliveryStatus::Delivered, None, Some(now), None),
        TryResult::Again(due, problem) => {
            (DeliveryStatus::Retrying, Some(*due), None, Some(problem))
        }
        TryResult::GivenUp(problem) => (DeliveryStatus::Failed, None, Some(now), Some(problem)),
    };
    let mut statement = tx.0.prepare_cached(
        "UPDATE event_delivery SET status = ?2, attempts = attempts + 1, due = ?3, ended = ?4,
             problem = ?5, first_tried = coalesce(first_tried, ?6)
         WHERE id = ?1 AND ended IS NULL",
    )?;
    // Its registration may have gone in between, and it with it.
    let there = statement.execute(params![id, status.as_str(), due, ended, problem, now])? > 0;
    if there && ended.is_some() {
        let mut statement = tx.0.prepare_cached(
            "UPDATE event_delivery SET due = ?2 WHERE id = (
                 SELECT min(n.id) FROM event_delivery e JOIN event_delivery n
                     ON n.registration_id = e.registration_id AND n.job_id = e.job_id
                 WHERE e.id = ?1 AND n.ended IS NULL)",
        )?;
        statement.execute(params![id, now])?;
    }
    Ok(())
}

/// The newest deliveries of an org, or those of a job of it, except for what was over by then.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(
    reader: &Reader,
    org: OrgId,
    job: Option<Uuid>,
    over_by: Timestamp,
    limit: i64,
) -> Result<Vec<EventDelivery>> {
    let scope = if job.is_some() { OF_JOB } else { "d.org_id = ?1 AND ?2 IS NULL" };
    let mut statement = reader.0.prepare_cached(&format!(
        "SELECT r.public_id, r.url, d.type, d.job_id, d.body, d.created, d.status, d.attempts,
             d.due, d.ended, d.problem
         FROM event_delivery d JOIN event_registration r ON r.id = d.registration_id
         WHERE {scope} AND coalesce(d.ended > ?3, 1) ORDER BY d.id DESC LIMIT ?4"
    ))?;
    let uuid = |text: &str| Uuid::try_parse(text).ok();
    let read = |row: &Row<'_>| {
        Ok(EventDelivery {
            registration: word(row, 0, uuid)?,
            url: row.get(1)?,
            kind: word(row, 2, EventType::parse)?,
            job_id: word(row, 3, uuid)?,
            body: row.get(4)?,
            created: Timestamp::from_millis(row.get(5)?),
            status: word(row, 6, DeliveryStatus::parse)?,
            attempts: row.get(7)?,
            due: moment(row, 8)?,
            ended: moment(row, 9)?,
            problem: row.get(10)?,
        })
    };
    let values = params![org.get(), job.map(|job| job.to_string()), over_by, limit];
    let found = statement.query_map(values, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Of an org, `?1`, those about a job, `?2`, by their index.
const OF_JOB: &str = "d.registration_id IN (SELECT id FROM event_registration WHERE org_id = ?1)
    AND d.job_id = ?2";

/// How the deliveries about a job stand.
#[derive(Debug, Clone, Copy)]
pub struct JobDeliveries {
    /// How many there are.
    pub count: i64,
    /// How many of them are not over.
    pub owed: i64,
    /// How often the one that was tried most was.
    pub attempts: i64,
}

/// How the deliveries about a job of an org stand.
///
/// # Errors
/// When the database cannot be read.
pub fn of_job(reader: &Reader, org: OrgId, job: Uuid) -> Result<JobDeliveries> {
    let mut statement = reader.0.prepare_cached(&format!(
        "SELECT count(*), count(*) - count(ended), coalesce(max(attempts), 0)
         FROM event_delivery d WHERE {OF_JOB}"
    ))?;
    Ok(statement.query_row(params![org.get(), job.to_string()], |row| {
        Ok(JobDeliveries { count: row.get(0)?, owed: row.get(1)?, attempts: row.get(2)? })
    })?)
}

/// How many deliveries of an org are not over.
///
/// # Errors
/// When the database cannot be read.
pub fn owed(reader: &Reader, org: OrgId) -> Result<i64> {
    let mut statement = reader.0.prepare_cached(
        "SELECT count(*) FROM event_delivery INDEXED BY event_delivery_owed
         WHERE org_id = ?1 AND ended IS NULL",
    )?;
    Ok(statement.query_row([org.get()], |row| row.get(0))?)
}

/// Removes deliveries that were over by then; answers how many.
///
/// # Errors
/// When the database cannot be written.
pub fn remove_over(tx: &Tx, over_by: Timestamp, limit: i64) -> Result<usize> {
    let mut statement = tx.0.prepare_cached(
        "DELETE FROM event_delivery WHERE id IN (
             SELECT id FROM event_delivery WHERE ended IS NOT NULL AND ended <= ?1 LIMIT ?2)",
    )?;
    Ok(statement.execute(params![over_by, limit])?)
}

/// When the first of the deliveries that are over was so.
///
/// # Errors
/// When the database cannot be read.
pub fn first_over(reader: &Reader) -> Result<Option<Timestamp>> {
    let mut statement = reader.0.prepare_cached(&format!(
        "SELECT ended FROM event_delivery WHERE ended IS NOT NULL AND {LIVE}
         ORDER BY ended LIMIT 1"
    ))?;
    let ended: Option<i64> = statement.query_row([], |row| row.get(0)).optional()?;
    Ok(ended.map(Timestamp::from_millis))
}
