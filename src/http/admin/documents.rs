//! What the APIs are, for programs (`OpenAPI`) and for people (a page that shows the same).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use super::{AdminCall, Failure, control_routes};
use crate::domain::{Query, Resource};
use crate::http::{json, openapi};

/// Nothing from elsewhere, nothing written into the page itself, and no other page around it.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'";

/// `GET /__admin/openapi/control.json`
pub(super) async fn control(call: AdminCall) -> Result<HttpResponse, Failure> {
    let tenant = call.services().default_tenant().await?;
    let (token, org) = (call.call.api.answers.admin.token.is_some(), tenant.name.as_str());
    json(StatusCode::OK, &openapi::control(control_routes(), &call.base_url(), token, org))
}

/// `GET /__admin/openapi/campaign.json[?org=…]`: the catalogue is the customer's.
pub(super) async fn campaign(call: AdminCall) -> Result<HttpResponse, Failure> {
    let services = call.services();
    let tenant = call.tenant_or_default().await?;
    // The first record there is, for parameters to try.
    let example = |resource: &Resource| {
        let first = Query { lines: 1, ..Query::default() };
        let page = services.records(&tenant, resource, &first).ok()?;
        let number = page.content.first()?.number;
        Some(tenant.keyring.of(resource).pkey(number).to_string())
    };
    let answers = &call.call.api.answers;
    json(StatusCode::OK, &openapi::campaign(&tenant, answers, &call.base_url(), &example))
}

/// `GET /__admin/openapi/privacy.json`
pub(super) async fn privacy(call: AdminCall) -> Result<HttpResponse, Failure> {
    let tenant = call.services().default_tenant().await?;
    let manners = &call.call.api.answers.privacy;
    json(StatusCode::OK, &openapi::privacy(manners, &call.base_url(), tenant.ims_org.as_str()))
}

/// `GET /__admin/openapi/ims.json`
pub(super) async fn ims(call: AdminCall) -> Result<HttpResponse, Failure> {
    let bad_secret = call.call.api.answers.ims_bad_secret;
    json(StatusCode::OK, &openapi::ims(bad_secret, &call.base_url()))
}

/// `GET /__admin/docs`
pub(super) async fn page(_: AdminCall) -> Result<HttpResponse, Failure> {
    Ok(asset("text/html; charset=utf-8", include_str!("docs/page.html")))
}

/// `GET /__admin/docs/page.css`
pub(super) async fn style(_: AdminCall) -> Result<HttpResponse, Failure> {
    Ok(asset("text/css; charset=utf-8", include_str!("docs/page.css")))
}

/// `GET /__admin/docs/page.js`
pub(super) async fn script(_: AdminCall) -> Result<HttpResponse, Failure> {
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

impl AdminCall {
    /// Scheme and host as the caller has them.
    fn base_url(&self) -> String {
        self.call.api.base_url(self.call.request.headers())
    }
}
