//! What metadata says of a filter: its parameters, and the conditions that they make
//! (`docs/reference/data-model.md` §7). The conditions say what the server does; how the vendor words
//! its own is on record for one filter.

use std::collections::BTreeMap;

use super::Enumeration;
use super::comparison::Step;
use super::field::{ANY_LENGTH, Field, Kind, link, listed, text, writable};
use super::filter::{Comparison, Filter, Rule};
use super::model::Model;
use super::resource::Resource;
use crate::domain::Operator;

/// A condition of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterCondition {
    /// Whether it must hold beside the condition before it, or may hold in its place.
    pub and: bool,
    /// When it counts, as an expression over the parameters; `None` is always.
    pub enabled_if: Option<String>,
    /// What it asks; with `exists`, the collection.
    pub expression: String,
    /// What one record of the collection must meet.
    pub exists: Vec<Self>,
}

impl FilterCondition {
    fn new(enabled_if: &str, expression: String) -> Self {
        let enabled_if = Some(enabled_if.to_owned());
        Self { and: true, enabled_if, expression, exists: Vec::new() }
    }

    fn within(expression: String) -> Self {
        Self { enabled_if: None, ..Self::new(ALWAYS, expression) }
    }
}

const ALWAYS: &str = "true";

impl Filter {
    /// Its parameters, as fields are described.
    #[must_use]
    pub fn parameter_fields(&self, resource: &Resource, model: &Model) -> Vec<Field> {
        match &self.rule {
            Rule::Compare { comparisons, .. } => comparisons
                .iter()
                .filter_map(|one| {
                    let field = one.end(model.as_slice(), resource)?.clone();
                    Some(Field { name: one.parameter.clone(), ..field })
                })
                .collect(),
            Rule::Text(_) => vec![text("text", ANY_LENGTH)],
            Rule::Birthday => self.parameters().into_iter().map(of_birthday).collect(),
            Rule::Planned { .. } => {
                let date = |name| writable(name, Kind::Date);
                vec![date("startDate").labeled("Start date"), date("endDate").labeled("End date")]
            }
            Rule::Related { parameter, of, .. } => vec![link(parameter, of)],
            Rule::Is => vec![link(&self.name, &resource.sealed_as)],
        }
    }

    /// What it asks of a record.
    #[must_use]
    pub fn described_conditions(&self, resource: &Resource, model: &Model) -> Vec<FilterCondition> {
        match &self.rule {
            Rule::Compare { comparisons, optional } => {
                let asked: Vec<_> = comparisons.iter().map(|one| (&one.over[..], one)).collect();
                compared(model.as_slice(), resource, "", &asked, *optional)
            }
            Rule::Text(fields) => (0..)
                .zip(fields)
                .map(|(at, field)| FilterCondition {
                    and: at == 0,
                    ..FilterCondition::new("$(text) != ''", format!("@{field} LIKE $(text) + '%'"))
                })
                .collect(),
            Rule::Birthday => birthdays(),
            Rule::Planned { start, end } => vec![
                FilterCondition::new("$(startDate) != ''", format!("@{start} >= $(startDate)")),
                FilterCondition::new("$(endDate) != ''", format!("@{end} <= $(endDate)")),
            ],
            Rule::Related { resource, parameter, marks, .. } => {
                let named = format!("[{parameter}] = $RestKey({parameter})");
                let marked = marks.iter().map(|mark| format!("@{mark} = 1"));
                let exists = std::iter::once(named).chain(marked).map(FilterCondition::within);
                let condition = FilterCondition::new(ALWAYS, resource.clone());
                vec![FilterCondition { exists: exists.collect(), ..condition }]
            }
            Rule::Is => {
                vec![FilterCondition::new(ALWAYS, format!("@id = $RestKey({})", self.name))]
            }
        }
    }
}

