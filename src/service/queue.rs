//! The privacy queue's steps: forward ledger rows, start jobs, claim and settle them. Each is one
//! transaction over many rows, so a backlog costs few syncs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use log::{info, warn};
use uuid::Uuid;

use super::Services;
use crate::domain::{
    Error, Identity, JobMove, MAX_ATTEMPTS, Regulation, Result, Surroundings, Timestamp,
};
use crate::store::privacy_jobs::Claim;
use crate::store::{Tx, opt_outs, privacy_jobs};

/// Most rows one step moves, so that writes of callers get their turn between steps.
const STEP: i64 = 200;

/// How long to wait until a write that was refused for want of room is tried again, in real time.
const PAUSE: Duration = Duration::from_millis(200);

/// What a ledger row becomes.
enum Forward {
    /// An opt-out: a job in Privacy Service.
    Job { surroundings: Box<Surroundings>, job_id: Uuid, user_key: String },
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
            .filter_map(|change| Some((change.id, self.forward(&change)?)))
            .collect();
        if forwards.is_empty() {
            return Ok(0);
        }
        let (count, now) = (forwards.len(), self.clock().now());
        let write = move |tx: &Tx| {
            for (change, forward) in &forwards {
                match forward {
                    Forward::Job { surroundings, job_id, user_key } => {
                        privacy_jobs::insert_forwarded(
                            tx,
                            *change,
                            surroundings,
                            *job_id,
                            user_key,
                        )?;
                    }
                    Forward::Consent => opt_outs::record_consent(tx, *change, now)?,
                }
                opt_outs::settle(tx, *change, now)?;
            }
            Ok(())
        };
        self.shared.writer.write(write).await?;
        Ok(count)
    }

    fn forward(&self, change: &opt_outs::Pending) -> Option<Forward> {
        let tenant = self.tenant_by_id(change.org)?;
        if !change.to {
            return Some(Forward::Consent);
        }
        let products = vec!["Campaign".to_owned()];
        let account = &tenant.technical_account;
        Some(Forward::Job {
            surroundings: Box::new(self.surroundings(products, Regulation::Ccpa, account)),
            job_id: self.random().uuid(),
            user_key: tenant.profile_key(change.profile).to_string(),
        })
    }

    /// Moves submitted jobs that are due to `processing`; answers how many.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn start_jobs(&self) -> Result<usize> {
        let (now, processing) = (self.clock().now(), self.shared.delays.processing);
        if !self.is_due(now)? {
            return Ok(0);
        }
        let write = move |tx: &Tx| privacy_jobs::start_due(tx, now, processing, STEP);
        self.shared.writer.write(write).await
    }

    /// Does the work of processing jobs that are due: claims them in one transaction, works outside,
    /// settles in a second one. A crash in between leaves a claim, which the next start releases.
    ///
    /// # Errors
    /// When a write fails.
    pub async fn finish_jobs(&self) -> Result<usize> {
        let now = self.clock().now();
        if !self.is_due(now)? {
            return Ok(0);
        }
        let claim = move |tx: &Tx| privacy_jobs::claim_due(tx, now, STEP);
        let claims = self.shared.writer.write(claim).await?;
        if claims.is_empty() {
            return Ok(0);
        }
        let count = claims.len();
        let ends: Vec<(Claim, JobMove)> =
            claims.into_iter().map(|claim| (claim.clone(), attempt(&claim))).collect();
        self.settle(Arc::new(ends), now).await?;
        Ok(count)
    }

    /// Writes how tries ended. While the disk is full or the queue of writes is, it tries again: the
    /// work is done, and to claim it anew would use up an attempt for nothing.
    async fn settle(&self, ends: Arc<Vec<(Claim, JobMove)>>, now: Timestamp) -> Result<()> {
        loop {
            let ends = Arc::clone(&ends);
            let settle = move |tx: &Tx| {
                ends.iter().try_for_each(|(claim, end)| privacy_jobs::settle(tx, claim, end, now))
            };
            match self.shared.writer.write(settle).await {
                Err(failure @ (Error::Busy | Error::StorageFull)) => {
                    warn!("the privacy queue pauses: {failure}");
                    tokio::time::sleep(PAUSE).await;
                }
                other => return other,
            }
        }
    }

    /// When the next job is due to move.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_job_due(&self) -> Result<Option<Timestamp>> {
        privacy_jobs::next_due(&self.reader)
    }

    fn is_due(&self, now: Timestamp) -> Result<bool> {
        Ok(self.next_job_due()?.is_some_and(|due| due <= now))
    }
}

/// One try at a job's work. Whatever goes wrong with it stays with it.
fn attempt(claim: &Claim) -> JobMove {
    let outcome = if claim.attempts > MAX_ATTEMPTS {
        Err(format!("interrupted {MAX_ATTEMPTS} times"))
    } else {
        catch_unwind(AssertUnwindSafe(|| carry_out(claim)))
            .unwrap_or_else(|_| Err("the work panicked".to_owned()))
    };
    match outcome {
        Ok(()) => JobMove::Complete,
        Err(reason) => {
            warn!(job:% = claim.job_id, attempt = claim.attempts; "a privacy job failed: {reason}");
            JobMove::after_failure(claim.attempts, reason)
        }
    }
}

/// Has each product acknowledge the data subject: reads the job's payload, which must say who that
/// is and who is asked.
fn carry_out(claim: &Claim) -> std::result::Result<(), String> {
    let identities: Vec<Identity> = serde_json::from_str(&claim.identities)
        .map_err(|fault| format!("its identities cannot be read: {fault}"))?;
    let products: Vec<String> = serde_json::from_str(&claim.products)
        .map_err(|fault| format!("its products cannot be read: {fault}"))?;
    if identities.is_empty() || products.is_empty() {
        return Err("it names no data subject or no product".to_owned());
    }
    Ok(())
}
