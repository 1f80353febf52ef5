//! What `SQLite` says, in the domain's words.

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
