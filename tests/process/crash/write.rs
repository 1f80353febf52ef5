//! Those who write while the server is killed, and what they saw of each write.

use std::io;

use fastrand::Rng;

use super::history::Change;
use crate::support::{Answer, Caller, Ready};

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The answer said that it is done.
    Acknowledged,
    /// No whole answer arrived.
    Unknown,
    /// Another answer arrived, with that status; no answer of this load should be one.
    Refused(u16),
}

/// A write as the thread that sent it saw it.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) writer: usize,
    pub(super) request_id: String,
    /// `None` for a profile that may have been created without an answer.
    pub(super) pkey: Option<String>,
    /// The value before; `None` where another thread writes as well.
    pub(super) from: Option<bool>,
    pub(super) to: bool,
    pub(super) outcome: Outcome,
}

impl Write {
    /// Whether the ledger must have a row of it.
    pub(super) fn must_have_row(&self) -> bool {
        self.outcome == Outcome::Acknowledged && self.from.is_some_and(|from| from != self.to)
    }

    /// Whether a row with its request id can be its.
    pub(super) fn may_become(&self, change: &Change) -> bool {
        self.pkey.as_ref() == Some(&change.pkey)
            && self.to == change.to
            && self.from.is_none_or(|from| from == change.from)
    }
}

/// A thread that creates profiles and changes its own ones and a shared one, until an answer is
/// not as it should be.
pub(super) struct Writer {
    pub(super) number: usize,
    pub(super) round: u32,
    pub(super) rng: Rng,
    pub(super) own: Vec<(String, bool)>,
    pub(super) shared: String,
    pub(super) log: Vec<Write>,
}

impl Writer {
    pub(super) fn run(mut self, ready: &Ready) -> Vec<Write> {
        if let Ok(mut caller) = Caller::new(ready) {
            while self.write(&mut caller) == Outcome::Acknowledged {}
        }
        self.log
    }

    fn write(&mut self, caller: &mut Caller) -> Outcome {
        match self.rng.u8(..8) {
            0 => self.create(caller),
            1 => self.update_shared(caller),
            _ if self.own.is_empty() => self.create(caller),
            _ => self.update_own(caller),
        }
    }

    fn create(&mut self, caller: &mut Caller) -> Outcome {
        let (id, to) = (self.request_id(), self.rng.bool());
        let (outcome, answer) = judge(caller.create(to, &id), 201);
        let pkey = answer.map(|answer| answer.json()["PKey"].as_str().unwrap().to_owned());
        self.own.extend(pkey.clone().map(|pkey| (pkey, to)));
        self.note(id, pkey, Some(false), to, outcome)
    }

    fn update_own(&mut self, caller: &mut Caller) -> Outcome {
        let id = self.request_id();
        let at = self.rng.usize(..self.own.len());
        // Mostly the other value; now and then the same again, which is no change.
        let same = self.rng.u8(..4) == 0;
        let (pkey, value) = &mut self.own[at];
        let (pkey, from, to) = (pkey.clone(), *value, *value == same);
        *value = to;
        let (outcome, _) = judge(caller.update(&pkey, to, &id), 200);
        self.note(id, Some(pkey), Some(from), to, outcome)
    }

    fn update_shared(&mut self, caller: &mut Caller) -> Outcome {
        let (id, to) = (self.request_id(), self.rng.bool());
        let (outcome, _) = judge(caller.update(&self.shared, to, &id), 200);
        let pkey = Some(self.shared.clone());
        self.note(id, pkey, None, to, outcome)
    }

    fn request_id(&self) -> String {
        format!("round-{}-writer-{}-write-{}", self.round, self.number, self.log.len())
    }

    fn note(
        &mut self,
        request_id: String,
        pkey: Option<String>,
        from: Option<bool>,
        to: bool,
        outcome: Outcome,
    ) -> Outcome {
        self.log.push(Write { writer: self.number, request_id, pkey, from, to, outcome });
        outcome
    }
}

/// How a write ended, and its answer if it was acknowledged.
pub(super) fn judge(result: io::Result<Answer>, done: u16) -> (Outcome, Option<Answer>) {
    match result {
        Ok(answer) if answer.status == done => (Outcome::Acknowledged, Some(answer)),
        Ok(answer) => (Outcome::Refused(answer.status), None),
        Err(_) => (Outcome::Unknown, None),
    }
}
