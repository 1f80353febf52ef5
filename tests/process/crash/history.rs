//! The ledger of opt-out changes as the server tells it, checked row by row.

use std::collections::HashMap;

use serde::Deserialize;

use crate::support::{Caller, poll};

/// A row of the ledger of opt-out changes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    pub(super) id: i64,
    #[serde(rename = "PKey")]
    pub(super) pkey: String,
    pub(super) sequence: u64,
    pub(super) from: bool,
    pub(super) to: bool,
    pub(super) request_id: String,
    pub(super) job_id: Option<String>,
    pub(super) job_status: Option<String>,
}

impl Change {
    /// Whether the job that it became is done.
    pub(super) fn is_finished(&self) -> bool {
        !self.to || self.job_status.as_deref() == Some("complete")
    }
}

/// What is not as it must be.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) lost: Vec<String>,
    pub(super) doubled: Vec<String>,
    pub(super) stuck: Vec<String>,
    pub(super) wrong: Vec<String>,
}

impl Faults {
    pub(super) fn assert_none(&self, when: &str) {
        let all = [&self.lost, &self.doubled, &self.stuck, &self.wrong];
        assert!(all.iter().all(|faults| faults.is_empty()), "{when}: {self:#?}");
    }
}

/// The changes of one profile.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) length: u64,
    pub(super) value: bool,
}

/// What the ledger says, read row by row and checked on the way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    pub(super) last_id: i64,
    pub(super) changes: u64,
    pub(super) chains: HashMap<String, Chain>,
    /// The profile that each job is about.
    pub(super) jobs: HashMap<String, String>,
}

impl History {
    /// The value that a profile has by its last change.
    pub(super) fn value(&self, pkey: &str) -> bool {
        self.chains.get(pkey).is_some_and(|chain| chain.value)
    }

    pub(super) fn append(&mut self, change: &Change, faults: &mut Faults) {
        let chain = self.chains.entry(change.pkey.clone()).or_default();
        let follows = change.id > self.last_id
            && change.sequence == chain.length + 1
            && change.from == chain.value
            && change.to != change.from;
        if !follows {
            faults.wrong.push(format!("{change:?} does not follow {chain:?}"));
        }
        *chain = Chain { length: change.sequence, value: change.to };
        self.last_id = change.id;
        self.changes += 1;
        if !change.is_finished() {
            faults.stuck.push(format!("{change:?}"));
        }
        match &change.job_id {
            Some(job) if change.to => {
                let other = self.jobs.insert(job.clone(), change.pkey.clone());
                let shares = other.map(|pkey| format!("{change:?} shares its job with {pkey}"));
                faults.doubled.extend(shares);
            }
            Some(_) => faults.wrong.push(format!("{change:?} is a withdrawal with a job")),
            None if change.to => faults.lost.push(format!("{change:?} has no job")),
            None => {}
        }
    }
}

/// The rows of the ledger after `after`, once the queue has nothing more to do or patience is at its
/// end.
pub(super) fn drained(caller: &mut Caller, after: i64) -> Vec<Change> {
    let mut read = || {
        let ledger = caller.ledger(after);
        let rows = ledger.changes.into_iter().map(|row| serde_json::from_value(row).unwrap());
        let rows: Vec<Change> = rows.collect();
        for change in &rows {
            let is_queued = change.job_id.is_some() || !change.to;
            assert!(is_queued, "an opt-out in the ledger has no job: {change:?}");
        }
        rows
    };
    let quiet = poll(|| {
        let changes = read();
        changes.iter().all(Change::is_finished).then_some(changes)
    });
    quiet.unwrap_or_else(read)
}
