//! How calls find their tenant, and who may call it.

use std::sync::Arc;

use super::super::services::Services;
use super::tenant::Tenant;
use crate::auth::{Caller, Grant};
use crate::domain::{Error, ImsOrgId, OrgId, OrgName, Result};

impl Services {
    /// The tenant of a Campaign URL, if the caller may call it; made on its first call.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when no customer owns it, then [`Error::NotEntitled`].
    pub async fn tenant(&self, org: &str, caller: &Caller) -> Result<Arc<Tenant>> {
        let tenants = &self.shared.tenants;
        let known = tenants.by_name(org);
        if let Some(tenant) = known.as_ref().filter(|tenant| caller.may_call(&tenant.name)) {
            return Ok(Arc::clone(tenant));
        }
        let name = OrgName::parse(org)
            .filter(|name| tenants.seed.customer_of(name).is_some())
            .ok_or_else(|| tenants.unknown(org))?;
        match &caller.grant {
            Grant::Org(granted) if !caller.may_call(&name) => {
                Err(Error::NotEntitled { org: name, granted: granted.clone() })
            }
            _ => self.open_tenant(&name).await,
        }
    }

    /// The tenant that a Privacy Service call names by its IMS org, if the caller may call it.
    ///
    /// # Errors
    /// [`Error::ImsOrgNotEntitled`] for a foreign tenant and for none alike.
    pub async fn tenant_of_ims_org(&self, ims_org: &str, caller: &Caller) -> Result<Arc<Tenant>> {
        let refused = || Error::ImsOrgNotEntitled(ims_org.chars().take(60).collect());
        match (self.shared.tenants.with_ims_org(ims_org), &caller.grant) {
            (Some(tenant), _) if caller.may_call(&tenant.name) => Ok(tenant),
            // The token names its org, so the org's first call may be this one.
            (None, Grant::Org(org)) if ImsOrgId::of(org).as_str() == ims_org => {
                self.open_tenant(org).await.map_err(|failure| match failure {
                    Error::UnknownOrg { .. } => refused(),
                    other => other,
                })
            }
            _ => Err(refused()),
        }
    }

    /// The tenant that calls without any credentials fall back to: the seed's first org.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn default_tenant(&self) -> Result<Arc<Tenant>> {
        let first = self.shared.tenants.seed.customers.first();
        let name = first.map(|customer| customer.org.clone());
        self.open_tenant(&name.ok_or_else(|| self.shared.tenants.unknown(""))?).await
    }

    /// A tenant that exists.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when it does not.
    pub fn existing_tenant(&self, org: &str) -> Result<Arc<Tenant>> {
        let tenants = &self.shared.tenants;
        tenants.by_name(org).ok_or_else(|| tenants.unknown(org))
    }

    /// A tenant to change. It exists, for a name that does not may be mistyped.
    ///
    /// # Errors
    /// [`Error::OrgMissing`] when a tenant of that name can be made, or else [`Error::UnknownOrg`].
    pub fn tenant_to_change(&self, org: &str) -> Result<Arc<Tenant>> {
        /// Most orgs that a refusal names.
        const NAMED: usize = 10;
        self.existing_tenant(org).map_err(|unknown| {
            let name = OrgName::parse(org);
            if name.is_none_or(|name| self.shared.tenants.customer_of(&name).is_err()) {
                return unknown;
            }
            let tenants = self.tenants();
            let mut orgs: Vec<_> =
                tenants.iter().take(NAMED).map(|tenant| tenant.name.as_str()).collect();
            if tenants.len() > NAMED {
                orgs.push("another one");
            }
            Error::OrgMissing { org: org.to_owned(), orgs: orgs.join(" or ") }
        })
    }

    /// Every tenant that can be called, in order of names.
    #[must_use]
    pub fn tenants(&self) -> Vec<Arc<Tenant>> {
        self.shared.tenants.callable(|_| true)
    }

    /// The tenant of that name, made from the seed if it is not there yet.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when no customer owns it, or when the write fails.
    pub async fn make_tenant(&self, org: &str) -> Result<Arc<Tenant>> {
        let name = OrgName::parse(org).ok_or_else(|| self.shared.tenants.unknown(org))?;
        self.open_tenant(&name).await
    }

    /// The tenant with that number, for the worker.
    pub(in crate::service) fn tenant_by_id(&self, id: OrgId) -> Option<Arc<Tenant>> {
        self.shared.tenants.by_id(id)
    }

    /// Makes sure that a tenant of that name exists, if a customer of the seed owns it.
    pub(in crate::service) async fn make_if_ours(&self, name: &OrgName) -> Result<()> {
        if self.shared.tenants.seed.customer_of(name).is_some() {
            self.open_tenant(name).await?;
        }
        Ok(())
    }

    async fn open_tenant(&self, name: &OrgName) -> Result<Arc<Tenant>> {
        self.shared.tenants.open(name, &self.shared.writer, self.clock().now(), None).await
    }
}
