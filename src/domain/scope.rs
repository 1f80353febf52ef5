//! Which API a token opens: APIs, the scopes of access tokens and the metascopes of assertions
//! (`docs/reference/ims-auth.md` §1, §4, §6).

use aws_lc_rs::digest;

use super::{AdobeApi, Error, LoginFault, Result};

/// The scopes of a token, as it carries them: separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(String);

impl Scopes {
    /// What every token has that names no scopes.
    const ALWAYS: [&str; 3] = ["AdobeID", "openid", "read_organizations"];

    /// Scopes that anybody may ask for and that open nothing here, beside those of
    /// [`AdobeApi::companions`] and what starts with `additional_info`.
    const HARMLESS: [&str; 7] = [
        "session",
        "email",
        "profile",
        "address",
        "adobeio_api",
        "read_client_secret",
        "manage_client_secrets",
    ];

    /// All that a token for these APIs can have.
    #[must_use]
    pub fn of(apis: &[AdobeApi]) -> Self {
        let of_apis = apis.iter().flat_map(|api| api.openers().iter().chain(api.companions()));
        Self(Self::ALWAYS.iter().chain(of_apis).copied().collect::<Vec<_>>().join(","))
    }

    /// Those that a credential with these APIs asks for, separated by commas or blanks.
    ///
    /// # Errors
    /// [`LoginFault::Scope`] for one that is unknown or another API's.
    pub fn asked(list: &str, apis: &[AdobeApi]) -> Result<Self> {
        let asked: Vec<_> = split(list).collect();
        for scope in &asked {
            let opens = AdobeApi::ALL.into_iter().find(|api| api.openers().contains(scope));
            match opens {
                Some(api) if apis.contains(&api) => {}
                Some(api) => return Err(not_subscribed(scope, api)),
                None if is_harmless(scope) => {}
                None => {
                    return Err(refused(format!(
                        "There is no scope '{}': ask for {}, or leave 'scope' out to get all of the credential's.",
                        shortened(scope),
                        opening(apis)
                    )));
                }
            }
        }
        Ok(Self(asked.join(",")))
    }

    /// Those that an assertion with these metascopes gets for a credential with these APIs.
    ///
    /// # Errors
    /// [`LoginFault::Scope`] when there is none, or one that is unknown or another API's.
    pub fn of_metascopes<'a>(
        names: impl IntoIterator<Item = &'a str>,
        apis: &[AdobeApi],
    ) -> Result<Self> {
        let mut claimed = Vec::new();
        for name in names {
            match AdobeApi::ALL.into_iter().find(|api| api.metascopes().contains(&name)) {
                Some(api) if apis.contains(&api) => claimed.push(api),
                Some(api) => return Err(not_subscribed(name, api)),
                None => {
                    return Err(refused(format!(
                        "The metascope '{}' is not bound to this credential: claim {}.",
                        shortened(name),
                        bound(apis)
                    )));
                }
            }
        }
        if claimed.is_empty() {
            return Err(refused(format!(
                "The assertion claims no metascope: add \"https://ims-na1.adobelogin.com/s/<metascope>\": true with {}.",
                bound(apis)
            )));
        }
        claimed.dedup();
        Ok(Self::of(&claimed))
    }

    /// Takes those of a token.
    #[must_use]
    pub const fn of_token(list: String) -> Self {
        Self(list)
    }

    /// Whether they open an API.
    #[must_use]
    pub fn open(&self, api: AdobeApi) -> bool {
        split(&self.0).any(|scope| api.openers().contains(&scope))
    }

    /// As a token carries them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ']).filter(|scope| !scope.is_empty())
}

fn is_harmless(scope: &str) -> bool {
    Scopes::ALWAYS.contains(&scope)
        || Scopes::HARMLESS.contains(&scope)
        || AdobeApi::ALL.iter().any(|api| api.companions().contains(&scope))
        || scope == "additional_info"
        || scope.starts_with("additional_info.")
}

/// What a credential may ask for to open its APIs, ready to read.
fn opening(apis: &[AdobeApi]) -> String {
    apis.iter().map(|api| api.needs()).collect::<Vec<_>>().join(" or ")
}

/// What its assertions may claim, ready to read.
fn bound(apis: &[AdobeApi]) -> String {
    apis.iter().map(|api| api.metascopes().join(" or ")).collect::<Vec<_>>().join(" or ")
}

fn not_subscribed(scope: &str, api: AdobeApi) -> Error {
    refused(format!(
        "The credential is not subscribed to {api}, which '{scope}' is for: leave it out, or use a credential whose 'apis' in org.json have it."
    ))
}

fn refused(reason: String) -> Error {
    LoginFault::Scope.because(reason)
}

fn shortened(scope: &str) -> String {
    scope.chars().take(60).collect()
}

/// What stands for a token where the token itself must not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token's text.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        Self(hash)
    }

    /// Takes one read back from the store.
    #[must_use]
    pub const fn from_stored(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The plain bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [AdobeApi; 2] = AdobeApi::ALL;
    const CAMPAIGN: [AdobeApi; 1] = [AdobeApi::Campaign];

    #[test]
    fn scopes_open_the_apis_they_are_for() {
        let all = Scopes::of(&BOTH);
        assert!(BOTH.into_iter().all(|api| all.open(api)));
        let campaign = Scopes::of(&CAMPAIGN);
        assert!(campaign.open(AdobeApi::Campaign) && !campaign.open(AdobeApi::Privacy));
        let platform =
            "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session";
        let platform = Scopes::asked(platform, &BOTH).unwrap();
        assert!(!platform.open(AdobeApi::Campaign) && platform.open(AdobeApi::Privacy));
        assert!(!Scopes::of_token("campaign_sdk2,xgdpr_sdk".to_owned()).open(AdobeApi::Campaign));
    }

    #[test]
    fn blanks_separate_like_commas() {
        let asked = Scopes::asked("openid campaign_sdk,, session", &CAMPAIGN).unwrap();
        assert_eq!(asked.as_str(), "openid,campaign_sdk,session");
    }

    #[test]
    fn what_is_unknown_or_another_apis_is_refused() {
        for scope in ["gdpr_sdk", "openid,Campaign_sdk", "additional_info.projectedProductContext"]
        {
            assert!(Scopes::asked(scope, &CAMPAIGN).is_err(), "{scope}");
        }
        for scope in ["openid", "additional_info.roles", "campaign_config_server_general"] {
            assert!(Scopes::asked(scope, &[]).is_ok(), "{scope}");
        }
    }

    #[test]
    fn metascopes_give_their_scopes() {
        for name in ["ent_gdpr_sdk", "ent_dataservices_sdk"] {
            let scopes = Scopes::of_metascopes([name], &BOTH).unwrap();
            assert!(scopes.open(AdobeApi::Privacy) && !scopes.open(AdobeApi::Campaign));
        }
        assert!(Scopes::of_metascopes(["ent_gdpr_sdk"], &CAMPAIGN).is_err());
        assert!(Scopes::of_metascopes(["ent_user_sdk"], &BOTH).is_err());
        assert!(Scopes::of_metascopes([], &BOTH).is_err());
    }
}
