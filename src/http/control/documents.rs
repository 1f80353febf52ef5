//! What the APIs are, for programs: their `OpenAPI` documents.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::{campaign, ims, privacy};
use super::request::ControlRequest;
use crate::domain::{Query, Resource};

/// `GET /__admin/openapi/campaign.json[?org=…]`: the catalog is the customer's.
pub(super) async fn campaign_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let services = request.services();
    let tenant = request.tenant_or_default().await?;
    // The first record there is, for parameters to try.
    let example = |resource: &Resource| {
        let first = Query { lines: 1, ..Query::default() };
        let page = services.records(&tenant, resource, &first).ok()?;
        let number = page.content.first()?.number;
        Some(tenant.keyring.of(resource).pkey(number).to_string())
    };
    let settings = &request.state().settings;
    let document = campaign::openapi(&tenant, settings, &request.base_url(), &example);
    json_response(StatusCode::OK, &document)
}

/// `GET /__admin/openapi/privacy.json`
pub(super) async fn privacy_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.services().default_tenant().await?;
    let behavior = &request.state().settings.privacy;
    let document = privacy::openapi(behavior, &request.base_url(), tenant.ims_org.as_str());
    json_response(StatusCode::OK, &document)
}

/// `GET /__admin/openapi/ims.json`
pub(super) async fn ims_document(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let bad_secret = request.state().settings.ims_bad_secret;
    json_response(StatusCode::OK, &ims::openapi(bad_secret, &request.base_url()))
}
