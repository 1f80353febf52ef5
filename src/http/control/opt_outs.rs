//! The ledger of opt-out changes.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::{ControlRequest, Limit};
use crate::domain::{Error, JobStatus, KeyLocation, LedgerEntry, LedgerRange, RecordNumber};
use crate::service::Tenant;

#[derive(Deserialize, JsonSchema)]
pub(super) struct LedgerQuery {
    org: Option<String>,
    /// A profile's `PKey`; with `org` alone.
    pkey: Option<String>,
    /// Changes after the one of this id.
    #[serde(default)]
    #[schemars(range(min = 0))]
    after: i64,
    /// Changes before the one of this id.
    #[schemars(range(min = 1))]
    before: Option<i64>,
    /// Which change comes first; the oldest, if not given.
    #[schemars(with = "Option<Order>")]
    order: Option<String>,
    #[serde(default)]
    limit: Limit,
}

/// The order of changes.
#[derive(Clone, Copy, PartialEq, JsonSchema)]
#[schemars(inline, rename_all = "kebab-case")]
enum Order {
    Oldest,
    Newest,
}

impl Order {
    fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "oldest" => Ok(Self::Oldest),
            "newest" => Ok(Self::Newest),
            _ => Err(Error::RequestInvalid("order is oldest or newest.".to_owned())),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Ledger", deny_unknown_fields)]
pub(super) struct LedgerBody<'a> {
    /// Null for the ledgers of all orgs.
    org: Option<&'a str>,
    /// Null for the ledgers of all orgs.
    ims_org_id: Option<String>,
    changes: Vec<ChangeBody>,
    /// Send it as `after` to get the rest; absent when there is none, and with `order=newest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<i64>,
    /// With `order=newest`: send it as `before` to get the rest; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_before: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
pub(super) struct ChangeBody {
    id: i64,
    /// Only among those of all orgs.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(rename = "PKey")]
    pkey: String,
    #[schemars(range(min = 1))]
    sequence: i64,
    from: bool,
    to: bool,
    #[schemars(extend("format" = "date-time"))]
    changed_at: String,
    request_id: String,
    api_key: String,
    /// The privacy job or consent that made the change, where that was not a call to Campaign.
    applied_by: Option<String>,
    /// Null until forwarded, and for a withdrawal, which becomes a consent.
    #[schemars(with = "Option<Uuid>")]
    job_id: Option<String>,
    #[schemars(with = "Option<JobStatus>")]
    job_status: Option<String>,
}

impl ChangeBody {
    pub(super) fn new(pkey: String, entry: LedgerEntry) -> Self {
        Self {
            id: entry.id,
            org: None,
            pkey,
            sequence: entry.sequence,
            from: entry.from,
            to: entry.to,
            changed_at: entry.at.to_rfc3339(),
            request_id: entry.request_id,
            api_key: entry.api_key,
            applied_by: entry.applied_by,
            job_id: entry.job_id,
            job_status: entry.job_status,
        }
    }
}

/// `GET /__admin/opt-outs[?org=…][&pkey=…][&after=…][&before=…][&order=…][&limit=…]`: the ledger of opt-out changes
/// with the job that each became, from the oldest or from the newest on.
pub(super) async fn ledger(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: LedgerQuery = request.query()?;
    let (org, limit) = (query.org.as_deref(), query.limit);
    let order = query.order.as_deref().map_or(Ok(Order::Oldest), Order::parse)?;
    let newest_first = order == Order::Newest;
    let range = LedgerRange {
        after: query.after,
        before: query.before.unwrap_or(i64::MAX),
        newest_first,
        limit: limit.get(),
    };
    let tenants = request.tenants(org).await?;
    let profile = match &query.pkey {
        None => None,
        Some(pkey) => Some(opened(&tenants, org, pkey)?),
    };
    let (mut changes, mut more) = (Vec::new(), false);
    for tenant in &tenants {
        let named = || org.is_none().then(|| tenant.name.to_string());
        let ledger = request.services().ledger(tenant, profile, range)?;
        let entries = ledger.entries.into_iter();
        changes.extend(entries.map(|entry| {
            let pkey = tenant.profile_key(entry.profile).to_string();
            ChangeBody { org: named(), ..ChangeBody::new(pkey, entry) }
        }));
        more |= ledger.more;
    }
    changes.sort_by_key(|change| if newest_first { -change.id } else { change.id });
    more |= changes.len() > limit.most();
    changes.truncate(limit.most());
    let next = changes.last().map(|last| last.id).filter(|_| more);
    let (next_after, next_before) = if newest_first { (None, next) } else { (next, None) };
    let ims_org_id = tenants.first().filter(|_| org.is_some());
    let ims_org_id = ims_org_id.map(|tenant| tenant.ims_org.to_string());
    json_response(StatusCode::OK, &LedgerBody { org, ims_org_id, changes, next_after, next_before })
}

/// The number of the profile with that `PKey`, which only its org can open.
fn opened(tenants: &[Arc<Tenant>], org: Option<&str>, pkey: &str) -> Result<RecordNumber, Error> {
    let (Some(tenant), Some(_)) = (tenants.first(), org) else {
        let said = "pkey is of one org: name it with org.";
        return Err(Error::RequestInvalid(said.to_owned()));
    };
    tenant.open_profile_key(pkey).ok_or_else(|| Error::PKeyUnknown {
        pkey: pkey.to_owned(),
        resource: Box::new(tenant.model.profile().names.clone()),
        place: KeyLocation::Uri,
    })
}
