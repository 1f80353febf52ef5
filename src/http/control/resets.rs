//! Back to the start: resets, snapshots, and what changed since.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::error::Failure;
use super::super::response::{json_response, sorted_json_response};
use super::super::schemas;
use super::request::ControlRequest;
use crate::domain::{Counts, Diff, Error, ListedSnapshot, SnapshotName};
use crate::service::{Reset, Start};

// A word that is not known may have been meant to spare the other orgs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetQuery {
    org: Option<String>,
    #[schemars(extend("anyOf" = starts()))]
    to: Option<String>,
    /// Whether to create the org if it does not exist.
    #[serde(default)]
    create: bool,
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct DiffQuery {
    org: String,
    #[schemars(extend("anyOf" = starts()))]
    from: Option<String>,
}

/// What orgs can begin with, or be compared with.
fn starts() -> Value {
    let snapshot = schemas::inline(schemas::of::<SnapshotName>());
    json!([{"enum": SnapshotName::RESERVED}, snapshot])
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Resets", deny_unknown_fields)]
pub(super) struct ResetsBody<'a> {
    orgs: Vec<ResetBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct ResetBody<'a> {
    org: &'a str,
    to: &'a str,
    before: Counts,
    after: Counts,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Snapshots", deny_unknown_fields)]
pub(super) struct SnapshotsBody<'a> {
    snapshots: Vec<SnapshotBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Snapshot", deny_unknown_fields)]
pub(super) struct SnapshotBody<'a> {
    #[schemars(with = "SnapshotName")]
    name: &'a str,
    #[schemars(extend("format" = "date-time"))]
    taken_at: String,
    orgs: Vec<HeldBody<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct HeldBody<'a> {
    org: &'a str,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StateDiff", deny_unknown_fields)]
pub(super) struct DiffBody<'a> {
    org: &'a str,
    from: &'a str,
    #[serde(flatten)]
    diff: Diff,
}

/// `POST /__admin/reset[?org=…][&create=true][&to=seed|empty|<snapshot>]`: the org, or all of them with the clock, as
/// they began, without journal and fault rules. When this answers, nothing of what was before is to be
/// seen any more.
pub(super) async fn reset(request: ControlRequest) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    let ResetQuery { org, to, create } = request.query()?;
    let Nothing {} = request.body()?;
    let to = start(to.as_deref().unwrap_or("seed"))?;
    if let Some(org) = org.as_deref().filter(|_| !create) {
        request.services().tenant_to_change(org)?;
    }
    answered(&request.services().reset(org.as_deref(), &to).await?)
}

fn answered(resets: &[Reset]) -> Result<HttpResponse, Failure> {
    let orgs = resets.iter().map(|reset| ResetBody {
        org: reset.org.as_str(),
        to: &reset.to,
        before: reset.before,
        after: reset.after,
    });
    sorted_json_response(StatusCode::OK, &ResetsBody { orgs: orgs.collect() })
}

fn start(text: &str) -> Result<Start, Error> {
    Ok(match text {
        "seed" => Start::Seed,
        "empty" => Start::Empty,
        name => Start::Snapshot(SnapshotName::parse(name)?),
    })
}

fn name(request: &ControlRequest) -> Result<SnapshotName, Error> {
    SnapshotName::parse(request.segment("name"))
}

/// `GET /__admin/snapshots`: the snapshots by name, with how much each holds.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let listed = request.services().snapshots()?;
    let snapshots = listed.chunk_by(|one, next| one.name == next.name).map(shown).collect();
    sorted_json_response(StatusCode::OK, &SnapshotsBody { snapshots })
}

fn shown(orgs: &[ListedSnapshot]) -> SnapshotBody<'_> {
    let held = orgs.iter().map(|one| HeldBody { org: &one.org, counts: one.counts });
    SnapshotBody {
        name: orgs.first().map_or("", |first| &first.name),
        taken_at: orgs.first().map(|first| first.taken_at.to_rfc3339()).unwrap_or_default(),
        orgs: held.collect(),
    }
}

/// `POST /__admin/snapshots/{name}[?org=…][&create=true]`: keeps what the org has, or all orgs; a snapshot that has had
/// the name goes.
pub(super) async fn take(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (name, tenant) = (name(&request)?, request.changed_tenant_param().await?);
    let org = tenant.as_ref().map(|tenant| tenant.name.as_str());
    let kept = request.services().take_snapshot(&name, org).await?;
    json_response(StatusCode::CREATED, &shown(&kept))
}

/// `POST /__admin/snapshots/{name}/restore[?org=…]`: the orgs of the snapshot, or the one, as they were.
pub(super) async fn restore(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let (name, org) = (name(&request)?, request.org_param()?);
    answered(&request.services().restore_snapshot(&name, org.as_deref()).await?)
}

/// `DELETE /__admin/snapshots/{name}`
pub(super) async fn delete(request: ControlRequest) -> Result<HttpResponse, Failure> {
    request.services().delete_snapshot(&name(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /__admin/snapshots/{name}/export`: the snapshot as one document.
pub(super) async fn export(request: ControlRequest) -> Result<HttpResponse, Failure> {
    json_response(StatusCode::OK, &request.services().export_snapshot(&name(&request)?)?)
}

/// `PUT /__admin/snapshots/{name}`: keeps an exported document as a snapshot, whole or not at all.
pub(super) async fn import(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let kept = request.services().import_snapshot(&name(&request)?, &request.body).await?;
    json_response(StatusCode::CREATED, &shown(&kept))
}

/// `GET /__admin/state/diff?org=…[&from=seed|empty|<snapshot>]`: what changed since, in words that are the
/// same in every run.
pub(super) async fn diff(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let query: DiffQuery = request.query()?;
    let tenant = request.services().make_tenant(&query.org).await?;
    let from = query.from.as_deref().unwrap_or("seed");
    let diff = request.services().changes_since(&tenant, &start(from)?).await?;
    json_response(StatusCode::OK, &DiffBody { org: tenant.name.as_str(), from, diff })
}
