//! Privacy Service: create jobs and their children, read one, list them, record consents.

use std::sync::Arc;

use uuid::Uuid;

use super::super::orgs::Tenant;
use super::super::services::Services;
use super::data_subject::DataSubject;
use super::transitions::{JobTransitions, default_progression, job_request};
use crate::domain::{
    Caused, ChildRequest, Consent, Error, JobFilter, JobOrigin, JobRequest, NewJob, PrivacyJob,
    PrivacyRequest, Progression, RequestId, Result,
};
use crate::store::{Tx, consents, privacy_jobs};

/// The jobs that a call has created.
#[derive(Debug)]
pub struct CreatedJobs {
    /// The request they came with.
    pub request_id: RequestId,
    /// The job that they are children of.
    pub parent: Option<Uuid>,
    /// The jobs, in the caller's order.
    pub jobs: Vec<NewJob>,
    /// What came of it, the jobs among it.
    pub caused: Caused,
}

/// A job and its children.
#[derive(Debug)]
pub struct JobWithChildren {
    /// The job.
    pub job: PrivacyJob,
    /// Its children, in the order they were asked for.
    pub children: Vec<PrivacyJob>,
}

/// A page of jobs.
#[derive(Debug)]
pub struct JobPage {
    /// The jobs, newest first.
    pub jobs: Vec<PrivacyJob>,
    /// How many match in all.
    pub total: i64,
}

