//! The floor below the store: raw `SQLite` with the server's schema and settings, doing what a call
//! does to the database and nothing else. Writes are grouped as many to a transaction as there are
//! connections, which is the most that the server's group commit can get.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};

use crate::Plan;
use crate::operation::Operation;

const SCHEMA: &str = include_str!("../../schema.sql");

/// As the server's writer has them (`src/store/connection.rs`).
const SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_mode = WAL;
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA secure_delete = ON;
    PRAGMA synchronous = FULL;";

/// The first tenant of a database.
const ORG: i64 = 1;
/// What the row id of its profile number 0 would be.
const FIRST_ROW: i64 = ORG << 40;
/// Profiles there are before anything is measured.
const PEOPLE: i64 = 1024;
/// When everything happens.
const MOMENT: i64 = 1_580_000_000_000;

/// What to do where.
#[derive(Debug, Args)]
pub(crate) struct Task {
    operation: Operation,
    file: PathBuf,
}

/// Works for as long as one measurement takes and prints the operations per second.
pub(crate) fn work(task: &Task, plan: Plan) -> Result<()> {
    let mut work = Work::open(&task.file, plan)?;
    let began = Instant::now();
    while began.elapsed() < Plan::WARM_UP {
        work.round(task.operation)?;
    }
    let (began, before) = (Instant::now(), work.done);
    while began.elapsed() < Plan::WINDOW {
        work.round(task.operation)?;
    }
    println!("{}", (work.done - before) as f64 / began.elapsed().as_secs_f64());
    Ok(())
}

/// Adds profiles 1 to `people` to a tenant that has none.
pub(crate) fn fill(connection: &mut Connection, people: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for number in 1..=people {
        insert_profile(&transaction, number, false)?;
    }
    transaction.execute("UPDATE org SET last_number = ?1, profiles = ?1", [people])?;
    transaction.commit()
}

/// A database and how far the work on it has come.
struct Work {
    connection: Connection,
    group: u16,
    done: i64,
}

impl Work {
    fn open(file: &Path, plan: Plan) -> Result<Self> {
        let mut connection = Connection::open(file)?;
        connection.execute_batch(SETTINGS)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(SCHEMA)?;
        let tenant = "INSERT INTO org (id, name) VALUES (?1, 'a')";
        connection.execute(tenant, [ORG])?;
        fill(&mut connection, PEOPLE).context("cannot make profiles")?;
        Ok(Self { connection, group: plan.connections, done: 0 })
    }

    /// Does the operation as many times as there are connections; writes in one transaction.
    fn round(&mut self, operation: Operation) -> Result<()> {
        let writes = !matches!(operation, Operation::Get | Operation::GetInTurn | Operation::List);
        if writes {
            self.control("BEGIN IMMEDIATE")?;
        }
        for _ in 0..self.group {
            match operation {
                Operation::Get | Operation::GetInTurn => self.read_profile()?,
                Operation::List => self.read_page()?,
                Operation::Post => self.create(false)?,
                Operation::PostOptOut => self.create(true)?,
                Operation::PatchOptOut => self.change()?,
            }
            self.done += 1;
        }
        if writes {
            self.control("COMMIT")?;
        }
        Ok(())
    }

    fn control(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }

    fn read_profile(&self) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, created, last_modified, ccpa_opt_out, attributes
             FROM profile WHERE id = ?1",
        )?;
        statement.query_row([FIRST_ROW + 1 + self.done % PEOPLE], read_row)
    }

    fn read_page(&self) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, created, last_modified, ccpa_opt_out, attributes
             FROM profile WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 25",
        )?;
        statement.query_map([FIRST_ROW, FIRST_ROW + PEOPLE], read_row)?.collect()
    }

    fn create(&self, opt_out: bool) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE org SET last_number = last_number + 1, profiles = profiles + 1
             WHERE id = ?1 RETURNING last_number",
        )?;
        let number = statement.query_row([ORG], |row| row.get(0))?;
        if opt_out {
            append_change(&self.connection, number, 1)?;
        }
        insert_profile(&self.connection, number, opt_out)
    }

    /// Everybody opts out in turn, then back in in turn, and so on.
    fn change(&self) -> rusqlite::Result<()> {
        let (number, sequence) = (1 + self.done % PEOPLE, 1 + self.done / PEOPLE);
        append_change(&self.connection, number, sequence)?;
        let mut statement = self.connection.prepare_cached(
            "UPDATE profile
             SET last_modified = ?2, ccpa_opt_out = ?3, attributes = ?4
             WHERE id = ?1",
        )?;
        let attributes = attributes(number, true);
        let values = params![FIRST_ROW + number, MOMENT, sequence % 2, attributes];
        statement.execute(values).map(drop)
    }
}

fn insert_profile(connection: &Connection, number: i64, opt_out: bool) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO profile
            (id, org_id, created, last_modified, ccpa_opt_out, attributes)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
    )?;
    let attributes = attributes(number, opt_out);
    statement.execute(params![FIRST_ROW + number, ORG, MOMENT, opt_out, attributes]).map(drop)
}

/// Odd changes opt out, even ones back in.
fn append_change(connection: &Connection, number: i64, sequence: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO opt_out_change (org_id, profile_id, sequence, from_value, to_value,
            changed_at, request_id, api_key, identities)
         VALUES (?1, ?2, ?3, 1 - ?4, ?4, ?5, 'LDAndrcKOnxdHyn1q7Iq3G4it8Rrf8Ws',
            'demo-0a1b2c3d4e5f60718293a4b5c6d7e8f9', ?6)",
    )?;
    let identities = format!(
        r#"[{{"namespace":"email","value":"jdoe{number}@example.com","type":"standard","namespaceId":6,"isDeletedClientSide":false}},{{"namespace":"phone","value":"+12025550101","type":"standard","namespaceId":7,"isDeletedClientSide":false}}]"#
    );
    let values = params![ORG, FIRST_ROW + number, sequence, sequence % 2, MOMENT, identities];
    statement.execute(values).map(drop)
}

/// The JSON column as the server fills it.
fn attributes(number: i64, opt_out_changed: bool) -> String {
    let changed = if opt_out_changed {
        r#""ccpaOptOutLastModified":"2026-01-31 08:00:00.000Z","#
    } else {
        ""
    };
    format!(
        r#"{{{changed}"email":"jdoe{number}@example.com","firstName":"John","lastName":"Doe","mobilePhone":"+12025550101"}}"#
    )
}

/// Reads every column; the JSON text as far as to where it lies.
fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
    for column in 0..4 {
        black_box(row.get::<_, i64>(column)?);
    }
    black_box(row.get_ref(4)?.as_str()?.len());
    Ok(())
}
