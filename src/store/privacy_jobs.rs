//! Privacy jobs: created by a request or forwarded from the ledger, moved by the worker.

use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{Reader, Tx};
use crate::domain::{
    Action, Error, JobMove, JobStatus, NewJob, OrgId, PrivacyJob, Regulation, RequestId, Result,
    Surroundings, Timestamp,
};

/// A job the worker has taken: its payload as stored, to be read as part of the work.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Its place in the queue.
    pub id: i64,
    /// Its id, for the log.
    pub job_id: String,
    /// How often it has been taken, this time included.
    pub attempts: i64,
    /// JSON: how the data subject is known.
    pub identities: String,
    /// JSON: the products asked.
    pub products: String,
}

// The queries below that look for due jobs repeat `status IN (…)`: only so does SQLite see that its
// partial index holds every row they want.

const COLUMNS: &str = "job_id, request_id, user_key, action, status, regulation, submitted_by,
    created, last_modified, identities, products, attempts, last_error";

fn read(row: &Row<'_>) -> rusqlite::Result<PrivacyJob> {
    fn word<T>(
        row: &Row<'_>,
        column: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> rusqlite::Result<T> {
        let text = row.get_ref(column)?.as_str()?;
        parse(text).ok_or_else(|| {
            let fault = format!("{column} holds '{text}'");
            rusqlite::Error::FromSqlConversionFailure(0, Type::Text, fault.into())
        })
    }
    // A job ends in `error` because its payload cannot be read; it must be possible to look at it.
    fn payload<T: serde::de::DeserializeOwned + Default>(
        row: &Row<'_>,
        column: &str,
    ) -> rusqlite::Result<T> {
        Ok(serde_json::from_str(row.get_ref(column)?.as_str()?).unwrap_or_default())
    }
    Ok(PrivacyJob {
        job_id: word(row, "job_id", |text| Uuid::try_parse(text).ok())?,
        request_id: RequestId::from_stored(row.get("request_id")?),
        user_key: row.get("user_key")?,
        action: word(row, "action", Action::parse)?,
        status: word(row, "status", JobStatus::parse)?,
        regulation: word(row, "regulation", Regulation::parse)?,
        submitted_by: row.get("submitted_by")?,
        created: Timestamp::from_millis(row.get("created")?),
        last_modified: Timestamp::from_millis(row.get("last_modified")?),
        identities: payload(row, "identities")?,
        products: payload(row, "products")?,
        attempts: row.get("attempts")?,
        last_error: row.get("last_error")?,
    })
}

/// Writes a job of a request, `submitted`.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, org: OrgId, request: &Surroundings, job: &NewJob) -> Result<()> {
    let mut statement = tx.0.0.prepare_cached(
        "INSERT INTO privacy_job (org_id, job_id, request_id, user_key, action, regulation, status,
            submitted_by, identities, products, created, last_modified, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'submitted', ?7, ?8, ?9, ?10, ?10, ?11)",
    )?;
    statement.execute(params![
        org.get(),
        job.job_id.to_string(),
        request.request_id.as_str(),
        job.user_key,
        job.action.as_str(),
        request.regulation.as_str(),
        request.submitted_by,
        serde_json::to_string(&job.identities).map_err(Error::internal)?,
        serde_json::to_string(&request.products).map_err(Error::internal)?,
        request.created.as_millis(),
        request.due.as_millis(),
    ])?;
    Ok(())
}

/// Writes the job that an opt-out change becomes, `submitted`, with the identities of the ledger.
///
/// # Errors
/// When the database cannot be written; a second job of one change is refused by the schema.
pub fn insert_forwarded(
    tx: &Tx,
    change: i64,
    request: &Surroundings,
    job_id: Uuid,
    user_key: &str,
) -> Result<()> {
    let mut statement = tx.0.0.prepare_cached(
        "INSERT INTO privacy_job (org_id, job_id, request_id, change_id, user_key, action,
            regulation, status, submitted_by, identities, products, created, last_modified, due)
         SELECT org_id, ?2, ?3, id, ?4, ?5, ?6, 'submitted', ?7, identities, ?8, ?9, ?9, ?10
         FROM opt_out_change WHERE id = ?1",
    )?;
    statement.execute(params![
        change,
        job_id.to_string(),
        request.request_id.as_str(),
        user_key,
        Action::OptOutOfSale.as_str(),
        request.regulation.as_str(),
        request.submitted_by,
        serde_json::to_string(&request.products).map_err(Error::internal)?,
        request.created.as_millis(),
        request.due.as_millis(),
    ])?;
    Ok(())
}

/// The org's job with that id.
///
/// # Errors
/// When the database cannot be read.
pub fn find(reader: &Reader, org: OrgId, job_id: Uuid) -> Result<Option<PrivacyJob>> {
    let sql = format!("SELECT {COLUMNS} FROM privacy_job WHERE job_id = ?1 AND org_id = ?2");
    let mut statement = reader.0.prepare_cached(&sql)?;
    Ok(statement.query_row(params![job_id.to_string(), org.get()], read).optional()?)
}