impl Services {
    /// Creates one job per user and action, in the caller's order; all of them or none. `progression`
    /// moves them, if not what moves the org's other jobs.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn create_jobs(
        &self,
        tenant: &Arc<Tenant>,
        request: PrivacyRequest,
        submitted_by: Option<&str>,
        progression: Option<Progression>,
    ) -> Result<CreatedJobs> {
        let jobs = request.users.into_iter().flat_map(|user| {
            let (key, identities) = (user.key, user.identities);
            user.actions.into_iter().map(move |action| (key.clone(), action, identities.clone()))
        });
        let jobs = jobs.map(|(user_key, action, identities)| NewJob {
            job_id: self.random().job_id(),
            user_key,
            action,
            identities,
        });
        let request = JobRequest {
            regulation: request.regulation,
            products: request.products,
            instance: request.instance,
            progression,
            ..self.job_request(tenant, submitted_by)
        };
        self.write_jobs(tenant, jobs.collect(), request).await
    }

    /// Creates a child of a job: more identities of the same data subject, for the same action.
    ///
    /// # Errors
    /// [`Error::JobMissing`] when there is no such parent, or when the write fails.
    pub async fn create_child_job(
        &self,
        tenant: &Arc<Tenant>,
        parent: Uuid,
        request: ChildRequest,
        submitted_by: Option<&str>,
    ) -> Result<CreatedJobs> {
        let parent = self.job(tenant, parent)?;
        let job = NewJob {
            job_id: self.random().job_id(),
            user_key: parent.user_key,
            action: parent.action,
            identities: request.identities,
        };
        let request = JobRequest {
            regulation: parent.regulation,
            products: request.products,
            instance: parent.instance,
            parent: Some(parent.job_id),
            why: match request.initiated_by {
                Some(who) => format!("created by {who}"),
                None => "created as a child".to_owned(),
            },
            ..self.job_request(tenant, submitted_by)
        };
        self.write_jobs(tenant, vec![job], request).await
    }

    async fn write_jobs(
        &self,
        tenant: &Arc<Tenant>,
        jobs: Vec<NewJob>,
        request: JobRequest,
    ) -> Result<CreatedJobs> {
        let (request_id, parent) = (request.request_id.clone(), request.parent);
        let (owner, new, rules) = (Arc::clone(tenant), jobs.clone(), self.shared.rules);
        let write = move |tx: &Tx| {
            let transitions = JobTransitions::new(tx, &owner, &rules, request.created)?;
            new.into_iter()
                .try_for_each(|job| transitions.create(job, JobOrigin::Request, &request))?;
            Ok(tx.caused())
        };
        let caused = self.shared.writer.write(write).await?;
        self.shared.wake.notify_one();
        Ok(CreatedJobs { request_id, parent, jobs, caused })
    }

    /// Reads a job of the tenant. Where reads move jobs, this one counts: the answer is what the job
    /// was before it moved, so that each state can be seen.
    ///
    /// # Errors
    /// [`Error::JobMissing`]: a job of another tenant and none at all read the same.
    pub async fn read_job(&self, tenant: &Arc<Tenant>, job_id: Uuid) -> Result<JobWithChildren> {
        let job = self.job(tenant, job_id)?;
        let usual = default_progression(&self.reader, tenant.id, &self.shared.rules)?;
        if let Progression::Polls { reads } = job.moved_by(usual)
            && job.next_step().is_some()
        {
            self.count_read(tenant, job_id, reads).await?;
        }
        let children = privacy_jobs::children(&self.reader, tenant.id, job_id)?;
        Ok(JobWithChildren { job, children })
    }

    /// Counts a read of a job of the tenant, and moves it if it has been read `reads` times.
    pub(super) async fn count_read(
        &self,
        tenant: &Arc<Tenant>,
        job_id: Uuid,
        reads: u32,
    ) -> Result<()> {
        let (owner, rules, now) = (Arc::clone(tenant), self.shared.rules, self.clock().now());
        let write = move |tx: &Tx| {
            let Some(mut job) = privacy_jobs::find_any(tx, owner.id, job_id)? else {
                return Ok(());
            };
            let transitions = JobTransitions::new(tx, &owner, &rules, now)?;
            let before = job.progress();
            job.reads = job.reads.saturating_add(1);
            if job.reads >= reads
                && let Some(step) = job.next_step()
            {
                transitions.force(
                    &mut job,
                    step,
                    "it was read as often as its progression asks",
                )?;
            }
            transitions.store(&mut job, before, 0)
        };
        self.shared.writer.write(write).await
    }

    fn job(&self, tenant: &Tenant, job_id: Uuid) -> Result<PrivacyJob> {
        privacy_jobs::find(&self.reader, tenant.id, job_id, self.clock().now())?.ok_or_else(|| {
            Error::JobMissing(format!(
                "This org has no job {job_id}: jobs are per org, and go 30 days after their end."
            ))
        })
    }

    /// Reads a page of the tenant's jobs; pages count from 0. A page may be empty.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn jobs(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        page: i64,
        size: i64,
    ) -> Result<JobPage> {
        let jobs = privacy_jobs::page(&self.reader, tenant.id, filter, page, size)?;
        let total = privacy_jobs::total(&self.reader, tenant.id, filter)?;
        Ok(JobPage { jobs, total })
    }

    /// Records a consent, and sets `ccpaOptOut` of the people it names where that is asked for. Answers what came of it.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn record_consent(&self, tenant: &Arc<Tenant>, consent: Consent) -> Result<Caused> {
        let (owner, now) = (Arc::clone(tenant), self.clock().now());
        let applies = self.shared.rules.opt_out_applies;
        let write = move |tx: &Tx| {
            let id = consents::insert(tx, owner.id, &consent, now)?;
            if applies {
                let subject = DataSubject::find(tx, &owner, &consent.identities)?;
                let (value, by) = (consent.opt_out_of_sale, format!("consent {id}"));
                let changed = subject.opt_out(tx, &owner, value, &by, now)?;
                consents::set_applied(tx, id, changed)?;
            }
            Ok(tx.caused())
        };
        self.shared.writer.write(write).await
    }

    /// What the jobs of a request made now have in common; the caller fills in what it asks for.
    pub(super) fn job_request(&self, tenant: &Tenant, submitted_by: Option<&str>) -> JobRequest {
        job_request(tenant, submitted_by, self.clock().now(), self.random())
    }
}
