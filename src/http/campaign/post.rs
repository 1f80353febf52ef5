//! POST: create, upsert by key, and the actions of privacy requests and workflows
//! (`docs/reference/campaign-standard.md` §6, §8, §13, §15–§17).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Map, Value};

use super::super::error::{Failure, with_reason};
use super::super::pipeline::RequestContext;
use super::super::response::json_response;
use super::super::settings::Dialect;
use super::address::{Address, AddressTarget, ApiRoot, ListEndpoint, RecordTarget};
use super::record_view::Links;
use super::request::CampaignRequest;
use super::verbs::{allowed_on_list, allowed_on_record};
use super::{get, record, workflow};
use crate::domain::{Error, Home, Record, Resource, json_object};
use crate::service::NewRecord;

pub(super) async fn post(context: &RequestContext, body: &[u8]) -> Result<HttpResponse, Failure> {
    let request = CampaignRequest::new(context)?;
    let address = request.address();
    // Adobe's SDK asks for a message by an empty POST.
    if body.is_empty()
        && let Ok(Address { api: ApiRoot::Messages, target: AddressTarget::Record(_), .. }) =
            &address
    {
        return get::get(context).await;
    }
    // What a body says is looked at before what it is for (`docs/reference/campaign-standard.md` §10).
    let members = json_object(body)?;
    let address = address?;
    match &address.target {
        AddressTarget::List(list) if list.filters.is_empty() && list.resource.verbs.create => {
            create(&request, &address, list, members).await
        }
        AddressTarget::List(list) => Err(Failure::MethodNotAllowed(allowed_on_list(list))),
        AddressTarget::Record(RecordTarget { resource, key, .. }) => {
            let custom = matches!(resource.home, Home::Extended | Home::Custom);
            Err(Error::StraySegment { segment: (*key).to_owned(), custom }.into())
        }
        AddressTarget::Member(target, field)
            if ["gdprRequestData", "privacyRequestData"].contains(&field.name.as_str()) =>
        {
            let name = members.get("name").and_then(Value::as_str);
            let tenant = &request.caller.tenant;
            json_response(
                StatusCode::OK,
                &context.state.services.privacy_file(tenant, target.key, name)?,
            )
        }
        AddressTarget::Member(target, _) => {
            Err(Failure::MethodNotAllowed(allowed_on_record(target.resource)))
        }
        AddressTarget::Workflow { key, rest } => {
            workflow::post(&request, key, rest, members, body.len()).await
        }
        _ => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
    }
}

/// The new record, with `href`; key and address of one that was there.
pub(super) async fn create(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    list: &ListEndpoint<'_>,
    mut members: Map<String, Value>,
) -> Result<HttpResponse, Failure> {
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    let resource = list.resource;
    if resource.home == Home::Privacy
        && let Some(namespace) = members.remove("namespace")
    {
        // The documentation's prose has this name, its samples the other.
        members.entry("namespaceName").or_insert(namespace);
    }
    resource.require(&members)?;
    let patch = request.change(address, resource, members, true)?;
    let (source, remark) = (request.source(), patch.remark());
    let mut made = match resource.home {
        Home::Privacy => services.create_privacy_request(tenant, patch, source).await?,
        Home::Messages => {
            let message = services.message(tenant, resource, patch)?;
            services.create_record(tenant, resource, message, source).await?
        }
        _ => {
            let parent = list.parent.map(|parent| (parent.link.to_owned(), parent.key.to_owned()));
            let new = NewRecord { patch, parent, ..NewRecord::default() };
            services.create_record(tenant, resource, new, source).await?
        }
    };
    request.note(std::mem::take(&mut made.caused));
    let answer = if made.created {
        created(request, address, resource, &made.record)?
    } else {
        record::update_response(request, address, resource, &made)?
    };
    Ok(with_reason(answer, remark.as_deref()))
}

/// A new record, with `href`.
fn created(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
    record: &Record,
) -> Result<HttpResponse, Failure> {
    let v8 = request.dialect() == Dialect::V8;
    let links = if v8 { Links::Full(None) } else { Links::Brief };
    let options = request.options(address, true, links);
    let blanks = resource.home == Home::Messages && !v8;
    record::with_view(request, &options, resource, record, |view| {
        if !blanks {
            return json_response(StatusCode::CREATED, &view);
        }
        let mut shown = serde_json::to_value(view).map_err(Error::internal)?;
        blank(&mut shown);
        json_response(StatusCode::CREATED, &shown)
    })?
}

/// Campaign Standard does not repeat what a message says (`docs/reference/campaign-standard.md` §17).
fn blank(message: &mut Value) {
    let Value::Object(members) = message else { return };
    for (name, value) in members {
        if ["ctx", "email"].contains(&name.as_str()) {
            blank_text(value);
        }
    }
}

fn blank_text(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(blank_text),
        other => *other = Value::from(""),
    }
}
