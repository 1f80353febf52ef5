//! The exercises that orgs have, which are done, and what their conditions ask. These are asked again and again, so they
//! look at the newest rows alone: what has been so once is remembered.

use rusqlite::{Row, params};

use super::connection::{Reader, Tx};
use super::records::row_id;
use crate::domain::{Action, JobStatus, OrgId, RecordNumber, Result, SavedExercise, Timestamp};

/// Writes an exercise that an org begins with.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, org: OrgId, exercise: &SavedExercise) -> Result<()> {
    let mut statement =
        tx.0.prepare_cached("INSERT INTO exercise (org_id, id, done_at) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![org.get(), exercise.id, exercise.done_at])?;
    Ok(())
}

/// Writes that an exercise is done, unless it was done before.
///
/// # Errors
/// When the database cannot be written.
pub fn finish(tx: &Tx, org: OrgId, id: &str, at: Timestamp) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "UPDATE exercise SET done_at = ?3 WHERE org_id = ?1 AND id = ?2 AND done_at IS NULL",
    )?;
    statement.execute(params![org.get(), id, at])?;
    Ok(())
}

/// The exercises of an org, in order of their ids.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader, org: OrgId) -> Result<Vec<SavedExercise>> {
    let mut statement = reader
        .0
        .prepare_cached("SELECT id, done_at FROM exercise WHERE org_id = ?1 ORDER BY id")?;
    let read = |row: &Row<'_>| {
        let done_at: Option<i64> = row.get("done_at")?;
        Ok(SavedExercise { id: row.get("id")?, done_at: done_at.map(Timestamp::from_millis) })
    };
    Ok(statement.query_map([org.get()], read)?.collect::<rusqlite::Result<_>>()?)
}

/// When `ccpaOptOut` of an org's profile, or of any, became so, as far as the newest changes tell.
///
/// # Errors
/// When the database cannot be read.
pub fn changed_to(
    reader: &Reader,
    org: OrgId,
    profile: Option<RecordNumber>,
    to: bool,
) -> Result<Option<Timestamp>> {
    let newest = match profile {
        Some(_) => "profile_id = ?2 ORDER BY sequence DESC",
        None => "org_id = ?1 AND ?2 IS NULL ORDER BY id DESC",
    };
    let sql = format!(
        "SELECT min(changed_at) FROM
            (SELECT to_value, changed_at FROM opt_out_change WHERE {newest} LIMIT 500)
         WHERE to_value = ?3"
    );
    let mut statement = reader.0.prepare_cached(&sql)?;
    let profile = profile.map(|profile| row_id(org, profile));
    let at: Option<i64> = statement.query_row(params![org.get(), profile, to], |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}

/// When the org recorded a consent that says so, as far as the newest consents tell.
///
/// # Errors
/// When the database cannot be read.
pub fn said(reader: &Reader, org: OrgId, opt_out_of_sale: bool) -> Result<Option<Timestamp>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT min(recorded_at) FROM
            (SELECT opt_out_of_sale, recorded_at FROM privacy_consent WHERE org_id = ?1
             ORDER BY id DESC LIMIT 500)
         WHERE opt_out_of_sale = ?2",
    )?;
    let at: Option<i64> =
        statement.query_row(params![org.get(), opt_out_of_sale], |row| row.get(0))?;
    Ok(at.map(Timestamp::from_millis))
}

/// When a job of the org ended so that is not of the seed, as far as the newest jobs of each regulation tell.
///
/// # Errors
/// When the database cannot be read.
pub fn ended(
    reader: &Reader,
    org: OrgId,
    action: Action,
    status: JobStatus,
) -> Result<Option<Timestamp>> {
    // Those of the seed have no moment at which they go.
    let mut statement = reader.0.prepare_cached(
        "SELECT min(last_modified) FROM privacy_job
         WHERE action = ?4 AND expires IS NOT NULL AND id IN
            (SELECT id FROM
                (SELECT id, status FROM privacy_job
                 WHERE org_id = ?1 AND regulation = ?2 AND record_number IS NULL
                 ORDER BY created DESC, id DESC LIMIT 500)
             WHERE status = ?3)",
    )?;
    let mut regulations = reader.0.prepare_cached(
        "SELECT regulation FROM privacy_job_count WHERE org_id = ?1 AND status = ?2 AND jobs > 0",
    )?;
    let mut rows = regulations.query(params![org.get(), status])?;
    let mut first = None;
    while let Some(row) = rows.next()? {
        let regulation: String = row.get(0)?;
        let values = params![org.get(), regulation, status, action.as_str()];
        let at: Option<i64> = statement.query_row(values, |row| row.get(0))?;
        first = first.into_iter().chain(at).min();
    }
    Ok(first.map(Timestamp::from_millis))
}

/// How many jobs of the org have ended that Privacy Service shows.
///
/// # Errors
/// When the database cannot be read.
pub fn count_ended(reader: &Reader, org: OrgId) -> Result<i64> {
    let mut statement = reader.0.prepare_cached(
        "SELECT coalesce(sum(jobs), 0) FROM privacy_job_count
         WHERE org_id = ?1 AND status IN ('complete', 'error')",
    )?;
    Ok(statement.query_row([org.get()], |row| row.get(0))?)
}
