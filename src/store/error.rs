//! What `SQLite` says, in the domain's words, and why a database cannot be opened.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::domain::Error;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::StorageFull,
            _ => Self::internal(error),
        }
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
    pub(super) fn failed(path: &Path, cause: impl std::fmt::Display) -> Self {
        Self::Failed { path: path.to_owned(), cause: cause.to_string() }
    }
}
