//! Fields: their types, who may write them, and how the catalog declares them.

use super::enumeration::{Enumeration, label_of};
use super::title::Title;

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

/// What [`Kind::Text`] has for `max` where the data model gives no length.
pub const ANY_LENGTH: usize = usize::MAX;

/// The type of a field, with what an unset one reads as.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A JSON string.
    Text {
        /// Most characters it may have, or [`ANY_LENGTH`].
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
    /// An object of one address, which is the record's own and the field's name.
    Address(Addressed),
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
    Null {
        /// The resource that it would lead to.
        to: &'static str,
    },
    /// The address block, from names and `location`.
    PostalAddress,
    /// What people see of the record.
    Title(Title),
}

/// What the address in a field leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressed {
    /// The message as a page.
    MirrorPage,
    /// A file, which is asked for by POST.
    File,
    /// What no source shows.
    Unknown,
}

/// The field with that name in a list sorted by name.
pub(in crate::domain) fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok().map(|at| &fields[at])
}

impl Field {
    pub(super) fn new(name: &str, kind: Kind, access: Access) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            access,
            label: label_of(name),
            category: "99_none",
            extension: false,
        }
    }

    pub(super) fn labeled(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }

    pub(super) const fn in_category(mut self, category: &'static str) -> Self {
        self.category = category;
        self
    }

    pub(super) const fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    pub(super) const fn hidden(mut self) -> Self {
        self.access = Access::Hidden;
        self
    }

    pub(super) const fn write_only(mut self) -> Self {
        self.access = Access::WriteOnly;
        self
    }

    pub(super) const fn extended(mut self) -> Self {
        self.extension = true;
        self
    }

    /// Whether answers show it to callers who do or do not see extensions.
    #[must_use]
    pub const fn is_shown(&self, extended: bool) -> bool {
        matches!(self.access, Access::Writable | Access::ReadOnly) && (extended || !self.extension)
    }

    /// Whether metadata describes it to callers who do or do not see extensions.
    #[must_use]
    pub fn is_described(&self, extended: bool) -> bool {
        self.access != Access::Hidden && (extended || !self.extension)
    }

    /// Whether filters can compare it: as with lists, but for an age, which nothing stores.
    #[must_use]
    pub const fn comparable(&self) -> bool {
        self.sortable() && !matches!(self.kind, Kind::Derived(Derived::Age))
    }

    /// Whether lists may be ordered by it: plain scalars may, links and objects may not
    /// (`docs/reference/profile-fields.md` §8), nor what is sealed.
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

pub(super) fn writable(name: &str, kind: Kind) -> Field {
    Field::new(name, kind, Access::Writable)
}

pub(super) fn text(name: &str, max: usize) -> Field {
    writable(name, Kind::Text { max, policy: Policy::None, default: String::new() })
}

pub(super) fn smart(name: &str, max: usize) -> Field {
    writable(name, Kind::Text { max, policy: Policy::SmartCase, default: String::new() })
}

pub(super) fn email(name: &str) -> Field {
    writable(name, Kind::Text { max: 128, policy: Policy::Email, default: String::new() })
        .labeled("Email")
        .in_category("03_emails")
}

pub(super) fn flag(name: &str, stamps: &'static [&'static str]) -> Field {
    writable(name, Kind::Boolean { stamps })
}

pub(super) fn listed(name: &str, values: Enumeration) -> Field {
    writable(name, Kind::Enumeration(values))
}

pub(super) fn derived(name: &str, from: Derived) -> Field {
    Field::new(name, Kind::Derived(from), Access::ReadOnly)
}

pub(super) fn link(name: &str, to: &str) -> Field {
    writable(name, Kind::Link(Link { to: to.to_owned(), own: false, expanded: &[] }))
}

pub(super) fn owned_by(name: &str, to: &str, expanded: &'static [&'static str]) -> Field {
    writable(name, Kind::Link(Link { to: to.to_owned(), own: true, expanded }))
}

/// Fields in the order of the wire.
pub(super) fn in_order(mut fields: Vec<Field>) -> Vec<Field> {
    fields.sort_by(|one, other| one.name.cmp(&other.name));
    fields
}
