//! The seats of a training room, by the names of their orgs: a reset of an org leaves its seat as it is.

use super::connection::{Reader, Tx};
use crate::domain::{OrgName, Result, Seat, SeatName};

/// All of them.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader) -> Result<Vec<Seat>> {
    let mut statement = reader.0.prepare("SELECT org, name FROM seat")?;
    let seats = statement.query_map([], |row| Ok((row.get("org")?, row.get("name")?)))?;
    let seats = seats.collect::<rusqlite::Result<Vec<(String, String)>>>()?.into_iter();
    let seat = |(org, name): (String, String)| {
        Some(Seat { org: OrgName::parse(&org)?, name: SeatName::from_stored(name) })
    };
    Ok(seats.filter_map(seat).collect())
}

/// Adds a seat, if it is not there yet.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, seat: &Seat) -> Result<()> {
    let mut statement =
        tx.0.prepare_cached("INSERT OR IGNORE INTO seat (org, name) VALUES (?1, ?2)")?;
    statement.execute([seat.org.as_str(), seat.name.as_str()])?;
    Ok(())
}

/// Removes the seat of an org, if it has one.
///
/// # Errors
/// When the database cannot be written.
pub fn delete(tx: &Tx, org: &OrgName) -> Result<()> {
    tx.0.prepare_cached("DELETE FROM seat WHERE org = ?1")?.execute([org.as_str()])?;
    Ok(())
}
