//! The `Host` check.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HOST;

use super::super::error::{ErrorFormat, Failure, refuse};
use super::super::state::AppState;
use super::super::target::{LIVE, READY};
use super::context::LayerResult;

/// Refuses requests under a name that is not this server's. Probes are answered under any name and without one, as
/// load balancers and orchestrators send them: they tell nothing that a page could use.
pub(super) async fn check(
    state: &AppState,
    request: ServiceRequest,
    next: impl AsyncFnOnce(ServiceRequest) -> LayerResult,
) -> LayerResult {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_probe = [LIVE, READY].contains(&request.match_info().as_str());
    if is_probe || state.settings.hosts.allows(host) {
        return next(request).await;
    }
    let refusal = refuse(ErrorFormat::Own, &Failure::HostNotAllowed(host.to_owned()));
    Ok(request.into_response(refusal))
}
