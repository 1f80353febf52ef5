//! The bodies of Privacy Service, in the member order of the documents.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::schemas::{self, Describe};
use super::super::settings::{PrivacyBehavior, PrivacyDownload, PrivacyGeneration};
use crate::domain::{Action, Identity, JobStatus, NewJob, PrivacyJob, ProductResponse, Results};
use crate::service::{CreatedJobs, JobPage};

/// A date of Privacy Service.
const DATE: &str = r"^\d{2}/\d{2}/\d{4} \d{1,2}:\d{2} [AP]M [A-Z]{3}$";

/// The answer to a create call (`docs/reference/privacy-service.md` §3).
pub(super) fn created(
    behavior: &PrivacyBehavior,
    created: &CreatedJobs,
) -> Result<HttpResponse, Failure> {
    let total_records = created.jobs.len();
    match behavior.generation {
        PrivacyGeneration::Seed => {
            let jobs = CreatedJob::list(created, SubjectIn2020::new);
            // 1 in every sample there is.
            let body = CreatedIn2020 { jobs, request_status: 1, total_records };
            json_response(StatusCode::ACCEPTED, &body)
        }
        PrivacyGeneration::Openapi => {
            let jobs = CreatedJob::list(created, SubjectSince2021::new);
            let request_id = created.request_id.as_str();
            let body = CreatedSince2021 { request_id, total_records, jobs };
            json_response(StatusCode::ACCEPTED, &body)
        }
    }
}

/// What describes that answer.
pub(super) const fn created_schema(generation: PrivacyGeneration) -> Describe {
    match generation {
        PrivacyGeneration::Seed => schemas::of::<CreatedIn2020<'_>>(),
        PrivacyGeneration::Openapi => schemas::of::<CreatedSince2021<'_>>(),
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Created", deny_unknown_fields)]
struct CreatedIn2020<'a> {
    jobs: Vec<CreatedJob<SubjectIn2020<'a>>>,
    request_status: u8,
    #[schemars(range(min = 1))]
    total_records: usize,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Created", deny_unknown_fields)]
struct CreatedSince2021<'a> {
    request_id: &'a str,
    #[schemars(range(min = 1))]
    total_records: usize,
    jobs: Vec<CreatedJob<SubjectSince2021<'a>>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct CreatedJob<S> {
    job_id: Uuid,
    customer: Customer<S>,
    /// Of a child.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_job_id: Option<Uuid>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct Customer<S> {
    user: S,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct SubjectIn2020<'a> {
    key: &'a str,
    action: [Action; 1],
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct SubjectSince2021<'a> {
    key: &'a str,
    action: [Action; 1],
    #[serde(rename = "userIDs")]
    user_ids: &'a [Identity],
}

/// What the list and a single job both show.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct Basics<'a> {
    job_id: Uuid,
    request_id: &'a str,
    user_key: &'a str,
    action: Action,
    status: JobStatus,
    submitted_by: &'a str,
    #[schemars(regex(pattern = DATE))]
    created_date: String,
    #[schemars(regex(pattern = DATE))]
    last_modified_date: String,
}

impl<S> CreatedJob<S> {
    fn list<'a>(created: &'a CreatedJobs, subject: impl Fn(&'a NewJob) -> S) -> Vec<Self> {
        let job = |job: &'a NewJob| Self {
            job_id: job.job_id,
            customer: Customer { user: subject(job) },
            root_job_id: created.parent,
        };
        created.jobs.iter().map(job).collect()
    }
}

impl<'a> SubjectIn2020<'a> {
    fn new(job: &'a NewJob) -> Self {
        Self { key: &job.user_key, action: [job.action] }
    }
}

impl<'a> SubjectSince2021<'a> {
    fn new(job: &'a NewJob) -> Self {
        Self { key: &job.user_key, action: [job.action], user_ids: &job.identities }
    }
}

impl<'a> Basics<'a> {
    fn new(job: &'a PrivacyJob) -> Self {
        Self {
            job_id: job.job_id,
            request_id: job.request_id.as_str(),
            user_key: &job.user_key,
            action: job.action,
            status: job.status,
            submitted_by: &job.submitted_by,
            created_date: job.created.to_privacy(),
            last_modified_date: job.last_modified.to_privacy(),
        }
    }
}

/// The answer to a list call.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "JobList", deny_unknown_fields)]
pub(super) struct List<'a> {
    #[schemars(range(min = 0))]
    total_records: i64,
    job_details: Vec<Basics<'a>>,
}

impl<'a> List<'a> {
    pub(super) fn new(page: &'a JobPage) -> Self {
        Self { total_records: page.total, job_details: page.jobs.iter().map(Basics::new).collect() }
    }
}

/// The answer to a read call, the absolute URL of the jobs being `base`
/// (`docs/reference/privacy-service.md` §4).
pub(super) fn job(
    behavior: &PrivacyBehavior,
    base: &str,
    job: &PrivacyJob,
    children: &[PrivacyJob],
) -> Result<HttpResponse, Failure> {
    match behavior.download {
        PrivacyDownload::Documented => {
            json_response(StatusCode::OK, &Job::<DownloadAsDocumented>::new(base, job, children))
        }
        PrivacyDownload::Specified => {
            json_response(StatusCode::OK, &Job::<DownloadAsSpecified>::new(base, job, children))
        }
    }
}

/// What describes that answer.
pub(super) const fn job_schema(download: PrivacyDownload) -> Describe {
    match download {
        PrivacyDownload::Documented => schemas::of::<Job<'_, DownloadAsDocumented>>(),
        PrivacyDownload::Specified => schemas::of::<Job<'_, DownloadAsSpecified>>(),
    }
}

/// A job with all there is.
// `D` is the member that says where its result is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Job", deny_unknown_fields)]
struct Job<'a, D> {
    #[serde(flatten)]
    basics: Basics<'a>,
    user_ids: &'a [Identity],
    product_responses: Vec<OfProduct<'a>>,
    #[serde(flatten)]
    download: D,
    regulation: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    child_jobs: Vec<Self>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct DownloadAsDocumented {
    /// Where the result of a complete access job is.
    #[serde(rename = "downloadURL", skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct DownloadAsSpecified {
    /// Where the result of a complete access job is.
    #[serde(rename = "downloadUrl", skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl From<Option<String>> for DownloadAsDocumented {
    fn from(url: Option<String>) -> Self {
        Self { url }
    }
}

impl From<Option<String>> for DownloadAsSpecified {
    fn from(url: Option<String>) -> Self {
        Self { url }
    }
}

impl<'a, D: From<Option<String>>> Job<'a, D> {
    fn new(base: &str, job: &'a PrivacyJob, children: &'a [PrivacyJob]) -> Self {
        let url = job.has_content().then(|| format!("{base}/{}/content", job.job_id));
        Self {
            basics: Basics::new(job),
            user_ids: &job.identities,
            product_responses: job.products.iter().map(OfProduct::new).collect(),
            download: url.into(),
            regulation: job.regulation.as_str(),
            child_jobs: children.iter().map(|child| Self::new(base, child, &[])).collect(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct OfProduct<'a> {
    product: &'a str,
    #[schemars(range(min = 0))]
    retry_count: i64,
    processed_date: String,
    product_status_response: ProductStatus<'a>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ProductStatus<'a> {
    status: JobStatus,
    message: &'static str,
    /// From the product's last word on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^PRVCY-[0-9]{4}-[0-9]{3}$"))]
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
