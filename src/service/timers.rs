//! Records that change by themselves as time passes: privacy requests and transactional messages.

use super::{Services, Tenant, messages, privacy_tool};
use crate::domain::{Home, Record, Resource, Result, Timestamp};
use crate::store::{Tx, records};

/// Most records one step moves, so that writes of callers get their turn between steps.
const STEP: i64 = 200;

impl Services {
    /// Moves records that are due; answers how many.
    ///
    /// # Errors
    /// When the write fails; they then wait on.
    pub async fn advance_records(&self) -> Result<usize> {
        let now = self.clock().now();
        let due = records::due(&self.reader, now, STEP)?;
        if due.is_empty() {
            return Ok(0);
        }
        let (count, delays) = (due.len(), self.shared.delays);
        let due: Vec<_> = due.into_iter().map(|due| (self.tenant_by_id(due.org), due)).collect();
        let write = move |tx: &Tx| {
            for (tenant, due) in &due {
                let known = tenant
                    .as_ref()
                    .and_then(|tenant| Some((tenant, tenant.model.resource(&due.resource)?)));
                match known {
                    Some((tenant, resource)) => {
                        if let Some(record) = records::find(tx, due.org, resource, due.number)? {
                            let after =
                                advance(tx, tenant, resource, record, now, delays.processing)?;
                            store(tx, tenant, resource, &after)?;
                        }
                    }
                    // Its customer is gone from the seed: nobody can see it move.
                    None => records::forget_due(tx, due.org, due.number)?,
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
        let (job, record) = (self.next_job_due()?, records::next_due(&self.reader)?);
        Ok(job.into_iter().chain(record).min())
    }
}

fn advance(
    tx: &Tx,
    tenant: &Tenant,
    resource: &Resource,
    record: Record,
    now: Timestamp,
    delay: std::time::Duration,
) -> Result<Record> {
    match resource.home {
        Home::Privacy => privacy_tool::advance(tx, tenant, record, now, delay),
        Home::Messages => Ok(messages::advance(record, now, delay)),
        _ => Ok(Record { due: None, ..record }),
    }
}

fn store(tx: &Tx, tenant: &Tenant, resource: &Resource, record: &Record) -> Result<()> {
    let key = resource.key.as_ref().map(|key| record.attributes.text(&key.field));
    records::update(tx, tenant.id, resource, record, key)
}