/// A page of the org's jobs under a regulation, newest first; pages count from 0.
///
/// # Errors
/// When the database cannot be read.
pub fn page(
    reader: &Reader,
    org: OrgId,
    regulation: Regulation,
    page: i64,
    size: i64,
) -> Result<Vec<PrivacyJob>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM privacy_job WHERE org_id = ?1 AND regulation = ?2
         ORDER BY id DESC LIMIT ?3 OFFSET ?4"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let values = params![org.get(), regulation.as_str(), size, page.saturating_mul(size)];
    let jobs = statement.query_map(values, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(jobs)
}

/// How many jobs the org has under a regulation.
///
/// # Errors
/// When the database cannot be read.
pub fn total(reader: &Reader, org: OrgId, regulation: Regulation) -> Result<i64> {
    let mut statement = reader
        .0
        .prepare_cached("SELECT count(*) FROM privacy_job WHERE org_id = ?1 AND regulation = ?2")?;
    Ok(statement.query_row(params![org.get(), regulation.as_str()], |row| row.get(0))?)
}

/// Moves submitted jobs that are due to `processing`; answers how many moved, at most `limit`.
///
/// # Errors
/// When the database cannot be written.
pub fn start_due(tx: &Tx, now: Timestamp, processing: Duration, limit: i64) -> Result<usize> {
    let mut statement = tx.0.0.prepare_cached(
        "UPDATE privacy_job SET status = 'processing', last_modified = ?1, due = ?2
         WHERE id IN (SELECT id FROM privacy_job
                      WHERE claimed = 0 AND status = 'submitted' AND due <= ?1
                        AND status IN ('submitted', 'processing')
                      ORDER BY due, id LIMIT ?3)",
    )?;
    Ok(statement.execute([now.as_millis(), now.after(processing).as_millis(), limit])?)
}

/// Takes processing jobs that are due and counts the attempt, in one statement: a job that kills
/// the process has used one up.
///
/// # Errors
/// When the database cannot be written.
pub fn claim_due(tx: &Tx, now: Timestamp, limit: i64) -> Result<Vec<Claim>> {
    let mut statement = tx.0.0.prepare_cached(
        "UPDATE privacy_job SET claimed = 1, attempts = attempts + 1
         WHERE id IN (SELECT id FROM privacy_job
                      WHERE claimed = 0 AND status = 'processing' AND due <= ?1
                        AND status IN ('submitted', 'processing')
                      ORDER BY due, id LIMIT ?2)
         RETURNING id, job_id, attempts, identities, products",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Claim {
            id: row.get("id")?,
            job_id: row.get("job_id")?,
            attempts: row.get("attempts")?,
            identities: row.get("identities")?,
            products: row.get("products")?,
        })
    };
    let claims =
        statement.query_map([now.as_millis(), limit], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(claims)
}

/// Writes how a try ended. A claim that is no longer held changes nothing.
///
/// # Errors
/// When the database cannot be written.
pub fn settle(tx: &Tx, claim: &Claim, end: &JobMove, now: Timestamp) -> Result<()> {
    let (status, due, error) = match end {
        JobMove::Complete => (JobStatus::Complete, now, ""),
        JobMove::Retry { reason, after } => (JobStatus::Processing, now.after(*after), &**reason),
        JobMove::GiveUp { reason } => (JobStatus::Error, now, &**reason),
    };
    let mut statement = tx.0.0.prepare_cached(
        "UPDATE privacy_job
         SET claimed = 0, status = ?3, due = ?4, last_error = ?5,
             last_modified = CASE status WHEN ?3 THEN last_modified ELSE ?6 END
         WHERE id = ?1 AND claimed = 1 AND attempts = ?2",
    )?;
    statement.execute(params![
        claim.id,
        claim.attempts,
        status.as_str(),
        due.as_millis(),
        error,
        now.as_millis(),
    ])?;
    Ok(())
}

/// Releases what a process that is no more had taken; answers how many. We hold the lock, so every
/// claim found at start is an orphan.
///
/// # Errors
/// When the database cannot be written.
pub fn release_claims(tx: &Tx) -> Result<usize> {
    Ok(tx.0.0.execute("UPDATE privacy_job SET claimed = 0 WHERE claimed = 1", [])?)
}

/// When the next move is due.
///
/// # Errors
/// When the database cannot be read.
pub fn next_due(reader: &Reader) -> Result<Option<Timestamp>> {
    let mut earliest = None;
    for status in [JobStatus::Submitted, JobStatus::Processing] {
        let mut statement = reader.0.prepare_cached(
            "SELECT due FROM privacy_job WHERE claimed = 0 AND status = ?1
               AND status IN ('submitted', 'processing')
             ORDER BY due LIMIT 1",
        )?;
        let due: Option<i64> =
            statement.query_row([status.as_str()], |row| row.get(0)).optional()?;
        earliest = earliest.into_iter().chain(due).min();
    }
    Ok(earliest.map(Timestamp::from_millis))
}
