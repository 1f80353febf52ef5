//! The privacy job: one data subject, one action, several products that each move on their own. The
//! job's word is the aggregate of theirs (`docs/reference/privacy-service.md` §4).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Action, CAMPAIGN, JobStatus, Outcome, Product, Progression, Regulation, RequestId, ResponseCode,
};
use crate::domain::{Identity, RecordNumber, Timestamp};

/// How often a product's work is tried before it ends in `error`.
pub const MAX_ATTEMPTS: i64 = 5;

/// How long a finished job can be read.
const READABLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long its result can be downloaded.
const DOWNLOADABLE: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// A job to be written.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub job_id: Uuid,
    /// The caller's label of the data subject.
    pub user_key: String,
    /// What it does.
    pub action: Action,
    /// How the data subject is known.
    pub identities: Vec<Identity>,
}

/// What all jobs of one request have in common.
#[derive(Debug, Clone)]
pub struct JobRequest {
    /// The request's id.
    pub request_id: RequestId,
    /// The law.
    pub regulation: Regulation,
    /// The products asked, as the caller spells them.
    pub products: Vec<String>,
    /// The Campaign instance that the request names.
    pub instance: Option<String>,
    /// Technical account of the caller.
    pub submitted_by: String,
    /// When the request was made.
    pub created: Timestamp,
    /// The job that it is a child of.
    pub parent: Option<Uuid>,
    /// What moves its jobs, if not what moves the org's others.
    pub progression: Option<Progression>,
    /// What the history begins with.
    pub why: String,
}

/// Where a job comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobOrigin {
    /// A call to Privacy Service.
    Request,
    /// The change of `ccpaOptOut` with that place in the ledger.
    Change(i64),
    /// A privacy request of Campaign's own; Privacy Service does not show the job.
    Record(RecordNumber),
}

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrivacyJob {
    /// Its id.
    pub job_id: Uuid,
    /// The request it came with.
    pub request_id: RequestId,
    /// Where it comes from.
    pub origin: JobOrigin,
    /// The job that it is a child of.
    pub parent: Option<Uuid>,
    /// The caller's label of the data subject.
    pub user_key: String,
    /// What it does.
    pub action: Action,
    /// Where it stands.
    pub status: JobStatus,
    /// The law.
    pub regulation: Regulation,
    /// Technical account of the caller.
    pub submitted_by: String,
    /// The Campaign instance that the request names.
    pub instance: Option<String>,
    /// When the request was made.
    pub created: Timestamp,
    /// When the job last moved.
    pub last_modified: Timestamp,
    /// How the data subject is known.
    pub identities: Vec<Identity>,
    /// The products asked, and how far each of them is.
    pub products: Vec<ProductResponse>,
    /// Every move so far, in order.
    pub history: Vec<Transition>,
    /// What moves it, where that is not what moves the org's other jobs.
    pub progression: Option<Progression>,
    /// How often it has been read since it last moved; counted where reads move it.
    pub reads: u32,
    /// From when on it cannot be read any more. A job of the seed can be read for ever.
    pub expires: Option<Timestamp>,
    /// Where its result is, if the seed says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<String>,
}

/// A product's part of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductResponse {
    /// As the caller spells it.
    pub product: String,
    /// Where it stands.
    pub status: JobStatus,
    /// How often its work had to be tried again.
    pub retry_count: i64,
    /// When it last said something; when the job last moved, if a seed does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed: Option<Timestamp>,
    /// When it moves on by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Its last word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl ProductResponse {
    /// Whether this is Campaign.
    #[must_use]
    pub fn is_campaign(&self) -> bool {
        self.product.eq_ignore_ascii_case(CAMPAIGN)
    }

    /// What it calls itself in answers.
    #[must_use]
    pub fn name(&self) -> &str {
        Product::name_of(&self.product)
    }

    /// Whether a text is its name or its value for `include`, in any letter case.
    #[must_use]
    pub fn goes_by(&self, text: &str) -> bool {
        [&*self.product, self.name()].iter().any(|known| known.eq_ignore_ascii_case(text))
    }
}

/// A move of a product or, without one, of the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The product that moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Where it stands since.
    pub status: JobStatus,
    /// When.
    pub at: Timestamp,
    /// What moved it.
    pub why: String,
}

