//! What can happen.

use uuid::Uuid;

use crate::domain::{
    JobOrigin, JobStatus, LedgerEntry, OrgName, PrivacyJob, Progression, Timestamp, Transition,
};
use crate::journal::Head;

/// Something that has happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A call was answered.
    Call(Head<'static>),
    /// A profile's opt-out has changed.
    Change(Box<Change>),
    /// A privacy job has moved.
    Job(Box<JobMove>),
    /// An org begins, or begins anew: from the seed, from nothing, from a snapshot; or was deleted.
    Reset { org: OrgName, to: String },
    /// The clock does not go on as before.
    Clock { now: Timestamp, is_frozen: bool },
    /// Fault rules of an org, or of all, have changed or been met.
    Fault { org: Option<String>, ids: Vec<String> },
    /// An org has done an exercise.
    Exercise { org: OrgName, id: String, done_at: Timestamp },
    /// An org's jobs are moved by something else.
    Progression { org: OrgName, progression: Progression },
}

/// A change of the ledger as it was made; the moves of the job that it became follow.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) org: OrgName,
    pub(crate) pkey: String,
    pub(crate) entry: LedgerEntry,
}

/// A move of a privacy job.
#[derive(Debug)]
pub(crate) struct JobMove {
    pub(crate) org: OrgName,
    pub(crate) job_id: Uuid,
    pub(crate) origin: JobOrigin,
    pub(crate) action: &'static str,
    pub(crate) user_key: String,
    pub(crate) regulation: &'static str,
    pub(crate) transition: Transition,
    /// When it moves by itself after all moves of the same write.
    pub(crate) next_move: Option<Timestamp>,
    pub(crate) created: Timestamp,
    /// Where its products stand after this move.
    pub(crate) products: Vec<(String, JobStatus)>,
}

impl JobMove {
    /// The moves of a job but for the first `told` of them.
    pub(crate) fn of(org: &OrgName, job: &PrivacyJob, told: usize) -> Vec<Self> {
        let mut products: Vec<_> = job
            .products
            .iter()
            .map(|response| (response.product.clone(), JobStatus::Submitted))
            .collect();
        let mut moves = Vec::new();
        for (at, transition) in job.history.iter().enumerate() {
            let is_it = |(product, _): &&mut (String, JobStatus)| {
                transition.product.as_deref() == Some(product)
            };
            if let Some((_, status)) = products.iter_mut().find(is_it) {
                *status = transition.status;
            }
            if at >= told {
                moves.push(Self {
                    org: org.clone(),
                    job_id: job.job_id,
                    origin: job.origin,
                    action: job.action.as_str(),
                    user_key: job.user_key.clone(),
                    regulation: job.regulation.as_str(),
                    transition: transition.clone(),
                    next_move: job.due(),
                    created: job.created,
                    products: products.clone(),
                });
            }
        }
        moves
    }

    fn length(&self) -> usize {
        let products = self.products.iter().map(|(product, _)| product.len() + size_of::<Self>());
        let product = self.transition.product.as_ref().map_or(0, String::len);
        self.user_key.len() + self.transition.why.len() + product + products.sum::<usize>()
    }
}

impl Change {
    fn length(&self) -> usize {
        let LedgerEntry { request_id, api_key, applied_by, .. } = &self.entry;
        let applied_by = applied_by.as_ref().map_or(0, String::len);
        size_of::<Self>() + self.pkey.len() + request_id.len() + api_key.len() + applied_by
    }
}

impl Event {
    /// Whether it is one for those who watch that org alone. What is for all orgs is.
    pub(crate) fn is_for(&self, org: &str) -> bool {
        match self {
            Self::Call(head) => head.org() == Some(org),
            Self::Change(change) => change.org.as_str() == org,
            Self::Job(moved) => moved.org.as_str() == org,
            Self::Clock { .. } => true,
            Self::Fault { org: of, .. } => of.as_ref().is_none_or(|of| of == org),
            Self::Reset { org: of, .. }
            | Self::Exercise { org: of, .. }
            | Self::Progression { org: of, .. } => of.as_str() == org,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let own = match self {
            Self::Call(head) => head.length(),
            Self::Change(change) => change.length(),
            Self::Job(moved) => size_of::<JobMove>() + moved.length(),
            Self::Reset { to: text, .. } | Self::Exercise { id: text, .. } => text.len(),
            Self::Fault { ids, .. } => {
                ids.iter().map(|id| id.len() + size_of::<String>()).sum::<usize>()
            }
            Self::Clock { .. } | Self::Progression { .. } => 0,
        };
        own + size_of::<Self>()
    }
}
