//! Tenants as the vendor's URLs and headers name them.

use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

/// The `<ORGANIZATION>` segment of a Campaign URL, which is the tenant: letters, digits, dots and
/// dashes, at most 100 characters (`docs/reference/campaign-standard.md` §1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct OrgName(String);

impl TryFrom<String> for OrgName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("'{text}' cannot be an org"))
    }
}

impl OrgName {
    /// Checks the form of a path segment; `None` when no tenant can have that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        (starts_well && text.len() <= 100 && text.chars().all(plain)).then(|| Self(text.into()))
    }

    /// The name as it stands in URLs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a tenant of `customer`: the customer's own org, or `<customer>-<suffix>`,
    /// Adobe's habit for stages such as `geometrixx-mkt-stage`.
    #[must_use]
    pub fn belongs_to(&self, customer: &Self) -> bool {
        self.0
            .strip_prefix(customer.as_str())
            .is_some_and(|rest| rest.is_empty() || (rest.len() > 1 && rest.starts_with('-')))
    }
}

impl fmt::Display for OrgName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a tenant in this database. Every row of the store belongs to one, and every store
/// function that touches a tenant's rows takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrgId(i64);

impl OrgId {
    /// Takes a number read back from the store.
    #[must_use]
    pub const fn from_stored(number: i64) -> Self {
        Self(number)
    }

    /// The plain number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// An IMS organization id, `<24 hexadecimal digits>@AdobeOrg`, as `x-gw-ims-org-id` carries it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImsOrgId(String);

impl ImsOrgId {
    /// The IMS org of a tenant. It is derived from the name alone, so a tenant has the same one on
    /// every machine and tests may write it down.
    #[must_use]
    pub fn of(org: &OrgName) -> Self {
        use fmt::Write as _;
        let hash = digest::digest(&digest::SHA256, format!("ims-org/{org}").as_bytes());
        let hex = hash.as_ref().iter().take(12).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02X}");
            hex
        });
        Self(hex + "@AdobeOrg")
    }

    /// The id as the header carries it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImsOrgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(name: &str) -> OrgName {
        OrgName::parse(name).unwrap()
    }

    #[test]
    fn tenant_names_seen_in_the_wild_are_names() {
        for name in ["geometrixx", "geometrixx-mkt-stage1", "a-230217.campaign-demo.example.com"] {
            assert!(OrgName::parse(name).is_some(), "{name}");
        }
        for name in ["", "-a", ".", "..", "a/b", "a b", "ä", "a%2f", &"a".repeat(101)] {
            assert!(OrgName::parse(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_suffix_makes_a_tenant_of_the_same_customer() {
        assert!(org("acme").belongs_to(&org("acme")));
        assert!(org("acme-w3").belongs_to(&org("acme")));
        for stranger in ["acmeetrixx", "acme-", "acme.w3", "globex", "ACME"] {
            assert!(!org(stranger).belongs_to(&org("acme")), "{stranger}");
        }
    }

    #[test]
    fn an_ims_org_is_stable_and_looks_like_one() {
        let id = ImsOrgId::of(&org("acme"));
        assert_eq!(id, ImsOrgId::of(&org("acme")));
        assert_ne!(id, ImsOrgId::of(&org("acme-w3")));
        let (hex, rest) = id.as_str().split_at(24);
        assert!(hex.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_lowercase()));
        assert_eq!(rest, "@AdobeOrg");
    }
}
