//! The Adobe products that requests name (`docs/reference/privacy-service.md` §4, §8).

/// A product that jobs can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// Its value for `include`.
    pub value: &'static str,
    /// What it calls itself in answers, where that is documented.
    name: Option<&'static str>,
}

/// The product whose data this server holds.
pub const CAMPAIGN: &str = "Campaign";

impl Product {
    /// Those of the guide of February 2020, and those that came until 2021.
    pub const SEED: [Self; 14] = [
        Self::valued("AdCloud"),
        Self::named("Analytics", "Analytics"),
        Self::named("AudienceManager", "AudienceManager"),
        Self::valued(CAMPAIGN),
        Self::valued("aepDataLake"),
        Self::named("primetimeAuthentication", "Adobe Pass Authentication"),
        Self::valued("Target"),
        Self::valued("CRS"),
        Self::named("ProfileService", "Profile"),
        Self::valued("AdobeCloudPlatform"),
        Self::valued("automationProduct"),
        Self::named("Identity", "Identity"),
        Self::valued("marketo"),
        Self::valued("DPSC"),
    ];
    /// Those of today's appendix that were not there before.
    pub const LATER: [Self; 2] = [Self::valued("cjm"), Self::valued("marketomeasure")];

    const fn valued(value: &'static str) -> Self {
        Self { value, name: None }
    }

    const fn named(value: &'static str, name: &'static str) -> Self {
        Self { value, name: Some(name) }
    }

    fn all() -> impl Iterator<Item = Self> {
        Self::SEED.into_iter().chain(Self::LATER)
    }

    /// The product of a value, in any letter case.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        Self::all().find(|product| product.value.eq_ignore_ascii_case(value))
    }

    /// The product of a value or of a name, in any letter case.
    #[must_use]
    pub fn called(text: &str) -> Option<Self> {
        let is_named =
            |product: &Self| product.name.is_some_and(|name| name.eq_ignore_ascii_case(text));
        Self::of(text).or_else(|| Self::all().find(is_named))
    }

    /// What the product of that value calls itself in answers: the value as sent, where nothing is documented.
    #[must_use]
    pub fn name_of(value: &str) -> &str {
        Self::of(value).and_then(|product| product.name).unwrap_or(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_known_in_any_case_and_called_by_its_name() {
        assert_eq!(Product::of("CAMPAIGN").map(|product| product.value), Some(CAMPAIGN));
        assert_eq!(Product::of("profile"), None);
        for (value, name) in [
            ("profileService", "Profile"),
            ("PRIMETIMEAUTHENTICATION", "Adobe Pass Authentication"),
            ("analytics", "Analytics"),
            ("campaign", "campaign"),
            ("cjm", "cjm"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(Product::name_of(value), name, "{value}");
        }
    }
}
