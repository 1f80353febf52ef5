//! How far a generation of an org is with its exercises.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::domain::{ExerciseCounts, Result, SavedExercise, Timestamp};
use crate::journal::Entry;
use crate::seed::{CallCondition, Condition, Exercise, StateCondition};

/// The exercises of a seed as an org begins with them.
pub(in crate::service) fn not_done(all: &[Exercise]) -> Vec<SavedExercise> {
    all.iter().map(|one| SavedExercise { id: one.id.clone(), done_at: None }).collect()
}

pub(super) struct Progress {
    /// The exercises of the seed.
    all: Arc<Vec<Exercise>>,
    /// Those that the generation has, in the order of the seed.
    items: Vec<Item>,
    /// Whether something may have changed since the last look.
    has_news: bool,
    /// How many of its jobs had ended at the last look.
    ended_jobs: i64,
}

struct Item {
    /// Its place among the exercises of the seed.
    at: usize,
    done_at: Option<Timestamp>,
    /// For each of its conditions on calls.
    marks: Vec<Mark>,
}

/// What was seen of a condition on calls.
#[derive(Clone, Default)]
struct Mark {
    since: Option<Timestamp>,
    /// Methods and paths of calls that were refused and have not succeeded since.
    refused: VecDeque<String>,
}

impl Mark {
    /// Refused calls that are remembered.
    const MOST: usize = 50;

    fn take(&mut self, condition: &CallCondition, entry: &Entry) {
        if self.since.is_some() {
            return;
        }
        match condition {
            CallCondition::Request(matcher) => {
                self.since = matcher.accepts(entry).then(|| entry.at());
            }
            CallCondition::Retried(matcher) => {
                let call = || format!("{} {}", entry.method(), entry.path());
                if entry.is_refused() {
                    if matcher.accepts(entry) {
                        self.refused.push_back(call());
                        if self.refused.len() > Self::MOST {
                            self.refused.pop_front();
                        }
                    }
                } else if !self.refused.is_empty() && self.refused.contains(&call()) {
                    self.since = Some(entry.at());
                }
            }
        }
    }
}

impl Progress {
    /// The exercises that are stored, as far as the seed has them.
    pub(super) fn new(all: Arc<Vec<Exercise>>, stored: &[SavedExercise]) -> Self {
        let items = all.iter().enumerate().filter_map(|(at, exercise)| {
            let stored = stored.iter().find(|one| one.id == exercise.id)?;
            let marks = vec![Mark::default(); exercise.calls.len()];
            Some(Item { at, done_at: stored.done_at, marks })
        });
        let items = items.collect();
        Self { all, items, has_news: true, ended_jobs: 0 }
    }

    /// Whether nothing is left to do.
    pub(super) fn is_over(&self) -> bool {
        self.items.iter().all(|item| item.done_at.is_some())
    }

    /// Each exercise with the moment at which it was done.
    pub(super) fn items(&self) -> impl Iterator<Item = (&Exercise, Option<Timestamp>)> {
        self.items.iter().filter_map(|item| Some((self.all.get(item.at)?, item.done_at)))
    }

    /// How many there are, and how many are done.
    pub(super) fn counts(&self) -> ExerciseCounts {
        let done = self.items.iter().filter(|item| item.done_at.is_some()).count();
        ExerciseCounts { done, of: self.items.len() }
    }

    /// Takes up a call of the org.
    pub(super) fn take(&mut self, entry: &Entry) {
        self.has_news = true;
        for item in self.items.iter_mut().filter(|item| item.done_at.is_none()) {
            let calls = self.all.get(item.at).map_or(&[][..], |exercise| &exercise.calls);
            for (condition, mark) in calls.iter().zip(&mut item.marks) {
                mark.take(condition, entry);
            }
        }
    }

    /// Has the next look not pass over it.
    pub(super) fn look_again(&mut self) {
        self.has_news = true;
    }

    /// Whether there may be something new. What an org has changes with its calls and when its jobs end.
    pub(super) fn begin_look(&mut self, ended_jobs: i64) -> bool {
        let has_news = std::mem::take(&mut self.has_news) || self.ended_jobs != ended_jobs;
        self.ended_jobs = ended_jobs;
        has_news
    }

    /// The exercises that are done and were not, and since when; `since` answers conditions on what the org has.
    pub(super) fn judge(
        &self,
        since: impl Fn(&StateCondition) -> Result<Option<Timestamp>>,
    ) -> Result<Vec<(String, Timestamp)>> {
        let mut done = Vec::new();
        for item in self.items.iter().filter(|item| item.done_at.is_none()) {
            let Some(exercise) = self.all.get(item.at) else { continue };
            if let Some(at) = met_since(&exercise.done, &item.marks, &since)? {
                done.push((exercise.id.clone(), at));
            }
        }
        Ok(done)
    }

    /// Takes up that an exercise is done.
    pub(super) fn finish(&mut self, id: &str, at: Timestamp) {
        let is_it =
            |item: &&mut Item| self.all.get(item.at).is_some_and(|exercise| exercise.id == id);
        if let Some(item) = self.items.iter_mut().find(is_it) {
            item.done_at = Some(at);
            item.marks.clear();
        }
    }
}

/// Since when a condition is met: all parts of it, or the first one of several.
fn met_since(
    condition: &Condition,
    marks: &[Mark],
    state: &impl Fn(&StateCondition) -> Result<Option<Timestamp>>,
) -> Result<Option<Timestamp>> {
    match condition {
        Condition::Call(at) => Ok(marks.get(*at).and_then(|mark| mark.since)),
        Condition::State(condition) => state(condition),
        Condition::All(parts) => {
            let mut last = None;
            for part in parts {
                let Some(since) = met_since(part, marks, state)? else { return Ok(None) };
                last = last.max(Some(since));
            }
            Ok(last)
        }
        Condition::Any(parts) => {
            let mut first: Option<Timestamp> = None;
            for part in parts {
                let since = met_since(part, marks, state)?;
                first = first.into_iter().chain(since).min();
            }
            Ok(first)
        }
    }
}
