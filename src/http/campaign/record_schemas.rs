//! The schemas of Campaign's records, as they are answered and as they may be sent.

use serde_json::{Value, json};

use super::super::openapi::{
    NOTHING, anything, array, at_least, boolean, exactly, integer, named, nullable, object,
    pattern, text, words,
};
use crate::domain::{ANY_LENGTH, Access, Derived, Enumeration, Field, Kind, Link, Resource};

pub(super) fn list_schema(record: &str) -> Value {
    object(
        [
            ("content", array(&named(record))),
            ("count", object([("href", text())], [("value", at_least(0))])),
            ("serverSidePagination", boolean()),
        ],
        [("next", exactly([("href", text())]))],
    )
}

pub(super) fn workflow_schema() -> Value {
    let activity = object(
        [("PKey", text()), ("name", text()), ("trigger", named("Href"))],
        [("parameters", anything())],
    );
    let activities = json!({"type": "object", "additionalProperties": activity});
    object(
        [("PKey", text()), ("activities", exactly([("activity", activities)]))],
        [("href", text()), ("nextProcessingDate", text())],
    )
}

/// A record as it is answered.
pub(super) fn record_schema(resource: &Resource, extended: bool) -> Value {
    let shown = resource.fields.iter().filter(|field| field.is_shown(extended));
    let (perhaps, always): (Vec<_>, Vec<_>) =
        shown.partition(|field| matches!(field.kind, Kind::Derived(Derived::Href)));
    let members = |fields: Vec<&Field>| -> Vec<(String, Value)> {
        fields
            .into_iter()
            .map(|field| (field.name.clone(), titled(field, shown_schema(&field.kind))))
            .collect()
    };
    object(members(always), members(perhaps))
}

/// What may be sent: neither what the server sets nor what is unknown; of that, the record's own `PKey`.
/// With `cuts` a text may be longer than its field, but for the resource's own key.
pub(super) fn body_schema(resource: &Resource, extended: bool, cuts: bool) -> Value {
    let taken = resource.fields.iter().filter(|field| {
        let writable = matches!(field.access, Access::Writable | Access::WriteOnly);
        (writable && (extended || !field.extension))
            || matches!(field.kind, Kind::Derived(Derived::PKey))
    });
    let (always, perhaps): (Vec<_>, Vec<_>) =
        taken.partition(|field| resource.required.contains(&field.name.as_str()));
    let cuts = |field: &Field| cuts && !resource.is_key(&field.name);
    let always = always
        .into_iter()
        .map(|field| (&field.name, titled(field, required_schema(&field.kind, cuts(field)))));
    let perhaps = perhaps
        .into_iter()
        .map(|field| (&field.name, titled(field, sent_schema(&field.kind, cuts(field)))));
    object(always, perhaps)
}

fn titled(field: &Field, mut schema: Value) -> Value {
    // Beside a reference nothing else counts.
    if schema.get("$ref").is_none() {
        schema["title"] = field.label.as_str().into();
    }
    schema
}

fn date() -> Value {
    pattern(r"^(\d{4}-\d{2}-\d{2})?$")
}

fn date_time() -> Value {
    pattern(r"^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}Z)?$")
}

fn number(whole: bool) -> Value {
    if whole {
        json!({"type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX})
    } else {
        json!({"type": "number", "format": "double"})
    }
}

fn listed(list: &Enumeration) -> Value {
    if list.languages {
        return pattern("^(none|[a-z]{2,3}_[a-z]{2})$");
    }
    // The seed's own lists may leave a field empty that has no default.
    let unset = Some(list.default.as_str()).filter(|unset| !list.contains(unset));
    words(list.names().chain(unset))
}

/// A field's value as it is answered.
fn shown_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Text { max: ANY_LENGTH, .. } => text(),
        Kind::Text { max, .. } => json!({"type": "string", "maxLength": max}),
        Kind::Boolean { .. } => boolean(),
        Kind::Number { whole } => number(*whole),
        Kind::Date => date(),
        Kind::DateTime => date_time(),
        Kind::Enumeration(list) => listed(list),
        Kind::Element(members) => {
            object(members.iter().map(|one| (&one.name, shown_schema(&one.kind))), NOTHING)
        }
        Kind::Object => anything(),
        Kind::Link(link) => linked(link),
        Kind::Collection(_) | Kind::Derived(Derived::Address(_)) => named("Href"),
        Kind::Derived(from) => derived_schema(from),
    }
}

fn derived_schema(from: &Derived) -> Value {
    match from {
        Derived::Age | Derived::Count(_) => integer(),
        Derived::Created | Derived::LastModified => date_time(),
        Derived::CreationDay => date(),
        Derived::Null { .. } => json!({"nullable": true, "enum": [null]}),
        Derived::PostalAddress => {
            let lines = (1..=6).map(|line| (format!("line{line}"), text()));
            let texts = ["addrLastCheck", "addrQuality", "serialized"];
            let texts = texts.map(|name| (name.to_owned(), text()));
            let others = [("addrDefined", boolean()), ("addrErrorCount", integer())];
            let others = others.map(|(name, schema)| (name.to_owned(), schema));
            object(lines.chain(texts).chain(others), NOTHING)
        }
        _ => text(),
    }
}

/// Another record, or nothing.
fn linked(link: &Link) -> Value {
    let expanded = link.expanded.iter().map(|field| (*field, text()));
    let perhaps = expanded.chain([("href", text())]);
    nullable(object([("PKey", text()), ("title", text())], perhaps))
}

/// A field's value that has to be sent.
fn required_schema(kind: &Kind, cuts: bool) -> Value {
    let mut schema = match kind {
        Kind::Text { .. } if cuts => text(),
        other => shown_schema(other),
    };
    if matches!(kind, Kind::Text { .. }) {
        schema["minLength"] = 1.into();
    }
    schema
}

/// A field's value as it may be sent; null empties a field.
fn sent_schema(kind: &Kind, cuts: bool) -> Value {
    match kind {
        Kind::Boolean { .. } => boolean(),
        Kind::Text { .. } if cuts => nullable(text()),
        Kind::Element(members) => {
            object(NOTHING, members.iter().map(|one| (&one.name, sent_schema(&one.kind, cuts))))
        }
        Kind::Link(_) => nullable(exactly([("PKey", text())])),
        other => nullable(shown_schema(other)),
    }
}
