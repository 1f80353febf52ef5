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
        PrivacyGeneration::Seed | PrivacyGeneration::Today => {
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
        PrivacyGeneration::Seed | PrivacyGeneration::Today => schemas::of::<CreatedIn2020<'_>>(),
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

/// How a job is shown.
pub(super) struct JobView<'v> {
    /// The member that says where its result is.
    pub(super) download: PrivacyDownload,
    /// Whether products answer as in 2019.
    pub(super) of_2019: bool,
    /// Where the result of a job is, if it has one.
    pub(super) address: &'v dyn Fn(&PrivacyJob) -> Option<String>,
}

impl JobView<'_> {
    /// The answer to a read call (`docs/reference/privacy-service.md` §4).
    pub(super) fn answer(
        &self,
        job: &PrivacyJob,
        children: &[PrivacyJob],
    ) -> Result<HttpResponse, Failure> {
        type Documented = DownloadAsDocumented;
        type Specified = DownloadAsSpecified;
        match (self.download, self.of_2019) {
            (PrivacyDownload::Documented, false) => {
                self.shown::<Documented, AnswerSince2021<'_>>(job, children)
            }
            (PrivacyDownload::Documented, true) => {
                self.shown::<Documented, AnswerOf2019<'_>>(job, children)
            }
            (PrivacyDownload::Specified, false) => {
                self.shown::<Specified, AnswerSince2021<'_>>(job, children)
            }
            (PrivacyDownload::Specified, true) => {
                self.shown::<Specified, AnswerOf2019<'_>>(job, children)
            }
        }
    }

    fn shown<'a, D, P>(
        &self,
        job: &'a PrivacyJob,
        children: &'a [PrivacyJob],
    ) -> Result<HttpResponse, Failure>
    where
        D: From<Option<String>> + Serialize,
        P: ProductAnswer<'a> + Serialize,
    {
        json_response(StatusCode::OK, &Job::<D, P>::new(self.address, job, children))
    }
}

/// What describes that answer.
pub(super) const fn job_schema(download: PrivacyDownload, of_2019: bool) -> Describe {
    match (download, of_2019) {
        (PrivacyDownload::Documented, false) => {
            schemas::of::<Job<'_, DownloadAsDocumented, AnswerSince2021<'_>>>()
        }
        (PrivacyDownload::Documented, true) => {
            schemas::of::<Job<'_, DownloadAsDocumented, AnswerOf2019<'_>>>()
        }
        (PrivacyDownload::Specified, false) => {
            schemas::of::<Job<'_, DownloadAsSpecified, AnswerSince2021<'_>>>()
        }
        (PrivacyDownload::Specified, true) => {
            schemas::of::<Job<'_, DownloadAsSpecified, AnswerOf2019<'_>>>()
        }
    }
}

/// A job with all there is.
// `D` is the member that says where its result is, `P` what a product answers.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Job{P}", deny_unknown_fields)]
struct Job<'a, D, P> {
    #[serde(flatten)]
    basics: Basics<'a>,
    user_ids: &'a [Identity],
    product_responses: Vec<OfProduct<'a, P>>,
    #[serde(flatten)]
    download: D,
    regulation: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    child_jobs: Vec<Self>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct DownloadAsDocumented {
    /// Where the result of a complete job is.
    #[serde(rename = "downloadURL", skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct DownloadAsSpecified {
    /// Where the result of a complete job is.
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

impl<'a, D: From<Option<String>>, P: ProductAnswer<'a>> Job<'a, D, P> {
    fn new(
        address: &dyn Fn(&PrivacyJob) -> Option<String>,
        job: &'a PrivacyJob,
        children: &'a [PrivacyJob],
    ) -> Self {
        Self {
            basics: Basics::new(job),
            user_ids: &job.identities,
            product_responses: job.products.iter().map(|one| OfProduct::new(job, one)).collect(),
            download: address(job).into(),
            regulation: job.regulation.as_str(),
            child_jobs: children.iter().map(|child| Self::new(address, child, &[])).collect(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct OfProduct<'a, P> {
    product: &'a str,
    #[schemars(range(min = 0))]
    retry_count: i64,
    processed_date: String,
    product_status_response: P,
}

impl<'a, P: ProductAnswer<'a>> OfProduct<'a, P> {
    fn new(job: &'a PrivacyJob, response: &'a ProductResponse) -> Self {
        Self {
            product: response.name(),
            retry_count: response.retry_count,
            processed_date: response.processed.unwrap_or(job.last_modified).to_privacy(),
            product_status_response: P::new(job, response),
        }
    }
}

/// What a product answers to its part of a job.
trait ProductAnswer<'a> {
    fn new(job: &'a PrivacyJob, response: &'a ProductResponse) -> Self;
}

/// What a product says: until it has finished, that it is at work.
fn message(response: &ProductResponse) -> &'static str {
    response.outcome.as_ref().map_or("processing", |outcome| outcome.code.message())
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, rename = "", deny_unknown_fields)]
struct AnswerSince2021<'a> {
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

impl<'a> ProductAnswer<'a> for AnswerSince2021<'a> {
    fn new(_: &'a PrivacyJob, response: &'a ProductResponse) -> Self {
        let outcome = response.outcome.as_ref();
        Self {
            status: response.status,
            message: message(response),
            response_msg_code: outcome.map(|outcome| outcome.code.as_str()),
            response_msg_detail: outcome.map(|outcome| outcome.detail.as_str()),
            results: outcome.and_then(|outcome| outcome.results.as_ref()),
        }
    }
}

/// As products answered on the base of 2019 (`docs/reference/privacy-service.md` §4.2).
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, rename = "Of2019", deny_unknown_fields)]
struct AnswerOf2019<'a> {
    status: JobStatus,
    /// From the product's last word on, if it has done its work.
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<ResultsOf2019<'a>>,
    message: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ResultsOf2019<'a> {
    user_contexts: Vec<UserContext<'a>>,
    receipt_data: ReceiptData,
}

/// An identity that the product has worked on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct UserContext<'a> {
    namespace: &'a str,
    /// 0 where the namespace has none.
    namespace_id: i64,
    value: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ReceiptData {
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    message: &'static str,
}

impl<'a> ProductAnswer<'a> for AnswerOf2019<'a> {
    fn new(job: &'a PrivacyJob, response: &'a ProductResponse) -> Self {
        let worked_on =
            response.outcome.iter().flat_map(|outcome| outcome.worked_on(&job.identities));
        let user_contexts: Vec<_> = worked_on.map(UserContext::new).collect();
        let results = (!user_contexts.is_empty()).then(|| ResultsOf2019 {
            user_contexts,
            receipt_data: ReceiptData {
                created_at: response.processed.unwrap_or(job.last_modified).to_rfc3339(),
                message: "Data summary",
            },
        });
        Self { status: response.status, results, message: message(response) }
    }
}

impl<'a> UserContext<'a> {
    fn new(identity: &'a Identity) -> Self {
        Self {
            namespace: &identity.namespace,
            namespace_id: identity.namespace_id.unwrap_or(0),
            value: &identity.value,
            kind: &identity.kind,
        }
    }
}
