//! A database file looked at from outside, while a server may be running on it: without its lock and
//! without writing to it.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::connection::Reader;
use super::connection::{BOTH, SCHEMA_VERSION, check_version};
use super::error::OpenError;
use crate::domain::{Error, Result, Timestamp};

/// A read-only view of a database file.
pub struct Inspection {
    reader: Reader,
    path: PathBuf,
    version: i64,
}

/// Rules that no constraint keeps, each with the rows that break it: records, or orgs as record 0.
const RULES: [(&str, &str); 13] = [
    (
        "the ledger numbers the changes of a profile 1, 2, 3 …",
        "SELECT profile_id FROM opt_out_change GROUP BY profile_id
         HAVING min(sequence) <> 1 OR max(sequence) <> count(*)",
    ),
    (
        "each change in the ledger starts from what the one before it ended with",
        "SELECT c.profile_id FROM opt_out_change c JOIN opt_out_change n
             ON n.profile_id = c.profile_id AND n.sequence = c.sequence + 1
         WHERE n.from_value <> c.to_value",
    ),
    (
        "a profile has the value of its last change",
        "SELECT p.id FROM profile p JOIN opt_out_change c ON c.profile_id = p.id
         WHERE c.to_value <> p.ccpa_opt_out AND c.sequence =
             (SELECT max(sequence) FROM opt_out_change WHERE profile_id = p.id)",
    ),
    (
        "an opt-out is a job, for 30 days at least",
        "SELECT c.profile_id FROM opt_out_change c LEFT JOIN privacy_job j ON j.change_id = c.id
         WHERE c.to_value = 1 AND c.applied_by IS NULL AND c.changed_at + 2592000000 > :now
           AND j.id IS NULL AND c.id NOT IN (SELECT change_id FROM unqueued_change)",
    ),
    (
        "a withdrawal is a consent",
        "SELECT c.profile_id FROM opt_out_change c LEFT JOIN privacy_consent s ON s.change_id = c.id
         WHERE c.to_value = 0 AND c.applied_by IS NULL AND s.id IS NULL
           AND c.id NOT IN (SELECT change_id FROM unqueued_change)",
    ),
    (
        "a job made by a change is that of an opt-out of its own org",
        "SELECT c.profile_id FROM privacy_job j JOIN opt_out_change c ON c.id = j.change_id
         WHERE c.to_value = 0 OR c.applied_by IS NOT NULL OR c.org_id <> j.org_id",
    ),
    (
        "an org counts its profiles",
        "SELECT o.id << 40 FROM org o
         WHERE o.profiles <> (SELECT count(*) FROM profile WHERE org_id = o.id)",
    ),
    (
        "an org remembers the highest number it gave",
        "SELECT r.id FROM (SELECT id, org_id FROM profile UNION ALL SELECT id, org_id FROM record) r
         JOIN org o ON o.id = r.org_id WHERE (r.id & 1099511627775) > o.last_number",
    ),
    (
        "privacy jobs are counted by regulation and status",
        "SELECT org_id << 40 FROM (
             SELECT org_id, regulation, status, jobs FROM privacy_job_count UNION ALL
             SELECT org_id, regulation, status, -1 FROM privacy_job WHERE record_number IS NULL)
         GROUP BY org_id, regulation, status HAVING sum(jobs) <> 0",
    ),
    (
        "of the events of a job that a webhook is still to get, the first alone is due",
        "SELECT org_id << 40 FROM event_delivery d WHERE d.ended IS NULL
           AND (d.due IS NULL) <> EXISTS (SELECT 1 FROM event_delivery e WHERE e.ended IS NULL
               AND e.registration_id = d.registration_id AND e.job_id = d.job_id AND e.id < d.id)",
    ),
    (
        "an event goes to a webhook of its own org",
        "SELECT d.org_id << 40 FROM event_delivery d JOIN event_registration r ON r.id = d.registration_id
         WHERE r.org_id <> d.org_id",
    ),
    (
        "an event tells how its job ended",
        "SELECT d.org_id << 40 FROM event_delivery d
         JOIN privacy_job j ON j.org_id = d.org_id AND j.job_id = d.job_id
         WHERE d.type LIKE '%.job%' AND d.type <> 'com.adobe.platform.gdpr.job' || j.status",
    ),
    (
        "a link leads from a record to one of the same org",
        "SELECT l.from_id FROM link l WHERE l.from_id >> 40 <> l.to_id >> 40
             OR NOT EXISTS (SELECT 1 FROM profile WHERE id = l.from_id
                            UNION ALL SELECT 1 FROM record WHERE id = l.from_id)
             OR NOT EXISTS (SELECT 1 FROM profile WHERE id = l.to_id
                            UNION ALL SELECT 1 FROM record WHERE id = l.to_id)",
    ),
];

