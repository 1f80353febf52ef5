//! The filters of resources, and how the catalog declares them (`docs/reference/campaign-standard.md` §18,
//! `docs/reference/data-model.md` §7).

use crate::domain::Operator;

/// A filter of a resource.
#[derive(Debug, Clone)]
pub struct Filter {
    /// As in the path: `byEmail`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it does.
    pub rule: Rule,
    /// Whether a customer has added it.
    pub custom: bool,
}

/// What a filter does with its parameters.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Each field compares with its parameter.
    Compare {
        /// All of them hold.
        comparisons: Vec<Comparison>,
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
        /// The resource that the parameter names a record of.
        of: String,
        /// Its flags that must be set.
        marks: &'static [&'static str],
    },
    /// The record that the parameter of the filter's own name names.
    Is,
}

/// A field that is compared with a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// As in the query.
    pub parameter: String,
    /// The links and collections that lead to the field, from the filter's resource on.
    pub over: Vec<String>,
    /// API name, or that of an element and its member with a slash between them.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
}

impl Comparison {
    fn equal(parameter: &str, field: &str) -> Self {
        Self {
            parameter: parameter.to_owned(),
            over: Vec::new(),
            field: field.to_owned(),
            operator: Operator::Equal,
        }
    }
}

impl Filter {
    /// Whether an API has it that shows custom fields, or that does not.
    #[must_use]
    pub const fn is_shown(&self, extended: bool) -> bool {
        extended || !self.custom
    }

    /// The names of its parameters, in the order in which they are documented.
    #[must_use]
    pub fn parameters(&self) -> Vec<&str> {
        match &self.rule {
            Rule::Compare { comparisons, .. } => {
                comparisons.iter().map(|one| one.parameter.as_str()).collect()
            }
            Rule::Text(_) => vec!["text"],
            Rule::Birthday => BIRTHDAY.to_vec(),
            Rule::Planned { .. } => vec!["startDate", "endDate"],
            Rule::Related { parameter, .. } => vec![parameter],
            Rule::Is => vec![&self.name],
        }
    }
}

/// The parameters of [`Rule::Birthday`].
const BIRTHDAY: [&str; 12] = [
    "type",
    "precision",
    "operator",
    "day",
    "month",
    "includeStart",
    "endDay",
    "endMonth",
    "includeEnd",
    "relativeValue",
    "nextUnitsValue",
    "previousUnitsValue",
];

fn filter(name: &str, label: &str, rule: Rule) -> Filter {
    Filter { name: name.to_owned(), label: label.to_owned(), rule, custom: false }
}

pub(super) fn equals(name: &str, label: &str, parameter: &str, field: &str) -> Filter {
    let comparisons = vec![Comparison::equal(parameter, field)];
    filter(name, label, Rule::Compare { comparisons, optional: false })
}

pub(super) fn equals_any(name: &str, label: &str, parameters: &[(&str, &str)]) -> Filter {
    let equal = |(parameter, field): &(&str, &str)| Comparison::equal(parameter, field);
    let comparisons = parameters.iter().map(equal).collect();
    filter(name, label, Rule::Compare { comparisons, optional: true })
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

/// Another resource has a record that links here, and that names a record of the resource `of`.
pub(super) fn by_related(
    name: &str,
    label: &str,
    (resource, link): (&str, &str),
    (parameter, of): (&str, &str),
    marks: &'static [&'static str],
) -> Filter {
    let [resource, link, parameter, of] = [resource, link, parameter, of].map(str::to_owned);
    filter(name, label, Rule::Related { resource, link, parameter, of, marks })
}
