//! How a field is described (`docs/reference/campaign-standard.md` §18.1,
//! `docs/reference/data-model.md` §1).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{
    Access, Enumeration, Field, FieldType, INVALID_VALUE, Kind, Model, Policy, Resource,
};

/// The nineteen members of a field's metadata, and those that links and enumerations have besides.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the vendor's members")]
pub(super) struct FieldMetadata {
    #[serde(rename = "PKey")]
    pkey: String,
    api_name: String,
    category: &'static str,
    data_policy: &'static str,
    desc: &'static str,
    display_format: &'static str,
    help: &'static str,
    label: String,
    lazy_loaded: bool,
    /// A number; 0 where there is no length.
    #[schemars(regex(pattern = "^[0-9]+$"))]
    length: String,
    mandatory: bool,
    metadata: FieldKind,
    privacy: &'static str,
    queryable: bool,
    read_only: bool,
    res_name: &'static str,
    /// The resource that a link or a collection leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    res_target: Option<String>,
    /// The technical type.
    res_type: &'static str,
    sortable: bool,
    /// The high-level type.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether it leads to many records.
    #[serde(skip_serializing_if = "Option::is_none")]
    unbound: Option<bool>,
    /// Of an enumeration, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<BTreeMap<String, ValueMetadata>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
enum FieldKind {
    Attribute,
    Link,
    Collection,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
struct ValueMetadata {
    label: String,
    name: String,
    value: String,
}

impl FieldMetadata {
    /// Describes a field of `resource`, or a parameter of one of its filters.
    pub(super) fn of(field: &Field, resource: &Resource, model: &Model, pkey: String) -> Self {
        let named = FieldType::of(field, resource, model);
        let target = field.target();
        Self {
            pkey,
            api_name: field.name.clone(),
            category: field.category,
            data_policy: match field.kind {
                Kind::Text { policy: Policy::Email, .. } => "email",
                Kind::Text { policy: Policy::SmartCase, .. } => "smartCase",
                _ => "",
            },
            desc: "",
            display_format: "",
            help: "",
            label: field.label.clone(),
            lazy_loaded: matches!(field.kind, Kind::Collection(_)),
            length: named.length.to_string(),
            mandatory: false,
            metadata: match target {
                None => FieldKind::Attribute,
                Some((_, false)) => FieldKind::Link,
                Some((_, true)) => FieldKind::Collection,
            },
            privacy: "firstParty",
            queryable: true,
            read_only: field.access == Access::ReadOnly,
            res_name: "",
            res_target: target.map(|(target, _)| target.to_owned()),
            res_type: named.technical,
            sortable: field.sortable(),
            kind: named.high_level,
            unbound: target.map(|(_, unbound)| unbound),
            values: match &field.kind {
                Kind::Enumeration(list) => Some(values(list)),
                _ => None,
            },
        }
    }
}

fn values(list: &Enumeration) -> BTreeMap<String, ValueMetadata> {
    let invalid = (INVALID_VALUE, "INVALID VALUE", INVALID_VALUE);
    let values = list.values.iter();
    values
        .map(|value| (value.name.as_str(), value.label.as_str(), value.stored.as_str()))
        .chain([invalid])
        .map(|(name, label, stored)| {
            let [name, label, value] = [name, label, stored].map(str::to_owned);
            (name.clone(), ValueMetadata { label, name, value })
        })
        .collect()
}
