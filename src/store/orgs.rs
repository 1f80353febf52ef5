//! Tenants.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Reader, Tx};
use crate::domain::{Error, OrgId, OrgName, Progression, Result};

/// A tenant as stored.
#[derive(Debug, Clone)]
pub struct Org {
    /// Its number here.
    pub id: OrgId,
    /// The segment in its URLs.
    pub name: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Org> {
    Ok(Org { id: OrgId::from_stored(row.get("id")?), name: row.get("name")? })
}

/// Every tenant of the database, in the order they were made.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader) -> Result<Vec<Org>> {
    let mut statement = reader.0.prepare("SELECT id, name FROM org ORDER BY id")?;
    let orgs = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(orgs)
}

/// The tenant with that name.
///
/// # Errors
/// When the database cannot be read.
pub fn find(reader: &Reader, name: &OrgName) -> Result<Option<Org>> {
    let mut statement = reader.0.prepare_cached("SELECT id, name FROM org WHERE name = ?1")?;
    Ok(statement.query_row([name.as_str()], read).optional()?)
}

/// Makes a tenant.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, name: &OrgName) -> Result<OrgId> {
    let mut statement = tx.0.0.prepare_cached("INSERT INTO org (name) VALUES (?1) RETURNING id")?;
    Ok(OrgId::from_stored(statement.query_row([name.as_str()], |row| row.get(0))?))
}

/// What moves the org's privacy jobs, if that was set for it.
///
/// # Errors
/// When the database cannot be read.
pub fn progression(reader: &Reader, org: OrgId) -> Result<Option<Progression>> {
    let mut statement = reader.0.prepare_cached("SELECT progression FROM org WHERE id = ?1")?;
    let text: Option<String> = statement.query_row([org.get()], |row| row.get(0))?;
    text.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
}

/// Sets what moves the org's privacy jobs; `None` goes back to what is configured.
///
/// # Errors
/// When the database cannot be written.
pub fn set_progression(tx: &Tx, org: OrgId, progression: Option<Progression>) -> Result<()> {
    let text = progression.map(|one| serde_json::to_string(&one)).transpose();
    let mut statement = tx.0.0.prepare_cached("UPDATE org SET progression = ?2 WHERE id = ?1")?;
    statement.execute(params![org.get(), text.map_err(Error::internal)?])?;
    Ok(())
}
