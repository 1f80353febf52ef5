//! A record that tenants begin with.

use crate::domain::{Attributes, Timestamp};

/// A record of the seed.
#[derive(Debug, Clone)]
pub struct SeedRecord {
    /// Its resource.
    pub resource: String,
    /// When it says it was created; the tenant's own moment if not given.
    pub created: Option<Timestamp>,
    /// What it holds.
    pub attributes: Attributes,
    /// The value of its key.
    pub key: Option<String>,
    /// Its links: which one, and to which record of the seed.
    pub links: Vec<(String, usize)>,
}
