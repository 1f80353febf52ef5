//! A visit at a webhook: the challenge, or an event that is due there. It needs the network alone, so that many go on
//! at once; what has come of it is written by who has made it.

use std::sync::Arc;
use std::time::Duration;

use log::{info, warn};

use super::super::orgs::Tenant;
use crate::domain::{Result, Timestamp, WebhookUrl, is_tried_again, next_try};
use crate::faults::{Effect, Fault, Outcome};
use crate::store::event_deliveries::{DueDelivery, TryResult};
use crate::store::{Tx, event_deliveries, event_registrations};
use crate::webhooks::{PostFailure, Webhooks};

/// The longest pause between two challenges; the first one is a second, and each is twice as long as the one before.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An event to be sent.
pub(super) struct Sending {
    pub(super) delivery: DueDelivery,
    /// Of its body; or why there is none.
    pub(super) signature: std::result::Result<String, String>,
    /// What a fault rule does to it.
    pub(super) effect: Option<Effect>,
}

/// What is done on a visit.
pub(super) enum Errand {
    /// The text that the webhook has to repeat.
    Challenge(String),
    Event(Sending),
}

/// What is to be done at a webhook.
pub(crate) struct Visit {
    pub(super) under_way: UnderWay,
    pub(super) url: WebhookUrl,
    /// How often the challenge has failed.
    pub(super) challenges: i64,
    pub(super) tenant: Arc<Tenant>,
    pub(super) errand: Errand,
    pub(super) webhooks: Webhooks,
}

/// A visit that has begun and whose outcome is not written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnderWay {
    /// The row of the registration.
    pub(super) webhook: i64,
    /// The row of the delivery; none for a challenge.
    pub(super) delivery: Option<i64>,
}

/// What has come of a visit.
#[derive(Debug)]
pub(crate) struct Visited {
    under_way: UnderWay,
    result: VisitResult,
}

#[derive(Debug)]
enum VisitResult {
    /// How the challenge went, after so many failures.
    Challenge(std::result::Result<(), String>, i64),
    Event(DueDelivery, Try),
    /// Nothing was done: the tenant was reset.
    Nothing,
}

/// How a try went.
type Try = std::result::Result<(), TryFailure>;

/// Why a delivery failed.
#[derive(Debug)]
struct TryFailure {
    problem: String,
    /// Whether it is worth another try.
    again: bool,
}

impl Visit {
    /// What is under way once it has begun.
    pub(crate) const fn under_way(&self) -> UnderWay {
        self.under_way
    }

    /// Makes it.
    pub(crate) async fn make(self) -> Visited {
        let Self { under_way, url, challenges, tenant, errand, webhooks } = self;
        let result = match errand {
            Errand::Challenge(text) => {
                VisitResult::Challenge(webhooks.challenge(&url, &text).await, challenges)
            }
            Errand::Event(sending) => {
                let sent = sending.send(&webhooks, &url, &tenant).await;
                sent.map_or(VisitResult::Nothing, |(delivery, done)| {
                    VisitResult::Event(delivery, done)
                })
            }
        };
        Visited { under_way, result }
    }
}

impl Sending {
    /// Sends it; nothing, if its tenant has been reset in between.
    async fn send(
        self,
        webhooks: &Webhooks,
        url: &WebhookUrl,
        tenant: &Tenant,
    ) -> Option<(DueDelivery, Try)> {
        let Self { delivery, signature, effect } = self;
        let (wait, outcome) = effect.map_or((Duration::ZERO, Outcome::Answered(None)), |effect| {
            (effect.wait, effect.outcome)
        });
        if wait > Duration::ZERO {
            tokio::time::sleep(wait).await;
        }
        if tenant.outbox.is_closed() {
            return None;
        }
        let done = match (outcome, signature) {
            (_, Err(problem)) => Err(TryFailure { problem, again: true }),
            (Outcome::Refused(status, _), _) => Err(answered(status, "a fault rule had it answer")),
            // The webhook gets it, and its answer is lost.
            (Outcome::Broken(Fault::MalformedResponseChunk), Ok(signature)) => {
                let _ = post(webhooks, url, &delivery, signature).await;
                Err(TryFailure { problem: "a fault rule lost the answer".to_owned(), again: true })
            }
            (Outcome::Broken(fault), _) => Err(TryFailure {
                problem: format!("a fault rule broke the connection: {}", fault.name()),
                again: true,
            }),
            (Outcome::Answered(_), Ok(signature)) => {
                post(webhooks, url, &delivery, signature).await
            }
        };
        Some((delivery, done))
    }
}

async fn post(
    webhooks: &Webhooks,
    url: &WebhookUrl,
    delivery: &DueDelivery,
    signature: String,
) -> Try {
    let retries = (delivery.attempts > 0).then(|| delivery.attempts.to_string());
    let headers = [
        ("x-adobe-event-code", Some(delivery.kind.as_str().to_owned())),
        ("x-adobe-event-id", Some(delivery.event_id.clone())),
        ("x-adobe-provider", Some("gdpr_events".to_owned())),
        ("x-adobe-retry-count", retries),
        ("x-adobe-signature", Some(signature)),
    ];
    let headers = headers.into_iter().filter_map(|(name, value)| Some((name, value?)));
    webhooks.post(url, headers, delivery.body.clone()).await.map_err(|failure| match failure {
        PostFailure::Answered(status) => answered(status, "it answered"),
        PostFailure::Broken(problem) => TryFailure { problem, again: true },
    })
}

fn answered(status: u16, how: &str) -> TryFailure {
    let again = is_tried_again(status);
    let hint = if again { "" } else { ", which is not tried again" };
    TryFailure { problem: format!("{how} {status}{hint}"), again }
}

impl Visited {
    /// Writes it.
    pub(super) fn write(&self, tx: &Tx, now: Timestamp) -> Result<()> {
        let webhook = self.under_way.webhook;
        match &self.result {
            VisitResult::Challenge(Ok(()), _) => {
                info!(registration = webhook; "a webhook answered the challenge");
                event_registrations::verified(tx, webhook, now)
            }
            VisitResult::Challenge(Err(problem), challenges) => {
                warn!(registration = webhook; "a webhook failed the challenge: {problem}");
                let doublings = u32::try_from(*challenges).unwrap_or(u32::MAX).min(8);
                let pause = Duration::from_secs(1 << doublings).min(LONGEST_PAUSE);
                event_registrations::not_verified(tx, webhook, now.after(pause), problem)
            }
            VisitResult::Event(delivery, done) => {
                let result = done.as_ref().map_or_else(
                    |failure| failure.result(webhook, delivery, now),
                    |()| TryResult::Delivered,
                );
                event_deliveries::note_try(tx, delivery.id, &result, now)
            }
            VisitResult::Nothing => Ok(()),
        }
    }
}

impl TryFailure {
    /// What becomes of the delivery.
    fn result(&self, webhook: i64, delivery: &DueDelivery, now: Timestamp) -> TryResult {
        let problem = self.problem.clone();
        let first_tried = delivery.first_tried.unwrap_or(now);
        let next = next_try(delivery.attempts + 1, first_tried, now).filter(|_| self.again);
        if let Some(next) = next {
            return TryResult::Again(next, problem);
        }
        warn!(registration = webhook; "an event is given up: {problem}");
        TryResult::GivenUp(problem)
    }
}
