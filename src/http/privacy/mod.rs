//! Privacy Service, on two bases with the same behaviour: create jobs, read one, list them
//! (`reference/privacy-service.md` §3–§6).

mod shapes;

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Query};
use uuid::Uuid;

use super::{Call, Failure, json};
use crate::domain::{Error, PrivacyRequest, Regulation};

/// The base since January 2020.
pub(super) const JOBS: &str = "/data/core/privacy/jobs";
/// The base before; the seed's opt-out sample still uses it.
pub(super) const GDPR: &str = "/data/privacy/gdpr";

/// Most jobs on a page of the list (`reference/privacy-service.md` §5, seed).
const LARGEST_PAGE: i64 = 100;

/// POST on the base.
pub(super) async fn create(call: Call, body: Bytes) -> HttpResponse {
    let result = create_jobs(&call, &body).await;
    answer(&call, result)
}

/// GET on the base.
pub(super) async fn list(call: Call) -> HttpResponse {
    answer(&call, list_jobs(&call))
}

/// GET of one job.
pub(super) async fn read(call: Call) -> HttpResponse {
    answer(&call, read_job(&call))
}

/// GET of what an access job found.
pub(super) async fn content(call: Call) -> HttpResponse {
    answer(&call, read_content(&call))
}

/// Any other verb on the base.
pub(super) async fn method_not_allowed_on_jobs(call: Call) -> HttpResponse {
    answer(&call, Err(Failure::MethodNotAllowed("GET, POST, OPTIONS")))
}

/// Any other verb on a job.
pub(super) async fn method_not_allowed_on_job(call: Call) -> HttpResponse {
    answer(&call, Err(Failure::MethodNotAllowed("GET, OPTIONS")))
}

/// A path of that host which no service owns.
pub(super) async fn unknown_path(call: Call) -> HttpResponse {
    answer(&call, Err(Failure::UnknownPath))
}

fn answer(call: &Call, result: Result<HttpResponse, Failure>) -> HttpResponse {
    super::answer(call.api.surface_of(call.request.path()), result)
}

async fn create_jobs(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let request = PrivacyRequest::parse(body, &admitted.tenant.ims_org)?;
    let submitted_by = admitted.caller.technical_account.as_deref();
    let jobs = call.api.services.create_jobs(&admitted.tenant, request, submitted_by).await?;
    json(StatusCode::ACCEPTED, &shapes::Created::new(&jobs))
}

fn list_jobs(call: &Call) -> Result<HttpResponse, Failure> {
    let query = Query::<HashMap<String, String>>::from_query(call.request.query_string())
        .map_err(|fault| Error::RequestInvalid(format!("The query is malformed: {fault}.")))?;
    let regulation = query.get("regulation").and_then(|word| Regulation::parse(word));
    let regulation = regulation.ok_or(Error::RegulationInvalid)?;
    let page = number(&query, "page", 0, 0)?;
    let size = number(&query, "size", 1, 1)?;
    if size > LARGEST_PAGE {
        return Err(Error::PageSizeExceeded.into());
    }
    let admitted = call.admitted()?;
    let found = call.api.services.jobs(&admitted.tenant, regulation, page, size)?;
    json(StatusCode::OK, &shapes::List::new(&found))
}

fn read_job(call: &Call) -> Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let job = call.api.services.job(&admitted.tenant, job_id(call)?)?;
    let base = call.api.base_url(call.request.headers());
    json(StatusCode::OK, &shapes::Job::new(&job, &format!("{base}{JOBS}")))
}

fn read_content(call: &Call) -> Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let archive = call.api.services.job_content(&admitted.tenant, job_id(call)?)?;
    Ok(HttpResponse::Ok().content_type("application/zip").body(archive))
}

fn job_id(call: &Call) -> Result<Uuid, Error> {
    let id = call.request.match_info().get("job_id").unwrap_or_default();
    Uuid::try_parse(id).map_err(|_| Error::RequestInvalid("Invalid ID format".to_owned()))
}

fn number(
    query: &HashMap<String, String>,
    name: &str,
    default: i64,
    least: i64,
) -> Result<i64, Error> {
    let Some(text) = query.get(name) else { return Ok(default) };
    text.parse().ok().filter(|number| *number >= least).ok_or_else(|| {
        Error::RequestInvalid(format!("{name} must be a whole number from {least}."))
    })
}
