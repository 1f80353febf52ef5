//! What can be downloaded of a finished job: its archive, and the signed address under which anybody can have it
//! (`docs/reference/privacy-service.md` §4, §7).

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;
use zip::ZipWriter;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;

use super::super::orgs::Tenant;
use super::super::services::Services;
use crate::domain::{Action, Error, PrivacyJob, ProductResponse, Result, Timestamp};
use crate::store::{privacy_archives, privacy_jobs};

/// Leave to download the result of a job without credentials.
#[derive(Debug)]
pub struct DownloadPass {
    /// Until when.
    pub expires: Timestamp,
    /// What shows that it is genuine.
    pub token: String,
}

impl Services {
    /// The result of a complete job, as a ZIP.
    ///
    /// # Errors
    /// [`Error::JobMissing`] when there is no such job or it has nothing to download.
    pub fn job_content(&self, tenant: &Tenant, job_id: Uuid) -> Result<Vec<u8>> {
        let now = self.clock().now();
        if let Some(content) = privacy_archives::content(&self.reader, tenant.id, job_id, now)? {
            return Ok(content);
        }
        // A job of the seed has done no work, so nothing was kept.
        let job = privacy_jobs::find(&self.reader, tenant.id, job_id, now)?;
        let job = job.filter(|job| job.has_result(self.shared.rules.receipts));
        let job = job.ok_or_else(|| {
            let which = if self.shared.rules.receipts { "access and delete" } else { "access" };
            Error::JobMissing(format!(
                "Job {job_id} has nothing to download: only {which} jobs that are complete have, for 60 days."
            ))
        })?;
        archive(&job, &[]).map_err(Error::internal)
    }

    /// Leave to download the result of a job of the tenant.
    #[must_use]
    pub fn download_pass(&self, tenant: &Tenant, job: &PrivacyJob) -> DownloadPass {
        let expires = job.downloadable_until(self.clock().now());
        let token = tenant.keyring.downloads().signature(&signed(job.job_id, expires));
        DownloadPass { expires, token }
    }

    /// The tenant whose job may be downloaded with a pass.
    ///
    /// # Errors
    /// [`Error::DownloadRefused`] when the pass is not genuine, or is not good any more.
    pub fn tenant_of_download(
        &self,
        org: &str,
        job_id: Uuid,
        pass: &DownloadPass,
    ) -> Result<Arc<Tenant>> {
        let refused = |what: &str| {
            Error::DownloadRefused(format!("{what}: read the job again, which gives a new one."))
        };
        let is_genuine = |tenant: &Arc<Tenant>| {
            tenant.keyring.downloads().is_signature(&signed(job_id, pass.expires), &pass.token)
        };
        let tenant = self.existing_tenant(org).ok().filter(is_genuine);
        let tenant = tenant
            .ok_or_else(|| refused("This download address was changed, or is another server's"))?;
        if self.clock().now() >= pass.expires {
            return Err(refused("This download address is too old"));
        }
        Ok(tenant)
    }
}

/// What a pass signs; its key is the org's.
fn signed(job_id: Uuid, expires: Timestamp) -> String {
    format!("{job_id}/{}", expires.as_millis())
}

/// A ZIP of one folder with a sub-folder for each product, that of Campaign with these files. A delete job's has a
/// receipt in each: what was deleted is in no archive.
pub(super) fn archive(job: &PrivacyJob, files: &[(String, String)]) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for response in &job.products {
        let folder = format!("{}/{}", job.job_id, response.product);
        archive.add_directory(&folder, options)?;
        if response.is_campaign() {
            for (name, text) in files {
                archive.start_file(format!("{folder}/{name}"), options)?;
                archive.write_all(text.as_bytes())?;
            }
        }
        if job.action == Action::Delete {
            archive.start_file(format!("{folder}/receipt.json"), options)?;
            archive.write_all(receipt(job, response).as_bytes())?;
        }
    }
    Ok(archive.finish()?.into_inner())
}

fn receipt(job: &PrivacyJob, response: &ProductResponse) -> String {
    json!({
        "jobId": job.job_id,
        "action": job.action,
        "product": response.name(),
        "status": response.status,
        "message": response.outcome.as_ref().map(|outcome| outcome.code.message()),
    })
    .to_string()
}
