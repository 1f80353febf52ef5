//! What is known of the exercises of all orgs, shared by all threads.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::orgs::Tenant;
use super::progress::Progress;
use crate::domain::{ExerciseCounts, OrgId, OrgName};
use crate::journal::Journal;

/// The progress of each generation that can be called, and how far the journal was read. Who holds it looks; so a look
/// is whole, and tells of each exercise once.
#[derive(Default)]
pub(in crate::service) struct Board {
    /// The newest call that was looked at.
    seen: u64,
    /// Whether anybody cares for exercises; if not, calls that the journal drops are not worth a look.
    is_in_use: bool,
    generations: HashMap<i64, Progress>,
    /// The generation that has the name of an org.
    numbers: HashMap<String, i64>,
    /// The newest calls of generations that are over, by the org's name.
    earlier: HashMap<String, u64>,
}

impl Board {
    /// Calls at a time, so that the journal is not held up.
    const STEP: usize = 200;

    /// Has calls looked at before the journal drops them, from now on.
    pub(in crate::service) fn begin_use(&mut self, journal: &Journal) {
        self.is_in_use = true;
        journal.tell_when_filling();
    }

    /// Takes up that an org begins anew: calls until now were of the generation before.
    pub(in crate::service) fn begin_anew(&mut self, org: &OrgName, journal: &Journal) {
        self.earlier.insert(org.as_str().to_owned(), journal.newest());
    }

    /// Forgets all generations but these.
    pub(super) fn keep(&mut self, tenants: &[Arc<Tenant>]) {
        let named = |tenant: &Arc<Tenant>| (tenant.name.as_str().to_owned(), tenant.id.get());
        self.numbers = tenants.iter().map(named).collect();
        let live: HashSet<i64> = self.numbers.values().copied().collect();
        self.generations.retain(|number, _| live.contains(number));
    }

    pub(super) fn add(&mut self, tenant: &Tenant, progress: Progress) {
        self.generations.insert(tenant.id.get(), progress);
    }

    pub(super) fn progress(&mut self, generation: OrgId) -> Option<&mut Progress> {
        self.generations.get_mut(&generation.get())
    }

    /// How far each generation is.
    pub(super) fn counts(&self) -> HashMap<OrgId, ExerciseCounts> {
        let counts = |(number, progress): (&i64, &Progress)| {
            (OrgId::from_stored(*number), progress.counts())
        };
        self.generations.iter().map(counts).collect()
    }

    /// Has the next look not pass over a generation.
    pub(super) fn look_again(&mut self, generation: OrgId) {
        if let Some(progress) = self.progress(generation) {
            progress.look_again();
        }
    }

    /// Reads the calls of the journal since the last look. What it has dropped is not seen.
    pub(super) fn take_calls(&mut self, journal: &Journal) {
        if self.is_in_use {
            journal.tell_when_filling();
        }
        if self.generations.values().all(Progress::is_over) {
            self.seen = journal.newest();
            return;
        }
        loop {
            let entries = match journal.after(self.seen, Self::STEP) {
                Ok(entries) => entries,
                Err(gone) => {
                    self.seen = gone;
                    continue;
                }
            };
            for entry in &entries {
                self.seen = entry.id();
                let Some(org) = entry.org() else { continue };
                let is_earlier = self.earlier.get(org).is_some_and(|last| entry.id() <= *last);
                let progress =
                    self.numbers.get(org).and_then(|number| self.generations.get_mut(number));
                if let Some(progress) = progress.filter(|_| !is_earlier) {
                    progress.take(entry);
                }
            }
            if entries.len() < Self::STEP {
                break;
            }
        }
        let seen = self.seen;
        self.earlier.retain(|_, last| *last > seen);
    }
}
