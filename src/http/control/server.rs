//! The server itself: how it is, what it runs with, its random numbers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::ControlRequest;

/// `GET /__admin/health`
pub(super) async fn health(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (state, services) = (request.state(), request.services());
    let info = &state.info;
    let jobs = services.unfinished_jobs()?;
    let journal = services.journal().held();
    let body = json!({
        "status": if state.is_ready() { "healthy" } else { "stopping" },
        "message": "campaign-mock answers",
        "version": env!("CARGO_PKG_VERSION"),
        "uptimeInSeconds": info.started.elapsed().as_secs(),
        "timestamp": services.clock().now().to_rfc3339(),
        "seed": info.seed,
        "database": info.database,
        "dialect": info.dialect,
        "auth": info.auth,
        "relaxed": info.relaxed,
        "orgs": services.tenants().len(),
        "faults": super::faults::shown(state, None),
        "journal": {
            "entries": journal.entries,
            "bytes": journal.bytes,
            "dropped": journal.dropped,
        },
        "queue": {"jobs": jobs},
    });
    json_response(StatusCode::OK, &body)
}

/// `GET /__admin/config`: each setting, its value and the tier that set it: `flag`, `environment` or
/// `default`.
pub(super) async fn config(request: ControlRequest) -> Result<HttpResponse, Failure> {
    json_response(StatusCode::OK, &json!({"settings": request.state().info.settings}))
}

/// `PUT /__admin/rng` `{"seed": 42}`: job ids, request ids and the like follow from the seed from now on.
pub(super) async fn seed_random(request: ControlRequest) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SeedBody {
        seed: u64,
    }
    let SeedBody { seed } = request.body()?;
    request.services().random().reseed(seed);
    json_response(StatusCode::OK, &json!({"seed": seed}))
}
