//! The one vocabulary of everything that can be refused or go wrong.
//!
//! It knows no status codes and no vendor bodies (those are `http/error.rs`). The `Display` text of
//! a variant is the plain sentence that travels as `X-Mock-Reason`: what is wrong, and what to do.

use super::placeholder::placeholder_advice as advice;
use super::{AdobeApi, Names, OrgName};

/// What the domain, the store and the services answer.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call is refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // --- who is calling -------------------------------------------------------------------------
    /// No API key came with the call.
    #[error("No API key: send the X-Api-Key header with the key of one of the seed's credentials.")]
    ApiKeyMissing,
    /// The API key belongs to no credential; the text names a placeholder, if it is one.
    #[error("{0}This API key belongs to no credential of the seed: check the X-Api-Key header.")]
    ApiKeyInvalid(String),
    /// The API key's credential is not subscribed to the API.
    #[error(
        "The credential of this API key is not subscribed to {0}: use one whose 'apis' in org.json have it."
    )]
    ApiKeyNotSubscribed(AdobeApi),
    /// No bearer token came with the call.
    #[error(
        "No access token: send 'Authorization: Bearer <token>'; 'campaign-mock token' mints one."
    )]
    TokenMissing,
    /// The bearer token is not ours, altered or expired; the text says which.
    #[error("{0}")]
    TokenInvalid(String),
    /// The token's scopes do not open the API.
    #[error("The token does not open {0}: ask for one with the scope {needs}.", needs = .0.needs())]
    ScopeMismatch(AdobeApi),
    /// The call names no IMS org.
    #[error("No IMS org: send the x-gw-ims-org-id header with the imsOrgId of your tenant.")]
    ImsOrgMissing,
    /// The token gives no right on the tenant of the URL.
    #[error(
        "The token is for org '{granted}', which gives no right on '{org}': mint one with 'campaign-mock token --org {org}'."
    )]
    NotEntitled {
        /// The tenant called.
        org: OrgName,
        /// The org the token was minted for.
        granted: OrgName,
    },
    /// The token gives no right on the IMS org, or no tenant has that id.
    #[error(
        "{placeholder}No tenant that this token opens has the IMS org '{0}': tenants get theirs when they are first called, and the ready line and /__admin/opt-outs print it.", placeholder = advice(.0)
    )]
    ImsOrgNotEntitled(String),
    /// A signed address of a download is not genuine or too old; the text says which.
    #[error("{0}")]
    DownloadRefused(String),
    /// No customer of the seed owns that org.
    #[error("{}No org '{org}' here: use {customers}, or one of those with a suffix such as '-w3'.", advice(.org))]
    UnknownOrg {
        /// What the URL says.
        org: String,
        /// The orgs of the seed, ready to read.
        customers: String,
    },
    /// There is no such org yet, and the call is not to make one.
    #[error("There is no org '{org}': use {orgs}, or add create=true to create it from the seed.")]
    OrgMissing {
        /// As it was sent.
        org: String,
        /// The orgs that there are, ready to read.
        orgs: String,
    },

    /// The token service gives no token; the text says what to do.
    #[error("{reason}")]
    LoginRefused {
        /// What is wrong.
        fault: LoginFault,
        /// What to do.
        reason: String,
    },

    // --- addressing a record --------------------------------------------------------------------
    /// The key starts with `@` but is no PKey of this org and resource.
    #[error(
        "{}'{pkey}' is not a PKey of a '{}' of this org: PKeys are opaque, per org, per resource and per server database; take one from an answer of this server.", advice(.pkey), .resource.name
    )]
    PKeyUnknown {
        /// As sent.
        pkey: String,
        /// What it was taken for.
        resource: Box<Names>,
        /// Where it stands.
        place: KeyLocation,
    },
    /// No record has that key, or a genuine PKey's record is gone.
    #[error(
        "{}No '{}' has the key '{key}': it was deleted or never existed in this database{}.", advice(.key), .resource.name, hint(*.keyed)
    )]
    RecordMissing {
        /// `PKey` or key, as sent.
        key: String,
        /// What it was taken for.
        resource: Box<Names>,
        /// Where it stands.
        place: KeyLocation,
        /// Whether the resource has a key beside its PKeys.
        keyed: bool,
    },
    /// The path names no resource of the API.
    #[error(
        "{placeholder}'{0}' is not a resource of this API: docs/coverage.md lists them. Resources of the seed (cus...) are under profileAndServicesExt, its events (EVT...) under mc<organization>.", placeholder = advice(.0)
    )]
    UnknownResource(String),
    /// What the address in a member leads to is on record nowhere.
    #[error(
        "What the address in '{0}' leads to is on record nowhere, so this server has nothing there: read the record's other members."
    )]
    Unanswered(String),
    /// Something follows where the path should have ended.
    #[error("The path has a segment too many: '{segment}'.")]
    StraySegment {
        /// It.
        segment: String,
        /// Whether it follows a resource of the customer's own.
        custom: bool,
    },
    /// A key that is no number, of a resource whose records have no other key.
    #[error(
        "{}'{key}' is not the key of a '{}': address records by their PKey, which starts with '@'.", advice(.key), .resource.name
    )]
    KeyNotNumeric {
        /// As sent.
        key: String,
        /// What it was taken for.
        resource: Box<Names>,
    },
    /// A filter that the resource does not have, or that the API does not show.
    #[error(
        "{}'{name}' is no filter of '{resource}' here, so it was read as the key of a record: the filters are {known}; PKeys start with '@'{}.", advice(.name), filter_hint(*.hidden)
    )]
    FilterUnknown {
        /// As sent.
        name: String,
        /// The resource.
        resource: String,
        /// What there is.
        known: String,
        /// Whether it is a filter of the customer's own, which the API does not show.
        hidden: bool,
    },
    /// A list cannot be ordered by that.
    #[error(
        "'{resource}' cannot be ordered by '{field}': metadata shows which fields are sortable."
    )]
    NotSortable {
        /// As sent.
        field: String,
        /// The resource.
        resource: String,
    },
    /// A paging cursor that this server did not issue for this list.
    #[error("'{0}' is not a cursor of this list: use _lineStart only as found in a 'next' href.")]
    CursorUnknown(String),
    /// The record of that key exists already.
    #[error("There is a '{}' with the key '{key}' already: choose another, or change that one.", .resource.name)]
    KeyTaken {
        /// The key.
        key: String,
        /// Of what.
        resource: Box<Names>,
        /// The database's name of the constraint.
        constraint: String,
        /// The database's name of its columns.
        column: String,
    },
    /// The body says that its record has a PKey, and it has not.
    #[error(
        "The PKey '{pkey}' in the body is not the record's: leave PKey out of the body, or send the one of the record that the URL names; a new record has none."
    )]
    PKeyNotOwn {
        /// As sent.
        pkey: String,
        /// The resource.
        resource: Box<Names>,
    },
    /// The key in the URL and the one in the body differ.
    #[error(
        "The key of a record that is addressed by it cannot be changed: address it by its PKey, or leave '{to}' out of the body."
    )]
    KeyInconsistent {
        /// The resource.
        resource: String,
        /// In the URL.
        from: String,
        /// In the body.
        to: String,
    },

    // --- workflows ------------------------------------------------------------------------------
    /// A parameter that the signal does not declare.
    #[error("The signal '{activity}' declares no parameter '{parameter}': it declares {declared}.")]
    ParameterUndeclared {
        /// As sent.
        parameter: String,
        /// The activity.
        activity: String,
        /// What there is.
        declared: String,
    },
    /// A signal came again too soon; the text names the moment.
    #[error("{0}")]
    SignalTooSoon(String),
    /// A call that the workflow's state does not allow, or that is malformed.
    #[error("{0}")]
    WorkflowRefused(String),

    // --- reading a Campaign body ----------------------------------------------------------------
    /// The body is not a JSON object.
    #[error("The body is not a JSON object: {detail}.")]
    NotAnObject {
        /// The first bare word that JSON does not know, when that is the fault.
        constant: Option<String>,
        /// What the parser found.
        detail: String,
    },
    /// The resource has no such property.
    #[error(
        "'{property}' is not a property of '{resource}' here: check its spelling and letter case; custom fields are under profileAndServicesExt."
    )]
    PropertyUnknown {
        /// As sent.
        property: String,
        /// The resource.
        resource: String,
    },
    /// The property exists and cannot be written.
    #[error("'{property}' of '{resource}' is set by the server: leave it out of the body.")]
    PropertyReadOnly {
        /// As sent.
        property: String,
        /// The resource.
        resource: String,
    },
    /// A value outside an enumeration.
    #[error("'{value}' is not a value of '{field}': send {expected}.")]
    NotInEnumeration {
        /// As sent.
        value: String,
        /// Qualified name, such as `nms:recipient:gender`.
        enumeration: String,
        /// API name of the field or query parameter.
        field: String,
        /// What would be accepted.
        expected: String,
    },
    /// A value of the wrong JSON type, or text that does not read as the type.
    #[error("'{field}' takes {expected}, not '{value}' ({from}).")]
    NotConvertible {
        /// API name of the field or query parameter.
        field: String,
        /// As sent, shortened.
        value: String,
        /// The vendor's name of the type sent.
        from: &'static str,
        /// The vendor's name of the type needed.
        to: &'static str,
        /// What would be accepted.
        expected: &'static str,
    },
    /// A whole number that is too large or too small for its type.
    #[error("'{field}' takes whole numbers from {least} to {most}, not {value}.")]
    OutOfLimits {
        /// API name of the field or query parameter.
        field: String,
        /// As sent.
        value: String,
        /// The vendor's name of the type.
        kind: &'static str,
        /// The smallest that the type holds.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// A value of the right type that a data policy refuses.
    #[error("'{field}' is refused: {detail}.")]
    ValueRefused {
        /// API name of the field.
        field: String,
        /// Why.
        detail: String,
    },

    // --- privacy requests -----------------------------------------------------------------------
    /// A privacy request, or a query, that breaks a rule; the text names the field.
    #[error("{0}")]
    RequestInvalid(String),
    /// `regulation` is missing from a query or not one of those supported.
    #[error("The query needs the parameter regulation: {supported}.")]
    RegulationInvalid {
        /// Those supported, ready to read.
        supported: String,
    },
    /// More jobs a page than the service gives.
    #[error("size may be 1 to {most}.")]
    PageSizeExceeded {
        /// How many it gives.
        most: i64,
    },
    /// The address names no job, as its id is malformed.
    #[error(
        "{placeholder}'{0}' is not the id of a job, which is a UUID: take one from an answer of this server.", placeholder = advice(.0)
    )]
    JobIdMalformed(String),
    /// No job matches.
    #[error("{0}")]
    JobMissing(String),

    // --- the control API ------------------------------------------------------------------------
    /// No snapshot has that name.
    #[error("There is no snapshot '{0}': GET /__admin/snapshots lists them.")]
    SnapshotMissing(String),

    // --- the machinery --------------------------------------------------------------------------
    /// The write queue is full.
    #[error("The server's write queue is full: slow down and repeat the call.")]
    Busy,
    /// The disk that holds the database is full; nothing was written.
    #[error(
        "The disk that holds the database is full: nothing was written; free some space and repeat the call."
    )]
    StorageFull,
    /// The commit failed half-way; only a restart can tell whether it took effect.
    #[error(
        "The database could not confirm the write, and the server stops: restart it and check whether the write took effect."
    )]
    OutcomeUnknown,
    /// A defect or an I/O error; the text goes to the log, never to the caller.
    #[error("The server failed internally: its log has the details.")]
    Internal(#[source] anyhow::Error),
}

