//! Standbys: tenants whose seed has much have another generation ready, so that a reset need not write all
//! of it while the caller waits. The first is written with the tenant; later ones are generations that are
//! over, rebuilt: what has changed in them is put back. Invariants: a standby is found by nobody and nothing
//! of it happens; it is of the seed that the server was started with, and holds nothing that depends on
//! when its time begins.

use std::sync::Arc;

use super::super::services::Services;
use super::initial_state::{counters, dated, is_worth_a_standby};
use super::restore::write_record;
use crate::domain::{OrgId, OrgName, RecordNumber, Result, SavedRecord};
use crate::seed::Customer;
use crate::store::{Tx, orgs, records};

/// Records that are looked at together: few enough that whoever waits meanwhile hardly does.
const STEP: i64 = 200;

impl Services {
    /// The org that a generation which is over is to be the standby for, if there is need of one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) fn wanted_standby(&self, retired: OrgId) -> Result<Option<OrgName>> {
        let Some(name) = orgs::former_name(&self.reader, retired)? else { return Ok(None) };
        let tenants = &self.shared.tenants;
        let Ok(customer) = tenants.customer_of(&name) else { return Ok(None) };
        let is_wanted = is_worth_a_standby(customer, tenants.seed.sample_people.as_ref())
            && self.existing_tenant(name.as_str()).is_ok()
            && orgs::standby(&self.reader, &name)?.is_none();
        Ok(is_wanted.then_some(name))
    }

    /// Has a generation that is over and that nobody holds be the standby for an org, bit by bit. Answers
    /// whether it is; it is not when the org has got one in between.
    ///
    /// # Errors
    /// When the database cannot be read or written; what is done is done, and the rest can be done later.
    pub(super) async fn rebuild(&self, retired: OrgId, name: &OrgName) -> Result<bool> {
        let writer = &self.shared.writer;
        let step = usize::try_from(STEP).unwrap_or(usize::MAX);
        while !writer.write(move |tx| orgs::remove_traces(tx, retired, step)).await? {}

        let customer = self.shared.tenants.customer_of(name)?;
        let sample_people = self.shared.tenants.seed.sample_people.as_ref();
        let mut wanted = dated(customer, sample_people).peekable();
        let (last, profiles) = counters(customer, sample_people);
        let end = orgs::last_number(&self.reader, retired)?.max(last).get();
        let mut missing = Vec::new();
        for first in (1..=end).step_by(step) {
            let upto = first + STEP - 1;
            let here = std::iter::from_fn(|| wanted.next_if(|one| one.number.get() <= upto));
            missing.extend(self.erase_wrong(retired, customer, here.collect(), first, upto).await?);
            tokio::task::yield_now().await;
        }
        // Not before: what was wrong further on may have had their keys.
        let mut missing = missing.into_iter().peekable();
        while missing.peek().is_some() {
            let batch: Vec<_> = missing.by_ref().take(step).collect();
            let model = Arc::clone(&customer.model);
            let put_back = move |tx: &Tx| {
                batch.into_iter().try_for_each(|one| write_record(tx, retired, &model, one))
            };
            writer.write(put_back).await?;
        }

        let name = name.clone();
        let finish = move |tx: &Tx| {
            let free = orgs::standby(tx, &name)?.is_none();
            if free {
                orgs::set_counters(tx, retired, last, profiles)?;
                orgs::make_standby(tx, retired)?;
            }
            Ok(free)
        };
        writer.write(finish).await
    }

    /// Erases what is not as wanted among the records from one number to another; answers those of the
    /// wanted that are not there then.
    async fn erase_wrong(
        &self,
        retired: OrgId,
        customer: &Customer,
        wanted: Vec<SavedRecord>,
        first: i64,
        last: i64,
    ) -> Result<Vec<SavedRecord>> {
        let number = |number| RecordNumber::new(number).unwrap_or(RecordNumber::MAX);
        let (first, last) = (number(first), number(last));
        let there = records::between(&self.reader, retired, &customer.model, first, last)?;
        let is_there = |one: &SavedRecord| {
            let at = there.binary_search_by_key(&one.number, |found| found.number);
            at.is_ok_and(|at| there.get(at) == Some(one))
        };
        let (right, missing): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_there);
        let mut wrong = records::numbers(&self.reader, retired, first, last)?;
        wrong.retain(|number| right.binary_search_by_key(number, |one| one.number).is_err());
        if !wrong.is_empty() {
            let erase = move |tx: &Tx| {
                wrong.iter().try_for_each(|number| records::erase(tx, retired, *number))
            };
            self.shared.writer.write(erase).await?;
        }
        Ok(missing)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::super::opt_outs::WriteSource;
    use super::super::super::records::NewRecord;
    use super::super::super::services::{Equipment, JobDelays, JobRules, Shared};
    use super::super::{Cleanup, Start};
    use super::*;
    use crate::clock::Clock;
    use crate::domain::{
        Author, InstallKey, Patch, Progression, Query, Record, Resource, Timestamp,
    };
    use crate::journal::Journal;
    use crate::random::Random;
    use crate::seed::{SamplePeopleSettings, Seed};
    use crate::store::{Location, Store};
    use crate::webhooks::Webhooks;

    const PEOPLE: u64 = 450;

    fn sample_people(count: u64) -> SamplePeopleSettings {
        SamplePeopleSettings { count, rng_seed: 1 }
    }

    async fn services(store: &Store, people: u64) -> Services {
        let seed = Seed { sample_people: Some(sample_people(people)), ..Seed::demo().unwrap() };
        let delays = JobDelays { submitted: Duration::ZERO, processing: Duration::ZERO };
        let rules = JobRules {
            delays,
            progression: Progression::Held,
            opt_out_applies: false,
            receipts: true,
        };
        let clock = Clock::frozen_at(Timestamp::from_millis(1_583_064_000_000));
        let (random, journal) = (Random::new(Some(1)), Journal::new(0, 0));
        let webhooks = Webhooks::new(&[]).unwrap();
        let equipment = Equipment { clock, random, journal, webhooks };
        let shared = Shared::start(store, seed, rules, equipment, None).await.unwrap();
        shared.services(store.reader().unwrap())
    }

    fn store(location: &Location) -> Store {
        Store::open(location, &InstallKey::new([1; 32])).unwrap()
    }

    /// What somebody sees of a tenant's profiles, with its number.
    async fn seen(services: &Services) -> (OrgId, Vec<Record>) {
        let tenant = services.existing_tenant("acme").unwrap();
        let query = Query { lines: 1000, ..Query::default() };
        let page = services.records(&tenant, tenant.model.profile(), &query).unwrap();
        let diff = services.changes_since(&tenant, &Start::Seed).await.unwrap();
        assert_eq!(serde_json::to_value(&diff).unwrap()["records"], json!([]));
        (tenant.id, page.content)
    }

    fn standby(services: &Services) -> Option<OrgId> {
        orgs::standby(&services.reader, &OrgName::parse("acme").unwrap()).unwrap()
    }

    /// Does what the worker does with generations that are over.
    async fn clear(services: &Services) {
        while services.clear().await.unwrap() != Cleanup::Done {}
    }

    async fn change(services: &Services, key: &str, body: serde_json::Value) {
        let tenant = services.existing_tenant("acme").unwrap();
        let profile = tenant.model.profile();
        services
            .update_record(&tenant, profile, key, patch(profile, body), origin())
            .await
            .unwrap();
    }

    fn patch(profile: &Resource, body: serde_json::Value) -> Patch {
        let author = Author::Client {
            extended: true,
            elements: true,
            strict_links: false,
            cuts_texts: false,
        };
        let serde_json::Value::Object(members) = body else { panic!("no object") };
        Patch::check(profile, members, author).unwrap()
    }

    fn origin() -> WriteSource {
        WriteSource { request_id: "r".to_owned(), api_key: "k".to_owned() }
    }

    #[actix_rt::test]
    async fn resets_go_to_and_fro_between_two_generations() {
        let store = store(&Location::Ephemeral);
        let services = services(&store, PEOPLE).await;
        let (first, people) = seen(&services).await;
        let second = standby(&services).unwrap();
        for turn in [second, first, second, first] {
            services.clock().advance(Duration::from_secs(60));
            let resets = services.reset(Some("acme"), &Start::Seed).await.unwrap();
            assert_eq!(resets[0].before, resets[0].after);
            assert!(standby(&services).is_none());
            let (id, now) = seen(&services).await;
            assert_eq!((id, now.len()), (turn, people.len()));
            for (now, then) in now.iter().zip(&people) {
                assert_eq!((now.number, &now.attributes), (then.number, &then.attributes));
            }
            clear(&services).await;
        }
    }
    #[actix_rt::test]
    async fn whatever_was_changed_is_put_back() {
        let store = store(&Location::Ephemeral);
        let services = services(&store, PEOPLE).await;
        let tenant = services.existing_tenant("acme").unwrap();
        let profile = tenant.model.profile();
        let john = services.record(&tenant, profile, "C-1001").unwrap().number;
        // Changed, opted out with all that follows, gone, come and with the key of one that is gone.
        change(&services, "C-1002", json!({"lastName": "Changed", "ccpaOptOut": true})).await;
        services.settle().await.unwrap();
        services.drain_jobs(&tenant).await.unwrap();
        services.delete_record(&tenant, profile, "C-1001").await.unwrap();
        for number in 0..300 {
            let key = if number == 0 { "C-1001".to_owned() } else { format!("new-{number}") };
            let body = json!({"email": format!("{number}@example.com"), "cusCustomerId": key});
            let creation = NewRecord { patch: patch(profile, body), ..NewRecord::default() };
            services.create_record(&tenant, profile, creation, origin()).await.unwrap();
        }
        let first = tenant.id;
        drop(tenant);

        for _ in 0..2 {
            services.reset(Some("acme"), &Start::Seed).await.unwrap();
            clear(&services).await;
        }
        let (id, people) = seen(&services).await;
        assert_eq!((id, people.len()), (first, usize::try_from(PEOPLE).unwrap() + 12));
        let tenant = services.existing_tenant("acme").unwrap();
        let counts = orgs::counts(&services.reader, id).unwrap();
        assert_eq!((counts.changes, counts.jobs, counts.consents), (0, 152, 0));
        let again = services.record(&tenant, tenant.model.profile(), "C-1001").unwrap();
        assert_eq!(again.number, john);
        assert_eq!(orgs::last_number(&services.reader, id).unwrap().get(), 25 + 12 + 450);
    }

    #[actix_rt::test]
    async fn what_is_still_held_is_not_mended() {
        let store = store(&Location::Ephemeral);
        let services = services(&store, PEOPLE).await;
        let call = services.existing_tenant("acme").unwrap();
        services.reset(Some("acme"), &Start::Seed).await.unwrap();
        assert_eq!(services.clear().await.unwrap(), Cleanup::Held);
        // Nobody waits: the next reset writes everything.
        services.reset(Some("acme"), &Start::Seed).await.unwrap();
        seen(&services).await;
        drop(call);
        clear(&services).await;
        assert!(standby(&services).is_some());
        assert_eq!(orgs::all(&services.reader).unwrap().len(), 1);
        assert!(orgs::retired(&services.reader).unwrap().is_empty());
    }

    #[actix_rt::test]
    async fn a_reset_to_nothing_takes_no_spare_and_an_ended_org_needs_none() {
        let store = store(&Location::Ephemeral);
        let services = services(&store, PEOPLE).await;
        let kept = standby(&services);
        services.reset(Some("acme"), &Start::Empty).await.unwrap();
        assert!(services.existing_tenant("acme").unwrap().id != kept.unwrap());
        clear(&services).await;
        assert_eq!(standby(&services), kept);
        services.delete_tenant("acme").await.unwrap();
        clear(&services).await;
        let again = services.make_tenant("acme").await.unwrap();
        assert_eq!((Some(again.id), standby(&services)), (kept, None));
        seen(&services).await;
    }

    #[actix_rt::test]
    async fn what_another_start_left_becomes_a_spare_of_this_one() {
        let directory = tempfile::tempdir().unwrap();
        let location = Location::File(directory.path().join("a.db"));
        let before = store(&location);
        let left = standby(&services(&before, PEOPLE).await).unwrap();
        before.close();
        let after = store(&location);
        let services = services(&after, 300).await;
        assert_eq!(standby(&services), None);
        clear(&services).await;
        assert_eq!(standby(&services), Some(left));
        services.reset(Some("acme"), &Start::Seed).await.unwrap();
        let (id, people) = seen(&services).await;
        assert_eq!((id, people.len()), (left, 300 + 12));
    }

    #[actix_rt::test]
    async fn small_and_huge_seeds_have_no_spare() {
        for (people, worth) in [(0, false), (10, false), (1000, true), (1_000_000, false)] {
            let customer = &Seed::demo().unwrap().customers[0];
            assert_eq!(
                is_worth_a_standby(customer, Some(&sample_people(people))),
                worth,
                "{people}"
            );
        }
        let store = store(&Location::Ephemeral);
        let services = services(&store, 10).await;
        assert_eq!(standby(&services), None);
        services.reset(Some("acme"), &Start::Seed).await.unwrap();
        clear(&services).await;
        assert_eq!(standby(&services), None);
    }
}
