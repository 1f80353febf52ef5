//! What `POST /consent` says: who wants, or no longer wants, their data not to be sold
//! (`docs/reference/privacy-service.md` §7).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::invalid;
use super::request::{array, object, optional, string};
use crate::domain::json_body::json_value;
use crate::domain::{Identity, ImsOrgId, Result, Timestamp};

/// A checked consent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// Whether the data subjects opt out.
    pub opt_out_of_sale: bool,
    /// How they are known.
    pub identities: Vec<Identity>,
    /// The caller's id of the request.
    pub request_id: Option<String>,
    /// The caller's id of the transaction.
    pub transaction_id: Option<String>,
}

impl Consent {
    /// Reads and checks a body sent for `ims_org`. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid) with a sentence that names the
    /// field.
    pub fn parse(body: &[u8], ims_org: &ImsOrgId) -> Result<Self> {
        let body: Value =
            json_value(body).map_err(|fault| invalid(format!("The body is not JSON: {fault}.")))?;
        let consent = object(&body, "The body")?;
        let opt_out_of_sale = match consent.get("optOutOfSale") {
            Some(Value::Bool(value)) => *value,
            None => return Err(invalid("optOutOfSale is required.")),
            Some(_) => return Err(invalid("optOutOfSale must be true or false.")),
        };
        if optional(consent, "orgId")?.is_some_and(|org| org != ims_org.as_str()) {
            return Err(invalid("orgId must be the org of the x-gw-ims-org-id header."));
        }
        let mut identities = Vec::new();
        for entity in array(consent, "entities")? {
            identities.extend(entity_identities(object(entity, "An item of entities")?)?);
        }
        Ok(Self {
            opt_out_of_sale,
            identities,
            request_id: optional(consent, "requestId")?.map(str::to_owned),
            transaction_id: optional(consent, "transactionId")?.map(str::to_owned),
        })
    }
}

fn entity_identities(entity: &Map<String, Value>) -> Result<Vec<Identity>> {
    let namespace = string(entity, "nameSpace")?;
    let mut seen = HashSet::new();
    let mut identities = Vec::new();
    for value in array(entity, "values")? {
        let value = value.as_str().filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| invalid("values must hold strings that are not empty."))?;
        if !seen.insert(value) {
            return Err(invalid("values may name each value once."));
        }
        let identity = Identity::new(namespace, value, "standard");
        if identity.namespace_id.is_none() {
            return Err(invalid(format!(
                "nameSpace must be a standard one, not '{}'.",
                crate::domain::policy::shorten(namespace)
            )));
        }
        identities.push(identity);
    }
    Ok(identities)
}

/// A consent as the control API shows it.
#[derive(Debug, Clone)]
pub struct ConsentEntry {
    /// Its place among all consents of the database.
    pub id: i64,
    /// The change of the ledger that became it.
    pub change: Option<i64>,
    /// The consent.
    pub consent: Consent,
    /// How many profiles it changed; none where consents are not applied.
    pub applied: Option<i64>,
    /// When it was recorded.
    pub recorded: Timestamp,
}
