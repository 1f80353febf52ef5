//! Opening connections: settings, the version floor, the schema.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::after_commit::AfterCommit;
use super::caused::Made;
use super::error::OpenError;
use crate::domain::{Caused, Error, InstallKey, Result};

/// Older versions can lose committed data when two connections checkpoint at once (the WAL-reset
/// defect, fixed in 3.51.3).
const SQLITE_FLOOR: i32 = 3_051_003;

/// Marks our files in `PRAGMA application_id`: "CMOK".
const APPLICATION_ID: i64 = 0x434d_4f4b;

/// What a new file is made with.
const SCHEMA: &str = include_str!("../../schema.sql");
/// The step from each schema version to the next, forward only; `user_version` says which one a
/// file has.
const MIGRATIONS: [&str; 8] = [
    include_str!("schema/v2.sql"),
    include_str!("schema/v3.sql"),
    include_str!("schema/v4.sql"),
    include_str!("schema/v5.sql"),
    include_str!("schema/v6.sql"),
    include_str!("schema/v7.sql"),
    include_str!("schema/v8.sql"),
    include_str!("schema/v9.sql"),
];
pub(super) const SCHEMA_VERSION: i64 = 9;

pub(super) const BOTH: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA temp_store = MEMORY;";

/// WAL, so that readers never wait for the writer. Deleted personal data must not stay in free
/// pages: `secure_delete`. A page that changes often is copied to the file once per checkpoint, so these are
/// rare; the log is at most about 16 MB then. Foreign keys are heeded once the schema is up to date: a migration may have
/// to make a table anew that others refer to.
const WRITER: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA foreign_keys = OFF;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA secure_delete = ON;";

/// Statements kept prepared per connection; we have fewer.
const STATEMENTS: usize = 128;

/// A connection to read through.
pub struct Reader(pub(super) Connection);

/// The writer's connection inside a transaction; it reads as well.
pub struct Tx {
    pub(super) reader: Reader,
    pub(super) after_commit: AfterCommit,
    pub(super) made: Made,
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Reader {
    /// Does reads that all see the database as it is at one moment.
    ///
    /// # Errors
    /// As `reads`, or when the database cannot be read.
    pub fn read_snapshot<T>(&self, reads: impl FnOnce() -> Result<T>) -> Result<T> {
        let _moment = self.0.unchecked_transaction()?;
        reads()
    }
}

impl Tx {
    /// Has something be done right after the commit, before anybody hears of it; not at all when what was written is
    /// undone. It must not panic.
    pub fn after_commit(&self, doing: impl FnOnce() + Send + 'static) {
        self.after_commit.add(Box::new(doing));
    }

    /// What the write has made so far.
    #[must_use]
    pub fn caused(&self) -> Caused {
        self.made.take()
    }

    /// Does work that writes far more than usual, with enough memory to keep indexes in.
    ///
    /// # Errors
    /// As `work`, or when the connection takes no settings.
    pub fn with_bulk_cache<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        /// Kibibytes, as `SQLite` counts them when negative.
        const MUCH: i64 = -262_144;
        let connection = &self.0;
        let usual: i64 = connection.pragma_query_value(None, "cache_size", |row| row.get(0))?;
        connection.pragma_update(None, "cache_size", MUCH)?;
        let result = work();
        connection.pragma_update(None, "cache_size", usual)?;
        result
    }

    /// Does a part of a transaction: when it fails or panics, nothing of it remains and the rest of
    /// the transaction goes on.
    ///
    /// # Errors
    /// As `part`; [`Error::Internal`] when it panics.
    pub fn savepoint<T>(&self, part: impl FnOnce() -> Result<T>) -> Result<T> {
        self.0.prepare_cached("SAVEPOINT part")?.execute([])?;
        let (before, made) = (self.after_commit.count(), self.made.mark());
        let result = catch_unwind(AssertUnwindSafe(part))
            .unwrap_or_else(|_| Err(Error::internal(anyhow::anyhow!("it panicked"))));
        // A full disk has ended the whole transaction, this part's mark with it.
        if !self.0.is_autocommit() {
            if result.is_err() {
                self.after_commit.keep(before);
                self.made.keep(made);
                self.0.prepare_cached("ROLLBACK TO part")?.execute([])?;
            }
            self.0.prepare_cached("RELEASE part")?.execute([])?;
        }
        result
    }
}

