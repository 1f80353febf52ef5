//! The server itself: how it is, what it runs with, its random numbers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::response::sorted_json_response;
use super::super::state::SettingInForce;
use super::request::ControlRequest;
use crate::domain::Error;
use crate::faults::FaultRule;

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Health", deny_unknown_fields)]
pub(super) struct HealthBody<'a> {
    #[schemars(extend("enum" = ["healthy", "stopping"]))]
    status: &'static str,
    message: &'static str,
    version: &'static str,
    uptime_in_seconds: u64,
    /// The server's time.
    #[schemars(extend("format" = "date-time"))]
    timestamp: String,
    dialect: &'a str,
    /// For a seat, those of its org.
    faults: Vec<FaultRule>,
    /// Not for seats.
    #[serde(flatten)]
    whole: Option<WholeBody<'a>>,
}

/// What concerns the whole server.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct WholeBody<'a> {
    seed: &'a str,
    database: &'a str,
    auth: &'a str,
    /// Settings that are less strict than the defaults.
    relaxed: &'a [String],
    /// How many there are.
    orgs: usize,
    journal: JournalBody,
    queue: QueueBody,
    events: EventsBody,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct JournalBody {
    entries: usize,
    bytes: usize,
    /// Entries that had to go.
    dropped: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct QueueBody {
    /// Those that are not done.
    #[schemars(range(min = 0))]
    jobs: i64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct EventsBody {
    /// Those that are still to be delivered.
    #[schemars(range(min = 0))]
    owed: i64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Settings", deny_unknown_fields)]
pub(super) struct SettingsBody<'a> {
    settings: &'a [SettingInForce],
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RandomSeed")]
pub(super) struct SeedBody {
    seed: u64,
}

/// `GET /__admin/health`
pub(super) async fn health(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (state, services, seat) = (request.state(), request.services(), request.seat());
    let info = &state.info;
    let body = HealthBody {
        status: if state.is_ready() { "healthy" } else { "stopping" },
        message: "campaign-mock answers",
        version: env!("CARGO_PKG_VERSION"),
        uptime_in_seconds: info.started.elapsed().as_secs(),
        timestamp: services.clock().now().to_rfc3339(),
        dialect: &info.dialect,
        faults: super::faults::shown(state, seat.map(|seat| seat.org.as_str())),
        whole: if seat.is_none() { Some(whole(&request)?) } else { None },
    };
    sorted_json_response(StatusCode::OK, &body)
}

fn whole(request: &ControlRequest) -> Result<WholeBody<'_>, Error> {
    let (info, services) = (&request.state().info, request.services());
    let journal = services.journal().held();
    Ok(WholeBody {
        seed: &info.seed,
        database: &info.database,
        auth: &info.auth,
        relaxed: &info.relaxed,
        orgs: services.tenants().len(),
        journal: JournalBody {
            entries: journal.entries,
            bytes: journal.bytes,
            dropped: journal.dropped,
        },
        queue: QueueBody { jobs: services.unfinished_jobs()? },
        events: EventsBody { owed: services.all_owed_events()? },
    })
}

/// `GET /__admin/config`: each setting, its value and the tier that set it: `flag`, `environment` or
/// `default`.
pub(super) async fn config(request: ControlRequest) -> Result<HttpResponse, Failure> {
    sorted_json_response(StatusCode::OK, &SettingsBody { settings: &request.state().info.settings })
}

/// `PUT /__admin/rng` `{"seed": 42}`: job ids, request ids and the like follow from the seed from now on.
pub(super) async fn seed_random(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let body: SeedBody = request.body()?;
    request.services().random().reseed(body.seed);
    sorted_json_response(StatusCode::OK, &body)
}
