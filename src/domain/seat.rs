//! Seats of a training room: each is an org of its own, with a code that is short enough to type.

use std::cmp::Ordering;

use super::error::{Error, Result};
use super::org::OrgName;

/// The name of a seat, such as `seat7`: the suffix of its org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatName(String);

/// A seat and its org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its name.
    pub name: SeatName,
    /// Its org.
    pub org: OrgName,
}

impl SeatName {
    /// What a prefix is written with; the number of the seat follows it.
    pub const PREFIX: &str = "^[a-z]([a-z-]{0,18}[a-z])?$";

    /// The seats of that prefix with the numbers 1 to `count`.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] when the prefix cannot be one.
    pub fn numbered(prefix: &str, count: u32) -> Result<Vec<Self>> {
        let plain = prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let dash = prefix.starts_with('-') || prefix.ends_with('-');
        if prefix.is_empty() || prefix.len() > 20 || !plain || dash {
            let rule = "prefix is 1 to 20 small letters and dashes, with a letter at each end.";
            return Err(Error::RequestInvalid(rule.to_owned()));
        }
        Ok((1..=count).map(|number| Self(format!("{prefix}{number}"))).collect())
    }

    /// A name read back from the store.
    #[must_use]
    pub const fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The seat of that name in the room of a customer.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] when no org can have such a name.
    pub fn of(self, customer: &OrgName) -> Result<Seat> {
        let org = format!("{customer}-{}", self.0);
        let org = OrgName::parse(&org)
            .ok_or_else(|| Error::RequestInvalid(format!("'{org}' is too long for an org.")))?;
        Ok(Seat { name: self, org })
    }

    fn parts(&self) -> (&str, u32) {
        let prefix = self.0.trim_end_matches(|c: char| c.is_ascii_digit());
        (prefix, self.0[prefix.len()..].parse().unwrap_or_default())
    }
}

impl Ord for SeatName {
    /// By prefix, then by number: `seat2` is before `seat10`.
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for SeatName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_numbered_and_in_the_order_of_their_numbers() {
        let names = SeatName::numbered("seat", 11).unwrap();
        assert_eq!((names[0].as_str(), names[10].as_str()), ("seat1", "seat11"));
        assert!(names.is_sorted());
        let org = OrgName::parse("acme").unwrap();
        assert_eq!(names[1].clone().of(&org).unwrap().org.as_str(), "acme-seat2");
    }

    #[test]
    fn a_prefix_has_letters_and_dashes_inside() {
        for good in ["a", "seat", "room-b", &"a".repeat(20)] {
            assert!(SeatName::numbered(good, 1).is_ok(), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "seat1", "Seat", "a b", "ä", &"a".repeat(21)] {
            assert!(SeatName::numbered(bad, 1).is_err(), "{bad}");
        }
    }
}
