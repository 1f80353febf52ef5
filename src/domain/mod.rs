//! The nouns and rules of the product: orgs, `PKey`s, records and the catalog of their resources and
//! fields, opt-out changes, privacy jobs and their legal moves, and the error vocabulary.
//!
//! Invariant: nothing in here does I/O, reads a clock or draws a random number. Time and ids come
//! in as arguments, which is what makes every rule testable with plain values.

mod adobe_api;
mod catalog;
mod caused;
mod conversion;
mod error;
mod field_value;
mod json_body;
mod markup;
mod message;
mod opt_out;
mod org;
mod org_filter;
mod org_numbers;
mod patch;
mod placeholder;
mod policy;
mod privacy;
mod query;
mod record;
mod scope;
mod sealing;
mod seat;
mod snapshot;
mod time;

pub use adobe_api::{AdobeApi, BoundApis, OtherApi};
pub use catalog::{
    ANY_LENGTH, Access, Addressed, Collection, Declaration, Deleted, Derived, Enumeration,
    EnumerationValue, Event, Field, FieldType, Filter, FilterCondition, Home, INVALID_VALUE, Key,
    Kind, Link, MESSAGE_STATUSES, Model, Names, PUSH_PLATFORMS, ParameterType, Parameters, Policy,
    Resolve, Resource, Rule, StoredAs, Table, Title, TitlePart, Verbs,
};
pub use caused::Caused;
pub use error::{Error, KeyLocation, LoginFault, Result};
pub use json_body::json_object;
pub use markup::escaped;
pub use message::magic_status;
pub use opt_out::{Identity, LedgerEntry, LedgerRange, OptOutChange};
pub use org::{ImsOrgId, OrgId, OrgName};
pub use org_filter::merge_org_filters;
pub use org_numbers::{ExerciseCounts, JobCounts, OrgNumbers};
pub use patch::{Author, Patch};
pub use placeholder::{placeholder, placeholder_advice};
pub use privacy::{
    Action, CAMPAIGN, ChildRequest, Consent, ConsentEntry, DeliveryStatus, EventDelivery,
    EventRegistration, EventType, JobFilter, JobOrigin, JobProgress, JobRequest, JobStatus,
    KeptRegistration, MAGIC, MAGIC_DOMAINS, MAX_ATTEMPTS, Magic, MagicForm, NewJob, Outcome,
    PrintedJob, PrivacyEvent, PrivacyJob, PrivacyRequest, Product, ProductResponse, Progression,
    RegistrationSpec, Regulation, RequestId, RequestedUser, ResponseCode, Results, Step,
    Transition, Vocabulary, WebhookUrl, event_signature, is_tried_again, next_try,
};
pub use query::{Condition, Cursor, Operator, Order, Page, Query};
pub use record::{Attributes, LinkedRecords, Record, RecordNumber};
pub use scope::{Scopes, TokenHash};
pub use sealing::{InstallKey, Keyring, PKey, RecordKeys, Sealer};
pub use seat::{Seat, SeatName};
pub use snapshot::{
    Counts, Diff, ListedSnapshot, OrgState, SavedArchive, SavedChange, SavedConsent, SavedExercise,
    SavedRecord, Snapshot, SnapshotName,
};
pub use time::{Timestamp, parse_duration};
