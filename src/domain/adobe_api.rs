//! The APIs that a credential can open (`docs/reference/ims-auth.md` §1, §2, §6).

use std::fmt;

use serde::Deserialize;

/// An API behind the gateway, to which a credential may be subscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdobeApi {
    /// Campaign Standard.
    Campaign,
    /// Privacy Service.
    Privacy,
}

impl AdobeApi {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Campaign, Self::Privacy];

    /// Any one of these opens it; the first is what its metascopes give.
    pub(super) const fn openers(self) -> &'static [&'static str] {
        match self {
            Self::Campaign => &["campaign_sdk"],
            Self::Privacy => &["gdpr_sdk", "additional_info.projectedProductContext"],
        }
    }

    /// What a token for it has besides.
    pub(super) const fn companions(self) -> &'static [&'static str] {
        match self {
            Self::Campaign => &["campaign_config_server_general", "deliverability_service_general"],
            Self::Privacy => &[],
        }
    }

    /// The metascopes of assertions that are for it; the first is the default.
    pub(super) const fn metascopes(self) -> &'static [&'static str] {
        match self {
            Self::Campaign => &["ent_campaign_sdk"],
            Self::Privacy => &["ent_gdpr_sdk", "ent_dataservices_sdk"],
        }
    }

    /// What opens it, ready to read.
    #[must_use]
    pub fn needs(self) -> String {
        self.openers().join(" or ")
    }
}

impl fmt::Display for AdobeApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Campaign => "Campaign",
            Self::Privacy => "Privacy Service",
        })
    }
}

/// An API that this server does not imitate, but that the token service gives tokens for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherApi {
    /// What people call it.
    pub name: String,
    /// The scopes of a token for it.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The metascopes of an assertion for it.
    #[serde(default)]
    pub metascopes: Vec<String>,
}

impl OtherApi {
    /// Checks what a seed says of it.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if self.scopes.is_empty() && self.metascopes.is_empty() {
            return Err(format!("'{name}': an API needs 'scopes', 'metascopes' or both"));
        }
        for word in self.scopes.iter().chain(&self.metascopes) {
            if word.is_empty() || word.contains([',', ' ']) {
                return Err(format!("'{name}': '{word}' is no scope: list one in each text"));
            }
            let served = AdobeApi::ALL
                .into_iter()
                .find(|api| [api.openers(), api.metascopes()].concat().contains(&word.as_str()));
            if let Some(served) = served {
                let own = format!("{served:?}").to_lowercase();
                return Err(format!(
                    "'{name}': '{word}' is for {served}: list \"{own}\" in 'apis' instead"
                ));
            }
        }
        Ok(())
    }
}

/// The APIs that a credential is bound to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoundApis {
    /// Those of this server.
    pub served: Vec<AdobeApi>,
    /// Those that only the token service knows.
    pub others: Vec<OtherApi>,
}

impl BoundApis {
    /// Whether a credential is subscribed to an API of this server.
    #[must_use]
    pub fn contain(&self, api: AdobeApi) -> bool {
        self.served.contains(&api)
    }

    /// What people call them.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let others = self.others.iter().map(|api| api.name.clone());
        self.served.iter().map(ToString::to_string).chain(others).collect()
    }

    /// The metascopes that an assertion for all of them usually claims, one for each.
    #[must_use]
    pub fn usual_metascopes(&self) -> Vec<&str> {
        let served = self.served.iter().filter_map(|api| api.metascopes().first().copied());
        let others = self.others.iter().filter_map(|api| api.metascopes.first());
        served.chain(others.map(String::as_str)).collect()
    }

    /// All metascopes that an assertion may claim.
    pub(super) fn metascopes(&self) -> Vec<&str> {
        let served = self.served.iter().flat_map(|api| api.metascopes().iter().copied());
        let others = self.others.iter().flat_map(|api| &api.metascopes);
        served.chain(others.map(String::as_str)).collect()
    }
}
