//! What a tenant begins with: the seed, of which a standby has most already, or what a snapshot keeps.

use std::sync::Arc;

use log::info;

use super::restore::{restore, write_record};
use crate::domain::{
    Attributes, Model, OrgId, OrgName, OrgState, Record, RecordNumber, Result, SavedRecord,
    Timestamp,
};
use crate::seed::sample_people::{People, Person};
use crate::seed::{Customer, Generated, SeedRecord};
use crate::store::{Tx, orgs};

/// What a generation begins with.
pub(super) enum InitialState {
    Seed { customer: Box<Customer>, generated: Option<Generated>, whole: bool },
    State { state: Box<OrgState>, model: Arc<Model> },
}

impl InitialState {
    /// Makes a generation, which has the name from now on. What it begins with is its state, not a
    /// change that somebody made, so no opt-out of it is in the ledger.
    pub(super) fn make(self, tx: &Tx, name: &OrgName, now: Timestamp) -> Result<OrgId> {
        match self {
            Self::Seed { customer, generated, whole } => {
                let standby = if whole { orgs::standby(tx, name)? } else { None };
                make_seeded(tx, name, &customer, generated.as_ref(), standby, now)
            }
            Self::State { state, model } => {
                let org = orgs::insert(tx, name)?;
                tx.with_bulk_cache(|| restore(tx, org, *state, &model))?;
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
    generated: Option<&Generated>,
    now: Timestamp,
) -> Result<OrgId> {
    let standby = orgs::standby(tx, name)?;
    let org = make_seeded(tx, name, customer, generated, standby, now)?;
    if standby.is_none() && is_worth_a_standby(customer, generated) {
        let standby = orgs::insert_standby(tx, name)?;
        // Whoever waits has been told that the people are done.
        let generated = generated.cloned().map(Generated::quietly);
        write_dated(tx, standby, customer, generated.as_ref())?;
    }
    Ok(org)
}

fn make_seeded(
    tx: &Tx,
    name: &OrgName,
    customer: &Customer,
    generated: Option<&Generated>,
    standby: Option<OrgId>,
    now: Timestamp,
) -> Result<OrgId> {
    let org = if let Some(standby) = standby {
        orgs::take_standby(tx, standby, name)?;
        standby
    } else {
        let org = orgs::insert(tx, name)?;
        write_dated(tx, org, customer, generated)?;
        org
    };
    seeded_if(customer, now, |seed| seed.created.is_none())
        .try_for_each(|saved| write_record(tx, org, &customer.model, saved))?;
    Ok(org)
}

/// Writes what of a seed was created before the tenant, and counts all of it.
fn write_dated(
    tx: &Tx,
    org: OrgId,
    customer: &Customer,
    generated: Option<&Generated>,
) -> Result<()> {
    let first_person = numbered(customer.records.len() + 1);
    tx.with_bulk_cache(|| {
        dated(customer, generated).try_for_each(|saved| {
            if let Some(generated) = generated.filter(|_| saved.number >= first_person) {
                let done = saved.number.get() - first_person.get() + 1;
                (generated.progress)(done.unsigned_abs(), generated.people);
            }
            write_record(tx, org, &customer.model, saved)
        })
    })?;
    let (last, profiles) = counters(customer, generated);
    orgs::set_counters(tx, org, last, profiles)?;
    info!("{profiles} profiles made for generation {}", org.get());
    Ok(())
}

/// Whether a seed has so much that a standby is worth its while, and not so much that it takes too much room.
pub(super) fn is_worth_a_standby(customer: &Customer, generated: Option<&Generated>) -> bool {
    (200..=250_000).contains(&size(customer, generated))
}

/// How many records a tenant begins with.
fn size(customer: &Customer, generated: Option<&Generated>) -> usize {
    let people = generated.map_or(0, |generated| generated.people);
    customer.records.len().saturating_add(usize::try_from(people).unwrap_or(usize::MAX))
}

/// The number of the last record that a tenant begins with, and how many of all are profiles.
pub(super) fn counters(customer: &Customer, generated: Option<&Generated>) -> (RecordNumber, i64) {
    let size = size(customer, generated);
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

/// The people that are made up for a tenant, numbered after the records of its seed.
pub(super) fn made_up(
    customer: &Customer,
    generated: &Generated,
) -> impl Iterator<Item = SavedRecord> {
    let people = usize::try_from(generated.people).unwrap_or(usize::MAX);
    let numbers = customer.records.len() + 1..;
    People::new(generated.seed).take(people).zip(numbers).map(|(person, number)| {
        let Person { created_millis, attributes } = person;
        let created = Timestamp::from_millis(created_millis);
        saved("profile", numbered(number), Attributes::from_stored(attributes), created)
    })
}

/// What a tenant begins with that does not depend on when it begins, by number.
pub(super) fn dated<'a>(
    customer: &'a Customer,
    generated: Option<&'a Generated>,
) -> impl Iterator<Item = SavedRecord> + 'a {
    let people = generated.into_iter().flat_map(|generated| made_up(customer, generated));
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
