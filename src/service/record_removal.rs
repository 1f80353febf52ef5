//! Removes records with what belongs to them.

use super::orgs::Tenant;
use crate::domain::{RecordNumber, Resource, Result};
use crate::store::{Tx, records};

/// Removes a record, what belongs to it, and the links of others to it.
pub(super) fn remove(
    tx: &Tx,
    tenant: &Tenant,
    resource: &Resource,
    number: RecordNumber,
) -> Result<bool> {
    let there = records::find(tx, tenant.id, resource, number)?.is_some();
    let mut going = vec![(resource, number)];
    while let Some((resource, number)) = going.pop() {
        // Records that belong to each other in a circle come by again.
        if !records::delete(tx, tenant.id, resource, number)? {
            continue;
        }
        for (other, field, link) in tenant.model.links_to(resource.name()) {
            for from in records::linked_from(tx, tenant.id, number, &field.name, other)? {
                if link.own {
                    going.push((other, from));
                } else {
                    records::set_link(tx, tenant.id, from, &field.name, None)?;
                }
            }
        }
    }
    Ok(there)
}
