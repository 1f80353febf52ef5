//! Records of every resource: one at a time. Lists are in `lists.rs`. The row id is the org and the
//! record's number in one integer, see `schema.sql`.

use rusqlite::types::Type;
use rusqlite::{ErrorCode, OptionalExtension as _, Row, params};
use serde::Serializer as _;

use super::connection::{Reader, Tx};
use crate::domain::{
    Attributes, Error, Model, OrgId, Record, RecordNumber, Resource, Result, SavedRecord, Table,
    Timestamp,
};

/// The row id of a record.
pub(super) const fn row_id(org: OrgId, number: RecordNumber) -> i64 {
    (org.get() << 40) | number.get()
}

/// The number in a row id.
pub(super) fn number(row_id: i64) -> RecordNumber {
    RecordNumber::new(row_id & RecordNumber::MAX.get()).unwrap_or(RecordNumber::ZERO)
}

/// The columns that [`read`] reads, as a literal.
macro_rules! columns {
    (profile) => {
        "id, key, created, last_modified, NULL AS due, ccpa_opt_out, attributes"
    };
    (record) => {
        "id, key, created, last_modified, due, 0 AS ccpa_opt_out, attributes"
    };
}

/// The columns that [`read`] reads.
pub(super) const fn columns(table: Table) -> &'static str {
    match table {
        Table::Profile => columns!(profile),
        Table::Record => columns!(record),
    }
}

/// The name of a table.
pub(super) const fn name(table: Table) -> &'static str {
    match table {
        Table::Profile => "profile",
        Table::Record => "record",
    }
}

/// A record from its row, which begins with [`columns()`]: read by their places, for a list of records would
/// spend more on looking for their names than on their values.
pub(super) fn read(resource: &Resource, row: &Row<'_>) -> rusqlite::Result<Record> {
    const ID: usize = 0;
    const KEY: usize = 1;
    const CREATED: usize = 2;
    const LAST_MODIFIED: usize = 3;
    const DUE: usize = 4;
    const CCPA_OPT_OUT: usize = 5;
    const ATTRIBUTES: usize = 6;
    let text = row.get_ref(ATTRIBUTES)?.as_str()?;
    let mut values: serde_json::Map<_, _> = serde_json::from_str(text).map_err(|fault| {
        rusqlite::Error::FromSqlConversionFailure(ATTRIBUTES, Type::Text, fault.into())
    })?;
    if row.get(CCPA_OPT_OUT)? {
        values.insert("ccpaOptOut".to_owned(), true.into());
    }
    if let Some(key) = &resource.key
        && let Some(value) = row.get::<_, Option<String>>(KEY)?
    {
        values.insert(key.field.clone(), value.into());
    }
    Ok(Record {
        number: number(row.get(ID)?),
        created: Timestamp::from_millis(row.get(CREATED)?),
        last_modified: Timestamp::from_millis(row.get(LAST_MODIFIED)?),
        due: row.get::<_, Option<i64>>(DUE)?.map(Timestamp::from_millis),
        attributes: Attributes::from_stored(values),
    })
}

/// The JSON column: every value that has no column of its own.
fn tail(resource: &Resource, attributes: &Attributes) -> Result<String> {
    let mut text = Vec::with_capacity(256);
    let key = resource.key.as_ref().map(|key| key.field.as_str());
    let profile = resource.table == Table::Profile;
    let values = attributes
        .values()
        .iter()
        .filter(|(name, _)| !(profile && *name == "ccpaOptOut") && Some(name.as_str()) != key);
    serde_json::Serializer::new(&mut text).collect_map(values).map_err(Error::internal)?;
    String::from_utf8(text).map_err(Error::internal)
}

/// The number of the next record, which is never given again. Profiles are counted.
///
/// # Errors
/// When the database cannot be written.
pub fn next_number(tx: &Tx, org: OrgId, resource: &Resource) -> Result<RecordNumber> {
    // Not with RETURNING, which costs more than both statements: SQLite makes a table for it each time.
    let next: i64 =
        tx.0.prepare_cached("SELECT last_number + 1 FROM org WHERE id = ?1")?
            .query_row([org.get()], |row| row.get(0))?;
    let profiles = i64::from(resource.table == Table::Profile);
    tx.0.prepare_cached("UPDATE org SET last_number = ?2, profiles = profiles + ?3 WHERE id = ?1")?
        .execute([org.get(), next, profiles])?;
    RecordNumber::new(next)
        .ok_or_else(|| Error::internal(anyhow::anyhow!("an org is out of record numbers")))
}

