//! Filters that a customer declares: which fields they compare with which parameters, and the checks of
//! the declaration.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::comparison::Step;
use super::enumeration::label_of;
use super::field::{Derived, Field, Kind};
use super::filter::{Comparison, Filter, Rule};
use super::resource::{Resource, find_resource};
use crate::domain::Operator;

/// A filter that a customer adds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomFilter {
    /// The resource.
    pub(super) on: String,
    /// Its name: `byCustomerId`.
    pub(super) name: String,
    /// What people call it; if left out, its name with a capital letter at the front.
    label: Option<String>,
    /// By parameter, without `_parameter`: the path of a field, or [`ComparedField`].
    parameters: BTreeMap<String, Value>,
}

/// A field that is compared with a parameter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComparedField {
    /// The names of links or collections and, last, of a field, with slashes between them.
    field: String,
    #[serde(default)]
    operator: Operator,
}

impl CustomFilter {
    /// The filter that it declares, where there are these resources.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub(super) fn filter(self, resources: &[Resource]) -> Result<Filter, String> {
        let Self { on, name, label, parameters } = self;
        if !name.starts_with("by") {
            return Err(format!("'{name}': the name of a filter starts with 'by'"));
        }
        if parameters.is_empty() {
            return Err(format!("'{name}': a filter needs 'parameters'"));
        }
        let comparisons = parameters
            .into_iter()
            .map(|(parameter, said)| {
                compared_field(said)
                    .and_then(|compared| compared.comparison(resources, &on, &parameter))
                    .map_err(|fault| format!("'{name}', parameter '{parameter}': {fault}"))
            })
            .collect::<Result<_, _>>()?;
        let rule = Rule::Compare { comparisons, optional: false };
        Ok(Filter { label: label.unwrap_or_else(|| label_of(&name)), name, rule, custom: true })
    }
}

impl ComparedField {
    /// The comparison that a filter on a resource makes of it.
    fn comparison(
        self,
        resources: &[Resource],
        on: &str,
        parameter: &str,
    ) -> Result<Comparison, String> {
        let Self { field: path, operator } = self;
        let mut resource =
            find_resource(resources, on).ok_or_else(|| format!("there is no resource '{on}'"))?;
        let mut over = Vec::new();
        let mut rest = path.as_str();
        while let Some((link, after)) = rest.split_once('/')
            && let Some(step) = Step::of(resources, resource, link)
        {
            over.push(link.to_owned());
            (resource, rest) = (step.to(), after);
        }
        let field = resource.member(rest).ok_or_else(|| unknown(resource, rest))?;
        if !field.comparable() {
            return Err(no_plain_field(resources, resource, &path, field));
        }
        if !compares(operator, field) {
            let possible: Vec<_> = OPERATORS
                .into_iter()
                .filter(|operator| compares(*operator, field))
                .map(Operator::symbol)
                .collect();
            return Err(format!(
                "'{}' does not compare with '{path}': write one of {}",
                operator.symbol(),
                possible.join(", ")
            ));
        }
        let parameter = format!("{parameter}_parameter");
        Ok(Comparison { parameter, over, field: rest.to_owned(), operator })
    }
}

/// What the seed says of a parameter.
fn compared_field(said: Value) -> Result<ComparedField, String> {
    match said {
        Value::String(field) => Ok(ComparedField { field, operator: Operator::Equal }),
        said => serde_json::from_value(said).map_err(|fault| {
            format!(
                "{fault}: write the path of a field, such as \"cusHobby\", or \
                 {{\"field\": \"cusPurchases/cusAmount\", \"operator\": \">=\"}}"
            )
        }),
    }
}

const OPERATORS: [Operator; 9] = [
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::Contains,
    Operator::BeginsWith,
    Operator::In,
];

/// Whether a field of that type can be compared so.
const fn compares(operator: Operator, field: &Field) -> bool {
    let of_two = matches!(field.kind, Kind::Boolean { .. });
    let of_list = matches!(field.kind, Kind::Enumeration(_));
    match operator {
        Operator::Equal | Operator::NotEqual => true,
        Operator::In => !of_two,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            !of_two && !of_list
        }
        Operator::Contains | Operator::BeginsWith => matches!(
            field.kind,
            Kind::Text { .. } | Kind::Derived(Derived::Domain | Derived::Title(_))
        ),
    }
}

/// What is wrong with a path whose rest names nothing of a resource.
fn unknown(resource: &Resource, rest: &str) -> String {
    let of = resource.name();
    match rest.split_once('/') {
        Some((step, _)) => format!(
            "'{of}' has no link or collection '{step}': a path leads over the names of links, or of \
             their 'collection' on the other side, to a field"
        ),
        None => format!("'{of}' has no field '{rest}'"),
    }
}

/// What is wrong with a path that ends at what has no value of its own.
fn no_plain_field(
    resources: &[Resource],
    resource: &Resource,
    path: &str,
    field: &Field,
) -> String {
    let to = Step::of(resources, resource, &field.name).map(Step::to);
    let members = match (&field.kind, to) {
        (Kind::Element(members), _) => members,
        (_, Some(to)) => &to.fields,
        _ => return format!("'{path}' cannot be compared: choose another field"),
    };
    let names: Vec<_> = members
        .iter()
        .filter(|field| field.comparable())
        .map(|field| field.name.as_str())
        .collect();
    format!("'{path}' has no value of its own: write '{path}/' and one of {}", names.join(", "))
}
