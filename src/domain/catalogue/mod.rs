//! The field catalogue: every resource of the API with its fields, links, filters and verbs.
//! Validation, rendering, sorting, filtering, metadata and the seed's checks all read it; a resource,
//! a field or a filter is added here and nowhere else.
//!
//! What Adobe ships is declared in this folder, a file per family of resources; [`Model`] is that
//! with what a customer declares of his own.
//!
//! Source: `reference/profile-fields.md`, `reference/campaign-standard.md` §12–§19.

mod filters;
mod history;
mod messages;
mod model;
mod privacy_tool;
mod profile;
mod services;
mod time_zones;
mod units;
mod workflows;

use super::Attributes;

pub use filters::{Filter, Parameters, Resolve, Rule};
pub use model::{Declaration, Model};

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
}

/// What a resource is called where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// As in the URL: `profile`.
    pub name: String,
    /// As in "document with path": `Profile`.
    pub path: String,
    /// The database schema behind it: `nms:recipient`.
    pub schema: String,
    /// The schema's label: `Profiles`.
    pub label: String,
    /// One line of help: `Identified profiles`.
    pub help: String,
}

impl Names {
    pub(super) fn new(name: &str, path: &str, schema: &str, label: &str, help: &str) -> Self {
        let [name, path, schema, label, help] =
            [name, path, schema, label, help].map(str::to_owned);
        Self { name, path, schema, label, help }
    }
}

/// The key of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The field.
    pub field: String,
    /// A record that is created without one gets this and a number.
    pub prefix: Option<&'static str>,
    /// Whether a POST with a key that exists updates its record (`reference/campaign-standard.md`
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

/// What a DELETE answers (`reference/campaign-standard.md` §9).
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

    /// Its links to single records.
    pub fn links(&self) -> impl Iterator<Item = (&Field, &Link)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            Kind::Link(link) => Some((field, link)),
            _ => None,
        })
    }

    /// The value of a record's own key, if it has one.
    #[must_use]
    pub fn key_value<'a>(&self, attributes: &'a Attributes) -> Option<&'a str> {
        let key = self.key.as_ref()?;
        Some(attributes.text(&key.field)).filter(|text| !text.is_empty())
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

/// A member of a resource.
#[derive(Debug, Clone)]
pub struct Field {
    /// API name, case-sensitive.
    pub name: String,
    /// Type, default and rules.
    pub kind: Kind,
    /// Who may write it.
    pub access: Access,
    /// What people call it.
    pub label: String,
    /// Where forms put it.
    pub category: &'static str,
    /// Shown under `profileAndServicesExt` only.
    pub extension: bool,
}

/// Who may write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The client, by POST and PATCH.
    Writable,
    /// The client too, but the wire never shows it.
    WriteOnly,
    /// The server, or the seed.
    ReadOnly,
    /// The seed alone; the wire never shows it.
    Hidden,
}

/// The type of a field, with what an unset one reads as.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A JSON string.
    Text {
        /// Most characters it may have.
        max: usize,
        /// What happens to a value on its way in.
        policy: Policy,
        /// Reads as this when unset.
        default: String,
    },
    /// A JSON boolean, `false` when unset.
    Boolean {
        /// The date-time fields that record when this one last changed.
        stamps: &'static [&'static str],
    },
    /// A JSON number, 0 when unset.
    Number {
        /// No fractions.
        whole: bool,
    },
    /// A JSON string `YYYY-MM-DD`, or empty.
    Date,
    /// A JSON string `YYYY-MM-DD HH:MM:SS.mmmZ`, or empty.
    DateTime,
    /// A JSON string, one of a list of API names.
    Enumeration(Enumeration),
    /// A JSON object of text members.
    Element(Vec<Field>),
    /// A JSON object as it was sent, empty when unset.
    Object,
    /// Another record, or null.
    Link(Link),
    /// The address of the records that link here.
    Collection(Collection),
    /// Computed when the record is read.
    Derived(Derived),
}

/// A link to a single record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The resource linked to.
    pub to: String,
    /// Whether the record goes when its target goes; else the link is cleared.
    pub own: bool,
    /// Fields of the target that are shown beside its key and title where the link is expanded.
    pub expanded: &'static [&'static str],
}

/// The records of another resource that link to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The other resource.
    pub of: String,
    /// Its link.
    pub through: String,
    /// A second member beside `href`.
    pub metadata: Option<&'static str>,
    /// Whether its address has a key of its own, as the vendor's subscriptions have.
    pub own_key: bool,
}

/// The data policy of a text field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Stored as sent.
    None,
    /// Must be a valid address; stored in lower case.
    Email,
    /// Capital first letter of each word, the rest lower case.
    SmartCase,
}

