//! What the verbs share: views of a record, the answer to an update, and the parent record of a collection.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::settings::PatchReturns;
use super::address::{Address, ParentRecord, RecordTarget};
use super::record_view::{Links, RecordView, RenderOptions};
use super::request::CampaignRequest;
use crate::domain::{Condition, KeyLocation, Record, RecordNumber, Resource};
use crate::service::WriteOutcome;

/// What a PATCH answers.
#[derive(Serialize)]
struct Brief {
    #[serde(rename = "PKey")]
    pkey: String,
    href: String,
}

/// Hands a view of a record to `show`.
pub(super) fn with_view<T>(
    request: &CampaignRequest<'_>,
    options: &RenderOptions<'_>,
    resource: &Resource,
    record: &Record,
    show: impl FnOnce(RecordView<'_>) -> T,
) -> Result<T, Failure> {
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    let linked = services.linked_records(tenant, resource, record, options.extended)?;
    let collection = options.collection(resource);
    Ok(show(RecordView { options, resource, collection: &collection, record, linked: &linked }))
}

/// The condition that the members of a record's collection meet; the record must be there.
pub(super) fn in_collection_of(
    request: &CampaignRequest<'_>,
    parent: &ParentRecord<'_>,
) -> Result<Condition, Failure> {
    let to = parent_number(request, parent)?;
    Ok(Condition::LinkedTo { link: parent.link.to_owned(), to })
}

/// The number of the record whose collection is addressed.
fn parent_number(
    request: &CampaignRequest<'_>,
    parent: &ParentRecord<'_>,
) -> Result<RecordNumber, Failure> {
    let tenant = &request.caller.tenant;
    let found = request.services().record(tenant, parent.resource, parent.key)?;
    Ok(found.number)
}

/// Refuses a record that is not in the collection through which it is addressed.
pub(super) fn check_parent(
    request: &CampaignRequest<'_>,
    target: &RecordTarget<'_>,
) -> Result<(), Failure> {
    let Some(parent) = &target.parent else { return Ok(()) };
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    let number = services.number_of(tenant, target.resource, target.key)?;
    let inside = [in_collection_of(request, parent)?, Condition::Is(number)];
    if services.count_records(tenant, target.resource, &inside)? == 0 {
        return Err(target.resource.missing(target.key, KeyLocation::Uri).into());
    }
    Ok(())
}

/// Key and address of the record, or all of it if the settings say so.
pub(super) fn update_response(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
    updated: &WriteOutcome,
) -> Result<HttpResponse, Failure> {
    let options = request.options(address, false, Links::Full(None));
    with_view(request, &options, resource, &updated.record, |view| match request.patch_returns() {
        PatchReturns::Record => json_response(StatusCode::OK, &view),
        PatchReturns::Pkey => {
            let pkey = request.caller.tenant.keyring.of(resource).pkey(updated.record.number);
            json_response(StatusCode::OK, &Brief { pkey: pkey.to_string(), href: view.address() })
        }
    })?
}
