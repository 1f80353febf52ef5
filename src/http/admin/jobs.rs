//! Privacy jobs: look at them with their history, move them, have them fail, and decide what moves them.

use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Call, Failure, Surface, answer, body, check_local, limit, query};
use crate::domain::{
    Error, Identity, JobOrigin, JobStatus, MAGIC, PrivacyJob, Progression, ResponseCode, Results,
    Timestamp, parse_duration,
};
use crate::http::json as answer_json;
use crate::service::{Failing, JobDelays, Tenant};

#[derive(Deserialize)]
struct JobsQuery {
    org: String,
    status: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobBody<'a> {
    job_id: String,
    org: &'a str,
    request_id: &'a str,
    /// `request` to Privacy Service, opt-out `change`, or privacy request of Campaign's own (`record`).
    origin: &'static str,
    parent: Option<String>,
    user_key: &'a str,
    action: &'static str,
    regulation: &'static str,
    status: JobStatus,
    submitted_by: &'a str,
    created_at: String,
    last_modified_at: String,
    /// When it moves by itself; null when nothing but reads or this API moves it.
    next_move_at: Option<String>,
    /// When it goes; null until it is done.
    expires_at: Option<String>,
    identities: &'a [Identity],
    products: Vec<ProductBody<'a>>,
    history: Vec<TransitionBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductBody<'a> {
    product: &'a str,
    status: JobStatus,
    retry_count: i64,
    code: Option<&'static str>,
    detail: Option<&'a str>,
    results: Option<&'a Results>,
}

#[derive(Serialize)]
struct TransitionBody<'a> {
    /// Null for the job itself.
    product: Option<&'a str>,
    status: JobStatus,
    at: String,
    why: &'a str,
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
            job_id: job.job_id.to_string(),
            org: tenant.name.as_str(),
            request_id: job.request_id.as_str(),
            origin: match job.origin {
                JobOrigin::Request => "request",
                JobOrigin::Change(_) => "change",
                JobOrigin::Record(_) => "record",
            },
            parent: job.parent.map(|parent| parent.to_string()),
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

/// `GET /__admin/jobs?org=…[&status=…][&limit=…]`: the newest jobs with their history, also those of
/// Campaign's own privacy requests.
pub(in crate::http) async fn jobs(call: Call) -> HttpResponse {
    answer(Surface::Own, newest(&call))
}

fn newest(call: &Call) -> Result<HttpResponse, Failure> {
    check_local(call)?;
    let query: JobsQuery = query(call)?;
    let status = match &query.status {
        None => None,
        Some(word) => Some(JobStatus::parse(word).ok_or_else(|| {
            let text = "status is submitted, processing, complete or error.";
            Error::RequestInvalid(text.to_owned())
        })?),
    };
    let services = &call.api.services;
    let tenant = services.existing_tenant(&query.org)?;
    let found = services.newest_jobs(&tenant, status, limit(query.limit))?;
    let jobs: Vec<_> = found.iter().map(|job| JobBody::new(&tenant, job)).collect();
    answer_json(StatusCode::OK, &json!({"org": tenant.name.as_str(), "jobs": jobs}))
}

