//! Privacy jobs: look at them with their history, move them, have them fail, and decide what moves them.

use std::cmp::Reverse;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::error::Failure;
use super::super::response::{json_response, sorted_json_response};
use super::polling::{PollResult, Timeout, poll_until};
use super::request::{ControlRequest, Limit, read_duration};
use crate::domain::{
    Error, Identity, JobOrigin, JobStatus, MAGIC, MAGIC_DOMAINS, MESSAGE_STATUSES, PrivacyJob,
    Progression, ResponseCode, Results, Timestamp,
};
use crate::service::{JobDelays, JobFailure, NamedJob, Tenant};

/// Where jobs are shown.
pub(super) const SHOWN_AT: &str = "/__admin/jobs";

#[derive(Deserialize, JsonSchema)]
pub(super) struct JobsQuery {
    org: Option<String>,
    #[schemars(with = "Option<JobStatus>")]
    status: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Jobs", deny_unknown_fields)]
pub(super) struct JobsBody<'a> {
    /// Null for those of all orgs.
    org: Option<&'a str>,
    jobs: Vec<JobBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Job", deny_unknown_fields)]
pub(super) struct JobBody<'a> {
    job_id: Uuid,
    org: &'a str,
    request_id: &'a str,
    /// `request` to Privacy Service, opt-out `change`, or privacy request of Campaign's own (`record`).
    #[schemars(extend("enum" = ["request", "change", "record"]))]
    origin: &'static str,
    parent: Option<Uuid>,
    user_key: &'a str,
    action: &'static str,
    regulation: &'static str,
    status: JobStatus,
    submitted_by: &'a str,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    last_modified_at: String,
    /// When it moves by itself; null when nothing but reads or this API moves it.
    #[schemars(extend("format" = "date-time"))]
    next_move_at: Option<String>,
    /// When it goes; null until it is done.
    #[schemars(extend("format" = "date-time"))]
    expires_at: Option<String>,
    identities: &'a [Identity],
    products: Vec<ProductBody<'a>>,
    history: Vec<TransitionBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ProductBody<'a> {
    product: &'a str,
    status: JobStatus,
    #[schemars(range(min = 0))]
    retry_count: i64,
    code: Option<&'static str>,
    detail: Option<&'a str>,
    results: Option<&'a Results>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct TransitionBody<'a> {
    /// Null for the job itself.
    product: Option<&'a str>,
    status: JobStatus,
    #[schemars(extend("format" = "date-time"))]
    at: String,
    why: &'a str,
}

/// Where a job comes from, in a word.
pub(super) const fn origin(origin: JobOrigin) -> &'static str {
    match origin {
        JobOrigin::Request => "request",
        JobOrigin::Change(_) => "change",
        JobOrigin::Record(_) => "record",
    }
}

impl<'a> JobBody<'a> {
    fn new(tenant: &'a Tenant, job: &'a PrivacyJob) -> Self {
        let products = job.products.iter().map(|response| ProductBody {
            product: &response.product,
            status: response.status,
            retry_count: response.retry_count,
            code: response.outcome.as_ref().map(|outcome| outcome.code.as_str()),
            detail: response.outcome.as_ref().map(|outcome| outcome.detail.as_str()),
            results: response.outcome.as_ref().and_then(|outcome| outcome.results.as_ref()),
        });
        let history = job.history.iter().map(|one| TransitionBody {
            product: one.product.as_deref(),
            status: one.status,
            at: one.at.to_rfc3339(),
            why: &one.why,
        });
        Self {
            job_id: job.job_id,
            org: tenant.name.as_str(),
            request_id: job.request_id.as_str(),
            origin: origin(job.origin),
            parent: job.parent,
            user_key: &job.user_key,
            action: job.action.as_str(),
            regulation: job.regulation.as_str(),
            status: job.status,
            submitted_by: &job.submitted_by,
            created_at: job.created.to_rfc3339(),
            last_modified_at: job.last_modified.to_rfc3339(),
            next_move_at: job.due().map(Timestamp::to_rfc3339),
            expires_at: job.expires.map(Timestamp::to_rfc3339),
            identities: &job.identities,
            products: products.collect(),
            history: history.collect(),
        }
    }
}

/// `GET /__admin/jobs[?org=…][&status=…][&limit=…]`: the newest jobs with their history, also those of
/// Campaign's own privacy requests.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: JobsQuery = request.query()?;
    let status = query.status.as_deref().map(status).transpose()?;
    let (tenants, limit) = (request.tenants(query.org.as_deref()).await?, query.limit);
    let mut found = Vec::new();
    for tenant in &tenants {
        let newest = request.services().newest_jobs(tenant, status, limit.get())?;
        found.extend(newest.into_iter().map(|job| (tenant, job)));
    }
    if query.org.is_none() {
        found.sort_by_key(|(_, job)| Reverse(job.created));
    }
    let jobs = found.iter().take(limit.most()).map(|(tenant, job)| JobBody::new(tenant, job));
    let body = JobsBody { org: query.org.as_deref(), jobs: jobs.collect() };
    sorted_json_response(StatusCode::OK, &body)
}

