//! All orgs at a glance.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::error::Failure;
use super::super::response::json_response;
use super::jobs::TransitionsBody;
use super::request::ControlRequest;
use crate::domain::{ExerciseCounts, JobCounts, Seat};
use crate::journal::{Head, OrgCalls};
use crate::service::OrgOverview;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Overview", deny_unknown_fields)]
pub(super) struct OverviewBody<'a> {
    #[schemars(extend("format" = "date-time"))]
    time: String,
    orgs: Vec<OrgBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct OrgBody<'a> {
    org: &'a str,
    ims_org_id: &'a str,
    /// The seat of the training room that it is for.
    seat: Option<&'a str>,
    #[schemars(range(min = 0))]
    profiles: i64,
    /// Those of them whose `ccpaOptOut` is true.
    #[schemars(range(min = 0))]
    opted_out: i64,
    /// In the ledger of opt-outs.
    #[schemars(range(min = 0))]
    changes: i64,
    /// Privacy jobs by status.
    jobs: JobCounts,
    /// Calls that the journal holds.
    calls: usize,
    /// Those of them that were refused or got no answer.
    refused: usize,
    /// The newest one, if there is one.
    last_call: Option<Head<'a>>,
    /// How many of its exercises are done.
    exercises: ExerciseCounts,
    /// What moves its jobs.
    #[schemars(extend("enum" = ["immediate", "timed", "polls", "held"]))]
    progression: String,
}

/// `GET /__admin/overview[?org=…]`: what each org has, or the one that is named, and how it was called.
pub(super) async fn read(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let services = request.services();
    let orgs = services.overview(request.org_param()?.as_deref()).await?;
    let calls = services.journal().by_org();
    let time = services.clock().now().to_rfc3339();
    let seats = services.seats();
    let orgs = orgs.iter().map(|org| shown(org, &calls, &seats)).collect();
    json_response(StatusCode::OK, &OverviewBody { time, orgs })
}

fn shown<'a>(
    overview: &'a OrgOverview,
    calls: &'a HashMap<String, OrgCalls>,
    seats: &'a [Seat],
) -> OrgBody<'a> {
    let OrgOverview { tenant, numbers, exercises, progression } = overview;
    let calls = calls.get(tenant.name.as_str());
    OrgBody {
        org: tenant.name.as_str(),
        ims_org_id: tenant.ims_org.as_str(),
        seat: seats.iter().find(|seat| seat.org == tenant.name).map(|seat| seat.name.as_str()),
        profiles: numbers.profiles,
        opted_out: numbers.opted_out,
        changes: numbers.changes,
        jobs: numbers.jobs,
        calls: calls.map_or(0, |of| of.calls),
        refused: calls.map_or(0, |of| of.refused),
        last_call: calls.map(|of| of.last.head()),
        exercises: *exercises,
        progression: TransitionsBody::from(*progression).progression,
    }
}
