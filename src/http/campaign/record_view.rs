//! A record as the wire shows it: all of it, with what is derived from what is stored.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::domain::{
    Attributes, Collection, Derived, Field, Home, Keyring, Kind, Link, LinkedRecords, Model, PKey,
    Record, RecordKeys, Resource, Timestamp, Title, TitlePart,
};

/// What all records of an answer have in common.
pub(super) struct RenderOptions<'a> {
    /// The data model.
    pub(super) model: &'a Model,
    /// Seals keys.
    pub(super) keyring: &'a Keyring,
    /// `https://host/org/campaign/`
    pub(super) campaign: &'a str,
    /// The API root that is called, as the caller spells it.
    pub(super) root: &'a str,
    /// What `age` counts to.
    pub(super) now: Timestamp,
    /// Whether custom fields are shown.
    pub(super) extended: bool,
    /// Whether records say their own address; a single GET does not
    /// (`docs/reference/campaign-standard.md` §5).
    pub(super) with_href: bool,
    /// How much of linked records is shown.
    pub(super) links: Links<'a>,
}

/// How much of linked records is shown (`docs/reference/campaign-standard.md` §6, §13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links<'a> {
    /// Key and title: what a POST answers.
    Brief,
    /// What the catalog says, but not of the record whose collection is shown.
    Full(Option<&'a str>),
}

/// A record as the wire shows it, in ASCII order of members.
pub(super) struct RecordView<'a> {
    /// How it is shown.
    pub(super) options: &'a RenderOptions<'a>,
    /// What it is of.
    pub(super) resource: &'a Resource,
    /// Absolute URL of the resource, with a slash at its end.
    pub(super) collection: &'a str,
    /// What is shown.
    pub(super) record: &'a Record,
    /// What it links to.
    pub(super) linked: &'a LinkedRecords,
}

impl RenderOptions<'_> {
    /// Absolute URL of a resource, with a slash at its end.
    pub(super) fn collection(&self, resource: &Resource) -> String {
        const PROFILES: [&str; 3] =
            ["profileAndServices", "profilesAndServices", "profileAndServicesExt"];
        let root = match resource.home {
            Home::Extended => "profileAndServicesExt",
            Home::Custom => "customResources",
            Home::Privacy => "privacy",
            Home::Workflow | Home::Messages => self.root,
            Home::Profiles | Home::Inner if PROFILES.contains(&self.root) => self.root,
            Home::Profiles | Home::Inner => PROFILES[0],
        };
        // The address of a message is relative (`docs/reference/campaign-standard.md` §17).
        let campaign = if resource.home == Home::Messages { "" } else { self.campaign };
        format!("{campaign}{root}/{}/", resource.name())
    }
}

impl Serialize for RecordView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys = self.keys();
        let own = Own { href: &self.href(&keys), keys: &keys };
        // Catalog and values are both in order of name, so one walk along each finds every value.
        let mut values = self.record.attributes.values().iter().peekable();
        let mut record = serializer.serialize_map(None)?;
        for field in &self.resource.fields {
            while values.next_if(|(name, _)| *name < &field.name).is_some() {}
            let value = values.next_if(|(name, _)| **name == field.name).map(|(_, value)| value);
            if self.shows(field) {
                self.entry(&mut record, &own, field, value)?;
            }
        }
        record.end()
    }
}

impl<'a> RecordView<'a> {
    /// One member alone, as `/profile/<PKey>/email` answers it.
    pub(super) fn member(&self, name: &str) -> Value {
        match serde_json::to_value(self) {
            Ok(Value::Object(mut members)) => members.remove(name).unwrap_or_default(),
            _ => Value::Null,
        }
    }

