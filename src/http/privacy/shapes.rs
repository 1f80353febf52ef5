//! The bodies of Privacy Service in the seed's shapes and member order.

use serde::Serialize;

use crate::domain::{Identity, JobStatus, NewJob, PrivacyJob};
use crate::service::JobPage;

/// The answer to a create call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created<'a> {
    jobs: Vec<CreatedJob<'a>>,
    request_status: u8,
    total_records: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedJob<'a> {
    job_id: String,
    customer: Customer<'a>,
}

#[derive(Serialize)]
struct Customer<'a> {
    user: User<'a>,
}

#[derive(Serialize)]
struct User<'a> {
    key: &'a str,
    action: [&'static str; 1],
}

impl<'a> Created<'a> {
    pub(super) fn new(jobs: &'a [NewJob]) -> Self {
        let job = |job: &'a NewJob| CreatedJob {
            job_id: job.job_id.to_string(),
            customer: Customer { user: User { key: &job.user_key, action: [job.action.as_str()] } },
        };
        // 1 in every sample there is.
        Self { total_records: jobs.len(), jobs: jobs.iter().map(job).collect(), request_status: 1 }
    }
}

/// What the list and a single job both show.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Basics<'a> {
    job_id: String,
    request_id: &'a str,
    user_key: &'a str,
    action: &'static str,
    status: &'static str,
    submitted_by: &'a str,
    created_date: String,
    last_modified_date: String,
}

impl<'a> Basics<'a> {
    fn new(job: &'a PrivacyJob) -> Self {
        Self {
            job_id: job.job_id.to_string(),
            request_id: job.request_id.as_str(),
            user_key: &job.user_key,
            action: job.action.as_str(),
            status: job.status.as_str(),
            submitted_by: &job.submitted_by,
            created_date: job.created.to_privacy(),
            last_modified_date: job.last_modified.to_privacy(),
        }
    }
}

/// The answer to a list call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<'a> {
    total_records: i64,
    job_details: Vec<Basics<'a>>,
}

impl<'a> List<'a> {
    pub(super) fn new(page: &'a JobPage) -> Self {
        Self { total_records: page.total, job_details: page.jobs.iter().map(Basics::new).collect() }
    }
}

/// The answer to a read call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Job<'a> {
    #[serde(flatten)]
    basics: Basics<'a>,
    user_ids: &'a [Identity],
    product_responses: Vec<ProductResponse<'a>>,
    /// Where the result of a complete access job is.
    #[serde(rename = "downloadURL", skip_serializing_if = "Option::is_none")]
    download_url: Option<String>,
    regulation: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductResponse<'a> {
    product: &'a str,
    retry_count: i64,
    processed_date: String,
    product_status_response: ProductStatus<'a>,
}

#[derive(Serialize)]
struct ProductStatus<'a> {
    status: &'static str,
    message: &'a str,
}

impl<'a> Job<'a> {
    /// Shows a job; `jobs` is the absolute URL of the jobs.
    pub(super) fn new(job: &'a PrivacyJob, jobs: &str) -> Self {
        let message = match job.status {
            JobStatus::Submitted | JobStatus::Processing => "processing",
            JobStatus::Complete => "Success",
            JobStatus::Error => &job.last_error,
        };
        // The job's word is the aggregate of its products', which here move together.
        let response = |product: &'a String| ProductResponse {
            product,
            retry_count: (job.attempts - 1).max(0),
            processed_date: job.last_modified.to_privacy(),
            product_status_response: ProductStatus { status: job.status.as_str(), message },
        };
        Self {
            basics: Basics::new(job),
            user_ids: &job.identities,
            product_responses: job.products.iter().map(response).collect(),
            download_url: job.has_content().then(|| format!("{jobs}/{}/content", job.job_id)),
            regulation: job.regulation.as_str(),
        }
    }
}
