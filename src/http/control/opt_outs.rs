//! The ledger of opt-out changes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::{ControlRequest, Limit};
use crate::domain::{Error, JobStatus, KeyLocation, LedgerEntry};

#[derive(Deserialize, JsonSchema)]
pub(super) struct LedgerQuery {
    org: String,
    /// A profile's `PKey`.
    pkey: Option<String>,
    /// Changes after the one of this id.
    #[serde(default)]
    #[schemars(range(min = 0))]
    after: i64,
    #[serde(default)]
    limit: Limit,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Ledger", deny_unknown_fields)]
pub(super) struct LedgerBody<'a> {
    org: &'a str,
    ims_org_id: &'a str,
    changes: Vec<ChangeBody>,
    /// Send it as `after` to get the rest; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
pub(super) struct ChangeBody {
    id: i64,
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

/// `GET /__admin/opt-outs?org=…[&pkey=…][&after=…][&limit=…]`: the ledger of opt-out changes with
/// the job that each became.
pub(super) async fn ledger(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: LedgerQuery = request.query()?;
    let tenant = request.services().make_tenant(&query.org).await?;
    let profile = match query.pkey {
        None => None,
        Some(pkey) => {
            let number = tenant.open_profile_key(&pkey);
            Some(number.ok_or_else(|| Error::PKeyUnknown {
                pkey,
                resource: Box::new(tenant.model.profile().names.clone()),
                place: KeyLocation::Uri,
            })?)
        }
    };
    let limit = query.limit.get();
    let ledger = request.services().ledger(&tenant, profile, query.after, limit)?;
    let next_after = ledger.entries.last().map(|last| last.id).filter(|_| ledger.more);
    let pkey = |entry: &LedgerEntry| tenant.profile_key(entry.profile).to_string();
    let changes =
        ledger.entries.into_iter().map(|entry| ChangeBody::new(pkey(&entry), entry)).collect();
    let body = LedgerBody {
        org: tenant.name.as_str(),
        ims_org_id: tenant.ims_org.as_str(),
        changes,
        next_after,
    };
    json_response(StatusCode::OK, &body)
}
