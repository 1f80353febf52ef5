//! Snapshots: all that orgs have at a moment, as one document that can be kept, carried to another
//! server, restored, and compared with.
//!
//! What the database numbers for itself has no place in it: changes are numbered by their place in the
//! ledger, from 1, and jobs and consents refer to them so.

mod check;
mod diff;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Consent, Error, EventRegistration, Identity, Model, OrgName, PrivacyJob, Progression,
    RecordNumber, Resource, Result, Table, Timestamp,
};

pub use diff::Diff;

/// The version of the documents that are written, and the only one that is read.
const VERSION: u32 = 1;

/// The name of a snapshot: 1 to 64 letters, digits, dots, dashes and underscores; not `seed` or `empty`.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
pub struct SnapshotName(
    #[schemars(regex(pattern = Self::PATTERN), extend("not" = {"enum": Self::RESERVED}))] String,
);

impl SnapshotName {
    /// What it looks like, as a regular expression.
    pub const PATTERN: &str = "^[A-Za-z0-9._-]{1,64}$";
    /// What else a reset may lead to.
    pub const RESERVED: [&str; 2] = ["seed", "empty"];

    /// Checks the form.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let fits = (1..=64).contains(&text.len()) && text.chars().all(plain);
        if !fits || Self::RESERVED.contains(&text) {
            return Err(Error::RequestInvalid(
                "A snapshot's name is 1 to 64 letters, digits, dots, dashes and underscores, and not \
                 seed or empty."
                    .to_owned(),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much an org has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Counts {
    /// Profiles.
    #[schemars(range(min = 0))]
    pub profiles: i64,
    /// Records of all other resources.
    #[schemars(range(min = 0))]
    pub records: i64,
    /// Changes of `ccpaOptOut` on the ledger.
    #[schemars(range(min = 0))]
    pub changes: i64,
    /// Privacy jobs, also those that Privacy Service does not show.
    #[schemars(range(min = 0))]
    pub jobs: i64,
    /// Consents.
    #[schemars(range(min = 0))]
    pub consents: i64,
}

/// A snapshot as a document.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "SnapshotDocument")]
pub struct Snapshot {
    #[serde(rename = "campaignMockSnapshot")]
    #[schemars(range(min = VERSION, max = VERSION))]
    version: u32,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The orgs, by name.
    pub orgs: Vec<OrgState>,
}

/// All that an org has.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "SavedOrg")]
pub struct OrgState {
    /// Which org.
    #[schemars(with = "String")]
    pub org: OrgName,
    /// The number of its newest record, which may be gone.
    pub last_number: RecordNumber,
    /// What moves its jobs, if that was set for it.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub progression: Option<Progression>,
    /// Profiles and all other records, by number.
    pub records: Vec<SavedRecord>,
    /// The ledger.
    pub changes: Vec<SavedChange>,
    /// Its jobs, in order of creation.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub jobs: Vec<PrivacyJob>,
    /// What access jobs have found.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub archives: Vec<SavedArchive>,
    /// Its consents, in order.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub consents: Vec<SavedConsent>,
    /// Which webhooks get its events; what is owed to them is not saved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_registrations: Vec<EventRegistration>,
    /// Its exercises, in order of their ids; those of the seed, none of them done, where an earlier version left it out.
    pub exercises: Option<Vec<SavedExercise>>,
}

/// An exercise of an org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedExercise {
    /// As in the seed.
    pub id: String,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// A record with its links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedRecord {
    /// API name.
    pub resource: String,
    /// Its number.
    pub number: RecordNumber,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last written.
    pub last_modified: Timestamp,
    /// When the worker has to look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Every value that is set, by API name.
    pub values: Map<String, Value>,
    /// The records that its links lead to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, RecordNumber>,
}

/// A change of `ccpaOptOut`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedChange {
    /// The profile, which may be gone.
    pub profile: RecordNumber,
    /// 1, 2, 3 … per profile.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// The value since.
    pub to: bool,
    /// When it changed.
    pub changed_at: Timestamp,
    /// `X-Request-Id` of the write.
    pub request_id: String,
    /// Client id of the write.
    pub api_key: String,
    /// How the data subject was known at that moment.
    pub identities: Vec<Identity>,
    /// The privacy job or consent that made the change.
    pub applied_by: Option<String>,
    /// When an earlier version forwarded the change; documents of today have no such member.
    #[serde(default, skip_serializing)]
    #[schemars(skip)]
    pub settled_at: IgnoredAny,
}

/// What an access job has found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedArchive {
    /// The job, which may be gone.
    pub job_id: Uuid,
    /// The ZIP, in base64.
    pub content: String,
    /// Until when it is offered.
    pub expires: Option<Timestamp>,
}

/// A consent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedConsent {
    /// The change that became it, by its place in the ledger.
    pub change: Option<i64>,
    /// What was said.
    #[serde(flatten)]
    pub consent: Consent,
    /// How many profiles it changed.
    pub applied: Option<i64>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// An org in a snapshot, as lists show it.
#[derive(Debug, Clone)]
pub struct ListedSnapshot {
    /// The snapshot.
    pub name: String,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The org.
    pub org: String,
    /// How much it had.
    pub counts: Counts,
}

impl Snapshot {
    /// Puts orgs together.
    #[must_use]
    pub const fn new(taken_at: Timestamp, orgs: Vec<OrgState>) -> Self {
        Self { version: VERSION, taken_at, orgs }
    }

    /// Reads a document from wherever it comes, and checks it as far as no data model is needed.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] with a sentence that says what is wrong.
    pub fn parse(document: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(rename = "campaignMockSnapshot")]
            version: Option<Value>,
        }
        let unread = |fault| Error::RequestInvalid(format!("This is no snapshot: {fault}."));
        let head: Head = serde_json::from_slice(document).map_err(unread)?;
        if head.version != Some(VERSION.into()) {
            return Err(Error::RequestInvalid(format!(
                "This is no snapshot that this version reads: it needs \"campaignMockSnapshot\": {VERSION}."
            )));
        }
        let mut snapshot: Self = serde_json::from_slice(document).map_err(unread)?;
        snapshot.orgs.sort_by(|one, other| one.org.as_str().cmp(other.org.as_str()));
        let twins = snapshot.orgs.windows(2).find(|pair| pair[0].org == pair[1].org);
        if let Some(twins) = twins {
            let text = format!("The snapshot has the org '{}' twice.", twins[0].org);
            return Err(Error::RequestInvalid(text));
        }
        Ok(snapshot)
    }
}

impl OrgState {
    /// How much it is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let profiles = self.records.iter().filter(|record| record.resource == "profile").count();
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Counts {
            profiles: count(profiles),
            records: count(self.records.len() - profiles),
            changes: count(self.changes.len()),
            jobs: count(self.jobs.len()),
            consents: count(self.consents.len()),
        }
    }

    /// The resource of one of its records; [`Error::RequestInvalid`] if the model has none.
    fn resource<'a>(&self, model: &'a Model, name: &str) -> Result<&'a Resource> {
        let resource = model.resource(name);
        // A view of profiles has no records of its own.
        let own = |resource: &&Resource| resource.table != Table::Profile || name == "profile";
        resource.filter(own).ok_or_else(|| {
            Error::RequestInvalid(format!(
                "The snapshot has records of '{}', which the data model of org '{}' does not know.",
                super::policy::shorten(name),
                self.org
            ))
        })
    }
}
