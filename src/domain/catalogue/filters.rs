//! The filters of resources: what a name in the path and its parameters in the query ask for
//! (`reference/campaign-standard.md` §18).

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::Value;

use super::{Field, Kind, Policy, Resource};
use crate::domain::policy::shorten;
use crate::domain::{Condition, Error, RecordNumber, Result};

/// A filter of a resource.
#[derive(Debug, Clone)]
pub struct Filter {
    /// As in the path: `byEmail`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it does.
    pub rule: Rule,
}

/// What a filter does with its parameters.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Each field equals its parameter.
    Equals {
        /// Parameter and field.
        parameters: Vec<(String, String)>,
        /// A parameter that is not sent asks for nothing; else it stands for an empty value.
        optional: bool,
    },
    /// One of the fields starts with `text`, in its own letter case; `filterType` names which.
    Text(Vec<String>),
    /// The birthday lies on certain days of the year.
    Birthday,
    /// The record's span lies within `startDate` and `endDate`.
    Planned {
        /// Field in which the span begins.
        start: String,
        /// Field in which it ends, empty for an open end.
        end: String,
    },
    /// Another resource has a record that links here.
    Related {
        /// The other resource.
        resource: String,
        /// Its link.
        link: String,
        /// Its other link or field, and the name of the parameter.
        parameter: String,
        /// Its flags that must be set.
        marks: &'static [&'static str],
    },
    /// The record that the parameter of the filter's own name names.
    Is,
}

/// The parameters of a query, decoded.
#[derive(Debug, Clone, Default)]
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    /// The first value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Finds the record that a `PKey` or key names, of the resource of that name.
pub type Resolve<'a> = dyn Fn(&str, &str) -> Result<RecordNumber> + 'a;

impl Filter {
    /// The names of its parameters, for metadata.
    #[must_use]
    pub fn parameters(&self) -> Vec<&str> {
        match &self.rule {
            Rule::Equals { parameters, .. } => {
                parameters.iter().map(|(parameter, _)| parameter.as_str()).collect()
            }
            Rule::Text(_) => vec!["text"],
            Rule::Birthday => vec!["type", "precision", "operator", "day", "month"],
            Rule::Planned { .. } => vec!["startDate", "endDate"],
            Rule::Related { parameter, .. } => vec![parameter],
            Rule::Is => vec![&self.name],
        }
    }

    /// What it asks of a record of `resource`, all of it at once.
    ///
    /// # Errors
    /// When a parameter is not of its field's type or names no record.
    pub fn conditions(
        &self,
        resource: &Resource,
        sent: &Parameters,
        today: Date,
        related: impl Fn(&str) -> Option<Resource>,
        resolve: &Resolve<'_>,
    ) -> Result<Vec<Condition>> {
        let text = |name: &str| sent.get(name).unwrap_or_default();
        match &self.rule {
            Rule::Equals { parameters, optional } => parameters
                .iter()
                .filter(|(parameter, _)| !optional || sent.get(parameter).is_some())
                .map(|(parameter, field)| equal_to(resource, field, text(parameter)))
                .collect(),
            Rule::Text(fields) => starts_with(resource, fields, sent).map(|one| vec![one]),
            Rule::Birthday => birthdays(sent, today).map(|one| vec![one]),
            Rule::Planned { start, end } => {
                let mut conditions = Vec::new();
                if let Some(from) = sent.get("startDate") {
                    let from = date("startDate", from)?.to_string();
                    conditions.push(Condition::AtLeast { field: start.clone(), text: from });
                }
                if let Some(to) = sent.get("endDate") {
                    let to = date("endDate", to)?.to_string();
                    conditions.push(Condition::AtMost { field: end.clone(), text: to });
                }
                Ok(conditions)
            }
            Rule::Related { resource: other, link, parameter, marks } => {
                let value = text(parameter);
                let other_resource = related(other);
                let kind = other_resource.as_ref().and_then(|other| other.field(parameter));
                let named = match kind.map(|field| &field.kind) {
                    Some(Kind::Link(target)) => {
                        let to = resolve(&target.to, value)?;
                        Condition::LinkedTo { link: parameter.clone(), to }
                    }
                    _ => Condition::Equals { field: parameter.clone(), value: value.into() },
                };
                let marked = marks.iter().map(|mark| Condition::Equals {
                    field: (*mark).to_owned(),
                    value: true.into(),
                });
                Ok(vec![Condition::Related {
                    resource: other.clone(),
                    link: link.clone(),
                    having: std::iter::once(named).chain(marked).collect(),
                }])
            }
            Rule::Is => Ok(vec![Condition::Is(resolve(resource.name(), text(&self.name))?)]),
        }
    }
}

/// A field equals the text of a parameter, in the canonical form of the field's type.
fn equal_to(resource: &Resource, name: &str, text: &str) -> Result<Condition> {
    let refused = |to, expected| Error::NotConvertible {
        field: name.to_owned(),
        value: shorten(text),
        from: "text",
        to,
        expected,
    };
    let value = match resource.field(name).map(|field: &Field| &field.kind) {
        Some(Kind::Text { policy: Policy::Email, .. }) => Value::from(text.to_lowercase()),
        Some(Kind::Boolean { .. }) => match text {
            "true" | "1" => true.into(),
            "false" | "0" | "" => false.into(),
            _ => return Err(refused("integer (8 bit)", "true or false")),
        },
        Some(Kind::Number { .. }) if text.is_empty() => 0.into(),
        Some(Kind::Number { .. }) => {
            let number: f64 = text.parse().map_err(|_| refused("double", "a number"))?;
            number.into()
        }
        Some(Kind::Enumeration(list)) if !text.is_empty() && !list.contains(text) => {
            return Err(Error::NotInEnumeration {
                value: shorten(text),
                enumeration: list.name.clone(),
                field: name.to_owned(),
                expected: list.expectation(),
            });
        }
        _ => text.into(),
    };
    Ok(Condition::Equals { field: name.to_owned(), value })
}

