//! A profile: what is stored, how a client may change it, and how it is shown.

use std::borrow::Cow;

use jiff::civil;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::catalogue::{Access, Derived, Field, Kind, PROFILE, Policy, find};
use super::policy::{self, shorten};
use super::{Error, RecordKeys, Result, Timestamp};

/// The number of a profile within its org: 1, 2, 3 … in order of creation, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileNumber(i64);

impl ProfileNumber {
    /// Before the first profile.
    pub const ZERO: Self = Self(0);
    /// The largest number an org can reach.
    pub const MAX: Self = Self((1 << 40) - 1);

    /// `None` outside 0 ..= [`Self::MAX`].
    #[must_use]
    pub const fn new(number: i64) -> Option<Self> {
        if 0 <= number && number <= Self::MAX.0 { Some(Self(number)) } else { None }
    }

    /// The plain number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// The values of a profile that differ from the catalogue's defaults, by API name, in canonical
/// form. Everything a client may write is in here, and nothing else.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(Map<String, Value>);

impl Attributes {
    /// Takes values read back from the store.
    #[must_use]
    pub const fn from_stored(values: Map<String, Value>) -> Self {
        Self(values)
    }

    /// The values, to be stored.
    #[must_use]
    pub const fn values(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A text value, empty when unset.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// A boolean value, `false` when unset.
    #[must_use]
    pub fn flag(&self, field: &str) -> bool {
        self.0.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether the profile has opted out of the sale of personal information.
    #[must_use]
    pub fn ccpa_opt_out(&self) -> bool {
        self.flag("ccpaOptOut")
    }

    fn location(&self, member: &str) -> &str {
        self.0
            .get("location")
            .and_then(|location| location.get(member))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn set(&mut self, field: &str, value: Value) {
        match value {
            Value::Null => {
                self.0.remove(field);
            }
            value => {
                self.0.insert(field.to_owned(), value);
            }
        }
    }

    fn merge_element(&mut self, field: &str, members: Map<String, Value>) {
        let mut merged = match self.0.remove(field) {
            Some(Value::Object(before)) => before,
            _ => Map::new(),
        };
        for (member, value) in members {
            if value.is_null() {
                merged.remove(&member);
            } else {
                merged.insert(member, value);
            }
        }
        if !merged.is_empty() {
            self.0.insert(field.to_owned(), Value::Object(merged));
        }
    }
}

/// A stored profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its number within the org.
    pub number: ProfileNumber,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last written.
    pub last_modified: Timestamp,
    /// How many times `ccpaOptOut` has changed: the sequence of its latest ledger row.
    pub opt_out_changes: i64,
    /// What it holds.
    pub attributes: Attributes,
}

/// A checked and normalised change to a profile: the body of a POST or PATCH.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfilePatch {
    /// By API name; null resets to the default, an object merges into the element.
    values: Map<String, Value>,
}

impl ProfilePatch {
    /// Reads a request body.
    ///
    /// # Errors
    /// [`Error::NotAnObject`] for anything but a JSON object, then as [`Self::from_object`].
    pub fn parse(body: &[u8]) -> Result<Self> {
        Self::from_object(json_object(body)?)
    }

    /// Checks members against the catalogue: each must be known, writable, of its type and within
    /// its rules (`reference/campaign-standard.md` §7, §10).
    ///
    /// # Errors
    /// The first member, in order of name, that breaks a rule.
    pub fn from_object(members: Map<String, Value>) -> Result<Self> {
        let values = members
            .into_iter()
            .map(|(name, value)| {
                let field = PROFILE
                    .field(&name)
                    .ok_or_else(|| Error::PropertyUnknown { property: name.clone() })?;
                if field.access == Access::ReadOnly {
                    return Err(Error::PropertyReadOnly { property: name });
                }
                let value = normalise(field, value)?;
                Ok((name, value))
            })
            .collect::<Result<_>>()?;
        Ok(Self { values })
    }

