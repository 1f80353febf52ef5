//! A tenant: a generation of an org, as calls hold it.

use std::sync::Arc;

use super::outbox::Outbox;
use crate::domain::{
    Error, ImsOrgId, Keyring, Model, OrgId, OrgName, PKey, RecordNumber, Resource, Result,
};
use crate::live::Live;
use crate::store::lists::Source;

/// A generation of a tenant, and its sealing keys. Whoever holds it goes on with that generation, even
/// after a reset.
pub struct Tenant {
    /// Its number in the database, which no other generation has.
    pub id: OrgId,
    /// The segment in its URLs.
    pub name: OrgName,
    /// Its IMS org.
    pub ims_org: ImsOrgId,
    /// Technical account of its customer, for the jobs the hook makes.
    pub technical_account: String,
    /// The Adobe products that its customer has; all, if none are named.
    pub products: Option<Vec<String>>,
    /// Its data model.
    pub model: Arc<Model>,
    /// Seals its records' keys and its lists' cursors.
    pub keyring: Keyring,
    /// What it needs to owe events.
    pub(crate) outbox: Outbox,
    /// Who watches what happens in it.
    pub(in crate::service) live: Arc<Live>,
}

impl Tenant {
    /// The key of a profile.
    #[must_use]
    pub fn profile_key(&self, profile: RecordNumber) -> PKey {
        self.keyring.of(self.model.profile()).pkey(profile)
    }

    /// The number of the profile with that key.
    #[must_use]
    pub fn open_profile_key(&self, pkey: &str) -> Option<RecordNumber> {
        self.keyring.of(self.model.profile()).open_pkey(pkey)
    }

    /// Whether its customer has an Adobe product.
    #[must_use]
    pub fn has_product(&self, name: &str) -> bool {
        let has = |products: &Vec<String>| {
            products.iter().any(|product| product.eq_ignore_ascii_case(name))
        };
        self.products.as_ref().is_none_or(has)
    }

    /// A resource of its model.
    ///
    /// # Errors
    /// [`Error::UnknownResource`] when it has none of that name.
    pub fn resource(&self, name: &str) -> Result<&Resource> {
        self.model.resource(name).ok_or_else(|| Error::UnknownResource(name.to_owned()))
    }

    /// Where lists of a resource are read from.
    pub(in crate::service) fn source<'a>(&'a self, resource: &'a Resource) -> Source<'a> {
        Source { model: &self.model, org: self.id, resource }
    }
}