/// The next move of a job: of the product with that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It acknowledges the job.
    Acknowledge(usize),
    /// It does its work.
    Finish(usize),
}

/// How far a job was at a moment, to tell what has happened since.
#[derive(Debug, Clone, Copy)]
pub struct JobProgress {
    /// Its word.
    pub status: JobStatus,
    /// How many moves its history had.
    pub moves: usize,
}

impl Step {
    /// The place of the product that moves.
    #[must_use]
    pub const fn product(self) -> usize {
        match self {
            Self::Acknowledge(at) | Self::Finish(at) => at,
        }
    }
}

impl PrivacyJob {
    /// A job as it is created: sent to its products, and to move as `progression` says.
    #[must_use]
    pub fn new(
        job: NewJob,
        origin: JobOrigin,
        request: &JobRequest,
        own: Option<Progression>,
        default_progression: Progression,
    ) -> Self {
        let now = request.created;
        let product = |product: &String| ProductResponse {
            product: product.clone(),
            status: JobStatus::Submitted,
            retry_count: 0,
            processed: Some(now),
            due: None,
            outcome: None,
        };
        let created = Transition {
            product: None,
            status: JobStatus::Submitted,
            at: now,
            why: request.why.clone(),
        };
        let mut job = Self {
            job_id: job.job_id,
            request_id: request.request_id.clone(),
            origin,
            parent: request.parent,
            user_key: job.user_key,
            action: job.action,
            status: JobStatus::Submitted,
            regulation: request.regulation,
            submitted_by: request.submitted_by.clone(),
            instance: request.instance.clone(),
            created: now,
            last_modified: now,
            identities: job.identities,
            products: request.products.iter().map(product).collect(),
            history: vec![created],
            progression: own,
            reads: 0,
            expires: None,
            download: None,
        };
        job.schedule(default_progression, now);
        job
    }

    /// How far it is.
    #[must_use]
    pub const fn progress(&self) -> JobProgress {
        JobProgress { status: self.status, moves: self.history.len() }
    }

    /// Whether its moves change nothing but the job: an opt-out that comes from Campaign is in force there already.
    #[must_use]
    pub const fn only_moves_itself(&self) -> bool {
        matches!(self.origin, JobOrigin::Change(_))
    }

    /// Whether there is something to download: the job is done and has given access, or has deleted where that leaves
    /// a receipt.
    #[must_use]
    pub fn has_result(&self, receipts: bool) -> bool {
        let leaves_one = match self.action {
            Action::Access => true,
            Action::Delete => receipts,
            Action::OptOutOfSale => false,
        };
        leaves_one && self.status == JobStatus::Complete
    }

    /// Until when its result can be downloaded. That of a job which does not go can be for as long from `now` on.
    #[must_use]
    pub fn downloadable_until(&self, now: Timestamp) -> Timestamp {
        let end = if self.expires.is_some() { self.last_modified } else { now };
        end.after(DOWNLOADABLE)
    }

    /// What moves it, if not `default_progression`, that of its org.
    #[must_use]
    pub fn moved_by(&self, default_progression: Progression) -> Progression {
        self.progression.unwrap_or(default_progression)
    }

    /// Sets when each product that is not done moves on by itself, as if it had just come to where it
    /// stands.
    pub fn schedule(&mut self, default_progression: Progression, now: Timestamp) {
        let (progression, of) = (self.moved_by(default_progression), self.products.len());
        for (at, product) in self.products.iter_mut().enumerate() {
            product.due = progression.due(product.status, at, of, now);
        }
    }

