//! The opt-out hook: every change of `ccpaOptOut` becomes a ledger row in the profile's own
//! transaction. Invariant: create and update both pass here, so no write can forget it.

use super::{Services, Tenant};
use crate::domain::{Attributes, OptOutChange, Record, RecordNumber, Result};
use crate::store::{Tx, opt_outs};

/// Where a write comes from, for the ledger.
#[derive(Debug, Clone)]
pub struct Origin {
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
    origin: &Origin,
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
    let Origin { request_id, api_key } = origin;
    opt_outs::append(tx, tenant.id, &change, sequence, request_id, api_key)?;
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

impl Services {
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
