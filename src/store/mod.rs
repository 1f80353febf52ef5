//! The database. The only module that names `rusqlite`; one file per aggregate, each a set of small
//! functions over [`Reader`] (any connection) or [`Tx`] (the writer inside a transaction).
//!
//! One thread owns the only read-write connection (`writer.rs`); everybody else reads through
//! read-only connections of their own. Invariants: a write is acknowledged only after its COMMIT;
//! every function that touches a tenant's rows takes the [`OrgId`](crate::domain::OrgId).

mod connection;
pub mod consents;
mod error;
mod inspection;
pub mod lists;
pub mod opt_outs;
pub mod orgs;
pub mod privacy_jobs;
pub mod records;
pub mod revoked_tokens;
pub mod snapshots;
mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use rusqlite::types::{ToSql, ToSqlOutput};

use crate::domain::{InstallKey, JobStatus, Regulation, Timestamp};

pub use connection::{Reader, Tx};
pub use inspection::Inspection;
pub use writer::{Ended, Writer};

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_millis().into())
    }
}

impl ToSql for JobStatus {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl ToSql for Regulation {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

/// Why a database cannot be opened. The text is one line, fit to be the program's last.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the lock.
    #[error("the database {path} is in use by {owner}: stop it or choose another --database", path = .path.display())]
    InUse {
        /// The database.
        path: PathBuf,
        /// The process, as far as known.
        owner: String,
    },
    /// The file was written by a later version.
    #[error("the database {path} has schema version {found}, newer than {known} that this version knows: use a newer campaign-mock; the file was left as it is", path = .path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest one we know.
        known: i64,
    },
    /// The file was written by an earlier version.
    #[error("the database {path} has schema version {found}, older than {known}: start a server on it once, which brings it up to date", path = .path.display())]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest one we know.
        known: i64,
    },
    /// The file is no database of ours.
    #[error("{path} is not a campaign-mock database: choose another --database; the file was left as it is", path = .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// `SQLite` with a known data-loss defect.
    #[error(
        "this program is linked to SQLite {found}, which can lose commits: build it with 3.51.3 or newer"
    )]
    OldSqlite {
        /// Its version.
        found: &'static str,
    },
    /// Any other failure.
    #[error("cannot open the database {path}: {cause}", path = .path.display())]
    Failed {
        /// The database.
        path: PathBuf,
        /// What the system or `SQLite` says.
        cause: String,
    },
}

impl OpenError {
    fn failed(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self::Failed { path: path.to_owned(), cause: cause.to_string() }
    }
}

/// Where the data is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A private temporary file without syncing, gone when the server stops.
    Ephemeral,
    /// A file that survives, synced at every commit.
    File(PathBuf),
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ephemeral => f.write_str("ephemeral"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// An open database: its writer thread is running.
pub struct Store {
    writer: Writer,
    thread: writer::Thread,
    install_key: InstallKey,
    path: PathBuf,
    // Held for their `Drop`: the lock is released, then the temporary directory removed.
    _lock: File,
    _ephemeral: Option<TempDir>,
}

impl Store {
    /// Opens the database, making or migrating it as needed, and starts its writer.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that is newer or not ours is left untouched.
    pub fn open(location: &Location, new_key: &InstallKey) -> Result<Self, OpenError> {
        let (path, ephemeral) = match location {
            Location::File(path) => (path.clone(), None),
            Location::Ephemeral => {
                let temporary = tempfile::Builder::new().prefix("campaign-mock-").tempdir();
                let directory =
                    temporary.map_err(|cause| OpenError::failed(&std::env::temp_dir(), cause))?;
                (directory.path().join("campaign-mock.db"), Some(directory))
            }
        };
        let lock = lock(&path)?;
        let durable = ephemeral.is_none();
        let (tx, install_key) = connection::open_writer(&path, durable, new_key)?;
        let (writer, thread) =
            writer::start(tx).map_err(|cause| OpenError::failed(&path, cause))?;
        Ok(Self { writer, thread, install_key, path, _lock: lock, _ephemeral: ephemeral })
    }

    /// A handle to write through.
    #[must_use]
    pub fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// A new read-only connection; one per thread that reads.
    ///
    /// # Errors
    /// When the file cannot be opened once more.
    pub fn reader(&self) -> crate::domain::Result<Reader> {
        connection::open_reader(&self.path)
    }

    /// The secret behind this database's `PKey`s.
    #[must_use]
    pub const fn install_key(&self) -> &InstallKey {
        &self.install_key
    }

    /// Waits until the writer has ended by itself, which only a failed commit makes it do.
    pub async fn ended(&mut self) -> Ended {
        self.thread.ended().await
    }

    /// Finishes the writes that wait, empties the write-ahead log and closes the file.
    pub fn close(self) {
        self.thread.stop(&self.writer);
    }
}

/// Takes the lock file beside the database, so that two processes never share one.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let failed = |cause: std::io::Error| OpenError::failed(path, cause);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            let owner = match owner.trim() {
                "" => "another process".to_owned(),
                pid => format!("process {pid}"),
            };
            return Err(OpenError::InUse { path: path.to_owned(), owner });
        }
        Err(TryLockError::Error(cause)) => return Err(failed(cause)),
    }
    file.set_len(0).map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(file)
}
