//! The laws that requests are made under, as each generation of Privacy Service lists them
//! (`docs/reference/privacy-service.md` §8).

use serde::{Deserialize, Deserializer, Serialize};

/// The law a request is made under. Two spellings of one law are two regulations: a job is listed under the word that
/// it was created with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Regulation(&'static str);

impl<'de> Deserialize<'de> for Regulation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let unknown = || serde::de::Error::custom(format!("'{text}' is not a regulation"));
        Self::parse(&text).ok_or_else(unknown)
    }
}

impl Regulation {
    /// `gdpr`
    pub const GDPR: Self = Self("gdpr");
    /// `ccpa`
    pub const CCPA: Self = Self("ccpa");
    /// Those of the guide of February 2020.
    pub const SEED: [Self; 2] = [Self::GDPR, Self::CCPA];
    /// Those of the specification since 2021: the newest list, then the spellings of its older lists.
    pub const OPENAPI: [Self; 41] = [
        Self("apa_aus"),
        Self::CCPA,
        Self("cpa_co_usa"),
        Self("cpra_ca_usa"),
        Self("ctdpa_ct_usa"),
        Self("dpdpa"),
        Self("fdbr_fl_usa"),
        Self::GDPR,
        Self("hipaa_usa"),
        Self("icdpa_ia_usa"),
        Self("lgpd_bra"),
        Self("mcdpa_mn_usa"),
        Self("mcdpa_mt_usa"),
        Self("mhmda_wa_usa"),
        Self("ndpa_ne_usa"),
        Self("nhpa_nh_usa"),
        Self("njdpa_nj_usa"),
        Self("nzpa_nzl"),
        Self("ocpa_or_usa"),
        Self("pdpa_tha"),
        Self("ql25"),
        Self("tdpsa_tx_usa"),
        Self("tipa_tn_usa"),
        Self("ucpa_ut_usa"),
        Self("vcdpa_va_usa"),
        Self("cpa"),
        Self("cpa_usa"),
        Self("cpra_usa"),
        Self("ctdpa"),
        Self("ctdpa_usa"),
        Self("fdbr_usa"),
        Self("icdpa_usa"),
        Self("mcdpa_usa"),
        Self("mhmda_usa"),
        Self("ndpa_usa"),
        Self("nhpa_usa"),
        Self("njdpa_usa"),
        Self("ocpa_usa"),
        Self("tdpsa_usa"),
        Self("ucpa_usa"),
        Self("vcdpa_usa"),
    ];
    /// Those of today, as a live refusal of 2026 lists them: every word of the guide's list is among them, in both
    /// spellings.
    pub const TODAY: [Self; 47] = [
        Self("vcdpa_usa"),
        Self::GDPR,
        Self::CCPA,
        Self("lgpd_bra"),
        Self("cpra_usa"),
        Self("apa_aus"),
        Self("hipaa_usa"),
        Self("pdpa_tha"),
        Self("mhmda_usa"),
        Self("cpa_usa"),
        Self("ctdpa_usa"),
        Self("ucpa_usa"),
        Self("nzpa_nzl"),
        Self("dpdpa_ind"),
        Self("pipa_kor"),
        Self("ocpa_usa"),
        Self("tdpsa_usa"),
        Self("fdbr_usa"),
        Self("icdpa_usa"),
        Self("mcdpa_usa"),
        Self("ndpa_usa"),
        Self("njdpa_usa"),
        Self("nhpa_usa"),
        Self("dpdpa_usa"),
        Self("ql25_can"),
        Self("tipa_tn_usa"),
        Self("mcdpa_mn_usa"),
        Self("vcdpa_va_usa"),
        Self("cpra_ca_usa"),
        Self("mhmda_wa_usa"),
        Self("cpa_co_usa"),
        Self("ctdpa_ct_usa"),
        Self("ucpa_ut_usa"),
        Self("ocpa_or_usa"),
        Self("tdpsa_tx_usa"),
        Self("fdbr_fl_usa"),
        Self("icdpa_ia_usa"),
        Self("mcdpa_mt_usa"),
        Self("ndpa_ne_usa"),
        Self("njdpa_nj_usa"),
        Self("nhpa_nh_usa"),
        Self("dpdpa_de_usa"),
        Self("ql25_qc_can"),
        Self("icdpa_in_usa"),
        Self("kcdpa_ky_usa"),
        Self("modpa_md_usa"),
        Self("ridtppa_ri_usa"),
    ];
    /// Those of Campaign's own privacy requests (`docs/reference/campaign-standard.md` §15).
    pub const CAMPAIGN: [Self; 4] = [Self::GDPR, Self::CCPA, Self("pdpa"), Self("lgpd")];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Reads the wire's word, which is lower case, of whichever list.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::TODAY.into_iter().chain(Self::OPENAPI).chain(Self::CAMPAIGN);
        all.find(|regulation| regulation.0 == text)
    }

    /// The words of `supported`, ready to read.
    #[must_use]
    pub fn words(supported: &[Self]) -> String {
        supported.iter().map(|regulation| regulation.0).collect::<Vec<_>>().join(", ")
    }
}
