//! Privacy requests: what a create call asks for, checked (`docs/reference/privacy-service.md` §3, §8).

use std::collections::HashSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Action, CAMPAIGN, Regulation, Vocabulary, invalid};
use crate::domain::json_body::json_value;
use crate::domain::policy::shorten;
use crate::domain::{Identity, ImsOrgId, Result};

/// Most identities in one request.
const MAX_IDENTITIES: usize = 1000;
/// Most identities of one user.
const MAX_IDENTITIES_PER_USER: usize = 9;
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
    /// The Campaign instance that its contexts name.
    pub instance: Option<String>,
    /// The law.
    pub regulation: Regulation,
}

impl PrivacyRequest {
    /// Reads and checks the body of a create call made for `ims_org`, `vocabulary` being the words it may
    /// use. Unknown members are ignored, at every level.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid) with a sentence that names the
    /// field.
    pub fn parse(body: &[u8], ims_org: &ImsOrgId, vocabulary: &Vocabulary) -> Result<Self> {
        let body: Value =
            json_value(body).map_err(|fault| invalid(format!("The body is not JSON: {fault}.")))?;
        let request = object(&body, "The body")?;
        let instance = company_contexts(request, ims_org)?;
        let users = users(request)?;
        check_actions(&users)?;
        let products = products(request, vocabulary)?;
        one_of(request, "priority", &["normal", "low"])?;
        one_of(request, "analyticsDeleteMethod", &["anonymize", "purge"])?;
        for spelling in ["expandIDs", "expandIds"] {
            match request.get(spelling) {
                None | Some(Value::Bool(_)) => {}
                Some(Value::String(word)) if word == "true" || word == "false" => {}
                Some(_) => return Err(invalid(format!("{spelling} must be true or false."))),
            }
        }
        let word = string(request, "regulation")?;
        let regulation = vocabulary.regulation(word).ok_or_else(|| {
            let words = Regulation::words(vocabulary.regulations);
            invalid(format!("regulation must be one of {words}, not '{}'.", shorten(word)))
        })?;
        Ok(Self { users, products, instance, regulation })
    }
}

/// A checked request for a child job.
#[derive(Debug, Clone)]
pub struct ChildRequest {
    /// How the data subject is known as well.
    pub identities: Vec<Identity>,
    /// The products, as the caller spells them.
    pub products: Vec<String>,
    /// Who asks for it; the call of 2019 does not say.
    pub initiated_by: Option<String>,
}

impl ChildRequest {
    /// Reads and checks the body of a call for a child of the job `parent`, `legacy` being the call of 2019, which
    /// demands less (`docs/reference/privacy-service.md` §7).
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid) with a sentence that names the
    /// field.
    pub fn parse(body: &[u8], parent: Uuid, vocabulary: &Vocabulary, legacy: bool) -> Result<Self> {
        let body: Value =
            json_value(body).map_err(|fault| invalid(format!("The body is not JSON: {fault}.")))?;
        let request = object(&body, "The body")?;
        if optional(request, "parentJobId")?.is_some_and(|id| Uuid::try_parse(id) != Ok(parent)) {
            return Err(invalid("parentJobId must be the job of the address."));
        }
        Ok(Self {
            identities: identities(request)?,
            products: products(request, vocabulary)?,
            initiated_by: if legacy {
                optional(request, "initiatedBy")?.map(str::to_owned)
            } else {
                Some(string(request, "initiatedBy")?.to_owned())
            },
        })
    }
}

pub(super) fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| invalid(format!("{what} must be a JSON object.")))
}

pub(super) fn array<'a>(of: &'a Map<String, Value>, name: &str) -> Result<&'a [Value]> {
    match of.get(name) {
        Some(Value::Array(items)) if !items.is_empty() => Ok(items),
        None => Err(invalid(format!("{name} is required."))),
        Some(_) => Err(invalid(format!("{name} must be an array with at least one item."))),
    }
}

pub(super) fn string<'a>(of: &'a Map<String, Value>, name: &str) -> Result<&'a str> {
    match of.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        None => Err(invalid(format!("{name} is required."))),
        Some(_) => Err(invalid(format!("{name} must be a string that is not empty."))),
    }
}

/// A string that may be missing.
pub(super) fn optional<'a>(of: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>> {
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(format!("{name} must be a string."))),
    }
}