/// What a derived field is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derived {
    /// The sealed record number.
    PKey,
    /// Whole years since `birthDate`.
    Age,
    /// Always this text.
    Constant(&'static str),
    /// Always this object of one address, for what nobody serves.
    Address(&'static str),
    /// The country's code in `location`.
    Country,
    /// The moment of creation.
    Created,
    /// The day of creation.
    CreationDay,
    /// The sealed record number in its other guise.
    CryptedId,
    /// What follows `@` in `email`.
    Domain,
    /// The record's own address; not on a single GET.
    Href,
    /// The moment of the last write.
    LastModified,
    /// How many records of that resource link here.
    Count(&'static str),
    /// The earliest date of the records of that resource that link here.
    Earliest(&'static str),
    /// A field of the record that a link names.
    Linked {
        /// The link.
        link: &'static str,
        /// The target's field.
        field: &'static str,
    },
    /// Null: a link that nothing can set.
    Null,
    /// The address block, from names and `location`.
    PostalAddress,
    /// What people see of the record.
    Title(Title),
}

/// What a title is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Title {
    /// `First Last (email)`.
    Person,
    /// `label (name)`.
    LabelAndName,
    /// The value of a field.
    Field(String),
}

/// A list of API names that a field may take.
#[derive(Debug, Clone)]
pub struct Enumeration {
    /// As error texts name it: `nms:recipient:gender`.
    pub name: String,
    /// The value of an unset field.
    pub default: String,
    /// Every value, for short lists; the documented ones.
    pub values: Vec<String>,
    /// Also accepts `ll_cc` language codes: the reference knows about 150 of them and lists few.
    pub languages: bool,
}

impl Enumeration {
    pub(super) fn new(name: &str, default: &str, values: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            default: default.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            languages: false,
        }
    }

    /// Whether `value` is one of the API names.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        let lower = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase())
        };
        self.values.iter().any(|known| known == value)
            || (self.languages
                && value
                    .split_once('_')
                    .is_some_and(|(ll, cc)| lower(ll, 2..=3) && lower(cc, 2..=2)))
    }

    /// What to send, for messages.
    #[must_use]
    pub fn expectation(&self) -> String {
        if self.languages {
            return "'none' or a code such as 'en_us' or 'fr_fr'".to_owned();
        }
        let shown: Vec<_> = self.values.iter().take(6).map(|value| format!("'{value}'")).collect();
        let more = if self.values.len() > shown.len() { ", ..." } else { "" };
        format!("one of {}{more}", shown.join(", "))
    }
}

/// The field with that name in a list sorted by name.
pub(super) fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok().map(|at| &fields[at])
}

impl Field {
    fn new(name: &str, kind: Kind, access: Access) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            access,
            label: label_of(name),
            category: "99_none",
            extension: false,
        }
    }

    const fn in_category(mut self, category: &'static str) -> Self {
        self.category = category;
        self
    }

    const fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    const fn hidden(mut self) -> Self {
        self.access = Access::Hidden;
        self
    }

    const fn write_only(mut self) -> Self {
        self.access = Access::WriteOnly;
        self
    }

    const fn extended(mut self) -> Self {
        self.extension = true;
        self
    }

    /// Whether answers show it to callers who do or do not see extensions.
    #[must_use]
    pub const fn is_shown(&self, extended: bool) -> bool {
        matches!(self.access, Access::Writable | Access::ReadOnly) && (extended || !self.extension)
    }

    /// Whether lists may be ordered by it: plain scalars may, links and objects may not
    /// (`reference/profile-fields.md`, Sortable), nor what is sealed.
    #[must_use]
    pub const fn sortable(&self) -> bool {
        match &self.kind {
            Kind::Text { .. }
            | Kind::Boolean { .. }
            | Kind::Number { .. }
            | Kind::Date
            | Kind::DateTime
            | Kind::Enumeration(_) => true,
            Kind::Derived(from) => matches!(
                from,
                Derived::Age
                    | Derived::Created
                    | Derived::Domain
                    | Derived::LastModified
                    | Derived::Title(_)
            ),
            _ => false,
        }
    }
}

/// `firstName` → `First name`, `cusHobby` → `Hobby`.
fn label_of(name: &str) -> String {
    let name = name.strip_prefix("cus").unwrap_or(name);
    let mut label = String::with_capacity(name.len() + 4);
    for (at, letter) in name.chars().enumerate() {
        match letter {
            letter if at == 0 => label.extend(letter.to_uppercase()),
            letter if letter.is_uppercase() => {
                label.push(' ');
                label.extend(letter.to_lowercase());
            }
            letter => label.push(letter),
        }
    }
    label
}

