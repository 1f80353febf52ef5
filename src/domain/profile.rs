//! A profile as it is stored: a number, moments, and the values that are set.

use serde_json::{Map, Value};

use super::Timestamp;

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

    pub(super) fn location(&self, member: &str) -> &str {
        self.0
            .get("location")
            .and_then(|location| location.get(member))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(super) fn set(&mut self, field: &str, value: Value) {
        match value {
            Value::Null => {
                self.0.remove(field);
            }
            value => {
                self.0.insert(field.to_owned(), value);
            }
        }
    }

    pub(super) fn merge_element(&mut self, field: &str, members: Map<String, Value>) {
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
