//! What there is, org by org, in few numbers.

use std::sync::Arc;

use super::super::services::Services;
use super::tenant::Tenant;
use crate::domain::{ExerciseCounts, OrgNumbers, Progression, Result};
use crate::store::orgs;

/// An org in few numbers.
pub struct OrgOverview {
    /// The org.
    pub tenant: Arc<Tenant>,
    /// How much it has.
    pub numbers: OrgNumbers,
    /// How far it is with its exercises.
    pub exercises: ExerciseCounts,
    /// What moves its jobs.
    pub progression: Progression,
}

impl Services {
    /// Every org that can be called, or the one that is named, as of one moment.
    ///
    /// # Errors
    /// [`crate::domain::Error::UnknownOrg`], or when the database cannot be read or written.
    pub async fn overview(&self, org: Option<&str>) -> Result<Vec<OrgOverview>> {
        let exercises = self.exercise_counts().await?;
        let tenants = match org {
            Some(org) => vec![self.existing_tenant(org)?],
            None => self.tenants(),
        };
        self.reader.read_snapshot(|| {
            let orgs = tenants.into_iter().map(|tenant| {
                let numbers = orgs::numbers(&self.reader, tenant.id)?;
                let progression = self.progression(&tenant)?;
                let exercises = exercises.get(&tenant.id).copied().unwrap_or_default();
                Ok(OrgOverview { tenant, numbers, exercises, progression })
            });
            orgs.collect()
        })
    }
}
