//! The filters of resources, and how the catalog declares them (`docs/reference/campaign-standard.md` §18,
//! `docs/reference/data-model.md` §7).

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
        /// The resource that the parameter names a record of.
        of: String,
        /// Its flags that must be set.
        marks: &'static [&'static str],
    },
    /// The record that the parameter of the filter's own name names.
    Is,
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
            Rule::Equals { parameters, .. } => {
                parameters.iter().map(|(parameter, _)| parameter.as_str()).collect()
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
