//! Resources: their fields, links, filters and verbs, where they are served and which table has their records.

use serde_json::{Map, Value};

use super::event::Event;
use super::field::{Derived, Field, Kind, Link, find, in_order};
use super::filter::Filter;
use super::names::Names;
use super::title::Title;
use crate::domain::error::{Error, KeyLocation, Result};
use crate::domain::record::Attributes;

/// A resource of the API: its names, and its fields in the order they are printed.
#[derive(Debug, Clone)]
pub struct Resource {
    /// What it is called where.
    pub names: Names,
    /// Its fields, in ASCII order of their names, which is the order on the wire.
    pub fields: Vec<Field>,
    /// The field whose value names a record in URLs, beside its `PKey`.
    pub key: Option<Key>,
    /// The links that no two records may share.
    pub pair: Option<Pair>,
    /// Its filters, in order of their names.
    pub filters: Vec<Filter>,
    /// Where it is served.
    pub home: Home,
    /// Whether it is served by POST, PATCH and DELETE; all are by GET.
    pub verbs: Verbs,
    /// Which table has its records.
    pub table: Table,
    /// Its records' `PKey`s are those of this resource.
    pub sealed_as: String,
    /// The collection through which its records are addressed, if not by themselves.
    pub addressed_under: Option<Under>,
    /// What a POST has to say.
    pub required: &'static [&'static str],
    /// Where the messages of an event go; nothing for all other resources.
    pub event: Option<Event>,
}

/// The key of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The field.
    pub field: String,
    /// A record that is created without one gets this and a number.
    pub prefix: Option<&'static str>,
    /// Whether a POST with a key that exists updates its record (`docs/reference/campaign-standard.md`
    /// §8) or is refused.
    pub upsert: bool,
    /// The database's name for the constraint, for texts.
    pub constraint: String,
    /// The database's name for the column, for texts.
    pub column: String,
}

/// Links of a resource that must be set and that no two records may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The links.
    pub links: [&'static str; 2],
    /// The database's name for the constraint, for texts.
    pub constraint: &'static str,
    /// The database's names for the columns, for texts.
    pub columns: &'static str,
    /// What remembers when it was made and undone.
    pub history: PairHistory,
}

/// The dated records that remember when pairs were made and undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairHistory {
    /// The resource of these records.
    pub resource: &'static str,
    /// Their link.
    pub link: &'static str,
    /// The link of the pair that leads to the same record.
    pub of: &'static str,
}

/// The collection through which records are addressed: `/service/<PKey>/subscriptions/<PKey>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Under {
    /// The resource that has the collection.
    pub resource: &'static str,
    /// The collection.
    pub collection: &'static str,
    /// The records' link to the one that has them.
    pub link: &'static str,
}

/// Where a resource is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Under `profileAndServices` and `profileAndServicesExt`.
    Profiles,
    /// Under `profileAndServicesExt` alone.
    Extended,
    /// Under `customResources`.
    Custom,
    /// Under `privacy`.
    Privacy,
    /// Under `workflow`, by handlers of its own.
    Workflow,
    /// Under `mc<org>`, a resource per event.
    Messages,
    /// Only as a collection of others, or not at all.
    Inner,
}

/// The writing verbs of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verbs {
    /// POST on its collection.
    pub create: bool,
    /// PATCH.
    pub update: bool,
    /// DELETE, and whether the answer is 204 No Content or 200.
    pub delete: Option<Deleted>,
}

/// What a DELETE answers (`docs/reference/campaign-standard.md` §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// 200, as for profiles.
    Ok,
    /// 204, as for all others.
    NoContent,
}

impl Verbs {
    /// GET alone.
    pub const READ: Self = Self { create: false, update: false, delete: None };
    /// All of them; DELETE answers 204.
    pub const ALL: Self = Self { create: true, update: true, delete: Some(Deleted::NoContent) };
}

/// Which table has the records of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The table of profiles.
    Profile,
    /// The table of everything else.
    Record,
}

