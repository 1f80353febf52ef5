//! A rule: which calls it is for, how often it comes into effect, and what it does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::delay::{Delay, Dribble, fraction};
use super::effect::{Effect, Fault, Outcome};
use super::path_pattern;
use crate::domain::{Error, Timestamp, merge_org_filters, parse_duration};

/// A rule as the control API takes and shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "NewFaultRule")]
pub(crate) struct RuleSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// With `*` for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Deliveries of events instead of calls; the path is then that of the webhook.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    events: bool,
    /// From 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    probability: Option<f64>,
    /// Only the first so many calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    first: Option<u64>,
    /// Only each so-manieth call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    every: Option<u64>,
    /// How long it is in force, on the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = "1h 30m")]
    ttl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 400, max = 599))]
    status: Option<u16>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = u32::MAX))]
    retry_after: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunked_dribble_delay: Option<Dribble>,
}

/// A rule in force.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    spec: RuleSpec,
    expires: Option<Timestamp>,
    /// Calls that it was for.
    matched: AtomicU64,
    /// Calls that it came into effect on.
    applied: AtomicU64,
}

/// A call, or the delivery of an event, as far as rules look at it.
pub(crate) struct CallFacts<'a> {
    pub(crate) is_event: bool,
    pub(crate) org: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
}

/// A rule in force as the control API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct FaultRule {
    id: String,
    #[serde(flatten)]
    spec: RuleSpec,
    #[schemars(extend("format" = "date-time"))]
    expires: Option<String>,
    /// Calls that it was for.
    matched: u64,
    /// Calls that it came into effect on.
    applied: u64,
}

impl RuleSpec {
    /// The same for the calls of that org alone.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] when it is for those of another one.
    pub(crate) fn of(mut self, org: Option<String>) -> Result<Self, Error> {
        self.org = merge_org_filters(self.org, org)?;
        Ok(self)
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |text: &str| Err(Error::RequestInvalid(text.to_owned()));
        let outcomes =
            [self.status.is_some(), self.fault.is_some(), self.chunked_dribble_delay.is_some()];
        match outcomes.iter().filter(|set| **set).count() {
            0 if self.delay.is_none() => {
                return wrong("A rule has a status, a delay, a fault or a chunkedDribbleDelay.");
            }
            0 | 1 => {}
            _ => return wrong("A rule has one of status, fault and chunkedDribbleDelay."),
        }
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return wrong("status is from 400 to 599.");
        }
        if self.events && (self.retry_after.is_some() || self.chunked_dribble_delay.is_some()) {
            return wrong(
                "A rule for events has no retryAfter and no chunkedDribbleDelay: they are for answers.",
            );
        }
        if self.retry_after.is_some() && self.status.is_none() {
            return wrong("retryAfter goes with a status.");
        }
        if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return wrong("probability is from 0 to 1.");
        }
        if self.first == Some(0) || self.every == Some(0) {
            return wrong("first and every are 1 or more.");
        }
        self.delay.map_or(Ok(()), Delay::check)?;
        self.chunked_dribble_delay.map_or(Ok(()), Dribble::check)
    }
}

impl Rule {
    pub(crate) fn new(id: String, spec: RuleSpec, now: Timestamp) -> Result<Self, Error> {
        spec.check()?;
        let ttl = spec.ttl.as_deref().map(|text| {
            Duration::try_from(parse_duration(text).map_err(Error::RequestInvalid)?)
                .map_err(|_| Error::RequestInvalid("ttl is not negative.".to_owned()))
        });
        let expires = ttl.transpose()?.map(|ttl| now.after(ttl));
        Ok(Self { id, spec, expires, matched: AtomicU64::new(0), applied: AtomicU64::new(0) })
    }

    /// Whether it is for calls of that org alone, or of whichever when none is named.
    pub(crate) fn applies_to_org_only(&self, org: Option<&str>) -> bool {
        org.is_none_or(|org| self.spec.org.as_deref() == Some(org))
    }

    /// The org that it is for, if not for all.
    pub(crate) fn org(&self) -> Option<&str> {
        self.spec.org.as_deref()
    }

    /// How many calls it was for.
    pub(crate) fn matched(&self) -> u64 {
        self.matched.load(Ordering::Relaxed)
    }

