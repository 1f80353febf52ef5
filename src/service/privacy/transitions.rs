//! How privacy jobs are made and move: each move with all that it does in one transaction.

use log::warn;

use super::super::events::owe_events;
use super::super::orgs::Tenant;
use super::super::services::JobRules;
use super::super::telling::tell_moves;
use super::data_subject::DataSubject;
use super::downloads::archive;
use crate::domain::{
    Action, Error, Identity, JobOrigin, JobProgress, JobRequest, JobStatus, MAX_ATTEMPTS, Magic,
    NewJob, OrgId, Outcome, PrivacyJob, ProductResponse, Progression, RecordNumber, Regulation,
    RequestId, ResponseCode, Result, Step, Timestamp,
};
use crate::random::Random;
use crate::store::{Reader, Tx, orgs, privacy_archives, privacy_jobs, records};

/// What moves the jobs of an org.
pub(super) fn default_progression(
    reader: &Reader,
    org: OrgId,
    rules: &JobRules,
) -> Result<Progression> {
    Ok(orgs::progression(reader, org)?.unwrap_or(rules.progression))
}

/// What the jobs of a request made at `now` have in common; the caller fills in what it asks for.
pub(in crate::service) fn job_request(
    tenant: &Tenant,
    submitted_by: Option<&str>,
    now: Timestamp,
    random: &Random,
) -> JobRequest {
    JobRequest {
        request_id: RequestId::new(now, random.next_u64()),
        regulation: Regulation::CCPA,
        products: Vec::new(),
        instance: None,
        submitted_by: submitted_by.unwrap_or(&tenant.technical_account).to_owned(),
        created: now,
        parent: None,
        progression: None,
        why: "created".to_owned(),
    }
}

/// How a try at a move went: done, or why not.
type Tried = std::result::Result<(), String>;

/// A transaction in which jobs of a tenant are made and moved.
pub(in crate::service) struct JobTransitions<'a> {
    tx: &'a Tx,
    tenant: &'a Tenant,
    rules: &'a JobRules,
    /// What moves the tenant's jobs.
    default_progression: Progression,
    now: Timestamp,
}

impl<'a> JobTransitions<'a> {
    pub(in crate::service) fn new(
        tx: &'a Tx,
        tenant: &'a Tenant,
        rules: &'a JobRules,
        now: Timestamp,
    ) -> Result<Self> {
        let default_progression = default_progression(tx, tenant.id, rules)?;
        Ok(Self { tx, tenant, rules, default_progression, now })
    }

    /// Writes a new job. What is due by then happens with it: one that nothing holds up is done when this returns.
    pub(in crate::service) fn create(
        &self,
        job: NewJob,
        origin: JobOrigin,
        request: &JobRequest,
    ) -> Result<()> {
        let magic = Magic::among(&job.identities)
            .find_map(|magic| magic.progression(self.default_progression));
        let own = request.progression.or(magic);
        let mut job = PrivacyJob::new(job, origin, request, own, self.default_progression);
        let is_due = job.due_step(self.now).is_some();
        if is_due && job.only_moves_itself() {
            // Its row is written once, as it is after its moves.
            let attempts = self.make_moves(&mut job, 1)?;
            job.aggregate(false, self.now);
            privacy_jobs::insert(self.tx, self.tenant.id, &job, attempts)?;
            return self.tell(&job, 0);
        }
        privacy_jobs::insert(self.tx, self.tenant.id, &job, 0)?;
        tell_moves(self.tx, self.tenant, &job, 0);
        if is_due {
            self.run(&mut job, 1)?;
        }
        Ok(())
    }

    /// Makes every move of a job that is due, `attempts` counting the tries at the first of them, this
    /// one included. Whatever goes wrong with a move stays with its product.
    pub(super) fn run(&self, job: &mut PrivacyJob, attempts: i64) -> Result<()> {
        let before = job.progress();
        let attempts = self.make_moves(job, attempts)?;
        self.store(job, before, attempts)
    }

    /// As [`Self::run`]; the job is then still to be stored, with the number of tries that this answers.
    fn make_moves(&self, job: &mut PrivacyJob, mut attempts: i64) -> Result<i64> {
        if job.products.is_empty() {
            job.abandon("its products cannot be read", self.now);
        }
        while let Some(step) = job.due_step(self.now) {
            if let Err(reason) = self.attempt(job, step, attempts)? {
                warn!(job:% = job.job_id, attempt = attempts; "a privacy job failed: {reason}");
                if job.fail(step.product(), attempts, &reason, self.now) {
                    return Ok(attempts);
                }
            }
            attempts = 1;
        }
        Ok(0)
    }

