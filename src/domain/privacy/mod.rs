//! Privacy jobs: the words of Privacy Service, and a file each for what a request asks, what a job is
//! and how it moves, how one is printed, what products answer, the identities that decide an outcome by themselves,
//! and the events that webhooks get.

mod consent;
mod event;
mod job;
mod magic;
mod printed;
mod product;
mod progression;
mod regulation;
mod request;
mod response;
mod vocabulary;
mod webhook;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Error, Timestamp};

pub use consent::{Consent, ConsentEntry};
pub use event::{EventType, PrivacyEvent, event_signature, is_tried_again, next_try};
pub use job::{
    JobFilter, JobOrigin, JobProgress, JobRequest, MAX_ATTEMPTS, NewJob, PrivacyJob,
    ProductResponse, Step, Transition,
};
pub(super) use magic::magic_local_part;
pub use magic::{MAGIC, MAGIC_DOMAINS, Magic, MagicForm};
pub use printed::PrintedJob;
pub use product::{CAMPAIGN, Product};
pub use progression::Progression;
pub use regulation::Regulation;
pub use request::{ChildRequest, PrivacyRequest, RequestedUser};
pub use response::{Outcome, ResponseCode, Results};
pub use vocabulary::Vocabulary;
pub use webhook::{
    DeliveryStatus, EventDelivery, EventRegistration, KeptRegistration, RegistrationSpec,
    WebhookUrl,
};

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
        Self(format!("{:013}{}", now.as_millis(), Self::tail(random)))
    }

    /// What follows the moment in an id.
    #[must_use]
    pub fn tail(random: u64) -> String {
        let digits = random % 10_000_000;
        format!("{:04}RX-{:03}", digits / 1000, digits % 1000)
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
