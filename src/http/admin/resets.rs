//! Back to the start: resets, snapshots, and what changed since.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{AdminCall, Failure};
use crate::domain::{Counts, Diff, Error, SnapshotName};
use crate::http::json as answer_json;
use crate::service::{ListedSnapshot, Reset, Start};

#[derive(Serialize)]
struct ResetBody<'a> {
    org: &'a str,
    to: &'a str,
    before: Counts,
    after: Counts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SnapshotBody<'a> {
    name: &'a str,
    taken_at: String,
    orgs: Vec<HeldBody<'a>>,
}

#[derive(Serialize)]
struct HeldBody<'a> {
    org: &'a str,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct DiffBody<'a> {
    org: &'a str,
    from: &'a str,
    #[serde(flatten)]
    diff: Diff,
}

/// `POST /__admin/reset[?org=…][&to=seed|empty|<snapshot>]`: the org, or all of them with the clock, as
/// they began, without journal and fault rules. When this answers, nothing of what was before is to be
/// seen any more.
pub(super) async fn reset(call: AdminCall) -> Result<HttpResponse, Failure> {
    // A word that is not known may have been meant to spare the others.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ResetQuery {
        org: Option<String>,
        to: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    let ResetQuery { org, to } = call.query()?;
    let Nothing {} = call.body()?;
    let to = start(to.as_deref().unwrap_or("seed"))?;
    let answers = &call.call.api.answers;
    answered(&answers.reset(call.services(), org.as_deref(), &to).await?)
}

fn answered(resets: &[Reset]) -> Result<HttpResponse, Failure> {
    let orgs = resets.iter().map(|reset| ResetBody {
        org: reset.org.as_str(),
        to: &reset.to,
        before: reset.before,
        after: reset.after,
    });
    answer_json(StatusCode::OK, &json!({"orgs": orgs.collect::<Vec<_>>()}))
}

fn start(text: &str) -> Result<Start, Error> {
    Ok(match text {
        "seed" => Start::Seed,
        "empty" => Start::Empty,
        name => Start::Snapshot(SnapshotName::parse(name)?),
    })
}

fn name(call: &AdminCall) -> Result<SnapshotName, Error> {
    SnapshotName::parse(call.segment("name"))
}

/// `GET /__admin/snapshots`: the snapshots by name, with how much each holds.
pub(super) async fn list(call: AdminCall) -> Result<HttpResponse, Failure> {
    let listed = call.services().snapshots()?;
    let snapshots: Vec<_> = listed.chunk_by(|one, next| one.name == next.name).map(shown).collect();
    answer_json(StatusCode::OK, &json!({"snapshots": snapshots}))
}

fn shown(orgs: &[ListedSnapshot]) -> SnapshotBody<'_> {
    let held = orgs.iter().map(|one| HeldBody { org: &one.org, counts: one.counts });
    SnapshotBody {
        name: orgs.first().map_or("", |first| &first.name),
        taken_at: orgs.first().map(|first| first.taken_at.to_rfc3339()).unwrap_or_default(),
        orgs: held.collect(),
    }
}

/// `POST /__admin/snapshots/{name}[?org=…]`: keeps what the org has, or all orgs; a snapshot that has had
/// the name goes.
pub(super) async fn take(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (name, org) = (name(&call)?, call.asked_org()?);
    let kept = call.services().take_snapshot(&name, org.as_deref()).await?;
    answer_json(StatusCode::CREATED, &shown(&kept))
}

/// `POST /__admin/snapshots/{name}/restore[?org=…]`: the orgs of the snapshot, or the one, as they were.
pub(super) async fn restore(call: AdminCall) -> Result<HttpResponse, Failure> {
    let (name, org) = (name(&call)?, call.asked_org()?);
    answered(&call.services().restore_snapshot(&name, org.as_deref()).await?)
}

/// `DELETE /__admin/snapshots/{name}`
pub(super) async fn delete(call: AdminCall) -> Result<HttpResponse, Failure> {
    call.services().delete_snapshot(&name(&call)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /__admin/snapshots/{name}/export`: the snapshot as one document.
pub(super) async fn export(call: AdminCall) -> Result<HttpResponse, Failure> {
    answer_json(StatusCode::OK, &call.services().export_snapshot(&name(&call)?)?)
}

/// `PUT /__admin/snapshots/{name}`: keeps an exported document as a snapshot, whole or not at all.
pub(super) async fn import(call: AdminCall) -> Result<HttpResponse, Failure> {
    let kept = call.services().import_snapshot(&name(&call)?, &call.body).await?;
    answer_json(StatusCode::CREATED, &shown(&kept))
}

/// `GET /__admin/state/diff?org=…[&from=seed|empty|<snapshot>]`: what changed since, in words that are the
/// same in every run.
pub(super) async fn diff(call: AdminCall) -> Result<HttpResponse, Failure> {
    #[derive(Deserialize)]
    struct DiffQuery {
        from: Option<String>,
    }
    let query: DiffQuery = call.query()?;
    let (tenant, from) = (call.tenant().await?, query.from.as_deref().unwrap_or("seed"));
    let diff = call.services().changes_since(&tenant, &start(from)?).await?;
    answer_json(StatusCode::OK, &DiffBody { org: tenant.name.as_str(), from, diff })
}
