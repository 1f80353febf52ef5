//! Tenants.

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Reader, Tx};
use crate::domain::{ImsOrgId, OrgId, OrgName, Result};

/// A tenant as stored.
#[derive(Debug, Clone)]
pub struct Org {
    /// Its number here.
    pub id: OrgId,
    /// The segment in its URLs.
    pub name: String,
    /// The seed's org it was made from.
    pub customer: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Org> {
    Ok(Org {
        id: OrgId::from_stored(row.get("id")?),
        name: row.get("name")?,
        customer: row.get("customer")?,
    })
}

/// Every tenant of the database, in the order they were made.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader) -> Result<Vec<Org>> {
    let mut statement = reader.0.prepare("SELECT id, name, customer FROM org ORDER BY id")?;
    let orgs = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(orgs)
}

/// The tenant with that name.
///
/// # Errors
/// When the database cannot be read.
pub fn find(reader: &Reader, name: &OrgName) -> Result<Option<Org>> {
    let mut statement =
        reader.0.prepare_cached("SELECT id, name, customer FROM org WHERE name = ?1")?;
    Ok(statement.query_row([name.as_str()], read).optional()?)
}

/// Makes a tenant.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, name: &OrgName, customer: &OrgName) -> Result<OrgId> {
    let mut statement = tx.0.0.prepare_cached(
        "INSERT INTO org (name, ims_org_id, customer) VALUES (?1, ?2, ?3) RETURNING id",
    )?;
    let ims_org = ImsOrgId::of(name);
    let values = params![name.as_str(), ims_org.as_str(), customer.as_str()];
    Ok(OrgId::from_stored(statement.query_row(values, |row| row.get(0))?))
}