    /// Whether nothing would be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The attributes after this change at `now`. A flag that changes stamps its `…LastModified`
    /// fields, unless the change sets them itself (`reference/profile-fields.md`, note 1).
    #[must_use]
    pub fn apply(self, before: &Attributes, now: Timestamp) -> Attributes {
        let mut after = before.clone();
        let sent: Vec<String> = self.values.keys().cloned().collect();
        for (field, value) in self.values {
            match value {
                Value::Object(members) => after.merge_element(&field, members),
                value => after.set(&field, value),
            }
        }
        for name in &sent {
            let Some(Field { kind: Kind::Boolean { stamps }, .. }) = PROFILE.field(name) else {
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

/// The canonical form of a value sent for a field; null when it is the field's default.
fn normalise(field: &Field, value: Value) -> Result<Value> {
    let not_convertible = |value: &Value, to, expected| Error::NotConvertible {
        field: field.name.to_owned(),
        value: shown(value),
        from: type_name(value),
        to,
        expected,
    };
    let text_of = |value: Value, to, expected| match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        other => Err(not_convertible(&other, to, expected)),
    };
    match field.kind {
        Kind::Boolean { .. } => match value {
            Value::Bool(flag) => Ok(unless_default(flag, &false)),
            other => {
                Err(not_convertible(&other, "integer (8 bit)", "the JSON value true or false"))
            }
        },
        Kind::Text { max, policy, default } => {
            let text = text_of(value, "text", "a JSON string")?;
            let text = checked_text(field.name, text, max, policy)?;
            Ok(if text.is_empty() { Value::Null } else { unless_default(text, default) })
        }
        Kind::Date => {
            const EXPECTED: &str = "a date such as \"1980-12-31\"";
            let text = text_of(value, "date", EXPECTED)?;
            if text.is_empty() {
                return Ok(Value::Null);
            }
            let well_formed =
                text.len() == "YYYY-MM-DD".len() && text.parse::<civil::Date>().is_ok();
            well_formed
                .then(|| Value::String(text.clone()))
                .ok_or_else(|| not_convertible(&Value::String(text), "date", EXPECTED))
        }
        Kind::DateTime => {
            const EXPECTED: &str = "a moment such as \"2026-01-31 08:00:00.000Z\"";
            let text = text_of(value, "date and time", EXPECTED)?;
            if text.is_empty() {
                return Ok(Value::Null);
            }
            Timestamp::parse(&text)
                .map(|moment| Value::String(moment.to_campaign()))
                .ok_or_else(|| not_convertible(&Value::String(text), "date and time", EXPECTED))
        }
        Kind::Enumeration(list) => {
            let text = text_of(value, "text", "a JSON string")?;
            if text.is_empty() {
                return Ok(Value::Null);
            }
            if !list.contains(&text) {
                return Err(Error::NotInEnumeration {
                    value: shorten(&text),
                    enumeration: list.name.to_owned(),
                    field: field.name.to_owned(),
                    expected: list.expectation(),
                });
            }
            Ok(unless_default(text, list.default))
        }
        Kind::Element(members) => element(field, members, value),
        // Derived fields are read-only and never come here; were one writable, it would be ignored.
        Kind::Derived(_) => Ok(Value::Null),
    }
}

fn element(field: &Field, known: &'static [Field], value: Value) -> Result<Value> {
    let Value::Object(members) = value else {
        return Err(Error::NotConvertible {
            field: field.name.to_owned(),
            value: shown(&value),
            from: type_name(&value),
            to: "element",
            expected: "a JSON object",
        });
    };
    let members = members
        .into_iter()
        .map(|(name, value)| {
            let member = find(known, &name)
                .ok_or_else(|| Error::PropertyUnknown { property: name.clone() })?;
            Ok((name, normalise(member, value)?))
        })
        .collect::<Result<Map<_, _>>>()?;
    Ok(Value::Object(members))
}

fn checked_text(field: &str, text: String, max: usize, policy: Policy) -> Result<String> {
    let refused = |detail: String| Error::ValueRefused { field: field.to_owned(), detail };
    let text = match policy {
        Policy::Email if !text.is_empty() => policy::email(&text).map_err(refused)?,
        Policy::SmartCase => policy::smart_case(&text),
        Policy::None | Policy::Email => text,
    };
    let length = text.chars().count();
    if length > max {
        return Err(refused(format!("it has {length} characters and may have {max}")));
    }
    Ok(text)
}

/// The value, or null when it is what an unset field reads as anyway.
fn unless_default<T: Into<Value> + PartialEq<D>, D: ?Sized>(value: T, default: &D) -> Value {
    if value == *default { Value::Null } else { value.into() }
}

/// The vendor's name for the type of a JSON value; only `text` is on record.
const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "element",
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => shorten(text),
        other => shorten(&other.to_string()),
    }
}

/// Reads a body that must be a JSON object.
fn json_object(body: &[u8]) -> Result<Map<String, Value>> {
    let refused = |detail: String| Error::NotAnObject {
        constant: std::str::from_utf8(body).ok().and_then(unknown_constant).map(shorten),
        detail,
    };
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(other) => Err(refused(format!("it is of type {}", type_name(&other)))),
        Err(_) if body.is_empty() => Err(refused("it is empty".to_owned())),
        Err(fault) => Err(refused(fault.to_string())),
    }
}

/// The first unquoted word that is no JSON constant and no number: what Campaign's parser names when
/// it refuses a body (`reference/campaign-standard.md` §10).
fn unknown_constant(json: &str) -> Option<&str> {
    let mut rest = json;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "{}[]:,".contains(c));
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = after_string(quoted)?;
            continue;
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || "{}[]:,\"".contains(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        if word.is_empty() {
            return None;
        }
        if serde_json::from_str::<Value>(word).is_err() {
            return Some(word);
        }
        rest = tail;
    }
}

/// What follows the closing quote of a JSON string; `None` when it is never closed.
fn after_string(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

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
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        // Catalogue and values are both in order of name, so one walk along each finds every value.
        let mut values = self.profile.attributes.0.iter().peekable();
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
    ) -> std::result::Result<(), M::Error> {
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
) -> std::result::Result<(), M::Error> {
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
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
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
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
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
    use crate::domain::{InstallKey, OrgName, Sealer};
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_millis(1_577_836_800_000);

    fn patch(body: &Value) -> Result<ProfilePatch> {
        ProfilePatch::parse(body.to_string().as_bytes())
    }

    fn stored(body: &Value) -> Attributes {
        patch(body).unwrap().apply(&Attributes::default(), NOW)
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
        let again = patch(&json!({"ccpaOptOut": true})).unwrap().apply(&on, later);
        assert_eq!(again, on);
        let sent =
            patch(&json!({"ccpaOptOut": false, "ccpaOptOutLastModified": "2001-02-03 04:05:06Z"}));
        let off = sent.unwrap().apply(&on, later);
        assert_eq!(off.text("ccpaOptOutLastModified"), "2001-02-03 04:05:06.000Z");
    }

    #[test]
    fn a_location_merges_member_by_member() {
        let before = stored(&json!({"location": {"city": "Paris", "zipCode": "75001"}}));
        let after = patch(&json!({"location": {"zipCode": "", "countryCode": "FR"}}))
            .unwrap()
            .apply(&before, NOW);
        assert_eq!(after.values()["location"], json!({"city": "Paris", "countryCode": "FR"}));
    }

    #[test]
    fn the_unknown_constant_is_the_first_bare_word() {
        for (body, word) in [
            ("@gibberish", Some("@gibberish")),
            (r#"{"a": foo}"#, Some("foo")),
            (r#"{"a": "quoted \" word", b: true}"#, Some("b")),
            ("{\"a\": [true, 1.5e3, null}", None),
            (r#"{"a": "never closed"#, None),
            ("", None),
        ] {
            assert_eq!(unknown_constant(body), word, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ProfilePatch::parse(&body);
        }

        #[test]
        fn json_like_text_is_read_or_refused(body in "[{}\\[\\]:,\"a-z0-9@\\\\ ]{0,60}") {
            let _ = ProfilePatch::parse(body.as_bytes());
        }

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
