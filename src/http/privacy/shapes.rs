//! The bodies of Privacy Service, in the member order of the documents.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::settings::{PrivacyBehavior, PrivacyDownload, PrivacyGeneration};
use crate::domain::{Identity, JobStatus, NewJob, PrivacyJob, ProductResponse, Results};
use crate::service::{CreatedJobs, JobPage};

/// The answer to a create call (`docs/reference/privacy-service.md` §3).
pub(super) fn created(
    behavior: &PrivacyBehavior,
    created: &CreatedJobs,
) -> Result<HttpResponse, Failure> {
    let openapi = behavior.generation == PrivacyGeneration::Openapi;
    let root_job_id = created.parent.map(|parent| parent.to_string());
    let job = |job: &'_ NewJob| CreatedJob {
        job_id: job.job_id.to_string(),
        customer: Customer {
            user: DataSubject {
                key: job.user_key.clone(),
                action: [job.action.as_str()],
                user_ids: openapi.then(|| job.identities.clone()),
            },
        },
        root_job_id: root_job_id.clone(),
    };
    let jobs: Vec<_> = created.jobs.iter().map(job).collect();
    let total_records = jobs.len();
    if openapi {
        let request_id = created.request_id.as_str();
        json_response(StatusCode::ACCEPTED, &CreatedSince2021 { request_id, total_records, jobs })
    } else {
        // 1 in every sample there is.
        json_response(
            StatusCode::ACCEPTED,
            &CreatedIn2020 { jobs, request_status: 1, total_records },
        )
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedIn2020 {
    jobs: Vec<CreatedJob>,
    request_status: u8,
    total_records: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedSince2021<'a> {
    request_id: &'a str,
    total_records: usize,
    jobs: Vec<CreatedJob>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedJob {
    job_id: String,
    customer: Customer,
    /// Of a child.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_job_id: Option<String>,
}

#[derive(Serialize)]
struct Customer {
    user: DataSubject,
}

#[derive(Serialize)]
struct DataSubject {
    key: String,
    action: [&'static str; 1],
    #[serde(rename = "userIDs", skip_serializing_if = "Option::is_none")]
    user_ids: Option<Vec<Identity>>,
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

/// How a job is shown.
pub(super) struct RenderOptions {
    /// The member that says where its result is.
    pub(super) download: PrivacyDownload,
    /// The absolute URL of the jobs.
    pub(super) jobs: String,
}

impl RenderOptions {
    /// The answer to a read call (`docs/reference/privacy-service.md` §4).
    pub(super) fn job<'a>(&self, job: &'a PrivacyJob, children: &'a [PrivacyJob]) -> Job<'a> {
        let url = job.has_content().then(|| format!("{}/{}/content", self.jobs, job.job_id));
        let (documented, specified) = match self.download {
            PrivacyDownload::Documented => (url, None),
            PrivacyDownload::Specified => (None, url),
        };
        Job {
            basics: Basics::new(job),
            user_ids: &job.identities,
            product_responses: job.products.iter().map(OfProduct::new).collect(),
            documented,
            specified,
            regulation: job.regulation.as_str(),
            child_jobs: children.iter().map(|child| self.job(child, &[])).collect(),
        }
    }
}

/// A job with all there is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Job<'a> {
    #[serde(flatten)]
    basics: Basics<'a>,
    user_ids: &'a [Identity],
    product_responses: Vec<OfProduct<'a>>,
    /// Where the result of a complete access job is.
    #[serde(rename = "downloadURL", skip_serializing_if = "Option::is_none")]
    documented: Option<String>,
    #[serde(rename = "downloadUrl", skip_serializing_if = "Option::is_none")]
    specified: Option<String>,
    regulation: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    child_jobs: Vec<Self>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfProduct<'a> {
    product: &'a str,
    retry_count: i64,
    processed_date: String,
    product_status_response: ProductStatus<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductStatus<'a> {
    status: JobStatus,
    message: &'static str,
    /// From the product's last word on.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_msg_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_msg_detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<&'a Results>,
}

impl<'a> OfProduct<'a> {
    fn new(response: &'a ProductResponse) -> Self {
        let outcome = response.outcome.as_ref();
        Self {
            product: &response.product,
            retry_count: response.retry_count,
            processed_date: response.processed.to_privacy(),
            product_status_response: ProductStatus {
                status: response.status,
                message: outcome.map_or("processing", |outcome| outcome.code.message()),
                response_msg_code: outcome.map(|outcome| outcome.code.as_str()),
                response_msg_detail: outcome.map(|outcome| outcome.detail.as_str()),
                results: outcome.and_then(|outcome| outcome.results.as_ref()),
            },
        }
    }
}
