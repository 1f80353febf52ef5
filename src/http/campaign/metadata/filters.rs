//! How a filter is described (`docs/reference/campaign-standard.md` §18.2,
//! `docs/reference/data-model.md` §7).

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::super::error::Failure;
use super::super::super::response::sorted_json_response;
use super::super::address::Address;
use super::super::request::CampaignRequest;
use super::data;
use super::fields::FieldMetadata;
use crate::domain::{Field, Filter, FilterCondition, Resource, Rule};

/// The filters of a resource by name.
pub(super) type Filters<'a> = BTreeMap<&'a str, FilterMetadata<'a>>;

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FilterMetadata", deny_unknown_fields)]
pub(super) struct FilterMetadata<'a> {
    #[serde(rename = "PKey")]
    pkey: String,
    category: &'static str,
    condition: Conditions,
    data: String,
    form_type: FormType,
    fragment_name: &'static str,
    label: &'a str,
    /// The parameters by name.
    metadata: BTreeMap<String, FieldMetadata>,
    res_name: &'a str,
    web_page: &'a str,
    web_page_name: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
enum FormType {
    None,
    WebPage,
}

/// Conditions by their numbers.
type Conditions = BTreeMap<String, ConditionMetadata>;

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FilterCondition", deny_unknown_fields)]
struct ConditionMetadata {
    bool_operator: BoolOperator,
    /// What a record of the collection must meet.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Conditions>,
    /// When it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled_if: Option<String>,
    /// What it asks.
    expr: String,
    internal_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_operator: Option<SetOperator>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
enum BoolOperator {
    And,
    Or,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
enum SetOperator {
    Exists,
}

/// `GET …/resourceType/<PKey>/filters/`
pub(in super::super) fn filters(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
) -> Result<HttpResponse, Failure> {
    let extended = address.api.shows_extensions();
    let shown: Filters<'_> = resource
        .filters
        .iter()
        .filter(|filter| filter.is_shown(extended))
        .map(|filter| (filter.name.as_str(), described(request, address, resource, filter)))
        .collect();
    sorted_json_response(StatusCode::OK, &shown)
}

fn described<'a>(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    resource: &Resource,
    filter: &'a Filter,
) -> FilterMetadata<'a> {
    let is_form = matches!(filter.rule, Rule::Birthday);
    let parameters: Vec<_> =
        filter.parameters().iter().map(|name| format!("{name}=$value")).collect();
    // The address of a form is absolute, others are relative.
    let base = if is_form {
        format!("{}{}/{}/", request.campaign, address.root, resource.name())
    } else {
        data(address, resource)
    };
    let tenant = &request.caller.tenant;
    let sealer = tenant.keyring.of(resource);
    let parameter = |field: Field| {
        let key = sealer.parameter_key(resource.name(), &filter.name, &field.name);
        (field.name.clone(), FieldMetadata::of(&field, resource, &tenant.model, key))
    };
    FilterMetadata {
        pkey: sealer.filter_key(resource.name(), &filter.name),
        category: if is_form { "0150_profile" } else { "99_none" },
        condition: conditions(&filter.described_conditions(resource, &tenant.model), &mut 1),
        data: format!("{base}{}?{}", filter.name, parameters.join("&")),
        form_type: if is_form { FormType::WebPage } else { FormType::None },
        fragment_name: "",
        label: &filter.label,
        metadata: filter
            .parameter_fields(resource, &tenant.model)
            .into_iter()
            .map(parameter)
            .collect(),
        res_name: &filter.name,
        // What a form is called is on record nowhere.
        web_page: if is_form { &filter.name } else { "" },
        web_page_name: "",
    }
}

/// Conditions by their numbers within the filter, of which `next` is the first.
fn conditions(list: &[FilterCondition], next: &mut u8) -> Conditions {
    let mut described = BTreeMap::new();
    for condition in list {
        let number = next.to_string();
        *next = next.saturating_add(1);
        let exists = !condition.exists.is_empty();
        let entry = ConditionMetadata {
            bool_operator: if condition.and { BoolOperator::And } else { BoolOperator::Or },
            condition: exists.then(|| conditions(&condition.exists, next)),
            enabled_if: condition.enabled_if.clone(),
            expr: condition.expression.clone(),
            internal_id: number.clone(),
            set_operator: exists.then_some(SetOperator::Exists),
        };
        described.insert(number, entry);
    }
    described
}
