//! Statements in the making: fields, values and ranges of text as SQL. Names come from the catalog,
//! values are always bound.

use rusqlite::types::Value as Bound;
use serde_json::Value;

use crate::domain::{Derived, Field, Kind, Resource, Table, Title, TitlePart};

/// A statement in the making.
#[derive(Default)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Bound>,
}

impl Sql {
    /// A placeholder for a value.
    pub(super) fn bind(&mut self, value: impl Into<Bound>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

/// A field as SQL: its column, or what the JSON has or its default.
pub(super) fn expression(sql: &mut Sql, resource: &Resource, field: &Field) -> String {
    if resource.key.as_ref().is_some_and(|key| key.field == field.name) {
        return "coalesce(key, '')".to_owned();
    }
    let profile = resource.table == Table::Profile;
    match field.name.as_str() {
        "email" if profile => return "email".to_owned(),
        "firstName" if profile => return "first_name".to_owned(),
        "lastName" if profile => return "last_name".to_owned(),
        "ccpaOptOut" if profile => return "ccpa_opt_out".to_owned(),
        _ => {}
    }
    let mut json = |name: &str, default: Bound| {
        let (name, default) = (sql.bind(name.to_owned()), sql.bind(default));
        format!("coalesce(attributes ->> {name}, {default})")
    };
    let empty = || Bound::Text(String::new());
    match &field.kind {
        Kind::Derived(Derived::Created) => "created".to_owned(),
        Kind::Derived(Derived::LastModified) => "last_modified".to_owned(),
        // The older somebody is, the earlier the birthday.
        Kind::Derived(Derived::Age) => {
            let birth_date = json("birthDate", "9999-99-99".to_owned().into());
            format!("-CAST(replace({birth_date}, '-', '') AS INTEGER)")
        }
        Kind::Derived(Derived::Domain) => {
            "CASE instr(email, '@') WHEN 0 THEN '' ELSE substr(email, instr(email, '@') + 1) END"
                .to_owned()
        }
        Kind::Derived(Derived::Title(Title::Person)) => {
            "concat_ws(' ', nullif(first_name, ''), nullif(last_name, ''),
                '(' || nullif(email, '') || ')')"
                .to_owned()
        }
        Kind::Derived(Derived::Title(Title::LabelAndName)) => {
            let label = json("label", empty());
            format!("concat_ws(' ', nullif({label}, ''), '(' || nullif(key, '') || ')')")
        }
        Kind::Derived(Derived::Title(Title::Parts(parts))) => joined(sql, resource, parts),
        Kind::Boolean { .. } | Kind::Number { .. } => json(&field.name, 0.into()),
        Kind::Text { default, .. } => json(&field.name, default.clone().into()),
        Kind::Enumeration(list) => json(&field.name, list.default.clone().into()),
        _ => json(&field.name, empty()),
    }
}

/// A title made of parts as SQL.
fn joined(sql: &mut Sql, resource: &Resource, parts: &[TitlePart]) -> String {
    let parts = parts.iter().map(|part| match part {
        TitlePart::Text(text) => sql.bind(text.clone()),
        TitlePart::Field(name) => resource
            .field(name)
            .map_or_else(|| "''".to_owned(), |field| expression(sql, resource, field)),
    });
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { "''".to_owned() } else { parts.join(" || ") }
}

/// Whether an expression starts with a text, as a range that an index can find.
pub(super) fn starts_with(sql: &mut Sql, expression: &str, text: &str) -> String {
    if text.is_empty() {
        return "TRUE".to_owned();
    }
    let from = sql.bind(text.to_owned());
    format!("({expression} >= {from} AND {})", before_end(sql, expression, text))
}

/// Whether an expression lies before the end of the range of what starts with a text.
pub(super) fn before_end(sql: &mut Sql, expression: &str, text: &str) -> String {
    match successor(text) {
        Some(end) => format!("{expression} < {}", sql.bind(end)),
        None => "TRUE".to_owned(),
    }
}

/// The least text that is greater than all that start with `text`; `None` when there is none.
fn successor(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    while let Some(last) = text.pop() {
        let next = match u32::from(last) + 1 {
            // Between the halves of UTF-16 pairs there are no characters.
            0xd800..=0xdfff => 0xe000,
            next => next,
        };
        if let Some(next) = char::from_u32(next) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// A canonical value as `->>` reads it back.
pub(super) fn bound(value: &Value) -> Bound {
    match value {
        Value::Null => Bound::Text(String::new()),
        Value::Bool(flag) => Bound::Integer((*flag).into()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Bound::Integer(whole),
            None => Bound::Real(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Bound::Text(text.clone()),
        other => Bound::Text(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_of_a_text_ends_the_range_of_what_starts_with_it() {
        for (text, end) in [
            ("Mar", Some("Mas")),
            ("a\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(successor(text).as_deref(), end, "{text:?}");
        }
    }
}
