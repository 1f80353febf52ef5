//! The ledger of opt-out changes.

use rusqlite::{Row, params};
use serde::de::IgnoredAny;

use super::connection::{Reader, Tx};
use super::records::{number, row_id};
use crate::domain::{
    Error, LedgerEntry, LedgerRange, OptOutChange, OrgId, RecordNumber, Result, SavedChange,
    Timestamp,
};

/// The sequence of a profile's newest change, 0 if it has none.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(reader: &Reader, org: OrgId, profile: RecordNumber) -> Result<i64> {
    let mut statement = reader.0.prepare_cached(
        "SELECT coalesce(max(sequence), 0) FROM opt_out_change WHERE profile_id = ?1",
    )?;
    Ok(statement.query_row([row_id(org, profile)], |row| row.get(0))?)
}

/// Who made a change.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// A write of a profile.
    Write {
        /// `X-Request-Id`.
        request_id: &'a str,
        /// Client id.
        api_key: &'a str,
    },
    /// A privacy job or a consent, by its id.
    Privacy(&'a str),
}

/// Appends a change; answers its place. The schema refuses a sequence that is there already.
///
/// # Errors
/// When the database cannot be written.
pub fn append(
    tx: &Tx,
    org: OrgId,
    change: &OptOutChange,
    sequence: i64,
    author: Author<'_>,
) -> Result<i64> {
    let (request_id, api_key, applied_by) = match author {
        Author::Write { request_id, api_key } => (request_id, api_key, None),
        Author::Privacy(id) => ("", "", Some(id)),
    };
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO opt_out_change (org_id, profile_id, sequence, from_value, to_value,
            changed_at, request_id, api_key, identities, applied_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    statement.execute(params![
        org.get(),
        row_id(org, change.profile),
        sequence,
        !change.to,
        change.to,
        change.at.as_millis(),
        request_id,
        api_key,
        serde_json::to_string(&change.identities).map_err(Error::internal)?,
        applied_by,
    ])?;
    let id = tx.0.last_insert_rowid();
    tx.made.change(id);
    Ok(id)
}

/// The changes that an earlier version had still to forward, with their places and orgs.
///
/// # Errors
/// When the database cannot be read.
pub fn unqueued(reader: &Reader) -> Result<Vec<(i64, OrgId, OptOutChange)>> {
    let mut statement = reader.0.prepare(
        "SELECT id, org_id, profile_id, to_value, changed_at, identities
         FROM opt_out_change JOIN unqueued_change ON change_id = id ORDER BY id",
    )?;
    let read = |row: &Row<'_>| {
        let change = OptOutChange {
            profile: number(row.get("profile_id")?),
            to: row.get("to_value")?,
            at: Timestamp::from_millis(row.get("changed_at")?),
            // What cannot be read names nobody, and its job ends in an error.
            identities: serde_json::from_str(row.get_ref("identities")?.as_str()?)
                .unwrap_or_default(),
        };
        Ok((row.get("id")?, OrgId::from_stored(row.get("org_id")?), change))
    };
    let changes = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}

/// Forgets the changes that an earlier version had still to forward: they are queued.
///
/// # Errors
/// When the database cannot be written.
pub fn forget_unqueued(tx: &Tx) -> Result<()> {
    tx.0.execute("DELETE FROM unqueued_change", [])?;
    Ok(())
}

/// That part of the ledger of an org, or of one of its profiles.
///
/// # Errors
/// When the database cannot be read.
pub fn history(
    reader: &Reader,
    org: OrgId,
    profile: Option<RecordNumber>,
    range: LedgerRange,
) -> Result<Vec<LedgerEntry>> {
    const ENTRY: &str = "
        SELECT c.id, c.profile_id, c.sequence, c.from_value, c.to_value, c.changed_at, c.request_id,
               c.api_key, c.applied_by, j.job_id, j.status
        FROM opt_out_change c LEFT JOIN privacy_job j ON j.change_id = c.id";
    let LedgerRange { after, before, newest_first, limit } = range;
    let order = if newest_first { "DESC" } else { "ASC" };
    let read = |row: &Row<'_>| {
        Ok(LedgerEntry {
            id: row.get("id")?,
            profile: number(row.get("profile_id")?),
            sequence: row.get("sequence")?,
            from: row.get("from_value")?,
            to: row.get("to_value")?,
            at: Timestamp::from_millis(row.get("changed_at")?),
            request_id: row.get("request_id")?,
            api_key: row.get("api_key")?,
            applied_by: row.get("applied_by")?,
            job_id: row.get("job_id")?,
            job_status: row.get("status")?,
        })
    };
    let entries = match profile {
        Some(profile) => reader
            .0
            .prepare_cached(&format!(
                "{ENTRY} WHERE c.profile_id = ?1 AND c.id > ?2 AND c.id < ?3
                 ORDER BY c.sequence {order} LIMIT ?4"
            ))?
            .query_map([row_id(org, profile), after, before, limit], read)?
            .collect::<rusqlite::Result<_>>()?,
        None => reader
            .0
            .prepare_cached(&format!(
                "{ENTRY} WHERE c.org_id = ?1 AND c.id > ?2 AND c.id < ?3
                 ORDER BY c.id {order} LIMIT ?4"
            ))?
            .query_map([org.get(), after, before, limit], read)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(entries)
}

/// The whole ledger of an org in order, each change with its place among all of the database.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader, org: OrgId) -> Result<Vec<(i64, SavedChange)>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT id, profile_id, sequence, to_value, changed_at, request_id, api_key, identities,
            applied_by
         FROM opt_out_change WHERE org_id = ?1 ORDER BY id",
    )?;
    let read = |row: &Row<'_>| {
        let change = SavedChange {
            profile: number(row.get("profile_id")?),
            sequence: row.get("sequence")?,
            to: row.get("to_value")?,
            changed_at: Timestamp::from_millis(row.get("changed_at")?),
            request_id: row.get("request_id")?,
            api_key: row.get("api_key")?,
            identities: serde_json::from_str(row.get_ref("identities")?.as_str()?)
                .unwrap_or_default(),
            applied_by: row.get("applied_by")?,
            settled_at: IgnoredAny,
        };
        Ok((row.get("id")?, change))
    };
    let changes = statement.query_map([org.get()], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(changes)
}

/// Appends a change as it was saved; answers its place.
///
/// # Errors
/// When the database cannot be written.
pub fn restore(tx: &Tx, org: OrgId, change: &SavedChange) -> Result<i64> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO opt_out_change (org_id, profile_id, sequence, from_value, to_value,
            changed_at, request_id, api_key, identities, applied_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
    )?;
    let values = params![
        org.get(),
        row_id(org, change.profile),
        change.sequence,
        !change.to,
        change.to,
        change.changed_at,
        change.request_id,
        change.api_key,
        serde_json::to_string(&change.identities).map_err(Error::internal)?,
        change.applied_by,
    ];
    Ok(statement.query_row(values, |row| row.get(0))?)
}
