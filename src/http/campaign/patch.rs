//! PATCH: update, and upsert by key (`docs/reference/campaign-standard.md` §7, §8).

use actix_web::HttpResponse;
use serde_json::{Map, Value};

use super::super::error::{Failure, with_reason};
use super::super::pipeline::RequestContext;
use super::super::settings::Dialect;
use super::address::{Address, AddressTarget, ListEndpoint, RecordTarget};
use super::request::CampaignRequest;
use super::verbs::{allowed_on_list, allowed_on_record};
use super::{post, record, workflow};
use crate::domain::{Key, json_object};

pub(super) async fn patch(context: &RequestContext, body: &[u8]) -> Result<HttpResponse, Failure> {
    let request = CampaignRequest::new(context)?;
    // What a body says is looked at before what it is for (`docs/reference/campaign-standard.md` §10).
    let members = json_object(body)?;
    let address = request.address()?;
    match &address.target {
        AddressTarget::Record(target) if target.resource.verbs.update => {
            update(&request, &address, target, members).await
        }
        AddressTarget::Record(target) => {
            Err(Failure::MethodNotAllowed(allowed_on_record(target.resource)))
        }
        AddressTarget::List(list) if names_its_key(list, &members) => {
            post::create(&request, &address, list, members).await
        }
        AddressTarget::List(list) => Err(not_on_list(list, address.api.shows_extensions())),
        AddressTarget::Workflow { rest, .. } => {
            Err(Failure::MethodNotAllowed(workflow::allowed(rest)))
        }
        _ => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
    }
}

/// Whether a body on a collection says which of its records is meant.
fn names_its_key(list: &ListEndpoint<'_>, members: &Map<String, Value>) -> bool {
    let key = list.resource.key.as_ref().filter(|Key { upsert, .. }| *upsert);
    list.resource.verbs.create
        && list.parent.is_none()
        && list.filters.is_empty()
        && key
            .and_then(|key| members.get(&key.field))
            .is_some_and(|value| !value.is_null() && value != "")
}

/// The refusal of a body on a collection that does not say which of its records is meant.
fn not_on_list(list: &ListEndpoint<'_>, extended: bool) -> Failure {
    let (resource, allowed) = (list.resource, allowed_on_list(list));
    if !resource.verbs.update {
        return Failure::MethodNotAllowed(allowed);
    }
    let plain = list.parent.is_none() && list.filters.is_empty();
    let key = resource.key.as_ref().filter(|key| key.upsert && plain);
    let field = key.and_then(|key| resource.field(&key.field));
    let by_key = field.map_or_else(String::new, |field| {
        let place = if extended || !field.extension { "" } else { " under profileAndServicesExt" };
        format!(", or name the record's key, '{}', in the body{place}", field.name)
    });
    let advice =
        format!("A PATCH changes one record: put its PKey at the end of the address{by_key}.");
    Failure::RecordNotNamed { allowed, advice }
}

async fn update(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    target: &RecordTarget<'_>,
    members: Map<String, Value>,
) -> Result<HttpResponse, Failure> {
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    let resource = target.resource;
    let patch = request.change(address, resource, members, false)?;
    record::check_parent(request, target)?;
    let (empty, remark) = (patch.is_empty(), patch.remark());
    let source = request.source();
    let mut updated = services.update_record(tenant, resource, target.key, patch, source).await?;
    request.note(std::mem::take(&mut updated.caused));
    if empty && request.dialect() == Dialect::V8 {
        return Ok(HttpResponse::NoContent().finish());
    }
    let answer = record::update_response(request, address, resource, &updated)?;
    Ok(with_reason(answer, remark.as_deref()))
}
