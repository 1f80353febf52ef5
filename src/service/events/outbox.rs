//! Owing events: what a job's moves tell is written in the transaction that makes them.

use super::super::orgs::Tenant;
use crate::domain::{PrivacyEvent, PrivacyJob, Result};
use crate::store::{Tx, event_deliveries, event_registrations};

/// Owes the events of a job's moves, except for the first `told` of them, to each webhook that is registered for them
/// at this moment.
pub(in crate::service) fn owe_events(
    tx: &Tx,
    tenant: &Tenant,
    job: &PrivacyJob,
    told: usize,
) -> Result<()> {
    // Most orgs have no registration, and opt-outs are many: for them this is a look at memory.
    if !tenant.outbox.may_have_registrations() {
        return Ok(());
    }
    let subscriptions = event_registrations::subscriptions(tx, tenant.id)?;
    if subscriptions.is_empty() {
        tenant.outbox.has_no_registrations();
        return Ok(());
    }
    for event in PrivacyEvent::of_moves(job, told) {
        let event_id = tenant.outbox.uuid();
        for (registration, events) in &subscriptions {
            if events.contains(&event.kind) {
                let body = event.body(tenant.outbox.uuid(), event_id, &tenant.ims_org);
                event_deliveries::insert(tx, tenant.id, *registration, event_id, &event, &body)?;
            }
        }
        tenant.outbox.wake();
    }
    Ok(())
}
