//! What the control API does with privacy jobs: looks at them, moves them, has them fail, and decides
//! what moves them.

use std::sync::Arc;

use uuid::Uuid;

use super::super::orgs::Tenant;
use super::super::services::{JobDelays, Services};
use super::transitions::{JobTransitions, default_progression};
use crate::domain::{
    ConsentEntry, Error, JobStatus, Outcome, PrivacyJob, Progression, ResponseCode, Result,
};
use crate::live::Event;
use crate::store::{Tx, consents, orgs, privacy_jobs};

/// Most jobs of one write, so that those of callers get their turn; what SQLite keeps to undo a write
/// makes long ones slow besides.
const BATCH: usize = 100;

/// A job as the control API names it.
#[derive(Clone)]
pub struct NamedJob {
    /// Its org. Tenants of one seed begin with jobs of the same ids; where no org is named, it is the first of them.
    pub tenant: Option<Arc<Tenant>>,
    /// Its id.
    pub id: Uuid,
}

/// How a product is to fail.
#[derive(Debug, Clone)]
pub struct JobFailure {
    /// The product; all that are not done, if none is named.
    pub product: Option<String>,
    /// With which code.
    pub code: ResponseCode,
    /// A sentence for the answer; the code's own, if there is none.
    pub detail: Option<String>,
}

