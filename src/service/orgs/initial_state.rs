//! What a tenant begins with: the seed, of which a standby has most already, or what a snapshot keeps.

use std::sync::Arc;

use log::info;

use super::super::exercises::not_done;
use super::restore::{restore, write_record};
use crate::domain::{
    Attributes, Model, OrgId, OrgName, OrgState, Record, RecordNumber, Result, SavedRecord,
    Timestamp,
};
use crate::seed::{Customer, SamplePeople, SamplePeopleSettings, SamplePerson, SeedRecord};
use crate::store::{Tx, event_registrations, exercises, orgs, seeded_jobs};

/// Told how many sample people are made, of how many.
pub(crate) type ProgressReporter = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What a generation begins with.
pub(super) enum InitialState {
    Seed { customer: Box<Customer>, sample_people: Option<SamplePeopleSettings>, whole: bool },
    State { state: Box<OrgState>, model: Arc<Model> },
}

impl InitialState {
    /// Makes a generation, which has the name from now on. What it begins with is its state, not a
    /// change that somebody made, so no opt-out of it is in the ledger.
    pub(super) fn make(self, tx: &Tx, name: &OrgName, now: Timestamp) -> Result<OrgId> {
        match self {
            Self::Seed { customer, sample_people, whole } => {
                let standby = if whole { orgs::standby(tx, name)? } else { None };
                make_seeded(tx, name, &customer, sample_people.as_ref(), standby, now, None)
            }
            Self::State { state, model } => {
                let org = orgs::insert(tx, name)?;
                tx.with_bulk_cache(|| restore(tx, org, *state, &model, now))?;
                Ok(org)
            }
        }
    }
}

/// Makes the first generation of a tenant, with a standby for its first reset where that is worth it.
pub(super) fn make_first(
    tx: &Tx,
    name: &OrgName,
    customer: &Customer,
    sample_people: Option<&SamplePeopleSettings>,
    now: Timestamp,
    progress: Option<&ProgressReporter>,
) -> Result<OrgId> {
    let standby = orgs::standby(tx, name)?;
    let org = make_seeded(tx, name, customer, sample_people, standby, now, progress)?;
    if standby.is_none() && is_worth_a_standby(customer, sample_people) {
        let standby = orgs::insert_standby(tx, name)?;
        // The people that somebody waits for are done.
        write_dated(tx, standby, customer, sample_people, None)?;
    }
    Ok(org)
}

fn make_seeded(
    tx: &Tx,
    name: &OrgName,
    customer: &Customer,
    sample_people: Option<&SamplePeopleSettings>,
    standby: Option<OrgId>,
    now: Timestamp,
    progress: Option<&ProgressReporter>,
) -> Result<OrgId> {
    let org = if let Some(standby) = standby {
        orgs::take_standby(tx, standby, name)?;
        standby
    } else {
        let org = orgs::insert(tx, name)?;
        write_dated(tx, org, customer, sample_people, progress)?;
        org
    };
    seeded_if(customer, now, |seed| seed.created.is_none())
        .try_for_each(|saved| write_record(tx, org, &customer.model, saved))?;
    customer
        .event_registrations
        .iter()
        .try_for_each(|one| event_registrations::insert(tx, org, one, now, None))?;
    not_done(&customer.exercises).iter().try_for_each(|one| exercises::insert(tx, org, one))?;
    seeded_jobs::copy(tx, org, customer.org.as_str(), &customer.jobs, now)?;
    Ok(org)
}

/// Writes what of a seed was created before the tenant, and counts all of it.
fn write_dated(
    tx: &Tx,
    org: OrgId,
    customer: &Customer,
    sample_people: Option<&SamplePeopleSettings>,
    progress: Option<&ProgressReporter>,
) -> Result<()> {
    let first_person = numbered(customer.records.len() + 1);
    tx.with_bulk_cache(|| {
        dated(customer, sample_people).try_for_each(|saved| {
            if let (Some(report), Some(people)) = (progress, sample_people)
                && saved.number >= first_person
            {
                let done = saved.number.get() - first_person.get() + 1;
                report(done.unsigned_abs(), people.count);
            }
            write_record(tx, org, &customer.model, saved)
        })
    })?;
    let (last, profiles) = counters(customer, sample_people);
    orgs::set_counters(tx, org, last, profiles)?;
    info!("{profiles} profiles made for generation {}", org.get());
    Ok(())
}

