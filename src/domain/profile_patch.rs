//! The body of a POST or PATCH: read, checked against the catalogue, normalised, applied.

use jiff::civil;
use serde_json::{Map, Value};

use super::catalogue::{Access, Field, Kind, PROFILE, Policy, find};
use super::policy::{self, shorten};
use super::{Attributes, Error, Result, Timestamp};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_millis(1_577_836_800_000);

    fn patch(body: &Value) -> Result<ProfilePatch> {
        ProfilePatch::parse(body.to_string().as_bytes())
    }

    fn stored(body: &Value) -> Attributes {
        patch(body).unwrap().apply(&Attributes::default(), NOW)
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
    }
}