    fn keys(&self) -> RecordKeys<'_> {
        self.options.keyring.of(self.resource).keys(self.record.number)
    }

    fn shows(&self, field: &Field) -> bool {
        field.is_shown(self.options.extended)
            && (self.options.with_href || !matches!(field.kind, Kind::Derived(Derived::Href)))
    }

    fn entry<M: SerializeMap>(
        &self,
        record: &mut M,
        own: &Own<'_>,
        field: &Field,
        value: Option<&Value>,
    ) -> Result<(), M::Error> {
        let name = field.name.as_str();
        match (&field.kind, value) {
            (Kind::Derived(from), _) => self.derive(record, own, name, from),
            (Kind::Element(members), value) => {
                record.serialize_entry(name, &Element(members, value))
            }
            (Kind::Link(link), _) => record.serialize_entry(name, &self.linked(name, link)),
            (Kind::Collection(collection), _) => {
                self.collection_link(record, own, name, collection)
            }
            (_, Some(value)) => record.serialize_entry(name, value),
            (Kind::Boolean { .. }, None) => record.serialize_entry(name, &false),
            (Kind::Number { .. }, None) => record.serialize_entry(name, &0),
            (Kind::Text { default, .. }, None) => record.serialize_entry(name, default),
            (Kind::Enumeration(list), None) => record.serialize_entry(name, &list.default),
            (Kind::Object, None) => {
                record.serialize_entry(name, &serde_json::Map::<String, Value>::new())
            }
            (Kind::Date | Kind::DateTime, None) => record.serialize_entry(name, ""),
        }
    }

    fn derive<M: SerializeMap>(
        &self,
        record: &mut M,
        own: &Own<'_>,
        name: &str,
        from: &Derived,
    ) -> Result<(), M::Error> {
        let attributes = &self.record.attributes;
        match from {
            Derived::PKey => record.serialize_entry(name, own.keys.pkey().as_str()),
            Derived::Age => record.serialize_entry(name, &self.age()),
            Derived::Constant(text) => record.serialize_entry(name, text),
            Derived::Address(_) => {
                let href = format_args!("{}/{name}/", own.href);
                record.serialize_entry(name, &Href { href, metadata: None })
            }
            Derived::Country => record.serialize_entry(name, attributes.location("countryCode")),
            Derived::Created => record.serialize_entry(name, &self.record.created.to_campaign()),
            Derived::CreationDay => {
                record.serialize_entry(name, &self.record.created.to_campaign()[..10])
            }
            Derived::CryptedId => record.serialize_entry(name, &own.keys.crypted_id()),
            Derived::Domain => {
                let domain =
                    attributes.text("email").rsplit_once('@').map_or("", |(_, domain)| domain);
                record.serialize_entry(name, domain)
            }
            Derived::Href => record.serialize_entry(name, own.href),
            Derived::LastModified => {
                record.serialize_entry(name, &self.record.last_modified.to_campaign())
            }
            Derived::Count(of) => {
                let count = self.linked.counts.get(of).map_or(0, |(count, _)| *count);
                record.serialize_entry(name, &count)
            }
            Derived::Earliest(of) => {
                let earliest = self.linked.counts.get(of).map_or("", |(_, date)| date);
                record.serialize_entry(name, earliest)
            }
            Derived::Linked { link, field } => {
                let brief = self.options.links == Links::Brief;
                let target = self.linked.links.get(*link).filter(|_| !brief);
                let text = target.map_or("", |target| target.attributes.text(field));
                record.serialize_entry(name, text)
            }
            Derived::Null { .. } => record.serialize_entry(name, &()),
            Derived::PostalAddress => record.serialize_entry(name, &PostalAddress::of(attributes)),
            Derived::Title(_) => record.serialize_entry(name, &title(self.resource, attributes)),
        }
    }

    /// The record's own address.
    pub(super) fn address(&self) -> String {
        self.href(&self.keys())
    }

    fn href(&self, keys: &RecordKeys<'_>) -> String {
        let pkey = keys.pkey();
        let above = self.resource.addressed_under.and_then(|under| {
            let target = self.linked.links.get(under.link)?;
            let resource = self.options.model.resource(under.resource)?;
            let key = self.options.keyring.of(resource).pkey(target.number);
            let url = self.options.collection(resource);
            Some(format!("{url}{key}/{}/{pkey}", under.collection))
        });
        above.unwrap_or_else(|| format!("{}{pkey}", self.collection))
    }

    /// The resource and key of the record that a link leads to.
    fn target(&self, link: &str, target: &Record) -> Option<(&'a Resource, PKey)> {
        let Kind::Link(Link { to, .. }) = &self.resource.field(link)?.kind else { return None };
        let resource = self.options.model.resource(to)?;
        let key = self.options.keyring.of(resource).pkey(target.number);
        Some((resource, key))
    }

    /// Key and title of the record that a link leads to, its address if it has one, and the fields
    /// that the catalog says; null when it leads nowhere.
    fn linked(&self, name: &str, link: &Link) -> Option<BTreeMap<&str, Value>> {
        let target = self.linked.links.get(name)?;
        let (resource, key) = self.target(name, target)?;
        let mut members = BTreeMap::new();
        members.insert("PKey", key.as_str().into());
        members.insert("title", title(resource, &target.attributes).into());
        if let Links::Full(above) = self.options.links {
            if resource.field("href").is_some() {
                let href = format!("{}{key}", self.options.collection(resource));
                members.insert("href", href.into());
            }
            if above != Some(name) {
                members.extend(
                    link.expanded
                        .iter()
                        .map(|field| (*field, target.attributes.text(field).into())),
                );
            }
        }
        Some(members)
    }

    fn collection_link<M: SerializeMap>(
        &self,
        record: &mut M,
        own: &Own<'_>,
        name: &str,
        Collection { own_key, metadata, .. }: &Collection,
    ) -> Result<(), M::Error> {
        let metadata = *metadata;
        if *own_key {
            let (list, key) = (self.collection, own.keys.in_collection());
            let href = format_args!("{list}{key}/{name}/");
            record.serialize_entry(name, &Href { href, metadata })
        } else {
            let href = format_args!("{}/{name}/", own.href);
            record.serialize_entry(name, &Href { href, metadata })
        }
    }

    fn age(&self) -> i16 {
        self.record
            .attributes
            .text("birthDate")
            .parse()
            .map_or(0, |birth| self.options.now.years_since(birth))
    }
}

