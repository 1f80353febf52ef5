//! A profile: read, create, update (`reference/campaign-standard.md` §5–§7).

use std::rc::Rc;

use actix_web::HttpMessage as _;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::{Address, Call, Failure};
use crate::domain::{Error, Profile, ProfileNumber, ProfilePatch, ProfileView, Timestamp};
use crate::http::gateway::Admitted;
use crate::http::middleware::RequestId;
use crate::http::remembered::Moment;
use crate::http::{PatchReturns, json, json_text, mime_json};
use crate::service::{Origin, Tenant};

/// What a PATCH answers.
#[derive(Serialize)]
struct Written {
    #[serde(rename = "PKey")]
    pkey: String,
    href: String,
}

/// The whole record, without `href`.
pub(super) fn read(call: &Call, address: &Address<'_>, key: &str) -> Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let services = &call.api.services;
    let collection = collection(call, &admitted, address);
    let url = format!("{collection}{key}");
    let now = services.clock().now();
    // Taken before the read: a write that comes in between makes the answer outdated, never wrong.
    let moment = Moment { version: services.version(), day: now.day() };
    let body = if let Some(body) = call.api.remembered.recall(moment, &url) {
        body
    } else {
        let profile = services.profile(&admitted.tenant, number(&admitted.tenant, key)?)?;
        let body = json_text(&view(&profile, &admitted, &collection, now, false))?;
        call.api.remembered.keep(moment, url, body.clone());
        body
    };
    Ok(HttpResponse::Ok().content_type(mime_json()).body(body))
}

/// The new record, with `href`.
pub(super) async fn create(
    call: &Call,
    address: &Address<'_>,
    body: &[u8],
) -> Result<HttpResponse, Failure> {
    let patch = ProfilePatch::parse(body)?;
    let admitted = call.admitted()?;
    let origin = origin(call, &admitted);
    let profile = call.api.services.create_profile(&admitted.tenant, patch, origin).await?;
    record(call, &admitted, address, &profile, StatusCode::CREATED, true)
}

/// The key and address of the record, or all of it if the settings say so.
pub(super) async fn update(
    call: &Call,
    address: &Address<'_>,
    key: &str,
    body: &[u8],
) -> Result<HttpResponse, Failure> {
    let patch = ProfilePatch::parse(body)?;
    let admitted = call.admitted()?;
    let number = number(&admitted.tenant, key)?;
    let origin = origin(call, &admitted);
    let profile = call.api.services.update_profile(&admitted.tenant, number, patch, origin).await?;
    match call.api.answers.patch_returns {
        PatchReturns::Record => record(call, &admitted, address, &profile, StatusCode::OK, false),
        PatchReturns::Pkey => {
            let pkey = admitted.tenant.sealer.pkey(number).to_string();
            let href = format!("{}{pkey}", collection(call, &admitted, address));
            json(StatusCode::OK, &Written { pkey, href })
        }
    }
}

/// Absolute URL of the profile collection as this caller addresses it, with a slash at its end.
pub(super) fn collection(call: &Call, admitted: &Admitted, address: &Address<'_>) -> String {
    let base = call.api.base_url(call.request.headers());
    address.collection(&base, admitted.tenant.name.as_str())
}

fn record(
    call: &Call,
    admitted: &Admitted,
    address: &Address<'_>,
    profile: &Profile,
    status: StatusCode,
    with_href: bool,
) -> Result<HttpResponse, Failure> {
    let collection = collection(call, admitted, address);
    let now = call.api.services.clock().now();
    json(status, &view(profile, admitted, &collection, now, with_href))
}

/// A profile as this caller sees it.
pub(super) fn view<'a>(
    profile: &'a Profile,
    admitted: &Admitted,
    collection: &'a str,
    now: Timestamp,
    with_href: bool,
) -> ProfileView<'a> {
    let keys = admitted.tenant.sealer.record_keys(profile.number);
    ProfileView { profile, keys, collection, now, with_href }
}

/// The profile that a path segment names.
fn number(tenant: &Tenant, key: &str) -> Result<ProfileNumber, Error> {
    if !key.starts_with('@') {
        return Err(Error::KeyUnknown(key.to_owned()));
    }
    tenant.sealer.open_pkey(key).ok_or_else(|| Error::PKeyUnknown(key.to_owned()))
}

fn origin(call: &Call, admitted: &Rc<Admitted>) -> Origin {
    let extensions = call.request.extensions();
    let id = extensions.get::<RequestId>().and_then(|id| id.0.to_str().ok()).unwrap_or_default();
    Origin { request_id: id.to_owned(), api_key: admitted.api_key.clone() }
}
