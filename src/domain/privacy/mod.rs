//! Privacy jobs: the words of Privacy Service, and a file each for what a request asks, what a job is
//! and how it moves, what products answer, the identities that decide an outcome by themselves, and the events
//! that webhooks get.

mod consent;
mod event;
mod job;
mod magic;
mod progression;
mod request;
mod response;
mod webhook;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Error, Timestamp};

pub use consent::{Consent, ConsentEntry};
pub use event::{EventType, PrivacyEvent, event_signature, is_tried_again, next_try};
pub use job::{
    CAMPAIGN, JobFilter, JobOrigin, JobProgress, JobRequest, MAX_ATTEMPTS, NewJob, PrivacyJob,
    ProductResponse, Step, Transition,
};
pub(super) use magic::magic_local_part;
pub use magic::{MAGIC, MAGIC_DOMAINS, Magic, MagicForm};
pub use progression::Progression;
pub use request::{ChildRequest, PrivacyRequest, RequestedUser};
pub use response::{Outcome, ResponseCode, Results};
pub use webhook::{
    DeliveryStatus, EventDelivery, EventRegistration, KeptRegistration, RegistrationSpec,
    WebhookUrl,
};

/// The law a request is made under.
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
    /// Those of the seed's time.
    pub const SEED: [Self; 2] = [Self::GDPR, Self::CCPA];
    /// Those of today, under both of their spellings. The first seven stand as a live answer lists
    /// them (`docs/reference/privacy-service.md` §6, §8).
    pub const TODAY: [Self; 27] = [
        Self("vcdpa_usa"),
        Self::GDPR,
        Self::CCPA,
        Self("lgpd_bra"),
        Self("cpra_usa"),
        Self("apa_aus"),
        Self("hipaa_usa"),
        Self("cpa_co_usa"),
        Self("cpra_ca_usa"),
        Self("ctdpa_ct_usa"),
        Self("dpdpa"),
        Self("fdbr_fl_usa"),
        Self("icdpa_ia_usa"),
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
    ];
    /// Those of Campaign's own privacy requests (`docs/reference/campaign-standard.md` §15).
    pub const CAMPAIGN: [Self; 4] = [Self::GDPR, Self::CCPA, Self("pdpa"), Self("lgpd")];

    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Reads the wire's word, which is lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::TODAY.into_iter().chain(Self::CAMPAIGN).find(|regulation| regulation.0 == text)
    }

    /// The words of `supported`, ready to read.
    #[must_use]
    pub fn words(supported: &[Self]) -> String {
        supported.iter().map(|regulation| regulation.0).collect::<Vec<_>>().join(", ")
    }
}

/// What a job does with a data subject's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Action {
    /// `access`
    Access,
    /// `delete`
    Delete,
    /// `opt-out-of-sale`
    OptOutOfSale,
}

impl Action {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Delete => "delete",
            Self::OptOutOfSale => "opt-out-of-sale",
        }
    }

    /// Reads the wire's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Access, Self::Delete, Self::OptOutOfSale]
            .into_iter()
            .find(|action| action.as_str() == text)
    }
}

/// Where a job, or a product's part of it, stands. Legal moves: submitted → processing → complete |
/// error (`docs/reference/privacy-service.md` §4).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum JobStatus {
    /// Sent to the products.
    Submitted,
    /// Acknowledged by the products.
    Processing,
    /// Done.
    Complete,
    /// Given up.
    Error,
}

impl JobStatus {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Processing => "processing",
            Self::Complete => "complete",
            Self::Error => "error",
        }
    }

    /// Reads the wire's word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Submitted, Self::Processing, Self::Complete, Self::Error]
            .into_iter()
            .find(|status| status.as_str() == text)
    }

    /// Whether nothing moves it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Complete | Self::Error)
    }
}

/// The id of a request, such as `15700479082313109RX-899`: milliseconds, four digits, `RX-`, three
/// digits (`docs/reference/privacy-service.md` §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestId(String);

impl RequestId {
    /// The id of a request made at `now`; `random` supplies the seven digits.
    #[must_use]
    pub fn new(now: Timestamp, random: u64) -> Self {
        let digits = random % 10_000_000;
        Self(format!("{:013}{:04}RX-{:03}", now.as_millis(), digits / 1000, digits % 1000))
    }

    /// Takes an id read back from the store.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// As on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::RequestInvalid(detail.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_has_the_documented_form() {
        let now = Timestamp::from_millis(1_570_047_908_231);
        assert_eq!(RequestId::new(now, 3_109_899).as_str(), "15700479082313109RX-899");
        assert_eq!(RequestId::new(now, 70_000_001).as_str(), "15700479082310000RX-001");
    }
}
