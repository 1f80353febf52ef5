//! The kinds of transactional events (`docs/reference/campaign-standard.md` §17).

use std::collections::BTreeMap;

use serde::Deserialize;

/// Where the messages of an event say whom they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The seed does not say: in any of the ways below.
    Any,
    /// `email` or `mobilePhone`.
    Address,
    /// `registrationToken`, `application` and `pushPlatform`.
    Push,
    /// Inside `ctx`: its members, and the fields of the profile that they are compared with.
    Profile(BTreeMap<String, String>),
}

/// How a seed calls the kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// [`Event::Address`]
    Address,
    /// [`Event::Push`]
    Push,
    /// [`Event::Profile`]
    Profile,
}
