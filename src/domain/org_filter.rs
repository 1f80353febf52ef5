//! The org that a control request is about.

use super::error::{Error, Result};

/// The org that a body and its query name; they may not name two.
///
/// # Errors
/// [`Error::RequestInvalid`].
pub fn merge_org_filters(body: Option<String>, query: Option<String>) -> Result<Option<String>> {
    match (body, query) {
        (Some(body), Some(query)) if body != query => Err(Error::RequestInvalid(format!(
            "The body is about the org '{body}' and the query about '{query}': name one."
        ))),
        (body, query) => Ok(body.or(query)),
    }
}
