//! Filtered, ordered and paged lists, held against a plain model that makes the same list
//! (`docs/reference/campaign-standard.md` §4).

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::lists::all;
use crate::driver::{Mock, PROFILES};

/// A profile that a case of the model test makes.
#[derive(Debug, Clone)]
struct Person {
    first: &'static str,
    last: &'static str,
    email: &'static str,
    birth: &'static str,
    black: bool,
}

fn person() -> impl Strategy<Value = Person> {
    let first = prop::sample::select(&["", "Ann", "Anna", "B", "Zoë"][..]);
    let last = prop::sample::select(&["", "Ann", "Bo", "Éa"][..]);
    let email = prop::sample::select(&["", "ann@a.io", "an@b.io", "z@a.io", "bo@a.io"][..]);
    let birth = prop::sample::select(&["", "1980-02-28", "1990-12-31", "1980-01-01"][..]);
    (first, last, email, birth, any::<bool>())
        .prop_map(|(first, last, email, birth, black)| Person { first, last, email, birth, black })
}

/// Filters of the model test, with their queries.
fn filter() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(
        &[
            ("", ""),
            ("byText", "text=An"),
            ("byText", "text=an"),
            ("byText", "text=B"),
            ("byText", "text="),
            ("byEmail", "email=an@b.io"),
            ("birthday", "operator=between&day=30&month=12&endDay=1&endMonth=1"),
            ("birthday", "day=28&month=2"),
            ("byText/birthday", "text=An&day=28&month=2"),
        ][..],
    )
}

const ORDERS: [&str; 9] =
    ["", "firstName", "lastName", "email", "title", "birthDate", "blackList", "domain", "created"];

/// What a profile has in the fields that lists are ordered by.
fn key(person: &Person, field: &str, at: usize) -> String {
    let name = [person.first, person.last].join(" ");
    let bracketed =
        if person.email.is_empty() { String::new() } else { format!("({})", person.email) };
    match field {
        "firstName" => person.first.to_owned(),
        "lastName" => person.last.to_owned(),
        "email" => person.email.to_owned(),
        "title" => [name.trim(), &bracketed].join(" ").trim().to_owned(),
        "birthDate" => person.birth.to_owned(),
        "blackList" => person.black.to_string(),
        "domain" => person.email.split('@').nth(1).unwrap_or_default().to_owned(),
        _ => format!("{at:04}"),
    }
}

/// The texts of a profile that `byText` finds.
fn matches<'a>(person: &'a Person, text: &str) -> Option<&'a str> {
    let texts = [person.email, person.first, person.last].into_iter();
    texts.filter(|found| found.starts_with(text)).min()
}

/// Which of the people a list has, in order.
fn expected(people: &[Person], filter: (&str, &str), order: &str, descending: bool) -> Vec<usize> {
    let sent: HashMap<_, _> = filter.1.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let holds = |person: &Person| {
        filter.0.split('/').all(|name| match name {
            "byText" => matches(person, sent["text"]).is_some(),
            "byEmail" => person.email == sent["email"],
            "birthday" if sent.contains_key("operator") => {
                person.birth.ends_with("12-31") || person.birth.ends_with("01-01")
            }
            "birthday" => person.birth.ends_with("02-28"),
            _ => true,
        })
    };
    let mut listed: Vec<usize> = (0..people.len()).filter(|at| holds(&people[*at])).collect();
    let by_text = filter.0 == "byText" && order.is_empty();
    listed.sort_by_cached_key(|at| {
        let person = &people[*at];
        if by_text {
            matches(person, sent["text"]).unwrap_or_default().to_owned()
        } else {
            key(person, order, *at)
        }
    });
    if descending && !order.is_empty() {
        listed.reverse();
    }
    listed
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn pages_together_are_the_list_that_a_plain_model_makes(
        people in prop::collection::vec(person(), 0..12),
        queries in prop::collection::vec(
            (filter(), prop::sample::select(&ORDERS[..]), any::<bool>(), 1_usize..5), 8,
        ),
    ) {
        let mock = Mock::empty();
        let pkeys: Vec<_> = people.iter().map(|person| mock.pkey(&json!({
            "firstName": person.first, "lastName": person.last, "email": person.email,
            "birthDate": person.birth, "blackList": person.black,
        }))).collect();
        for (filter, order, descending, lines) in queries {
            let direction = if descending { "%20desc" } else { "" };
            let ordered = if order.is_empty() { String::new() } else { format!("_order={order}{direction}&") };
            let target = format!("{PROFILES}/{}?{ordered}_lineCount={lines}&{}", filter.0, filter.1);
            let expected = expected(&people, filter, order, descending);
            let expected: Vec<_> = expected.iter().map(|at| json!(pkeys[*at])).collect();
            let listed: Vec<_> = all(&mock, &target).iter().map(|record| record["PKey"].clone()).collect();
            prop_assert_eq!(listed, expected, "{}", target);
        }
    }
}
