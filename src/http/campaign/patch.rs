//! PATCH: update, and upsert by key (`reference/campaign-standard.md` §7, §8).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::address::{List, Place, Target};
use super::{Address, Call, Context, Failure, post, record, workflow};
use crate::domain::{Key, Links, Resource, json_object};
use crate::http::{Dialect, PatchReturns, json};
use crate::service::Written;

/// What a PATCH answers.
#[derive(Serialize)]
struct Brief {
    #[serde(rename = "PKey")]
    pkey: String,
    href: String,
}

pub(super) async fn patch(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let context = Context::new(call)?;
    // What a body says is looked at before what it is for (`reference/campaign-standard.md` §10).
    let members = json_object(body)?;
    let address = context.address()?;
    match &address.place {
        Place::Record(target) if target.resource.verbs.update => {
            update(&context, &address, target, members).await
        }
        Place::Record(target) => Err(Failure::MethodNotAllowed(allowed_on_record(target.resource))),
        Place::List(list) if names_its_key(list, &members) => {
            post::create(&context, &address, list, members).await
        }
        Place::List(list) => Err(Failure::MethodNotAllowed(allowed_on_list(list))),
        Place::Workflow { rest, .. } => Err(Failure::MethodNotAllowed(workflow::allowed(rest))),
        _ => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
    }
}

/// Whether a body on a collection says which of its records is meant.
fn names_its_key(list: &List<'_>, members: &Map<String, Value>) -> bool {
    let key = list.resource.key.as_ref().filter(|Key { upsert, .. }| *upsert);
    list.resource.verbs.create
        && list.above.is_none()
        && list.filters.is_empty()
        && key
            .and_then(|key| members.get(&key.field))
            .is_some_and(|value| !value.is_null() && value != "")
}

async fn update(
    context: &Context<'_>,
    address: &Address<'_>,
    target: &Target<'_>,
    members: Map<String, Value>,
) -> Result<HttpResponse, Failure> {
    let (services, tenant) = (&context.call.api.services, &context.admitted.tenant);
    let resource = target.resource;
    let patch = context.change(address, resource, members, false)?;
    record::check_above(context, target)?;
    let empty = patch.is_empty();
    let origin = context.origin();
    let updated = services.update_record(tenant, resource, target.key, patch, origin).await?;
    if empty && context.dialect() == Dialect::V8 {
        return Ok(HttpResponse::NoContent().finish());
    }
    written(context, address, resource, &updated)
}

/// Key and address of the record, or all of it if the settings say so.
pub(super) fn written(
    context: &Context<'_>,
    address: &Address<'_>,
    resource: &Resource,
    updated: &Written,
) -> Result<HttpResponse, Failure> {
    let showing = context.showing(address, false, Links::Under(None));
    record::shown(context, &showing, resource, &updated.record, |view| {
        match context.call.api.answers.patch_returns {
            PatchReturns::Record => json(StatusCode::OK, &view),
            PatchReturns::Pkey => {
                let pkey = context.admitted.tenant.keyring.of(resource).pkey(updated.record.number);
                json(StatusCode::OK, &Brief { pkey: pkey.to_string(), href: view.address() })
            }
        }
    })?
}

/// The verbs that a list takes.
pub(super) const fn allowed_on_list(list: &List<'_>) -> &'static str {
    if list.resource.verbs.create && list.filters.is_empty() {
        "GET, POST, OPTIONS"
    } else {
        "GET, OPTIONS"
    }
}

/// The verbs that a record takes.
pub(super) const fn allowed_on_record(resource: &Resource) -> &'static str {
    match (resource.verbs.update, resource.verbs.delete) {
        (true, Some(_)) => "GET, PATCH, DELETE, OPTIONS",
        (true, None) => "GET, PATCH, OPTIONS",
        (false, Some(_)) => "GET, DELETE, OPTIONS",
        (false, None) => "GET, OPTIONS",
    }
}
