//! Privacy requests and the jobs they become (`reference/privacy-service.md` §3–§5, §8).

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::policy::shorten;
use super::{Error, Identity, ImsOrgId, Result, Timestamp};

/// Most identities in one request.
const MAX_IDENTITIES: usize = 1000;
/// Most identities of one user.
const MAX_IDENTITIES_PER_USER: usize = 9;
/// Products of the seed era and today's, compared in any letter case.
const PRODUCTS: [&str; 14] = [
    "AdCloud",
    "Analytics",
    "AudienceManager",
    "Campaign",
    "aepDataLake",
    "primetimeAuthentication",
    "Target",
    "CRS",
    "ProfileService",
    "AdobeCloudPlatform",
    "automationProduct",
    "Identity",
    "marketo",
    "DPSC",
];

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

/// A data subject of a request.
#[derive(Debug, Clone)]
pub struct RequestedUser {
    /// The caller's label.
    pub key: String,
    /// What is to be done, in the caller's order.
    pub actions: Vec<Action>,
    /// How the data subject is known.
    pub identities: Vec<Identity>,
}

/// A checked privacy request.
#[derive(Debug, Clone)]
pub struct PrivacyRequest {
    /// The data subjects.
    pub users: Vec<RequestedUser>,
    /// The products, as the caller spells them.
    pub products: Vec<String>,
    /// The law.
    pub regulation: Regulation,
}

impl PrivacyRequest {
    /// Reads and checks the body of a create call made for `ims_org`. Unknown members are ignored,
    /// at every level.
    ///
    /// # Errors
    /// [`Error::PrivacyInvalid`] with a sentence that names the field.
    pub fn parse(body: &[u8], ims_org: &ImsOrgId) -> Result<Self> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|fault| invalid(format!("The body is not JSON: {fault}.")))?;
        let request = object(&body, "The body")?;
        check_company_contexts(request, ims_org)?;
        let users = users(request)?;
        check_actions(&users)?;
        let products = products(request)?;
        one_of(request, "priority", &["normal", "low"])?;
        one_of(request, "analyticsDeleteMethod", &["anonymize", "purge"])?;
        for spelling in ["expandIDs", "expandIds"] {
            match request.get(spelling) {
                None | Some(Value::Bool(_)) => {}
                Some(Value::String(word)) if word == "true" || word == "false" => {}
                Some(_) => return Err(invalid(format!("{spelling} must be true or false."))),
            }
        }
        let regulation = string(request, "regulation")?;
        let regulation = Regulation::parse(regulation).ok_or_else(|| {
            invalid(format!("regulation must be gdpr or ccpa, not '{}'.", shorten(regulation)))
        })?;
        Ok(Self { users, products, regulation })
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::PrivacyInvalid(detail.into())
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| invalid(format!("{what} must be a JSON object.")))
}

fn array<'a>(of: &'a Map<String, Value>, name: &str) -> Result<&'a [Value]> {
    match of.get(name) {
        Some(Value::Array(items)) if !items.is_empty() => Ok(items),
        None => Err(invalid(format!("{name} is required."))),
        Some(_) => Err(invalid(format!("{name} must be an array with at least one item."))),
    }
}

fn string<'a>(of: &'a Map<String, Value>, name: &str) -> Result<&'a str> {
    match of.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        None => Err(invalid(format!("{name} is required."))),
        Some(_) => Err(invalid(format!("{name} must be a string that is not empty."))),
    }
}

fn one_of(of: &Map<String, Value>, name: &str, values: &[&str]) -> Result<()> {
    match of.get(name) {
        None => Ok(()),
        Some(Value::String(text)) if values.contains(&text.as_str()) => Ok(()),
        Some(_) => Err(invalid(format!("{name} must be {}.", values.join(" or ")))),
    }
}