impl Services {
    /// The newest jobs of a tenant, also those that Privacy Service does not show.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn newest_jobs(
        &self,
        tenant: &Tenant,
        status: Option<JobStatus>,
        limit: i64,
    ) -> Result<Vec<PrivacyJob>> {
        privacy_jobs::newest(&self.reader, tenant.id, status, limit)
    }

    /// A job with its tenant, without counting as a read.
    ///
    /// # Errors
    /// [`Error::JobMissing`] when there is none.
    pub fn named_job(&self, named: &NamedJob) -> Result<(Arc<Tenant>, PrivacyJob)> {
        let tenant = match &named.tenant {
            Some(tenant) => Some(Arc::clone(tenant)),
            None => {
                privacy_jobs::owner(&self.reader, named.id)?.and_then(|org| self.tenant_by_id(org))
            }
        };
        let tenant = tenant.ok_or_else(|| missing(named.id))?;
        let job = privacy_jobs::find_any(&self.reader, tenant.id, named.id)?;
        Ok((tenant, job.ok_or_else(|| missing(named.id))?))
    }

    /// A job of that tenant, without counting as a read.
    ///
    /// # Errors
    /// [`Error::JobMissing`] when there is none.
    pub fn job_of(&self, tenant: &Tenant, job_id: Uuid) -> Result<PrivacyJob> {
        privacy_jobs::find_any(&self.reader, tenant.id, job_id)?.ok_or_else(|| missing(job_id))
    }

    /// Makes the next moves of a job, at most so many, whatever moves it otherwise; answers the job as it
    /// is then.
    ///
    /// # Errors
    /// [`Error::JobMissing`], [`Error::RequestInvalid`] when it is done already, or when its work fails.
    pub async fn advance_job(&self, named: &NamedJob, moves: u32) -> Result<PrivacyJob> {
        self.change_job(named, move |transitions, job| {
            for _ in 0..moves {
                let Some(step) = job.next_step() else { break };
                transitions.force(job, step, "the control API advanced it")?;
            }
            Ok(())
        })
        .await
    }

    /// Has a job's products fail; answers the job as it is then.
    ///
    /// # Errors
    /// [`Error::JobMissing`], or [`Error::RequestInvalid`] when there is no such product at work.
    pub async fn fail_job(&self, named: &NamedJob, failing: JobFailure) -> Result<PrivacyJob> {
        self.change_job(named, move |transitions, job| {
            let JobFailure { product, code, detail } = &failing;
            let detail = detail.clone().unwrap_or_else(|| code.message().to_owned());
            let outcome = Outcome::new(*code, detail);
            if transitions.fail(job, product.as_deref(), &outcome, "the control API failed it") {
                return Ok(());
            }
            let product = product.as_deref().unwrap_or_default();
            Err(Error::RequestInvalid(format!("The job has no product '{product}' at work.")))
        })
        .await
    }

    /// Brings every job of a tenant to its end; answers how many there were.
    ///
    /// # Errors
    /// When a write fails; jobs that it was not the turn of are as they were.
    pub async fn drain_jobs(&self, tenant: &Arc<Tenant>) -> Result<usize> {
        self.force_jobs(tenant, u32::MAX, "the control API drained the queue").await
    }

    /// Makes the next moves of every job of a tenant that is not done, at most so many each; answers how many jobs
    /// there were.
    ///
    /// # Errors
    /// As [`Self::drain_jobs`].
    pub async fn advance_jobs(&self, tenant: &Arc<Tenant>, moves: u32) -> Result<usize> {
        self.force_jobs(tenant, moves, "the control API advanced it").await
    }

    async fn force_jobs(
        &self,
        tenant: &Arc<Tenant>,
        moves: u32,
        why: &'static str,
    ) -> Result<usize> {
        self.settle().await?;
        let jobs = privacy_jobs::unfinished(&self.reader, tenant.id)?;
        for batch in jobs.chunks(BATCH) {
            let ids: Vec<Uuid> = batch.iter().map(|job| job.job_id).collect();
            let (owner, rules, now) = (Arc::clone(tenant), self.shared.rules, self.clock().now());
            let write = move |tx: &Tx| {
                let transitions = JobTransitions::new(tx, &owner, &rules, now)?;
                for id in ids {
                    let Some(mut job) = privacy_jobs::find_any(tx, owner.id, id)? else { continue };
                    let before = job.progress();
                    for _ in 0..moves {
                        let Some(step) = job.next_step() else { break };
                        transitions.force(&mut job, step, why)?;
                    }
                    transitions.store(&mut job, before, 0)?;
                }
                Ok(())
            };
            self.shared.writer.write(write).await?;
        }
        self.shared.wake.notify_one();
        Ok(jobs.len())
    }

    /// How many jobs are not done, of all tenants.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn unfinished_jobs(&self) -> Result<i64> {
        let tenants = self.tenants();
        tenants.iter().map(|tenant| privacy_jobs::count_unfinished(&self.reader, tenant.id)).sum()
    }

    async fn change_job(
        &self,
        named: &NamedJob,
        change: impl FnOnce(&JobTransitions<'_>, &mut PrivacyJob) -> Result<()> + Send + 'static,
    ) -> Result<PrivacyJob> {
        let (tenant, job) = self.named_job(named)?;
        let job_id = job.job_id;
        let (rules, now) = (self.shared.rules, self.clock().now());
        let write = move |tx: &Tx| {
            let found = privacy_jobs::find_any(tx, tenant.id, job_id)?;
            let mut job = found.ok_or_else(|| missing(job_id))?;
            if job.next_step().is_none() {
                let status = job.status.as_str();
                let text = format!("Job {job_id} does not move any more: it is {status}.");
                return Err(Error::RequestInvalid(text));
            }
            let transitions = JobTransitions::new(tx, &tenant, &rules, now)?;
            let before = job.progress();
            change(&transitions, &mut job)?;
            transitions.store(&mut job, before, 0)?;
            Ok(job)
        };
        let job = self.shared.writer.write(write).await?;
        self.shared.wake.notify_one();
        Ok(job)
    }

    /// What moves the jobs of a tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn progression(&self, tenant: &Tenant) -> Result<Progression> {
        default_progression(&self.reader, tenant.id, &self.shared.rules)
    }

    /// How long the jobs of a tenant stay in their states where time moves them: as set for it, or else
    /// as configured.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn delays(&self, tenant: &Tenant) -> Result<JobDelays> {
        Ok(match self.progression(tenant)? {
            Progression::Timed { submitted, processing } => JobDelays { submitted, processing },
            _ => self.shared.rules.delays,
        })
    }

    /// Sets what moves the jobs of a tenant, those under way included, except such as a magic identity
    /// moves; `None` goes back to what is configured. Answers what moves them now.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn set_progression(
        &self,
        tenant: &Tenant,
        progression: Option<Progression>,
    ) -> Result<Progression> {
        let (org, now, rules) = (tenant.id, self.clock().now(), self.shared.rules);
        let set = move |tx: &Tx| {
            orgs::set_progression(tx, org, progression)?;
            default_progression(tx, org, &rules)
        };
        let progression = self.shared.writer.write(set).await?;
        let jobs = privacy_jobs::unfinished(&self.reader, org)?;
        for batch in jobs.chunks(BATCH) {
            let ids: Vec<Uuid> = batch.iter().map(|job| job.job_id).collect();
            let write = move |tx: &Tx| {
                for id in ids {
                    let Some(mut job) = privacy_jobs::find_any(tx, org, id)? else { continue };
                    // One whose products cannot be read has none to schedule: it ends when it is due.
                    let moves = !job.status.is_final() && !job.products.is_empty();
                    if job.progression.is_none() && moves {
                        job.reads = 0;
                        job.schedule(progression, now);
                        privacy_jobs::update(tx, org, &job, job.status, 0)?;
                    }
                }
                Ok(())
            };
            self.shared.writer.write(write).await?;
        }
        self.live().tell(|| Event::Progression { org: tenant.name.clone(), progression });
        self.shared.wake.notify_one();
        Ok(progression)
    }

    /// The newest consents of a tenant.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn consents(&self, tenant: &Tenant, limit: i64) -> Result<Vec<ConsentEntry>> {
        consents::newest(&self.reader, tenant.id, limit)
    }
}

fn missing(job_id: Uuid) -> Error {
    Error::JobMissing(format!("There is no job {job_id}."))
}
