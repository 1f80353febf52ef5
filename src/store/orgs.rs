//! Tenants.

use rusqlite::{OptionalExtension as _, Row};

use super::{Reader, Tx};
use crate::domain::{OrgId, OrgName, Result};

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