/// Whether a seed has so much that a standby is worth its while, and not so much that it takes too much room.
pub(super) fn is_worth_a_standby(
    customer: &Customer,
    sample_people: Option<&SamplePeopleSettings>,
) -> bool {
    (200..=250_000).contains(&size(customer, sample_people))
}

/// How many records a tenant begins with.
fn size(customer: &Customer, sample_people: Option<&SamplePeopleSettings>) -> usize {
    let people = sample_people.map_or(0, |people| people.count);
    customer.records.len().saturating_add(usize::try_from(people).unwrap_or(usize::MAX))
}

/// The number of the last record that a tenant begins with, and how many of all are profiles.
pub(super) fn counters(
    customer: &Customer,
    sample_people: Option<&SamplePeopleSettings>,
) -> (RecordNumber, i64) {
    let size = size(customer, sample_people);
    let others = customer.records.iter().filter(|seed| seed.resource != "profile").count();
    (numbered(size), i64::try_from(size - others).unwrap_or(i64::MAX))
}

/// The records of a customer's seed, numbered from 1 in their order, as a tenant made at `now` has them.
pub(super) fn seeded(customer: &Customer, now: Timestamp) -> impl Iterator<Item = SavedRecord> {
    seeded_if(customer, now, |_| true)
}

/// Of [`seeded`], those that pass.
fn seeded_if(
    customer: &Customer,
    now: Timestamp,
    passes: fn(&SeedRecord) -> bool,
) -> impl Iterator<Item = SavedRecord> {
    let all = customer.records.iter().zip((1..).map(numbered));
    all.filter(move |(seed, _)| passes(seed)).map(move |(seed, number)| {
        let SeedRecord { resource, created, attributes, links, .. } = seed;
        let links = links.iter().map(|(name, at)| (name.clone(), numbered(at + 1)));
        SavedRecord {
            links: links.collect(),
            ..saved(resource, number, attributes.clone(), created.unwrap_or(now))
        }
    })
}

/// The sample people of a tenant, numbered after the records of its seed.
pub(super) fn sample_records(
    customer: &Customer,
    sample_people: &SamplePeopleSettings,
) -> impl Iterator<Item = SavedRecord> {
    let people = usize::try_from(sample_people.count).unwrap_or(usize::MAX);
    let numbers = customer.records.len() + 1..;
    SamplePeople::new(sample_people.rng_seed).take(people).zip(numbers).map(|(person, number)| {
        let SamplePerson { created_millis, attributes } = person;
        let created = Timestamp::from_millis(created_millis);
        saved("profile", numbered(number), Attributes::from_stored(attributes), created)
    })
}

/// What a tenant begins with that does not depend on when it begins, by number.
pub(super) fn dated<'a>(
    customer: &'a Customer,
    sample_people: Option<&'a SamplePeopleSettings>,
) -> impl Iterator<Item = SavedRecord> + 'a {
    let people =
        sample_people.into_iter().flat_map(|sample_people| sample_records(customer, sample_people));
    // None of them is created at this moment.
    let seeded = seeded_if(customer, Timestamp::from_millis(0), |seed| seed.created.is_some());
    seeded.chain(people)
}

fn saved(
    resource: &str,
    number: RecordNumber,
    attributes: Attributes,
    created: Timestamp,
) -> SavedRecord {
    let Record { created, last_modified, due, .. } =
        Record::new(number, Attributes::default(), created);
    let (resource, values, links) = (resource.to_owned(), attributes.into_values(), [].into());
    SavedRecord { resource, number, created, last_modified, due, values, links }
}

fn numbered(number: usize) -> RecordNumber {
    i64::try_from(number).ok().and_then(RecordNumber::new).unwrap_or(RecordNumber::MAX)
}
