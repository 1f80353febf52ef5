//! The members of a POST or PATCH: checked against the catalog, normalized, applied.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::catalog::{Access, Derived, Field, Kind, Resource};
use super::conversion::not_convertible;
use super::field_value::ValueReader;
use super::{Attributes, Error, Result, Timestamp};

/// A checked and normalized change to a record: the body of a POST or PATCH.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    /// By API name; null resets to the default, an object merges into the element.
    values: Map<String, Value>,
    /// What links lead to from now on: the text that names the record, or nothing.
    pub links: BTreeMap<String, Option<String>>,
    /// The `PKey` that the body says its record has.
    pub pkey: Option<String>,
    /// Which texts were longer than their fields, ready to read.
    cut: Vec<String>,
}

/// Who sends a patch, and how strictly it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A caller of the API.
    Client {
        /// Fields of `profileAndServicesExt` may be sent.
        extended: bool,
        /// Elements such as `location` may be sent.
        elements: bool,
        /// Data of a linked record is refused where its `PKey` is missing; else it does not count.
        strict_links: bool,
        /// Texts longer than their fields are cut; else they are refused.
        cuts_texts: bool,
    },
    /// The seed, which also sets what clients cannot.
    Seed,
}

impl Author {
    fn may_set(self, field: &Field) -> bool {
        match self {
            Self::Client { .. } => {
                matches!(field.access, Access::Writable | Access::WriteOnly)
            }
            Self::Seed => !matches!(field.kind, Kind::Derived(_) | Kind::Collection(_)),
        }
    }

    const fn cuts_texts(self) -> bool {
        matches!(self, Self::Client { cuts_texts: true, .. })
    }

    fn may_see(self, field: &Field) -> bool {
        match self {
            Self::Client { extended, .. } => {
                field.access != Access::Hidden && (extended || !field.extension)
            }
            Self::Seed => true,
        }
    }
}

impl Patch {
    /// Checks members against the catalog: each must be known, writable, of its type and within
    /// its rules (`docs/reference/campaign-standard.md` §7, §10).
    ///
    /// # Errors
    /// The first member, in order of name, that breaks a rule.
    pub fn check(resource: &Resource, members: Map<String, Value>, author: Author) -> Result<Self> {
        let mut patch = Self::default();
        let mut values = ValueReader::new(resource, author.cuts_texts());
        for (name, value) in members {
            let unknown = |property: &str| Error::PropertyUnknown {
                property: property.to_owned(),
                resource: resource.name().to_owned(),
            };
            let field = resource.field(&name).filter(|field| author.may_see(field));
            let field = field.ok_or_else(|| unknown(&name))?;
            if author != Author::Seed && matches!(field.kind, Kind::Derived(Derived::PKey)) {
                patch.pkey = own_pkey(value)?;
                continue;
            }
            if !author.may_set(field) {
                let resource = resource.name().to_owned();
                return Err(Error::PropertyReadOnly { property: name, resource });
            }
            match (&field.kind, author) {
                (Kind::Link(_), _) => match target(resource, &name, value, author)? {
                    Target::Unsaid => {}
                    Target::Nothing => {
                        patch.links.insert(name, None);
                    }
                    Target::Record(text) => {
                        patch.links.insert(name, Some(text));
                    }
                },
                (Kind::Element(_), Author::Client { elements: false, .. }) => {
                    let first = value.as_object().and_then(|members| members.keys().next());
                    return Err(unknown(first.unwrap_or(&name)));
                }
                _ => {
                    let value = values.read(field, value)?;
                    patch.values.insert(name, value);
                }
            }
        }
        patch.cut = values.cut;
        Ok(patch)
    }

    /// Which texts were cut, as a sentence; `None` if none was.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        (!self.cut.is_empty()).then(|| {
            format!(
                "These texts were longer than their fields and were cut: {} characters. With \
                 --long-texts refuse they are refused.",
                self.cut.join(", ")
            )
        })
    }

    /// Whether nothing would be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.links.is_empty()
    }

    /// The text it sets a field to, in canonical form; `None` if it leaves the field alone or empty.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.values.get(field).and_then(Value::as_str)
    }

    /// The members of the object that it sets a field to.
    #[must_use]
    pub fn object(&self, field: &str) -> Option<&Map<String, Value>> {
        self.values.get(field).and_then(Value::as_object)
    }

    /// The text it sets a field to, empty if it empties the field; `None` if it leaves it alone.
    #[must_use]
    pub fn sent(&self, field: &str) -> Option<&str> {
        self.values.get(field).map(|value| value.as_str().unwrap_or_default())
    }

    /// The attributes of a record that has these values and no others; nothing is stamped.
    #[must_use]
    pub fn into_attributes(self, resource: &Resource) -> Attributes {
        let mut attributes = Attributes::default();
        self.set(resource, &mut attributes);
        attributes
    }

    fn set(self, resource: &Resource, attributes: &mut Attributes) {
        for (name, value) in self.values {
            match (resource.field(&name).map(|field| &field.kind), value) {
                (Some(Kind::Element(_)), Value::Object(members)) => {
                    attributes.merge_element(&name, members);
                }
                (_, value) => attributes.set(&name, value),
            }
        }
    }

    /// The attributes after this change at `now`. A flag that changes stamps its `…LastModified`
    /// fields, unless the change sets them itself (`docs/reference/profile-fields.md` §1, note 1).
    #[must_use]
    pub fn apply(self, resource: &Resource, before: &Attributes, now: Timestamp) -> Attributes {
        let mut after = before.clone();
        let sent: Vec<String> = self.values.keys().cloned().collect();
        self.set(resource, &mut after);
        for name in &sent {
            let Some(Field { kind: Kind::Boolean { stamps }, .. }) = resource.field(name) else {
                continue;
            };
            if before.flag(name) != after.flag(name) {
                for stamp in stamps.iter().filter(|stamp| !sent.iter().any(|sent| sent == *stamp)) {
                    after.set(stamp, Value::String(now.to_campaign()));
                }
            }
        }
        after
    }
}

