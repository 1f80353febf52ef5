//! The archives that access jobs leave, as ZIP files.

use rusqlite::{OptionalExtension as _, params};
use uuid::Uuid;

use super::connection::{Reader, Tx};
use crate::domain::{Error, OrgId, Result, Timestamp};

/// Keeps what an access job has found.
///
/// # Errors
/// When the database cannot be written.
pub fn keep(tx: &Tx, org: OrgId, job_id: Uuid, content: &[u8]) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "REPLACE INTO privacy_archive (job_id, org_id, content) VALUES (?1, ?2, ?3)",
    )?;
    statement.execute(params![job_id.to_string(), org.get(), content])?;
    Ok(())
}

/// Offers what an access job has found until `expires`; answers whether there is anything.
///
/// # Errors
/// When the database cannot be written.
pub fn offer(tx: &Tx, org: OrgId, job_id: Uuid, expires: Timestamp) -> Result<bool> {
    let mut statement = tx.0.prepare_cached(
        "UPDATE privacy_archive SET expires = ?3 WHERE org_id = ?1 AND job_id = ?2",
    )?;
    Ok(statement.execute(params![org.get(), job_id.to_string(), expires])? > 0)
}

/// Drops what a job has found that has failed after all.
///
/// # Errors
/// When the database cannot be written.
pub fn remove(tx: &Tx, org: OrgId, job_id: Uuid) -> Result<()> {
    let mut statement =
        tx.0.prepare_cached("DELETE FROM privacy_archive WHERE org_id = ?1 AND job_id = ?2")?;
    statement.execute(params![org.get(), job_id.to_string()])?;
    Ok(())
}

/// What an access job has found.
#[derive(Debug)]
pub struct Archive {
    /// The job, which may be gone.
    pub job_id: Uuid,
    /// The ZIP.
    pub content: Vec<u8>,
    /// Until when it is offered.
    pub expires: Option<Timestamp>,
}

/// All archives of an org, by job.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader, org: OrgId) -> Result<Vec<Archive>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT job_id, content, expires FROM privacy_archive WHERE org_id = ?1 ORDER BY job_id",
    )?;
    let mut rows = statement.query([org.get()])?;
    let mut archives = Vec::new();
    while let Some(row) = rows.next()? {
        let job_id = Uuid::try_parse(&row.get::<_, String>(0)?).map_err(Error::internal)?;
        let expires = row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis);
        archives.push(Archive { job_id, content: row.get(1)?, expires });
    }
    Ok(archives)
}

/// What a job of the org offers.
///
/// # Errors
/// When the database cannot be read.
pub fn content(
    reader: &Reader,
    org: OrgId,
    job_id: Uuid,
    now: Timestamp,
) -> Result<Option<Vec<u8>>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT content FROM privacy_archive WHERE job_id = ?1 AND org_id = ?2 AND expires > ?3",
    )?;
    let values = params![job_id.to_string(), org.get(), now];
    Ok(statement.query_row(values, |row| row.get(0)).optional()?)
}
