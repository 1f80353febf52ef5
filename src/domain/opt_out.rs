//! The opt-out change: what the hook records in the ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Attributes, JobStatus, PKey, RecordNumber, Timestamp};

/// An identity of a data subject, as privacy requests carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Identity {
    /// Such as `email`; standard ones are known by name, in any letter case.
    pub namespace: String,
    /// The identity itself.
    pub value: String,
    /// The namespace qualifier: `standard`, `custom`, `unregistered` …
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of a standard namespace, left out for others.
    #[serde(rename = "namespaceId", default, skip_serializing_if = "Option::is_none")]
    pub namespace_id: Option<i64>,
    /// Set by Adobe's privacy JavaScript library only.
    #[serde(rename = "isDeletedClientSide", default)]
    pub is_deleted_client_side: bool,
}

impl Identity {
    /// The namespace qualifiers that callers may send (`docs/reference/privacy-service.md` §8).
    pub const KINDS: [&str; 7] = [
        "standard",
        "custom",
        "integrationCode",
        Self::NAMESPACE_ID,
        "unregistered",
        "analytics",
        "target",
    ];
    /// The qualifier of an identity that is named by the id of its namespace.
    pub const NAMESPACE_ID: &str = "namespaceId";

    /// An identity as callers send it, with the id of its namespace if that is a standard one.
    pub(super) fn new(namespace: &str, value: &str, kind: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            value: value.to_owned(),
            kind: kind.to_owned(),
            namespace_id: None,
            is_deleted_client_side: false,
        }
        .with_standard_id()
    }

    /// An identity in a standard namespace.
    #[must_use]
    pub fn standard(namespace: &str, value: &str) -> Self {
        Self::new(namespace, value, "standard")
    }

    /// An identity in a namespace that the org has made.
    #[must_use]
    pub fn custom(namespace: &str, value: &str) -> Self {
        Self::new(namespace, value, "custom")
    }

    /// How a profile is known to privacy requests: by e-mail and mobile phone, as far as it has
    /// them, else by its key.
    #[must_use]
    pub fn of_profile(attributes: &Attributes, pkey: impl FnOnce() -> PKey) -> Vec<Self> {
        let known: Vec<_> = [("email", "email"), ("phone", "mobilePhone")]
            .into_iter()
            .map(|(namespace, field)| (namespace, attributes.text(field)))
            .filter(|(_, value)| !value.is_empty())
            .map(|(namespace, value)| Self::new(namespace, value, "standard"))
            .collect();
        if known.is_empty() {
            return vec![Self::new("PKey", pkey().as_str(), "unregistered")];
        }
        known
    }

    /// Fills in the id of a standard namespace, as the service does
    /// (`docs/reference/privacy-service.md` §3, §8).
    #[must_use]
    pub fn with_standard_id(mut self) -> Self {
        if self.namespace_id.is_none() && self.kind == "standard" {
            self.namespace_id = STANDARD
                .iter()
                .find(|(name, _)| self.namespace.eq_ignore_ascii_case(name))
                .map(|(_, id)| *id);
        }
        self
    }

    /// Whether its namespace has an id: that of a standard one, where the id alone names it.
    #[must_use]
    pub fn has_known_id(&self) -> bool {
        let is_standard = |id| STANDARD.iter().any(|(_, known)| *known == id);
        self.namespace_id.is_some_and(|id| self.kind != Self::NAMESPACE_ID || is_standard(id))
    }
}

/// The standard namespaces, by name and id.
const STANDARD: [(&str, i64); 9] = [
    ("email", 6),
    ("phone", 7),
    ("adcloud", 411),
    ("core", 0),
    ("ecid", 4),
    ("tntid", 9),
    ("idfa", 20915),
    ("gaid", 20914),
    ("waid", 8),
];

/// A difference of `ccpaOptOut` before and after one write. Invariant: only [`Self::between`] makes
/// one, so the same value again is no change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOutChange {
    /// The profile that changed.
    pub profile: RecordNumber,
    /// The value from now on; the value before was the opposite.
    pub to: bool,
    /// When it changed.
    pub at: Timestamp,
    /// How the data subject was known at that moment.
    pub identities: Vec<Identity>,
}

impl OptOutChange {
    /// The change that a write makes, if it makes one. A profile that did not exist had not opted
    /// out.
    #[must_use]
    pub fn between(
        before: Option<&Attributes>,
        after: &Attributes,
        profile: RecordNumber,
        pkey: impl FnOnce() -> PKey,
        at: Timestamp,
    ) -> Option<Self> {
        let from = before.is_some_and(Attributes::ccpa_opt_out);
        let to = after.ccpa_opt_out();
        (from != to).then(|| Self {
            profile,
            to,
            at,
            identities: Identity::of_profile(after, pkey),
        })
    }
}

/// Which rows of a ledger are asked for.
#[derive(Debug, Clone, Copy)]
pub struct LedgerRange {
    /// Rows after the one of this id.
    pub after: i64,
    /// Rows before the one of this id.
    pub before: i64,
    /// Whether the newest comes first; else the oldest does.
    pub newest_first: bool,
    /// How many rows at most.
    pub limit: i64,
}

impl LedgerRange {
    /// The whole ledger, oldest first.
    pub const ALL: Self = Self { after: 0, before: i64::MAX, newest_first: false, limit: i64::MAX };
}

/// A row of the ledger as the control API shows it.
#[derive(Debug, Clone)]
pub struct LedgerEntry {
    /// Its place among all changes of the database.
    pub id: i64,
    /// The profile.
    pub profile: RecordNumber,
    /// 1, 2, 3 … per profile.
    pub sequence: i64,
    /// The value before.
    pub from: bool,
    /// The value since.
    pub to: bool,
    /// When it changed.
    pub at: Timestamp,
    /// `X-Request-Id` of the write.
    pub request_id: String,
    /// Client id of the write.
    pub api_key: String,
    /// The privacy job or consent that made the change, which becomes neither.
    pub applied_by: Option<String>,
    /// The job it became; a withdrawal becomes none.
    pub job_id: Option<String>,
    /// The state of that job.
    pub job_status: Option<String>,
}

impl LedgerEntry {
    /// Whether the job that it became, if any, is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let status = self.job_status.as_deref().and_then(JobStatus::parse);
        status.is_none_or(JobStatus::is_final)
    }
}
