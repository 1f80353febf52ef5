//! What happens to a call that is to fail or to be slow.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::delay::Dribble;

/// What becomes of the connection instead of an answer, by `WireMock`'s names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub(crate) enum Fault {
    /// It is reset.
    ConnectionResetByPeer,
    /// It is closed.
    EmptyResponse,
    /// It breaks off in the middle of an answer.
    MalformedResponseChunk,
    /// It is closed after bytes that are no HTTP.
    RandomDataThenClose,
}

impl Fault {
    /// All of them, with their names.
    pub(crate) const ALL: [(Self, &'static str); 4] = [
        (Self::ConnectionResetByPeer, "CONNECTION_RESET_BY_PEER"),
        (Self::EmptyResponse, "EMPTY_RESPONSE"),
        (Self::MalformedResponseChunk, "MALFORMED_RESPONSE_CHUNK"),
        (Self::RandomDataThenClose, "RANDOM_DATA_THEN_CLOSE"),
    ];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(fault, _)| *fault)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| name)
    }
}

/// What happens to one call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effect {
    /// First it waits.
    pub(crate) wait: Duration,
    /// Then this happens.
    pub(crate) outcome: Outcome,
    /// The sentence that says why.
    pub(crate) reason: String,
    /// What `Preference-Applied` says.
    pub(crate) applied: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is answered, perhaps in pieces.
    Answered(Option<Dribble>),
    /// It is refused with that status, and how many seconds to wait.
    Refused(u16, Option<u32>),
    Broken(Fault),
}

/// What can happen to a call, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Its answer comes late.
    Delay,
    /// Its answer comes in pieces.
    Dribble,
    /// It is refused.
    Status,
    /// Its connection breaks.
    Connection,
}

impl FaultKind {
    /// In the order of their numbers.
    pub(crate) const ALL: [Self; 4] = [Self::Delay, Self::Dribble, Self::Status, Self::Connection];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Dribble => "dribble",
            Self::Status => "status",
            Self::Connection => "connection",
        }
    }
}

impl Effect {
    pub(crate) const fn kind(&self) -> FaultKind {
        match self.outcome {
            Outcome::Answered(None) => FaultKind::Delay,
            Outcome::Answered(Some(_)) => FaultKind::Dribble,
            Outcome::Refused(..) => FaultKind::Status,
            Outcome::Broken(_) => FaultKind::Connection,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_called_the_same_everywhere() {
        for (fault, name) in Fault::ALL {
            assert_eq!(serde_json::to_value(fault).unwrap(), name);
            assert_eq!((Fault::parse(name), fault.name()), (Some(fault), name));
        }
    }
}