    pub(crate) fn is_in_force(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// What it does to a call, if it is for it and its turn has come.
    pub(crate) fn effect(
        &self,
        asked: &CallFacts<'_>,
        mut draw: impl FnMut() -> u64,
    ) -> Option<Effect> {
        if !self.is_for(asked) {
            return None;
        }
        let number = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        let spec = &self.spec;
        let turn = spec.first.is_none_or(|first| number <= first)
            && spec.every.is_none_or(|every| number.is_multiple_of(every));
        if !turn || spec.probability.is_some_and(|chance| fraction(draw()) >= chance) {
            return None;
        }
        self.applied.fetch_add(1, Ordering::Relaxed);
        Some(Effect {
            wait: spec.delay.map_or(Duration::ZERO, |delay| delay.drawn(draw)),
            outcome: match (spec.status, spec.fault) {
                (_, Some(fault)) => Outcome::Broken(fault),
                (Some(status), None) => Outcome::Refused(status, spec.retry_after),
                (None, None) => Outcome::Answered(spec.chunked_dribble_delay),
            },
            reason: format!("The fault rule '{}' is for this call: see /__admin/faults.", self.id),
            applied: None,
        })
    }

    fn is_for(&self, asked: &CallFacts<'_>) -> bool {
        let spec = &self.spec;
        spec.events == asked.is_event
            && spec.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(asked.method))
            && spec.path.as_deref().is_none_or(|path| path_pattern::matches(path, asked.path))
            && spec.org.as_deref().is_none_or(|org| Some(org) == asked.org)
    }

    /// As the control API shows it.
    pub(crate) fn shown(&self) -> FaultRule {
        FaultRule {
            id: self.id.clone(),
            spec: self.spec.clone(),
            expires: self.expires.map(Timestamp::to_rfc3339),
            matched: self.matched(),
            applied: self.applied.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_millis(0);
    const ASKED: CallFacts<'_> =
        CallFacts { is_event: false, org: Some("acme"), method: "GET", path: "/acme/campaign/x" };

    fn rule(spec: Value) -> Result<Rule, Error> {
        let spec = serde_json::from_value(spec);
        let spec = spec.map_err(|fault| Error::RequestInvalid(fault.to_string()))?;
        Rule::new("r".to_owned(), spec, NOW)
    }

    fn pattern_of(spec: Value, draw: impl Fn() -> u64) -> String {
        let rule = rule(spec).unwrap();
        (0..8).map(|_| if rule.effect(&ASKED, &draw).is_some() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn turns_are_taken_as_said() {
        let never = || u64::MAX;
        assert_eq!(pattern_of(json!({"status": 500}), never), "xxxxxxxx");
        assert_eq!(pattern_of(json!({"status": 500, "first": 2}), never), "xx......");
        assert_eq!(pattern_of(json!({"status": 500, "every": 3}), never), "..x..x..");
        assert_eq!(pattern_of(json!({"status": 500, "every": 3, "first": 5}), never), "..x.....");
        assert_eq!(pattern_of(json!({"status": 500, "probability": 0.5}), never), "........");
        assert_eq!(pattern_of(json!({"status": 500, "probability": 0.5}), || 0), "xxxxxxxx");
        assert_eq!(pattern_of(json!({"status": 500, "org": "globex"}), never), "........");
        assert_eq!(pattern_of(json!({"status": 500, "path": "/acme/*"}), never), "xxxxxxxx");
        assert_eq!(pattern_of(json!({"status": 500, "method": "POST"}), never), "........");
        assert_eq!(pattern_of(json!({"status": 500, "events": true}), never), "........");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for spec in [
            json!({}),
            json!({"status": 200}),
            json!({"status": 500, "fault": "EMPTY_RESPONSE"}),
            json!({"status": 500, "probability": 1.5}),
            json!({"status": 500, "first": 0}),
            json!({"status": 500, "ttl": "soon"}),
            json!({"status": 500, "ttl": "-1s"}),
            json!({"status": 500, "wrong": 1}),
            json!({"fault": "NO_SUCH"}),
            json!({"delay": 1, "retryAfter": 1}),
            json!({"status": 503, "events": true, "retryAfter": 1}),
            json!({"events": true, "chunkedDribbleDelay": {"numberOfChunks": 1, "totalDuration": 1}}),
            json!({"delay": {"type": "uniform", "lower": 2, "upper": 1}}),
            json!({"chunkedDribbleDelay": {"numberOfChunks": 0, "totalDuration": 1}}),
        ] {
            assert!(rule(spec.clone()).is_err(), "{spec}");
        }
    }

    #[test]
    fn a_rule_with_a_ttl_expires() {
        let rule = rule(json!({"status": 500, "ttl": "10s"})).unwrap();
        assert!(rule.is_in_force(Timestamp::from_millis(9999)));
        assert!(!rule.is_in_force(Timestamp::from_millis(10_000)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}", status in any::<u16>(), ttl in ".{0,10}", chance in any::<f64>()) {
            let _ = serde_json::from_str::<RuleSpec>(&text);
            let _ = rule(json!({"status": status, "ttl": ttl, "probability": chance}));
            let _ = rule(json!({"status": 500, "path": text, "delay": status})).map(|rule| rule.effect(&ASKED, || 1));
        }
    }
}
