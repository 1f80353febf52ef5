//! Failing on demand: rules that the control API sets, and what a single call asks for itself by `Prefer`. Never
//! for the control API or the probes, so that nobody locks themselves out.

mod delay;
mod effect;
pub(crate) mod path_pattern;
mod preference;
mod rule;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{Error, Timestamp};

pub(crate) use delay::Dribble;
pub(crate) use effect::{Effect, Fault, FaultKind, Outcome};
pub(crate) use preference::Preference;
pub(crate) use rule::{CallFacts, FaultRule, Rule, RuleSpec};

/// The rules in force, for all threads, in the order in which they are tried.
#[derive(Debug, Default)]
pub struct Faults {
    rules: RwLock<Vec<Arc<Rule>>>,
    /// Whether there are any: calls look at nothing else where there are none.
    any: AtomicBool,
    made: AtomicU64,
}

impl Faults {
    /// The rules that have not expired.
    pub(crate) fn rules(&self, now: Timestamp) -> Vec<Arc<Rule>> {
        if !self.any.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.iter().filter(|rule| rule.is_in_force(now)).cloned().collect()
    }

    /// The rule of that id.
    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Option<Arc<Rule>> {
        self.rules(now).into_iter().find(|rule| rule.id == id)
    }

    /// Adds a rule behind the others.
    pub(crate) fn add(&self, spec: RuleSpec, now: Timestamp) -> Result<Arc<Rule>, Error> {
        let rule = self.rule(spec, now)?;
        self.change(now, |rules| rules.push(Arc::clone(&rule)));
        Ok(rule)
    }

    /// Puts a rule in the place of the one of that id, or behind the others. Answers whether there was one.
    pub(crate) fn put(
        &self,
        id: &str,
        spec: RuleSpec,
        now: Timestamp,
    ) -> Result<(Arc<Rule>, bool), Error> {
        let rule = Arc::new(Rule::new(id.to_owned(), spec, now)?);
        let mut had = false;
        self.change(now, |rules| match rules.iter_mut().find(|known| known.id == id) {
            Some(known) => {
                had = true;
                *known = Arc::clone(&rule);
            }
            None => rules.push(Arc::clone(&rule)),
        });
        Ok((rule, had))
    }

    /// Puts rules in the place of those that are for that org alone, or of all.
    pub(crate) fn replace(
        &self,
        specs: Vec<RuleSpec>,
        org: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let made = specs.into_iter().map(|spec| self.rule(spec, now));
        let made = made.collect::<Result<Vec<_>, _>>()?;
        self.change(now, |rules| {
            rules.retain(|rule| !rule.applies_to_org_only(org));
            rules.extend(made);
        });
        Ok(())
    }

    /// Removes the rule of that id. Answers whether there was one.
    pub(crate) fn remove(&self, id: &str, now: Timestamp) -> bool {
        self.keep(now, |rule| rule.id != id) > 0
    }

    /// Removes the rules that are for that org alone, or all. Answers how many.
    pub(crate) fn reset(&self, org: Option<&str>, now: Timestamp) -> usize {
        self.keep(now, |rule| !rule.applies_to_org_only(org))
    }

    /// Removes all rules but some. Answers how many.
    fn keep(&self, now: Timestamp, keeps: impl Fn(&Rule) -> bool) -> usize {
        let mut gone = 0;
        self.change(now, |rules| {
            let before = rules.len();
            rules.retain(|rule| keeps(rule));
            gone = before - rules.len();
        });
        gone
    }

    fn rule(&self, spec: RuleSpec, now: Timestamp) -> Result<Arc<Rule>, Error> {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Arc::new(Rule::new(format!("fault-{number}"), spec, now)?))
    }

    fn change(&self, now: Timestamp, change: impl FnOnce(&mut Vec<Arc<Rule>>)) {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        rules.retain(|rule| rule.is_in_force(now));
        change(&mut rules);
        self.any.store(!rules.is_empty(), Ordering::Relaxed);
    }
}