fn one_of(of: &Map<String, Value>, name: &str, values: &[&str]) -> Result<()> {
    match of.get(name) {
        None => Ok(()),
        Some(Value::String(text)) if values.contains(&text.as_str()) => Ok(()),
        Some(_) => Err(invalid(format!("{name} must be {}.", values.join(" or ")))),
    }
}

/// The org is checked; answers the Campaign instance, if one is named.
fn company_contexts(request: &Map<String, Value>, ims_org: &ImsOrgId) -> Result<Option<String>> {
    let (mut named, mut instance) = (None, None);
    for context in array(request, "companyContexts")? {
        let context = object(context, "An item of companyContexts")?;
        let (namespace, value) = (string(context, "namespace")?, string(context, "value")?);
        // Prose says imsOrgId, samples imsOrgID, the specification imsOrg: all mean the org.
        if ["imsorgid", "imsorg"].contains(&namespace.to_ascii_lowercase().as_str()) {
            named = Some(value);
        } else if namespace.eq_ignore_ascii_case(CAMPAIGN) {
            instance = Some(value.to_owned());
        }
    }
    match named {
        None => Err(invalid("companyContexts must have an item with the namespace imsOrgID.")),
        Some(value) if value == ims_org.as_str() => Ok(instance),
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
    Ok(RequestedUser { key, actions, identities: identities(user)? })
}

fn identities(of: &Map<String, Value>) -> Result<Vec<Identity>> {
    let identities = array(of, "userIDs")?;
    if identities.len() > MAX_IDENTITIES_PER_USER {
        return Err(invalid(format!(
            "userIDs of one user may have {MAX_IDENTITIES_PER_USER} items, not {}.",
            identities.len()
        )));
    }
    identities.iter().map(identity).collect()
}

/// Reads and checks an identity. One of the type `namespaceId` is named by that member, or by a namespace that is the
/// id's text, as the vendor's pages have it.
pub(super) fn identity(value: &Value) -> Result<Identity> {
    let members = object(value, "An item of userIDs")?;
    let text = |name| string(members, name).map(str::to_owned);
    let kind = text("type")?;
    if !Identity::KINDS.contains(&kind.as_str()) {
        return Err(invalid(format!(
            "type must be one of {}, not '{}'.",
            Identity::KINDS.join(", "),
            shorten(&kind)
        )));
    }
    let (namespace, namespace_id) = if kind == Identity::NAMESPACE_ID {
        let named = optional(members, "namespace")?.filter(|text| !text.is_empty());
        let id = match namespace_id(members, whole_number)? {
            Some(id) => id,
            None => named.and_then(whole_number).ok_or_else(|| {
                invalid("namespaceId is required where type is namespaceId: the id of a namespace.")
            })?,
        };
        (named.map_or_else(|| id.to_string(), str::to_owned), Some(id))
    } else {
        (text("namespace")?, namespace_id(members, |_| None)?)
    };
    let is_deleted_client_side = match members.get("isDeletedClientSide") {
        None | Some(Value::Null) => false,
        Some(flag) => {
            flag.as_bool().ok_or_else(|| invalid("isDeletedClientSide must be true or false."))?
        }
    };
    let identity =
        Identity { namespace, value: text("value")?, kind, namespace_id, is_deleted_client_side };
    Ok(identity.with_standard_id())
}

/// The id of a namespace: a number, or a text that `read` takes for one.
fn namespace_id(
    members: &Map<String, Value>,
    read: impl Fn(&str) -> Option<i64>,
) -> Result<Option<i64>> {
    let id = match members.get("namespaceId") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => read(text),
        Some(id) => id.as_i64(),
    };
    id.map(Some).ok_or_else(|| invalid("namespaceId must be an integer."))
}

/// A number that is written with digits alone.
fn whole_number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
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

fn products(request: &Map<String, Value>, vocabulary: &Vocabulary) -> Result<Vec<String>> {
    let mut seen = HashSet::new();
    array(request, "include")?
        .iter()
        .map(|item| {
            let name = item.as_str().ok_or_else(|| invalid("include must hold strings."))?;
            if vocabulary.product(name).is_none() {
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

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let org = ImsOrgId::of(&OrgName::parse("acme").unwrap());
            prop_assert!(PrivacyRequest::parse(&body, &org, &Vocabulary::TODAY).is_err());
        }
    }
}