/// `GET /__admin/jobs/{jobId}`: a job of whichever org. It does not count as a read.
pub(in crate::http) async fn job(call: Call) -> HttpResponse {
    let result = check_local(&call).and_then(|()| {
        let (tenant, job) = call.api.services.job_anywhere(job_id(&call)?)?;
        answer_json(StatusCode::OK, &JobBody::new(&tenant, &job))
    });
    answer(Surface::Own, result)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceBody {
    #[serde(default = "one")]
    moves: u32,
}

const fn one() -> u32 {
    1
}

/// `POST /__admin/jobs/{jobId}/advance` `{"moves": 1}`: makes the next moves of a job. A move brings one
/// product on by one state.
pub(in crate::http) async fn advance(call: Call, sent: Bytes) -> HttpResponse {
    let result = async {
        check_local(&call)?;
        let AdvanceBody { moves } = body(&call, &sent)?;
        let job_id = job_id(&call)?;
        let job = call.api.services.advance_job(job_id, moves).await?;
        moved(&call, &job)
    };
    answer(Surface::Own, result.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FailBody {
    product: Option<String>,
    code: Option<String>,
    detail: Option<String>,
}

/// `POST /__admin/jobs/{jobId}/fail` `{"product", "code", "detail"}`, all of them optional: ends a
/// product, or all that are not done, in `error`.
pub(in crate::http) async fn fail(call: Call, sent: Bytes) -> HttpResponse {
    let result = async {
        check_local(&call)?;
        let FailBody { product, code, detail } = body(&call, &sent)?;
        let code = code.as_deref().unwrap_or(ResponseCode::JobFailure.as_str());
        let code = ResponseCode::parse(code).filter(|code| code.is_error()).ok_or_else(|| {
            let text = "code is one of the PRVCY- codes that end in -400.";
            Error::RequestInvalid(text.to_owned())
        })?;
        let failing = Failing { product, code, detail };
        let job = call.api.services.fail_job(job_id(&call)?, failing).await?;
        moved(&call, &job)
    };
    answer(Surface::Own, result.await)
}

fn moved(call: &Call, job: &PrivacyJob) -> Result<HttpResponse, Failure> {
    let (tenant, _) = call.api.services.job_anywhere(job.job_id)?;
    answer_json(StatusCode::OK, &JobBody::new(&tenant, job))
}

fn job_id(call: &Call) -> Result<Uuid, Error> {
    let id = call.request.match_info().get("job_id").unwrap_or_default();
    Uuid::try_parse(id).map_err(|_| Error::JobMissing(format!("'{id}' is not the id of a job.")))
}

#[derive(Deserialize)]
struct OrgQuery {
    org: String,
}

/// What moves an org's jobs, as it is sent and answered; durations are written `1s`, `250ms`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TransitionsBody {
    progression: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submitted: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
        let span = |text: Option<String>, or: Duration| match text {
            None => Ok(or),
            Some(text) => parse_duration(&text)
                .and_then(|span| Duration::try_from(span).map_err(|fault| fault.to_string()))
                .map_err(Error::RequestInvalid),
        };
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
pub(in crate::http) async fn transitions(call: Call) -> HttpResponse {
    let result = check_local(&call).and_then(|()| {
        let services = &call.api.services;
        let tenant = services.existing_tenant(&query::<OrgQuery>(&call)?.org)?;
        let progression = services.progression(&tenant)?;
        answer_json(StatusCode::OK, &TransitionsBody::from(progression))
    });
    answer(Surface::Own, result)
}

/// `PUT /__admin/jobs/transitions?org=…` `{"progression": "immediate" | "timed" | "polls" | "held"}`, with
/// `submitted` and `processing` for `timed` and `reads` for `polls`: sets what moves the org's jobs, those
/// under way included.
pub(in crate::http) async fn set_transitions(call: Call, sent: Bytes) -> HttpResponse {
    let result = async {
        check_local(&call)?;
        let asked: TransitionsBody = body(&call, &sent)?;
        set(&call, Some(asked)).await
    };
    answer(Surface::Own, result.await)
}

/// `DELETE /__admin/jobs/transitions?org=…`: what moves the org's jobs is what is configured again.
pub(in crate::http) async fn reset_transitions(call: Call) -> HttpResponse {
    let result = async {
        check_local(&call)?;
        set(&call, None).await
    };
    answer(Surface::Own, result.await)
}

async fn set(call: &Call, asked: Option<TransitionsBody>) -> Result<HttpResponse, Failure> {
    let services = &call.api.services;
    let tenant = services.existing_tenant(&query::<OrgQuery>(call)?.org)?;
    let delays = services.delays(&tenant)?;
    let progression = asked.map(|asked| asked.read(delays)).transpose()?;
    let progression = services.set_progression(&tenant, progression).await?;
    answer_json(StatusCode::OK, &TransitionsBody::from(progression))
}

/// `GET /__admin/magic`: the identities that decide how a job goes.
pub(in crate::http) async fn magic(call: Call) -> HttpResponse {
    let result = check_local(&call).and_then(|()| {
        let forms: Vec<_> = MAGIC
            .iter()
            .map(|form| json!({"localPart": form.local_part, "effect": form.effect}))
            .collect();
        let domains = crate::domain::MAGIC_DOMAINS;
        answer_json(StatusCode::OK, &json!({"domains": domains, "identities": forms}))
    });
    answer(Surface::Own, result)
}