    /// One try at a move of those that are repeated. The inner error says why it failed; the outer one,
    /// why nothing can be written.
    fn attempt(&self, job: &mut PrivacyJob, step: Step, attempts: i64) -> Result<Tried> {
        if attempts > MAX_ATTEMPTS {
            return Ok(Err(format!("interrupted {MAX_ATTEMPTS} times")));
        }
        self.try_to(job, step, "the delay of its progression passed")
    }

    /// Makes a move that somebody asks for, whatever moves the job otherwise; the job is then still to
    /// be stored. A product whose work fails ends in `error`: nobody would try again.
    pub(super) fn force(&self, job: &mut PrivacyJob, step: Step, why: &str) -> Result<()> {
        if let Err(reason) = self.try_to(job, step, why)? {
            let outcome = Outcome::new(ResponseCode::JobFailure, reason);
            job.finish(step.product(), outcome, self.now, why);
        }
        Ok(())
    }

    fn try_to(&self, job: &mut PrivacyJob, step: Step, why: &str) -> Result<Tried> {
        let done = if job.only_moves_itself() {
            self.take(job, step, why)
        } else {
            self.tx.savepoint(|| self.take(job, step, why))
        };
        match done {
            Ok(()) => Ok(Ok(())),
            Err(Error::StorageFull) => Err(Error::StorageFull),
            Err(Error::Internal(cause)) => Ok(Err(format!("{cause:#}"))),
            Err(other) => Ok(Err(other.to_string())),
        }
    }

    /// Makes one move of a job, which is then still to be stored.
    fn take(&self, job: &mut PrivacyJob, step: Step, why: &str) -> Result<()> {
        match step {
            Step::Acknowledge(at) => job.acknowledge(at, self.default_progression, self.now, why),
            Step::Finish(at) => {
                let Some(product) = job.products.get(at) else { return Ok(()) };
                let outcome = self.work(job, product)?;
                job.finish(at, outcome, self.now, why);
            }
        }
        Ok(())
    }

    /// Has products fail: the one of that name, or all that are not done. Answers whether one did.
    pub(super) fn fail(
        &self,
        job: &mut PrivacyJob,
        product: Option<&str>,
        outcome: &Outcome,
        why: &str,
    ) -> bool {
        let failing = |response: &ProductResponse| {
            product.is_none_or(|name| response.goes_by(name)) && !response.status.is_final()
        };
        let failing: Vec<usize> = job
            .products
            .iter()
            .enumerate()
            .filter(|(_, response)| failing(response))
            .map(|(at, _)| at)
            .collect();
        for &at in &failing {
            job.finish(at, outcome.clone(), self.now, why);
        }
        !failing.is_empty()
    }

    /// Writes a job that was as far as `before`, how often its next move has been tried, and what follows: a parent
    /// may end with it, and that one's parent, however many there are.
    pub(super) fn store(
        &self,
        job: &mut PrivacyJob,
        before: JobProgress,
        attempts: i64,
    ) -> Result<()> {
        let mut waiting = self.store_alone(job, before, attempts)?;
        while let Some(mut parent) = waiting {
            let before = parent.progress();
            waiting = self.store_alone(&mut parent, before, 0)?;
        }
        Ok(())
    }

    /// Tells webhooks, and those who watch, of a job's moves but for the first `told`.
    fn tell(&self, job: &PrivacyJob, told: usize) -> Result<()> {
        tell_moves(self.tx, self.tenant, job, told);
        owe_events(self.tx, self.tenant, job, told)
    }

    /// Answers the parent that has waited for it.
    fn store_alone(
        &self,
        job: &mut PrivacyJob,
        before: JobProgress,
        attempts: i64,
    ) -> Result<Option<PrivacyJob>> {
        // Only the end of a job has to wait for its children.
        let child_at_work = job.products.iter().all(|product| product.status.is_final())
            && privacy_jobs::child_at_work(self.tx, self.tenant.id, job.job_id)?;
        let moved = job.aggregate(child_at_work, self.now);
        privacy_jobs::update(self.tx, self.tenant.id, job, before.status, attempts)?;
        self.tell(job, before.moves)?;
        if let JobOrigin::Record(number) = job.origin {
            self.show_in_record(job, number)?;
        }
        if !(moved && job.status.is_final()) {
            return Ok(None);
        }
        self.end_archive(job)?;
        let parent =
            job.parent.map(|parent| privacy_jobs::find_any(self.tx, self.tenant.id, parent));
        Ok(parent.transpose()?.flatten().filter(|parent| !parent.status.is_final()))
    }

