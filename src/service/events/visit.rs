//! A visit at a webhook: the challenge, or the events that are due there. It needs the network alone, so that many go on
//! at once; what has come of it is written by who has made it.

use std::sync::Arc;
use std::time::Duration;

use log::{info, warn};
use tokio::task::JoinSet;

use super::super::orgs::Tenant;
use crate::domain::{Result, Timestamp, WebhookUrl, is_tried_again, next_try};
use crate::faults::{Effect, Fault, Outcome};
use crate::store::event_deliveries::{DueDelivery, TryResult};
use crate::store::event_registrations::Webhook;
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

/// What is to be done at a webhook.
pub(crate) struct Visit {
    pub(super) webhook: Webhook,
    pub(super) tenant: Arc<Tenant>,
    pub(super) challenge: Option<String>,
    pub(super) sendings: Vec<Sending>,
    pub(super) webhooks: Webhooks,
}

/// What has come of a visit.
#[derive(Debug)]
pub(crate) struct Visited {
    webhook: i64,
    /// How often the challenge has failed before.
    challenges: i64,
    challenge: Option<std::result::Result<(), String>>,
    tries: Vec<(DueDelivery, Try)>,
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
    /// The row of the registration.
    pub(crate) const fn webhook(&self) -> i64 {
        self.webhook.id
    }

    /// Makes it.
    pub(crate) async fn make(self) -> Visited {
        let Self { webhook, tenant, challenge, sendings, webhooks } = self;
        let url = &webhook.registration.url;
        let challenge = match challenge {
            Some(challenge) => Some(webhooks.challenge(url, &challenge).await),
            None => None,
        };
        let mut under_way = JoinSet::new();
        for sending in sendings {
            let (webhooks, url, tenant) = (webhooks.clone(), url.clone(), Arc::clone(&tenant));
            under_way.spawn(async move { sending.send(&webhooks, &url, &tenant).await });
        }
        let tries = under_way.join_all().await.into_iter().flatten().collect();
        Visited { webhook: webhook.id, challenges: webhook.challenges, challenge, tries }
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
        match &self.challenge {
            Some(Ok(())) => {
                info!(registration = self.webhook; "a webhook answered the challenge");
                event_registrations::verified(tx, self.webhook, now)?;
            }
            Some(Err(problem)) => {
                warn!(registration = self.webhook; "a webhook failed the challenge: {problem}");
                let doublings = u32::try_from(self.challenges).unwrap_or(u32::MAX).min(8);
                let pause = Duration::from_secs(1 << doublings).min(LONGEST_PAUSE);
                event_registrations::not_verified(tx, self.webhook, now.after(pause), problem)?;
            }
            None => {}
        }
        for (delivery, done) in &self.tries {
            let result = match done {
                Ok(()) => TryResult::Delivered,
                Err(TryFailure { problem, again }) => {
                    let first_tried = delivery.first_tried.unwrap_or(now);
                    let next = next_try(delivery.attempts + 1, first_tried, now);
                    if let Some(next) = next.filter(|_| *again) {
                        TryResult::Again(next, problem.clone())
                    } else {
                        warn!(registration = self.webhook; "an event is given up: {problem}");
                        TryResult::GivenUp(problem.clone())
                    }
                }
            };
            event_deliveries::note_try(tx, delivery.id, &result, now)?;
        }
        Ok(())
    }
}
