//! Privacy Service, on two bases with the same behavior: create jobs and their children, read one, list
//! them, download what one found; and consents (`docs/reference/privacy-service.md` §3–§7).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use uuid::Uuid;

use super::super::error::Failure;
use super::super::pipeline::RequestContext;
use super::super::response::json_response;
use super::super::settings::PrivacyEmptyList;
use super::super::signed_download::SignedDownload;
use super::super::target::{ApiKind, JOBS};
use super::query::JobQuery;
use super::shapes;
use crate::domain::{ChildRequest, Consent, Error, JobFilter, PrivacyJob, PrivacyRequest};
use crate::service::Tenant;

/// POST on the base.
pub(in crate::http) async fn create(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = create_jobs(&context, &body).await;
    context.respond(result)
}

/// GET on the base.
pub(in crate::http) async fn list(context: RequestContext) -> HttpResponse {
    context.respond(list_jobs(&context))
}

/// GET of one job.
pub(in crate::http) async fn read(context: RequestContext) -> HttpResponse {
    let result = read_job(&context).await;
    context.respond(result)
}

/// POST of a child.
pub(in crate::http) async fn create_child(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = create_child_job(&context, &body).await;
    context.respond(result)
}

/// GET of a job's result.
pub(in crate::http) async fn content(context: RequestContext) -> HttpResponse {
    context.respond(read_content(&context))
}

/// POST of a consent.
pub(in crate::http) async fn consent(context: RequestContext, body: Bytes) -> HttpResponse {
    let result = record_consent(&context, &body).await;
    context.respond(result)
}

/// Any other verb on an address that takes GET and POST.
pub(in crate::http) async fn only_get_and_post(context: RequestContext) -> HttpResponse {
    context.respond(Err(Failure::MethodNotAllowed("GET, POST, OPTIONS")))
}

/// Any other verb on an address that takes GET.
pub(in crate::http) async fn only_get(context: RequestContext) -> HttpResponse {
    context.respond(Err(Failure::MethodNotAllowed("GET, OPTIONS")))
}

/// Any other verb on an address that takes POST.
pub(in crate::http) async fn only_post(context: RequestContext) -> HttpResponse {
    context.respond(Err(Failure::MethodNotAllowed("POST, OPTIONS")))
}

/// A path of these hosts which no service owns.
pub(in crate::http) async fn unknown_path(context: RequestContext) -> HttpResponse {
    // Also for paths of other APIs, where the host is one of the privacy hosts.
    context.respond_as(ApiKind::Privacy { legacy: false }, Err(Failure::UnknownPath))
}

async fn create_jobs(context: &RequestContext, body: &[u8]) -> Result<HttpResponse, Failure> {
    let (caller, behavior) = (context.caller()?, &context.state.settings.privacy);
    let request = PrivacyRequest::parse(body, &caller.tenant.ims_org, behavior.vocabulary())?;
    let submitted_by = caller.caller.technical_account.as_deref();
    let mut created =
        context.state.services.create_jobs(&caller.tenant, request, submitted_by, None).await?;
    context.note(std::mem::take(&mut created.caused));
    shapes::created(behavior, &created)
}

async fn create_child_job(context: &RequestContext, body: &[u8]) -> Result<HttpResponse, Failure> {
    let (caller, parent) = (context.caller()?, job_id(context)?);
    let vocabulary = context.state.settings.privacy.vocabulary();
    let request = ChildRequest::parse(body, parent, vocabulary, is_legacy_child(context))?;
    let (services, tenant) = (&context.state.services, &caller.tenant);
    let submitted_by = caller.caller.technical_account.as_deref();
    let mut created = services.create_child_job(tenant, parent, request, submitted_by).await?;
    context.note(std::mem::take(&mut created.caused));
    shapes::created(&context.state.settings.privacy, &created)
}