pub(super) fn open_reader(path: &Path) -> Result<Reader> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(BOTH)?;
    keep_plans(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(Reader(connection))
}

/// Has statements keep the plans they were prepared with. Otherwise `SQLite` prepares one with a bound `LIMIT`
/// anew each time it runs, for the number might change the plan, and that takes several times as long as the rest.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

pub(super) fn open_writer(
    path: &Path,
    durable: bool,
    new_key: &InstallKey,
) -> std::result::Result<(Tx, InstallKey), OpenError> {
    if rusqlite::version_number() < SQLITE_FLOOR {
        return Err(OpenError::OldSqlite { found: rusqlite::version() });
    }
    let failed = |cause: rusqlite::Error| OpenError::failed(path, cause);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.execute_batch(BOTH).map_err(failed)?;
    keep_plans(&connection).map_err(failed)?;
    // Looked at before anything is written, and closed without a checkpoint if refused, so that a
    // foreign or newer file stays as it is.
    let keep_log = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection.set_db_config(keep_log, true).map_err(failed)?;
    let version = check_version(&connection, path)?;
    connection.set_db_config(keep_log, false).map_err(failed)?;
    connection.execute_batch(WRITER).map_err(failed)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
    let synchronous = if durable { "FULL" } else { "OFF" };
    connection.pragma_update(None, "synchronous", synchronous).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let key = migrate(&mut connection, version, new_key).map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    let (after_commit, made) = (AfterCommit::default(), Made::default());
    Ok((Tx { reader: Reader(connection), after_commit, made }, key))
}

/// The schema version of the file, 0 for a new one.
pub(super) fn check_version(
    connection: &Connection,
    path: &Path,
) -> std::result::Result<usize, OpenError> {
    let foreign = || OpenError::Foreign { path: path.to_owned() };
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let tables = match number("SELECT count(*) FROM sqlite_schema") {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(foreign());
        }
        other => other.map_err(|cause| OpenError::failed(path, cause))?,
    };
    if tables == 0 {
        return Ok(0);
    }
    let header =
        number("PRAGMA application_id").and_then(|id| Ok((id, number("PRAGMA user_version")?)));
    let (id, version) = header.map_err(|cause| OpenError::failed(path, cause))?;
    if id != APPLICATION_ID {
        return Err(foreign());
    }
    match usize::try_from(version) {
        Ok(known) if version <= SCHEMA_VERSION => Ok(known),
        _ => Err(OpenError::Newer { path: path.to_owned(), found: version, known: SCHEMA_VERSION }),
    }
}