impl Resource {
    /// The API name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.names.name
    }

    /// The field with that API name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        find(&self.fields, name)
    }

    pub(super) fn field_mut(&mut self, name: &str) -> Option<&mut Field> {
        let at = self.fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?;
        self.fields.get_mut(at)
    }

    /// The field with that API name, or the member of an element: `location/city`.
    #[must_use]
    pub fn member(&self, path: &str) -> Option<&Field> {
        let Some((element, member)) = path.split_once('/') else { return self.field(path) };
        match &self.field(element)?.kind {
            Kind::Element(members) => find(members, member),
            _ => None,
        }
    }

    /// The filter with that name.
    #[must_use]
    pub fn filter(&self, name: &str) -> Option<&Filter> {
        self.filters.iter().find(|filter| filter.name == name)
    }

    /// Its filters' names, ready to read, with the customer's own or without.
    #[must_use]
    pub fn filter_names(&self, extended: bool) -> String {
        let shown = self.filters.iter().filter(|filter| filter.is_shown(extended));
        let names: Vec<_> = shown.map(|filter| filter.name.as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// The resources whose records it counts.
    #[must_use]
    pub fn counted(&self) -> Vec<&'static str> {
        let counts = self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Derived(Derived::Count(of)) => Some(*of),
            _ => None,
        });
        counts.collect()
    }

    /// The text that a field has in all its records.
    #[must_use]
    pub fn constant(&self, field: &str) -> &'static str {
        match self.field(field).map(|field| &field.kind) {
            Some(Kind::Derived(Derived::Constant(text))) => text,
            _ => "",
        }
    }

    /// Its links to single records.
    pub fn links(&self) -> impl Iterator<Item = (&Field, &Link)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Link(link) => Some((field, link)),
            _ => None,
        })
    }

    /// Whether the field of that API name is its own key.
    #[must_use]
    pub fn is_key(&self, field: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key.field == field)
    }

    /// The value of a record's own key, if it has one.
    #[must_use]
    pub fn key_value<'a>(&self, attributes: &'a Attributes) -> Option<&'a str> {
        let key = self.key.as_ref()?;
        Some(attributes.text(&key.field)).filter(|text| !text.is_empty())
    }

    /// No record of it has the key.
    #[must_use]
    pub fn missing(&self, key: impl Into<String>, place: KeyLocation) -> Error {
        Error::RecordMissing {
            key: key.into(),
            resource: Box::new(self.names.clone()),
            place,
            keyed: self.key.is_some(),
        }
    }

    /// Refuses the body of a POST that leaves out what it has to say, or leaves it empty.
    ///
    /// # Errors
    /// [`Error::ValueRefused`] for the first that is missing.
    pub fn require(&self, members: &Map<String, Value>) -> Result<()> {
        let empty = |value: &Value| value.is_null() || value == "";
        let missing = self.required.iter().find(|name| members.get(**name).is_none_or(empty));
        missing.map_or(Ok(()), |name| {
            let needed = self.required.join(", ");
            let detail = format!("it is missing: a '{}' needs {needed}", self.name());
            Err(Error::ValueRefused { field: (*name).to_owned(), detail })
        })
    }

    /// What its title is made of.
    #[must_use]
    pub fn title(&self) -> Option<&Title> {
        match &self.field("title")?.kind {
            Kind::Derived(Derived::Title(title)) => Some(title),
            _ => None,
        }
    }
}

/// The resource of that API name, of those in order of their names.
pub(super) fn find_resource<'a>(resources: &'a [Resource], name: &str) -> Option<&'a Resource> {
    let at = resources.binary_search_by(|resource| resource.name().cmp(name)).ok()?;
    resources.get(at)
}

/// A resource of the table of all records that nobody calls by an address of its own; its declaration
/// says what is different.
pub(super) fn resource(names: Names, fields: Vec<Field>) -> Resource {
    Resource {
        sealed_as: names.name.clone(),
        names,
        fields: in_order(fields),
        key: None,
        pair: None,
        filters: Vec::new(),
        home: Home::Inner,
        verbs: Verbs::READ,
        table: Table::Record,
        addressed_under: None,
        required: &[],
        event: None,
    }
}

/// The key `name`, which most of Adobe's resources have.
pub(super) fn named(constraint: &str, column: &str, prefix: Option<&'static str>) -> Key {
    Key {
        field: "name".to_owned(),
        prefix,
        upsert: false,
        constraint: constraint.to_owned(),
        column: column.to_owned(),
    }
}
