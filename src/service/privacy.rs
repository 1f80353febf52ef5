//! Privacy Service: create jobs, read one, list them.

use std::io::Cursor;

use uuid::Uuid;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Services, Tenant};
use crate::domain::{
    Error, NewJob, PrivacyJob, PrivacyRequest, Regulation, RequestId, Result, Surroundings,
};
use crate::store::privacy_jobs;

/// A page of jobs.
#[derive(Debug)]
pub struct JobPage {
    /// The jobs, newest first.
    pub jobs: Vec<PrivacyJob>,
    /// How many match in all.
    pub total: i64,
}

impl Services {
    /// Creates one job per user and action, in the caller's order; all of them or none.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn create_jobs(
        &self,
        tenant: &Tenant,
        request: PrivacyRequest,
        submitted_by: Option<&str>,
    ) -> Result<Vec<NewJob>> {
        let jobs: Vec<NewJob> = request
            .users
            .into_iter()
            .flat_map(|user| {
                user.actions.clone().into_iter().map(move |action| (user.clone(), action))
            })
            .map(|(user, action)| NewJob {
                job_id: self.random().uuid(),
                user_key: user.key,
                action,
                identities: user.identities,
            })
            .collect();
        let submitted_by = submitted_by.unwrap_or(&tenant.technical_account);
        let surroundings = self.surroundings(request.products, request.regulation, submitted_by);
        let (org, stored) = (tenant.id, jobs.clone());
        self.shared
            .writer
            .write(move |tx| {
                stored.iter().try_for_each(|job| privacy_jobs::insert(tx, org, &surroundings, job))
            })
            .await?;
        self.shared.wake.notify_one();
        Ok(jobs)
    }

    /// Reads a job of the tenant.
    ///
    /// # Errors
    /// [`Error::JobMissing`]: a job of another tenant and none at all read the same.
    pub fn job(&self, tenant: &Tenant, job_id: Uuid) -> Result<PrivacyJob> {
        privacy_jobs::find(&self.reader, tenant.id, job_id)?
            .ok_or_else(|| Error::JobMissing(format!("This org has no job {job_id}.")))
    }

    /// What a complete access job found: a ZIP of one folder with a sub-folder for each product
    /// (`reference/privacy-service.md` §7), which are empty, since no product here holds data of its
    /// own.
    ///
    /// # Errors
    /// [`Error::JobMissing`] when there is no such job or it has nothing to download.
    pub fn job_content(&self, tenant: &Tenant, job_id: Uuid) -> Result<Vec<u8>> {
        let job = self.job(tenant, job_id)?;
        if !job.has_content() {
            return Err(Error::JobMissing(format!(
                "Job {job_id} has nothing to download: only access jobs that are complete have."
            )));
        }
        archive(&job).map_err(Error::internal)
    }

    /// Reads a page of the tenant's jobs; pages count from 0.
    ///
    /// # Errors
    /// [`Error::JobMissing`] when the page has none.
    pub fn jobs(
        &self,
        tenant: &Tenant,
        regulation: Regulation,
        page: i64,
        size: i64,
    ) -> Result<JobPage> {
        let jobs = privacy_jobs::page(&self.reader, tenant.id, regulation, page, size)?;
        let total = privacy_jobs::total(&self.reader, tenant.id, regulation)?;
        if jobs.is_empty() {
            return Err(Error::JobMissing(format!(
                "Page {page} of this org's {} jobs is empty; it has {total} in all, and pages count from 0.",
                regulation.as_str()
            )));
        }
        Ok(JobPage { jobs, total })
    }

    /// What the jobs of a request made now have in common.
    pub(super) fn surroundings(
        &self,
        products: Vec<String>,
        regulation: Regulation,
        submitted_by: &str,
    ) -> Surroundings {
        let now = self.clock().now();
        Surroundings {
            request_id: RequestId::new(now, self.random().next_u64()),
            regulation,
            products,
            submitted_by: submitted_by.to_owned(),
            created: now,
            due: now.after(self.shared.delays.submitted),
        }
    }
}

fn archive(job: &PrivacyJob) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for product in &job.products {
        archive.add_directory(format!("{}/{product}", job.job_id), SimpleFileOptions::default())?;
    }
    Ok(archive.finish()?.into_inner())
}
