//! The opt-out hook: every change of `ccpaOptOut` becomes a ledger row in the profile's own
//! transaction. Invariant: create, update and what privacy jobs apply all pass here, so no write can
//! forget it.

use serde_json::{Map, Value};

use super::records::own_key;
use super::{Services, Tenant};
use crate::domain::{
    Attributes, Author, Error, OptOutChange, Patch, Record, RecordNumber, Result, Timestamp,
};
use crate::store::{Tx, opt_outs, records};

/// Where a write comes from, for the ledger.
#[derive(Debug, Clone)]
pub struct WriteSource {
    /// `X-Request-Id`.
    pub request_id: String,
    /// Client id.
    pub api_key: String,
}

/// Records the change that a write of a profile makes, if it makes one.
pub(super) fn record(
    tx: &Tx,
    tenant: &Tenant,
    before: Option<&Attributes>,
    after: &Record,
    origin: &WriteSource,
) -> Result<bool> {
    let WriteSource { request_id, api_key } = origin;
    append(tx, tenant, before, after, opt_outs::Author::Write { request_id, api_key })
}

/// Sets `ccpaOptOut` of a profile because a privacy job or a consent, `by`, says so; answers whether
/// that was a change. The ledger has it, and it is forwarded to nobody: it comes from there.
pub(super) fn apply(
    tx: &Tx,
    tenant: &Tenant,
    before: &Record,
    value: bool,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    if before.attributes.ccpa_opt_out() == value {
        return Ok(false);
    }
    let profile = tenant.model.profile();
    let members = Map::from_iter([("ccpaOptOut".to_owned(), Value::from(value))]);
    let patch = Patch::check(profile, members, Author::Seed)?;
    let attributes = patch.apply(profile, &before.attributes, now);
    let after = Record { attributes, last_modified: now, ..before.clone() };
    records::update(tx, tenant.id, profile, &after, own_key(profile, &after.attributes))?;
    append(tx, tenant, Some(&before.attributes), &after, opt_outs::Author::Privacy(by))
}

fn append(
    tx: &Tx,
    tenant: &Tenant,
    before: Option<&Attributes>,
    after: &Record,
    author: opt_outs::Author<'_>,
) -> Result<bool> {
    let change = OptOutChange::between(
        before,
        &after.attributes,
        after.number,
        || tenant.profile_key(after.number),
        after.last_modified,
    );
    let Some(change) = change else { return Ok(false) };
    // A new profile has no change before this one.
    let sequence = match before {
        None => 1,
        Some(_) => opt_outs::newest(tx, tenant.id, after.number)? + 1,
    };
    opt_outs::append(tx, tenant.id, &change, sequence, author)?;
    Ok(true)
}

/// A part of an org's ledger.
#[derive(Debug)]
pub struct Ledger {
    /// Its changes in order.
    pub entries: Vec<opt_outs::Entry>,
    /// Whether more follow.
    pub more: bool,
    /// How many changes of the org wait to be forwarded.
    pub pending: i64,
}

/// How a profile stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Its `ccpaOptOut`; `None` when there is no such profile.
    pub opted_out: Option<bool>,
    /// Whether every change of it is forwarded and every job that came of one is done.
    pub settled: bool,
}

impl Services {
    /// How the profile with that `PKey` or key stands; there need not be one.
    ///
    /// # Errors
    /// [`Error::PKeyUnknown`], or when the database cannot be read.
    pub fn standing(&self, tenant: &Tenant, key: &str) -> Result<Standing> {
        let profile = match self.record(tenant, tenant.model.profile(), key) {
            Err(Error::RecordMissing { .. }) => {
                return Ok(Standing { opted_out: None, settled: true });
            }
            found => found?,
        };
        let ledger = opt_outs::history(&self.reader, tenant.id, Some(profile.number), 0, i64::MAX)?;
        let settled = ledger.iter().all(opt_outs::Entry::is_done);
        Ok(Standing { opted_out: Some(profile.attributes.ccpa_opt_out()), settled })
    }

    /// The ledger of a tenant, or of one of its profiles, after the entry `after`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn ledger(
        &self,
        tenant: &Tenant,
        profile: Option<RecordNumber>,
        after: i64,
        limit: i64,
    ) -> Result<Ledger> {
        let mut entries =
            opt_outs::history(&self.reader, tenant.id, profile, after, limit.saturating_add(1))?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = entries.len() > limit;
        entries.truncate(limit);
        let pending = opt_outs::count_pending(&self.reader, tenant.id)?;
        Ok(Ledger { entries, more, pending })
    }
}
