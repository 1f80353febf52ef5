//! Who is calling: API keys and access tokens become a [`Caller`], secrets and assertions become
//! access tokens. Knows no HTTP.

mod assertion;
mod login;
mod revoked;
mod seats;
mod token;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use clap::ValueEnum;

use crate::domain::{
    AdobeApi, BoundApis, Error, OrgName, Result, Timestamp, TokenHash, placeholder_advice,
};
use crate::seed::{Customer, Seed};

pub use assertion::AssertionIssuer;
pub use login::{Issued, Login};
pub use revoked::RevokedTokens;
pub use seats::{CodeGuesses, SeatPasses};
pub use token::{AccessToken, DEMO_SECRET, Minting, Secret, TokenIssuer};

/// How strictly credentials are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuthMode {
    /// Only API keys of the seed, and access tokens of this server
    Strict,
    /// Any API key and any token
    Any,
    /// No credentials at all
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
    /// The APIs that its token opens; none when tokens are not checked.
    apis: Option<Vec<AdobeApi>>,
    /// Technical account, for `submittedBy`; none when tokens are not checked.
    pub technical_account: Option<String>,
}

impl Caller {
    /// Who bears a token; `bound` is what its credential is bound to, where that is still known.
    fn bearing(token: &AccessToken, bound: Option<&BoundApis>) -> Self {
        let is_bound = |api| bound.is_none_or(|bound| bound.contain(api));
        let opened = |api: &AdobeApi| token.scopes.open(*api) && is_bound(*api);
        Self {
            grant: Grant::Org(token.org.clone()),
            apis: Some(AdobeApi::ALL.into_iter().filter(opened).collect()),
            technical_account: Some(token.user_id.clone()),
        }
    }

    /// Who has a signed address of an org's download.
    #[must_use]
    pub fn with_signed_address(org: &OrgName) -> Self {
        let apis = Some(vec![AdobeApi::Privacy]);
        Self { grant: Grant::Org(org.clone()), apis, technical_account: None }
    }

    const fn anybody() -> Self {
        Self { grant: Grant::Everything, apis: None, technical_account: None }
    }

    /// Whether the caller may call that tenant. A token for a customer's org opens the customer's
    /// suffixed tenants too, so that parallel tests need only pick a suffix.
    #[must_use]
    pub fn may_call(&self, org: &OrgName) -> bool {
        match &self.grant {
            Grant::Everything => true,
            Grant::Org(granted) => org.belongs_to(granted),
        }
    }

    /// Checks that the token's scopes open an API.
    ///
    /// # Errors
    /// [`Error::ScopeMismatch`].
    pub fn check_scope(&self, api: AdobeApi) -> Result<()> {
        match &self.apis {
            Some(apis) if !apis.contains(&api) => Err(Error::ScopeMismatch(api)),
            _ => Ok(()),
        }
    }
}

/// Tokens whose signature was found good and that had not been given back.
#[derive(Default)]
struct Verified {
    /// That of [`RevokedTokens`] when they were found so.
    version: u64,
    callers: HashMap<TokenHash, (Timestamp, Rc<Caller>)>,
    /// The one that was shown last, which most calls show again: to compare it costs less than its hash.
    last: Option<(String, Timestamp, Rc<Caller>)>,
}

impl Verified {
    /// The caller whose token was shown last, if this is it.
    fn again(&self, token: &str, now: Timestamp) -> Option<&Rc<Caller>> {
        let (last, expires, caller) = self.last.as_ref()?;
        let same = verify_slices_are_equal(last.as_bytes(), token.as_bytes()).is_ok();
        (same && now < *expires).then_some(caller)
    }
}

/// Checks API keys and tokens, in the order the vendor's gateway does
/// (`docs/reference/ims-auth.md` §6). One per thread: it remembers the tokens it has verified.
pub struct Gatekeeper {
    mode: AuthMode,
    /// With what their credentials are bound to.
    api_keys: Vec<(String, BoundApis)>,
    issuer: TokenIssuer,
    revoked: RevokedTokens,
    verified: RefCell<Verified>,
    anybody: Rc<Caller>,
}

impl Gatekeeper {
    /// Verified tokens that are remembered; beyond it the memory starts afresh.
    const REMEMBERED: usize = 1024;

    /// A gatekeeper for the seed's credentials.
    #[must_use]
    pub fn new(mode: AuthMode, seed: &Seed, secret: &Secret, revoked: RevokedTokens) -> Self {
        let credentials = seed.customers.iter().flat_map(Customer::credentials);
        let keys = credentials.map(|one| (one.api_key.clone(), one.apis.clone()));
        Self {
            mode,
            api_keys: keys.collect(),
            issuer: TokenIssuer::new(secret),
            revoked,
            verified: RefCell::default(),
            anybody: Rc::new(Caller::anybody()),
        }
    }

    /// The mode it works in.
    #[must_use]
    pub const fn mode(&self) -> AuthMode {
        self.mode
    }

    /// Checks the API key of a call to an API.
    ///
    /// # Errors
    /// [`Error::ApiKeyMissing`], [`Error::ApiKeyInvalid`], [`Error::ApiKeyNotSubscribed`].
    pub fn check_api_key(&self, key: Option<&str>, api: AdobeApi) -> Result<()> {
        match (self.mode, key.filter(|key| !key.is_empty())) {
            (AuthMode::Off, _) | (AuthMode::Any, Some(_)) => Ok(()),
            (_, None) => Err(Error::ApiKeyMissing),
            (AuthMode::Strict, Some(key)) => {
                let unknown = || Error::ApiKeyInvalid(placeholder_advice(key));
                match self.bound_to(key).ok_or_else(unknown)? {
                    bound if bound.contain(api) => Ok(()),
                    _ => Err(Error::ApiKeyNotSubscribed(api)),
                }
            }
        }
    }

    /// What the credential with that API key is bound to.
    fn bound_to(&self, key: &str) -> Option<&BoundApis> {
        self.api_keys.iter().find(|(known, _)| known == key).map(|(_, bound)| bound)
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

    /// Reads a token that is good, whatever the mode.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`] with the reason.
    pub fn read_token(&self, token: &str, now: Timestamp) -> Result<AccessToken> {
        let read = self.issuer.verify(token, now)?;
        if self.revoked.contain(&TokenHash::of(token)) {
            return Err(Error::TokenInvalid(
                "The access token was invalidated: log in again, or mint one with 'campaign-mock token'."
                    .to_owned(),
            ));
        }
        Ok(read)
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Rc<Caller>> {
        let mut verified = self.verified.borrow_mut();
        // Taken before the token is looked up: one that is given back meanwhile is looked up again.
        let version = self.revoked.version();
        if verified.version != version || verified.callers.len() >= Self::REMEMBERED {
            *verified = Verified { version, ..Verified::default() };
        }
        if let Some(caller) = verified.again(token, now) {
            return Ok(Rc::clone(caller));
        }
        let hash = TokenHash::of(token);
        let known = verified.callers.get(&hash).filter(|(expires, _)| now < *expires).cloned();
        let (expires, caller) = if let Some(known) = known {
            known
        } else {
            let read = self.read_token(token, now)?;
            let caller = Caller::bearing(&read, self.bound_to(&read.client_id));
            let found = (read.expires, Rc::new(caller));
            verified.callers.insert(hash, found.clone());
            found
        };
        verified.last = Some((token.to_owned(), expires, Rc::clone(&caller)));
        Ok(caller)
    }
}
