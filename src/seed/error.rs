//! What is wrong with a seed.

use std::fmt;

/// What is wrong with a seed: file, line, and what to mend.
#[derive(Debug, thiserror::Error)]
#[error("seed {place}: {fault}", place = .place)]
pub struct SeedError {
    place: String,
    fault: String,
}

impl SeedError {
    pub(super) fn new(place: impl fmt::Display, fault: impl fmt::Display) -> Self {
        Self { place: place.to_string(), fault: fault.to_string() }
    }
}
