//! The control API, `/__admin`: for the machine the server runs on, under a loopback name, without
//! CORS, so that no web page can read it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::web::Query;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Call, Failure, Hosts, Surface, answer};
use crate::domain::{Error, Place};
use crate::service::{LedgerEntry, Signal, Tenant};

/// Most entries in one answer, and how many there are when the caller does not say.
const LIMIT: i64 = 1000;

#[derive(Deserialize)]
struct LedgerQuery {
    org: String,
    pkey: Option<String>,
    #[serde(default)]
    after: i64,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LedgerBody<'a> {
    org: &'a str,
    ims_org_id: &'a str,
    changes: Vec<ChangeBody>,
    /// Send it as `after` to get the rest; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<i64>,
    /// Changes of the org that wait to be forwarded.
    pending: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeBody {
    id: i64,
    #[serde(rename = "PKey")]
    pkey: String,
    sequence: i64,
    from: bool,
    to: bool,
    changed_at: String,
    request_id: String,
    api_key: String,
    /// Null until forwarded.
    settled_at: Option<String>,
    /// Null until forwarded, and for a withdrawal, which becomes a consent.
    job_id: Option<String>,
    job_status: Option<String>,
}

impl ChangeBody {
    fn new(tenant: &Tenant, entry: LedgerEntry) -> Self {
        Self {
            id: entry.id,
            pkey: tenant.profile_key(entry.profile).to_string(),
            sequence: entry.sequence,
            from: entry.from,
            to: entry.to,
            changed_at: entry.at.to_rfc3339(),
            request_id: entry.request_id,
            api_key: entry.api_key,
            settled_at: entry.settled.map(crate::domain::Timestamp::to_rfc3339),
            job_id: entry.job_id,
            job_status: entry.job_status,
        }
    }
}

/// `GET /__admin/opt-outs?org=…[&pkey=…][&after=…][&limit=…]`: the ledger of opt-out changes with
/// the job that each became.
pub(super) async fn opt_outs(call: Call) -> HttpResponse {
    let result = ledger(&call);
    answer(Surface::Own, result)
}

fn ledger(call: &Call) -> Result<HttpResponse, Failure> {
    check_local(call)?;
    let query: LedgerQuery = query(call)?;
    let services = &call.api.services;
    let tenant = services.existing_tenant(&query.org)?;
    let profile = match query.pkey {
        None => None,
        Some(pkey) => {
            let number = tenant.open_profile_key(&pkey);
            Some(number.ok_or_else(|| Error::PKeyUnknown {
                pkey,
                resource: Box::new(tenant.model.profile().names.clone()),
                place: Place::Uri,
            })?)
        }
    };
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT);
    let ledger = services.ledger(&tenant, profile, query.after, limit)?;
    let next_after = ledger.entries.last().map(|last| last.id).filter(|_| ledger.more);
    let changes = ledger.entries.into_iter().map(|entry| ChangeBody::new(&tenant, entry)).collect();
    let body = LedgerBody {
        org: tenant.name.as_str(),
        ims_org_id: tenant.ims_org.as_str(),
        changes,
        next_after,
        pending: ledger.pending,
    };
    super::json(StatusCode::OK, &body)
}

#[derive(Deserialize)]
struct SignalsQuery {
    org: String,
    limit: Option<i64>,
}

#[derive(Serialize)]
struct SignalsBody<'a> {
    org: &'a str,
    signals: Vec<SignalBody>,
}

#[derive(Serialize)]
struct SignalBody {
    workflow: String,
    activity: String,
    source: String,
    parameters: Map<String, Value>,
    at: String,
}

impl From<Signal> for SignalBody {
    fn from(signal: Signal) -> Self {
        let Signal { workflow, activity, source, parameters, at } = signal;
        Self { workflow, activity, source, parameters, at: at.to_rfc3339() }
    }
}

/// `GET /__admin/signals?org=…[&limit=…]`: the signals that workflows have taken, newest first.
pub(super) async fn signals(call: Call) -> HttpResponse {
    let result = taken(&call);
    answer(Surface::Own, result)
}

fn taken(call: &Call) -> Result<HttpResponse, Failure> {
    check_local(call)?;
    let query: SignalsQuery = query(call)?;
    let services = &call.api.services;
    let tenant = services.existing_tenant(&query.org)?;
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT);
    let taken = services.signals(&tenant, usize::try_from(limit).unwrap_or(usize::MAX))?;
    let signals = taken.into_iter().map(SignalBody::from).collect();
    super::json(StatusCode::OK, &SignalsBody { org: tenant.name.as_str(), signals })
}

fn query<T: DeserializeOwned>(call: &Call) -> Result<T, Error> {
    Query::from_query(call.request.query_string())
        .map(Query::into_inner)
        .map_err(|fault| Error::RequestInvalid(format!("The query is wrong: {fault}.")))
}

/// The control API is for this machine alone, by address and by name.
fn check_local(call: &Call) -> Result<(), Failure> {
    let peer = call.request.peer_addr();
    let host = call.request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    if local && host.is_some_and(Hosts::is_loopback) { Ok(()) } else { Err(Failure::NotLocal) }
}
