//! Sample people. Their mail domains and telephone numbers are the ones reserved for examples and
//! fiction, so that nothing sent to them reaches anyone.
//!
//! Made by hand and not by a library of fake data: the same seed must give the same people, byte for
//! byte, in every version of the program, and such libraries change their output between versions.

mod countries;
mod names;

use std::ops::{Range, RangeInclusive};

use fastrand::Rng;
use serde_json::{Map, Value};

use countries::{COUNTRIES, City, Country};

/// A sample person.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplePerson {
    /// When the profile says it was created, in milliseconds since 1970.
    pub created_millis: i64,
    /// The fields that differ from their defaults, as a profile stores them.
    pub attributes: Map<String, Value>,
}

/// An endless sequence of sample people: the same seed gives the same people.
#[derive(Debug, Clone)]
pub struct SamplePeople {
    rng: Rng,
    count: u64,
}

impl SamplePeople {
    /// The sample people of `rng_seed`.
    #[must_use]
    pub fn new(rng_seed: u64) -> Self {
        Self { rng: Rng::with_seed(rng_seed), count: 0 }
    }
}

impl Iterator for SamplePeople {
    type Item = SamplePerson;

    fn next(&mut self) -> Option<SamplePerson> {
        self.count += 1;
        let created_millis = self.rng.i64(CREATED);
        Some(SamplePerson { created_millis, attributes: attributes(&mut self.rng, self.count) })
    }
}

/// From 2018-01-01 up to 2026-01-01, in milliseconds since 1970.
const CREATED: Range<i64> = 1_514_764_800_000..1_767_225_600_000;

/// Everybody is of age when created.
const BIRTH_YEARS: RangeInclusive<u16> = 1940..=1999;

/// Reserved by RFC 2606.
const MAIL_DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];

/// The fields of the person with that number.
fn attributes(rng: &mut Rng, number: u64) -> Map<String, Value> {
    let mut fields = Map::new();
    let country = pick(rng, COUNTRIES);
    let city = pick(rng, country.cities);
    let names = pick(rng, country.names);
    let (given, gender, salutation) = if rng.bool() {
        (names.female, "female", country.ms)
    } else {
        (names.male, "male", country.mr)
    };
    let first = pick(rng, given);
    let last = pick(rng, names.last);

    set(&mut fields, "email", email(first, last, number, pick(rng, MAIL_DOMAINS)));
    set(&mut fields, "firstName", first);
    set(&mut fields, "lastName", last);
    set(&mut fields, "location", location(rng, country, city));
    if chance(rng, 90) {
        set(&mut fields, "gender", gender);
    }
    if chance(rng, 40) {
        set(&mut fields, "salutation", salutation);
    }
    if chance(rng, 75) {
        set(&mut fields, "birthDate", birth_date(rng));
    }
    if chance(rng, 70) {
        set(&mut fields, "mobilePhone", phone(rng, country.mobiles));
    }
    if chance(rng, 35) {
        set(&mut fields, "phone", phone(rng, country.phones));
    }
    if chance(rng, 85) {
        set(&mut fields, "preferredLanguage", country.language);
    }
    if chance(rng, 60) {
        set(&mut fields, "emailFormat", if chance(rng, 85) { "html" } else { "text" });
    }
    if chance(rng, 50) {
        set(&mut fields, "timeZone", city.time_zone);
    }
    if chance(rng, 3) {
        set(&mut fields, "ccpaOptOut", true);
    }
    if chance(rng, 2) {
        set(&mut fields, "blackListEmail", true);
    }
    fields
}

fn set(fields: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    fields.insert(name.to_owned(), value.into());
}

fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(..100) < percent
}

/// One of a table's entries; no table is empty.
fn pick<T: Copy>(rng: &mut Rng, table: &[T]) -> T {
    table[rng.usize(..table.len())]
}

/// A digit in place of every `#`.
fn fill(rng: &mut Rng, pattern: &str) -> String {
    pattern.chars().map(|c| if c == '#' { rng.digit(10) } else { c }).collect()
}

fn phone(rng: &mut Rng, ranges: &[&str]) -> String {
    let range = pick(rng, ranges);
    fill(rng, range)
}

/// `first.last.number@domain`; the number keeps it unique.
fn email(first: &str, last: &str, number: u64, domain: &str) -> String {
    let mut address = String::with_capacity(64);
    address.extend(plain_letters(first));
    address.push('.');
    address.extend(plain_letters(last));
    address.push('.');
    address.push_str(&number.to_string());
    address.push('@');
    address.push_str(domain);
    address
}

/// The letters of a name in lower case and without accents: `O'Brien` → `obrien`.
fn plain_letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(char::to_lowercase).filter_map(|c| match c {
        'a'..='z' => Some(c),
        'á' | 'ä' | 'å' | 'ą' => Some('a'),
        'ç' => Some('c'),
        'è' | 'é' | 'ë' | 'ę' => Some('e'),
        'í' | 'î' => Some('i'),
        'ł' => Some('l'),
        'ñ' | 'ń' => Some('n'),
        'ò' | 'ó' | 'ö' => Some('o'),
        'ú' | 'ü' => Some('u'),
        'ź' => Some('z'),
        _ => None,
    })
}

