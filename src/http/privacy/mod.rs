//! Privacy Service, on two bases with the same behaviour: create jobs and their children, read one, list
//! them, download what one found; and consents (`reference/privacy-service.md` §3–§7).

mod manners;
mod query;
mod shapes;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use uuid::Uuid;

use super::{Call, Failure, Surface, json};
use crate::domain::{ChildRequest, Consent, Error, PrivacyRequest};
use query::JobQuery;

pub use manners::{
    PageSizes, PrivacyDownload, PrivacyEmptyList, PrivacyGeneration, PrivacyManners, PrivacyPaging,
};

/// The base since January 2020.
pub(super) const JOBS: &str = "/data/core/privacy/jobs";
/// The base before; the seed's opt-out sample still uses it.
pub(super) const GDPR: &str = "/data/privacy/gdpr";
/// Where consents are sent.
pub(super) const CONSENT: &str = "/data/core/privacy/consent";

/// The hosts that serve nothing else.
pub(super) const HOSTS: [&str; 2] = ["platform.adobe.io", "platform-stage.adobe.io"];

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
    let result = read_job(&call).await;
    answer(&call, result)
}

/// POST of a child.
pub(super) async fn create_child(call: Call, body: Bytes) -> HttpResponse {
    let result = create_child_job(&call, &body).await;
    answer(&call, result)
}

/// GET of what an access job found.
pub(super) async fn content(call: Call) -> HttpResponse {
    answer(&call, read_content(&call))
}

/// POST of a consent.
pub(super) async fn consent(call: Call, body: Bytes) -> HttpResponse {
    let result = record_consent(&call, &body).await;
    answer(&call, result)
}

/// Any other verb on an address that takes GET and POST.
pub(super) async fn only_get_and_post(call: Call) -> HttpResponse {
    answer(&call, Err(Failure::MethodNotAllowed("GET, POST, OPTIONS")))
}

/// Any other verb on an address that takes GET.
pub(super) async fn only_get(call: Call) -> HttpResponse {
    answer(&call, Err(Failure::MethodNotAllowed("GET, OPTIONS")))
}

/// Any other verb on an address that takes POST.
pub(super) async fn only_post(call: Call) -> HttpResponse {
    answer(&call, Err(Failure::MethodNotAllowed("POST, OPTIONS")))
}

/// A path of these hosts which no service owns.
pub(super) async fn unknown_path(call: Call) -> HttpResponse {
    let surface = Surface::Privacy { path: call.request.path(), legacy: false };
    super::answer(surface, Err(Failure::UnknownPath))
}

fn answer(call: &Call, result: Result<HttpResponse, Failure>) -> HttpResponse {
    super::answer(call.api.surface_of(call.request.path()), result)
}

async fn create_jobs(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let (admitted, manners) = (call.admitted()?, &call.api.answers.privacy);
    let request = PrivacyRequest::parse(body, &admitted.tenant.ims_org, manners.regulations())?;
    let submitted_by = admitted.caller.technical_account.as_deref();
    let created =
        call.api.services.create_jobs(&admitted.tenant, request, submitted_by, None).await?;
    shapes::created(manners, &created)
}

async fn create_child_job(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let (admitted, parent) = (call.admitted()?, job_id(call)?);
    let request = ChildRequest::parse(body, parent)?;
    let (services, tenant) = (&call.api.services, &admitted.tenant);
    let submitted_by = admitted.caller.technical_account.as_deref();
    let created = services.create_child_job(tenant, parent, request, submitted_by).await?;
    shapes::created(&call.api.answers.privacy, &created)
}

fn list_jobs(call: &Call) -> Result<HttpResponse, Failure> {
    let (services, manners) = (&call.api.services, &call.api.answers.privacy);
    let query = JobQuery::parse(call.request.query_string(), manners, services.clock().now())?;
    let found = services.jobs(&call.admitted()?.tenant, &query.filter, query.page, query.size)?;
    if found.jobs.is_empty() && manners.empty_list == PrivacyEmptyList::NotFound {
        let (total, first) = (found.total, manners.first_page());
        return Err(Error::JobMissing(format!(
            "No job on this page: {total} of this org's match, and pages count from {first}."
        ))
        .into());
    }
    json(StatusCode::OK, &shapes::List::new(&found))
}

async fn read_job(call: &Call) -> Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let read = call.api.services.read_job(&admitted.tenant, job_id(call)?).await?;
    let base = call.api.base_url(call.request.headers());
    let showing = shapes::Showing {
        download: call.api.answers.privacy.download,
        jobs: format!("{base}{JOBS}"),
    };
    json(StatusCode::OK, &showing.job(&read.job, &read.children))
}

fn read_content(call: &Call) -> Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let archive = call.api.services.job_content(&admitted.tenant, job_id(call)?)?;
    Ok(HttpResponse::Ok().content_type("application/zip").body(archive))
}

async fn record_consent(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let consent = Consent::parse(body, &admitted.tenant.ims_org)?;
    call.api.services.record_consent(&admitted.tenant, consent).await?;
    Ok(HttpResponse::Accepted().finish())
}

fn job_id(call: &Call) -> Result<Uuid, Error> {
    let id = call.request.match_info().get("job_id").unwrap_or_default();
    Uuid::try_parse(id).map_err(|_| Error::RequestInvalid("Invalid ID format".to_owned()))
}
