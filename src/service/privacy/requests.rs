//! Campaign's own privacy requests: how they are made, and the file of an access request
//! (`docs/reference/campaign-standard.md` §15). Each is carried out by a privacy job that Privacy Service
//! does not show.

use std::sync::Arc;

use super::super::opt_outs::WriteSource;
use super::super::orgs::Tenant;
use super::super::records::{NewRecord, RecordWriter, WriteOutcome};
use super::super::services::Services;
use super::access_file::data;
use super::data_subject::DataSubject;
use super::transitions::{JobTransitions, default_progression};
use crate::domain::{
    Action, CAMPAIGN, Error, Identity, JobOrigin, JobRequest, NewJob, Patch, Progression, Record,
    RecordNumber, Regulation, Result,
};
use crate::store::{Tx, privacy_jobs, records};

impl Services {
    /// Creates a privacy request from a body that has all it needs.
    ///
    /// # Errors
    /// When the regulation or the namespace is unknown or the name is taken.
    pub async fn create_privacy_request(
        &self,
        tenant: &Arc<Tenant>,
        mut patch: Patch,
        source: WriteSource,
    ) -> Result<WriteOutcome> {
        let text = |field| patch.text(field).unwrap_or_default();
        let value = text("reconciliationValue").to_owned();
        let regulation = Regulation::parse(&text("regulation").to_lowercase())
            .filter(|regulation| Regulation::CAMPAIGN.contains(regulation))
            .ok_or_else(|| Error::ValueRefused {
                field: "regulation".to_owned(),
                detail: format!("send one of {}", Regulation::words(&Regulation::CAMPAIGN)),
            })?;
        let namespace = text("namespaceName").to_owned();
        patch.links.insert("namespace".to_owned(), Some(namespace.clone()));
        let delete = patch.text("type") == Some("delete");
        let job = NewJob {
            job_id: self.random().job_id(),
            user_key: String::new(),
            action: if delete { Action::Delete } else { Action::Access },
            identities: vec![Identity::custom(&namespace, &value)],
        };
        let request = JobRequest {
            regulation,
            products: vec![CAMPAIGN.to_owned()],
            why: "created in Campaign".to_owned(),
            ..self.job_request(tenant, None)
        };
        let creation = NewRecord { patch, ..NewRecord::default() };
        let context = self.write_context(source);
        let owner = Arc::clone(tenant);
        let write = move |tx: &Tx| {
            let resource = owner.resource("privacyTool")?;
            let write = RecordWriter { tx, tenant: &owner, resource, context: &context };
            let (mut written, _) = write.create(creation)?;
            let number = written.record.number;
            let user_key = resource.key_value(&written.record.attributes).unwrap_or_default();
            let job = NewJob { user_key: user_key.to_owned(), ..job };
            let transitions = JobTransitions::new(tx, &owner, &context.rules, context.now)?;
            transitions.create(job, JobOrigin::Record(number), &request)?;
            // Where nothing holds a job up, it is done by now.
            if let Some(record) = records::find(tx, owner.id, resource, number)? {
                written.record = record;
            }
            written.caused = tx.caused();
            Ok(written)
        };
        let written = self.shared.writer.write(write).await?;
        self.shared.wake.notify_one();
        Ok(written)
    }

    /// Counts a read of a privacy request where reads move jobs. As with a read of a job, what has been
    /// read is what it was before it moved.
    ///
    /// # Errors
    /// When the write fails.
    pub async fn count_request_read(
        &self,
        tenant: &Arc<Tenant>,
        number: RecordNumber,
    ) -> Result<()> {
        let usual = default_progression(&self.reader, tenant.id, &self.shared.rules)?;
        let Progression::Polls { reads } = usual else { return Ok(()) };
        match privacy_jobs::of_record(&self.reader, tenant.id, number)? {
            Some(job) if job.next_step().is_some() && job.moved_by(usual) == usual => {
                self.count_read(tenant, job.job_id, reads).await
            }
            _ => Ok(()),
        }
    }

    /// The file of a privacy request: what the store holds of the data subject.
    ///
    /// # Errors
    /// When the request has another name, is no access request, or is not complete.
    pub fn privacy_file(&self, tenant: &Tenant, key: &str, name: Option<&str>) -> Result<String> {
        let resource = tenant.resource("privacyTool")?;
        let request = self.record(tenant, resource, key)?;
        let refused =
            |field: &str, detail: String| Error::ValueRefused { field: field.to_owned(), detail };
        let own = request.attributes.text("name");
        if name.is_some_and(|name| name != own) {
            return Err(refused("name", format!("this request is '{own}'")));
        }
        let status = request.attributes.text("status");
        if request.attributes.text("type") == "delete" || status != "complete" {
            let status = if status.is_empty() { "new" } else { status };
            let detail = format!(
                "only access requests that are complete have data, and this one's status is '{status}'"
            );
            return Err(refused("privacyRequestData", detail));
        }
        let value = request.attributes.text("reconciliationValue");
        let namespace = request.attributes.text("namespaceName");
        let identities = [Identity::custom(namespace, value)];
        let subject = DataSubject::find(&self.reader, tenant, &identities)?;
        let people: Vec<Record> = subject.profiles().into_iter().cloned().collect();
        let id = request.number.get().to_string();
        Ok(format!("{{data:{}}}", data(&self.reader, tenant, &id, value, &people)?))
    }
}
