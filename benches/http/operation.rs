//! The calls that are measured.

use std::fmt;

use anyhow::Result;
use clap::ValueEnum;
use serde::Deserialize;

use crate::Plan;
use crate::connection::Connection;
use crate::load::Script;
use crate::server::{Access, PROFILES};

/// How many profiles each connection reads and changes in turn.
const PEOPLE_PER_CONNECTION: usize = 16;

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    /// Read one profile per connection, again and again.
    Get,
    /// Read more profiles in turn than the server remembers answers.
    GetInTurn,
    /// Create a profile.
    Post,
    /// Change `ccpaOptOut`, on and off by turns.
    PatchOptOut,
    /// Create a profile that has opted out.
    PostOptOut,
    /// Read a page of 25 profiles.
    List,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET one profile",
            Self::GetInTurn => "GET many profiles in turn",
            Self::Post => "POST profile",
            Self::PatchOptOut => "PATCH opt-out, on and off",
            Self::PostOptOut => "POST opted-out profile",
            Self::List => "GET list page of 25",
        })
    }
}

impl Operation {
    /// What one connection does to its people.
    fn script(self, access: &Access, people: &[Person]) -> Script {
        let profile = |person: &Person| format!("{PROFILES}/{}", person.pkey);
        let patch = |opt_out| {
            let body = format!(r#"{{"ccpaOptOut":{opt_out}}}"#);
            people.iter().map(move |person| access.call("PATCH", &profile(person), &body))
        };
        let post = |opt_out| {
            people.iter().map(move |person| {
                access.call("POST", PROFILES, &new_profile(&person.email, opt_out))
            })
        };
        match self {
            Self::Get => {
                people.iter().take(1).map(|one| access.call("GET", &profile(one), "")).collect()
            }
            Self::GetInTurn => {
                people.iter().map(|one| access.call("GET", &profile(one), "")).collect()
            }
            Self::Post => post(false).collect(),
            // Each value is another one than the last, so every call is a change.
            Self::PatchOptOut => patch(true).chain(patch(false)).collect(),
            Self::PostOptOut => post(true).collect(),
            Self::List => vec![access.call("GET", PROFILES, "")],
        }
    }

    /// A script for every connection, each about people of its own.
    pub(crate) fn scripts(self, access: &Access, people: &[Person]) -> Vec<Script> {
        people.chunks(PEOPLE_PER_CONNECTION).map(|own| self.script(access, own)).collect()
    }
}

/// A profile that the calls are about.
#[derive(Debug, Deserialize)]
pub(crate) struct Person {
    #[serde(rename = "PKey")]
    pkey: String,
    email: String,
}

/// Creates the people that the calls will be about.
pub(crate) async fn enrol(access: &Access, plan: Plan) -> Result<Vec<Person>> {
    let mut connection = Connection::open(access.address()?).await?;
    let mut people = Vec::new();
    for number in 0..PEOPLE_PER_CONNECTION * usize::from(plan.connections) {
        let body = new_profile(&format!("jdoe{number}@example.com"), false);
        let answer = connection.call(&access.call("POST", PROFILES, &body)).await?;
        people.push(serde_json::from_slice(answer.body)?);
    }
    Ok(people)
}

fn new_profile(email: &str, opt_out: bool) -> String {
    format!(
        r#"{{"firstName":"John","lastName":"Doe","email":"{email}","mobilePhone":"+12025550101","ccpaOptOut":{opt_out}}}"#
    )
}