/// Brings the schema up to date in one exclusive transaction and returns the install key.
fn migrate(
    connection: &mut Connection,
    version: usize,
    new_key: &InstallKey,
) -> rusqlite::Result<InstallKey> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
    match version.checked_sub(1) {
        None => transaction.execute_batch(SCHEMA)?,
        Some(seen) => {
            for step in MIGRATIONS.iter().skip(seen) {
                transaction.execute_batch(step)?;
            }
        }
    }
    if i64::try_from(version) != Ok(SCHEMA_VERSION) {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    let stored: Option<[u8; 32]> = transaction
        .query_row("SELECT value FROM meta WHERE name = 'install_key'", [], |row| row.get(0))
        .optional()?;
    if stored.is_none() {
        transaction.execute(
            "INSERT INTO meta (name, value) VALUES ('install_key', ?1)",
            [new_key.as_bytes()],
        )?;
    }
    transaction.commit()?;
    Ok(stored.map_or_else(|| new_key.clone(), InstallKey::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_raises_the_version() {
        assert_eq!(usize::try_from(SCHEMA_VERSION), Ok(MIGRATIONS.len() + 1));
    }

    /// Tables with their columns, indexes with theirs, triggers.
    fn shape(connection: &Connection) -> Vec<String> {
        let sql = "SELECT m.type || ' ' || m.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\"
                   FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table'
                   UNION ALL
                   SELECT m.type || ' ' || m.name || ' ' || m.tbl_name || ' ' || coalesce(c.name, '')
                   FROM sqlite_schema m JOIN pragma_index_info(m.name) c WHERE m.type = 'index'
                   UNION ALL
                   SELECT type || ' ' || name || ' ' || tbl_name FROM sqlite_schema WHERE type = 'trigger'
                   ORDER BY 1";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    /// The schemas of the past, by version.
    const OLD: [&str; 8] = [
        include_str!("../../fixtures/databases/schema-v1.sql"),
        include_str!("../../fixtures/databases/schema-v2.sql"),
        include_str!("../../fixtures/databases/schema-v3.sql"),
        include_str!("../../fixtures/databases/schema-v4.sql"),
        include_str!("../../fixtures/databases/schema-v5.sql"),
        include_str!("../../fixtures/databases/schema-v6.sql"),
        include_str!("../../fixtures/databases/schema-v7.sql"),
        include_str!("../../fixtures/databases/schema-v8.sql"),
    ];

    #[test]
    fn an_older_file_becomes_what_a_new_one_is_and_keeps_its_data() {
        assert_eq!(OLD.len(), MIGRATIONS.len());
        let directory = tempfile::tempdir().unwrap();
        let key = InstallKey::new([1; 32]);
        let (new, _) = open_writer(&directory.path().join("new.db"), true, &key).unwrap();
        for (schema, version) in OLD.iter().zip(1..) {
            let path = directory.path().join(format!("{version}.db"));
            let old = Connection::open(&path).unwrap();
            old.execute_batch(schema).unwrap();
            old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            old.pragma_update(None, "user_version", version).unwrap();
            let number = if version == 1 { "last_profile" } else { "last_number" };
            old.execute_batch(&format!(
                "INSERT INTO org (id, name, {number}, profiles) VALUES (1, 'acme', 7, 1);
                 INSERT INTO profile (id, org_id, created, last_modified, ccpa_opt_out, attributes)
                 VALUES (1 << 40 | 7, 1, 5, 6, 1, '{{\"email\":\"a@example.com\"}}');"
            ))
            .unwrap();
            drop(old);
            let (migrated, _) = open_writer(&path, true, &key).unwrap();
            assert_eq!(shape(&migrated.0), shape(&new.0), "{version}");
            let found: (i64, String, i64) = migrated
                .0
                .query_row(
                    "SELECT o.last_number, p.email, p.ccpa_opt_out FROM org o, profile p",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .unwrap();
            assert_eq!(found, (7, "a@example.com".to_owned(), 1), "{version}");
            let now: i64 =
                migrated.0.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
            assert_eq!(now, SCHEMA_VERSION);
        }
    }

    #[test]
    fn a_statement_with_a_limit_is_prepared_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("plans.db");
        let (writer, _) = open_writer(&path, true, &InstallKey::new([1; 32])).unwrap();
        for connection in [&writer.0, &open_reader(&path).unwrap().0] {
            let sql = "SELECT id FROM org WHERE name IS NOT NULL ORDER BY id LIMIT ?1";
            let mut statement = connection.prepare(sql).unwrap();
            for limit in 1..4 {
                assert!(statement.query([limit]).unwrap().next().unwrap().is_none());
            }
            assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
        }
    }

    #[test]
    fn the_linked_sqlite_is_above_the_floor() {
        assert!(rusqlite::version_number() >= SQLITE_FLOOR, "{}", rusqlite::version());
    }

    #[test]
    fn files_sync_at_every_commit_and_temporary_ones_never() {
        let directory = tempfile::tempdir().unwrap();
        let key = InstallKey::new([0; 32]);
        for (durable, expected) in [(true, 2), (false, 0)] {
            let path = directory.path().join(format!("{durable}.db"));
            let (tx, _) = open_writer(&path, durable, &key).unwrap();
            let level: i64 = tx.0.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
            assert_eq!(level, expected);
        }
    }

    #[test]
    fn the_install_key_is_the_one_the_file_was_made_with() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        for (given, expected) in [([1; 32], [1; 32]), ([2; 32], [1; 32])] {
            let (_, key) = open_writer(&path, true, &InstallKey::new(given)).unwrap();
            assert_eq!(*key.as_bytes(), expected);
        }
    }
}
