//! GET: records, lists, counts, single members, metadata (`docs/reference/campaign-standard.md` §4, §5).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::super::error::Failure;
use super::super::pipeline::RequestContext;
use super::super::response::{JSON, json_response, json_text};
use super::super::response_cache::CacheEpoch;
use super::super::settings::Dialect;
use super::address::{Address, AddressTarget, RecordTarget};
use super::record_view::Links;
use super::request::CampaignRequest;
use super::{list, metadata, mirror_page, record, workflow};
use crate::domain::{Addressed, Derived, Error, Kind, Record};

pub(super) async fn get(context: &RequestContext) -> Result<HttpResponse, Failure> {
    // Scheme and host are the caller's, and stand in hrefs. What an older generation of the org answers
    // to a call that still holds it is not what the next one does.
    let org = context.caller()?.tenant.id;
    let url = [&context.base_url(), context.request.path()].concat();
    let services = &context.state.services;
    // Taken before the read: a write that comes in between makes the answer outdated, never wrong.
    let epoch = CacheEpoch { version: services.version(), day: services.clock().now().day() };
    // Only whole records are kept, so what is known is one, and need not be looked for.
    if let Some(body) = context.state.cache.get(epoch, org, &url) {
        return Ok(whole(body));
    }
    let request = CampaignRequest::new(context)?;
    let address = request.address()?;
    match &address.target {
        AddressTarget::Resources => metadata::resources(&request, &address),
        AddressTarget::Metadata(resource) => metadata::resource(&request, &address, resource),
        AddressTarget::Filters(resource) => metadata::filters(&request, &address, resource),
        AddressTarget::List(list) => list::read(&request, &address, list),
        AddressTarget::Count(list) => list::count(&request, list),
        AddressTarget::Attribute(list, field) => list::attribute(&request, &address, list, field),
        AddressTarget::Record(target) => {
            let found = find(&request, target)?;
            let body = read(&request, &address, target, &found)?;
            if target.resource.name() == "privacyTool" {
                services.count_request_read(&request.caller.tenant, found.number).await?;
            }
            context.state.cache.insert(epoch, org, url, body.clone());
            Ok(whole(body))
        }
        AddressTarget::Member(target, field) => {
            let found = find(&request, target)?;
            if let Kind::Derived(Derived::Address(what)) = field.kind {
                return match what {
                    Addressed::MirrorPage => mirror_page::read(&request, target.resource, &found),
                    Addressed::File => Err(Failure::MethodNotAllowed("POST, OPTIONS")),
                    Addressed::Unknown => Err(Error::Unanswered(field.name.clone()).into()),
                };
            }
            let with_href = !matches!(field.kind, Kind::Collection(_));
            let options = request.options(&address, with_href, Links::Full(None));
            let member = record::with_view(&request, &options, target.resource, &found, |view| {
                view.member(&field.name)
            })?;
            json_response(StatusCode::OK, &member)
        }
        AddressTarget::Workflow { key, rest } if rest.is_empty() => workflow::read(&request, key),
        AddressTarget::Workflow { rest, .. } => {
            Err(Failure::MethodNotAllowed(workflow::allowed(rest)))
        }
    }
}

fn whole(body: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type(JSON).body(body)
}

/// The whole record, in Campaign Standard without `href`.
fn read(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    target: &RecordTarget<'_>,
    found: &Record,
) -> Result<Bytes, Failure> {
    let with_href = request.dialect() == Dialect::V8;
    let options = request.options(address, with_href, Links::Full(None));
    record::with_view(request, &options, target.resource, found, |view| json_text(&view))?
}

fn find(request: &CampaignRequest<'_>, target: &RecordTarget<'_>) -> Result<Record, Failure> {
    record::check_parent(request, target)?;
    let tenant = &request.caller.tenant;
    Ok(request.services().record(tenant, target.resource, target.key)?)
}
