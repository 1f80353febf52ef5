//! The ledger of opt-out changes: the rows themselves, whatever becomes of them.

use serde_json::{Map, Value};

use super::orgs::Tenant;
use super::telling::{Appended, tell_change};
use crate::domain::{
    Attributes, Author, OptOutChange, Patch, Record, Result, SavedChange, Timestamp,
};
use crate::store::{Tx, opt_outs, records};

/// Appends the change that lies between two states of a profile, if there is one.
pub(super) fn append(
    tx: &Tx,
    tenant: &Tenant,
    before: Option<&Attributes>,
    after: &Record,
    author: opt_outs::Author<'_>,
) -> Result<Option<Appended>> {
    let change = OptOutChange::between(
        before,
        &after.attributes,
        after.number,
        || tenant.profile_key(after.number),
        after.last_modified,
    );
    let Some(change) = change else { return Ok(None) };
    // A new profile has no change before this one.
    let sequence = match before {
        None => 1,
        Some(_) => opt_outs::newest(tx, tenant.id, after.number)? + 1,
    };
    let id = opt_outs::append(tx, tenant.id, &change, sequence, author)?;
    Ok(Some(Appended { id, sequence, change }))
}

/// Sets `ccpaOptOut` of a profile because a privacy job or a consent, `by`, says so; answers whether
/// that was a change. The ledger has it, and it becomes no job and no consent: it comes from there.
pub(super) fn set_opt_out(
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
    records::update(tx, tenant.id, profile, &after, profile.key_value(&after.attributes))?;
    let author = opt_outs::Author::Privacy(by);
    if let Some(appended) = append(tx, tenant, Some(&before.attributes), &after, author)? {
        tell_change(tx, tenant, &appended, author, None);
    }
    Ok(true)
}

/// Appends changes as they were saved; answers their places, in order.
pub(super) fn restore(
    tx: &Tx,
    org: crate::domain::OrgId,
    changes: &[SavedChange],
) -> Result<Vec<i64>> {
    changes.iter().map(|change| opt_outs::restore(tx, org, change)).collect()
}