/// `byText?text=Jo`, `byText?text=Jo&filterType=firstName`, and for a custom field
/// `byText?cusHobby=Dancing&filterType=Hobby`.
fn starts_with(resource: &Resource, fields: &[String], sent: &Parameters) -> Result<Condition> {
    let Some(chosen) = sent.get("filterType").filter(|chosen| !chosen.is_empty()) else {
        let text = sent.get("text").unwrap_or_default().to_owned();
        return Ok(Condition::StartsWith { fields: fields.to_vec(), text });
    };
    let custom = format!("cus{chosen}");
    let field = [chosen, &custom]
        .into_iter()
        .filter_map(|name| resource.field(name))
        .find(|field| matches!(field.kind, Kind::Text { .. }))
        .ok_or_else(|| Error::ValueRefused {
            field: "filterType".to_owned(),
            detail: format!("'{}' is not a text field of '{}'", shorten(chosen), resource.name()),
        })?;
    let text = sent.get("text").or_else(|| sent.get(&field.name)).unwrap_or_default();
    Ok(Condition::StartsWith { fields: vec![field.name.clone()], text: text.to_owned() })
}

/// The days that `birthday` asks for. How its parameters work together is recorded nowhere; this is
/// the reading of their names: a day (`operator=equal`), days from one to another
/// (`operator=between`), or days counted from today (`type=relative`).
fn birthdays(sent: &Parameters, today: Date) -> Result<Condition> {
    let number = |name: &str, otherwise: i64| match sent.get(name) {
        None | Some("") => Ok(otherwise),
        Some(text) => text.parse::<i64>().map_err(|_| Error::NotConvertible {
            field: name.to_owned(),
            value: shorten(text),
            from: "text",
            to: "integer (32 bit)",
            expected: "a whole number",
        }),
    };
    let included = |name: &str| !matches!(sent.get(name), Some("false" | "0"));
    let month_day = |date: Date| format!("{:02}-{:02}", date.month(), date.day());
    let (from, to) = if sent.get("type") == Some("relative") {
        let (first, last) = match sent.get("relativeValue").unwrap_or("today") {
            "yesterday" => (-1, -1),
            "tomorrow" => (1, 1),
            "nextUnits" | "next" => (1, number("nextUnitsValue", 1)?),
            "previousUnits" | "previous" => (-number("previousUnitsValue", 1)?, -1),
            _ => (0, 0),
        };
        let day = |days: i64| {
            let shifted = 366_i64.min(days).max(-366).days();
            today.checked_add(shifted).map_or_else(|_| month_day(today), month_day)
        };
        (day(first), day(last))
    } else {
        let (day, month) =
            (number("day", today.day().into())?, number("month", today.month().into())?);
        let start = if included("includeStart") { day } else { day + 1 };
        let between = sent.get("operator") == Some("between") || sent.get("endDay").is_some();
        let (end_day, end_month) = if between {
            let end = number("endDay", 31)?;
            (if included("includeEnd") { end } else { end - 1 }, number("endMonth", month)?)
        } else {
            (day, month)
        };
        let start = if between { start } else { day };
        (format!("{month:02}-{start:02}"), format!("{end_month:02}-{end_day:02}"))
    };
    Ok(Condition::MonthDays { field: "birthDate".to_owned(), from, to })
}

fn date(parameter: &str, text: &str) -> Result<Date> {
    text.get(..10).unwrap_or(text).parse().map_err(|_| Error::NotConvertible {
        field: parameter.to_owned(),
        value: shorten(text),
        from: "text",
        to: "date",
        expected: "a date such as 2026-01-31",
    })
}

fn filter(name: &str, label: &str, rule: Rule) -> Filter {
    Filter { name: name.to_owned(), label: label.to_owned(), rule }
}

pub(super) fn equals(name: &str, label: &str, parameter: &str, field: &str) -> Filter {
    let parameters = vec![(parameter.to_owned(), field.to_owned())];
    filter(name, label, Rule::Equals { parameters, optional: false })
}

pub(super) fn equals_any(name: &str, label: &str, parameters: &[(&str, &str)]) -> Filter {
    let owned = |(parameter, field): &(&str, &str)| ((*parameter).to_owned(), (*field).to_owned());
    let parameters = parameters.iter().map(owned).collect();
    filter(name, label, Rule::Equals { parameters, optional: true })
}

pub(super) fn by_text(name: &str, label: &str, fields: &[&str]) -> Filter {
    filter(name, label, Rule::Text(fields.iter().map(|&field| field.to_owned()).collect()))
}

pub(super) fn birthday(name: &str, label: &str) -> Filter {
    filter(name, label, Rule::Birthday)
}

pub(super) fn planned(name: &str, label: &str, start: &str, end: &str) -> Filter {
    filter(name, label, Rule::Planned { start: start.to_owned(), end: end.to_owned() })
}

pub(super) fn is_record(name: &str, label: &str) -> Filter {
    filter(name, label, Rule::Is)
}

pub(super) fn by_related(
    name: &str,
    label: &str,
    resource: &str,
    link: &str,
    parameter: &str,
    marks: &'static [&'static str],
) -> Filter {
    let [resource, link, parameter] = [resource, link, parameter].map(str::to_owned);
    filter(name, label, Rule::Related { resource, link, parameter, marks })
}
