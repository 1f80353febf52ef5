//! What the APIs are, for programs: their `OpenAPI` documents.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::{campaign, ims, privacy};
use super::request::ControlRequest;
use crate::domain::{Action, JobOrigin, JobStatus};

/// `GET /__admin/openapi/campaign.json[?org=…]`: the catalog is the customer's.
pub(super) async fn campaign_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.tenant_or_default().await?;
    let settings = &request.state().settings;
    let document = campaign::openapi(&tenant, settings, &request.base_url(), request.services());
    json_response(StatusCode::OK, &document)
}

/// How many complete jobs are looked through for one to show.
const LOOKED_AT: i64 = 200;

/// `GET /__admin/openapi/privacy.json[?org=…]`
pub(super) async fn privacy_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.tenant_or_default().await?;
    let behavior = &request.state().settings.privacy;
    let jobs = request.services().newest_jobs(&tenant, Some(JobStatus::Complete), LOOKED_AT)?;
    let job =
        jobs.iter().find(|job| job.action == Action::Access && job.origin == JobOrigin::Request);
    let samples = privacy::JobSamples { ims_org: tenant.ims_org.as_str(), job };
    let document = privacy::openapi(behavior, &request.base_url(), &samples);
    json_response(StatusCode::OK, &document)
}

/// `GET /__admin/openapi/ims.json[?org=…]`
pub(super) async fn ims_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.tenant_or_default().await?;
    let state = request.state();
    let now = request.services().clock().now();
    let samples = ims::LoginSamples::of(&state.login, &tenant.name, now);
    let document = ims::openapi(state.settings.ims_bad_secret, &request.base_url(), &samples);
    json_response(StatusCode::OK, &document)
}
