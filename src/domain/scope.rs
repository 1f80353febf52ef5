//! Which API a token opens: APIs, the scopes of access tokens and the metascopes of assertions
//! (`docs/reference/ims-auth.md` §1, §4, §6).

use aws_lc_rs::digest;

use super::{AdobeApi, BoundApis, LoginFault, OtherApi, Result};

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
    pub fn of(bound: &BoundApis) -> Self {
        let served = bound.served.iter();
        let served = served.flat_map(|api| api.openers().iter().chain(api.companions()).copied());
        let others = bound.others.iter().flat_map(|api| api.scopes.iter().map(String::as_str));
        Self(Self::ALWAYS.into_iter().chain(served).chain(others).collect::<Vec<_>>().join(","))
    }

    /// Those that a credential with these APIs asks for, in any order, separated by commas, blanks or
    /// both.
    ///
    /// # Errors
    /// [`LoginFault::Scope`] for one that is unknown or another API's.
    pub fn asked(list: &str, bound: &BoundApis) -> Result<Self> {
        let asked: Vec<_> = split(list).collect();
        for scope in &asked {
            let of_other = |api: &OtherApi| api.scopes.iter().any(|known| known == scope);
            if is_harmless(scope) || bound.others.iter().any(of_other) {
                continue;
            }
            match AdobeApi::ALL.into_iter().find(|api| api.openers().contains(scope)) {
                Some(api) if bound.contain(api) => {}
                Some(api) => return Err(LoginFault::Scope.because(not_subscribed(scope, api))),
                None => {
                    return Err(LoginFault::Scope.because(format!(
                        "There is no scope '{}': ask for {}, or leave 'scope' out to get all of the credential's.",
                        shortened(scope),
                        opening(bound)
                    )));
                }
            }
        }
        Ok(Self(asked.join(",")))
    }

    /// Those that an assertion with these metascopes gets for a credential with these APIs.
    ///
    /// # Errors
    /// [`LoginFault::NoMetascope`], or [`LoginFault::Metascope`] for one that is unknown or another
    /// API's.
    pub fn of_metascopes<'a>(
        names: impl IntoIterator<Item = &'a str>,
        bound: &BoundApis,
    ) -> Result<Self> {
        let mut claimed = BoundApis::default();
        for name in names {
            let own = |api: &&OtherApi| api.metascopes.iter().any(|known| known == name);
            let other = bound.others.iter().find(own);
            match AdobeApi::ALL.into_iter().find(|api| api.metascopes().contains(&name)) {
                Some(api) if claimed.contain(api) => {}
                Some(api) if bound.contain(api) => claimed.served.push(api),
                Some(api) => return Err(LoginFault::Metascope.because(not_subscribed(name, api))),
                None => claimed.others.push(other.cloned().ok_or_else(|| {
                    LoginFault::Metascope.because(format!(
                        "The metascope '{}' is not bound to this credential: claim {}, or bind the API in 'apis' of org.json.",
                        shortened(name),
                        bound.metascopes().join(" or ")
                    ))
                })?),
            }
        }
        if claimed == BoundApis::default() {
            return Err(LoginFault::NoMetascope.because(format!(
                "The assertion claims no metascope: add \"https://ims-na1.adobelogin.com/s/<metascope>\": true with {}.",
                bound.metascopes().join(" or ")
            )));
        }
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
    list.split(|letter: char| letter == ',' || letter.is_whitespace())
        .filter(|scope| !scope.is_empty())
}

fn is_harmless(scope: &str) -> bool {
    Scopes::ALWAYS.contains(&scope)
        || Scopes::HARMLESS.contains(&scope)
        || AdobeApi::ALL.iter().any(|api| api.companions().contains(&scope))
        || scope == "additional_info"
        || scope.starts_with("additional_info.")
}

/// What a credential may ask for to open its APIs, ready to read.
fn opening(bound: &BoundApis) -> String {
    let served = bound.served.iter().map(|api| api.needs());
    let others = bound.others.iter().flat_map(|api| api.scopes.iter().cloned());
    served.chain(others).collect::<Vec<_>>().join(" or ")
}

