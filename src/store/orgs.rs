//! Tenants, and their generations that are over.

use rusqlite::{OptionalExtension as _, Row, params};

use super::connection::{Reader, Tx};
use crate::domain::{
    Counts, Error, JobCounts, JobStatus, OrgId, OrgName, OrgNumbers, Progression, RecordNumber,
    Result,
};

/// Of rows of all tenants, those of generations that are not over: what looks for work asks for it.
pub(super) const LIVE: &str = "org_id NOT IN (SELECT id FROM org WHERE name IS NULL)";

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
    let mut statement =
        reader.0.prepare("SELECT id, name FROM org WHERE name IS NOT NULL ORDER BY id")?;
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
    let mut statement = tx.0.prepare_cached("INSERT INTO org (name) VALUES (?1) RETURNING id")?;
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
    let mut statement = tx.0.prepare_cached("UPDATE org SET progression = ?2 WHERE id = ?1")?;
    statement.execute(params![org.get(), text.map_err(Error::internal)?])?;
    Ok(())
}

/// Gives the next record of an org the number after `last`, and says how many profiles there are.
///
/// # Errors
/// When the database cannot be written.
pub fn set_counters(tx: &Tx, org: OrgId, last: RecordNumber, profiles: i64) -> Result<()> {
    let mut statement =
        tx.0.prepare_cached("UPDATE org SET last_number = ?2, profiles = ?3 WHERE id = ?1")?;
    statement.execute([org.get(), last.get(), profiles])?;
    Ok(())
}

/// The number of the org's newest record.
///
/// # Errors
/// When the database cannot be read.
pub fn last_number(reader: &Reader, org: OrgId) -> Result<RecordNumber> {
    let mut statement = reader.0.prepare_cached("SELECT last_number FROM org WHERE id = ?1")?;
    let last = statement.query_row([org.get()], |row| row.get(0))?;
    Ok(RecordNumber::new(last).unwrap_or(RecordNumber::MAX))
}

/// How much an org has.
///
/// # Errors
/// When the database cannot be read.
pub fn counts(reader: &Reader, org: OrgId) -> Result<Counts> {
    let mut statement = reader.0.prepare_cached(
        "SELECT profiles,
            (SELECT count(*) FROM record WHERE org_id = ?1) AS records,
            (SELECT count(*) FROM opt_out_change WHERE org_id = ?1) AS changes,
            (SELECT count(*) FROM privacy_job WHERE org_id = ?1) AS jobs,
            (SELECT count(*) FROM privacy_consent WHERE org_id = ?1) AS consents
         FROM org WHERE id = ?1",
    )?;
    Ok(statement.query_row([org.get()], |row| {
        Ok(Counts {
            profiles: row.get("profiles")?,
            records: row.get("records")?,
            changes: row.get("changes")?,
            jobs: row.get("jobs")?,
            consents: row.get("consents")?,
        })
    })?)
}

/// How much an org has, by what is counted and by indexes alone.
///
/// # Errors
/// When the database cannot be read.
pub fn numbers(reader: &Reader, org: OrgId) -> Result<OrgNumbers> {
    let mut statement = reader.0.prepare_cached(
        "SELECT profiles,
            (SELECT count(*) FROM profile INDEXED BY profile_opted_out
             WHERE org_id = ?1 AND ccpa_opt_out = 1) AS opted_out,
            (SELECT count(*) FROM opt_out_change WHERE org_id = ?1) AS changes
         FROM org WHERE id = ?1",
    )?;
    let mut numbers = statement.query_row([org.get()], |row| {
        let (profiles, opted_out) = (row.get("profiles")?, row.get("opted_out")?);
        let (changes, jobs) = (row.get("changes")?, JobCounts::default());
        Ok(OrgNumbers { profiles, opted_out, changes, jobs })
    })?;
    // What Privacy Service does not show is not counted; there is little of it.
    let mut statement = reader.0.prepare_cached(
        "SELECT status, jobs FROM privacy_job_count WHERE org_id = ?1
         UNION ALL
         SELECT status, 1 FROM privacy_job INDEXED BY privacy_job_of_record
         WHERE org_id = ?1 AND record_number IS NOT NULL",
    )?;
    let mut rows = statement.query([org.get()])?;
    while let Some(row) = rows.next()? {
        let status: String = row.get("status")?;
        if let Some(status) = JobStatus::parse(&status) {
            numbers.jobs.add(status, row.get("jobs")?);
        }
    }
    Ok(numbers)
}