/// An object of text members, all of them printed.
struct Element<'a>(&'a [Field], Option<&'a Value>);

impl Serialize for Element<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|member| {
            let value = self.1.and_then(|values| values.get(&member.name));
            (&member.name, value.and_then(Value::as_str).unwrap_or_default())
        }))
    }
}

/// What a record's members are made of that say where it is.
struct Own<'a> {
    keys: &'a RecordKeys<'a>,
    href: &'a str,
}

/// An address, written piece by piece: a profile has a dozen of them.
#[derive(serde::Serialize)]
struct Href<'a> {
    href: fmt::Arguments<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'static str>,
}

/// What people see of a record; where a part is missing its separator goes with it.
fn title(resource: &Resource, attributes: &Attributes) -> String {
    let in_brackets = |field: &str| match attributes.text(field) {
        "" => Cow::Borrowed(""),
        text => Cow::Owned(format!("({text})")),
    };
    match resource.title() {
        Some(Title::Person) => joined([
            attributes.text("firstName"),
            attributes.text("lastName"),
            &in_brackets("email"),
        ]),
        Some(Title::LabelAndName) => joined([attributes.text("label"), &in_brackets("name")]),
        Some(Title::Parts(parts)) => parts
            .iter()
            .map(|part| match part {
                TitlePart::Text(text) => text.clone(),
                TitlePart::Field(name) => text_of(resource, name, attributes),
            })
            .collect(),
        None => String::new(),
    }
}

/// The value of a plain field as a text; booleans are stored as numbers.
fn text_of(resource: &Resource, name: &str, attributes: &Attributes) -> String {
    match (attributes.values().get(name), resource.field(name).map(|field| &field.kind)) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Bool(flag)), _) => u8::from(*flag).to_string(),
        (Some(other), _) => other.to_string(),
        (None, Some(Kind::Text { default, .. })) => default.clone(),
        (None, Some(Kind::Enumeration(list))) => list.default.clone(),
        (None, Some(Kind::Boolean { .. } | Kind::Number { .. })) => "0".to_owned(),
        (None, _) => String::new(),
    }
}

