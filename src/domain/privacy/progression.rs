//! What moves the jobs of an org: time, reads, the control API, or nothing but their creation.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::JobStatus;
use crate::domain::Timestamp;

/// How jobs move on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase")]
pub enum Progression {
    /// All the way at once.
    Immediate,
    /// After a while in each state, on the server's clock.
    Timed {
        /// In `submitted`.
        #[serde(with = "millis")]
        submitted: Duration,
        /// In `processing`; of several products, the last one takes this long and the others a part.
        #[serde(with = "millis")]
        processing: Duration,
    },
    /// One product by one state each time the job has been read so often.
    Polls {
        /// How often.
        reads: u32,
    },
    /// When told to.
    Held,
}

impl Progression {
    /// When a product that has just come into `status` leaves it by itself: the `at`-th of `of`
    /// products, counted from 0.
    #[must_use]
    pub fn due(self, status: JobStatus, at: usize, of: usize, now: Timestamp) -> Option<Timestamp> {
        match (self, status) {
            (Self::Polls { .. } | Self::Held, _) | (_, JobStatus::Complete | JobStatus::Error) => {
                None
            }
            (Self::Immediate, _) => Some(now),
            (Self::Timed { submitted, .. }, JobStatus::Submitted) => Some(now.after(submitted)),
            (Self::Timed { processing, .. }, JobStatus::Processing) => {
                // Products answer one by one; the last of them ends the job.
                let (at, of) = (u32::try_from(at + 1), u32::try_from(of.max(1)));
                let (at, of) = (at.unwrap_or(u32::MAX), of.unwrap_or(u32::MAX));
                Some(now.after(processing.saturating_mul(at) / of))
            }
        }
    }
}

/// Durations as whole milliseconds.
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_answer_one_by_one_within_the_time_of_the_job() {
        let timed = Progression::Timed {
            submitted: Duration::from_secs(1),
            processing: Duration::from_secs(3),
        };
        let now = Timestamp::from_millis(0);
        let due = |status, at| timed.due(status, at, 3, now).map(Timestamp::as_millis);
        assert_eq!([0, 1, 2].map(|at| due(JobStatus::Submitted, at)), [Some(1000); 3]);
        let ends = [0, 1, 2].map(|at| due(JobStatus::Processing, at));
        assert_eq!(ends, [Some(1000), Some(2000), Some(3000)]);
        assert_eq!(due(JobStatus::Complete, 0), None);
        assert_eq!(Progression::Held.due(JobStatus::Submitted, 0, 1, now), None);
        assert_eq!(Progression::Immediate.due(JobStatus::Processing, 0, 1, now), Some(now));
    }

    #[test]
    fn a_progression_is_stored_and_read_back() {
        for progression in [
            Progression::Immediate,
            Progression::Timed {
                submitted: Duration::ZERO,
                processing: Duration::from_millis(1500),
            },
            Progression::Polls { reads: 2 },
            Progression::Held,
        ] {
            let text = serde_json::to_string(&progression).unwrap();
            assert_eq!(serde_json::from_str::<Progression>(&text).unwrap(), progression);
        }
    }
}