/// What is wrong with a call to the token service (`docs/reference/ims-auth.md` §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginFault {
    /// There is no assertion.
    NoAssertion,
    /// No registered certificate fits the assertion's signature.
    Signature,
    /// The assertion is no JWT, or a number in it is none.
    NotJwt,
    /// Org, technical account and certificate of the assertion are not bound to the client.
    Binding,
    /// The assertion has expired.
    Expired,
    /// A claim is missing or badly formed.
    Claim,
    /// The assertion is made for another client.
    Audience,
    /// The assertion claims no metascope.
    NoMetascope,
    /// A metascope is unknown or not the credential's.
    Metascope,
    /// No credential has that client id.
    Client,
    /// The client secret is wrong.
    Secret,
    /// A scope is unknown or not the credential's.
    Scope,
    /// The authorization code is not known.
    Code,
    /// A grant that is not served there.
    Grant,
    /// A parameter is missing or wrong.
    Parameter,
}

impl LoginFault {
    /// A refusal for this fault.
    pub fn because(self, reason: impl Into<String>) -> Error {
        Error::LoginRefused { fault: self, reason: reason.into() }
    }

    /// Whether the assertion is what is wrong.
    #[must_use]
    pub const fn is_of_assertion(self) -> bool {
        match self {
            Self::NoAssertion
            | Self::Signature
            | Self::NotJwt
            | Self::Binding
            | Self::Expired
            | Self::Claim
            | Self::Audience
            | Self::NoMetascope
            | Self::Metascope => true,
            Self::Client
            | Self::Secret
            | Self::Scope
            | Self::Code
            | Self::Grant
            | Self::Parameter => false,
        }
    }
}

/// Where a caller named a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLocation {
    /// In the path or the query.
    Uri,
    /// In the body.
    Body,
}

/// What to do about a key without `@` where there are only PKeys.
const fn hint(keyed: bool) -> &'static str {
    if keyed { "" } else { "; address records by their PKey, which starts with '@'" }
}

/// What to do about a filter that the customer has, but the API does not show.
const fn filter_hint(hidden: bool) -> &'static str {
    if hidden { "; ask for a filter of the customer's own under profileAndServicesExt" } else { "" }
}

impl Error {
    /// An internal failure, told to the log.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::Internal(cause.into())
    }
}
