//! What a product answers when it has finished its part of a job
//! (`docs/reference/privacy-service.md` §4, §6).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::Identity;

/// The outcome of a product's work, by its code on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseCode {
    /// The request is not in the required format.
    #[serde(rename = "PRVCY-1000-400")]
    Formatting,
    /// The org may not use the product.
    #[serde(rename = "PRVCY-1001-400")]
    NotAuthorised,
    /// Rights are missing.
    #[serde(rename = "PRVCY-1010-400")]
    Permissions,
    /// The archive could not be made.
    #[serde(rename = "PRVCY-1020-400")]
    Upload,
    /// The work failed.
    #[serde(rename = "PRVCY-1021-400")]
    JobFailure,
    /// The data could not be reached.
    #[serde(rename = "PRVCY-1022-400")]
    DataAccess,
    /// The data could not be reached, in another way.
    #[serde(rename = "PRVCY-1023-400")]
    DataAccessOther,
    /// Anything else.
    #[serde(rename = "PRVCY-1024-400")]
    Unexpected,
    /// Too much work.
    #[serde(rename = "PRVCY-1030-400")]
    RateLimit,
    /// The key of encrypted data could not be reached.
    #[serde(rename = "PRVCY-1040-400")]
    KeyAccess,
    /// Done.
    #[serde(rename = "PRVCY-6000-200")]
    Success,
    /// The org does not have the product.
    #[serde(rename = "PRVCY-6051-200")]
    NotProvisioned,
    /// Nobody goes by these identities.
    #[serde(rename = "PRVCY-6052-200")]
    IdsNotFound,
    /// The product does not know the namespaces.
    #[serde(rename = "PRVCY-6053-200")]
    InvalidNamespace,
    /// Done for some of the identities.
    #[serde(rename = "PRVCY-6054-200")]
    PartiallyCompleted,
}

/// What a product adds to a success, and to one for a part of the identities.
const DETAILS: [(ResponseCode, &str); 2] = [
    (ResponseCode::Success, "Finished successfully."),
    (
        ResponseCode::PartiallyCompleted,
        "PARTIALLY COMPLETED- Data not found for some requests, check results for more info.",
    ),
];

/// Code, what it stands for, and the text of the vendor's troubleshooting guide where there is one.
const CODES: [(&str, ResponseCode, &str); 15] = [
    ("PRVCY-1000-400", ResponseCode::Formatting, "The data is not in the required format."),
    ("PRVCY-1001-400", ResponseCode::NotAuthorised, "The IMS Org is not authorised."),
    ("PRVCY-1010-400", ResponseCode::Permissions, "Access and permissions are required."),
    (
        "PRVCY-1020-400",
        ResponseCode::Upload,
        "There was a problem uploading and archiving the access data.",
    ),
    ("PRVCY-1021-400", ResponseCode::JobFailure, "The job failed."),
    ("PRVCY-1022-400", ResponseCode::DataAccess, "The data could not be accessed."),
    ("PRVCY-1023-400", ResponseCode::DataAccessOther, "The data could not be accessed."),
    ("PRVCY-1024-400", ResponseCode::Unexpected, "An unexpected error has occurred."),
    (
        "PRVCY-1030-400",
        ResponseCode::RateLimit,
        "The workload was exceeded for the current document rate limit.",
    ),
    ("PRVCY-1040-400", ResponseCode::KeyAccess, "The key could not be accessed."),
    ("PRVCY-6000-200", ResponseCode::Success, "Success"),
    ("PRVCY-6051-200", ResponseCode::NotProvisioned, "The IMS Org has not been provisioned."),
    ("PRVCY-6052-200", ResponseCode::IdsNotFound, "User IDs were not found."),
    ("PRVCY-6053-200", ResponseCode::InvalidNamespace, "Invalid Namespace"),
    ("PRVCY-6054-200", ResponseCode::PartiallyCompleted, "Success"),
];

impl ResponseCode {
    /// As on the wire: `PRVCY-6000-200`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.entry().0
    }

    /// What it says to people.
    #[must_use]
    pub fn message(self) -> &'static str {
        self.entry().2
    }

    /// Reads the wire's code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        CODES.iter().find(|(code, ..)| *code == text).map(|(_, code, _)| *code)
    }

    /// Whether the product failed; codes that end in `-200` are answers.
    #[must_use]
    pub fn is_error(self) -> bool {
        self.as_str().ends_with("-400")
    }

    fn entry(self) -> &'static (&'static str, Self, &'static str) {
        CODES.iter().find(|(_, code, _)| *code == self).unwrap_or(&CODES[7])
    }
}

/// A product's last word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What came of it.
    pub code: ResponseCode,
    /// A sentence more.
    pub detail: String,
    /// Which identities it was done for, where not for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<Results>,
}

/// The values of a job's identities, by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline, deny_unknown_fields)]
pub struct Results {
    /// Found, and done.
    pub processed: Vec<String>,
    /// Not found.
    pub ignored: Vec<String>,
}

impl Outcome {
    /// The work is done.
    #[must_use]
    pub fn success() -> Self {
        ResponseCode::Success.into()
    }

    /// An outcome with a sentence of its own.
    pub fn new(code: ResponseCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), results: None }
    }

    /// Those of a job's identities for which the work is done.
    pub fn worked_on<'i>(
        &self,
        identities: &'i [Identity],
    ) -> impl Iterator<Item = &'i Identity> + use<'i, '_> {
        let done = matches!(self.code, ResponseCode::Success | ResponseCode::PartiallyCompleted);
        let is_processed = |value: &String| {
            self.results.as_ref().is_none_or(|results| results.processed.contains(value))
        };
        identities.iter().filter(move |identity| done && is_processed(&identity.value))
    }
}

impl From<ResponseCode> for Outcome {
    /// An outcome that says no more than its code.
    fn from(code: ResponseCode) -> Self {
        let detail = DETAILS.iter().find(|(known, _)| *known == code);
        Self::new(code, detail.map_or(code.message(), |(_, detail)| detail))
    }
}

impl From<Results> for Outcome {
    /// Done for some of the identities.
    fn from(results: Results) -> Self {
        Self { results: Some(results), ..ResponseCode::PartiallyCompleted.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_stored_as_it_is_written() {
        for (text, code, _) in CODES {
            assert_eq!(serde_json::to_value(code).unwrap(), text);
            assert_eq!((code.as_str(), ResponseCode::parse(text)), (text, Some(code)));
        }
        assert!(ResponseCode::JobFailure.is_error() && !ResponseCode::IdsNotFound.is_error());
    }
}
