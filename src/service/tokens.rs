//! What becomes of access tokens after they are made: which tenants they open, and giving them back.

use std::sync::Arc;

use super::orgs::Tenant;
use super::services::Services;
use crate::auth::{Caller, Grant};
use crate::domain::{OrgName, Result, Timestamp, TokenHash};
use crate::store::revoked_tokens;

impl Services {
    /// The org of the tenant with that IMS org, if it exists.
    #[must_use]
    pub fn org_with(&self, ims_org: &str) -> Option<OrgName> {
        self.shared.tenants.with_ims_org(ims_org).map(|tenant| tenant.name.clone())
    }

    /// The tenants that a caller may call and that exist, in the order of their names. One that the
    /// token names and nobody has called yet is made, as its first call would.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn tenants_open_to(&self, caller: &Caller) -> Result<Vec<Arc<Tenant>>> {
        if let Grant::Org(org) = &caller.grant {
            self.make_if_ours(org).await?;
        }
        Ok(self.shared.tenants.callable(|tenant| caller.may_call(&tenant.name)))
    }

    /// Takes a token back for good: no call with it passes any more, also after a restart.
    ///
    /// # Errors
    /// When the database cannot be written; the token is still good then.
    pub async fn revoke(&self, token: TokenHash, expires: Timestamp) -> Result<()> {
        let now = self.clock().now();
        let write = move |tx: &_| revoked_tokens::insert(tx, &token, expires, now);
        self.shared.writer.write(write).await?;
        self.shared.revoked_tokens.add(token, expires, now);
        Ok(())
    }
}
