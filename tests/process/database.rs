//! The database file: one process has it, and what is not its own is left as it is.

use std::fs::{self};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tempfile::tempdir;

use crate::support::{Server, assert_refused, end_of, machine, serve_from};

#[test]
fn two_processes_never_share_a_database() {
    let _machine = machine::without_load();
    let directory = tempdir().unwrap();
    let database = directory.path().join("shared.db");
    let mut first = Server::start(&mut serve_from(&database));
    let second = end_of(&mut serve_from(&database));
    assert_refused(&second, 1, &[&format!("process {}:", first.process.id()), "shared.db"]);
    assert!(second.took < Duration::from_secs(1), "{second:?}");
    assert_eq!(first.caller().create(true, "still").unwrap().status, 201);
    first.process.kill();
    Server::start(&mut serve_from(&database));
}

#[test]
fn a_foreign_file_as_database_is_left_as_it_is() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("notes.txt");
    let text = "Not a database, but something that somebody would miss.\n".repeat(100);
    fs::write(&file, &text).unwrap();
    assert_refused(&end_of(&mut serve_from(&file)), 1, &["notes.txt", "not a campaign-mock"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_newer_database_is_left_as_it_is() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("newer.db");
    make_newer(&database, false);
    assert_newer_and_untouched(&database, &[&database]);
}

/// As a newer server leaves it that was killed.
#[test]
fn a_newer_database_with_a_write_ahead_log_is_left_as_it_is() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("newer.db");
    make_newer(&database, true);
    let log = directory.path().join("newer.db-wal");
    assert_newer_and_untouched(&database, &[&database, &log]);
}

fn make_newer(database: &Path, keep_log: bool) {
    Server::start(&mut serve_from(database)).stop("TERM");
    let newer = Connection::open(database).unwrap();
    newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep_log).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
}

fn assert_newer_and_untouched(database: &Path, files: &[&Path]) {
    let read = || files.iter().map(|file| fs::read(file).unwrap_or_default()).collect::<Vec<_>>();
    let before = read();
    assert!(before.iter().all(|bytes| !bytes.is_empty()), "nothing to compare");
    assert_refused(&end_of(&mut serve_from(database)), 1, &["newer.db", "99", "newer than"]);
    assert!(read() == before, "a file has changed");
}

#[test]
fn a_missing_directory_is_said() {
    let directory = tempdir().unwrap();
    let database = directory.path().join("missing").join("a.db");
    assert_refused(&end_of(&mut serve_from(&database)), 1, &["missing/a.db"]);
}
