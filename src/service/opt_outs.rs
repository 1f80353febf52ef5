//! The opt-out hook: every write that changes `ccpaOptOut` adds a ledger row and what the change becomes, a privacy job
//! for an opt-out or a consent for a withdrawal, in the profile's own transaction. Invariant: create and update of
//! profiles pass here, so no write can forget it, and an acknowledged opt-out is a job.

use std::sync::Arc;

use uuid::Uuid;

use super::ledger;
use super::orgs::Tenant;
use super::privacy::{JobTransitions, job_request};
use super::services::{JobRules, Services};
use super::telling::tell_change;
use crate::domain::{
    Action, Attributes, CAMPAIGN, Error, JobOrigin, JobRequest, LedgerEntry, LedgerRange, NewJob,
    OptOutChange, Record, RecordNumber, Regulation, Result, Timestamp,
};
use crate::random::Random;
use crate::store::{Tx, consents, opt_outs};

/// Where a write comes from, for the ledger.
#[derive(Debug, Clone)]
pub struct WriteSource {
    /// `X-Request-Id`.
    pub request_id: String,
    /// Client id.
    pub api_key: String,
}

/// What a write of a profile needs beside the profile.
#[derive(Clone)]
pub(super) struct WriteContext {
    pub(super) source: WriteSource,
    pub(super) now: Timestamp,
    pub(super) rules: JobRules,
    /// Draws the ids of jobs.
    pub(super) random: Random,
}

/// Records the change that a write of a profile makes, if it makes one, and queues what it becomes. Answers whether
/// there was a change.
pub(super) fn record_change(
    tx: &Tx,
    tenant: &Tenant,
    before: Option<&Attributes>,
    after: &Record,
    context: &WriteContext,
) -> Result<bool> {
    let WriteSource { request_id, api_key } = &context.source;
    let author = opt_outs::Author::Write { request_id, api_key };
    let Some(appended) = ledger::append(tx, tenant, before, after, author)? else {
        return Ok(false);
    };
    let WriteContext { now, rules, random, .. } = context;
    let job_id = appended.change.to.then(|| random.job_id());
    tell_change(tx, tenant, &appended, author, job_id);
    queue(tx, tenant, (appended.id, appended.change), job_id, *now, rules, random)?;
    Ok(true)
}

/// Makes a change of the ledger what it becomes: a job of that id in Privacy Service or, as that has none for a
/// withdrawal, a consent.
fn queue(
    tx: &Tx,
    tenant: &Tenant,
    (id, change): (i64, OptOutChange),
    job_id: Option<Uuid>,
    now: Timestamp,
    rules: &JobRules,
    random: &Random,
) -> Result<()> {
    let Some(job_id) = job_id else {
        return consents::record_withdrawal(tx, id, now);
    };
    let job = NewJob {
        job_id,
        user_key: tenant.profile_key(change.profile).to_string(),
        action: Action::OptOutOfSale,
        identities: change.identities,
    };
    let request = JobRequest {
        regulation: Regulation::CCPA,
        products: vec![CAMPAIGN.to_owned()],
        ..job_request(tenant, None, now, random)
    };
    JobTransitions::new(tx, tenant, rules, now)?.create(job, JobOrigin::Change(id), &request)
}

/// A part of an org's ledger.
#[derive(Debug)]
pub struct Ledger {
    /// Its changes in the order that was asked for.
    pub entries: Vec<LedgerEntry>,
    /// Whether more follow.
    pub more: bool,
}

/// Where a profile and its opt-outs are.
#[derive(Debug, Clone, Copy)]
pub struct OptOutStatus {
    /// Its `ccpaOptOut`; `None` when there is no such profile.
    pub opted_out: Option<bool>,
    /// Whether every job that came of its changes is done.
    pub settled: bool,
}

impl Services {
    /// What the writes of a request need beside the record.
    pub(super) fn write_context(&self, source: WriteSource) -> WriteContext {
        let (rules, random) = (self.shared.rules, self.random().clone());
        WriteContext { source, now: self.clock().now(), rules, random }
    }

    /// Queues the changes that an earlier version of the program had still to forward; answers how many. All of
    /// them or none: a kill on the way leaves them for the next start.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn queue_changes_of_earlier_versions(&self) -> Result<usize> {
        let waiting = opt_outs::unqueued(&self.reader)?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let changes = waiting.into_iter().map(|(id, org, change)| {
            // A generation without a name has nobody who would ask for its jobs.
            (id, self.tenant_by_id(org), change)
        });
        let changes: Vec<(i64, Option<Arc<Tenant>>, OptOutChange)> = changes.collect();
        let (count, now) = (changes.len(), self.clock().now());
        let (rules, random) = (self.shared.rules, self.random().clone());
        let write = move |tx: &Tx| {
            for (id, tenant, change) in changes {
                if let Some(tenant) = tenant {
                    let job_id = change.to.then(|| random.job_id());
                    queue(tx, &tenant, (id, change), job_id, now, &rules, &random)?;
                }
            }
            opt_outs::forget_unqueued(tx)
        };
        self.shared.writer.write(write).await?;
        Ok(count)
    }

    /// Where the profile with that `PKey` or key and its opt-outs are; there need not be one.
    ///
    /// # Errors
    /// [`Error::PKeyUnknown`], or when the database cannot be read.
    pub fn opt_out_status(&self, tenant: &Tenant, key: &str) -> Result<OptOutStatus> {
        let profile = match self.record(tenant, tenant.model.profile(), key) {
            Err(Error::RecordMissing { .. }) => {
                return Ok(OptOutStatus { opted_out: None, settled: true });
            }
            found => found?,
        };
        let ledger =
            opt_outs::history(&self.reader, tenant.id, Some(profile.number), LedgerRange::ALL)?;
        let settled = ledger.iter().all(LedgerEntry::is_done);
        Ok(OptOutStatus { opted_out: Some(profile.attributes.ccpa_opt_out()), settled })
    }

    /// That part of the ledger of a tenant, or of one of its profiles.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn ledger(
        &self,
        tenant: &Tenant,
        profile: Option<RecordNumber>,
        range: LedgerRange,
    ) -> Result<Ledger> {
        let one_more = LedgerRange { limit: range.limit.saturating_add(1), ..range };
        let mut entries = opt_outs::history(&self.reader, tenant.id, profile, one_more)?;
        let limit = usize::try_from(range.limit).unwrap_or(usize::MAX);
        let more = entries.len() > limit;
        entries.truncate(limit);
        Ok(Ledger { entries, more })
    }
}
