//! What happens to a call that is to fail or to be slow.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Error;

/// The longest delay there is.
const LONGEST: Duration = Duration::from_secs(60);

/// How long an answer waits, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a delay is a number of milliseconds, or {\"type\": \"fixed\", \"milliseconds\"}, \
                 {\"type\": \"uniform\", \"lower\", \"upper\"}, {\"type\": \"lognormal\", \"median\", \"sigma\"}"
)]
pub(in crate::http) enum Delay {
    /// Always as long.
    Plain(u64),
    /// Drawn anew for each call.
    Drawn(Distribution),
}

/// What delays are drawn from, as in `WireMock`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub(in crate::http) enum Distribution {
    Fixed {
        milliseconds: u64,
    },
    Uniform {
        lower: u64,
        upper: u64,
    },
    Lognormal {
        median: f64,
        sigma: f64,
        #[serde(rename = "maxValue")]
        most: Option<f64>,
    },
}

impl Delay {
    pub(super) fn check(self) -> Result<(), Error> {
        let fine = match self {
            Self::Drawn(Distribution::Uniform { lower, upper }) => lower <= upper,
            Self::Drawn(Distribution::Lognormal { median, sigma, most }) => {
                let positive = |number: f64| number.is_finite() && number >= 0.0;
                positive(median) && positive(sigma) && most.is_none_or(positive)
            }
            _ => true,
        };
        let said = "A delay is milliseconds, fixed, uniform with lower and upper, or lognormal with median, sigma and maxValue.";
        fine.then_some(()).ok_or_else(|| Error::RequestInvalid(said.to_owned()))
    }

    /// How long to wait this time; `draw` gives 64 random bits.
    pub(super) fn drawn(self, mut draw: impl FnMut() -> u64) -> Duration {
        let wait = match self {
            Self::Plain(millis) | Self::Drawn(Distribution::Fixed { milliseconds: millis }) => {
                Duration::from_millis(millis)
            }
            Self::Drawn(Distribution::Uniform { lower, upper }) => {
                let span = upper.saturating_sub(lower).saturating_add(1);
                Duration::from_millis(lower.saturating_add(draw() % span))
            }
            Self::Drawn(Distribution::Lognormal { median, sigma, most }) => {
                // Box and Muller: a number of the normal distribution out of two even ones.
                let (u, v) = (1.0 - fraction(draw()), fraction(draw()));
                let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
                let millis = (median * (sigma * normal).exp()).min(most.unwrap_or(f64::MAX));
                Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(LONGEST)
            }
        };
        wait.min(LONGEST)
    }
}

/// A number from 0 up to 1, without it.
pub(super) fn fraction(bits: u64) -> f64 {
    const BITS: u32 = 52;
    f64::from_bits(1.0_f64.to_bits() | (bits >> (64 - BITS))) - 1.0
}

/// What becomes of the connection instead of an answer, by `WireMock`'s names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::http) enum Fault {
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
    pub(in crate::http) const ALL: [(Self, &'static str); 4] = [
        (Self::ConnectionResetByPeer, "CONNECTION_RESET_BY_PEER"),
        (Self::EmptyResponse, "EMPTY_RESPONSE"),
        (Self::MalformedResponseChunk, "MALFORMED_RESPONSE_CHUNK"),
        (Self::RandomDataThenClose, "RANDOM_DATA_THEN_CLOSE"),
    ];

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(fault, _)| *fault)
    }

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| name)
    }
}

/// An answer that comes in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::http) struct Dribble {
    pub(super) number_of_chunks: usize,
    /// In milliseconds.
    pub(super) total_duration: u64,
}

impl Dribble {
    pub(super) fn check(self) -> Result<(), Error> {
        let said = "A chunkedDribbleDelay has 1 to 1000 numberOfChunks and a totalDuration in milliseconds.";
        let fine = (1..=1000).contains(&self.number_of_chunks);
        fine.then_some(()).ok_or_else(|| Error::RequestInvalid(said.to_owned()))
    }

    /// The pause before each piece.
    pub(super) fn pause(self) -> Duration {
        let total = Duration::from_millis(self.total_duration).min(LONGEST);
        total / u32::try_from(self.number_of_chunks).unwrap_or(u32::MAX).max(1)
    }
}

/// What happens to one call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Effect {
    /// First it waits.
    pub(super) wait: Duration,
    /// Then this happens.
    pub(super) outcome: Outcome,
    /// The sentence that says why.
    pub(super) reason: String,
    /// What `Preference-Applied` says.
    pub(super) applied: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is answered, perhaps in pieces.
    Answered(Option<Dribble>),
    /// It is refused with that status, and how many seconds to wait.
    Refused(u16, Option<u32>),
    Broken(Fault),
}

/// What can happen to a call, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum FaultKind {
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
    pub(in crate::http) const ALL: [Self; 4] =
        [Self::Delay, Self::Dribble, Self::Status, Self::Connection];

    pub(in crate::http) const fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Dribble => "dribble",
            Self::Status => "status",
            Self::Connection => "connection",
        }
    }
}

impl Effect {
    pub(super) const fn kind(&self) -> FaultKind {
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
    use proptest::prelude::*;

    #[test]
    fn faults_are_called_the_same_everywhere() {
        for (fault, name) in Fault::ALL {
            assert_eq!(serde_json::to_value(fault).unwrap(), name);
            assert_eq!((Fault::parse(name), fault.name()), (Some(fault), name));
        }
    }

    #[test]
    fn a_lognormal_delay_has_its_median() {
        let mut random = fastrand::Rng::with_seed(1);
        let delay =
            Delay::Drawn(Distribution::Lognormal { median: 80.0, sigma: 0.4, most: Some(500.0) });
        let mut drawn: Vec<_> = (0..2001).map(|_| delay.drawn(|| random.u64(..))).collect();
        drawn.sort();
        assert!((75..85).contains(&drawn[1000].as_millis()), "{:?}", drawn[1000]);
        assert!(drawn[2000] <= Duration::from_millis(500));
    }

    proptest! {
        #[test]
        fn no_delay_is_longer_than_a_minute(bits in any::<[u64; 2]>(), a in any::<u64>(), b in any::<u64>(), m in any::<f64>(), s in any::<f64>()) {
            let mut bits = bits.into_iter().cycle();
            for delay in [
                Delay::Plain(a),
                Delay::Drawn(Distribution::Uniform { lower: a.min(b), upper: a.max(b) }),
                Delay::Drawn(Distribution::Lognormal { median: m, sigma: s, most: None }),
            ] {
                prop_assert!(delay.drawn(|| bits.next().unwrap_or(0)) <= LONGEST);
            }
        }

        #[test]
        fn a_fraction_is_below_one(bits in any::<u64>()) {
            prop_assert!((0.0..1.0).contains(&fraction(bits)));
        }
    }
}
