//! The verbs that addresses take, as `Allow` lists them.

use super::address::ListEndpoint;
use crate::domain::Resource;

/// The verbs that a list takes.
pub(super) const fn allowed_on_list(list: &ListEndpoint<'_>) -> &'static str {
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
