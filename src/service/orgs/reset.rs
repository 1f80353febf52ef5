//! Generations of tenants. A reset does not change what a tenant has: it begins another generation beside
//! it, takes the name over, and leaves the old one to those who still hold it. Invariants: what is over is
//! found by nobody and nothing of it happens any more; its rows go when nobody holds it.

use std::sync::Arc;

use super::super::exercises::not_done;
use super::super::services::Services;
use super::initial_state::InitialState;
use crate::domain::{Counts, Error, OrgId, OrgName, OrgState, Result, SnapshotName, Timestamp};
use crate::live::Event;
use crate::store::{Tx, orgs, seats, snapshots};

/// What an org can be reset to.
#[derive(Debug, Clone)]
pub enum Start {
    /// The seed.
    Seed,
    /// What of the seed is set up, without people and their data.
    Empty,
    /// A snapshot. Orgs that it does not have begin from the seed.
    Snapshot(SnapshotName),
}

/// An org that was reset.
#[derive(Debug)]
pub struct Reset {
    /// The org.
    pub org: OrgName,
    /// What it begins with: `seed`, `empty`, or the name of a snapshot.
    pub to: String,
    /// What it had before; nothing, if it did not exist.
    pub before: Counts,
    /// What it has now.
    pub after: Counts,
    old: Option<OrgId>,
    new: OrgId,
}

/// How far the removal of what is over has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleanup {
    /// Something was removed or rebuilt, and there may be more.
    Removed,
    /// What is left is still held by calls under way.
    Held,
    /// Nothing is left.
    Done,
}

/// An org to be reset, and to what.
pub(super) struct Plan {
    pub(super) org: OrgName,
    pub(super) to: String,
    pub(super) initial_state: InitialState,
}

impl Services {
    /// Resets an org, made if it does not exist, or every org and the server's clock, and takes their journal entries
    /// and fault rules along. When this returns, every request finds what the org begins with; requests under way finish
    /// on what was before.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`], [`Error::SnapshotMissing`], or when the write fails; nothing has changed
    /// then but the clock.
    pub async fn reset(&self, org: Option<&str>, to: &Start) -> Result<Vec<Reset>> {
        let mut orgs = match org {
            // A worker's first test resets an org that nobody has called.
            Some(org) => vec![self.make_tenant(org).await?.name.clone()],
            None => self.tenants().iter().map(|tenant| tenant.name.clone()).collect(),
        };
        let mut states = match to {
            Start::Snapshot(name) => self.held_in(name, org)?,
            Start::Seed | Start::Empty => Vec::new(),
        };
        if org.is_none() {
            self.clock().reset();
            self.tell_clock();
            orgs.extend(states.iter().map(|state| state.org.clone()));
            orgs.sort_by(|one, other| one.as_str().cmp(other.as_str()));
            orgs.dedup();
        }
        let plan = |org: OrgName| match states.iter().position(|state| state.org == org) {
            Some(at) => self.plan(states.swap_remove(at), to),
            None => self.plan_from_seed(org, matches!(to, Start::Empty)),
        };
        let plans = orgs.into_iter().map(plan).collect::<Result<Vec<_>>>()?;
        let (faults, journal) = (Arc::clone(&self.shared.faults), Arc::clone(&self.shared.journal));
        let (org, now) = (org.map(str::to_owned), self.clock().now());
        let resets = self
            .carry_out(plans, move || {
                faults.reset(org.as_deref(), now);
                journal.clear(org.as_deref());
            })
            .await?;
        Ok(resets)
    }

    /// Restores the orgs of a snapshot, or one of them, and makes those that do not exist. Others stay
    /// as they are, and so does the clock.
    ///
    /// # Errors
    /// [`Error::SnapshotMissing`], [`Error::UnknownOrg`] when no customer owns an org of it, or when the
    /// write fails; nothing has changed then.
    pub async fn restore_snapshot(
        &self,
        name: &SnapshotName,
        org: Option<&str>,
    ) -> Result<Vec<Reset>> {
        let to = Start::Snapshot(name.clone());
        let plans = self.held_in(name, org)?.into_iter().map(|state| self.plan(state, &to));
        self.carry_out(plans.collect::<Result<_>>()?, || ()).await
    }

    /// The orgs of a snapshot, or the one that is named.
    fn held_in(&self, name: &SnapshotName, org: Option<&str>) -> Result<Vec<OrgState>> {
        let (_, states) =
            snapshots::read(&self.reader, name, |held| org.is_none_or(|org| org == held))?;
        match org {
            Some(org) if states.is_empty() => {
                Err(Error::RequestInvalid(format!("The snapshot '{name}' has no org '{org}'.")))
            }
            _ => Ok(states),
        }
    }

