//! The privacy queue's rounds: move jobs that are due, remove those whose time is up. Each is one transaction over many
//! rows, so a backlog costs few syncs.

use std::sync::Arc;
use std::time::Duration;

use log::{info, warn};

use super::super::clock::ROUND;
use super::super::orgs::{Tenant, Tenants};
use super::super::services::{JobRules, Services};
use super::transitions::JobTransitions;
use crate::domain::{Error, Result, Timestamp};
use crate::store::privacy_jobs::{Claim, DueJob};
use crate::store::{Tx, privacy_jobs};

/// How long to wait until a write that was refused for want of room is tried again, in real time.
const PAUSE: Duration = Duration::from_millis(200);

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

    /// Moves jobs that are due; answers how many moved. Those of opt-outs move in one transaction. All others are
    /// claimed in it and worked on in a second one: a crash in between leaves a claim, which the next start releases,
    /// and nothing else, and a job that kills the process uses up its attempts.
    ///
    /// # Errors
    /// When a write fails.
    pub async fn move_jobs(&self) -> Result<usize> {
        let now = self.clock().now();
        if privacy_jobs::next_due(&self.reader)?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let (tenants, rules) = (Arc::clone(&self.shared.tenants), self.shared.rules);
        let write = move |tx: &Tx| {
            let mut due = privacy_jobs::due(tx, now, ROUND.into())?;
            Ok((due.len(), take_up(tx, &mut due, &tenants, &rules, now)?))
        };
        let (count, claims) = self.shared.writer.write(write).await?;
        if !claims.is_empty() {
            let claims = claims.into_iter().map(|claim| (self.tenant_by_id(claim.org), claim));
            self.work_off(claims.collect(), now).await?;
        }
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
                        JobTransitions::new(tx, tenant, &rules, now)?
                            .run(&mut job, claim.attempts)?;
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
        self.shared
            .writer
            .write(move |tx| privacy_jobs::remove_expired(tx, now, ROUND.into()))
            .await
    }

    /// When something next happens to a job by itself.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(in crate::service) fn next_job_due(&self) -> Result<Option<Timestamp>> {
        let (due, expiry) =
            (privacy_jobs::next_due(&self.reader)?, privacy_jobs::next_expiry(&self.reader)?);
        Ok(due.into_iter().chain(expiry).min())
    }
}

/// Moves those of the jobs that change nothing but themselves, as those of opt-outs do: a crash leaves them as they
/// were, so no try need be counted beforehand. Claims the others.
fn take_up(
    tx: &Tx,
    due: &mut [DueJob],
    tenants: &Tenants,
    rules: &JobRules,
    now: Timestamp,
) -> Result<Vec<Claim>> {
    let mut claims = Vec::new();
    for of_org in due.chunk_by_mut(|one, next| one.org == next.org) {
        // The tenants of the database are all known, but for one that has just ended.
        let Some(tenant) = of_org.first().and_then(|first| tenants.by_id(first.org)) else {
            continue;
        };
        let transitions = JobTransitions::new(tx, &tenant, rules, now)?;
        for due in of_org {
            if due.job.only_moves_itself() {
                transitions.run(&mut due.job, due.attempts + 1)?;
            } else {
                claims.push(privacy_jobs::claim(tx, due)?);
            }
        }
    }
    Ok(claims)
}