/// The parts that are not empty, with blanks between them.
fn joined<const N: usize>(parts: [&str; N]) -> String {
    let mut text = String::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

/// The computed address block (`docs/reference/profile-fields.md` §3).
struct PostalAddress([String; 6]);

impl PostalAddress {
    fn of(attributes: &Attributes) -> Self {
        const WIDTH: usize = 80;
        let name: String = joined([
            attributes.text("salutation"),
            attributes.text("firstName"),
            &attributes.text("lastName").to_uppercase(),
        ])
        .chars()
        .take(WIDTH)
        .collect();
        let upper = |member| attributes.location(member).to_uppercase();
        let city = joined([attributes.location("zipCode"), &upper("city")]);
        let [first, second, third, fourth] =
            ["address1", "address2", "address3", "address4"].map(upper);
        Self([name, first, second, third, fourth, city])
    }
}

impl Serialize for PostalAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAMES: [&str; 6] = ["line1", "line2", "line3", "line4", "line5", "line6"];
        let mut block = serializer.serialize_map(None)?;
        block.serialize_entry("addrDefined", &false)?;
        block.serialize_entry("addrErrorCount", &0)?;
        block.serialize_entry("addrLastCheck", "")?;
        block.serialize_entry("addrQuality", "0")?;
        for (name, line) in NAMES.iter().zip(&self.0) {
            block.serialize_entry(name, line)?;
        }
        block.serialize_entry("serialized", &self.0.join("\n"))?;
        block.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Access, Author, InstallKey, OrgName, Patch, RecordNumber};
    use proptest::prelude::*;
    use serde_json::{Map, json};

    const NOW: Timestamp = Timestamp::from_millis(1_577_836_800_000);

    fn stored(body: &Value) -> Attributes {
        let model = Model::default();
        patch(body.as_object().unwrap().clone()).apply(model.profile(), &Attributes::default(), NOW)
    }

    fn patch(members: Map<String, Value>) -> Patch {
        let client = Author::Client {
            extended: false,
            elements: true,
            strict_links: false,
            cuts_texts: false,
        };
        Patch::check(Model::default().profile(), members, client).unwrap()
    }

    fn shown_as(attributes: Attributes, now: Timestamp) -> Value {
        let model = Model::default();
        let keyring =
            Keyring::new(&InstallKey::new([7; 32]), &OrgName::parse("acme").unwrap(), &model);
        let options = RenderOptions {
            model: &model,
            keyring: &keyring,
            campaign: "http://h/acme/campaign/",
            root: "profileAndServices",
            now,
            extended: false,
            with_href: false,
            links: Links::Full(None),
        };
        let view = RecordView {
            options: &options,
            resource: model.profile(),
            collection: &options.collection(model.profile()),
            record: &Record::new(RecordNumber::new(1).unwrap(), attributes, NOW),
            linked: &LinkedRecords::default(),
        };
        serde_json::to_value(view).unwrap()
    }

    #[test]
    fn derived_members_follow_the_reference_samples() {
        let ada = shown_as(stored(&json!({"firstName": "ada", "lastName": "EXAMPLE"})), NOW);
        assert_eq!(ada["title"], "Ada Example");
        assert_eq!(ada["postalAddress"]["serialized"], "Ada EXAMPLE\n\n\n\n\n");

        let full = shown_as(
            stored(&json!({
                "salutation": "Mr", "firstName": "charles", "lastName": "berger",
                "email": "C.Berger@Example.com", "birthDate": "1969-06-03",
                "location": {"address1": "1 high street", "city": "city", "zipCode": "54321"},
            })),
            Timestamp::parse("2020-07-01T00:00:00Z").unwrap(),
        );
        assert_eq!(full["title"], "Charles Berger (c.berger@example.com)");
        assert_eq!(full["domain"], "example.com");
        assert_eq!(full["age"], 51);
        assert_eq!(full["postalAddress"]["line1"], "Mr Charles BERGER");
        assert_eq!(full["postalAddress"]["line2"], "1 HIGH STREET");
        assert_eq!(full["postalAddress"]["line6"], "54321 CITY");
        assert_eq!(shown_as(Attributes::default(), NOW)["title"], "");
    }

    proptest! {
        /// What comes out can be sent back in, and changes nothing.
        #[test]
        fn a_stored_record_is_its_own_patch(
            first in "[ -~é]{0,30}", city in "\\PC{0,40}", opt_out: bool, male: bool, year in 1900_i16..2020,
        ) {
            let attributes = stored(&json!({
                "firstName": first, "location": {"city": city}, "ccpaOptOut": opt_out,
                "gender": if male { "male" } else { "unknown" }, "birthDate": format!("{year}-02-28"),
            }));
            let record = shown_as(attributes.clone(), NOW);
            let writable: Map<String, Value> = record.as_object().unwrap().iter()
                .filter(|(name, _)| Model::default().profile().field(name).unwrap().access == Access::Writable)
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let resent = patch(writable);
            let model = Model::default();
            prop_assert_eq!(resent.apply(model.profile(), &attributes, NOW), attributes);
        }
    }
}
