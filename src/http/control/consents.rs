//! The consents on record.

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
    org: String,
    #[serde(default)]
    limit: Limit,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Consents", deny_unknown_fields)]
pub(super) struct ConsentsBody<'a> {
    org: &'a str,
    consents: Vec<ConsentBody>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ConsentBody {
    id: i64,
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

impl From<ConsentEntry> for ConsentBody {
    fn from(entry: ConsentEntry) -> Self {
        Self {
            id: entry.id,
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

/// `GET /__admin/consents?org=…[&limit=…]`: withdrawn opt-outs and what Privacy Service's consent call
/// was told, newest first.
pub(super) async fn recorded(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: ConsentsQuery = request.query()?;
    let tenant = request.services().make_tenant(&query.org).await?;
    let recorded = request.services().consents(&tenant, query.limit.get())?;
    let consents = recorded.into_iter().map(ConsentBody::from).collect();
    json_response(StatusCode::OK, &ConsentsBody { org: tenant.name.as_str(), consents })
}
