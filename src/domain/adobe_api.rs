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

    /// The metascope that an assertion for it usually claims.
    #[must_use]
    pub const fn metascope(self) -> &'static str {
        self.metascopes()[0]
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
