//! A record as it is stored: a number, moments, and the values that are set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Timestamp;

/// The number of a record within its org, whatever its resource: 1, 2, 3 … in order of creation,
/// never used twice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "i64")]
#[schemars(inline, !try_from)]
pub struct RecordNumber(#[schemars(range(min = 0))] i64);

impl TryFrom<i64> for RecordNumber {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        Self::new(number).ok_or_else(|| format!("{number} is not the number of a record"))
    }
}

impl RecordNumber {
    /// Before the first record.
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

/// The values of a record that differ from the catalog's defaults, by API name, in canonical form.
/// Everything that is written but for links is in here, and nothing that is derived.
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

    /// As [`Self::values`].
    #[must_use]
    pub fn into_values(self) -> Map<String, Value> {
        self.0
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

    /// A member of the postal address; empty when it is not set.
    #[must_use]
    pub fn location(&self, member: &str) -> &str {
        self.0
            .get("location")
            .and_then(|location| location.get(member))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Sets a value in canonical form; null is the default.
    pub fn set(&mut self, field: &str, value: Value) {
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

/// A stored record. Its links are stored beside it, and read when they are needed.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number within the org.
    pub number: RecordNumber,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last written.
    pub last_modified: Timestamp,
    /// When the worker has to look at it, if ever.
    pub due: Option<Timestamp>,
    /// What it holds.
    pub attributes: Attributes,
}

impl Record {
    /// A record that is created at `now`.
    #[must_use]
    pub const fn new(number: RecordNumber, attributes: Attributes, now: Timestamp) -> Self {
        Self { number, created: now, last_modified: now, due: None, attributes }
    }
}

/// What an answer needs to know of other records.
#[derive(Debug, Clone, Default)]
pub struct LinkedRecords {
    /// The records that its links lead to.
    pub links: BTreeMap<String, Record>,
    /// Of resources that link to it: how many records, and their earliest date.
    pub counts: BTreeMap<&'static str, (i64, String)>,
}
