//! The consents on record.

use std::cmp::Reverse;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::{ControlRequest, Limit};
use crate::domain::{ConsentEntry, Identity};

#[derive(Deserialize, JsonSchema)]
pub(super) struct ConsentsQuery {
    org: Option<String>,
    #[serde(default)]
    limit: Limit,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Consents", deny_unknown_fields)]
pub(super) struct ConsentsBody<'a> {
    /// Null for those of all orgs.
    org: Option<&'a str>,
    consents: Vec<ConsentBody>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ConsentBody {
    id: i64,
    /// Only among those of all orgs.
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    opt_out_of_sale: bool,
    identities: Vec<Identity>,
    /// The entry of the ledger that became this consent; null for one sent to Privacy Service.
    change_id: Option<i64>,
    request_id: Option<String>,
    transaction_id: Option<String>,
    /// How many profiles it changed; null where consents are not applied.
    #[schemars(range(min = 0))]
    profiles_changed: Option<i64>,
    #[schemars(extend("format" = "date-time"))]
    recorded_at: String,
}

impl ConsentBody {
    fn new(entry: ConsentEntry, org: Option<String>) -> Self {
        Self {
            id: entry.id,
            org,
            opt_out_of_sale: entry.consent.opt_out_of_sale,
            identities: entry.consent.identities,
            change_id: entry.change,
            request_id: entry.consent.request_id,
            transaction_id: entry.consent.transaction_id,
            profiles_changed: entry.applied,
            recorded_at: entry.recorded.to_rfc3339(),
        }
    }
}

/// `GET /__admin/consents[?org=…][&limit=…]`: withdrawn opt-outs and what Privacy Service's consent call
/// was told, newest first.
pub(super) async fn recorded(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: ConsentsQuery = request.query()?;
    let org = query.org.as_deref();
    let mut consents = Vec::new();
    for tenant in &request.tenants(org).await? {
        let named = || org.is_none().then(|| tenant.name.to_string());
        let recorded = request.services().consents(tenant, query.limit.get())?;
        consents.extend(recorded.into_iter().map(|entry| ConsentBody::new(entry, named())));
    }
    consents.sort_by_key(|consent| Reverse(consent.id));
    consents.truncate(query.limit.most());
    json_response(StatusCode::OK, &ConsentsBody { org, consents })
}
