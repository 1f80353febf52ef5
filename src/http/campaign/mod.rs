//! Campaign Standard, `/{org}/campaign/…`: one handler per verb, for all resources. The path within the org is read as an
//! address; what is special about a resource is declared in the catalog, of which `record_view`, `metadata` and
//! `openapi` are the three renderings.

mod address;
mod delete;
mod examples;
mod get;
mod handlers;
mod list;
mod metadata;
mod metadata_key;
mod mirror_page;
mod openapi;
mod patch;
mod post;
mod record;
mod record_schemas;
mod record_view;
mod request;
mod verbs;
mod workflow;

pub(super) use handlers::{answer_by_verb, unknown_path};
pub(super) use openapi::document as openapi;
