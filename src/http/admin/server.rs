//! The server itself: how it is, what it runs with, its random numbers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{AdminCall, Failure};
use crate::http::json as answer_json;

/// `GET /__admin/health`
pub(super) async fn health(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (api, services) = (&call.call.api, call.services());
    let about = &api.answers.about;
    let queue = services.queue_depth()?;
    let journal = api.answers.journal.held();
    let body = json!({
        "status": if api.is_ready() { "healthy" } else { "stopping" },
        "message": "campaign-mock answers",
        "version": env!("CARGO_PKG_VERSION"),
        "uptimeInSeconds": about.started.elapsed().as_secs(),
        "timestamp": services.clock().now().to_rfc3339(),
        "seed": about.seed,
        "database": about.database,
        "dialect": about.dialect,
        "auth": about.auth,
        "relaxed": about.relaxed,
        "orgs": services.tenants().len(),
        "faults": super::faults::shown(api, None),
        "journal": {
            "entries": journal.entries,
            "bytes": journal.bytes,
            "dropped": journal.dropped,
        },
        "queue": {"changes": queue.changes, "jobs": queue.jobs},
    });
    answer_json(StatusCode::OK, &body)
}

/// `GET /__admin/config`: each setting, its value and the tier that set it: `flag`, `environment` or
/// `default`.
pub(super) async fn config(call: AdminCall) -> Result<HttpResponse, Failure> {
    answer_json(StatusCode::OK, &json!({"settings": call.call.api.answers.about.settings}))
}

/// `PUT /__admin/rng` `{"seed": 42}`: job ids, request ids and the like follow from the seed from now on.
pub(super) async fn seed_random(call: AdminCall) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SeedBody {
        seed: u64,
    }
    let SeedBody { seed } = call.body()?;
    call.services().random().reseed(seed);
    answer_json(StatusCode::OK, &json!({"seed": seed}))
}