/// Writes a new record.
///
/// # Errors
/// [`Error::KeyTaken`] when another record has its key, or when the database cannot be written.
pub fn insert(
    tx: &Tx,
    org: OrgId,
    resource: &Resource,
    record: &Record,
    key: Option<&str>,
) -> Result<()> {
    let id = row_id(org, record.number);
    let (created, modified) = (record.created.as_millis(), record.last_modified.as_millis());
    let attributes = tail(resource, &record.attributes)?;
    let written = match resource.table {
        Table::Profile => {
            tx.0.prepare_cached(
                "INSERT INTO profile
                    (id, org_id, key, created, last_modified, ccpa_opt_out, attributes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                id,
                org.get(),
                key,
                created,
                modified,
                record.attributes.ccpa_opt_out(),
                attributes
            ])
        }
        Table::Record => {
            tx.0.prepare_cached(
                "INSERT INTO record
                    (id, org_id, resource, key, created, last_modified, due, attributes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                id,
                org.get(),
                resource.name(),
                key,
                created,
                modified,
                record.due.map(Timestamp::as_millis),
                attributes
            ])
        }
    };
    written.map_err(|failure| taken(failure, resource, key))?;
    Ok(())
}

/// Writes a changed record over the one with its number.
///
/// # Errors
/// As [`insert`].
pub fn update(
    tx: &Tx,
    org: OrgId,
    resource: &Resource,
    record: &Record,
    key: Option<&str>,
) -> Result<()> {
    let id = row_id(org, record.number);
    let modified = record.last_modified.as_millis();
    let attributes = tail(resource, &record.attributes)?;
    let written = match resource.table {
        Table::Profile => tx
            .0
            .prepare_cached(
                "UPDATE profile
                 SET key = ?2, last_modified = ?3, ccpa_opt_out = ?4, attributes = ?5
                 WHERE id = ?1",
            )?
            .execute(params![id, key, modified, record.attributes.ccpa_opt_out(), attributes]),
        Table::Record => tx
            .0
            .prepare_cached(
                "UPDATE record SET key = ?2, last_modified = ?3, due = ?4, attributes = ?5
                 WHERE id = ?1",
            )?
            .execute(params![id, key, modified, record.due.map(Timestamp::as_millis), attributes]),
    };
    written.map_err(|failure| taken(failure, resource, key))?;
    Ok(())
}

/// A breach of a UNIQUE index in the domain's words.
fn taken(failure: rusqlite::Error, resource: &Resource, key: Option<&str>) -> Error {
    let conflict = failure.sqlite_error().is_some_and(|error| {
        error.code == ErrorCode::ConstraintViolation
            && error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
    });
    match key {
        Some(key) if conflict => {
            let (constraint, column) = match (&resource.key, resource.pair) {
                (Some(key), _) => (key.constraint.clone(), key.column.clone()),
                (None, Some(pair)) => (pair.constraint.to_owned(), pair.columns.to_owned()),
                (None, None) => return failure.into(),
            };
            let resource = Box::new(resource.names.clone());
            Error::KeyTaken { key: key.to_owned(), resource, constraint, column }
        }
        _ => failure.into(),
    }
}

/// Removes a record and its links; what links to it is the caller's to see to.
///
/// # Errors
/// When the database cannot be written.
pub fn delete(tx: &Tx, org: OrgId, resource: &Resource, number: RecordNumber) -> Result<bool> {
    let id = row_id(org, number);
    let gone = match resource.table {
        Table::Profile => {
            tx.0.prepare_cached("DELETE FROM profile WHERE id = ?1")?.execute([id])?
        }
        Table::Record => {
            tx.0.prepare_cached("DELETE FROM record WHERE id = ?1 AND resource = ?2")?
                .execute(params![id, resource.name()])?
        }
    };
    if gone == 0 {
        return Ok(false);
    }
    tx.0.prepare_cached("DELETE FROM link WHERE from_id = ?1")?.execute([id])?;
    if resource.table == Table::Profile {
        tx.0.prepare_cached("UPDATE org SET profiles = profiles - 1 WHERE id = ?1")?
            .execute([org.get()])?;
    }
    Ok(true)
}

/// The record of a resource with that number.
///
/// # Errors
/// When the database cannot be read.
pub fn find(
    reader: &Reader,
    org: OrgId,
    resource: &Resource,
    number: RecordNumber,
) -> Result<Option<Record>> {
    let id = row_id(org, number);
    let read = |row: &Row<'_>| read(resource, row);
    Ok(match resource.table {
        Table::Profile => {
            const FIND: &str = concat!("SELECT ", columns!(profile), " FROM profile WHERE id = ?1");
            reader.0.prepare_cached(FIND)?.query_row([id], read).optional()?
        }
        Table::Record => {
            const FIND: &str = concat!(
                "SELECT ",
                columns!(record),
                " FROM record WHERE id = ?1 AND resource = ?2"
            );
            reader
                .0
                .prepare_cached(FIND)?
                .query_row(params![id, resource.name()], read)
                .optional()?
        }
    })
}

