//! The fault rules as they were when somebody looked last. Calls meet rules all the time, so they tell nobody: whoever
//! watches compares.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::Event;
use crate::faults::Rule;

/// How often it is told at most that rules were met.
const PAUSE: Duration = Duration::from_secs(1);

/// The rules that are known, and how often each has been met.
#[derive(Debug, Default)]
pub(super) struct KnownRules {
    rules: Vec<(Arc<Rule>, u64)>,
    told: Option<Instant>,
}

impl KnownRules {
    /// The events of what is different now: one for each org whose rules are others, or were met.
    pub(super) fn changes(&mut self, rules: &[Arc<Rule>], now: Instant) -> Vec<Event> {
        if self.rules.is_empty() && rules.is_empty() {
            return Vec::new();
        }
        let is_one = |known: &[Arc<Rule>], rule: &Arc<Rule>| {
            known.iter().any(|other| Arc::ptr_eq(other, rule))
        };
        let known: Vec<Arc<Rule>> = self.rules.iter().map(|(rule, _)| Arc::clone(rule)).collect();
        let mut changed: Vec<&Arc<Rule>> =
            rules.iter().filter(|rule| !is_one(&known, rule)).collect();
        changed.extend(known.iter().filter(|rule| !is_one(rules, rule)));
        let is_early = self.told.is_some_and(|told| now.duration_since(told) < PAUSE);
        if !is_early {
            let met = self.rules.iter().filter(|(rule, before)| rule.matched() != *before);
            changed.extend(met.map(|(rule, _)| rule).filter(|rule| is_one(rules, rule)));
        }
        let events = grouped(&changed);
        if changed.is_empty() {
            return events;
        }
        let counted = |rule: &Arc<Rule>| {
            let before = self.rules.iter().find(|(known, _)| Arc::ptr_eq(known, rule));
            // What was not told is told later.
            let count = before.filter(|_| is_early).map(|(_, before)| *before);
            (Arc::clone(rule), count.unwrap_or_else(|| rule.matched()))
        };
        self.rules = rules.iter().map(counted).collect();
        if !is_early {
            self.told = Some(now);
        }
        events
    }
}

/// One event for each org.
fn grouped(rules: &[&Arc<Rule>]) -> Vec<Event> {
    let mut orgs = BTreeMap::<Option<&str>, Vec<String>>::new();
    for rule in rules {
        let ids = orgs.entry(rule.org()).or_default();
        if !ids.contains(&rule.id) {
            ids.push(rule.id.clone());
        }
    }
    let event = |(org, ids): (Option<&str>, _)| Event::Fault { org: org.map(str::to_owned), ids };
    orgs.into_iter().map(event).collect()
}
