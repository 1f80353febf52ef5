//! Assertions: the JWTs that a technical account signs with its own key to get an access token
//! (`docs/reference/ims-auth.md` §1, §3).

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, EncodingKey, Header, decode, encode};
use serde_json::{Map, Value, json};

use super::token::{LONGEST, asks_for_extensions, signature_only};
use crate::domain::{Error, ImsOrgId, LoginFault, OrgName, Result, Scopes, Timestamp};
use crate::seed::{Certificate, Credential};

/// Where Adobe's own assertions say they are sent to.
const IMS: &str = "https://ims-na1.adobelogin.com";

/// An assertion whose signature and claims were found good.
#[derive(Debug)]
pub(super) struct Assertion {
    /// The IMS org it is made for.
    pub(super) ims_org: String,
    /// What its metascopes give.
    pub(super) scopes: Scopes,
}

impl Assertion {
    /// Checks an assertion of a credential. `others` are the certificates of the other credentials.
    ///
    /// # Errors
    /// [`Error::LoginRefused`] with what is wrong.
    pub(super) fn read<'a>(
        text: &str,
        credential: &Credential,
        others: impl IntoIterator<Item = &'a Certificate>,
        now: Timestamp,
    ) -> Result<Self> {
        let claims = signed_claims(text, credential, others)?;
        check_times(&claims, now)?;
        let ims_org = text_claim(&claims, "iss")?;
        let account = text_claim(&claims, "sub")?;
        if account != credential.technical_account {
            return Err(LoginFault::Binding.because(format!(
                "The claim 'sub' is not the technical account of this client id: put '{}' there.",
                credential.technical_account
            )));
        }
        let audience = claims.get("aud").and_then(Value::as_str).and_then(after_host);
        if audience.and_then(|path| path.strip_prefix("c/")) != Some(&*credential.api_key) {
            return Err(LoginFault::Audience.because(format!(
                "The claim 'aud' does not name this client id: put '{IMS}/c/{}' there.",
                credential.api_key
            )));
        }
        let metascopes = claims.iter().filter(|(_, value)| **value == Value::Bool(true));
        let metascopes = metascopes.filter_map(|(name, _)| after_host(name)?.strip_prefix("s/"));
        let scopes = Scopes::of_metascopes(metascopes, &credential.apis)?;
        Ok(Self { ims_org: ims_org.to_owned(), scopes })
    }
}

/// The claims, if one of the credential's certificates fits the signature.
fn signed_claims<'a>(
    text: &str,
    credential: &Credential,
    others: impl IntoIterator<Item = &'a Certificate>,
) -> Result<Map<String, Value>> {
    if text.is_empty() {
        return Err(LoginFault::NoAssertion
            .because("No assertion: send the signed JWT as the parameter 'jwt_token'."));
    }
    if text.len() > LONGEST || asks_for_extensions(text).ok_or_else(not_jwt)? {
        return Err(not_jwt());
    }
    for certificate in &credential.certificates {
        if let Some(claims) = claims_signed_by(text, certificate)? {
            return Ok(claims);
        }
    }
    if credential.certificates.is_empty() {
        return Err(LoginFault::Binding.because(format!(
            "The credential '{}' has no certificate: list one in its 'certificates' in org.json.",
            credential.name
        )));
    }
    for certificate in others {
        if claims_signed_by(text, certificate)?.is_some() {
            return Err(LoginFault::Binding.because(format!(
                "The assertion is signed with the key to a certificate of another credential: list that certificate at '{}' in org.json too, or sign with a key of its own.",
                credential.name
            )));
        }
    }
    Err(LoginFault::Signature.because(format!(
        "No certificate of the credential '{}' fits the assertion's signature: sign it with RS256 and the key to a certificate that org.json lists there.",
        credential.name
    )))
}

/// The claims of an assertion; `None` when the certificate does not fit its signature.
fn claims_signed_by(text: &str, certificate: &Certificate) -> Result<Option<Map<String, Value>>> {
    match decode(text, certificate.key(), &signature_only(Algorithm::RS256)) {
        Ok(read) => Ok(Some(read.claims)),
        Err(fault) => match fault.kind() {
            ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => Ok(None),
            _ => Err(not_jwt()),
        },
    }
}

fn not_jwt() -> Error {
    LoginFault::NotJwt.because("The parameter 'jwt_token' is not a JWT: sign one with RS256, or take one from 'campaign-mock token --assertion'.")
}

fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<()> {
    let Some(expires) = claims.get("exp") else {
        return Err(LoginFault::Claim
            .because("The assertion has no claim 'exp': add when it expires, in seconds."));
    };
    let not_whole = |name| {
        LoginFault::NotJwt
            .because(format!("The claim '{name}' is not a whole number: send it without quotes."))
    };
    let expires = expires.as_i64().ok_or_else(|| not_whole("exp"))?;
    if claims.get("jti").is_some_and(|id| id.as_i64().is_none()) {
        return Err(not_whole("jti"));
    }
    let expires = Timestamp::from_millis(expires.saturating_mul(1000));
    if expires <= now {
        return Err(LoginFault::Expired.because(format!(
            "The assertion has expired: it is {} on this server's clock; 'exp' counts seconds, not milliseconds.",
            now.to_campaign()
        )));
    }
    Ok(())
}

fn text_claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Result<&'a str> {
    let text = claims.get(name).and_then(Value::as_str);
    text.ok_or_else(|| {
        LoginFault::Claim.because(format!("The assertion needs the claim '{name}', a text."))
    })
}

/// What follows scheme and host of a URL. The host may be anybody's: clients that are pointed at
/// this server put its name there, others Adobe's.
fn after_host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split_once('/').filter(|(host, _)| !host.is_empty()).map(|(_, path)| path)
}

/// Makes assertions, as a client would.
pub struct AssertionIssuer(EncodingKey);

impl AssertionIssuer {
    /// An issuer with the RSA key of a PEM file; `None` when it has none.
    #[must_use]
    pub fn new(pem: &str) -> Option<Self> {
        EncodingKey::from_rsa_pem(pem.as_bytes()).ok().map(Self)
    }

    /// Signs an assertion of a credential for an org, with these metascopes.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(
        &self,
        org: &OrgName,
        credential: &Credential,
        metascopes: &[&str],
        expires: Timestamp,
    ) -> Result<String> {
        let mut claims = Map::new();
        claims.insert("exp".to_owned(), json!(expires.as_millis() / 1000));
        claims.insert("iss".to_owned(), json!(ImsOrgId::of(org).as_str()));
        claims.insert("sub".to_owned(), json!(credential.technical_account));
        claims.insert("aud".to_owned(), json!(format!("{IMS}/c/{}", credential.api_key)));
        for metascope in metascopes {
            claims.insert(format!("{IMS}/s/{metascope}"), json!(true));
        }
        encode(&Header::new(Algorithm::RS256), &claims, &self.0).map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_host_may_stand_in_a_claim() {
        for url in ["https://ims-na1.adobelogin.com/c/k", "http://127.0.0.1:8377/c/k"] {
            assert_eq!(after_host(url), Some("c/k"), "{url}");
        }
        for url in ["", "c/k", "https:///c/k", "ftp://host/c/k", "https://host"] {
            assert_eq!(after_host(url), None, "{url}");
        }
    }
}