/// Shows every record of a resource, in order of creation.
///
/// # Errors
/// As `visit`, or when the database cannot be read.
pub fn each(
    reader: &Reader,
    org: OrgId,
    resource: &Resource,
    mut visit: impl FnMut(Record) -> Result<()>,
) -> Result<()> {
    let (table, columns) = (name(resource.table), columns(resource.table));
    // The org's number alone picks a range of the primary key.
    let whose = match resource.table {
        Table::Profile => "?3 <> ''",
        Table::Record => "resource = ?3",
    };
    let sql =
        format!("SELECT {columns} FROM {table} WHERE id BETWEEN ?1 AND ?2 AND {whose} ORDER BY id");
    let mut statement = reader.0.prepare_cached(&sql)?;
    let range = [RecordNumber::ZERO, RecordNumber::MAX].map(|number| row_id(org, number));
    let mut rows = statement.query(params![range[0], range[1], resource.name()])?;
    while let Some(row) = rows.next()? {
        visit(read(resource, row)?)?;
    }
    Ok(())
}

/// The number of the record with that key.
///
/// # Errors
/// When the database cannot be read.
pub fn find_key(
    reader: &Reader,
    org: OrgId,
    resource: &Resource,
    key: &str,
) -> Result<Option<RecordNumber>> {
    let found = match resource.table {
        Table::Profile => reader
            .0
            .prepare_cached("SELECT id FROM profile WHERE org_id = ?1 AND key = ?2")?
            .query_row(params![org.get(), key], |row| row.get(0))
            .optional()?,
        Table::Record => reader
            .0
            .prepare_cached(
                "SELECT id FROM record WHERE org_id = ?1 AND resource = ?2 AND key = ?3",
            )?
            .query_row(params![org.get(), resource.name(), key], |row| row.get(0))
            .optional()?,
    };
    Ok(found.map(number))
}

/// The number of the only profile with that e-mail.
///
/// # Errors
/// When the database cannot be read.
pub fn find_email(reader: &Reader, org: OrgId, email: &str) -> Result<Option<RecordNumber>> {
    let mut statement = reader
        .0
        .prepare_cached("SELECT id FROM profile WHERE org_id = ?1 AND email = ?2 LIMIT 2")?;
    let found = statement.query_map(params![org.get(), email], |row| row.get(0))?;
    let found = found.collect::<rusqlite::Result<Vec<i64>>>()?;
    Ok(if let [only] = found[..] { Some(number(only)) } else { None })
}

/// How many profiles the org has; kept beside the org, not counted.
///
/// # Errors
/// When the database cannot be read.
pub fn profiles(reader: &Reader, org: OrgId) -> Result<i64> {
    let mut statement = reader.0.prepare_cached("SELECT profiles FROM org WHERE id = ?1")?;
    Ok(statement.query_row([org.get()], |row| row.get(0))?)
}

/// Sets or clears a link.
///
/// # Errors
/// When the database cannot be written.
pub fn set_link(
    tx: &Tx,
    org: OrgId,
    from: RecordNumber,
    name: &str,
    to: Option<RecordNumber>,
) -> Result<()> {
    let from = row_id(org, from);
    match to {
        None => {
            tx.0.prepare_cached("DELETE FROM link WHERE from_id = ?1 AND name = ?2")?
                .execute(params![from, name])?
        }
        Some(to) => {
            tx.0.prepare_cached("REPLACE INTO link (from_id, name, to_id) VALUES (?1, ?2, ?3)")?
                .execute(params![from, name, row_id(org, to)])?
        }
    };
    Ok(())
}

/// The links of a record: their names and where they lead.
///
/// # Errors
/// When the database cannot be read.
pub fn links(
    reader: &Reader,
    org: OrgId,
    from: RecordNumber,
) -> Result<Vec<(String, RecordNumber)>> {
    let mut statement =
        reader.0.prepare_cached("SELECT name, to_id FROM link WHERE from_id = ?1")?;
    let links = statement
        .query_map([row_id(org, from)], |row| Ok((row.get(0)?, number(row.get(1)?))))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(links)
}

/// All records of an org with their links, by number. Those of resources that the model does not have
/// are left out: nobody can read them either.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader, org: OrgId, model: &Model) -> Result<Vec<SavedRecord>> {
    between(reader, org, model, RecordNumber::ZERO, RecordNumber::MAX)
}