fn check_company_contexts(request: &Map<String, Value>, ims_org: &ImsOrgId) -> Result<()> {
    let mut named = None;
    for context in array(request, "companyContexts")? {
        let context = object(context, "An item of companyContexts")?;
        let (namespace, value) = (string(context, "namespace")?, string(context, "value")?);
        // Prose says imsOrgId, samples imsOrgID, the specification imsOrg: all mean the org.
        if ["imsorgid", "imsorg"].contains(&namespace.to_ascii_lowercase().as_str()) {
            named = Some(value);
        }
    }
    match named {
        None => Err(invalid("companyContexts must have an item with the namespace imsOrgID.")),
        Some(value) if value == ims_org.as_str() => Ok(()),
        Some(_) => Err(invalid(
            "The imsOrgID in companyContexts must be the org of the x-gw-ims-org-id header.",
        )),
    }
}

fn users(request: &Map<String, Value>) -> Result<Vec<RequestedUser>> {
    let users = array(request, "users")?.iter().map(user).collect::<Result<Vec<_>>>()?;
    let identities: usize = users.iter().map(|user| user.identities.len()).sum();
    if identities > MAX_IDENTITIES {
        return Err(invalid(format!(
            "users hold {identities} IDs in all; one request may have {MAX_IDENTITIES}."
        )));
    }
    Ok(users)
}

fn user(value: &Value) -> Result<RequestedUser> {
    let user = object(value, "An item of users")?;
    let key = string(user, "key")?.to_owned();
    let actions = array(user, "action")?
        .iter()
        .map(|action| {
            action.as_str().and_then(Action::parse).ok_or_else(|| {
                invalid("action may hold access, delete or opt-out-of-sale, and nothing else.")
            })
        })
        .collect::<Result<Vec<_>>>()?;
    if actions.iter().collect::<HashSet<_>>().len() < actions.len() {
        return Err(invalid("action may name each action once."));
    }
    let identities = array(user, "userIDs")?;
    if identities.len() > MAX_IDENTITIES_PER_USER {
        return Err(invalid(format!(
            "userIDs of one user may have {MAX_IDENTITIES_PER_USER} items, not {}.",
            identities.len()
        )));
    }
    let identities = identities.iter().map(identity).collect::<Result<_>>()?;
    Ok(RequestedUser { key, actions, identities })
}

fn identity(value: &Value) -> Result<Identity> {
    let members = object(value, "An item of userIDs")?;
    let text = |name| string(members, name).map(str::to_owned);
    let namespace_id = match members.get("namespaceId") {
        None | Some(Value::Null) => None,
        Some(id) => Some(id.as_i64().ok_or_else(|| invalid("namespaceId must be an integer."))?),
    };
    let is_deleted_client_side = match members.get("isDeletedClientSide") {
        None | Some(Value::Null) => false,
        Some(flag) => {
            flag.as_bool().ok_or_else(|| invalid("isDeletedClientSide must be true or false."))?
        }
    };
    let identity = Identity {
        namespace: text("namespace")?,
        value: text("value")?,
        kind: text("type")?,
        namespace_id,
        is_deleted_client_side,
    };
    Ok(identity.with_standard_id())
}

/// An opt-out stands alone: neither beside other actions of a user nor beside other users' ones.
fn check_actions(users: &[RequestedUser]) -> Result<()> {
    let actions: HashSet<_> = users.iter().flat_map(|user| &user.actions).collect();
    if actions.contains(&Action::OptOutOfSale) && actions.len() > 1 {
        return Err(invalid(
            "opt-out-of-sale must be requested alone: send access and delete in another request.",
        ));
    }
    Ok(())
}

fn products(request: &Map<String, Value>) -> Result<Vec<String>> {
    let mut seen = HashSet::new();
    array(request, "include")?
        .iter()
        .map(|product| {
            let name = product.as_str().ok_or_else(|| invalid("include must hold strings."))?;
            let known = PRODUCTS.iter().any(|known| known.eq_ignore_ascii_case(name));
            if !known {
                return Err(invalid(format!(
                    "include names an unknown product: '{}'.",
                    shorten(name)
                )));
            }
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(invalid(format!("include names '{}' twice.", shorten(name))));
            }
            Ok(name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrgName;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let org = ImsOrgId::of(&OrgName::parse("acme").unwrap());
            prop_assert!(PrivacyRequest::parse(&body, &org).is_err());
        }
    }
}
