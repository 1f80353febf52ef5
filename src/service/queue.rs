//! The privacy queue's steps: forward ledger rows, move jobs that are due, remove those whose time is
//! up. Each is one transaction over many rows, so a backlog costs few syncs.

use std::sync::Arc;
use std::time::Duration;

use log::{info, warn};

use super::moves::Mover;
use super::{Services, Tenant};
use crate::domain::{
    Action, CAMPAIGN, Error, JobOrigin, NewJob, Regulation, Result, Surroundings, Timestamp,
};
use crate::store::privacy_jobs::Claim;
use crate::store::{Tx, consents, opt_outs, privacy_jobs};

/// Most rows one step moves, so that writes of callers get their turn between steps.
const STEP: i64 = 200;

/// How long to wait until a write that was refused for want of room is tried again, in real time.
const PAUSE: Duration = Duration::from_millis(200);

/// What a ledger row becomes.
enum Forward {
    /// An opt-out: a job in Privacy Service.
    Job { tenant: Arc<Tenant>, job: NewJob, surroundings: Box<Surroundings> },
    /// A withdrawal: a consent, for which Privacy Service has no job.
    Consent,
}

impl Services {
    /// Frees the jobs that a process which is no more had claimed; answers how many.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn recover_jobs(&self) -> Result<usize> {
        let released = self.shared.writer.write(privacy_jobs::release_claims).await?;
        if released > 0 {
            info!("{released} jobs that were interrupted are taken up again");
        }
        Ok(released)
    }

    /// Forwards the oldest ledger rows that wait; answers how many.
    ///
    /// # Errors
    /// When the write fails; the rows then wait on.
    pub async fn forward_changes(&self) -> Result<usize> {
        let forwards: Vec<(i64, Forward)> = opt_outs::pending(&self.reader, STEP)?
            .into_iter()
            .filter_map(|change| Some((change.id, self.forward(change)?)))
            .collect();
        if forwards.is_empty() {
            return Ok(0);
        }
        let (count, now, rules) = (forwards.len(), self.clock().now(), self.shared.rules);
        let write = move |tx: &Tx| {
            for (change, forward) in forwards {
                match forward {
                    Forward::Job { tenant, job, surroundings } => {
                        let mover = Mover::new(tx, &tenant, &rules, now)?;
                        mover.create(job, JobOrigin::Change(change), &surroundings)?;
                    }
                    Forward::Consent => consents::record_withdrawal(tx, change, now)?,
                }
                opt_outs::settle(tx, change, now)?;
            }
            Ok(())
        };
        self.shared.writer.write(write).await?;
        Ok(count)
    }

    fn forward(&self, change: opt_outs::Pending) -> Option<Forward> {
        let tenant = self.tenant_by_id(change.org)?;
        if !change.to {
            return Some(Forward::Consent);
        }
        let job = NewJob {
            job_id: self.random().uuid(),
            user_key: tenant.profile_key(change.profile).to_string(),
            action: Action::OptOutOfSale,
            identities: change.identities,
        };
        let surroundings = Surroundings {
            regulation: Regulation::CCPA,
            products: vec![CAMPAIGN.to_owned()],
            ..self.surroundings(&tenant, None)
        };
        Some(Forward::Job { tenant, job, surroundings: Box::new(surroundings) })
    }

    /// Moves jobs that are due: claims them in one transaction, does their work and writes where they
    /// stand in a second one. A crash in between leaves a claim, which the next start releases, and
    /// nothing else. Answers how many moved.
    ///
    /// # Errors
    /// When a write fails.
    pub async fn move_jobs(&self) -> Result<usize> {
        let now = self.clock().now();
        if privacy_jobs::next_due(&self.reader)?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let claim = move |tx: &Tx| privacy_jobs::claim_due(tx, now, STEP);
        let claims = self.shared.writer.write(claim).await?;
        let count = claims.len();
        let claims = claims.into_iter().map(|claim| (self.tenant_by_id(claim.org), claim));
        self.work_off(claims.collect(), now).await?;
        Ok(count)
    }

    /// Does the work of claimed jobs. While the disk is full or the queue of writes is, it tries again:
    /// to claim them anew would use up an attempt for nothing.
    async fn work_off(
        &self,
        claims: Arc<[(Option<Arc<Tenant>>, Claim)]>,
        now: Timestamp,
    ) -> Result<()> {
        loop {
            let (claims, rules) = (Arc::clone(&claims), self.shared.rules);
            let work = move |tx: &Tx| {
                for (tenant, claim) in claims.iter() {
                    // The tenants of the database are all known, but for one that has just ended.
                    let Some(tenant) = tenant else { continue };
                    if let Some(mut job) = privacy_jobs::claimed(tx, claim)? {
                        Mover::new(tx, tenant, &rules, now)?.run(&mut job, claim.attempts)?;
                    }
                }
                Ok(())
            };
            match self.shared.writer.write(work).await {
                Err(failure @ (Error::Busy | Error::StorageFull)) => {
                    warn!("the privacy queue pauses: {failure}");
                    tokio::time::sleep(PAUSE).await;
                }
                other => return other,
            }
        }
    }

    /// Removes jobs and archives whose time is up; answers how many.
    ///
    /// # Errors
    /// When the write fails; they are gone for callers all the same.
    pub async fn remove_expired_jobs(&self) -> Result<usize> {
        let now = self.clock().now();
        if privacy_jobs::next_expiry(&self.reader)?.is_none_or(|expiry| expiry > now) {
            return Ok(0);
        }
        self.shared.writer.write(move |tx| privacy_jobs::remove_expired(tx, now, STEP)).await
    }

    /// When something next happens to a job by itself.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) fn next_job_due(&self) -> Result<Option<Timestamp>> {
        let (due, expiry) =
            (privacy_jobs::next_due(&self.reader)?, privacy_jobs::next_expiry(&self.reader)?);
        Ok(due.into_iter().chain(expiry).min())
    }
}
