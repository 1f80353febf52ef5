//! Snapshots, a document for each org.

use rusqlite::{Row, params};

use super::connection::{Reader, Tx};
use crate::domain::{Error, ListedSnapshot, OrgState, Result, SnapshotName, Timestamp};

/// Every org of every snapshot, by name.
///
/// # Errors
/// When the database cannot be read.
pub fn list(reader: &Reader) -> Result<Vec<ListedSnapshot>> {
    let mut statement = reader
        .0
        .prepare_cached("SELECT name, taken_at, org, counts FROM snapshot ORDER BY name, org")?;
    let read = |row: &Row<'_>| {
        Ok(ListedSnapshot {
            name: row.get("name")?,
            taken_at: Timestamp::from_millis(row.get("taken_at")?),
            org: row.get("org")?,
            counts: serde_json::from_str(row.get_ref("counts")?.as_str()?).unwrap_or_default(),
        })
    };
    let listed = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(listed)
}

/// When a snapshot was taken, and its orgs by name; those that pass.
///
/// # Errors
/// [`Error::SnapshotMissing`] when there is none of that name.
pub fn read(
    reader: &Reader,
    name: &SnapshotName,
    passes: impl Fn(&str) -> bool,
) -> Result<(Timestamp, Vec<OrgState>)> {
    let mut statement = reader.0.prepare_cached(
        "SELECT taken_at, org, content FROM snapshot WHERE name = ?1 ORDER BY org",
    )?;
    let mut rows = statement.query([name.as_str()])?;
    let (mut taken, mut orgs) = (None, Vec::new());
    while let Some(row) = rows.next()? {
        taken = Some(Timestamp::from_millis(row.get("taken_at")?));
        if passes(&row.get::<_, String>("org")?) {
            let content: String = row.get("content")?;
            orgs.push(serde_json::from_str(&content).map_err(Error::internal)?);
        }
    }
    let taken = taken.ok_or_else(|| Error::SnapshotMissing(name.to_string()))?;
    Ok((taken, orgs))
}

/// Keeps a snapshot, instead of the one that has had its name; answers its orgs.
///
/// # Errors
/// When the database cannot be written.
pub fn keep(
    tx: &Tx,
    name: &SnapshotName,
    taken_at: Timestamp,
    orgs: &[OrgState],
) -> Result<Vec<ListedSnapshot>> {
    remove(tx, name)?;
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO snapshot (name, org, taken_at, counts, content) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let kept = orgs.iter().map(|state| {
        let counts = state.counts();
        statement.execute(params![
            name.as_str(),
            state.org.as_str(),
            taken_at,
            serde_json::to_string(&counts).map_err(Error::internal)?,
            serde_json::to_string(state).map_err(Error::internal)?,
        ])?;
        Ok(ListedSnapshot { name: name.to_string(), taken_at, org: state.org.to_string(), counts })
    });
    kept.collect()
}

/// Removes a snapshot; answers whether there was one.
///
/// # Errors
/// When the database cannot be written.
pub fn remove(tx: &Tx, name: &SnapshotName) -> Result<bool> {
    let mut statement = tx.0.prepare_cached("DELETE FROM snapshot WHERE name = ?1")?;
    Ok(statement.execute([name.as_str()])? > 0)
}
