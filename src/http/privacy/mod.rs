//! Privacy Service, on two bases with the same behavior (`docs/reference/privacy-service.md` §3-§7).

mod handlers;
mod openapi;
mod query;
mod shapes;

pub(super) use handlers::{
    consent, content, create, create_child, list, only_get, only_get_and_post, only_post, read,
    unknown_path,
};
pub(super) use openapi::{JobSamples, document as openapi};
