//! The one source of randomness: job ids, request ids. Seeded, so that a run can be repeated; not
//! for secrets.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// A cheap handle on the server's random numbers.
#[derive(Debug, Clone)]
pub struct Random(Arc<Mutex<fastrand::Rng>>);

impl Random {
    /// The numbers that follow from `seed`, or unpredictable ones.
    #[must_use]
    pub fn new(seed: Option<u64>) -> Self {
        let rng = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Self(Arc::new(Mutex::new(rng)))
    }

    /// Starts again with the numbers that follow from `seed`.
    pub fn reseed(&self, seed: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seed(seed);
    }

    /// The next 64 bits.
    #[must_use]
    pub fn next_u64(&self) -> u64 {
        // A number generator has no state that a panic elsewhere could leave half-made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).u64(..)
    }

    /// A version 4 UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let bytes = (u128::from(self.next_u64()) << 64) | u128::from(self.next_u64());
        uuid::Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
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
