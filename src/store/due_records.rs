//! Records that the worker has to look at: messages and requests that move with time.

use rusqlite::{OptionalExtension as _, Row};

use super::connection::{Reader, Tx};
use super::orgs::LIVE;
use super::records::{number, row_id};
use crate::domain::{OrgId, RecordNumber, Result, Timestamp};

/// A record that the worker has to look at.
#[derive(Debug, Clone)]
pub struct DueRecord {
    /// The tenant.
    pub org: OrgId,
    /// Its resource.
    pub resource: String,
    /// Its number.
    pub number: RecordNumber,
}

/// The records that are due, the longest due first.
///
/// # Errors
/// When the database cannot be read.
pub fn due(reader: &Reader, now: Timestamp, limit: i64) -> Result<Vec<DueRecord>> {
    let mut statement = reader.0.prepare_cached(&format!(
        "SELECT org_id, resource, id FROM record WHERE due IS NOT NULL AND due <= ?1 AND {LIVE}
         ORDER BY due, id LIMIT ?2"
    ))?;
    let read = |row: &Row<'_>| {
        Ok(DueRecord {
            org: OrgId::from_stored(row.get(0)?),
            resource: row.get(1)?,
            number: number(row.get(2)?),
        })
    };
    let due =
        statement.query_map([now.as_millis(), limit], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(due)
}

/// Has the worker not look at a record again.
///
/// # Errors
/// When the database cannot be written.
pub fn forget(tx: &Tx, org: OrgId, number: RecordNumber) -> Result<()> {
    let mut statement = tx.0.prepare_cached("UPDATE record SET due = NULL WHERE id = ?1")?;
    statement.execute([row_id(org, number)])?;
    Ok(())
}

/// When the next record is due.
///
/// # Errors
/// When the database cannot be read.
pub fn next_due(reader: &Reader) -> Result<Option<Timestamp>> {
    let mut statement = reader.0.prepare_cached(&format!(
        "SELECT due FROM record WHERE due IS NOT NULL AND {LIVE} ORDER BY due LIMIT 1"
    ))?;
    let due: Option<i64> = statement.query_row([], |row| row.get(0)).optional()?;
    Ok(due.map(Timestamp::from_millis))
}
