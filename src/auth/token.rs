//! Access tokens: JWTs with the vendor's claims, signed by this server
//! (`docs/reference/ims-auth.md` §4).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Error, ImsOrgId, OrgName, Result, Scopes, Timestamp, placeholder_advice};
use crate::seed::Credential;

/// The secret tokens are signed with unless another is given. Everybody knows it, so a server that
/// others can reach refuses it.
pub const DEMO_SECRET: &str = "campaign-mock demo secret, known to everybody";

/// Longer texts are no tokens of anybody's.
pub(super) const LONGEST: usize = 8 * 1024;

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
            return Err(format!("use at least {} bytes", Self::SHORTEST));
        }
        Ok(Self(text.to_owned()))
    }

    /// Another secret that follows from this one, the same each time for the same `label`.
    #[must_use]
    pub fn derive(&self, label: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.derive_bytes(label))
    }

    /// The bytes of [`Self::derive`].
    pub(super) fn derive_bytes(&self, label: &str) -> hmac::Tag {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        hmac::sign(&key, format!("campaign-mock/{label}").as_bytes())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
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

/// What a token is to say.
#[derive(Debug, Clone, Copy)]
pub struct Minting<'a> {
    /// The org it opens.
    pub org: &'a OrgName,
    /// Whose it is.
    pub credential: &'a Credential,
    /// What it opens there.
    pub scopes: &'a Scopes,
    /// When its life begins.
    pub now: Timestamp,
    /// How long it lives; a lifetime of zero or less makes one that has expired.
    pub lifetime: SignedDuration,
    /// Makes it another one than all before.
    pub id: Uuid,
}

/// A token of ours that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Its own id.
    pub id: String,
    /// The API key of its credential.
    pub client_id: String,
    /// The technical account.
    pub user_id: String,
    /// The org it opens.
    pub org: OrgName,
    /// What it opens there.
    pub scopes: Scopes,
    /// How long it lives, in milliseconds, as it says.
    pub expires_in: String,
    /// When it ends.
    pub expires: Timestamp,
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
        Self {
            signing: EncodingKey::from_secret(secret.0.as_bytes()),
            verifying: DecodingKey::from_secret(secret.0.as_bytes()),
            validation: signature_only(Algorithm::HS256),
        }
    }

    /// Mints a token.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn mint(&self, order: &Minting<'_>) -> Result<String> {
        let created = order.now.as_millis();
        let account = &order.credential.technical_account;
        let lifetime = i64::try_from(order.lifetime.as_millis()).unwrap_or(i64::MAX);
        let claims = Claims {
            id: format!("{created}_{}_ue1", order.id),
            kind: "access_token".to_owned(),
            client_id: order.credential.api_key.clone(),
            user_id: account.clone(),
            issued_by: "ims-na1".to_owned(),
            aa_id: account.clone(),
            created_at: created.to_string(),
            expires_in: lifetime.to_string(),
            scope: order.scopes.as_str().to_owned(),
            org: ImsOrgId::of(order.org).as_str().to_owned(),
            organization_id: order.org.as_str().to_owned(),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(Error::internal)
    }

    /// Verifies a token and reads it.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`] with the reason.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Result<AccessToken> {
        let claims = self.signed_claims(token).ok_or_else(|| {
            invalid(&format!(
                "{}The access token was not made by this server (or was made with another --secret): mint one with 'campaign-mock token'.",
                placeholder_advice(token)
            ))
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
        Ok(AccessToken {
            id: claims.id,
            client_id: claims.client_id,
            user_id: claims.user_id,
            org,
            scopes: Scopes::of_token(claims.scope),
            expires_in: claims.expires_in,
            expires,
        })
    }

    fn signed_claims(&self, token: &str) -> Option<Claims> {
        if token.len() > LONGEST || asks_for_extensions(token)? {
            return None;
        }
        Some(decode::<Claims>(token, &self.verifying, &self.validation).ok()?.claims)
    }
}

/// Whether a JWT says that its reader must understand extensions (`crit`, RFC 7515 §4.1.11); we
/// understand none. `None` when it is no JWT.
pub(super) fn asks_for_extensions(token: &str) -> Option<bool> {
    Some(jsonwebtoken::decode_header(token).ok()?.crit.is_some())
}

/// One algorithm, and nothing but the signature: claims are ours to check, times on the server's
/// clock and without leeway.
pub(super) fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.leeway = 0;
    validation
}

fn invalid(reason: &str) -> Error {
    Error::TokenInvalid(reason.to_owned())
}
