//! The vendor's API gateway before both APIs: key, token, scope, org, in its order and with its refusals
//! (`docs/reference/ims-auth.md` §6).
//!
//! A request that passes has an [`AuthorizedCaller`] in its extensions; the handlers check no further.

use std::borrow::Cow;
use std::rc::Rc;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName};
use actix_web::middleware::Next;

use super::super::error::Failure;
use super::super::headers;
use super::super::signed_download::SignedDownload;
use super::super::state::AppState;
use super::super::target::{NamedOrg, Target};
use super::context::{AuthorizedCaller, LayerResult, refuse_request, target};
use crate::auth::{AuthMode, Caller};
use crate::domain::{AdobeApi, Error};
use crate::form;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Before Campaign: the tenant is the first segment of the path.
pub(in crate::http) async fn to_campaign<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    pass(request, next, authorize_for_campaign).await
}

/// Before Privacy Service: the tenant is the header's IMS org.
pub(in crate::http) async fn to_privacy<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> LayerResult {
    pass(request, next, authorize_for_privacy).await
}

/// Lets an authorized request through; a refusal is an answer, so that outer layers still see it.
async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    authorize: impl AsyncFnOnce(
        &AppState,
        &Target,
        &ServiceRequest,
    ) -> Result<AuthorizedCaller, Failure>,
) -> LayerResult {
    // A preflight carries no credentials and asks for nothing.
    if request.method() != Method::OPTIONS {
        let result = match (request.app_data::<Rc<AppState>>(), target(&request)) {
            (Some(state), Some(target)) => authorize(state, &target, &request).await,
            _ => Err(Failure::MissingMiddleware),
        };
        match result {
            Ok(caller) => request.extensions_mut().insert(Rc::new(caller)),
            Err(failure) => {
                return Ok(refuse_request(request, &failure));
            }
        };
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn authorize_for_campaign(
    state: &AppState,
    target: &Target,
    request: &ServiceRequest,
) -> Result<AuthorizedCaller, Failure> {
    let NamedOrg::Path { name: org, .. } = &target.org else { return Err(Failure::UnknownPath) };
    let (caller, api_key) = authenticate(state, request, AdobeApi::Campaign)?;
    let tenant = state.services.tenant(org, &caller).await?;
    Ok(AuthorizedCaller { caller, tenant, api_key })
}

async fn authorize_for_privacy(
    state: &AppState,
    target: &Target,
    request: &ServiceRequest,
) -> Result<AuthorizedCaller, Failure> {
    if let Some(signed) = signed(state, request) {
        let SignedDownload { org, job_id, pass } = signed;
        let tenant = state.services.tenant_of_download(&org, job_id, &pass)?;
        let caller = Rc::new(Caller::with_signed_address(&tenant.name));
        return Ok(AuthorizedCaller { caller, tenant, api_key: String::new() });
    }
    let (caller, api_key) = authenticate(state, request, AdobeApi::Privacy)?;
    let tenant = match &target.org {
        NamedOrg::Header(ims_org) => state.services.tenant_of_ims_org(ims_org, &caller).await?,
        _ if state.gatekeeper.mode() == AuthMode::Off => state.services.default_tenant().await?,
        _ => return Err(Error::ImsOrgMissing.into()),
    };
    Ok(AuthorizedCaller { caller, tenant, api_key })
}

/// A request for a signed address, which needs no credentials; those that it has count instead.
fn signed(state: &AppState, request: &ServiceRequest) -> Option<SignedDownload> {
    let may_be = state.settings.privacy.signs_downloads()
        && request.method() == Method::GET
        && !request.headers().contains_key(AUTHORIZATION);
    may_be.then(|| SignedDownload::of(request.path(), request.query_string())).flatten()
}

/// Key first, then token, then what the token is for. Both may come in the query as well.
fn authenticate(
    state: &AppState,
    request: &ServiceRequest,
    wanted: AdobeApi,
) -> Result<(Rc<Caller>, String), Failure> {
    let headers = request.headers();
    let key = headers::text(headers, &API_KEY).map(Cow::Borrowed);
    let key = key.or_else(|| in_query(request.query_string(), "api_key").map(Cow::Owned));
    state.gatekeeper.check_api_key(key.as_deref(), wanted)?;
    let token = bearer(headers);
    let token = token.or_else(|| in_query(request.query_string(), "user_token").map(Cow::Owned));
    let caller = state.gatekeeper.check_token(token.as_deref(), state.services.clock().now())?;
    caller.check_scope(wanted)?;
    Ok((caller, key.map(Cow::into_owned).unwrap_or_default()))
}

/// The token of the `Authorization` header.
pub(in crate::http) fn bearer(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    headers::text(headers, &AUTHORIZATION).map(without_bearer)
}

fn in_query(query: &str, name: &str) -> Option<String> {
    if !query.contains(name) {
        return None;
    }
    form::urlencoded(query).into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
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
