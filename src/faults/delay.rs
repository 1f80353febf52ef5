//! How long answers wait, and answers that come in pieces.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Error;

/// The longest delay there is.
const LONGEST: Duration = Duration::from_secs(60);

/// How long an answer waits, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a delay is a number of milliseconds, or {\"type\": \"fixed\", \"milliseconds\"}, \
                 {\"type\": \"uniform\", \"lower\", \"upper\"}, {\"type\": \"lognormal\", \"median\", \"sigma\"}"
)]
// By itself for bodies and answers: these have members that those may lack.
#[schemars(inline)]
pub(crate) enum Delay {
    /// Always as long.
    Plain(u64),
    /// Drawn anew for each call.
    Drawn(Distribution),
}

/// What delays are drawn from, as in `WireMock`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
#[schemars(inline)]
pub(crate) enum Distribution {
    Fixed {
        milliseconds: u64,
    },
    Uniform {
        lower: u64,
        upper: u64,
    },
    Lognormal {
        #[schemars(range(min = 0))]
        median: f64,
        #[schemars(range(min = 0))]
        sigma: f64,
        #[serde(rename = "maxValue")]
        #[schemars(range(min = 0))]
        most: Option<f64>,
    },
}

impl Delay {
    pub(crate) fn check(self) -> Result<(), Error> {
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
    pub(crate) fn drawn(self, mut draw: impl FnMut() -> u64) -> Duration {
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
pub(crate) fn fraction(bits: u64) -> f64 {
    const BITS: u32 = 52;
    f64::from_bits(1.0_f64.to_bits() | (bits >> (64 - BITS))) - 1.0
}

/// An answer that comes in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Dribble {
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) number_of_chunks: usize,
    /// In milliseconds.
    pub(crate) total_duration: u64,
}

impl Dribble {
    pub(crate) fn check(self) -> Result<(), Error> {
        let said = "A chunkedDribbleDelay has 1 to 1000 numberOfChunks and a totalDuration in milliseconds.";
        let fine = (1..=1000).contains(&self.number_of_chunks);
        fine.then_some(()).ok_or_else(|| Error::RequestInvalid(said.to_owned()))
    }

    /// The pause before each piece.
    pub(crate) fn pause(self) -> Duration {
        let total = Duration::from_millis(self.total_duration).min(LONGEST);
        total / u32::try_from(self.number_of_chunks).unwrap_or(u32::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