fn list_jobs(context: &RequestContext) -> Result<HttpResponse, Failure> {
    let (services, behavior) = (&context.state.services, &context.state.settings.privacy);
    let (text, now) = (context.request.query_string(), services.clock().now());
    let query = JobQuery::parse(text, behavior, is_legacy(context), now)?;
    let found = services.jobs(&context.caller()?.tenant, &query.filter, query.page, query.size)?;
    if found.jobs.is_empty() && behavior.empty_list == PrivacyEmptyList::NotFound {
        return Err(Error::JobMissing(nothing_on_page(context, &query, found.total)?).into());
    }
    json_response(StatusCode::OK, &shapes::List::new(&found))
}

/// Why a page of a list has no jobs, of which that many match.
fn nothing_on_page(
    context: &RequestContext,
    query: &JobQuery,
    total: i64,
) -> Result<String, Failure> {
    let (services, behavior) = (&context.state.services, &context.state.settings.privacy);
    let of_any_day = JobFilter { from: None, ..query.filter };
    let older = match query.window_days {
        None => 0,
        Some(_) => services.jobs(&context.caller()?.tenant, &of_any_day, 0, 1)?.total - total,
    };
    let here = format!(
        "No job on this page: {total} of this org's match, and pages count from {}.",
        behavior.first_page()
    );
    Ok(match query.window_days {
        Some(days) if older > 0 => {
            let advice = format!(
                "{older} older ones match, but lists without dates go back {days} days: send fromDate and toDate."
            );
            if total == 0 {
                format!("No job of the last {days} days matches. {advice}")
            } else {
                format!("{here} {advice}")
            }
        }
        _ => here,
    })
}

async fn read_job(context: &RequestContext) -> Result<HttpResponse, Failure> {
    let caller = context.caller()?;
    let read = context.state.services.read_job(&caller.tenant, job_id(context)?).await?;
    let behavior = &context.state.settings.privacy;
    let address = |job: &PrivacyJob| download_address(context, &caller.tenant, job);
    let view = shapes::JobView {
        download: behavior.download,
        of_2019: is_legacy(context),
        address: &address,
    };
    view.answer(&read.job, &read.children)
}

/// Where the result of a job is, if it has one.
fn download_address(context: &RequestContext, tenant: &Tenant, job: &PrivacyJob) -> Option<String> {
    let behavior = &context.state.settings.privacy;
    if job.download.is_some() {
        return job.download.clone();
    }
    if !job.has_result(behavior.has_receipts()) {
        return None;
    }
    let base_url = context.base_url();
    if !behavior.signs_downloads() {
        return Some(format!("{base_url}{JOBS}/{}/content", job.job_id));
    }
    let pass = context.state.services.download_pass(tenant, job);
    let signed = SignedDownload { org: tenant.name.to_string(), job_id: job.job_id, pass };
    Some(signed.address(&base_url))
}

fn read_content(context: &RequestContext) -> Result<HttpResponse, Failure> {
    let caller = context.caller()?;
    let archive = context.state.services.job_content(&caller.tenant, job_id(context)?)?;
    Ok(HttpResponse::Ok().content_type("application/zip").body(archive))
}

async fn record_consent(context: &RequestContext, body: &[u8]) -> Result<HttpResponse, Failure> {
    let caller = context.caller()?;
    let consent = Consent::parse(body, &caller.tenant.ims_org)?;
    context.note(context.state.services.record_consent(&caller.tenant, consent).await?);
    Ok(HttpResponse::Accepted().finish())
}

/// Whether the call is to the base of 2019.
fn is_legacy(context: &RequestContext) -> bool {
    context.target.api == ApiKind::Privacy { legacy: true }
}

/// Whether the call is the one of 2019 for a child, which has an address of its own.
fn is_legacy_child(context: &RequestContext) -> bool {
    context.request.path().trim_end_matches('/').ends_with("/child")
}

fn job_id(context: &RequestContext) -> Result<Uuid, Error> {
    let id = context.request.match_info().get("job_id").unwrap_or_default();
    Uuid::try_parse(id).map_err(|_| Error::JobIdMalformed(id.to_owned()))
}
