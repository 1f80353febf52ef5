//! Orgs, their credentials, and tokens for them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::response::{json_response, sorted_json_response};
use super::request::ControlRequest;
use crate::auth::Issued;
use crate::domain::{Error, OrgName, parse_duration};
use crate::service::{Services, Tenant};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Org", deny_unknown_fields)]
pub(super) struct OrgBody<'a> {
    org: &'a str,
    ims_org_id: &'a str,
    /// How many it has.
    #[schemars(range(min = 0))]
    profiles: i64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Orgs", deny_unknown_fields)]
pub(super) struct OrgsBody<'a> {
    orgs: Vec<OrgBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OrgWithCredentials", deny_unknown_fields)]
pub(super) struct FullOrgBody<'a> {
    #[serde(flatten)]
    org: OrgBody<'a>,
    credentials: Vec<CredentialBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct CredentialBody<'a> {
    name: &'a str,
    api_key: &'a str,
    /// Null for a seat: a login with it opens the orgs of all seats.
    client_secret: Option<&'a str>,
    technical_account: &'a str,
    apis: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOrg")]
pub(super) struct CreateBody {
    org: String,
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
    sorted_json_response(StatusCode::OK, &OrgsBody { orgs })
}

/// `POST /__admin/orgs` `{"org": "acme-w3"}`: makes an org from the seed, as its first call would.
pub(super) async fn create(request: ControlRequest) -> Result<HttpResponse, Failure> {
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
        .map(|one| CredentialBody {
            name: &one.name,
            api_key: &one.api_key,
            client_secret: request.seat().is_none().then_some(one.client_secret.as_str()),
            technical_account: &one.technical_account,
            apis: one.apis.names(),
        })
        .collect();
    let org = shown(request.services(), &tenant)?;
    let body = FullOrgBody { org, credentials };
    sorted_json_response(StatusCode::OK, &body)
}

/// `DELETE /__admin/orgs/{org}`: an org with all that it has; its next call makes it anew from the seed.
pub(super) async fn delete(request: ControlRequest) -> Result<HttpResponse, Failure> {
    request.services().delete_tenant(request.segment("org")).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewToken")]
pub(super) struct MintBody {
    /// The seed's first, if not given.
    org: Option<String>,
    /// The customer's first, if not given.
    credential: Option<String>,
    /// All of the credential, if not given.
    scope: Option<String>,
    /// 24h, if not given; `0s` or less makes one that has expired.
    #[schemars(example = "1h 30m")]
    expires_in: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Token", deny_unknown_fields)]
pub(super) struct TokenBody<'a> {
    org: &'a str,
    access_token: String,
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
    sorted_json_response(StatusCode::CREATED, &TokenBody { org: org.as_str(), access_token: token })
}
