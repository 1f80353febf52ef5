//! The keys of metadata: sealed like those of records, so that they can be asked for by key.

use crate::domain::{RecordNumber, Resource};
use crate::service::Tenant;

/// The resource whose metadata has that key.
pub(super) fn resource_of<'a>(tenant: &'a Tenant, key: &str) -> Option<&'a Resource> {
    let key = key.trim_start_matches('@');
    tenant.model.resources().find(|resource| metadata_key(tenant, resource, 0) == key)
}

/// The key of a resource's metadata, or of its part with that number. It has no `@`.
pub(super) fn metadata_key(tenant: &Tenant, resource: &Resource, part: u16) -> String {
    let at = tenant.model.resources().take_while(|other| other.name() != resource.name()).count();
    // Parts of no record: resources that share PKeys differ by where they stand in the model.
    let place = u16::try_from(at * 256).unwrap_or(u16::MAX).saturating_add(part);
    let key = tenant.keyring.of(resource).part_key(RecordNumber::ZERO, place);
    key.as_str().trim_start_matches('@').to_owned()
}
