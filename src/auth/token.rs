//! Access tokens: JWTs with the vendor's claims, signed by this server
//! (`reference/ims-auth.md` §4).

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::{Caller, Grant};
use crate::domain::{Error, ImsOrgId, OrgName, Result, Timestamp};
use crate::seed::Credential;

/// The secret tokens are signed with unless another is given. Everybody knows it, so a server that
/// others can reach refuses it.
pub const DEMO_SECRET: &str = "campaign-mock demo secret, known to everybody";

/// Longer texts are no tokens of ours.
const LONGEST: usize = 8 * 1024;

/// The secret that access tokens are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Fewest bytes of a secret, the length of the hash it keys (RFC 7518 §3.2).
    const SHORTEST: usize = 32;

    /// Takes a secret.
    ///
    /// # Errors
    /// A sentence when it is too short to be one.
    pub fn new(text: &str) -> std::result::Result<Self, String> {
        if text.len() < Self::SHORTEST {
            return Err(format!("a secret has at least {} bytes", Self::SHORTEST));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether this is the secret everybody knows.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.0 == DEMO_SECRET
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self(DEMO_SECRET.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_demo() { "Secret(demo)" } else { "Secret(…)" })
    }
}

/// The payload. As in the vendor's, every member is a string and there is no `exp`: a token lives
/// from `created_at` for `expires_in`, both in milliseconds.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    client_id: String,
    user_id: String,
    #[serde(rename = "as")]
    issued_by: String,
    aa_id: String,
    created_at: String,
    expires_in: String,
    scope: String,
    org: String,
    /// Ours: the tenant the token is for, by the name the vendor's user profile gives it.
    organization_id: String,
}

/// Mints and verifies access tokens.
pub struct TokenIssuer {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl TokenIssuer {
    /// An issuer with that secret.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        // One algorithm, ours. Times are ours to check, on the server's clock and without leeway.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.leeway = 0;
        Self {
            signing: EncodingKey::from_secret(secret.0.as_bytes()),
            verifying: DecodingKey::from_secret(secret.0.as_bytes()),
            validation,
        }
    }

    /// Mints a token for an org. A lifetime of zero or less gives one that has expired.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn mint(
        &self,
        org: &OrgName,
        credential: &Credential,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<String> {
        let millis = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX);
        let claims = Claims {
            id: format!("{}_{org}_ue1", now.as_millis()),
            kind: "access_token".to_owned(),
            client_id: credential.api_key.clone(),
            user_id: credential.technical_account.clone(),
            issued_by: "ims-na1".to_owned(),
            aa_id: credential.technical_account.clone(),
            created_at: now.as_millis().to_string(),
            expires_in: millis.to_string(),
            scope: "AdobeID,openid,campaign_sdk,campaign_config_server_general,deliverability_service_general,read_organizations".to_owned(),
            org: ImsOrgId::of(org).as_str().to_owned(),
            organization_id: org.as_str().to_owned(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(Error::internal)
    }

    /// Verifies a token and answers when it expires and who bears it.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`] with the reason.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Result<(Timestamp, Caller)> {
        let claims = self.signed_claims(token).ok_or_else(|| {
            invalid("The access token was not made by this server (or was made with another --secret): mint one with 'campaign-mock token'.")
        })?;
        let malformed = || {
            invalid("The access token's claims are malformed: mint one with 'campaign-mock token'.")
        };
        if claims.kind != "access_token" {
            return Err(malformed());
        }
        let org = OrgName::parse(&claims.organization_id).ok_or_else(malformed)?;
        let created: i64 = claims.created_at.parse().map_err(|_| malformed())?;
        let lifetime: i64 = claims.expires_in.parse().map_err(|_| malformed())?;
        let expires = Timestamp::from_millis(created.saturating_add(lifetime));
        if expires <= now {
            return Err(invalid(&format!(
                "The access token expired at {} on this server's clock: mint another with 'campaign-mock token'.",
                expires.to_campaign()
            )));
        }
        Ok((expires, Caller { grant: Grant::Org(org), technical_account: Some(claims.user_id) }))
    }

    fn signed_claims(&self, token: &str) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        // `crit` lists extensions a reader must understand; we understand none (RFC 7515 §4.1.11).
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.crit.is_some() {
            return None;
        }
        Some(decode::<Claims>(token, &self.verifying, &self.validation).ok()?.claims)
    }
}

fn invalid(reason: &str) -> Error {
    Error::TokenInvalid(reason.to_owned())
}