/// Up to the 28th, which every month has.
fn birth_date(rng: &mut Rng) -> String {
    format!("{}-{:02}-{:02}", rng.u16(BIRTH_YEARS), rng.u8(1..=12), rng.u8(1..=28))
}

fn location(rng: &mut Rng, country: &Country, city: City) -> Map<String, Value> {
    let mut fields = Map::new();
    let (street, house) = (pick(rng, country.streets), rng.u8(1..200));
    let address =
        if country.house_first { format!("{house} {street}") } else { format!("{street} {house}") };
    set(&mut fields, "address1", address);
    set(&mut fields, "city", city.name);
    set(&mut fields, "countryCode", country.code);
    set(&mut fields, "zipCode", fill(rng, city.zip));
    if let Some(state) = city.state {
        set(&mut fields, "stateCode", state);
    }
    fields
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
        fields.get(name).map(|value| value.as_str().unwrap())
    }

    fn all_names() -> impl Iterator<Item = &'static str> {
        let cultures: Vec<_> = COUNTRIES.iter().flat_map(|country| country.names).collect();
        cultures
            .into_iter()
            .flat_map(|names| [names.female, names.male, names.last])
            .flatten()
            .copied()
    }

    /// Whether each word starts with a capital and goes on in lower case.
    fn is_smart_case(name: &str) -> bool {
        name.split(|c: char| !c.is_alphanumeric()).all(|word| {
            word.chars().enumerate().all(|(at, c)| {
                if at == 0 { c.to_uppercase().eq([c]) } else { c.to_lowercase().eq([c]) }
            })
        })
    }

    /// Whether `number` is `prefix` and so many digits more.
    fn in_range(number: &str, prefix: &str, digits: usize) -> bool {
        number.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() == digits && rest.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    fn is_us_fiction(number: &str) -> bool {
        number.len() == 12 && number.starts_with("+1") && in_range(&number[5..], "55501", 2)
    }

    #[test]
    fn a_seed_repeats_its_people() {
        let first: Vec<_> = SamplePeople::new(7).take(500).collect();
        assert!(SamplePeople::new(7).take(300).eq(first[..300].iter().cloned()));
        assert_eq!(SamplePeople::new(7).nth(499).as_ref(), first.last());
        assert_ne!(SamplePeople::new(8).next().as_ref(), first.first());
    }

    #[test]
    fn names_are_stored_as_they_stand() {
        for name in all_names() {
            assert!(is_smart_case(name), "{name}");
            assert!(name.chars().count() <= 30, "{name}");
            let letters = name.chars().filter(|c| c.is_alphabetic()).count();
            assert_eq!(plain_letters(name).count(), letters, "{name}");
        }
    }

    #[test]
    fn mail_addresses_are_unique_and_reserved() {
        let mut seen = HashSet::new();
        for person in SamplePeople::new(1).take(10_000) {
            let address = text(&person.attributes, "email").unwrap().to_owned();
            let (local, domain) = address.split_once('@').unwrap();
            assert!(MAIL_DOMAINS.contains(&domain), "{address}");
            assert!(local.len() <= 64, "{address}");
            let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.';
            assert!(local.bytes().all(legal), "{address}");
            assert!(seen.insert(address.clone()), "{address} twice");
        }
    }

    #[test]
    fn phone_numbers_are_for_fiction() {
        for SamplePerson { attributes, .. } in SamplePeople::new(2).take(10_000) {
            if let Some(number) = text(&attributes, "mobilePhone") {
                assert!(is_us_fiction(number) || in_range(number, "+447700900", 3), "{number}");
            }
            if let Some(number) = text(&attributes, "phone") {
                assert!(is_us_fiction(number) || in_range(number, "+442079460", 3), "{number}");
            }
        }
    }

    #[test]
    fn the_rest_is_legal() {
        for SamplePerson { created_millis, attributes } in SamplePeople::new(3).take(10_000) {
            assert!(CREATED.contains(&created_millis));
            assert!(matches!(text(&attributes, "gender"), None | Some("female" | "male")));
            assert!(matches!(text(&attributes, "emailFormat"), None | Some("html" | "text")));
            assert!(text(&attributes, "salutation").is_none_or(|value| value.len() <= 20));
            for flag in ["ccpaOptOut", "blackListEmail"] {
                assert!(matches!(attributes.get(flag), None | Some(Value::Bool(true))));
            }
            if let Some(date) = text(&attributes, "birthDate") {
                let date: jiff::civil::Date = date.parse().unwrap();
                assert!((1940..=1999).contains(&date.year()));
            }
            let location = attributes["location"].as_object().unwrap();
            for member in ["address1", "city", "countryCode", "zipCode"] {
                assert!(text(location, member).is_some_and(|value| !value.is_empty()));
            }
            let in_us = text(location, "countryCode") == Some("US");
            assert_eq!(location.contains_key("stateCode"), in_us);
        }
    }

    #[test]
    fn opt_outs_are_as_rare_as_they_should_be() {
        let share = |name: &str| {
            SamplePeople::new(4).take(10_000).filter(|p| p.attributes.contains_key(name)).count()
        };
        assert!((200..400).contains(&share("ccpaOptOut")));
        assert!((120..280).contains(&share("blackListEmail")));
    }
}
