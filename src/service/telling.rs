//! Tells those who watch what a write has changed, once it is committed. While nobody watches, that is one look at a
//! flag. What happens on a generation that is over is told to nobody.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::orgs::Tenant;
use crate::domain::{JobStatus, LedgerEntry, OptOutChange, PrivacyJob};
use crate::live::{Change, Event, JobMove};
use crate::store::Tx;
use crate::store::opt_outs::Author;

/// A change that the ledger has now.
pub(super) struct Appended {
    /// Its place among all changes of the database.
    pub(super) id: i64,
    /// 1, 2, 3 … per profile.
    pub(super) sequence: i64,
    pub(super) change: OptOutChange,
}

/// Tells the moves of a job, except for the first `told` of them.
pub(super) fn tell_moves(tx: &Tx, tenant: &Tenant, job: &PrivacyJob, told: usize) {
    if tenant.live.is_watched() {
        let moves = JobMove::of(&tenant.name, job, told).into_iter();
        tell(tx, tenant, moves.map(|one| Event::Job(Box::new(one))).collect());
    }
}

/// Tells a change of the ledger, and the id of the job that it becomes.
pub(super) fn tell_change(
    tx: &Tx,
    tenant: &Tenant,
    appended: &Appended,
    author: Author<'_>,
    job_id: Option<Uuid>,
) {
    if tenant.live.is_watched() {
        let Appended { id, sequence, change } = appended;
        let (request_id, api_key, applied_by) = match author {
            Author::Write { request_id, api_key } => (request_id, api_key, None),
            Author::Privacy(by) => ("", "", Some(by.to_owned())),
        };
        let entry = LedgerEntry {
            id: *id,
            profile: change.profile,
            sequence: *sequence,
            from: !change.to,
            to: change.to,
            at: change.at,
            request_id: request_id.to_owned(),
            api_key: api_key.to_owned(),
            applied_by,
            job_id: job_id.map(|id| id.to_string()),
            job_status: job_id.map(|_| JobStatus::Submitted.as_str().to_owned()),
        };
        let pkey = tenant.profile_key(change.profile).to_string();
        let change = Change { org: tenant.name.clone(), pkey, entry };
        tell(tx, tenant, vec![Event::Change(Box::new(change))]);
    }
}

fn tell(tx: &Tx, tenant: &Tenant, events: Vec<Event>) {
    let (live, is_over) = (Arc::clone(&tenant.live), tenant.outbox.closed());
    tx.after_commit(move || {
        if !is_over.load(Ordering::Relaxed) {
            for event in events {
                live.tell(|| event);
            }
        }
    });
}