    /// Ends a tenant, and its seat if it has one. Its next call makes it anew from the seed.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`] when there is none, or when the write fails.
    pub async fn delete_tenant(&self, org: &str) -> Result<()> {
        let name = self.existing_tenant(org)?.name.clone();
        let turn = Arc::clone(&self.shared.turn).lock_owned().await;
        let mut board = Arc::clone(&self.shared.board).lock_owned().await;
        let (gone, journal) = (name.clone(), self.shared_journal());
        let end = move |tx: &Tx| {
            let old = orgs::find(tx, &name)?.map(|org| org.id);
            old.map_or(Ok(()), |old| orgs::end(tx, old))?;
            seats::delete(tx, &name)?;
            Ok(old)
        };
        let (tenants, live) = (Arc::clone(&self.shared.tenants), Arc::clone(&self.shared.live));
        let seats = self.shared.seats.clone();
        let then = move |old: &Option<OrgId>| {
            tenants.replace(*old, None);
            seats.remove(&gone);
            board.begin_anew(&gone, &journal);
            live.tell(|| Event::Reset { org: gone, to: "deleted".to_owned() });
            drop(turn);
        };
        self.shared.writer.write_then(end, then).await?;
        self.shared.retired.notify_one();
        Ok(())
    }

    fn plan(&self, mut state: OrgState, to: &Start) -> Result<Plan> {
        let customer = self.shared.tenants.customer_of(&state.org)?;
        let model = Arc::clone(&customer.model);
        state.exercises.get_or_insert_with(|| not_done(&customer.exercises));
        let to = match to {
            Start::Snapshot(name) => name.to_string(),
            Start::Seed | Start::Empty => String::new(),
        };
        let org = state.org.clone();
        Ok(Plan { org, to, initial_state: InitialState::State { state: Box::new(state), model } })
    }

    fn plan_from_seed(&self, org: OrgName, empty: bool) -> Result<Plan> {
        let tenants = &self.shared.tenants;
        let mut customer = Box::new(tenants.customer_of(&org)?.clone());
        let mut sample_people = tenants.seed.sample_people;
        let mut to = "seed".to_owned();
        if empty {
            customer.remove_people();
            sample_people = None;
            "empty".clone_into(&mut to);
        }
        let initial_state = InitialState::Seed { customer, sample_people, whole: !empty };
        Ok(Plan { org, to, initial_state })
    }

    /// Begins generations, all of them or none, and with them what else is to begin anew.
    async fn carry_out(
        &self,
        plans: Vec<Plan>,
        begin_others: impl FnOnce() + Send + 'static,
    ) -> Result<Vec<Reset>> {
        let now = self.clock().now();
        // Not in the midst of a round of the worker, which looks at rows and tenants one after the other.
        // Given back when both have changed, even if nobody waits for the answer any more.
        let turn = Arc::clone(&self.shared.turn).lock_owned().await;
        let mut board = Arc::clone(&self.shared.board).lock_owned().await;
        let journal = self.shared_journal();
        let write = move |tx: &Tx| {
            plans.into_iter().map(|plan| plan.carry_out(tx, now)).collect::<Result<Vec<Reset>>>()
        };
        let (tenants, live) = (Arc::clone(&self.shared.tenants), Arc::clone(&self.shared.live));
        let then = move |resets: &Vec<Reset>| {
            for reset in resets {
                tenants.replace(reset.old, Some((reset.new, &reset.org)));
                board.begin_anew(&reset.org, &journal);
            }
            begin_others();
            for Reset { org, to, .. } in resets {
                live.tell(|| Event::Reset { org: org.clone(), to: to.clone() });
            }
            drop(turn);
        };
        let resets = self.shared.writer.write_then(write, then).await?;
        self.shared.retired.notify_one();
        // What was restored may be due.
        self.shared.wake.notify_one();
        Ok(resets)
    }

    /// Removes some rows of what is over, if there are any and nobody holds it; what is worth it becomes a
    /// standby instead.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn clear(&self) -> Result<Cleanup> {
        /// Few enough for a write of some milliseconds, so that callers hardly wait for it.
        const STEP: usize = 100;
        let retired = orgs::retired(&self.reader)?;
        let tenants = &self.shared.tenants;
        let released = tenants.released(&retired);
        // The newest has lost least.
        for org in released.iter().rev() {
            if let Some(name) = self.wanted_standby(*org)? {
                if self.rebuild(*org, &name).await? {
                    tenants.forget(*org);
                }
                return Ok(Cleanup::Removed);
            }
        }
        let Some(org) = released.first().copied() else {
            return Ok(if retired.is_empty() { Cleanup::Done } else { Cleanup::Held });
        };
        let gone = self.shared.writer.write(move |tx| orgs::remove_some(tx, org, STEP)).await?;
        if gone {
            tenants.forget(org);
        }
        Ok(Cleanup::Removed)
    }
}

impl Plan {
    fn carry_out(self, tx: &Tx, now: Timestamp) -> Result<Reset> {
        let Self { org, to, initial_state } = self;
        let old = orgs::find(tx, &org)?.map(|found| found.id);
        let before = old.map(|old| orgs::counts(tx, old)).transpose()?.unwrap_or_default();
        if let Some(old) = old {
            orgs::end(tx, old)?;
        }
        let new = initial_state.make(tx, &org, now)?;
        Ok(Reset { after: orgs::counts(tx, new)?, org, to, before, old, new })
    }
}
