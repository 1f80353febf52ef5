//! Consents: what withdrawn opt-outs become, and what Privacy Service's consent call says.

use rusqlite::{Row, params};

use super::connection::{Reader, Tx};
use crate::domain::{
    Consent, ConsentEntry, Error, Identity, OrgId, Result, SavedConsent, Timestamp,
};

fn read(row: &Row<'_>) -> rusqlite::Result<ConsentEntry> {
    let identities: Vec<Identity> =
        serde_json::from_str(row.get_ref("identities")?.as_str()?).unwrap_or_default();
    Ok(ConsentEntry {
        id: row.get("id")?,
        change: row.get("change_id")?,
        consent: Consent {
            opt_out_of_sale: row.get("opt_out_of_sale")?,
            identities,
            request_id: row.get("request_id")?,
            transaction_id: row.get("transaction_id")?,
        },
        applied: row.get("applied")?,
        recorded: Timestamp::from_millis(row.get("recorded_at")?),
    })
}

/// Records a withdrawn opt-out.
///
/// # Errors
/// When the database cannot be written; a second record of one change is refused by the schema.
pub fn record_withdrawal(tx: &Tx, change: i64, now: Timestamp) -> Result<()> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO privacy_consent (org_id, change_id, opt_out_of_sale, identities, recorded_at)
         SELECT org_id, id, to_value, identities, ?2 FROM opt_out_change WHERE id = ?1",
    )?;
    statement.execute(params![change, now])?;
    tx.made.consent(tx.0.last_insert_rowid());
    Ok(())
}

/// Records what a caller says; answers its place.
///
/// # Errors
/// When the database cannot be written.
pub fn insert(tx: &Tx, org: OrgId, consent: &Consent, now: Timestamp) -> Result<i64> {
    let mut statement = tx.0.prepare_cached(
        "INSERT INTO privacy_consent (org_id, request_id, transaction_id, opt_out_of_sale,
            identities, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
    )?;
    let values = params![
        org.get(),
        consent.request_id,
        consent.transaction_id,
        consent.opt_out_of_sale,
        serde_json::to_string(&consent.identities).map_err(Error::internal)?,
        now,
    ];
    let id = statement.query_row(values, |row| row.get(0))?;
    tx.made.consent(id);
    Ok(id)
}

/// Notes how many profiles a consent has changed.
///
/// # Errors
/// When the database cannot be written.
pub fn set_applied(tx: &Tx, id: i64, profiles: i64) -> Result<()> {
    let mut statement =
        tx.0.prepare_cached("UPDATE privacy_consent SET applied = ?2 WHERE id = ?1")?;
    statement.execute([id, profiles])?;
    Ok(())
}

/// The newest consents of an org.
///
/// # Errors
/// When the database cannot be read.
pub fn newest(reader: &Reader, org: OrgId, limit: i64) -> Result<Vec<ConsentEntry>> {
    let mut statement = reader.0.prepare_cached(
        "SELECT id, change_id, request_id, transaction_id, opt_out_of_sale, identities, applied,
            recorded_at
         FROM privacy_consent WHERE org_id = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let entries =
        statement.query_map([org.get(), limit], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(entries)
}

/// All consents of an org, in order.
///
/// # Errors
/// When the database cannot be read.
pub fn all(reader: &Reader, org: OrgId) -> Result<Vec<ConsentEntry>> {
    let mut entries = newest(reader, org, i64::MAX)?;
    entries.reverse();
    Ok(entries)
}

/// Records a consent as it was saved; `change` is the place of the change that became it.
///
/// # Errors
/// When the database cannot be written.
pub fn restore(tx: &Tx, org: OrgId, change: Option<i64>, saved: &SavedConsent) -> Result<()> {
    let id = insert(tx, org, &saved.consent, saved.recorded_at)?;
    let mut statement = tx
        .0
        .prepare_cached("UPDATE privacy_consent SET change_id = ?2, applied = ?3 WHERE id = ?1")?;
    statement.execute(params![id, change, saved.applied])?;
    Ok(())
}
