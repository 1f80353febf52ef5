//! Deliveries: what is due at which webhook, what has come of it, and how they are shown.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::super::orgs::{Tenant, Tenants};
use super::super::services::Services;
use super::visit::{Errand, Sending, UnderWay, Visit, Visited};
use crate::domain::{EventDelivery, Result, Timestamp, event_signature};
use crate::faults::CallFacts;
use crate::store::event_deliveries::{DueDelivery, JobDeliveries};
use crate::store::event_registrations::Webhook;
use crate::store::{Tx, event_deliveries, event_registrations};

/// How many events are on their way to a webhook at once; each is of another job.
const AT_ONCE: usize = 16;

/// How many visits are under way at once.
const VISITS: usize = 256;

/// How long a delivery is shown after its end.
const SHOWN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Most deliveries that one write removes.
const REMOVED_AT_ONCE: i64 = 200;

/// The visits that are due.
pub(crate) struct VisitRound {
    /// To make now.
    pub(crate) visits: Vec<Visit>,
    /// When there is something to do next, if nothing happens before.
    pub(crate) next: Option<Timestamp>,
}

/// A webhook with what is due there: nothing but the challenge, if it has not answered it yet.
struct DueWebhook {
    webhook: Webhook,
    deliveries: Vec<DueDelivery>,
}

impl Services {
    /// Writes what has come of visits, and answers those that are due by then, beside those that are `under_way`. It looks
    /// in a write of its own: what it sees is committed when it answers.
    ///
    /// # Errors
    /// When the write fails; what has come of the visits is then still to be written.
    pub(crate) async fn next_visits(
        &self,
        done: &Arc<[Visited]>,
        under_way: Vec<UnderWay>,
    ) -> Result<VisitRound> {
        let (now, done) = (self.clock().now(), Arc::clone(done));
        let write = move |tx: &Tx| {
            done.iter().try_for_each(|visited| visited.write(tx, now))?;
            event_deliveries::remove_over(tx, before(now, SHOWN), REMOVED_AT_ONCE)?;
            look(tx, &under_way, now)
        };
        let (due, next) = self.shared.writer.write(write).await?;
        let visits = due.into_iter().flat_map(|due| self.visits(due, now)).collect();
        Ok(VisitRound { visits, next })
    }

    /// The visits at a webhook; none, if its tenant has been reset in between.
    fn visits(&self, due: DueWebhook, now: Timestamp) -> Vec<Visit> {
        let DueWebhook { webhook, deliveries } = due;
        let Some(tenant) = self.tenant_by_id(webhook.org) else { return Vec::new() };
        let visit = |delivery, errand| Visit {
            under_way: UnderWay { webhook: webhook.id, delivery },
            url: webhook.registration.url.clone(),
            challenges: webhook.challenges,
            tenant: Arc::clone(&tenant),
            errand,
            webhooks: self.shared.webhooks.clone(),
        };
        if !webhook.is_verified {
            let challenge = self.random().uuid().to_string();
            return vec![visit(None, Errand::Challenge(challenge))];
        }
        let sendings = deliveries.into_iter().map(|delivery| Sending {
            signature: signature(&self.shared.tenants, &tenant, &webhook, &delivery),
            effect: self.fault(&tenant, &webhook, now),
            delivery,
        });
        sendings.map(|one| visit(Some(one.delivery.id), Errand::Event(one))).collect()
    }

    /// What a fault rule has in store for a delivery.
    fn fault(
        &self,
        tenant: &Tenant,
        webhook: &Webhook,
        now: Timestamp,
    ) -> Option<crate::faults::Effect> {
        let call = CallFacts {
            org: Some(tenant.name.as_str()),
            method: "POST",
            path: webhook.registration.url.path(),
            is_event: true,
        };
        let rules = self.faults().rules(now);
        rules.iter().find_map(|rule| rule.effect(&call, || self.random().next_u64()))
    }

    /// The newest deliveries of a tenant, or those about a job of it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn event_deliveries(
        &self,
        tenant: &Tenant,
        job: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<EventDelivery>> {
        let over_by = before(self.clock().now(), SHOWN);
        event_deliveries::newest(&self.reader, tenant.id, job, over_by, limit)
    }

    /// How the deliveries about a job of a tenant stand.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn job_deliveries(&self, tenant: &Tenant, job: Uuid) -> Result<JobDeliveries> {
        event_deliveries::of_job(&self.reader, tenant.id, job)
    }

    /// How many deliveries of a tenant are not over.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn owed_events(&self, tenant: &Tenant) -> Result<i64> {
        event_deliveries::owed(&self.reader, tenant.id)
    }

    /// How many deliveries are not over, of all tenants.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn all_owed_events(&self) -> Result<i64> {
        self.tenants().iter().map(|tenant| self.owed_events(tenant)).sum()
    }
}

/// The webhooks with something due, the longest due first, and when the next one has.
fn look(
    tx: &Tx,
    under_way: &[UnderWay],
    now: Timestamp,
) -> Result<(Vec<DueWebhook>, Option<Timestamp>)> {
    let mut next = event_deliveries::first_over(tx)?.map(|over| over.after(SHOWN));
    let mut webhooks = event_registrations::webhooks(tx)?;
    webhooks.retain(|webhook| webhook.due.is_some());
    webhooks.sort_by_key(|webhook| webhook.due);
    let mut room = VISITS.saturating_sub(under_way.len());
    let mut found = Vec::new();
    for webhook in webhooks {
        let Some(due) = webhook.due else { continue };
        if due > now {
            next = Some(next.map_or(due, |next| next.min(due)));
            continue;
        }
        let here: Vec<_> = under_way.iter().filter(|one| one.webhook == webhook.id).collect();
        let most = AT_ONCE.saturating_sub(here.len()).min(room);
        let mut deliveries = Vec::new();
        if webhook.is_verified {
            // Those that are under way are due as long as nothing has come of them.
            deliveries = event_deliveries::due(tx, webhook.id, now, here.len() + most)?;
            deliveries.retain(|one| here.iter().all(|known| known.delivery != Some(one.id)));
            deliveries.truncate(most);
        } else if here.is_empty() && room > 0 {
            room -= 1;
            found.push(DueWebhook { webhook, deliveries });
            continue;
        }
        if !deliveries.is_empty() {
            room -= deliveries.len();
            found.push(DueWebhook { webhook, deliveries });
        }
    }
    Ok((found, next))
}

/// The signature of a delivery, or why there is none.
fn signature(
    tenants: &Tenants,
    tenant: &Tenant,
    webhook: &Webhook,
    delivery: &DueDelivery,
) -> std::result::Result<String, String> {
    let api_key = &webhook.registration.api_key;
    let customer = tenants.customer_of(&tenant.name).ok();
    let credential = customer
        .and_then(|customer| customer.credentials().find(|known| known.api_key == *api_key));
    let credential = credential
        .ok_or_else(|| format!("the seed has no credential with the API key {api_key}"))?;
    Ok(event_signature(&delivery.body, &credential.client_secret))
}

fn before(moment: Timestamp, span: Duration) -> Timestamp {
    let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(moment.as_millis().saturating_sub(span))
}