/// The `PKey` of a body; an empty one says nothing.
fn own_pkey(value: Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        other => Err(not_convertible("PKey", &other, "text", "the PKey of the record")),
    }
}

/// What a body sets a link to.
enum Target {
    /// It does not say.
    Unsaid,
    /// To nothing.
    Nothing,
    /// To the record that this names.
    Record(String),
}

impl Target {
    fn named(text: String) -> Self {
        if text.is_empty() { Self::Nothing } else { Self::Record(text) }
    }
}

fn target(resource: &Resource, name: &str, value: Value, author: Author) -> Result<Target> {
    match value {
        Value::Null => Ok(Target::Nothing),
        Value::String(text) if author == Author::Seed => Ok(Target::named(text)),
        Value::Object(mut members) => match members.remove("PKey") {
            Some(Value::String(text)) => Ok(Target::named(text)),
            Some(Value::Null) => Ok(Target::Nothing),
            Some(other) => {
                let field = format!("{name}.PKey");
                Err(not_convertible(&field, &other, "text", "the PKey of a record"))
            }
            // Data of the linked record itself is left alone (`docs/reference/campaign-standard.md` §6).
            None => match (members.keys().next(), author) {
                (Some(property), Author::Client { strict_links: true, .. }) => {
                    Err(Error::PropertyUnknown {
                        property: property.clone(),
                        resource: resource.name().to_owned(),
                    })
                }
                _ => Ok(Target::Unsaid),
            },
        },
        other => {
            const EXPECTED: &str = "a JSON object with the PKey of a record, or null";
            Err(not_convertible(name, &other, "element", EXPECTED))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Model;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_millis(1_577_836_800_000);

    const CLIENT: Author =
        Author::Client { extended: false, elements: true, strict_links: false, cuts_texts: true };

    fn patch(body: &Value) -> Result<Patch> {
        Patch::check(Model::default().profile(), body.as_object().unwrap().clone(), CLIENT)
    }

    fn after(patch: Patch, before: &Attributes, now: Timestamp) -> Attributes {
        patch.apply(Model::default().profile(), before, now)
    }

    fn stored(body: &Value) -> Attributes {
        after(patch(body).unwrap(), &Attributes::default(), NOW)
    }

    #[test]
    fn a_value_equal_to_the_default_is_not_stored() {
        let body = json!({
            "gender": "unknown", "ccpaOptOut": false, "timeZone": "", "fax": "", "birthDate": null,
            "thumbnail": "/nl/img/thumbnails/defaultProfil.png", "location": {"city": ""},
        });
        assert_eq!(stored(&body), Attributes::default());
    }

    #[test]
    fn a_changed_flag_stamps_and_an_unchanged_one_does_not() {
        let on = stored(&json!({"ccpaOptOut": true, "blackList": true}));
        assert_eq!(on.text("ccpaOptOutLastModified"), "2020-01-01 00:00:00.000Z");
        assert_eq!(on.text("blackListLastModified"), "2020-01-01 00:00:00.000Z");
        let later = NOW.after(std::time::Duration::from_secs(60));
        let again = after(patch(&json!({"ccpaOptOut": true})).unwrap(), &on, later);
        assert_eq!(again, on);
        let sent =
            patch(&json!({"ccpaOptOut": false, "ccpaOptOutLastModified": "2001-02-03 04:05:06Z"}));
        let off = after(sent.unwrap(), &on, later);
        assert_eq!(off.text("ccpaOptOutLastModified"), "2001-02-03 04:05:06.000Z");
    }

    #[test]
    fn a_location_merges_member_by_member() {
        let before = stored(&json!({"location": {"city": "Paris", "zipCode": "75001"}}));
        let change = patch(&json!({"location": {"zipCode": "", "countryCode": "FR"}})).unwrap();
        assert_eq!(
            after(change, &before, NOW).values()["location"],
            json!({"city": "Paris", "countryCode": "FR"})
        );
    }
}