/// Ends a generation, which costs the same however much it has.
///
/// # Errors
/// When the database cannot be written.
pub fn end(tx: &Tx, org: OrgId) -> Result<()> {
    tx.0.prepare_cached("UPDATE org SET name = NULL, former_name = name WHERE id = ?1")?
        .execute([org.get()])?;
    Ok(())
}

/// The generations that are over and have not been removed yet.
///
/// # Errors
/// When the database cannot be read.
pub fn retired(reader: &Reader) -> Result<Vec<OrgId>> {
    let mut statement =
        reader.0.prepare_cached("SELECT id FROM org WHERE name IS NULL AND standby = 0")?;
    let orgs = statement
        .query_map([], |row| Ok(OrgId::from_stored(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(orgs)
}

/// The name that a generation had which is over.
///
/// # Errors
/// When the database cannot be read.
pub fn former_name(reader: &Reader, org: OrgId) -> Result<Option<OrgName>> {
    let mut statement = reader.0.prepare_cached("SELECT former_name FROM org WHERE id = ?1")?;
    let name: Option<String> = statement.query_row([org.get()], |row| row.get(0))?;
    Ok(name.as_deref().and_then(OrgName::parse))
}

/// The standby for an org of that name.
///
/// # Errors
/// When the database cannot be read.
pub fn standby(reader: &Reader, name: &OrgName) -> Result<Option<OrgId>> {
    let mut statement =
        reader.0.prepare_cached("SELECT id FROM org WHERE former_name = ?1 AND standby = 1")?;
    let id: Option<i64> = statement.query_row([name.as_str()], |row| row.get(0)).optional()?;
    Ok(id.map(OrgId::from_stored))
}

/// Makes a standby for an org of that name, which has none.
///
/// # Errors
/// When the database cannot be written.
pub fn insert_standby(tx: &Tx, name: &OrgName) -> Result<OrgId> {
    let mut statement =
        tx.0.prepare_cached("INSERT INTO org (former_name, standby) VALUES (?1, 1) RETURNING id")?;
    Ok(OrgId::from_stored(statement.query_row([name.as_str()], |row| row.get(0))?))
}

/// Has a generation that is over be the standby for an org of the name it had, which has none.
///
/// # Errors
/// When the database cannot be written.
pub fn make_standby(tx: &Tx, retired: OrgId) -> Result<()> {
    tx.0.prepare_cached("UPDATE org SET standby = 1, progression = NULL WHERE id = ?1")?
        .execute([retired.get()])?;
    Ok(())
}

/// Has a standby be the tenant of that name.
///
/// # Errors
/// When the database cannot be written.
pub fn take_standby(tx: &Tx, standby: OrgId, name: &OrgName) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "UPDATE org SET name = ?2, former_name = NULL, standby = 0 WHERE id = ?1",
    )?;
    statement.execute(params![standby.get(), name.as_str()])?;
    Ok(())
}

/// Has all standbys be generations that are over, which may become standbys again.
///
/// # Errors
/// When the database cannot be written.
pub fn end_standbys(tx: &Tx) -> Result<()> {
    tx.0.execute("UPDATE org SET standby = 0 WHERE standby = 1", [])?;
    Ok(())
}

/// How what is left of a generation's changes is removed, as in [`REMOVALS`].
const TRACES: [&str; 7] = [
    "DELETE FROM event_delivery WHERE id IN
        (SELECT id FROM event_delivery WHERE org_id = ?1 LIMIT ?2)",
    "DELETE FROM event_registration WHERE id IN
        (SELECT id FROM event_registration WHERE org_id = ?1 LIMIT ?2)",
    "DELETE FROM privacy_job WHERE id IN
        (SELECT id FROM privacy_job WHERE org_id = ?1 LIMIT ?2)",
    "DELETE FROM privacy_consent WHERE id IN
        (SELECT id FROM privacy_consent WHERE org_id = ?1 LIMIT ?2)",
    "DELETE FROM opt_out_change WHERE id IN
        (SELECT id FROM opt_out_change WHERE org_id = ?1 LIMIT ?2)",
    "DELETE FROM privacy_archive WHERE rowid IN
        (SELECT rowid FROM privacy_archive WHERE org_id = ?1 LIMIT ?2)",
    "DELETE FROM exercise WHERE (org_id, id) IN
        (SELECT org_id, id FROM exercise WHERE org_id = ?1 LIMIT ?2)",
];

/// How a generation's rows are removed, `?2` of them at a time, those that refer to others first. Every
/// table that has rows of orgs is here or in [`remove_some`].
const REMOVALS: [&str; 10] = [
    TRACES[0],
    TRACES[1],
    TRACES[2],
    TRACES[3],
    TRACES[4],
    TRACES[5],
    TRACES[6],
    "DELETE FROM link WHERE (from_id, name) IN
        (SELECT from_id, name FROM link
         WHERE from_id BETWEEN ?1 << 40 AND (?1 << 40) + 1099511627775 LIMIT ?2)",
    "DELETE FROM profile WHERE id IN (SELECT id FROM profile WHERE org_id = ?1 LIMIT ?2)",
    "DELETE FROM record WHERE id IN (SELECT id FROM record WHERE org_id = ?1 LIMIT ?2)",
];

/// Removes some rows of a generation that is over, at most so many; answers whether all are gone.
///
/// # Errors
/// When the database cannot be written.
pub fn remove_some(tx: &Tx, org: OrgId, most: usize) -> Result<bool> {
    let gone = remove(tx, org, most, &REMOVALS)?;
    if gone {
        tx.0.prepare_cached(FORGET_COUNTS)?.execute([org.get()])?;
        tx.0.prepare_cached("DELETE FROM org WHERE id = ?1")?.execute([org.get()])?;
    }
    Ok(gone)
}

/// Removes some of what is left of the changes of a generation that is over, its records apart: ledger,
/// jobs, archives, consents, events, exercises. Answers whether all is gone.
///
/// # Errors
/// When the database cannot be written.
pub fn remove_traces(tx: &Tx, org: OrgId, most: usize) -> Result<bool> {
    let gone = remove(tx, org, most, &TRACES)?;
    if gone {
        tx.0.prepare_cached(FORGET_COUNTS)?.execute([org.get()])?;
    }
    Ok(gone)
}

const FORGET_COUNTS: &str = "DELETE FROM privacy_job_count WHERE org_id = ?1";

fn remove(tx: &Tx, org: OrgId, most: usize, removals: &[&str]) -> Result<bool> {
    let mut left = most;
    for removal in removals {
        let limit = i64::try_from(left).unwrap_or(i64::MAX);
        left -= tx.0.prepare_cached(removal)?.execute(params![org.get(), limit])?.min(left);
        if left == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::InstallKey;
    use crate::store::connection::open_writer;

    #[test]
    fn no_table_is_forgotten_when_a_generation_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let key = InstallKey::new([0; 32]);
        let (tx, _) = open_writer(&directory.path().join("a.db"), false, &key).unwrap();
        let mut statement =
            tx.0.prepare(
                "SELECT DISTINCT m.name FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
                 WHERE m.type = 'table' AND c.name IN ('org_id', 'from_id')",
            )
            .unwrap();
        let tables = statement.query_map([], |row| row.get(0)).unwrap();
        let tables: Vec<String> = tables.map(|table| table.unwrap()).collect();
        assert_eq!(tables.len(), REMOVALS.len() + 1, "{tables:?}");
        let removed = |table: &String| {
            REMOVALS.iter().any(|sql| sql.starts_with(&format!("DELETE FROM {table} ")))
        };
        let others: Vec<_> = tables.iter().filter(|table| !removed(table)).collect();
        assert_eq!(others, ["privacy_job_count"]);
    }
}
