//! Deliveries of Privacy Service Events: what was sent where, and what became of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::error::Failure;
use super::super::response::sorted_json_response;
use super::polling::{PollResult, Timeout, poll_until};
use super::request::{ControlRequest, Limit};
use crate::domain::{DeliveryStatus, Error, EventDelivery, Timestamp};
use crate::service::Tenant;

/// Where they are shown.
const SHOWN_AT: &str = "/__admin/event-deliveries";

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveriesQuery {
    org: String,
    job_id: Option<Uuid>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventDeliveries", deny_unknown_fields)]
pub(super) struct DeliveriesBody<'a> {
    org: &'a str,
    deliveries: Vec<DeliveryBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct DeliveryBody<'a> {
    /// The id of the registration.
    registration: Uuid,
    url: &'a str,
    job_id: Uuid,
    #[serde(rename = "type")]
    kind: &'static str,
    status: DeliveryStatus,
    /// How often it has been tried.
    #[schemars(range(min = 0))]
    attempts: i64,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// When it is tried next; null while an earlier event of its job is owed, and once it is over.
    #[schemars(extend("format" = "date-time"))]
    next_attempt_at: Option<String>,
    /// When it was delivered or given up.
    #[schemars(extend("format" = "date-time"))]
    ended_at: Option<String>,
    /// Why the last try failed.
    problem: Option<&'a str>,
    /// The body that is sent.
    #[schemars(with = "Map<String, Value>")]
    event: Value,
}

impl<'a> DeliveryBody<'a> {
    fn new(delivery: &'a EventDelivery) -> Self {
        Self {
            registration: delivery.registration,
            url: &delivery.url,
            job_id: delivery.job_id,
            kind: delivery.kind.as_str(),
            status: delivery.status,
            attempts: delivery.attempts,
            created_at: delivery.created.to_rfc3339(),
            next_attempt_at: delivery.due.map(Timestamp::to_rfc3339),
            ended_at: delivery.ended.map(Timestamp::to_rfc3339),
            problem: delivery.problem.as_deref(),
            event: serde_json::from_str(&delivery.body).unwrap_or_default(),
        }
    }
}

fn listed(
    request: &ControlRequest,
    tenant: &Tenant,
    job: Option<Uuid>,
    limit: Limit,
) -> Result<HttpResponse, Failure> {
    let found = request.services().event_deliveries(tenant, job, limit.get())?;
    let deliveries = found.iter().map(DeliveryBody::new).collect();
    sorted_json_response(StatusCode::OK, &DeliveriesBody { org: tenant.name.as_str(), deliveries })
}

/// `GET /__admin/event-deliveries?org=…[&jobId=…][&limit=…]`: the newest first; they are shown for 7 days after their
/// end.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: DeliveriesQuery = request.query()?;
    let tenant = request.services().make_tenant(&query.org).await?;
    listed(&request, &tenant, query.job_id, query.limit)
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WaitQuery {
    org: String,
    job_id: Option<Uuid>,
    /// Until an event of the job was tried so many times.
    #[schemars(range(min = 1))]
    attempts: Option<i64>,
    timeout: Option<Timeout>,
}

/// `GET /__admin/event-deliveries/wait?org=…[&jobId=…][&attempts=…][&timeout=10s]`: the deliveries once none of the org
/// is owed any more; with a job, once it is done and none of its deliveries is owed, or one has been tried so many times.
/// 408 when that takes longer, in real time.
pub(super) async fn wait(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: WaitQuery = request.query()?;
    let tenant = request.services().make_tenant(&query.org).await?;
    match (query.job_id, query.attempts) {
        (None, Some(_)) => {
            let text = "attempts goes with a jobId: name the job whose events are tried.";
            return Err(Error::RequestInvalid(text.to_owned()).into());
        }
        (None, None) => {
            let look = || look_at_org(&request, &tenant);
            poll_until(query.timeout, SHOWN_AT, look).await?;
        }
        (Some(job), attempts) => {
            let look = || look_at_job(&request, &tenant, job, attempts);
            poll_until(query.timeout, SHOWN_AT, look).await?;
        }
    }
    listed(&request, &tenant, query.job_id, Limit::default())
}

fn look_at_org(request: &ControlRequest, tenant: &Tenant) -> Result<PollResult<()>, Error> {
    let owed = request.services().owed_events(tenant)?;
    Ok(if owed == 0 { PollResult::Reached(()) } else { PollResult::NotYet })
}

fn look_at_job(
    request: &ControlRequest,
    tenant: &Tenant,
    job_id: Uuid,
    attempts: Option<i64>,
) -> Result<PollResult<()>, Error> {
    let services = request.services();
    let is_done = services.job_of(tenant, job_id)?.status.is_final();
    let deliveries = services.job_deliveries(tenant, job_id)?;
    let reached =
        attempts.map_or(is_done && deliveries.owed == 0, |so_many| deliveries.attempts >= so_many);
    Ok(match reached {
        // The org had no registration for them.
        _ if is_done && deliveries.count == 0 => PollResult::Never,
        true => PollResult::Reached(()),
        false if is_done && deliveries.owed == 0 => PollResult::Never,
        false => PollResult::NotYet,
    })
}
