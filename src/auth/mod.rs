//! Who is calling: API keys and access tokens become a [`Caller`]. Knows no HTTP.

mod token;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use aws_lc_rs::digest;
use clap::ValueEnum;

use crate::domain::{Error, OrgName, Result, Timestamp};
use crate::seed::Seed;

pub use token::{DEMO_SECRET, Secret, TokenIssuer};

/// How strictly credentials are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuthMode {
    /// API key of the seed and a token made by this server, as in production.
    Strict,
    /// Any API key and any token, as long as they are sent.
    Any,
    /// Nothing is asked for.
    Off,
}

/// What a token lets its bearer call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// One org and its suffixed tenants.
    Org(OrgName),
    /// Everything, because nothing is checked.
    Everything,
}

/// A caller whose credentials were accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What it may call.
    pub grant: Grant,
    /// Technical account, for `submittedBy`; none when tokens are not checked.
    pub technical_account: Option<String>,
}

impl Caller {
    /// Whether the caller may call that tenant. A token for a customer's org opens the customer's
    /// suffixed tenants too, so that parallel tests need only pick a suffix.
    #[must_use]
    pub fn may_call(&self, org: &OrgName) -> bool {
        match &self.grant {
            Grant::Everything => true,
            Grant::Org(granted) => org.belongs_to(granted),
        }
    }
}

/// Tokens whose signature was found good, by hash of their text.
type Cache = RefCell<HashMap<[u8; 32], (Timestamp, Rc<Caller>)>>;

/// Checks API keys and tokens, in the order the vendor's gateway does
/// (`reference/ims-auth.md` §6). One per thread: it remembers the tokens it has verified.
pub struct Gatekeeper {
    mode: AuthMode,
    api_keys: Vec<String>,
    issuer: TokenIssuer,
    verified: Cache,
    anybody: Rc<Caller>,
}

impl Gatekeeper {
    /// Verified tokens that are remembered; beyond it the memory starts afresh.
    const REMEMBERED: usize = 1024;

    /// A gatekeeper for the seed's credentials.
    #[must_use]
    pub fn new(mode: AuthMode, seed: &Seed, secret: &Secret) -> Self {
        let keys = seed.customers.iter().map(|customer| customer.credential.api_key.clone());
        Self {
            mode,
            api_keys: keys.collect(),
            issuer: TokenIssuer::new(secret),
            verified: RefCell::default(),
            anybody: Rc::new(Caller { grant: Grant::Everything, technical_account: None }),
        }
    }

    /// The mode it works in.
    #[must_use]
    pub const fn mode(&self) -> AuthMode {
        self.mode
    }

    /// Checks the API key of a call.
    ///
    /// # Errors
    /// [`Error::ApiKeyMissing`], [`Error::ApiKeyInvalid`].
    pub fn check_api_key(&self, key: Option<&str>) -> Result<()> {
        match (self.mode, key.filter(|key| !key.is_empty())) {
            (AuthMode::Off, _) | (AuthMode::Any, Some(_)) => Ok(()),
            (_, None) => Err(Error::ApiKeyMissing),
            (AuthMode::Strict, Some(key)) if self.api_keys.iter().any(|known| known == key) => {
                Ok(())
            }
            (AuthMode::Strict, Some(_)) => Err(Error::ApiKeyInvalid),
        }
    }

    /// Checks the access token of a call, without its `Bearer` prefix.
    ///
    /// # Errors
    /// [`Error::TokenMissing`], [`Error::TokenInvalid`].
    pub fn check_token(&self, token: Option<&str>, now: Timestamp) -> Result<Rc<Caller>> {
        match (self.mode, token.filter(|token| !token.is_empty())) {
            (AuthMode::Off, _) | (AuthMode::Any, Some(_)) => Ok(Rc::clone(&self.anybody)),
            (_, None) => Err(Error::TokenMissing),
            (AuthMode::Strict, Some(token)) => self.verify(token, now),
        }
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Rc<Caller>> {
        let hash = hash(token);
        if let Some((expires, caller)) = self.verified.borrow().get(&hash)
            && now < *expires
        {
            return Ok(Rc::clone(caller));
        }
        let (expires, caller) = self.issuer.verify(token, now)?;
        let caller = Rc::new(caller);
        let mut verified = self.verified.borrow_mut();
        if verified.len() >= Self::REMEMBERED {
            verified.clear();
        }
        verified.insert(hash, (expires, Rc::clone(&caller)));
        Ok(caller)
    }
}

fn hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
}