/// As [`all`], of those from one number to another, both included.
///
/// # Errors
/// When the database cannot be read.
pub fn between(
    reader: &Reader,
    org: OrgId,
    model: &Model,
    first: RecordNumber,
    last: RecordNumber,
) -> Result<Vec<SavedRecord>> {
    let range = params![row_id(org, first), row_id(org, last)];
    let mut records = Vec::new();
    for (table, resource) in
        [(Table::Profile, "'profile' AS resource"), (Table::Record, "resource")]
    {
        let (columns, table) = (columns(table), name(table));
        let sql = format!("SELECT {columns}, {resource} FROM {table} WHERE id BETWEEN ?1 AND ?2");
        let mut statement = reader.0.prepare_cached(&sql)?;
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            if let Some(resource) = model.resource(&row.get::<_, String>("resource")?) {
                records.push(saved(resource, read(resource, row)?));
            }
        }
    }
    records.sort_by_key(|record| record.number);
    let mut links = reader
        .0
        .prepare_cached("SELECT from_id, name, to_id FROM link WHERE from_id BETWEEN ?1 AND ?2")?;
    let mut links = links.query(range)?;
    while let Some(link) = links.next()? {
        let from = number(link.get(0)?);
        if let Ok(at) = records.binary_search_by_key(&from, |record| record.number)
            && let Some(record) = records.get_mut(at)
        {
            record.links.insert(link.get(1)?, number(link.get(2)?));
        }
    }
    Ok(records)
}

fn saved(resource: &Resource, record: Record) -> SavedRecord {
    SavedRecord {
        resource: resource.name().to_owned(),
        number: record.number,
        created: record.created,
        last_modified: record.last_modified,
        due: record.due,
        values: record.attributes.into_values(),
        links: std::collections::BTreeMap::new(),
    }
}

/// The numbers of an org's records from one to another, both included, whatever they are.
///
/// # Errors
/// When the database cannot be read.
pub fn numbers(
    reader: &Reader,
    org: OrgId,
    first: RecordNumber,
    last: RecordNumber,
) -> Result<Vec<RecordNumber>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT id FROM profile WHERE id BETWEEN ?1 AND ?2
         UNION ALL SELECT id FROM record WHERE id BETWEEN ?1 AND ?2",
    )?;
    let range = params![row_id(org, first), row_id(org, last)];
    let numbers = statement
        .query_map(range, |row| Ok(number(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(numbers)
}

/// Removes a record of a generation that is over, whatever it is, with its links. Profiles are not counted.
///
/// # Errors
/// When the database cannot be written.
pub fn erase(tx: &Tx, org: OrgId, number: RecordNumber) -> Result<()> {
    for sql in [
        "DELETE FROM profile WHERE id = ?1",
        "DELETE FROM record WHERE id = ?1",
        "DELETE FROM link WHERE from_id = ?1",
    ] {
        tx.0.prepare_cached(sql)?.execute([row_id(org, number)])?;
    }
    Ok(())
}

/// Writes a record as it was saved, with its links.
///
/// # Errors
/// As [`insert`].
pub fn restore(tx: &Tx, org: OrgId, resource: &Resource, saved: SavedRecord) -> Result<()> {
    let key = saved.key(resource);
    let SavedRecord { number, created, last_modified, due, values, links, .. } = saved;
    let attributes = Attributes::from_stored(values);
    let record = Record { number, created, last_modified, due, attributes };
    insert(tx, org, resource, &record, key.as_deref())?;
    for (name, to) in links {
        set_link(tx, org, number, &name, Some(to))?;
    }
    Ok(())
}

/// The records whose link of that name leads to a record.
///
/// # Errors
/// When the database cannot be read.
pub fn linked_from(
    reader: &Reader,
    org: OrgId,
    to: RecordNumber,
    name: &str,
    resource: &Resource,
) -> Result<Vec<RecordNumber>> {
    let sql = match resource.table {
        Table::Profile => {
            "SELECT l.from_id FROM link l JOIN profile p ON p.id = l.from_id
             WHERE l.to_id = ?1 AND l.name = ?2 AND ?3 <> ''"
        }
        Table::Record => {
            "SELECT l.from_id FROM link l JOIN record r ON r.id = l.from_id
             WHERE l.to_id = ?1 AND l.name = ?2 AND r.resource = ?3"
        }
    };
    let numbers = reader
        .0
        .prepare_cached(sql)?
        .query_map(params![row_id(org, to), name, resource.name()], |row| Ok(number(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(numbers)
}

/// Of the records of a resource that link to a record: how many, and the earliest `date` of theirs.
///
/// # Errors
/// When the database cannot be read.
pub fn summary(
    reader: &Reader,
    org: OrgId,
    to: RecordNumber,
    resource: &str,
) -> Result<(i64, String)> {
    let mut statement = reader.0.prepare_cached(
        "SELECT count(*), coalesce(min(nullif(r.attributes ->> 'date', '')), '')
         FROM link l JOIN record r ON r.id = l.from_id WHERE l.to_id = ?1 AND r.resource = ?2",
    )?;
    let row = params![row_id(org, to), resource];
    Ok(statement.query_row(row, |row| Ok((row.get(0)?, row.get(1)?)))?)
}
