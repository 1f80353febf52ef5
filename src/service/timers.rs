//! Records that change by themselves as time passes: transactional messages.

use super::clock::ROUND;
use super::messages;
use super::services::Services;
use crate::domain::{Home, Result, Timestamp};
use crate::store::{Tx, due_records, records};

impl Services {
    /// Moves records that are due; answers how many.
    ///
    /// # Errors
    /// When the write fails; they then wait on.
    pub async fn advance_records(&self) -> Result<usize> {
        let now = self.clock().now();
        let due = due_records::due(&self.reader, now, ROUND.into())?;
        if due.is_empty() {
            return Ok(0);
        }
        let (count, delay) = (due.len(), self.shared.rules.delays.processing);
        let due: Vec<_> = due.into_iter().map(|due| (self.tenant_by_id(due.org), due)).collect();
        let write = move |tx: &Tx| {
            for (tenant, due) in &due {
                let known = tenant.as_ref().and_then(|tenant| tenant.model.resource(&due.resource));
                let messages = known.filter(|resource| resource.home == Home::Messages);
                let found = messages
                    .map(|resource| records::find(tx, due.org, resource, due.number))
                    .transpose()?;
                match (tenant, messages, found.flatten()) {
                    (Some(tenant), Some(resource), Some(record)) => {
                        let after = messages::advance(tx, tenant, resource, record, now, delay)?;
                        records::update(tx, due.org, resource, &after, None)?;
                    }
                    // Its customer is gone from the seed: nobody can see it move.
                    _ => due_records::forget(tx, due.org, due.number)?,
                }
            }
            Ok(())
        };
        self.shared.writer.write(write).await?;
        Ok(count)
    }

    /// When something next happens by itself.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>> {
        let (job, record) = (self.next_job_due()?, due_records::next_due(&self.reader)?);
        Ok(job.into_iter().chain(record).min())
    }
}
