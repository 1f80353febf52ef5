//! What the token service's document shows to try: the first credential of a tenant's customer.

use uuid::Uuid;

use crate::auth::{Issued, Login};
use crate::domain::{OrgName, Timestamp};

/// Values that work; none where a customer has no credential.
#[derive(Default)]
pub(in crate::http) struct LoginSamples {
    /// Its API key.
    pub(super) client_id: Option<String>,
    /// Its secret.
    pub(super) client_secret: Option<String>,
    /// An assertion, where the demo's key can sign one.
    pub(super) assertion: Option<String>,
    /// An access token.
    pub(super) token: Option<String>,
}

impl LoginSamples {
    /// Those of a tenant.
    pub(in crate::http) fn of(login: &Login, org: &OrgName, now: Timestamp) -> Self {
        let Some(credential) = login.credentials(org).next() else { return Self::default() };
        // Always that id: a document draws no random number.
        let issued = Issued { now, id: Uuid::nil() };
        Self {
            client_id: Some(credential.api_key.clone()),
            client_secret: Some(credential.client_secret.clone()),
            assertion: login.demo_assertion(org, credential, now),
            token: login.mint(org, None, None, None, issued).ok(),
        }
    }
}
