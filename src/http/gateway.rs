//! The vendor's API gateway before both APIs: key, token, scope, org, in its order and with its refusals
//! (`reference/ims-auth.md` §6).
//!
//! A call that passes has an [`Admitted`] in its extensions; the handlers ask no further.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use actix_web::middleware::Next;
use actix_web::web::Query;

use super::error::refused;
use super::{Api, Failure, campaign};
use crate::auth::{AuthMode, Caller};
use crate::domain::{AdobeApi, Error};
use crate::service::Tenant;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
pub(super) const IMS_ORG: HeaderName = HeaderName::from_static("x-gw-ims-org-id");

/// A caller with the right to call a tenant.
pub(super) struct Admitted {
    /// Who calls.
    pub(super) caller: Rc<Caller>,
    /// Which tenant.
    pub(super) tenant: Arc<Tenant>,
    /// Under which client id; empty when none is asked for.
    pub(super) api_key: String,
}

/// Before Campaign: the tenant is the first segment of the path.
pub(super) async fn to_campaign<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, actix_web::Error> {
    pass(request, next, admit_to_campaign).await
}

/// Before Privacy Service: the tenant is the header's IMS org.
pub(super) async fn to_privacy<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, actix_web::Error> {
    pass(request, next, admit_to_privacy).await
}

/// Lets an admitted call through; a refusal is an answer, so that outer layers still see it.
async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    admit: impl AsyncFnOnce(&Api, &ServiceRequest) -> Result<Admitted, Failure>,
) -> Result<ServiceResponse, actix_web::Error> {
    // A preflight carries no credentials and asks for nothing.
    if request.method() != Method::OPTIONS {
        let result = match request.app_data::<Rc<Api>>() {
            Some(api) => admit(api, &request).await,
            None => Err(Failure::NotAdmitted),
        };
        match result {
            Ok(admitted) => request.extensions_mut().insert(Rc::new(admitted)),
            Err(failure) => {
                return Ok(refused(request, &failure));
            }
        };
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn admit_to_campaign(api: &Api, request: &ServiceRequest) -> Result<Admitted, Failure> {
    let path = request.match_info().unprocessed();
    let (org, _) = campaign::split(path).ok_or(Failure::UnknownPath)?;
    let (caller, api_key) = authenticate(api, request, AdobeApi::Campaign)?;
    let tenant = api.services.tenant(org, &caller).await?;
    Ok(Admitted { caller, tenant, api_key })
}

async fn admit_to_privacy(api: &Api, request: &ServiceRequest) -> Result<Admitted, Failure> {
    let (caller, api_key) = authenticate(api, request, AdobeApi::Privacy)?;
    let tenant = match text(request.headers(), &IMS_ORG) {
        Some(ims_org) => api.services.tenant_of_ims_org(ims_org, &caller).await?,
        None if api.gatekeeper.mode() == AuthMode::Off => api.services.default_tenant().await?,
        None => return Err(Error::ImsOrgMissing.into()),
    };
    Ok(Admitted { caller, tenant, api_key })
}

/// Key first, then token, then what the token is for. Both may come in the query as well.
fn authenticate(
    api: &Api,
    request: &ServiceRequest,
    wanted: AdobeApi,
) -> Result<(Rc<Caller>, String), Failure> {
    let headers = request.headers();
    let key = text(headers, &API_KEY).map(Cow::Borrowed);
    let key = key.or_else(|| in_query(request.query_string(), "api_key").map(Cow::Owned));
    api.gatekeeper.check_api_key(key.as_deref(), wanted)?;
    let token = bearer(headers);
    let token = token.or_else(|| in_query(request.query_string(), "user_token").map(Cow::Owned));
    let caller = api.gatekeeper.check_token(token.as_deref(), api.services.clock().now())?;
    caller.check_scope(wanted)?;
    Ok((caller, key.map(Cow::into_owned).unwrap_or_default()))
}

/// The token of the `Authorization` header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    text(headers, &AUTHORIZATION).map(without_bearer)
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // As `HeaderValue::to_str`, which looks at a token of many letters one by one.
    let value = headers.get(name)?.as_bytes();
    let text = std::str::from_utf8(value).ok().filter(|text| text.is_ascii())?;
    Some(text.trim())
}

fn in_query(query: &str, name: &str) -> Option<String> {
    if !query.contains(name) {
        return None;
    }
    let pairs = Query::<Vec<(String, String)>>::from_query(query).ok()?.into_inner();
    pairs.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// The gateway removes `Bearer ` in any letter case, wherever it stands.
fn without_bearer(value: &str) -> Cow<'_, str> {
    const PREFIX: &str = "bearer ";
    // Where it stands nearly always; looking everywhere costs a copy of the token.
    if let Some((start, token)) = value.split_at_checked(PREFIX.len())
        && start.eq_ignore_ascii_case(PREFIX)
    {
        return Cow::Borrowed(token.trim());
    }
    match value.to_ascii_lowercase().find(PREFIX) {
        None if value.eq_ignore_ascii_case(PREFIX.trim_end()) => Cow::Borrowed(""),
        None => Cow::Borrowed(value),
        Some(at) => Cow::Owned(format!("{}{}", &value[..at], &value[at + PREFIX.len()..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_is_removed_in_any_case_and_place() {
        for (value, token) in [
            ("Bearer abc", "abc"),
            ("bearer abc", "abc"),
            ("BEARER  abc ", "abc"),
            ("abc", "abc"),
            ("xBearer abc", "xabc"),
            ("Bearer", ""),
        ] {
            assert_eq!(without_bearer(value), token, "{value}");
        }
    }

    #[test]
    fn credentials_may_stand_in_the_query() {
        assert_eq!(in_query("a=1&api_key=k%40y", "api_key").as_deref(), Some("k@y"));
        assert_eq!(in_query("a=1&my_api_key=k", "api_key"), None);
        assert_eq!(in_query("", "api_key"), None);
    }
}
