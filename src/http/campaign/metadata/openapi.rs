//! What Campaign's document says of metadata.

use serde_json::Value;

use super::super::super::openapi::{Document, Operation};
use super::super::super::schemas::{self, Schemas};
use super::filters::Filters;
use super::{ResourceMetadata, Resources};
use crate::domain::Resource;

/// The schemas of what the calls answer.
pub(in super::super) struct MetadataSchemas {
    resources: Value,
    resource: Value,
    filters: Value,
}

impl MetadataSchemas {
    pub(in super::super) fn new(structs: &mut Schemas) -> Self {
        Self {
            resources: structs.answer(schemas::of::<Resources<'_>>()),
            resource: structs.answer(schemas::of::<ResourceMetadata<'_>>()),
            filters: structs.answer(schemas::of::<Filters<'_>>()),
        }
    }
}

/// The calls that list and describe the resources of an API.
pub(in super::super) fn draw<'a>(
    document: &mut Document,
    answers: &MetadataSchemas,
    root: &str,
    described: impl Iterator<Item = &'a Resource>,
) {
    let call = |summary: &str, answer: &Value| {
        Operation::new("metadata", summary)
            .answers(200, "The declaration.", answer)
            .refuses(&[401, 403])
    };
    let summary = format!("The resources of {root}");
    document.add("get", &format!("/{root}"), call(&summary, &answers.resources));
    for resource in described {
        let name = resource.name();
        let summary = format!("What a resource consists of: {name}");
        for path in [format!("/{root}/{name}/metadata"), format!("/{root}/resourceType/{name}")] {
            document.add("get", &path, call(&summary, &answers.resource));
        }
        let path = format!("/{root}/resourceType/{name}/filters");
        let summary = format!("The filters of a resource: {name}");
        document.add("get", &path, call(&summary, &answers.filters));
    }
}
