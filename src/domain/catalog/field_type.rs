//! What metadata calls the type of a field (`docs/reference/data-model.md` §1).

use super::enumeration::{Enumeration, StoredAs};
use super::field::{ANY_LENGTH, Derived, Field, Kind};
use super::model::Model;
use super::resource::Resource;

/// What metadata calls the type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldType {
    /// The high-level word, `type`: `enumeration`.
    pub high_level: &'static str,
    /// The technical word, `resType`: `byte`.
    pub technical: &'static str,
    /// Most characters of a value; 0 where the data model gives no length.
    pub length: usize,
}

impl FieldType {
    const fn new(high_level: &'static str, technical: &'static str) -> Self {
        Self { high_level, technical, length: 0 }
    }

    const fn string(length: usize) -> Self {
        Self { high_level: "string", technical: "string", length }
    }

    /// The type of a field of `resource`.
    #[must_use]
    pub fn of(field: &Field, resource: &Resource, model: &Model) -> Self {
        match &field.kind {
            Kind::Text { max: ANY_LENGTH, .. } => Self::string(0),
            Kind::Text { max, .. } => Self::string(*max),
            Kind::Boolean { .. } => Self::new("boolean", "boolean"),
            Kind::Number { whole: true } => Self::new("integer", "long"),
            Kind::Number { whole: false } => Self::new("number", "double"),
            Kind::Date => Self::new("date", "date"),
            Kind::DateTime => Self::new("date", "datetime"),
            Kind::Enumeration(list) => Self::enumeration(list),
            Kind::Element(_) | Kind::Object => Self::new("item", "element"),
            Kind::Link(_) => Self::new("link", "link"),
            Kind::Collection(_) => Self::new("collection", "link"),
            Kind::Derived(from) => Self::derived(from, resource, model),
        }
    }

    const fn enumeration(list: &Enumeration) -> Self {
        match list.stored_as {
            StoredAs::Byte => Self::new("enumeration", "byte"),
            StoredAs::Text { length } => Self { length, ..Self::new("enumeration", "string") },
        }
    }

    fn derived(from: &Derived, resource: &Resource, model: &Model) -> Self {
        match from {
            Derived::PKey | Derived::CryptedId | Derived::Href | Derived::Constant(_) => {
                Self::string(0)
            }
            Derived::Title(_) | Derived::Domain => Self::string(255),
            Derived::Country => Self::string(2),
            Derived::Age | Derived::Count(_) => Self::new("integer", "long"),
            // Computed: it has the length that the data model gives to computed texts.
            Derived::CreationDay => Self { length: 255, ..Self::new("date", "date") },
            Derived::Created | Derived::LastModified | Derived::Earliest(_) => {
                Self::new("date", "datetime")
            }
            Derived::Address(_) | Derived::PostalAddress => Self::new("item", "element"),
            Derived::Null { .. } => Self::new("link", "link"),
            Derived::Linked { link, field } => Self::linked(link, field, resource, model),
        }
    }

    /// The type of a field of the record that a link leads to.
    fn linked(link: &str, field: &str, resource: &Resource, model: &Model) -> Self {
        let target = resource.field(link).and_then(Field::target);
        let target = target.and_then(|(name, _)| model.resource(name));
        target
            .and_then(|target| Some(Self::of(target.field(field)?, target, model)))
            .unwrap_or(Self::string(0))
    }
}

impl Field {
    /// The resource that a link or a collection leads to, and whether it leads to many records.
    #[must_use]
    pub fn target(&self) -> Option<(&str, bool)> {
        match &self.kind {
            Kind::Link(link) => Some((&link.to, false)),
            Kind::Derived(Derived::Null { to }) => Some((to, false)),
            Kind::Collection(collection) => Some((&collection.of, true)),
            _ => None,
        }
    }
}