    /// When it next moves by itself.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.products.iter().filter_map(|product| product.due).min()
    }

    /// The next move, whenever it is: all products acknowledge before the first is done. A job that is done makes none,
    /// even if the seed has it with products that are not.
    #[must_use]
    pub fn next_step(&self) -> Option<Step> {
        if self.status.is_final() {
            return None;
        }
        self.first(|product| product.status == JobStatus::Submitted)
            .or_else(|| self.first(|product| product.status == JobStatus::Processing))
    }

    /// The move that is due; of several, the one that has been due the longest.
    #[must_use]
    pub fn due_step(&self, now: Timestamp) -> Option<Step> {
        let due = self.due().filter(|due| *due <= now)?;
        self.first(|product| product.due == Some(due))
    }

    fn first(&self, wanted: impl Fn(&ProductResponse) -> bool) -> Option<Step> {
        let at = self.products.iter().position(wanted)?;
        Some(match self.products.get(at)?.status {
            JobStatus::Submitted => Step::Acknowledge(at),
            _ => Step::Finish(at),
        })
    }

    /// A product acknowledges the job.
    pub fn acknowledge(
        &mut self,
        at: usize,
        default_progression: Progression,
        now: Timestamp,
        why: &str,
    ) {
        let (progression, of) = (self.moved_by(default_progression), self.products.len());
        let Some(product) = self.products.get_mut(at) else { return };
        product.status = JobStatus::Processing;
        product.processed = Some(now);
        product.due = progression.due(JobStatus::Processing, at, of, now);
        self.note(at, now, why.to_owned());
    }

    /// A product has finished.
    pub fn finish(&mut self, at: usize, outcome: Outcome, now: Timestamp, why: &str) {
        let Some(product) = self.products.get_mut(at) else { return };
        let error = outcome.code.is_error();
        product.status = if error { JobStatus::Error } else { JobStatus::Complete };
        product.processed = Some(now);
        product.due = None;
        let why = format!("{why}: {} {}", outcome.code.as_str(), outcome.detail);
        product.outcome = Some(outcome);
        self.note(at, now, why);
    }

    /// A product's work has failed for the `attempts`-th time: it is tried again after 1 s, 2 s, 4 s …,
    /// and given up in the end. Answers whether it is tried again.
    pub fn fail(&mut self, at: usize, attempts: i64, reason: &str, now: Timestamp) -> bool {
        if attempts >= MAX_ATTEMPTS {
            let outcome = Outcome::new(ResponseCode::JobFailure, reason);
            self.finish(at, outcome, now, "its work failed too often");
            return false;
        }
        let Some(product) = self.products.get_mut(at) else { return false };
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(8);
        product.retry_count += 1;
        product.due = Some(now.after(Duration::from_secs(1 << doublings)));
        self.note(at, now, format!("try {attempts} failed: {reason}"));
        true
    }

    /// Ends a job that can make no move at all, because what it is about cannot be read.
    pub fn abandon(&mut self, reason: &str, now: Timestamp) {
        self.status = JobStatus::Error;
        self.last_modified = now;
        self.expires = Some(now.after(READABLE));
        let why = reason.to_owned();
        self.history.push(Transition { product: None, status: self.status, at: now, why });
    }

    /// Brings the job's word in line with its products' and, as long as one of them is at work, its
    /// children's. Answers whether it has changed.
    pub fn aggregate(&mut self, child_at_work: bool, now: Timestamp) -> bool {
        let all = |status| self.products.iter().all(|product| product.status == status);
        let done = self.products.iter().all(|product| product.status.is_final());
        let status = match () {
            () if all(JobStatus::Submitted) => JobStatus::Submitted,
            () if !done || child_at_work => JobStatus::Processing,
            () if self.products.iter().any(|product| product.status == JobStatus::Error) => {
                JobStatus::Error
            }
            () => JobStatus::Complete,
        };
        // A child that is asked for after the end does not bring the job back.
        if status == self.status || self.status.is_final() {
            return false;
        }
        self.status = status;
        self.last_modified = now;
        self.expires = status.is_final().then(|| now.after(READABLE));
        let why = match status {
            JobStatus::Submitted => "sent to its products",
            JobStatus::Processing => "a product is at work",
            JobStatus::Complete => "all products finished",
            JobStatus::Error => "a product failed",
        }
        .to_owned();
        self.history.push(Transition { product: None, status, at: now, why });
        true
    }

    fn note(&mut self, at: usize, now: Timestamp, why: String) {
        let Some(product) = self.products.get(at) else { return };
        let (product, status) = (Some(product.product.clone()), product.status);
        self.reads = 0;
        self.history.push(Transition { product, status, at: now, why });
    }
}

