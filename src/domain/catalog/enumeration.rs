//! Enumerations: the lists of values that fields may take (`docs/reference/data-model.md` §6).

/// The API name of the value that every enumeration has besides its own, for what the database holds and
/// the list does not. It is no value to send.
pub const INVALID_VALUE: &str = "__Invalid_value__";

/// A list of API names that a field may take.
#[derive(Debug, Clone)]
pub struct Enumeration {
    /// As error texts name it: `nms:recipient:gender`.
    pub name: String,
    /// The API name that an unset field reads as.
    pub default: String,
    /// Every value, for short lists; the documented ones.
    pub values: Vec<EnumerationValue>,
    /// Also accepts `ll_cc` language codes: the reference knows about 150 of them and lists few.
    pub languages: bool,
    /// What the database keeps.
    pub stored_as: StoredAs,
}

/// A value of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumerationValue {
    /// API name: `unknown`.
    pub name: String,
    /// What people call it: `Unspecified`.
    pub label: String,
    /// What the database keeps: `0`.
    pub stored: String,
}

/// What the database keeps of an enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredAs {
    /// A small number.
    Byte,
    /// A text.
    Text {
        /// Most characters it may have.
        length: usize,
    },
}

impl Enumeration {
    /// A list of which neither labels nor stored values are on record: names stand for the ones, and
    /// positions for the others.
    pub(super) fn new(name: &str, default: &str, values: &[&str]) -> Self {
        let value = |(at, name): (u8, &&str)| EnumerationValue {
            name: (*name).to_owned(),
            label: label_of(name),
            stored: at.to_string(),
        };
        Self::stored_as_bytes(name, default, (0..).zip(values).map(value).collect())
    }

    /// A list of labels, API names and stored numbers.
    pub(super) fn documented(name: &str, default: &str, values: &[(&str, &str, u8)]) -> Self {
        let value = |(label, name, stored): &(&str, &str, u8)| EnumerationValue {
            name: (*name).to_owned(),
            label: (*label).to_owned(),
            stored: stored.to_string(),
        };
        Self::stored_as_bytes(name, default, values.iter().map(value).collect())
    }

    fn stored_as_bytes(name: &str, default: &str, values: Vec<EnumerationValue>) -> Self {
        Self {
            name: name.to_owned(),
            default: default.to_owned(),
            values,
            languages: false,
            stored_as: StoredAs::Byte,
        }
    }

    /// The API names, in order of declaration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|value| value.name.as_str())
    }

    /// Whether `name` is one of the API names.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        let lower = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase())
        };
        self.names().any(|known| known == name)
            || (self.languages
                && name
                    .split_once('_')
                    .is_some_and(|(ll, cc)| lower(ll, 2..=3) && lower(cc, 2..=2)))
    }

    /// What to send, for messages.
    #[must_use]
    pub fn expectation(&self) -> String {
        if self.languages {
            return "'none' or a code such as 'en_us' or 'fr_fr'".to_owned();
        }
        let names: Vec<_> = self.names().map(|value| format!("'{value}'")).collect();
        if names.len() <= ALL {
            return format!("one of {}", names.join(", "));
        }
        let some = names.get(..SOME).unwrap_or(&names).join(", ");
        format!("one of {some} or another of the {} values that its metadata lists", names.len())
    }
}

/// So many values are named in a message at most.
const ALL: usize = 12;
/// So many of those that are more.
const SOME: usize = 6;

/// What stands for a label where there is none: the name with a capital letter at its front, as on
/// the data model pages (`docs/reference/data-model.md` §1).
pub(super) fn label_of(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_capital_stands_for_a_label() {
        assert_eq!(label_of("subScenarioEventType"), "SubScenarioEventType");
        assert_eq!(label_of("cusHobbieslink"), "CusHobbieslink");
        assert_eq!(label_of(""), "");
    }
}
