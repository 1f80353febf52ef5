//! What a filter's name in the path and its parameters in the query ask for
//! (`docs/reference/campaign-standard.md` §18).

use std::ops::RangeInclusive;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::comparison::{self, Asked, day, value};
use super::field::{Field, Kind};
use super::filter::{Filter, Rule};
use super::model::Model;
use super::resource::Resource;
use crate::domain::conversion::{NumberType, not_convertible};
use crate::domain::policy::shorten;
use crate::domain::{Condition, Error, RecordNumber, Result};

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
    /// What it asks of a record of `resource`, all of it at once.
    ///
    /// # Errors
    /// When a parameter is not of its field's type or names no record.
    pub fn conditions(
        &self,
        resource: &Resource,
        sent: &Parameters,
        today: Date,
        model: &Model,
        resolve: &Resolve<'_>,
    ) -> Result<Vec<Condition>> {
        let text = |name: &str| sent.get(name).unwrap_or_default();
        match &self.rule {
            Rule::Compare { comparisons, optional } => {
                let asked: Vec<_> = comparisons
                    .iter()
                    .filter(|one| !optional || sent.get(&one.parameter).is_some())
                    .map(|one| Asked::new(one, text(&one.parameter)))
                    .collect();
                comparison::conditions(model.as_slice(), resource, &asked)
            }
            Rule::Text(fields) => starts_with(resource, fields, sent).map(|one| vec![one]),
            Rule::Birthday => {
                check_birthday(&self.parameter_fields(resource, model), sent)?;
                birthdays(sent, today).map(|one| vec![one])
            }
            Rule::Planned { start, end } => {
                let mut conditions = Vec::new();
                let given = |name| sent.get(name).filter(|text| !text.is_empty());
                if let Some(from) = given("startDate") {
                    let from = day("startDate", from)?.to_string();
                    conditions.push(Condition::AtLeast { field: start.clone(), text: from });
                }
                if let Some(to) = given("endDate") {
                    let to = day("endDate", to)?.to_string();
                    conditions.push(Condition::AtMost { field: end.clone(), text: to });
                }
                Ok(conditions)
            }
            Rule::Related { resource: other, link, parameter, marks, .. } => {
                let value = text(parameter);
                let field = model.resource(other).and_then(|other| other.field(parameter));
                let named = match field.map(|field| &field.kind) {
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

/// Refuses what is not of the type that metadata gives a parameter of `birthday`. Days and months are
/// read otherwise.
fn check_birthday(parameters: &[Field], sent: &Parameters) -> Result<()> {
    for Field { name, kind, .. } in parameters {
        let given = sent.get(name).filter(|text| !text.is_empty());
        if let Some(text) = given.filter(|_| !matches!(kind, Kind::Date)) {
            value(name, Some(kind), text)?;
        }
    }
    Ok(())
}

/// The first and the last day, counted from today, of so many units to come and so many gone by.
type Span = fn(i64, i64) -> (i64, i64);

/// What `relativeValue` may be.
const RELATIVE: [(&str, Span); 7] = [
    ("today", |_, _| (0, 0)),
    ("yesterday", |_, _| (-1, -1)),
    ("tomorrow", |_, _| (1, 1)),
    ("nextUnits", |next, _| (1, next)),
    ("next", |next, _| (1, next)),
    ("previousUnits", |_, previous| (-previous, -1)),
    ("previous", |_, previous| (-previous, -1)),
];

/// The days of that name.
fn relative(name: &str) -> Result<Span> {
    let found = RELATIVE.iter().find(|(known, _)| *known == name);
    found.map(|(_, span)| *span).ok_or_else(|| Error::ValueRefused {
        field: "relativeValue".to_owned(),
        detail: format!(
            "'{}' is not known: send one of {}",
            shorten(name),
            RELATIVE.map(|(known, _)| known).join(", ")
        ),
    })
}

/// The days that `birthday` asks for. How its parameters work together is recorded nowhere; this is
/// the reading of their names: a day (`operator=equal`), days from one to another
/// (`operator=between`), or days counted from today (`type=relative`).
fn birthdays(sent: &Parameters, today: Date) -> Result<Condition> {
    let given = |name: &str| sent.get(name).filter(|text| !text.is_empty());
    let number = |name: &str, otherwise: i64, range: RangeInclusive<i64>| match given(name) {
        None => Ok(otherwise),
        Some(text) => {
            const EXPECTED: &str = "a whole number that the calendar has";
            let number = NumberType::Long.read(name, text)?.as_i64();
            number.filter(|number| range.contains(number)).ok_or_else(|| {
                not_convertible(name, &text.into(), NumberType::Long.name(), EXPECTED)
            })
        }
    };
    // The data model calls days and months dates, so the part of a date that counts is taken as well.
    let part = |name: &str, otherwise, range, of: fn(Date) -> i8| {
        let date = given(name).and_then(|text| text.parse::<Date>().ok());
        date.map_or_else(|| number(name, otherwise, range), |date| Ok(of(date).into()))
    };
    let day = |name: &str, otherwise| part(name, otherwise, 1..=31, Date::day);
    let month = |name: &str, otherwise| part(name, otherwise, 1..=12, Date::month);
    let none = ("00-00".to_owned(), "00-00".to_owned());
    let (from, to) = if given("type") == Some("relative") {
        let span = relative(given("relativeValue").unwrap_or("today"))?;
        let units = |name| number(name, 1, 0..=i64::MAX);
        let (first, last) = span(units("nextUnitsValue")?, units("previousUnitsValue")?);
        let shifted = |days: i64| {
            let date = today.checked_add(days.days()).unwrap_or(today);
            month_day((date.month().into(), date.day().into()))
        };
        match last - first {
            ..0 => none,
            0..364 => (shifted(first), shifted(last)),
            364.. => ("01-01".to_owned(), "12-31".to_owned()),
        }
    } else {
        let start = (month("month", today.month().into())?, day("day", today.day().into())?);
        if given("operator") == Some("between") || given("endDay").is_some() {
            let excluded = |name: &str| i64::from(matches!(given(name), Some("false" | "0")));
            let end = (month("endMonth", start.0)?, day("endDay", 31)?);
            let from = (start.0, start.1 + excluded("includeStart"));
            let to = (end.0, end.1 - excluded("includeEnd"));
            if start <= end && from > to { none } else { (month_day(from), month_day(to)) }
        } else {
            (month_day(start), month_day(start))
        }
    };
    Ok(Condition::MonthDays { field: "birthDate".to_owned(), from, to })
}

/// `MM-DD`
fn month_day((month, day): (i64, i64)) -> String {
    format!("{month:02}-{day:02}")
}
