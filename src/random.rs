//! The one source of randomness: job ids, request ids. Seeded, so that a run can be repeated; not
//! for secrets.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::{Builder, Uuid};

/// A cheap handle on the server's random numbers.
#[derive(Debug, Clone)]
pub struct Random(Arc<Mutex<Numbers>>);

#[derive(Debug)]
struct Numbers {
    rng: fastrand::Rng,
    /// What the next job id begins with, in its low 48 bits.
    next_job: u64,
}

impl Numbers {
    fn new(rng: fastrand::Rng) -> Self {
        let next_job = rng.clone().u64(..);
        Self { rng, next_job }
    }

    fn u128(&mut self) -> u128 {
        (u128::from(self.rng.u64(..)) << 64) | u128::from(self.rng.u64(..))
    }
}

impl Random {
    /// The numbers that follow from `seed`, or unpredictable ones.
    #[must_use]
    pub fn new(seed: Option<u64>) -> Self {
        let rng = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self(Arc::new(Mutex::new(Numbers::new(rng))))
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        // A number generator has no state that a panic elsewhere could leave half-made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts again with the numbers that follow from `seed`.
    pub fn reseed(&self, seed: u64) {
        *self.numbers() = Numbers::new(fastrand::Rng::with_seed(seed));
    }

    /// The next 64 bits.
    #[must_use]
    pub fn next_u64(&self) -> u64 {
        self.numbers().rng.u64(..)
    }

    /// A version 4 UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        Builder::from_random_bytes(self.numbers().u128().to_be_bytes()).into_uuid()
    }

    /// A version 4 UUID for a privacy job. Its first 48 bits follow those of the id before: jobs are looked up by id in
    /// an index, and ids that come in order change one page of it where random ones change a page each.
    #[must_use]
    pub fn job_id(&self) -> Uuid {
        let mut numbers = self.numbers();
        let random = numbers.u128() >> 48;
        let place = u128::from(numbers.next_job) << 80;
        numbers.next_job = numbers.next_job.wrapping_add(1);
        Builder::from_random_bytes((place | random).to_be_bytes()).into_uuid()
    }

    /// 32 random letters and digits, the gateway's form of a request id.
    #[must_use]
    pub fn request_id(&self) -> [u8; 32] {
        const LETTERS: &[u8; 64] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01";
        let mut text = [0; 32];
        for eight in text.as_chunks_mut::<8>().0 {
            *eight = self.next_u64().to_be_bytes().map(|byte| LETTERS[usize::from(byte % 64)]);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_ids_come_in_order_and_again_with_the_same_seed() {
        let random = Random::new(Some(7));
        let draw = || -> Vec<Uuid> { (0..100).map(|_| random.job_id()).collect() };
        let ids = draw();
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
        assert!(draw() != ids);
        random.reseed(7);
        assert_eq!(draw(), ids);
    }
}
