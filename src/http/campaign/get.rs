//! GET: records, lists, counts, single members, metadata (`reference/campaign-standard.md` §4, §5).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use serde_json::json;

use super::address::{Place, Target};
use super::{Address, Call, Context, Failure, list, metadata, record, workflow};
use crate::domain::{Kind, Links, Record};
use crate::http::remembered::Moment;
use crate::http::{Dialect, json, json_text, mime_json};

pub(super) async fn get(call: &Call) -> Result<HttpResponse, Failure> {
    // Scheme and host are the caller's, and stand in hrefs. What an older generation of the org answers
    // to a call that still holds it is not what the next one does.
    let org = call.admitted()?.tenant.id;
    let url = [&call.api.base_url(call.request.headers()), call.request.path()].concat();
    let services = &call.api.services;
    // Taken before the read: a write that comes in between makes the answer outdated, never wrong.
    let moment = Moment { version: services.version(), day: services.clock().now().day() };
    // Only whole records are kept, so what is known is one, and need not be looked for.
    if let Some(body) = call.api.remembered.recall(moment, org, &url) {
        return Ok(whole(body));
    }
    let context = Context::new(call)?;
    let address = context.address()?;
    match &address.place {
        Place::Resources => metadata::resources(&context, &address),
        Place::Metadata(resource) => metadata::resource(&context, &address, resource),
        Place::Filters(resource) => metadata::filters(&context, &address, resource),
        Place::List(list) => list::read(&context, &address, list),
        Place::Count(list) => list::count(&context, list),
        Place::Attribute(list, field) => list::attribute(&context, &address, list, field),
        Place::Record(target) => {
            let found = find(&context, target)?;
            let body = read(&context, &address, target, &found)?;
            if target.resource.name() == "privacyTool" {
                services.count_request_read(&context.admitted.tenant, found.number).await?;
            }
            call.api.remembered.keep(moment, org, url, body.clone());
            Ok(whole(body))
        }
        Place::Member(target, field) => {
            let found = find(&context, target)?;
            let with_href = !matches!(field.kind, Kind::Collection(_));
            let showing = context.showing(&address, with_href, Links::Under(None));
            let member = record::shown(&context, &showing, target.resource, &found, |view| {
                view.member(&field.name)
            })?;
            json(StatusCode::OK, &member)
        }
        Place::Workflow { key, rest } if rest.is_empty() => workflow::read(&context, key),
        Place::Workflow { rest, .. } => Err(Failure::MethodNotAllowed(workflow::allowed(rest))),
    }
}

fn whole(body: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type(mime_json()).body(body)
}

/// The whole record, in Campaign Standard without `href`.
fn read(
    context: &Context<'_>,
    address: &Address<'_>,
    target: &Target<'_>,
    found: &Record,
) -> Result<Bytes, Failure> {
    let with_href = context.dialect() == Dialect::V8;
    let showing = context.showing(address, with_href, Links::Under(None));
    record::shown(context, &showing, target.resource, found, |view| json_text(&view))?
}

fn find(context: &Context<'_>, target: &Target<'_>) -> Result<Record, Failure> {
    record::check_above(context, target)?;
    let tenant = &context.admitted.tenant;
    Ok(context.call.api.services.record(tenant, target.resource, target.key)?)
}

/// `{"count": n}`
pub(super) fn counted(count: i64) -> Result<HttpResponse, Failure> {
    json(StatusCode::OK, &json!({ "count": count }))
}
