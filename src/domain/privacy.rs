//! Privacy jobs: their words, their states, and what a failed try leads to
//! (`reference/privacy-service.md` §4, §5).

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use super::{Identity, Timestamp};

/// How often a job's work is tried before the job ends in `error`.
pub const MAX_ATTEMPTS: i64 = 5;

/// The law a request is made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regulation {
    /// `gdpr`
    Gdpr,
    /// `ccpa`
    Ccpa,
}

impl Regulation {
    /// As on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gdpr => "gdpr",
            Self::Ccpa => "ccpa",
        }
    }

    /// Reads the wire's word, which is lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Gdpr, Self::Ccpa].into_iter().find(|regulation| regulation.as_str() == text)
    }
}

/// What a job does with a data subject's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// Where a job stands. Legal moves: submitted → processing → complete | error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// The id of a request, such as `15700479082313109RX-899`: milliseconds, four digits, `RX-`, three
/// digits (`reference/privacy-service.md` §3).
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A job to be written.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub job_id: Uuid,
    /// The caller's label of the data subject.
    pub user_key: String,
    /// What it does.
    pub action: Action,
    /// How the data subject is known.
    pub identities: Vec<Identity>,
}

/// What all jobs of one request have in common.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The request's id.
    pub request_id: RequestId,
    /// The law.
    pub regulation: Regulation,
    /// The products asked, as the caller spells them.
    pub products: Vec<String>,
    /// Technical account of the caller.
    pub submitted_by: String,
    /// When the request was made.
    pub created: Timestamp,
    /// When its jobs leave `submitted`.
    pub due: Timestamp,
}

/// A stored job.
#[derive(Debug, Clone)]
pub struct PrivacyJob {
    /// Its id.
    pub job_id: Uuid,
    /// The request it came with.
    pub request_id: RequestId,
    /// The caller's label of the data subject.
    pub user_key: String,
    /// What it does.
    pub action: Action,
    /// Where it stands.
    pub status: JobStatus,
    /// The law.
    pub regulation: Regulation,
    /// Technical account of the caller.
    pub submitted_by: String,
    /// When the request was made.
    pub created: Timestamp,
    /// When the job last moved.
    pub last_modified: Timestamp,
    /// How the data subject is known.
    pub identities: Vec<Identity>,
    /// The products asked.
    pub products: Vec<String>,
    /// How often its work has been tried.
    pub attempts: i64,
    /// Why the last try failed; empty when none did.
    pub last_error: String,
}

impl PrivacyJob {
    /// Whether there is something to download: the job has given access and is done.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.action == Action::Access && self.status == JobStatus::Complete
    }
}

/// How one try at a job's work ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobMove {
    /// All products are done.
    Complete,
    /// It failed and is tried again after a while.
    Retry {
        /// Why.
        reason: String,
        /// How long to wait on the server's clock.
        after: Duration,
    },
    /// It failed too often.
    GiveUp {
        /// Why.
        reason: String,
    },
}

impl JobMove {
    /// What follows a failed try, the `attempts`-th: wait 1 s, 2 s, 4 s …, then give up.
    #[must_use]
    pub fn after_failure(attempts: i64, reason: String) -> Self {
        if attempts >= MAX_ATTEMPTS {
            return Self::GiveUp { reason };
        }
        let doublings = u32::try_from(attempts - 1).unwrap_or(0);
        Self::Retry { reason, after: Duration::from_secs(1 << doublings.min(8)) }
    }
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

    #[test]
    fn a_failed_try_is_repeated_until_the_last() {
        let after = |attempts| JobMove::after_failure(attempts, "why".to_owned());
        let retry =
            |secs| JobMove::Retry { reason: "why".to_owned(), after: Duration::from_secs(secs) };
        assert_eq!([after(1), after(2), after(4)], [retry(1), retry(2), retry(8)]);
        assert_eq!(after(MAX_ATTEMPTS), JobMove::GiveUp { reason: "why".to_owned() });
    }
}
