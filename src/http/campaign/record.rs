//! What the verbs share: views of a record, and the record above it.

use super::address::{Above, Target};
use super::{Context, Failure};
use crate::domain::{Condition, Error, Place, Record, RecordNumber, RecordView, Resource, Showing};

/// Shows a record.
pub(super) fn shown<T>(
    context: &Context<'_>,
    showing: &Showing<'_>,
    resource: &Resource,
    record: &Record,
    show: impl FnOnce(RecordView<'_>) -> T,
) -> Result<T, Failure> {
    let (services, tenant) = (&context.call.api.services, &context.admitted.tenant);
    let related = services.related(tenant, resource, record, showing.extended)?;
    let collection = showing.collection(resource);
    Ok(show(RecordView { showing, resource, collection: &collection, record, related: &related }))
}

/// The condition that the members of a record's collection meet; the record must be there.
pub(super) fn members_of(context: &Context<'_>, above: &Above<'_>) -> Result<Condition, Failure> {
    let to = number_above(context, above)?;
    Ok(Condition::LinkedTo { link: above.link.to_owned(), to })
}

/// The number of the record whose collection is addressed.
fn number_above(context: &Context<'_>, above: &Above<'_>) -> Result<RecordNumber, Failure> {
    let tenant = &context.admitted.tenant;
    let found = context.call.api.services.record(tenant, above.resource, above.key)?;
    Ok(found.number)
}

/// Refuses a record that is not in the collection through which it is addressed.
pub(super) fn check_above(context: &Context<'_>, target: &Target<'_>) -> Result<(), Failure> {
    let Some(above) = &target.above else { return Ok(()) };
    let (services, tenant) = (&context.call.api.services, &context.admitted.tenant);
    let number = services.number_of(tenant, target.resource, target.key)?;
    let inside = [members_of(context, above)?, Condition::Is(number)];
    if services.count_records(tenant, target.resource, &inside)? == 0 {
        return Err(Error::missing(target.resource, target.key, Place::Uri).into());
    }
    Ok(())
}