impl Inspection {
    /// Opens the file.
    ///
    /// # Errors
    /// When it cannot be read, is not ours, or is newer than this version.
    pub fn open(path: &Path) -> std::result::Result<Self, OpenError> {
        let failed = |cause: rusqlite::Error| OpenError::failed(path, cause);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if !path.exists() {
            return Err(OpenError::failed(path, "no such file or folder"));
        }
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.execute_batch(BOTH).map_err(failed)?;
        let version = i64::try_from(check_version(&connection, path)?).unwrap_or_default();
        if version == 0 {
            return Err(OpenError::Foreign { path: path.to_owned() });
        }
        Ok(Self { reader: Reader(connection), path: path.to_owned(), version })
    }

    /// What is in it, as of one moment.
    ///
    /// # Errors
    /// When it was written by an earlier version.
    pub fn reader(&self) -> std::result::Result<&Reader, OpenError> {
        if self.version != SCHEMA_VERSION {
            let (path, found) = (self.path.clone(), self.version);
            return Err(OpenError::Older { path, found, known: SCHEMA_VERSION });
        }
        let connection = &self.reader.0;
        if connection.is_autocommit() {
            let begun = connection.execute_batch("BEGIN");
            begun.map_err(|cause| OpenError::failed(&self.path, cause))?;
        }
        Ok(&self.reader)
    }

    /// Copies it, as of one moment, into a new file that is complete and synced when it gets its name.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn back_up(&self, to: &Path) -> anyhow::Result<()> {
        anyhow::ensure!(!to.exists(), "{} exists already and is left as it is", to.display());
        let folder = match to.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let partial = tempfile::Builder::new().prefix(".campaign-mock-").tempfile_in(folder)?;
        let name =
            partial.path().to_str().ok_or_else(|| anyhow::anyhow!("no name for a database"))?;
        self.reader.0.execute("VACUUM INTO ?1", [name])?;
        partial.as_file().sync_all()?;
        partial.persist_noclobber(to)?;
        Ok(File::open(folder)?.sync_all()?)
    }

    /// What is wrong with it, a line for each fault. An opt-out long before `now`
    /// need not be a job any more.
    ///
    /// # Errors
    /// When it was written by an earlier version.
    pub fn faults(&self, now: Timestamp) -> std::result::Result<Vec<String>, OpenError> {
        let reader = self.reader()?;
        let mut faults = Vec::new();
        for look in [integrity, references] {
            faults.extend(look(reader).unwrap_or_else(unreadable));
        }
        for (rule, sql) in RULES {
            let broken = broken(reader, &sql.replace(":now", &now.as_millis().to_string()));
            let line = |who: String| format!("{rule}: not so for {who}");
            faults
                .extend(broken.map_or_else(unreadable, |who| who.into_iter().map(line).collect()));
        }
        Ok(faults)
    }

    /// The latest moment that it tells of.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn newest(&self) -> Result<Timestamp> {
        let newest = "SELECT max(
            coalesce((SELECT max(last_modified) FROM profile), 0),
            coalesce((SELECT max(changed_at) FROM opt_out_change), 0),
            coalesce((SELECT max(last_modified) FROM privacy_job), 0))";
        let newest = self.reader.0.query_row(newest, [], |row| row.get(0))?;
        Ok(Timestamp::from_millis(newest))
    }
}

/// A look that fails has found a fault too.
fn unreadable(failure: Error) -> Vec<String> {
    vec![match failure {
        Error::Internal(cause) => format!("it cannot be read: {cause:#}"),
        other => format!("it cannot be read: {other}"),
    }]
}

fn integrity(reader: &Reader) -> Result<Vec<String>> {
    let mut statement = reader.0.prepare("PRAGMA integrity_check(10)")?;
    let lines = statement.query_map([], |row| row.get(0))?;
    let lines = lines.collect::<rusqlite::Result<Vec<String>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn references(reader: &Reader) -> Result<Vec<String>> {
    let mut statement =
        reader.0.prepare("SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 10")?;
    let fault = |row: &rusqlite::Row<'_>| {
        let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(format!("a row of {table} refers to a row of {parent} that is not there"))
    };
    Ok(statement.query_map([], fault)?.collect::<rusqlite::Result<_>>()?)
}

/// Whom the rows that break a rule are about.
fn broken(reader: &Reader, sql: &str) -> Result<Vec<String>> {
    let named = format!(
        "WITH broken (id) AS (SELECT DISTINCT * FROM ({sql}) LIMIT 10)
         SELECT coalesce(o.name, 'an org that is not there'), broken.id & 1099511627775
         FROM broken LEFT JOIN org o ON o.id = broken.id >> 40"
    );
    let mut statement = reader.0.prepare(&named)?;
    let who = |row: &rusqlite::Row<'_>| {
        let (org, number): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok(if number == 0 { org } else { format!("{org}, record {number}") })
    };
    Ok(statement.query_map([], who)?.collect::<rusqlite::Result<_>>()?)
}