fn writable(name: &str, kind: Kind) -> Field {
    Field::new(name, kind, Access::Writable)
}

fn text(name: &str, max: usize) -> Field {
    writable(name, Kind::Text { max, policy: Policy::None, default: String::new() })
}

fn smart(name: &str, max: usize) -> Field {
    writable(name, Kind::Text { max, policy: Policy::SmartCase, default: String::new() })
}

fn email(name: &str) -> Field {
    writable(name, Kind::Text { max: 128, policy: Policy::Email, default: String::new() })
        .in_category("03_emails")
}

fn flag(name: &str, stamps: &'static [&'static str]) -> Field {
    writable(name, Kind::Boolean { stamps })
}

fn listed(name: &str, values: Enumeration) -> Field {
    writable(name, Kind::Enumeration(values))
}

fn derived(name: &str, from: Derived) -> Field {
    Field::new(name, Kind::Derived(from), Access::ReadOnly)
}

fn link(name: &str, to: &str) -> Field {
    writable(name, Kind::Link(Link { to: to.to_owned(), own: false, expanded: &[] }))
}

fn owned_by(name: &str, to: &str, expanded: &'static [&'static str]) -> Field {
    writable(name, Kind::Link(Link { to: to.to_owned(), own: true, expanded }))
}

/// A resource of the table of all records that nobody calls by an address of its own; its declaration
/// says what is different.
fn resource(names: Names, fields: Vec<Field>) -> Resource {
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
    }
}

/// The key `name`, which most of Adobe's resources have.
fn named(constraint: &str, column: &str, prefix: Option<&'static str>) -> Key {
    Key {
        field: "name".to_owned(),
        prefix,
        upsert: false,
        constraint: constraint.to_owned(),
        column: column.to_owned(),
    }
}

/// Fields in the order of the wire.
fn in_order(mut fields: Vec<Field>) -> Vec<Field> {
    fields.sort_by(|one, other| one.name.cmp(&other.name));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_wire_order_and_have_one_name_each() {
        for resource in Model::default().resources() {
            let ordered =
                |fields: &[Field]| fields.windows(2).all(|pair| pair[0].name < pair[1].name);
            assert!(ordered(&resource.fields), "{}", resource.name());
            for field in &resource.fields {
                if let Kind::Element(members) = &field.kind {
                    assert!(ordered(members));
                }
            }
        }
    }

    #[test]
    fn what_a_declaration_names_is_there() {
        let model = Model::default();
        for resource in model.resources() {
            let name = resource.name();
            assert!(resource.key.iter().all(|key| resource.field(&key.field).is_some()), "{name}");
            assert!(model.resource(&resource.sealed_as).is_some(), "{name}");
            if let Some(under) = resource.addressed_under {
                let above = model.resource(under.resource).unwrap();
                let Kind::Collection(collection) = &above.field(under.collection).unwrap().kind
                else {
                    panic!("{name}: {} is no collection", under.collection);
                };
                assert_eq!(
                    (collection.of.as_str(), collection.through.as_str()),
                    (name, under.link)
                );
            }
            for (_, link) in resource.links() {
                assert!(model.resource(&link.to).is_some(), "{name}: {}", link.to);
            }
            for field in &resource.fields {
                match &field.kind {
                    Kind::Boolean { stamps } => {
                        for stamp in *stamps {
                            let kind = &resource.field(stamp).unwrap().kind;
                            assert!(matches!(kind, Kind::DateTime), "{stamp}");
                        }
                    }
                    Kind::Collection(collection) => {
                        let of = model.resource(&collection.of).unwrap();
                        let through = of.field(&collection.through).unwrap();
                        assert!(matches!(through.kind, Kind::Link(_)), "{name}.{}", field.name);
                    }
                    Kind::Enumeration(list) => {
                        assert!(list.contains(&list.default), "{name}.{}", field.name);
                        assert!(!list.contains("") && !list.contains("invalid"));
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn enumerations_hold_what_the_reference_lists() {
        assert_eq!(time_zones::TIME_ZONES.len(), 114);
        let model = Model::default();
        let Kind::Enumeration(languages) =
            &model.profile().field("preferredLanguage").unwrap().kind
        else {
            panic!("preferredLanguage is an enumeration");
        };
        for code in ["en_gb", "af_za", "zh_tw", "none"] {
            assert!(languages.contains(code), "{code}");
        }
        for code in ["EN_GB", "en-gb", "english", "en_", "_gb"] {
            assert!(!languages.contains(code), "{code}");
        }
    }

    #[test]
    fn labels_follow_names() {
        assert_eq!(label_of("firstName"), "First name");
        assert_eq!(label_of("cusHobby"), "Hobby");
        assert_eq!(label_of("email"), "Email");
    }
}