fn not_subscribed(scope: &str, api: AdobeApi) -> String {
    format!(
        "The credential is not subscribed to {api}, which '{scope}' is for: leave it out, or use a credential whose 'apis' in org.json have it."
    )
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

    fn both() -> BoundApis {
        BoundApis { served: AdobeApi::ALL.into(), others: Vec::new() }
    }

    fn campaign() -> BoundApis {
        BoundApis { served: vec![AdobeApi::Campaign], others: Vec::new() }
    }

    /// Bound to Campaign and to an API that this server does not have.
    fn with_users() -> BoundApis {
        let users = OtherApi {
            name: "User Management".to_owned(),
            scopes: vec!["user_management_sdk".to_owned()],
            metascopes: vec!["ent_user_sdk".to_owned()],
        };
        BoundApis { others: vec![users], ..campaign() }
    }

    #[test]
    fn scopes_open_the_apis_they_are_for() {
        let all = Scopes::of(&both());
        assert!(AdobeApi::ALL.into_iter().all(|api| all.open(api)));
        let campaign = Scopes::of(&campaign());
        assert!(campaign.open(AdobeApi::Campaign) && !campaign.open(AdobeApi::Privacy));
        let platform =
            "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session";
        let platform = Scopes::asked(platform, &both()).unwrap();
        assert!(!platform.open(AdobeApi::Campaign) && platform.open(AdobeApi::Privacy));
        assert!(!Scopes::of_token("campaign_sdk2,xgdpr_sdk".to_owned()).open(AdobeApi::Campaign));
    }

    #[test]
    fn blanks_separate_like_commas() {
        for list in ["openid campaign_sdk,, session", "openid, campaign_sdk,\n\tsession ,"] {
            let asked = Scopes::asked(list, &campaign()).unwrap();
            assert_eq!(asked.as_str(), "openid,campaign_sdk,session");
        }
    }

    #[test]
    fn what_is_unknown_or_another_apis_is_refused() {
        for scope in ["gdpr_sdk", "openid,Campaign_sdk", "user_management_sdk"] {
            assert!(Scopes::asked(scope, &campaign()).is_err(), "{scope}");
        }
        for scope in ["openid", "additional_info.roles", "campaign_config_server_general"] {
            assert!(Scopes::asked(scope, &BoundApis::default()).is_ok(), "{scope}");
        }
        assert!(Scopes::asked("user_management_sdk", &with_users()).is_ok());
    }

    #[test]
    fn metascopes_give_their_scopes() {
        for name in ["ent_gdpr_sdk", "ent_dataservices_sdk"] {
            let scopes = Scopes::of_metascopes([name], &both()).unwrap();
            assert!(scopes.open(AdobeApi::Privacy) && !scopes.open(AdobeApi::Campaign));
        }
        let users = Scopes::of_metascopes(["ent_user_sdk"], &with_users()).unwrap();
        assert_eq!(users.as_str(), "AdobeID,openid,read_organizations,user_management_sdk");
        assert!(Scopes::of_metascopes(["ent_gdpr_sdk"], &campaign()).is_err());
        assert!(Scopes::of_metascopes(["ent_user_sdk"], &both()).is_err());
        assert!(Scopes::of_metascopes([], &both()).is_err());
    }

    #[test]
    fn an_api_of_the_seed_says_what_it_is_for() {
        let api = |scopes: &[&str], metascopes: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(|&one| one.to_owned()).collect();
            OtherApi { name: "X".to_owned(), scopes: owned(scopes), metascopes: owned(metascopes) }
                .check()
        };
        assert_eq!(api(&["a"], &[]), Ok(()));
        assert_eq!(api(&[], &["ent_a"]), Ok(()));
        for (scopes, metascopes, fault) in [
            (&[][..], &[][..], "needs 'scopes', 'metascopes' or both"),
            (&["a b"], &[], "'a b' is no scope"),
            (&["campaign_sdk"], &[], "list \"campaign\" in 'apis'"),
            (&["a"], &["ent_gdpr_sdk"], "list \"privacy\" in 'apis'"),
        ] {
            let found = api(scopes, metascopes).unwrap_err();
            assert!(found.contains(fault), "{found}");
        }
    }
}
