//! Profiles: create, read, update, list.

use std::sync::Arc;

use log::info;

use super::{Origin, Services, Tenant, hook};
use crate::domain::{
    Attributes, Error, Page, PageRequest, Profile, ProfileNumber, ProfilePatch, Result,
};
use crate::store::{Tx, profiles};

impl Services {
    /// Creates a profile.
    ///
    /// # Errors
    /// When the write fails; nothing remains of it then.
    pub async fn create_profile(
        &self,
        tenant: &Arc<Tenant>,
        patch: ProfilePatch,
        origin: Origin,
    ) -> Result<Profile> {
        let (owner, now) = (Arc::clone(tenant), self.clock().now());
        let write = move |tx: &Tx| {
            let mut profile = Profile {
                number: profiles::next_number(tx, owner.id)?,
                created: now,
                last_modified: now,
                opt_out_changes: 0,
                attributes: patch.apply(&Attributes::default(), now),
            };
            let changed = hook::record(tx, &owner, None, &mut profile, &origin)?;
            profiles::insert(tx, owner.id, &profile)?;
            Ok((profile, changed))
        };
        let (profile, changed) = self.shared.writer.write(write).await?;
        self.announce(tenant, profile.number, changed);
        Ok(profile)
    }

    /// Changes a profile. An empty patch changes nothing, not even `lastModified`.
    ///
    /// # Errors
    /// [`Error::RecordMissing`], or when the write fails; nothing remains of it then.
    pub async fn update_profile(
        &self,
        tenant: &Arc<Tenant>,
        number: ProfileNumber,
        patch: ProfilePatch,
        origin: Origin,
    ) -> Result<Profile> {
        if patch.is_empty() {
            return self.profile(tenant, number);
        }
        let (owner, now) = (Arc::clone(tenant), self.clock().now());
        let write = move |tx: &Tx| {
            let before =
                profiles::find(tx, owner.id, number)?.ok_or_else(|| missing(&owner, number))?;
            let mut after = Profile {
                number,
                created: before.created,
                last_modified: now,
                opt_out_changes: before.opt_out_changes,
                attributes: patch.apply(&before.attributes, now),
            };
            let changed = hook::record(tx, &owner, Some(&before.attributes), &mut after, &origin)?;
            profiles::update(tx, owner.id, &after)?;
            Ok((after, changed))
        };
        let (profile, changed) = self.shared.writer.write(write).await?;
        self.announce(tenant, number, changed);
        Ok(profile)
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// [`Error::RecordMissing`], or when the database cannot be read.
    pub fn profile(&self, tenant: &Tenant, number: ProfileNumber) -> Result<Profile> {
        profiles::find(&self.reader, tenant.id, number)?.ok_or_else(|| missing(tenant, number))
    }

    /// Reads a page of the profile list.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn profiles(&self, tenant: &Tenant, request: PageRequest) -> Result<Page<Profile>> {
        let mut content = profiles::page(&self.reader, tenant.id, request)?;
        let total = self.count_profiles(tenant)?;
        let more = content.len() > request.lines;
        content.truncate(request.lines);
        let pages = total <= PageRequest::BIG_TABLE || request.force_pagination;
        let last = content.last().map(|profile| profile.number);
        Ok(Page {
            next: last.filter(|_| more && pages),
            total: (request.after == ProfileNumber::ZERO && !more).then_some(total),
            content,
            server_side_pagination: pages,
        })
    }

    /// How many profiles the tenant has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn count_profiles(&self, tenant: &Tenant) -> Result<i64> {
        profiles::total(&self.reader, tenant.id)
    }

    fn announce(&self, tenant: &Tenant, number: ProfileNumber, opt_out_changed: bool) {
        if opt_out_changed {
            info!(org:% = tenant.name, profile = number.get(); "opt-out change recorded");
            self.shared.wake.notify_one();
        }
    }
}

fn missing(tenant: &Tenant, number: ProfileNumber) -> Error {
    Error::RecordMissing(tenant.sealer.pkey(number).to_string())
}
