//! What the APIs are, for programs (`OpenAPI`) and for people (a page that shows the same).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::{campaign, ims, privacy};
use super::request::ControlRequest;
use crate::domain::{Query, Resource};

/// Nothing from elsewhere, nothing written into the page itself, and no other page around it.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'";

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

/// `GET /__admin/docs`
pub(super) async fn page(_: ControlRequest) -> Result<HttpResponse, Failure> {
    Ok(asset("text/html; charset=utf-8", include_str!("docs/page.html")))
}

/// `GET /__admin/docs/page.css`
pub(super) async fn style(_: ControlRequest) -> Result<HttpResponse, Failure> {
    Ok(asset("text/css; charset=utf-8", include_str!("docs/page.css")))
}

/// `GET /__admin/docs/page.js`
pub(super) async fn script(_: ControlRequest) -> Result<HttpResponse, Failure> {
    Ok(asset("text/javascript; charset=utf-8", include_str!("docs/page.js")))
}

fn asset(kind: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text)
}
