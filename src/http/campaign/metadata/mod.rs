//! Metadata: resources, their fields and their filters, as the catalog declares them
//! (`docs/reference/campaign-standard.md` §18).

mod fields;
mod filters;
mod openapi;

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::error::Failure;
use super::super::response::sorted_json_response;
use super::address::Address;
use super::metadata_key::metadata_key;
use super::request::CampaignRequest;
use crate::domain::{Home, Resource};
use fields::FieldMetadata;

pub(super) use filters::filters;
pub(super) use openapi::{MetadataSchemas, draw};

/// `GET /profileAndServicesExt`: the resources of an API.
pub(super) fn resources(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
) -> Result<HttpResponse, Failure> {
    let model = &request.caller.tenant.model;
    let resources = address.api.resources(model, request.dialect());
    let listed = resources.into_iter().map(|resource| {
        let entry = ListedResource {
            content: content(request, address, resource),
            data: data(address, resource),
            help: &resource.names.help,
            href: href(request, address, resource),
            name: resource.name(),
            kind: "collection",
        };
        (resource.name(), Listed::Resource(Box::new(entry)))
    });
    let api_name = ("apiName", Listed::ApiName("resourceType"));
    sorted_json_response(StatusCode::OK, &listed.chain([api_name]).collect::<Resources<'_>>())
}

/// The resources of an API by name, and `apiName`.
type Resources<'a> = BTreeMap<&'a str, Listed<'a>>;

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "ListedMetadata")]
enum Listed<'a> {
    ApiName(&'a str),
    Resource(Box<ListedResource<'a>>),
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListedResource", deny_unknown_fields)]
struct ListedResource<'a> {
    content: BTreeMap<&'a str, FieldMetadata>,
    data: String,
    help: &'a str,
    href: String,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

/// `GET …/resourceType/<resource>` and `GET …/<resource>/metadata`
pub(super) fn resource(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
) -> Result<HttpResponse, Failure> {
    let key = metadata_key(&request.caller.tenant, resource);
    let filters = format!("{}{}/resourceType/{key}/filters/", request.campaign, address.root);
    let roots = match resource.home {
        Home::Profiles => vec!["profileAndServices", "profileAndServicesExt"],
        _ => vec![address.root],
    };
    let compatible = |root| (root, format!("/{root}/{}/", resource.name()));
    let body = ResourceMetadata {
        pkey: key,
        api_name: "resourceType",
        compatible_resources: roots.into_iter().map(compatible).collect(),
        content: content(request, address, resource),
        data: data(address, resource),
        filters: FiltersHref { href: filters },
        help: &resource.names.help,
        href: href(request, address, resource),
        label: &resource.names.label,
        mandatory: false,
        name: resource.name(),
        pkg_status: "never",
        read_only: false,
        schema: &resource.names.schema,
        kind: "item",
    };
    sorted_json_response(StatusCode::OK, &body)
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ResourceMetadata", deny_unknown_fields)]
struct ResourceMetadata<'a> {
    #[serde(rename = "PKey")]
    pkey: String,
    api_name: &'a str,
    compatible_resources: BTreeMap<&'a str, String>,
    content: BTreeMap<&'a str, FieldMetadata>,
    data: String,
    filters: FiltersHref,
    help: &'a str,
    href: String,
    label: &'a str,
    mandatory: bool,
    name: &'a str,
    pkg_status: &'a str,
    read_only: bool,
    schema: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct FiltersHref {
    href: String,
}

/// Where a resource is described.
fn href(request: &CampaignRequest<'_>, address: &Address<'_>, resource: &Resource) -> String {
    format!("{}{}/{}/metadata", request.campaign, address.root, resource.name())
}

/// Relative, as nothing else is.
fn data(address: &Address<'_>, resource: &Resource) -> String {
    format!("/{}/{}/", address.root, resource.name())
}

fn content<'a>(
    request: &'a CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &'a Resource,
) -> BTreeMap<&'a str, FieldMetadata> {
    let extended = request.extended(address);
    let tenant = &request.caller.tenant;
    let sealer = tenant.keyring.of(resource);
    let fields = resource.fields.iter().filter(|field| field.is_described(extended));
    fields
        .map(|field| {
            let key = sealer.field_key(resource.name(), &field.name);
            let name = field.name.as_str();
            (name, FieldMetadata::of(field, resource, &tenant.model, key))
        })
        .collect()
}
