//! POST: create, upsert by key, and the actions of privacy requests and workflows
//! (`reference/campaign-standard.md` §6, §8, §13, §15–§17).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Map, Value};

use super::address::{Api, List, Place, Target};
use super::patch::{allowed_on_list, allowed_on_record, written};
use super::{Address, Call, Context, Failure, get, record, workflow};
use crate::domain::{Error, Home, Links, json_object};
use crate::http::{Dialect, json};
use crate::service::Creation;

pub(super) async fn post(call: &Call, body: &[u8]) -> Result<HttpResponse, Failure> {
    let context = Context::new(call)?;
    let address = context.address();
    // Adobe's SDK asks for a message by an empty POST.
    if body.is_empty()
        && let Ok(Address { api: Api::Messages, place: Place::Record(_), .. }) = &address
    {
        return get::get(call).await;
    }
    // What a body says is looked at before what it is for (`reference/campaign-standard.md` §10).
    let members = json_object(body)?;
    let address = address?;
    match &address.place {
        Place::List(list) if list.filters.is_empty() && list.resource.verbs.create => {
            create(&context, &address, list, members).await
        }
        Place::List(list) => Err(Failure::MethodNotAllowed(allowed_on_list(list))),
        Place::Record(Target { resource, key, .. }) => {
            let custom = matches!(resource.home, Home::Extended | Home::Custom);
            Err(Error::StraySegment { segment: (*key).to_owned(), custom }.into())
        }
        Place::Member(target, field)
            if ["gdprRequestData", "privacyRequestData"].contains(&field.name.as_str()) =>
        {
            let name = members.get("name").and_then(Value::as_str);
            let tenant = &context.admitted.tenant;
            json(StatusCode::OK, &call.api.services.privacy_file(tenant, target.key, name)?)
        }
        Place::Member(target, _) => {
            Err(Failure::MethodNotAllowed(allowed_on_record(target.resource)))
        }
        Place::Workflow { key, rest } => {
            workflow::post(&context, key, rest, members, body.len()).await
        }
        _ => Err(Failure::MethodNotAllowed("GET, OPTIONS")),
    }
}

/// The new record, with `href`; key and address of one that was there.
pub(super) async fn create(
    context: &Context<'_>,
    address: &Address<'_>,
    list: &List<'_>,
    mut members: Map<String, Value>,
) -> Result<HttpResponse, Failure> {
    let (services, tenant) = (&context.call.api.services, &context.admitted.tenant);
    let resource = list.resource;
    if resource.home == Home::Privacy
        && let Some(namespace) = members.remove("namespace")
    {
        // The documentation's prose has this name, its samples the other.
        members.entry("namespaceName").or_insert(namespace);
    }
    let patch = context.change(address, resource, members, true)?;
    let origin = context.origin();
    let made = match resource.home {
        Home::Privacy => services.create_privacy_request(tenant, patch, origin).await?,
        Home::Messages => {
            let message = services.message(patch)?;
            services.create_record(tenant, resource, message, origin).await?
        }
        _ => {
            let above = list.above.map(|above| (above.link.to_owned(), above.key.to_owned()));
            let creation = Creation { patch, above, ..Creation::default() };
            services.create_record(tenant, resource, creation, origin).await?
        }
    };
    if !made.created {
        return written(context, address, resource, &made);
    }
    let v8 = context.dialect() == Dialect::V8;
    let links = if v8 { Links::Under(None) } else { Links::Brief };
    let showing = context.showing(address, true, links);
    let blanks = resource.home == Home::Messages && !v8;
    record::shown(context, &showing, resource, &made.record, |view| {
        if !blanks {
            return json(StatusCode::CREATED, &view);
        }
        let mut shown = serde_json::to_value(view).map_err(Error::internal)?;
        blank(&mut shown);
        json(StatusCode::CREATED, &shown)
    })?
}

/// Campaign Standard does not repeat what a message says (`reference/campaign-standard.md` §17).
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