    /// The result of a job is offered once it is complete, and goes if it has failed.
    fn end_archive(&self, job: &PrivacyJob) -> Result<()> {
        let org = self.tenant.id;
        if job.origin != JobOrigin::Request || job.action == Action::OptOutOfSale {
            return Ok(());
        }
        if !job.has_result(self.rules.receipts) {
            return privacy_archives::remove(self.tx, org, job.job_id);
        }
        let expires = job.downloadable_until(self.now);
        if !privacy_archives::offer(self.tx, org, job.job_id, expires)? {
            self.keep(job, &[])?;
            privacy_archives::offer(self.tx, org, job.job_id, expires)?;
        }
        Ok(())
    }

    /// A product's work, and its last word.
    fn work(&self, job: &PrivacyJob, product: &ProductResponse) -> Result<Outcome> {
        if job.identities.is_empty() {
            return Err(Error::internal(anyhow::anyhow!("it names no data subject")));
        }
        let magic: Vec<Magic> = Magic::among(&job.identities).collect();
        if let Some(refusal) = magic.iter().find_map(|magic| magic.refusal(&product.product)) {
            return Ok(refusal);
        }
        if !self.tenant.has_product(&product.product) {
            return Ok(ResponseCode::NotProvisioned.into());
        }
        let identities = Magic::worked_on(&job.identities);
        let outcome = if product.is_campaign() {
            self.campaign(job, &identities)?
        } else {
            Outcome::success()
        };
        Ok(magic.iter().fold(outcome, |outcome, magic| magic.amend(outcome, &identities)))
    }

    /// Campaign's work for those of a job's identities that it is to work on.
    fn campaign(&self, job: &PrivacyJob, identities: &[Identity]) -> Result<Outcome> {
        let Self { tx, tenant, now, .. } = *self;
        let asked = job.origin == JobOrigin::Request;
        // An opt-out that comes from Campaign has been in force there since before the job; it may
        // have been withdrawn in the meantime.
        if job.action == Action::OptOutOfSale && !(asked && self.rules.opt_out_applies) {
            return Ok(Outcome::success());
        }
        let subject = DataSubject::find(tx, tenant, identities)?;
        match job.action {
            Action::Access if asked => {
                let instance = job.instance.as_deref().unwrap_or(tenant.name.as_str());
                let files = subject.files(tx, tenant, instance, job.request_id.as_str())?;
                self.keep(job, &files)?;
            }
            // The file of a privacy request of Campaign's own is made when it is asked for.
            Action::Access => {}
            Action::Delete => subject.remove(tx, tenant)?,
            Action::OptOutOfSale => {
                subject.opt_out(tx, tenant, true, &job.job_id.to_string(), now)?;
            }
        }
        Ok(subject.outcome())
    }

    /// Keeps an archive of Campaign's files, with a folder for each product.
    fn keep(&self, job: &PrivacyJob, files: &[(String, String)]) -> Result<()> {
        let content = archive(job, files).map_err(Error::internal)?;
        privacy_archives::keep(self.tx, self.tenant.id, job.job_id, &content)
    }

    /// Shows where a job stands in the privacy request that it carries out
    /// (`docs/reference/campaign-standard.md` §15).
    fn show_in_record(&self, job: &PrivacyJob, number: RecordNumber) -> Result<()> {
        let resource = self.tenant.resource("privacyTool")?;
        let found = records::find(self.tx, self.tenant.id, resource, number)?;
        let (Some(mut record), Some(product)) = (found, job.products.first()) else {
            return Ok(());
        };
        let code = product.outcome.as_ref().map(|outcome| outcome.code);
        let status = match (product.status, code) {
            (JobStatus::Submitted, _) => "new",
            (JobStatus::Processing, _) if job.action == Action::Delete => "deleteInProgress",
            (JobStatus::Processing, _) => "processing",
            (_, Some(ResponseCode::IdsNotFound | ResponseCode::InvalidNamespace)) => {
                "errorDataNotFound"
            }
            (JobStatus::Complete, _) => "complete",
            (JobStatus::Error, _) => "error",
        };
        record.attributes.set("status", status.into());
        record.attributes.set("retryCount", product.retry_count.into());
        record.last_modified = self.now;
        let key = resource.key_value(&record.attributes).map(str::to_owned);
        records::update(self.tx, self.tenant.id, resource, &record, key.as_deref())
    }
}
