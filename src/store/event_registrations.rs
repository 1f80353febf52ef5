//! Registrations for Privacy Service Events, and how far their webhooks have come with the challenge.

use rusqlite::types::Type;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::connection::{Reader, Tx};
use super::orgs::LIVE;
use crate::domain::{
    Error, EventRegistration, EventType, KeptRegistration, OrgId, Result, Timestamp, WebhookUrl,
};

/// A registration as the worker sees it.
#[derive(Debug)]
pub struct Webhook {
    /// Its row.
    pub id: i64,
    /// The tenant.
    pub org: OrgId,
    /// What was registered.
    pub registration: EventRegistration,
    /// Whether the challenge was answered.
    pub is_verified: bool,
    /// How often it was not.
    pub challenges: i64,
    /// When the webhook has to be asked, or sent something.
    pub due: Option<Timestamp>,
}

fn registration(row: &Row<'_>) -> rusqlite::Result<EventRegistration> {
    let unread = |column: usize, fault: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, fault)
    };
    let (id, url): (String, String) = (row.get("public_id")?, row.get("url")?);
    let events: String = row.get("events")?;
    Ok(EventRegistration {
        id: Uuid::try_parse(&id).map_err(|fault| unread(0, fault.into()))?,
        name: row.get("name")?,
        url: WebhookUrl::parse(&url).map_err(|fault| unread(1, fault.to_string().into()))?,
        api_key: row.get("api_key")?,
        events: serde_json::from_str(&events).map_err(|fault| unread(2, fault.into()))?,
    })
}

fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// Writes a registration. Where its webhook has not answered the challenge yet, it is asked at once.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(
    tx: &Tx,
    org: OrgId,
    registration: &EventRegistration,
    now: Timestamp,
    verified: Option<Timestamp>,
) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO event_registration (org_id, public_id, name, url, api_key, events, created,
            verified, due)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute(params![
        org.get(),
        registration.id.to_string(),
        registration.name,
        registration.url.as_str(),
        registration.api_key,
        serde_json::to_string(&registration.events).map_err(Error::internal)?,
        now,
        verified,
        verified.is_none().then_some(now),
    ])?;
    Ok(())
}

/// The registrations of an org, in the order in which they were made.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader, org: OrgId) -> Result<Vec<KeptRegistration>> {
    let mut statement = reader
        .0
        .prepare_cached("SELECT * FROM event_registration WHERE org_id = ?1 ORDER BY id")?;
    let read = |row: &Row<'_>| {
        Ok(KeptRegistration {
            registration: registration(row)?,
            created: Timestamp::from_millis(row.get("created")?),
            verified: moment(row, "verified")?,
            due: moment(row, "due")?,
            problem: row.get("problem")?,
        })
    };
    let found = statement.query_map([org.get()], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// How many registrations an org has.
///
/// # Errors
/// When the database cannot be read.
pub fn count(reader: &Reader, org: OrgId) -> Result<usize> {
    let mut statement =
        reader.0.prepare_cached("SELECT count(*) FROM event_registration WHERE org_id = ?1")?;
    let count: i64 = statement.query_row([org.get()], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The rows of an org's registrations, with the types of events that each is for.
///
/// # Errors
/// When the database cannot be read.
pub fn subscriptions(reader: &Reader, org: OrgId) -> Result<Vec<(i64, Vec<EventType>)>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT id, events FROM event_registration WHERE org_id = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([org.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (id, events): (i64, String) = row?;
        Ok((id, serde_json::from_str(&events).map_err(Error::internal)?))
    })
    .collect()
}

/// Removes a registration of an org, or all, with what is still to be sent; answers how many.
///
/// # Errors
/// When the database cannot be written.
pub fn remove(tx: &Tx, org: OrgId, id: Option<Uuid>) -> Result<usize> {
    let mut statement = tx.0.prepare_cached(
        "DELETE FROM event_registration WHERE org_id = ?1 AND coalesce(public_id = ?2, 1)",
    )?;
    Ok(statement.execute(params![org.get(), id.map(|id| id.to_string())])?)
}

/// All registrations, with the moment at which there is something to do for each.
///
/// # Errors
/// When the database cannot be read.
pub fn webhooks(reader: &Reader) -> Result<Vec<Webhook>> {
    let mut statement = reader.0.prepare_cached(&format!(
        "SELECT *, CASE WHEN verified IS NULL THEN due ELSE
            (SELECT min(due) FROM event_delivery d
             WHERE d.registration_id = event_registration.id AND d.due IS NOT NULL) END AS next
         FROM event_registration WHERE {LIVE} ORDER BY id"
    ))?;
    let read = |row: &Row<'_>| {
        Ok(Webhook {
            id: row.get("id")?,
            org: OrgId::from_stored(row.get("org_id")?),
            registration: registration(row)?,
            is_verified: moment(row, "verified")?.is_some(),
            challenges: row.get("challenges")?,
            due: moment(row, "next")?,
        })
    };
    let found = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// Notes that a webhook has answered the challenge.
///
/// # Errors
/// When the database cannot be written.
pub fn verified(tx: &Tx, id: i64, now: Timestamp) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "UPDATE event_registration SET verified = ?2, due = NULL, problem = NULL WHERE id = ?1",
    )?;
    statement.execute(params![id, now])?;
    Ok(())
}

/// Notes that a webhook has not answered the challenge, why, and when it is asked again.
///
/// # Errors
/// When the database cannot be written.
pub fn not_verified(tx: &Tx, id: i64, again: Timestamp, problem: &str) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "UPDATE event_registration SET challenges = challenges + 1, due = ?2, problem = ?3
         WHERE id = ?1 AND verified IS NULL",
    )?;
    statement.execute(params![id, again, problem])?;
    Ok(())
}
