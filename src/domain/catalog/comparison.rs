//! Comparisons of fields with parameters, over links where a filter says so
//! (`docs/reference/campaign-standard.md` §18.3).

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::field::{Derived, Field, Kind, Policy};
use super::filter::Comparison;
use super::resource::{Resource, find_resource};
use crate::domain::conversion::{NumberType, not_boolean, not_convertible};
use crate::domain::policy::shorten;
use crate::domain::{Condition, Error, Operator, Result, Timestamp};

impl Comparison {
    /// The field at the end of the links.
    pub(super) fn end<'a>(
        &self,
        resources: &'a [Resource],
        resource: &'a Resource,
    ) -> Option<&'a Field> {
        let mut at = resource;
        for link in &self.over {
            at = Step::of(resources, at, link)?.to();
        }
        at.member(&self.field)
    }
}

/// Where a link or a collection leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// A link of the record leads to a record of that resource.
    Link(&'a Resource),
    /// Records of that resource lead to the record, over that link of theirs.
    Collection(&'a Resource, &'a str),
}

impl<'a> Step<'a> {
    /// The step over the link or collection of that name, if there is one.
    pub(super) fn of(
        resources: &'a [Resource],
        resource: &'a Resource,
        name: &str,
    ) -> Option<Self> {
        match &resource.field(name)?.kind {
            Kind::Link(link) => Some(Self::Link(find_resource(resources, &link.to)?)),
            Kind::Collection(collection) => Some(Self::Collection(
                find_resource(resources, &collection.of)?,
                &collection.through,
            )),
            _ => None,
        }
    }

    /// The resource of the other records.
    pub(super) const fn to(self) -> &'a Resource {
        match self {
            Self::Link(to) | Self::Collection(to, _) => to,
        }
    }
}

/// A comparison on the way over its links, with what it is compared with.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The links that are still to come.
    over: &'a [String],
    comparison: &'a Comparison,
    text: &'a str,
}

impl<'a> Asked<'a> {
    pub(super) fn new(comparison: &'a Comparison, text: &'a str) -> Self {
        Self { over: &comparison.over, comparison, text }
    }
}

/// What comparisons ask of a record of `resource`. What they ask over the same link, one and the same
/// record has to meet.
///
/// # Errors
/// When a text is not of its field's type.
pub(super) fn conditions(
    resources: &[Resource],
    resource: &Resource,
    asked: &[Asked<'_>],
) -> Result<Vec<Condition>> {
    let mut found = Vec::new();
    let mut over: BTreeMap<&str, Vec<Asked<'_>>> = BTreeMap::new();
    for one in asked {
        match one.over.split_first() {
            None => found.extend(compared(resource, one.comparison, one.text)?),
            Some((link, rest)) => over.entry(link).or_default().push(Asked { over: rest, ..*one }),
        }
    }
    for (name, asked) in over {
        let step = Step::of(resources, resource, name)
            .ok_or_else(|| Error::internal(anyhow::anyhow!("'{name}' is no link")))?;
        let having = conditions(resources, step.to(), &asked)?;
        let (link, to) = (name.to_owned(), step.to().name().to_owned());
        found.push(match step {
            Step::Link(_) => Condition::Linked { link, resource: to, having },
            Step::Collection(_, through) => {
                Condition::Related { resource: to, link: through.to_owned(), having }
            }
        });
    }
    Ok(found)
}

/// What a comparison asks of the record that has its field.
fn compared(resource: &Resource, of: &Comparison, text: &str) -> Result<Vec<Condition>> {
    let Comparison { parameter, field, operator, .. } = of;
    let kind = resource.member(field).map(|field| &field.kind);
    let value = |text: &str| value(parameter, kind, text);
    let name = || field.clone();
    Ok(match operator {
        Operator::Equal => vec![Condition::Equals { field: name(), value: value(text)? }],
        Operator::In => {
            let values = text.split(',').map(|one| value(one.trim())).collect::<Result<_>>()?;
            vec![Condition::OneOf { field: name(), values }]
        }
        Operator::BeginsWith => {
            let text = value(text)?.as_str().unwrap_or_default().to_owned();
            vec![Condition::StartsWith { fields: vec![name()], text }]
        }
        operator => {
            let compares = |operator, value| Condition::Compares { field: name(), operator, value };
            // A date that is not set is neither early nor late.
            let is_dated = matches!(kind, Some(Kind::Date | Kind::DateTime))
                && *operator != Operator::NotEqual;
            let set = is_dated.then(|| compares(Operator::NotEqual, "".into()));
            set.into_iter().chain([compares(*operator, value(text)?)]).collect()
        }
    })
}

/// The text of a parameter in the canonical form of a type; `name` is the parameter's.
pub(super) fn value(name: &str, kind: Option<&Kind>, text: &str) -> Result<Value> {
    let refused = |to, expected| not_convertible(name, &text.into(), to, expected);
    let moment = |text| {
        const EXPECTED: &str = "a moment such as 2026-01-31 08:00:00.000Z";
        Timestamp::parse(text).ok_or_else(|| refused("date and time", EXPECTED))
    };
    Ok(match kind {
        Some(Kind::Text { policy: Policy::Email, .. }) => text.to_lowercase().into(),
        Some(Kind::Boolean { .. }) => match text {
            "true" | "1" => true.into(),
            "false" | "0" | "" => false.into(),
            _ => return Err(not_boolean(name, &text.into(), "true or false")),
        },
        Some(Kind::Date) if !text.is_empty() => day(name, text)?.to_string().into(),
        Some(Kind::DateTime) if !text.is_empty() => moment(text)?.to_campaign().into(),
        Some(Kind::Derived(Derived::Created | Derived::LastModified)) => {
            moment(text)?.as_millis().into()
        }
        Some(Kind::Number { .. }) if text.is_empty() => 0.into(),
        Some(Kind::Number { whole }) => NumberType::of(*whole).read(name, text)?.as_f64().into(),
        Some(Kind::Enumeration(list)) if !text.is_empty() && !list.contains(text) => {
            return Err(Error::NotInEnumeration {
                value: shorten(text),
                enumeration: list.name.clone(),
                field: name.to_owned(),
                expected: list.expectation(),
            });
        }
        _ => text.into(),
    })
}

/// A day that a parameter names.
pub(super) fn day(parameter: &str, text: &str) -> Result<Date> {
    let day = text.get(..10).unwrap_or(text).parse();
    day.map_err(|_| not_convertible(parameter, &text.into(), "date", "a date such as 2026-01-31"))
}
