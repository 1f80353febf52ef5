//! The profile of a token's technical account, which names the tenants that the token opens
//! (`docs/reference/ims-auth.md` §5).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::error::Failure;
use super::super::pipeline::{RequestContext, bearer};
use super::super::response::json_response;
use crate::service::Tenant;

/// When all of it was made: a moment that nobody waits for.
const MADE: i64 = 1_514_764_800_000;

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Profile<'a> {
    #[serde(rename = "countryCode")]
    country_code: &'static str,
    #[serde(rename = "mrktPermEmail")]
    marketing_permission: Option<bool>,
    #[serde(rename = "projectedProductContext")]
    product_context: Vec<Entry<'a>>,
    email: &'a str,
    #[serde(rename = "displayName")]
    display_name: &'a str,
    first_name: &'static str,
    last_name: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct Entry<'a> {
    #[serde(rename = "prodCtx")]
    context: Context<'a>,
}

// Members in the order of the documented sample.
#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct Context<'a> {
    #[serde(rename = "statusCode")]
    status_code: &'static str,
    ident: &'a str,
    #[serde(rename = "modDts")]
    modified: i64,
    /// The tenant in Campaign's URLs.
    organization_id: &'a str,
    #[serde(rename = "owningEntity")]
    owning_entity: &'a str,
    #[serde(rename = "serviceCode")]
    service_code: &'static str,
    label: &'static str,
    #[serde(rename = "serviceLevel")]
    service_level: &'static str,
    #[serde(rename = "createDts")]
    created: i64,
    deal_id: &'static str,
}

impl<'a> Entry<'a> {
    fn new(tenant: &'a Tenant) -> Self {
        let ims_org = tenant.ims_org.as_str();
        let context = Context {
            status_code: "ACTIVE",
            ident: ims_org.split('@').next().unwrap_or_default(),
            modified: MADE,
            organization_id: tenant.name.as_str(),
            owning_entity: ims_org,
            service_code: "dma_tartan",
            label: "Adobe Marketing Cloud",
            service_level: "standard",
            created: MADE,
            deal_id: " ",
        };
        Self { context }
    }
}

/// One entry for each tenant that the gateway would let the token call.
pub(super) async fn read(context: &RequestContext) -> Result<HttpResponse, Failure> {
    let services = &context.state.services;
    let token = bearer(context.request.headers());
    let caller = context.state.gatekeeper.check_token(token.as_deref(), services.clock().now())?;
    let tenants = services.tenants_open_to(&caller).await?;
    let account = caller.technical_account.as_deref().unwrap_or_default();
    let profile = Profile {
        country_code: "US",
        marketing_permission: None,
        product_context: tenants.iter().map(|tenant| Entry::new(tenant)).collect(),
        email: account,
        display_name: account,
        first_name: "",
        last_name: "",
    };
    json_response(StatusCode::OK, &profile)
}