/// Which of an org's jobs a list has.
#[derive(Debug, Clone, Copy)]
pub struct JobFilter {
    /// Under this regulation, if not under any.
    pub regulation: Option<Regulation>,
    /// In this state.
    pub status: Option<JobStatus>,
    /// Created at this moment or later.
    pub from: Option<Timestamp>,
    /// Created before this moment.
    pub to: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn job(products: &[&str], default_progression: Progression) -> PrivacyJob {
        let request = JobRequest {
            request_id: RequestId::new(NOW, 0),
            regulation: Regulation::CCPA,
            products: products.iter().map(|&product| product.to_owned()).collect(),
            instance: None,
            submitted_by: "t@techacct.adobe.com".to_owned(),
            created: NOW,
            parent: None,
            progression: None,
            why: "created".to_owned(),
        };
        let new = NewJob {
            job_id: Uuid::nil(),
            user_key: "k".to_owned(),
            action: Action::Access,
            identities: Vec::new(),
        };
        PrivacyJob::new(new, JobOrigin::Request, &request, None, default_progression)
    }

    fn take(job: &mut PrivacyJob, step: Step, outcome: Outcome) {
        match step {
            Step::Acknowledge(at) => job.acknowledge(at, Progression::Held, NOW, "told"),
            Step::Finish(at) => job.finish(at, outcome, NOW, "told"),
        }
    }

    #[test]
    fn a_failed_try_is_repeated_until_the_last() {
        let mut job = job(&["Campaign"], Progression::Immediate);
        job.acknowledge(0, Progression::Immediate, NOW, "told");
        for (attempt, wait) in [(1, 1000), (2, 2000), (4, 8000)] {
            assert!(job.fail(0, attempt, "why", NOW));
            assert_eq!(job.due(), Some(Timestamp::from_millis(wait)), "{attempt}");
        }
        assert!(!job.fail(0, MAX_ATTEMPTS, "why", NOW));
        assert!(job.aggregate(false, NOW));
        assert_eq!((job.status, job.due()), (JobStatus::Error, None));
        let outcome = job.products[0].outcome.clone().unwrap();
        assert_eq!((outcome.code, &*outcome.detail), (ResponseCode::JobFailure, "why"));
    }

    #[test]
    fn a_job_waits_for_its_children() {
        let mut job = job(&["Campaign"], Progression::Held);
        while let Some(step) = job.next_step() {
            take(&mut job, step, Outcome::success());
        }
        job.aggregate(true, NOW);
        assert_eq!(job.status, JobStatus::Processing);
        assert!(job.aggregate(false, NOW));
        assert_eq!(job.status, JobStatus::Complete);
        assert!(job.expires.is_some() && !job.aggregate(true, NOW));
    }

    proptest! {
        /// Whatever products answer: one step moves one product by one state, the job's word only goes
        /// forward, the history has each move once, and it ends in an error if a product does.
        #[test]
        fn a_job_goes_forward_to_its_end(fails in proptest::collection::vec(any::<bool>(), 1..6)) {
            let names: Vec<_> = (0..fails.len()).map(|n| format!("product{n}")).collect();
            let mut job = job(&names.iter().map(String::as_str).collect::<Vec<_>>(), Progression::Held);
            let mut steps = 0;
            while let Some(step) = job.next_step() {
                let before = job.status;
                let code = if fails[step.product()] { ResponseCode::JobFailure } else { ResponseCode::Success };
                take(&mut job, step, code.into());
                job.aggregate(false, NOW);
                prop_assert!(before <= job.status && !before.is_final());
                steps += 1;
            }
            prop_assert_eq!(steps, 2 * fails.len());
            let failed = fails.contains(&true);
            prop_assert_eq!(job.status, if failed { JobStatus::Error } else { JobStatus::Complete });
            let moves = job.history.iter().filter(|one| one.product.is_some());
            let mut seen: Vec<_> = moves.map(|one| (one.product.clone(), one.status)).collect();
            seen.dedup();
            prop_assert_eq!(seen.len(), steps);
            let words: Vec<_> =
                job.history.iter().filter(|one| one.product.is_none()).map(|one| one.status).collect();
            prop_assert_eq!(words, [JobStatus::Submitted, JobStatus::Processing, job.status]);
        }
    }
}