fn status(word: &str) -> Result<JobStatus, Error> {
    JobStatus::parse(word).ok_or_else(|| {
        let text = "status is submitted, processing, complete or error.";
        Error::RequestInvalid(text.to_owned())
    })
}

/// `GET /__admin/jobs/{jobId}[?org=…]`: a job, of any org if none is named. It does not count as a read.
pub(super) async fn read(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let named = named_job(&request, request.segment("job_id"), request.org_param()?).await?;
    shown(&request, &named)
}

fn shown(request: &ControlRequest, named: &NamedJob) -> Result<HttpResponse, Failure> {
    let (tenant, job) = request.services().named_job(named)?;
    json_response(StatusCode::OK, &JobBody::new(&tenant, &job))
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WaitQuery {
    org: Option<String>,
    #[schemars(with = "Uuid")]
    job_id: String,
    #[schemars(with = "Option<JobStatus>")]
    status: Option<String>,
    timeout: Option<Timeout>,
}

/// `GET /__admin/jobs/wait?jobId=…[&org=…][&status=…][&timeout=10s]`: the job once it is in that state, or done if
/// none is named; 408 when that takes longer, in real time.
pub(super) async fn wait(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: WaitQuery = request.query()?;
    let named = named_job(&request, &query.job_id, query.org).await?;
    let wanted = query.status.as_deref().map(status).transpose()?;
    let look = || {
        let (_, job) = request.services().named_job(&named)?;
        let is_final = job.status.is_final();
        Ok(match wanted.map_or(is_final, |wanted| job.status == wanted) {
            true => PollResult::Reached(()),
            // It will never be in a state that lies behind it.
            false if is_final => PollResult::Never,
            false => PollResult::NotYet,
        })
    };
    poll_until(query.timeout, SHOWN_AT, look).await?;
    shown(&request, &named)
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Drained", deny_unknown_fields)]
pub(super) struct DrainedBody {
    /// How many jobs.
    drained: usize,
}

/// `POST /__admin/jobs/drain[?org=…]`: brings the jobs of the org, or of all, to their end.
pub(super) async fn drain(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let mut drained = 0;
    for tenant in &request.changed_tenants().await? {
        drained += request.services().drain_jobs(tenant).await?;
    }
    json_response(StatusCode::OK, &DrainedBody { drained })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Advance")]
pub(super) struct AdvanceBody {
    #[serde(default = "one")]
    #[schemars(range(max = u32::MAX))]
    moves: u32,
}

const fn one() -> u32 {
    1
}

/// `POST /__admin/jobs/{jobId}/advance[?org=…]` `{"moves": 1}`: makes the next moves of a job. A move brings one
/// product on by one state.
pub(super) async fn advance(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let AdvanceBody { moves } = request.body()?;
    let named = changed_job(&request).await?;
    request.services().advance_job(&named, moves).await?;
    shown(&request, &named)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Failing")]
pub(super) struct FailBody {
    product: Option<String>,
    code: Option<String>,
    detail: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Advanced", deny_unknown_fields)]
pub(super) struct AdvancedBody {
    /// How many jobs.
    advanced: usize,
}

/// `POST /__admin/jobs/advance[?org=…]` `{"moves": 1}`: makes the next moves of every job of the org, or of all, that
/// is not done.
pub(super) async fn advance_all(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let AdvanceBody { moves } = request.body()?;
    let mut advanced = 0;
    for tenant in &request.changed_tenants().await? {
        advanced += request.services().advance_jobs(tenant, moves).await?;
    }
    json_response(StatusCode::OK, &AdvancedBody { advanced })
}

/// `POST /__admin/jobs/{jobId}/fail[?org=…]` `{"product", "code", "detail"}`, all of them optional: ends a
/// product, or all that are not done, in `error`.
pub(super) async fn fail(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let FailBody { product, code, detail } = request.body()?;
    let code = code.as_deref().unwrap_or(ResponseCode::JobFailure.as_str());
    let code = ResponseCode::parse(code).filter(|code| code.is_error()).ok_or_else(|| {
        let text = "code is one of the PRVCY- codes that end in -400.";
        Error::RequestInvalid(text.to_owned())
    })?;
    let named = changed_job(&request).await?;
    request.services().fail_job(&named, JobFailure { product, code, detail }).await?;
    shown(&request, &named)
}

/// The job to change that the path names, of the org that the query names.
async fn changed_job(request: &ControlRequest) -> Result<NamedJob, Error> {
    let id = job_id(request.segment("job_id"))?;
    Ok(NamedJob { tenant: request.changed_tenant_param().await?, id })
}

fn job_id(text: &str) -> Result<Uuid, Error> {
    Uuid::try_parse(text)
        .map_err(|_| Error::JobMissing(format!("'{text}' is not the id of a job.")))
}

/// The job of that id, of that org if one is named.
async fn named_job(
    request: &ControlRequest,
    id: &str,
    org: Option<String>,
) -> Result<NamedJob, Error> {
    let id = job_id(id)?;
    let tenant = match org {
        Some(org) => Some(request.services().make_tenant(&org).await?),
        None => None,
    };
    Ok(NamedJob { tenant, id })
}

/// What moves an org's jobs, as it is sent and answered; durations are written `1s`, `250ms`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Transitions")]
pub(super) struct TransitionsBody {
    #[schemars(extend("enum" = ["immediate", "timed", "polls", "held"]))]
    pub(super) progression: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = "1h 30m")]
    submitted: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = "1h 30m")]
    processing: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reads: Option<NonZeroU32>,
}

impl From<Progression> for TransitionsBody {
    fn from(progression: Progression) -> Self {
        let plain = |word: &str| Self {
            progression: word.to_owned(),
            submitted: None,
            processing: None,
            reads: None,
        };
        let text = |duration: Duration| Some(format!("{}ms", duration.as_millis()));
        match progression {
            Progression::Immediate => plain("immediate"),
            Progression::Held => plain("held"),
            Progression::Polls { reads } => {
                Self { reads: NonZeroU32::new(reads), ..plain("polls") }
            }
            Progression::Timed { submitted, processing } => {
                Self { submitted: text(submitted), processing: text(processing), ..plain("timed") }
            }
        }
    }
}

impl TransitionsBody {
    /// The progression it describes; times that it leaves out are those of `delays`.
    fn read(self, delays: JobDelays) -> Result<Progression, Error> {
        let span =
            |text: Option<String>, or: Duration| text.map_or(Ok(or), |text| read_duration(&text));
        Ok(match self.progression.as_str() {
            "immediate" => Progression::Immediate,
            "held" => Progression::Held,
            "polls" => Progression::Polls { reads: self.reads.map_or(1, NonZeroU32::get) },
            "timed" => Progression::Timed {
                submitted: span(self.submitted, delays.submitted)?,
                processing: span(self.processing, delays.processing)?,
            },
            other => {
                return Err(Error::RequestInvalid(format!(
                    "progression is immediate, timed, polls or held, not '{other}'."
                )));
            }
        })
    }
}

/// `GET /__admin/jobs/transitions?org=…`: what moves the org's jobs.
pub(super) async fn transitions(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let progression = request.services().progression(&*request.tenant().await?)?;
    json_response(StatusCode::OK, &TransitionsBody::from(progression))
}

/// `PUT /__admin/jobs/transitions?org=…` `{"progression": "immediate" | "timed" | "polls" | "held"}`, with
/// `submitted` and `processing` for `timed` and `reads` for `polls`: sets what moves the org's jobs, those
/// under way included.
pub(super) async fn set_transitions(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let asked: TransitionsBody = request.body()?;
    set(&request, Some(asked)).await
}

/// `DELETE /__admin/jobs/transitions?org=…`: what moves the org's jobs is what is configured again.
pub(super) async fn reset_transitions(request: ControlRequest) -> Result<HttpResponse, Failure> {
    set(&request, None).await
}

async fn set(
    request: &ControlRequest,
    asked: Option<TransitionsBody>,
) -> Result<HttpResponse, Failure> {
    let (services, tenant) = (request.services(), request.changed_tenant().await?);
    let delays = services.delays(&tenant)?;
    let progression = asked.map(|asked| asked.read(delays)).transpose()?;
    let progression = services.set_progression(&tenant, progression).await?;
    json_response(StatusCode::OK, &TransitionsBody::from(progression))
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Magic", deny_unknown_fields)]
pub(super) struct MagicBody {
    #[schemars(length(min = 1))]
    domains: &'static [&'static str],
    #[schemars(length(min = 1))]
    identities: Vec<MagicIdentityBody>,
    /// Local parts that decide in which state a message ends.
    #[schemars(length(min = 1))]
    message_statuses: &'static [&'static str],
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct MagicIdentityBody {
    local_part: &'static str,
    effect: &'static str,
}

/// `GET /__admin/magic`: the identities that decide how a job goes, or in which state a message ends.
pub(super) async fn magic(_: ControlRequest) -> Result<HttpResponse, Failure> {
    let identities = MAGIC
        .iter()
        .map(|form| MagicIdentityBody { local_part: form.local_part, effect: form.effect })
        .collect();
    let body =
        MagicBody { domains: &MAGIC_DOMAINS, identities, message_statuses: &MESSAGE_STATUSES };
    sorted_json_response(StatusCode::OK, &body)
}
