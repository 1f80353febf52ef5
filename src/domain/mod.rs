//! The nouns and rules of the product: orgs, `PKey`s, profiles and their field catalogue, opt-out
//! changes, privacy jobs and their legal moves, and the error vocabulary.
//!
//! Invariant: nothing in here does I/O, reads a clock or draws a random number. Time and ids come
//! in as arguments, which is what makes every rule testable with plain values.

mod catalogue;
mod error;
mod opt_out;
mod org;
mod paging;
mod policy;
mod privacy;
mod privacy_request;
mod profile;
mod profile_patch;
mod profile_view;
mod sealing;
mod time;

pub use catalogue::{Access, Derived, Enumeration, Field, Kind, PROFILE, Policy, Resource};
pub use error::{Error, Result};
pub use opt_out::{Identity, OptOutChange};
pub use org::{ImsOrgId, OrgId, OrgName};
pub use paging::{Page, PageRequest};
pub use privacy::{
    Action, JobMove, JobStatus, MAX_ATTEMPTS, NewJob, PrivacyJob, Regulation, RequestId,
    Surroundings,
};
pub use privacy_request::{PrivacyRequest, RequestedUser};
pub use profile::{Attributes, Profile, ProfileNumber};
pub use profile_patch::ProfilePatch;
pub use profile_view::ProfileView;
pub use sealing::{InstallKey, PKey, RecordKeys, Sealer};
pub use time::{Timestamp, parse_duration};
