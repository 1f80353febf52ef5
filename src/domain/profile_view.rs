//! A profile as the wire shows it: the whole record, with what is derived from what is stored.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::catalogue::{Derived, Field, Kind, PROFILE};
use super::{Attributes, Profile, RecordKeys, Timestamp};

/// A profile as the wire shows it: the whole record in ASCII order of members.
pub struct ProfileView<'a> {
    /// What is shown.
    pub profile: &'a Profile,
    /// The keys in the record.
    pub keys: RecordKeys,
    /// Absolute URL of the collection, with a slash at its end.
    pub collection: &'a str,
    /// What `age` counts to.
    pub now: Timestamp,
    /// Whether the record says its own address; a single GET does not
    /// (`reference/campaign-standard.md` §5).
    pub with_href: bool,
}

impl Serialize for ProfileView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Catalogue and values are both in order of name, so one walk along each finds every value.
        let mut values = self.profile.attributes.values().iter().peekable();
        let mut record = serializer.serialize_map(None)?;
        for field in PROFILE.fields {
            while values.next_if(|(name, _)| name.as_str() < field.name).is_some() {}
            let value = values.next_if(|(name, _)| *name == field.name).map(|(_, value)| value);
            match (&field.kind, value) {
                (Kind::Derived(from), _) => self.derive(&mut record, field.name, *from)?,
                (Kind::Element(members), value) => {
                    record.serialize_entry(field.name, &Element(members, value))?;
                }
                (_, Some(value)) => record.serialize_entry(field.name, value)?,
                (kind, None) => entry_of_default(&mut record, field.name, kind)?,
            }
        }
        record.end()
    }
}

impl ProfileView<'_> {
    fn derive<M: SerializeMap>(
        &self,
        record: &mut M,
        name: &str,
        from: Derived,
    ) -> Result<(), M::Error> {
        let attributes = &self.profile.attributes;
        match from {
            Derived::PKey => record.serialize_entry(name, self.keys.pkey.as_str()),
            Derived::Age => record.serialize_entry(name, &self.age()),
            Derived::Created => record.serialize_entry(name, &self.profile.created.to_campaign()),
            Derived::CryptedId => record.serialize_entry(name, &self.keys.crypted_id),
            Derived::Domain => {
                let domain =
                    attributes.text("email").rsplit_once('@').map_or("", |(_, domain)| domain);
                record.serialize_entry(name, domain)
            }
            Derived::Href if self.with_href => {
                record.serialize_entry(name, &format!("{}{}", self.collection, self.keys.pkey))
            }
            Derived::Href => Ok(()),
            Derived::LastModified => {
                record.serialize_entry(name, &self.profile.last_modified.to_campaign())
            }
            Derived::PostalAddress => record.serialize_entry(name, &PostalAddress::of(attributes)),
            Derived::Subscriptions => {
                let key = &self.keys.subscriptions;
                let href = format!("{}{key}/subscriptions/", self.collection);
                record.serialize_entry(name, &Link { href })
            }
            Derived::Title => record.serialize_entry(name, &title(attributes)),
        }
    }

    fn age(&self) -> i16 {
        self.profile
            .attributes
            .text("birthDate")
            .parse()
            .map_or(0, |birth| self.now.years_since(birth))
    }
}

fn entry_of_default<M: SerializeMap>(
    record: &mut M,
    name: &str,
    kind: &Kind,
) -> Result<(), M::Error> {
    match kind {
        Kind::Boolean { .. } => record.serialize_entry(name, &false),
        Kind::Text { default, .. } => record.serialize_entry(name, default),
        Kind::Enumeration(list) => record.serialize_entry(name, list.default),
        _ => record.serialize_entry(name, ""),
    }
}

/// An object of text members, all of them printed.
struct Element<'a>(&'static [Field], Option<&'a Value>);

impl Serialize for Element<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|member| {
            let value = self.1.and_then(|values| values.get(member.name));
            (member.name, value.and_then(Value::as_str).unwrap_or_default())
        }))
    }
}

#[derive(serde::Serialize)]
struct Link {
    href: String,
}

/// `First Last (email)`; where a part is missing its separator goes with it.
fn title(attributes: &Attributes) -> String {
    let email = match attributes.text("email") {
        "" => Cow::Borrowed(""),
        email => Cow::Owned(format!("({email})")),
    };
    joined([attributes.text("firstName"), attributes.text("lastName"), &email])
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

/// The computed address block (`reference/profile-fields.md`, postalAddress).
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
    use crate::domain::{Access, InstallKey, OrgName, ProfileNumber, ProfilePatch, Sealer};
    use proptest::prelude::*;
    use serde_json::{Map, json};

    const NOW: Timestamp = Timestamp::from_millis(1_577_836_800_000);

    fn stored(body: &Value) -> Attributes {
        let members = body.as_object().unwrap().clone();
        ProfilePatch::from_object(members).unwrap().apply(&Attributes::default(), NOW)
    }

    fn shown_as(attributes: Attributes, now: Timestamp) -> Value {
        let sealer =
            Sealer::of_profiles(&InstallKey::new([7; 32]), &OrgName::parse("acme").unwrap());
        let number = ProfileNumber::new(1).unwrap();
        let profile =
            Profile { number, created: NOW, last_modified: NOW, opt_out_changes: 0, attributes };
        let view = ProfileView {
            profile: &profile,
            keys: sealer.record_keys(number),
            collection: "http://h/acme/campaign/profileAndServices/profile/",
            now,
            with_href: false,
        };
        serde_json::to_value(view).unwrap()
    }

    #[test]
    fn derived_members_follow_the_reference_samples() {
        let marc = shown_as(stored(&json!({"firstName": "marc", "lastName": "MEEWIS"})), NOW);
        assert_eq!(marc["title"], "Marc Meewis");
        assert_eq!(marc["postalAddress"]["serialized"], "Marc MEEWIS\n\n\n\n\n");

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
                .filter(|(name, _)| PROFILE.field(name).unwrap().access == Access::Writable)
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            let resent = ProfilePatch::from_object(writable).unwrap();
            prop_assert_eq!(resent.apply(&attributes, NOW), attributes);
        }
    }
}
