//! Exercises: which of them the orgs have done. Nobody tells, so somebody has to look, and what was seen is written at
//! once: it stays done when the journal has forgotten the call. A look is made when somebody asks, before the journal
//! is emptied or a snapshot taken, twice a second while somebody watches what happens, and, once somebody has asked or
//! there are seats, whenever the journal is half full of calls that were not looked at. A call costs nothing for it.

mod board;
mod progress;

use std::collections::HashMap;
use std::sync::Arc;

use super::orgs::Tenant;
use super::services::Services;
use crate::domain::{ExerciseCounts, OrgId, RecordNumber, Result, Timestamp};
use crate::live::Event;
use crate::seed::{RecordCondition, StateCondition};
use crate::store::{Tx, exercises, records};
use progress::Progress;

pub(in crate::service) use board::Board;
pub(in crate::service) use progress::not_done;

/// An exercise of an org.
#[derive(Debug)]
pub struct ExerciseStatus {
    /// As the seed names it.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What to do, with the names of the org.
    pub text: String,
    /// When it was done; `None` if it is not.
    pub done_at: Option<Timestamp>,
}

impl Services {
    /// The exercises of a tenant, as of now.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn exercises(&self, tenant: &Tenant) -> Result<Vec<ExerciseStatus>> {
        let mut board = self.shared.board.lock().await;
        board.begin_use(self.journal());
        self.take_calls(&mut board)?;
        board.look_again(tenant.id);
        self.judge(&mut board).await?;
        let Some(progress) = board.progress(tenant.id) else { return Ok(Vec::new()) };
        let names = [("{org}", tenant.name.as_str()), ("{imsOrgId}", tenant.ims_org.as_str())];
        let shown = progress.items().map(|(exercise, done_at)| ExerciseStatus {
            id: exercise.id.clone(),
            title: exercise.title.clone(),
            text: names
                .iter()
                .fold(exercise.text.clone(), |text, (name, value)| text.replace(name, value)),
            done_at,
        });
        Ok(shown.collect())
    }

    /// How far each generation that can be called is with its exercises, as of now.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub(in crate::service) async fn exercise_counts(
        &self,
    ) -> Result<HashMap<OrgId, ExerciseCounts>> {
        let mut board = self.shared.board.lock().await;
        board.begin_use(self.journal());
        self.take_calls(&mut board)?;
        self.judge(&mut board).await?;
        Ok(board.counts())
    }

    /// Looks at the exercises of all orgs.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn look_at_exercises(&self) -> Result<()> {
        let mut board = self.shared.board.lock().await;
        self.take_calls(&mut board)?;
        self.judge(&mut board).await
    }

    /// Takes up which orgs there are, and the calls since the last look.
    fn take_calls(&self, board: &mut Board) -> Result<()> {
        let tenants = self.tenants();
        board.keep(&tenants);
        for tenant in &tenants {
            if board.progress(tenant.id).is_none() {
                let all = Arc::clone(&self.shared.tenants.customer_of(&tenant.name)?.exercises);
                let stored = exercises::all(&self.reader, tenant.id)?;
                board.add(tenant, Progress::new(all, &stored));
            }
        }
        board.take_calls(self.journal());
        Ok(())
    }

    /// Finds out which exercises are done, and writes it.
    async fn judge(&self, board: &mut Board) -> Result<()> {
        let always = !self.journal().is_on();
        let mut news = Vec::new();
        for tenant in self.tenants() {
            let Some(progress) = board.progress(tenant.id) else { continue };
            if progress.is_over() {
                continue;
            }
            let ended_jobs = exercises::count_ended(&self.reader, tenant.id)?;
            if !(progress.begin_look(ended_jobs) || always) {
                continue;
            }
            let done = progress.judge(|state| self.since(&tenant, state))?;
            news.extend(done.into_iter().map(|(id, at)| (Arc::clone(&tenant), id, at)));
        }
        if news.is_empty() {
            return Ok(());
        }
        let written: Vec<_> = news.iter().map(|(of, id, at)| (of.id, id.clone(), *at)).collect();
        let write = move |tx: &Tx| {
            written.iter().try_for_each(|(org, id, at)| exercises::finish(tx, *org, id, *at))
        };
        if let Err(failure) = self.shared.writer.write(write).await {
            for (tenant, ..) in &news {
                board.look_again(tenant.id);
            }
            return Err(failure);
        }
        for (tenant, id, done_at) in news {
            if let Some(progress) = board.progress(tenant.id) {
                progress.finish(&id, done_at);
            }
            let org = tenant.name.clone();
            self.live().tell(|| Event::Exercise { org, id, done_at });
        }
        Ok(())
    }

    /// Since when a condition on what a tenant has is met; `None` when it is not.
    fn since(&self, tenant: &Tenant, condition: &StateCondition) -> Result<Option<Timestamp>> {
        let reader = &self.reader;
        match condition {
            StateCondition::Record(record) => self.record_since(tenant, record),
            StateCondition::OptOut(change) => {
                let named = |key| self.named(tenant, tenant.model.profile().name(), key);
                let profile = change.profile.as_deref().map(named).transpose()?;
                match profile {
                    Some(None) => Ok(None),
                    other => exercises::changed_to(reader, tenant.id, other.flatten(), change.to),
                }
            }
            StateCondition::Job(job) => exercises::ended(reader, tenant.id, job.action, job.status),
            StateCondition::Consent(consent) => {
                exercises::said(reader, tenant.id, consent.opt_out_of_sale)
            }
        }
    }

    fn record_since(&self, tenant: &Tenant, wanted: &RecordCondition) -> Result<Option<Timestamp>> {
        let resource = tenant.resource(&wanted.resource)?;
        let record = match self.named(tenant, &wanted.resource, &wanted.key)? {
            Some(number) => records::find(&self.reader, tenant.id, resource, number)?,
            None => None,
        };
        let is_met = wanted.is_met(record.as_ref().map(|record| &record.attributes));
        let since = || record.map_or_else(|| self.clock().now(), |record| record.last_modified);
        Ok(is_met.then(since))
    }

    /// The record with that own key or, for a profile, that e-mail, if only one has it.
    fn named(&self, tenant: &Tenant, resource: &str, key: &str) -> Result<Option<RecordNumber>> {
        let resource = tenant.resource(resource)?;
        let found = records::find_key(&self.reader, tenant.id, resource, key)?;
        if found.is_some() || resource.name() != tenant.model.profile().name() {
            return Ok(found);
        }
        records::find_email(&self.reader, tenant.id, key)
    }
}
