//! Orgs, their credentials, and tokens for them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::ControlRequest;
use crate::auth::Issued;
use crate::domain::{Error, OrgName, parse_duration};
use crate::service::{Services, Tenant};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrgBody<'a> {
    org: &'a str,
    ims_org_id: &'a str,
    profiles: i64,
}

fn shown<'a>(services: &Services, tenant: &'a Tenant) -> Result<OrgBody<'a>, Error> {
    Ok(OrgBody {
        org: tenant.name.as_str(),
        ims_org_id: tenant.ims_org.as_str(),
        profiles: services.count_records(tenant, tenant.model.profile(), &[])?,
    })
}

/// `GET /__admin/orgs`: the orgs that exist, by name.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (services, tenants) = (request.services(), request.services().tenants());
    let orgs = tenants.iter().map(|tenant| shown(services, tenant));
    let orgs = orgs.collect::<Result<Vec<_>, _>>()?;
    json_response(StatusCode::OK, &json!({"orgs": orgs}))
}

/// `POST /__admin/orgs` `{"org": "acme-w3"}`: makes an org from the seed, as its first call would.
pub(super) async fn create(request: ControlRequest) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct CreateBody {
        org: String,
    }
    let tenant = request.services().make_tenant(&request.body::<CreateBody>()?.org).await?;
    json_response(StatusCode::CREATED, &shown(request.services(), &tenant)?)
}

/// `GET /__admin/orgs/{org}`: an org with its customer's credentials.
pub(super) async fn read(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.services().existing_tenant(request.segment("org"))?;
    let credentials: Vec<_> = request
        .state()
        .login
        .credentials(&tenant.name)
        .map(|one| {
            json!({
                "name": one.name,
                "apiKey": one.api_key,
                "clientSecret": one.client_secret,
                "technicalAccount": one.technical_account,
                "apis": one.apis.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    let org = shown(request.services(), &tenant)?;
    let body = json!({
        "org": org.org,
        "imsOrgId": org.ims_org_id,
        "profiles": org.profiles,
        "credentials": credentials,
    });
    json_response(StatusCode::OK, &body)
}

/// `DELETE /__admin/orgs/{org}`: an org with all that it has; its next call makes it anew from the seed.
pub(super) async fn delete(request: ControlRequest) -> Result<HttpResponse, Failure> {
    request.services().delete_tenant(request.segment("org")).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MintBody {
    /// The seed's first, if not given.
    org: Option<String>,
    /// The customer's first, if not given.
    credential: Option<String>,
    /// All of the credential, if not given.
    scope: Option<String>,
    /// 24h, if not given; `0s` or less makes one that has expired.
    expires_in: Option<String>,
}

/// `POST /__admin/tokens` `{"org", "credential", "scope", "expiresIn"}`, all of them optional.
pub(super) async fn mint(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let MintBody { org, credential, scope, expires_in } = request.body()?;
    let services = request.services();
    let org = match &org {
        Some(org) => OrgName::parse(org)
            .ok_or_else(|| Error::RequestInvalid(format!("'{org}' cannot be an org.")))?,
        None => services.default_tenant().await?.name.clone(),
    };
    let lifetime = expires_in.map(|text| parse_duration(&text).map_err(Error::RequestInvalid));
    let issued = Issued { now: services.clock().now(), id: services.random().uuid() };
    let token = request.state().login.mint(
        &org,
        credential.as_deref(),
        scope.as_deref(),
        lifetime.transpose()?,
        issued,
    )?;
    json_response(StatusCode::CREATED, &json!({"org": org.as_str(), "accessToken": token}))
}
