//! Values that a body sends for fields: each is checked against its field's type and rules, and brought
//! into the form in which it is stored (`docs/reference/campaign-standard.md` §3, §6, §10).

use jiff::civil;
use serde_json::{Map, Value};

use super::catalog::{Field, Kind, Policy, Resource, find};
use super::conversion::{NumberType, not_boolean, not_convertible};
use super::policy::{self, shorten};
use super::{Error, Result, Timestamp};

/// Reads the values of one body, and remembers which texts it has cut.
pub(super) struct ValueReader<'a> {
    resource: &'a Resource,
    /// A text longer than its field is cut, unless it is the resource's own key; else it is refused.
    cuts: bool,
    /// What was cut, ready to read.
    pub(super) cut: Vec<String>,
}

impl<'a> ValueReader<'a> {
    pub(super) const fn new(resource: &'a Resource, cuts: bool) -> Self {
        Self { resource, cuts, cut: Vec::new() }
    }

    /// The stored form of a value sent for a field; null when it is the field's default.
    pub(super) fn read(&mut self, field: &Field, value: Value) -> Result<Value> {
        let not_convertible =
            |value: &Value, to, expected| not_convertible(&field.name, value, to, expected);
        let text_of = |value: Value, to, expected| match value {
            Value::String(text) => Ok(text),
            Value::Null => Ok(String::new()),
            other => Err(not_convertible(&other, to, expected)),
        };
        match &field.kind {
            Kind::Boolean { .. } => match value {
                Value::Bool(flag) => Ok(unless_default(flag, &false)),
                other => Err(not_boolean(&field.name, &other, "the JSON value true or false")),
            },
            Kind::Number { whole } => match value {
                Value::Null => Ok(Value::Null),
                sent => {
                    let number = NumberType::of(*whole).number(&field.name, &sent)?;
                    Ok(if number.as_f64() == Some(0.0) { Value::Null } else { number.into() })
                }
            },
            Kind::Text { max, policy, default } => {
                let text = text_of(value, "text", "a JSON string")?;
                let text = self.text(&field.name, text, *max, *policy)?;
                Ok(if text.is_empty() {
                    Value::Null
                } else {
                    unless_default(text, default.as_str())
                })
            }
            Kind::Date => {
                const EXPECTED: &str = "a date such as \"1980-12-31\"";
                let text = text_of(value, "date", EXPECTED)?;
                if text.is_empty() {
                    return Ok(Value::Null);
                }
                let well_formed =
                    text.len() == "YYYY-MM-DD".len() && text.parse::<civil::Date>().is_ok();
                well_formed
                    .then(|| Value::String(text.clone()))
                    .ok_or_else(|| not_convertible(&Value::String(text), "date", EXPECTED))
            }
            Kind::DateTime => {
                const EXPECTED: &str = "a moment such as \"2026-01-31 08:00:00.000Z\"";
                let text = text_of(value, "date and time", EXPECTED)?;
                if text.is_empty() {
                    return Ok(Value::Null);
                }
                Timestamp::parse(&text)
                    .map(|moment| Value::String(moment.to_campaign()))
                    .ok_or_else(|| not_convertible(&Value::String(text), "date and time", EXPECTED))
            }
            Kind::Enumeration(list) => {
                let text = text_of(value, "text", "a JSON string")?;
                if text.is_empty() {
                    return Ok(Value::Null);
                }
                if !list.contains(&text) {
                    return Err(Error::NotInEnumeration {
                        value: shorten(&text),
                        enumeration: list.name.clone(),
                        field: field.name.clone(),
                        expected: list.expectation(),
                    });
                }
                Ok(unless_default(text, list.default.as_str()))
            }
            Kind::Element(members) => match value {
                Value::Object(sent) => self.element(members, sent),
                other => Err(not_convertible(&other, "element", "a JSON object")),
            },
            Kind::Object => match value {
                Value::Null => Ok(Value::Null),
                Value::Object(members) if members.is_empty() => Ok(Value::Null),
                Value::Object(members) => Ok(Value::Object(members)),
                other => Err(not_convertible(&other, "element", "a JSON object")),
            },
            // Links are set apart; the others are read-only and never come here.
            Kind::Link(_) | Kind::Collection(_) | Kind::Derived(_) => Ok(Value::Null),
        }
    }

    fn element(&mut self, known: &[Field], sent: Map<String, Value>) -> Result<Value> {
        let members = sent
            .into_iter()
            .map(|(name, value)| {
                let member = find(known, &name).ok_or_else(|| Error::PropertyUnknown {
                    property: name.clone(),
                    resource: self.resource.name().to_owned(),
                })?;
                Ok((name, self.read(member, value)?))
            })
            .collect::<Result<Map<_, _>>>()?;
        Ok(Value::Object(members))
    }

    fn text(&mut self, field: &str, text: String, max: usize, policy: Policy) -> Result<String> {
        let refused = |detail: String| Error::ValueRefused { field: field.to_owned(), detail };
        let text = match policy {
            Policy::Email if !text.is_empty() => policy::email(&text).map_err(refused)?,
            Policy::SmartCase => policy::smart_case(&text),
            Policy::None | Policy::Email => text,
        };
        let length = text.chars().count();
        if length <= max {
            return Ok(text);
        }
        let sizes = format!("it has {length} characters and may have {max}");
        if self.resource.is_key(field) {
            // Cut, it could be the key of another record, which an upsert would then change.
            return Err(refused(format!("{sizes}; keys are not cut")));
        }
        if !self.cuts {
            return Err(refused(sizes));
        }
        self.cut.push(format!("'{field}' from {length} to {max}"));
        Ok(text.chars().take(max).collect())
    }
}

/// The value, or null when it is what an unset field reads as anyway.
fn unless_default<T: Into<Value> + PartialEq<D>, D: ?Sized>(value: T, default: &D) -> Value {
    if value == *default { Value::Null } else { value.into() }
}