/// What comparisons ask of a record of `resource`, which `path` leads to; each with the links that are
/// still to come.
fn compared(
    resources: &[Resource],
    resource: &Resource,
    path: &str,
    asked: &[(&[String], &Comparison)],
    optional: bool,
) -> Vec<FilterCondition> {
    let mut described = Vec::new();
    let mut over: BTreeMap<&str, Vec<(&[String], &Comparison)>> = BTreeMap::new();
    for &(links, one) in asked {
        if let Some((link, rest)) = links.split_first() {
            over.entry(link).or_default().push((rest, one));
        } else {
            let given = format!("$({}) != ''", one.parameter);
            let enabled_if = if optional { given.as_str() } else { ALWAYS };
            described.push(FilterCondition::new(enabled_if, expression(path, one)));
        }
    }
    for (link, asked) in over {
        match Step::of(resources, resource, link) {
            Some(Step::Link(to)) => {
                described.extend(compared(
                    resources,
                    to,
                    &format!("{path}{link}/"),
                    &asked,
                    optional,
                ));
            }
            Some(Step::Collection(of, _)) => {
                let exists = compared(resources, of, "", &asked, optional);
                let exists =
                    exists.into_iter().map(|one| FilterCondition { enabled_if: None, ..one });
                let condition = FilterCondition::new(ALWAYS, format!("{path}{link}"));
                described.push(FilterCondition { exists: exists.collect(), ..condition });
            }
            None => {}
        }
    }
    described
}

/// A comparison as the vendor's query editor words it.
fn expression(path: &str, of: &Comparison) -> String {
    let (element, name) = of.field.rsplit_once('/').unwrap_or(("", &of.field));
    let path = if element.is_empty() { path.to_owned() } else { format!("{path}{element}/") };
    let field = if path.is_empty() { format!("@{name}") } else { format!("[{path}@{name}]") };
    let parameter = &of.parameter;
    match of.operator {
        Operator::Contains => format!("{field} LIKE '%' + $({parameter}) + '%'"),
        Operator::BeginsWith => format!("{field} LIKE $({parameter}) + '%'"),
        Operator::In => format!("{field} IN ($({parameter}))"),
        operator => format!("{field} {} $({parameter})", operator.symbol()),
    }
}

/// A parameter of the filter `birthday`. Of its enumerations only the types are on record; the values
/// are those that the server reads.
fn of_birthday(name: &str) -> Field {
    let one_of = |label, values: &[&str]| {
        let list = Enumeration::new(
            &format!("nms:recipient:birthday:{name}"),
            values.first().unwrap_or(&""),
            values,
        );
        listed(name, list).labeled(label)
    };
    let of = |label, kind| writable(name, kind).labeled(label);
    match name {
        "type" => one_of("Filter type", &["absolute", "relative"]),
        "precision" => one_of("Level of precision", &["day"]),
        "operator" => one_of("Operator", &["equal", "between"]),
        "day" => of("Day", Kind::Date),
        "month" => of("Month", Kind::Date),
        "endDay" => of("End day", Kind::Date),
        "endMonth" => of("End month", Kind::Date),
        "includeStart" => of("Include start", Kind::Boolean { stamps: &[] }),
        "includeEnd" => of("Include end", Kind::Boolean { stamps: &[] }),
        "nextUnitsValue" => of("Next units", Kind::Number { whole: true }),
        "previousUnitsValue" => of("Previous units", Kind::Number { whole: true }),
        other => text(other, ANY_LENGTH).labeled("Relative value"),
    }
}

fn birthdays() -> Vec<FilterCondition> {
    const ABSOLUTE: &str = "$(type) != 'relative'";
    const SPAN: &str = "($(operator) = 'between' or $(endDay) != '')";
    [
        (
            format!("{ABSOLUTE} and not {SPAN}"),
            "Month(@birthDate) = $(month) and Day(@birthDate) = $(day)",
        ),
        (
            format!("{ABSOLUTE} and {SPAN}"),
            "MonthDay(@birthDate) >= MonthDay($(month), $(day)) and \
             MonthDay(@birthDate) <= MonthDay($(endMonth), $(endDay))",
        ),
        (
            "$(type) = 'relative'".to_owned(),
            "MonthDay(@birthDate) is in the days that $(relativeValue) names",
        ),
    ]
    .map(|(enabled_if, expression)| FilterCondition::new(&enabled_if, expression.to_owned()))
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::Model;

    #[test]
    fn parameters_are_described_under_their_names() {
        let model = Model::default();
        for resource in model.resources() {
            for filter in &resource.filters {
                let fields = filter.parameter_fields(resource, &model);
                let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
                assert_eq!(names, filter.parameters(), "{}", filter.name);
                assert!(
                    !filter.described_conditions(resource, &model).is_empty(),
                    "{}",
                    filter.name
                );
                for field in &fields {
                    if let Some((target, _)) = field.target() {
                        assert!(model.resource(target).is_some(), "{}: {target}", filter.name);
                    }
                }
            }
        }
    }
}
