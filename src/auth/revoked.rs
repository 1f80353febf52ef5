//! Tokens that were given back, as all threads know them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{Timestamp, TokenHash};

/// A handle on the tokens that no longer open anything; clones share them.
#[derive(Clone, Default)]
pub struct RevokedTokens(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// How many were added. Verified tokens may be remembered while it stays the same.
    version: AtomicU64,
    /// With the moment each would have expired.
    tokens: RwLock<HashMap<TokenHash, Timestamp>>,
}

impl RevokedTokens {
    /// Those that the database has.
    #[must_use]
    pub fn new(tokens: Vec<(TokenHash, Timestamp)>) -> Self {
        let tokens = RwLock::new(tokens.into_iter().collect());
        Self(Arc::new(Shared { version: AtomicU64::default(), tokens }))
    }

    /// Adds one, and forgets those that have expired by now. When this returns, no thread takes it.
    pub fn add(&self, token: TokenHash, expires: Timestamp, now: Timestamp) {
        let mut tokens = self.0.tokens.write().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, expires| *expires > now);
        tokens.insert(token, expires);
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// A number that is another one after each [`Self::add`].
    pub(super) fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }

    pub(super) fn contain(&self, token: &TokenHash) -> bool {
        self.0.tokens.read().unwrap_or_else(PoisonError::into_inner).contains_key(token)
    }
}
