//! Registrations as the control API makes, shows and removes them.

use std::sync::Arc;

use uuid::Uuid;

use super::super::orgs::Tenant;
use super::super::services::Services;
use crate::domain::{Error, EventRegistration, KeptRegistration, RegistrationSpec, Result};
use crate::store::{Tx, event_registrations};

impl Services {
    /// The registrations of a tenant, in the order in which they were made.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn event_registrations(&self, tenant: &Tenant) -> Result<Vec<KeptRegistration>> {
        event_registrations::all(&self.reader, tenant.id)
    }

    /// Registers webhooks once each of them has answered the challenge, beside the tenant's others or in their place;
    /// answers the new ones. What is owed to those that go is dropped.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] when one cannot be registered or does not answer as it should, or when the write
    /// fails; nothing has changed then.
    pub async fn register_webhooks(
        &self,
        tenant: &Arc<Tenant>,
        specs: Vec<RegistrationSpec>,
        replace: bool,
    ) -> Result<Vec<KeptRegistration>> {
        let here = if replace { 0 } else { event_registrations::count(&self.reader, tenant.id)? };
        EventRegistration::check_number(here + specs.len())?;
        let registrations = specs.into_iter().map(|spec| self.registration(tenant, spec));
        let registrations = registrations.collect::<Result<Vec<_>>>()?;
        for EventRegistration { url, .. } in &registrations {
            let challenge = self.random().uuid().to_string();
            self.shared.webhooks.challenge(url, &challenge).await.map_err(|problem| {
                let url = url.as_str();
                Error::RequestInvalid(format!("The webhook {url} is not registered: {problem}."))
            })?;
        }
        let (owner, now) = (Arc::clone(tenant), self.clock().now());
        let ids: Vec<_> = registrations.iter().map(|one| one.id).collect();
        let write = move |tx: &Tx| {
            owner.outbox.look_again();
            if replace {
                event_registrations::remove(tx, owner.id, None)?;
            }
            EventRegistration::check_number(
                event_registrations::count(tx, owner.id)? + registrations.len(),
            )?;
            registrations
                .iter()
                .try_for_each(|one| event_registrations::insert(tx, owner.id, one, now, Some(now)))
        };
        self.shared.writer.write(write).await?;
        let mut made = self.event_registrations(tenant)?;
        made.retain(|one| ids.contains(&one.registration.id));
        Ok(made)
    }

    fn registration(&self, tenant: &Tenant, spec: RegistrationSpec) -> Result<EventRegistration> {
        self.shared.webhooks.check(spec.url()).map_err(Error::RequestInvalid)?;
        let customer = self.shared.tenants.customer_of(&tenant.name)?;
        let wanted = |name: &str| spec.credential().is_none_or(|one| one == name);
        let credential = customer.credentials().find(|one| wanted(&one.name)).ok_or_else(|| {
            let known: Vec<_> = customer.credentials().map(|one| one.name.as_str()).collect();
            let (asked, known) = (spec.credential().unwrap_or_default(), known.join(" or "));
            Error::RequestInvalid(format!("There is no credential '{asked}': name {known}."))
        })?;
        let api_key = credential.api_key.clone();
        spec.into_registration(self.random().uuid(), api_key)
    }

    /// Removes a registration of a tenant, or all, and drops what is owed to them; answers how many.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn remove_registrations(
        &self,
        tenant: &Arc<Tenant>,
        id: Option<Uuid>,
    ) -> Result<usize> {
        let org = tenant.id;
        let removed =
            self.shared.writer.write(move |tx| event_registrations::remove(tx, org, id)).await;
        // Whoever has looked in between may have seen what was undone then.
        tenant.outbox.look_again();
        removed
    }
}
