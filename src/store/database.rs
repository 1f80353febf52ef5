//! An open database: its lock, its writer and its readers.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::connection::{Reader, open_reader, open_writer};
use super::error::OpenError;
use super::writer::{self, Ended, Writer};
use crate::domain::InstallKey;
use crate::io_message::io_message;

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
                let directory = temporary.map_err(|cause| {
                    OpenError::failed(&std::env::temp_dir(), io_message(&cause))
                })?;
                (directory.path().join("campaign-mock.db"), Some(directory))
            }
        };
        let lock = lock(&path)?;
        let durable = ephemeral.is_none();
        let (tx, install_key) = open_writer(&path, durable, new_key)?;
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
        open_reader(&self.path)
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
    let failed = |cause: std::io::Error| OpenError::failed(path, io_message(&cause));
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
