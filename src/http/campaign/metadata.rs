//! Metadata: resources, their fields and their filters, as the catalog declares them
//! (`docs/reference/campaign-standard.md` §18).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::error::Failure;
use super::super::response::json_response;
use super::address::Address;
use super::metadata_key::metadata_key;
use super::request::CampaignRequest;
use crate::domain::{
    Access, Derived, Enumeration, Field, Filter, Home, Kind, Policy, Resource, Rule,
};

/// `GET /profileAndServicesExt`: the resources of an API.
pub(super) fn resources(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
) -> Result<HttpResponse, Failure> {
    let mut shown = Map::new();
    shown.insert("apiName".to_owned(), "resourceType".into());
    let served = request
        .caller
        .tenant
        .model
        .resources()
        .filter(|resource| address.api.serves(resource, request.dialect()));
    for resource in served {
        let name = resource.name();
        let entry = json!({
            "content": content(request, address, resource),
            "data": data(address, resource),
            "help": resource.names.help,
            "href": format!("{}{}/{name}/metadata", request.campaign, address.root),
            "name": name,
            "type": "collection",
        });
        shown.insert(name.to_owned(), entry);
    }
    json_response(StatusCode::OK, &shown)
}

/// `GET …/resourceType/<resource>` and `GET …/<resource>/metadata`
pub(super) fn resource(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
) -> Result<HttpResponse, Failure> {
    let key = metadata_key(&request.caller.tenant, resource, 0);
    let href = format!("{}{}/resourceType/{key}", request.campaign, address.root);
    let compatible: Map<_, _> = match resource.home {
        Home::Profiles => ["profileAndServices", "profileAndServicesExt"]
            .map(|root| (root.to_owned(), format!("/{root}/{}/", resource.name()).into()))
            .into_iter()
            .collect(),
        _ => Map::from_iter([(address.root.to_owned(), data(address, resource).into())]),
    };
    let body = json!({
        "PKey": key,
        "apiName": "resourceType",
        "compatibleResources": compatible,
        "content": content(request, address, resource),
        "data": data(address, resource),
        "filters": { "href": format!("{href}/filters/") },
        "help": resource.names.help,
        "href": href,
        "label": resource.names.label,
        "mandatory": false,
        "name": resource.name(),
        "pkgStatus": "never",
        "readOnly": false,
        "schema": resource.names.schema,
        "type": "item",
    });
    json_response(StatusCode::OK, &body)
}

/// Relative, as nothing else is.
fn data(address: &Address<'_>, resource: &Resource) -> String {
    format!("/{}/{}/", address.root, resource.name())
}

fn content(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
) -> Map<String, Value> {
    let extended = request.extended(address);
    let tenant = &request.caller.tenant;
    resource
        .fields
        .iter()
        .zip(1_u16..)
        .filter(|(field, _)| field.access != Access::Hidden && (extended || !field.extension))
        .map(|(field, at)| {
            let key = metadata_key(tenant, resource, at);
            (field.name.clone(), described(field, &key))
        })
        .collect()
}

/// The nineteen members of a field's metadata, and those that links and enumerations have besides.
fn described(field: &Field, key: &str) -> Value {
    let (kind, length) = type_of(field);
    let policy = match field.kind {
        Kind::Text { policy: Policy::Email, .. } => "email",
        Kind::Text { policy: Policy::SmartCase, .. } => "smartCase",
        _ => "",
    };
    let linked = match &field.kind {
        Kind::Link(link) => Some((link.to.as_str(), false)),
        Kind::Collection(collection) => Some((collection.of.as_str(), true)),
        _ => None,
    };
    let mut members = json!({
        "PKey": key,
        "apiName": field.name,
        "category": field.category,
        "dataPolicy": policy,
        "desc": "",
        "displayFormat": "",
        "help": "",
        "label": field.label,
        "lazyLoaded": matches!(field.kind, Kind::Collection(_)),
        "length": length,
        "mandatory": false,
        "metadata": match linked {
            None => "attribute",
            Some((_, false)) => "link",
            Some((_, true)) => "collection",
        },
        "privacy": "firstParty",
        "queryable": true,
        "readOnly": field.access == Access::ReadOnly,
        "resName": "",
        "resType": kind,
        "sortable": field.sortable(),
        "type": kind,
    });
    if let Some((target, unbound)) = linked {
        members["resTarget"] = target.into();
        members["unbound"] = unbound.into();
    }
    if let Kind::Enumeration(list) = &field.kind {
        members["values"] = values(list).into();
    }
    members
}

fn values(list: &Enumeration) -> Vec<Value> {
    let value = |(at, name): (usize, &String)| json!({"label": name, "name": name, "value": at});
    list.values.iter().enumerate().map(value).collect()
}

/// The type of a field and its length, which is text.
fn type_of(field: &Field) -> (&'static str, String) {
    let (kind, length) = match &field.kind {
        Kind::Text { max, .. } => ("string", *max),
        Kind::Boolean { .. } => ("boolean", 0),
        Kind::Number { whole: true } => ("long", 0),
        Kind::Number { whole: false } => ("double", 0),
        Kind::Date | Kind::Derived(Derived::CreationDay) => ("date", 0),
        Kind::DateTime | Kind::Derived(Derived::Created | Derived::LastModified) => ("datetime", 0),
        Kind::Enumeration(_) => ("enum", 0),
        Kind::Link(_) | Kind::Derived(Derived::Null) => ("link", 0),
        Kind::Collection(_) => ("collection", 0),
        Kind::Element(_) | Kind::Object => ("element", 0),
        Kind::Derived(from) => match from {
            Derived::Age | Derived::Count(_) => ("long", 0),
            Derived::PostalAddress | Derived::Address(_) => ("element", 0),
            _ => ("string", 255),
        },
    };
    (kind, length.to_string())
}

/// `GET …/resourceType/<PKey>/filters/`
pub(super) fn filters(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
) -> Result<HttpResponse, Failure> {
    let tenant = &request.caller.tenant;
    let shown: Map<_, _> = resource
        .filters
        .iter()
        .zip(200_u16..)
        .filter(|(filter, _)| filter.is_shown(address.api.shows_extensions()))
        .map(|(filter, at)| {
            let key = metadata_key(tenant, resource, at);
            (filter.name.clone(), filter_entry(request, address, resource, filter, &key))
        })
        .collect();
    json_response(StatusCode::OK, &shown)
}

fn filter_entry(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
    filter: &Filter,
    key: &str,
) -> Value {
    let page = matches!(filter.rule, Rule::Birthday);
    let parameters: Vec<_> =
        filter.parameters().iter().map(|name| format!("{name}=$value")).collect();
    // The address of a form is absolute, others are relative.
    let base = if page {
        format!("{}{}/{}/", request.campaign, address.root, resource.name())
    } else {
        data(address, resource)
    };
    json!({
        "PKey": key,
        "category": if page { "0150_profile" } else { "99_none" },
        "condition": "",
        "data": format!("{base}{}?{}", filter.name, parameters.join("&")),
        "formType": if page { "webPage" } else { "none" },
        "fragmentName": "",
        "label": filter.label,
        "metadata": "filter",
        "resName": filter.name,
        "webPage": {},
        "webPageName": "",
    })
}
