//! Profiles. The row id is the org and the profile's number in one integer, see `schema.sql`.

use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row, params};
use serde::Serializer as _;

use super::{Reader, Tx};
use crate::domain::{
    Attributes, Error, OrgId, PageRequest, Profile, ProfileNumber, Result, Timestamp,
};

/// The row id of a profile.
pub(super) const fn row_id(org: OrgId, number: ProfileNumber) -> i64 {
    (org.get() << 40) | number.get()
}

/// The number in a row id.
pub(super) fn number(row_id: i64) -> ProfileNumber {
    ProfileNumber::new(row_id & ProfileNumber::MAX.get()).unwrap_or(ProfileNumber::ZERO)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Profile> {
    let text = row.get_ref("attributes")?.as_str()?;
    let mut values: serde_json::Map<_, _> = serde_json::from_str(text)
        .map_err(|fault| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, fault.into()))?;
    if row.get("ccpa_opt_out")? {
        values.insert("ccpaOptOut".to_owned(), true.into());
    }
    Ok(Profile {
        number: number(row.get("id")?),
        created: Timestamp::from_millis(row.get("created")?),
        last_modified: Timestamp::from_millis(row.get("last_modified")?),
        opt_out_changes: row.get("opt_out_changes")?,
        attributes: Attributes::from_stored(values),
    })
}

/// The JSON column: every value but `ccpaOptOut`, which has a column of its own.
fn tail(attributes: &Attributes) -> Result<String> {
    let mut text = Vec::with_capacity(256);
    let values = attributes.values().iter().filter(|(name, _)| *name != "ccpaOptOut");
    serde_json::Serializer::new(&mut text).collect_map(values).map_err(Error::internal)?;
    String::from_utf8(text).map_err(Error::internal)
}

/// The number of the next profile; it is never given again.
///
/// # Errors
/// When the database cannot be written.
pub fn next_number(tx: &Tx, org: OrgId) -> Result<ProfileNumber> {
    let mut statement = tx.0.0.prepare_cached(
        "UPDATE org SET last_profile = last_profile + 1, profiles = profiles + 1
         WHERE id = ?1 RETURNING last_profile",
    )?;
    let next = statement.query_row([org.get()], |row| row.get(0))?;
    ProfileNumber::new(next)
        .ok_or_else(|| Error::internal(anyhow::anyhow!("an org is out of profile numbers")))
}

/// Writes a new profile.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, org: OrgId, profile: &Profile) -> Result<()> {
    let mut statement = tx.0.0.prepare_cached(
        "INSERT INTO profile
            (id, org_id, created, last_modified, ccpa_opt_out, opt_out_changes, attributes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    statement.execute(params![
        row_id(org, profile.number),
        org.get(),
        profile.created.as_millis(),
        profile.last_modified.as_millis(),
        profile.attributes.ccpa_opt_out(),
        profile.opt_out_changes,
        tail(&profile.attributes)?,
    ])?;
    Ok(())
}

/// Writes a changed profile over the one with its number.
///
/// # Errors
/// When the database cannot be written.
pub fn update(tx: &Tx, org: OrgId, profile: &Profile) -> Result<()> {
    let mut statement = tx.0.0.prepare_cached(
        "UPDATE profile
         SET last_modified = ?2, ccpa_opt_out = ?3, opt_out_changes = ?4, attributes = ?5
         WHERE id = ?1",
    )?;
    statement.execute(params![
        row_id(org, profile.number),
        profile.last_modified.as_millis(),
        profile.attributes.ccpa_opt_out(),
        profile.opt_out_changes,
        tail(&profile.attributes)?,
    ])?;
    Ok(())
}

/// The profile with that number.
///
/// # Errors
/// When the database cannot be read.
pub fn find(reader: &Reader, org: OrgId, number: ProfileNumber) -> Result<Option<Profile>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT id, created, last_modified, ccpa_opt_out, opt_out_changes, attributes
         FROM profile WHERE id = ?1",
    )?;
    Ok(statement.query_row([row_id(org, number)], read).optional()?)
}

/// The profiles of a page and one more, if there is one: a range of the primary key, so page 40 000
/// costs what page 1 does.
///
/// # Errors
/// When the database cannot be read.
pub fn page(reader: &Reader, org: OrgId, request: PageRequest) -> Result<Vec<Profile>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT id, created, last_modified, ccpa_opt_out, opt_out_changes, attributes
         FROM profile WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
    )?;
    let limit = i64::try_from(request.lines + 1).unwrap_or(i64::MAX);
    let range = params![row_id(org, request.after), row_id(org, ProfileNumber::MAX), limit];
    let profiles = statement.query_map(range, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(profiles)
}

/// How many profiles the org has; kept beside the org, not counted.
///
/// # Errors
/// When the database cannot be read.
pub fn total(reader: &Reader, org: OrgId) -> Result<i64> {
    let mut statement = reader.0.prepare_cached("SELECT profiles FROM org WHERE id = ?1")?;
    Ok(statement.query_row([org.get()], |row| row.get(0))?)
}
