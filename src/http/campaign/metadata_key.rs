//! The keys of the metadata of resources, by which these can be asked for.

use crate::domain::Resource;
use crate::service::Tenant;

/// The resource whose metadata has that key.
pub(super) fn resource_of<'a>(tenant: &'a Tenant, key: &str) -> Option<&'a Resource> {
    let key = key.trim_start_matches('@');
    tenant.model.resources().find(|resource| metadata_key(tenant, resource) == key)
}

/// The key of a resource's metadata. It has no `@`.
pub(super) fn metadata_key(tenant: &Tenant, resource: &Resource) -> String {
    tenant.keyring.of(resource).resource_key(resource.name())
}
