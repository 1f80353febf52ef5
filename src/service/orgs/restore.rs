//! Writes what a snapshot holds into a generation of an org.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::ledger;
use crate::domain::{
    Error, JobOrigin, Model, OrgId, OrgState, PrivacyJob, Resource, Result, SavedArchive,
    SavedConsent, SavedRecord, Timestamp,
};
use crate::store::{
    Tx, consents, event_registrations, exercises, orgs, privacy_archives, privacy_jobs, records,
};

/// Writes a record of whichever resource.
pub(super) fn write_record(tx: &Tx, org: OrgId, model: &Model, saved: SavedRecord) -> Result<()> {
    records::restore(tx, org, known(model, &saved.resource)?, saved)
}

fn known<'a>(model: &'a Model, name: &str) -> Result<&'a Resource> {
    model.resource(name).ok_or_else(|| Error::UnknownResource(name.to_owned()))
}

/// The id of the change with a place in a restored ledger.
fn change_at(changes: &[i64], place: i64) -> Result<i64> {
    let at = usize::try_from(place - 1).ok();
    at.and_then(|at| changes.get(at)).copied().ok_or_else(|| {
        Error::internal(anyhow::anyhow!("a snapshot refers to the change {place}, which it lacks"))
    })
}

/// Writes all that an org had. Its webhooks are asked again.
pub(super) fn restore(
    tx: &Tx,
    org: OrgId,
    state: OrgState,
    model: &Model,
    now: Timestamp,
) -> Result<()> {
    let counts = state.counts();
    for saved in state.records {
        write_record(tx, org, model, saved)?;
    }
    orgs::set_counters(tx, org, state.last_number, counts.profiles)?;
    orgs::set_progression(tx, org, state.progression)?;
    let changes = ledger::restore(tx, org, &state.changes)?;
    restore_jobs(tx, org, &changes, state.jobs)?;
    restore_consents(tx, org, &changes, &state.consents)?;
    restore_archives(tx, org, &state.archives)?;
    state.exercises.iter().flatten().try_for_each(|one| exercises::insert(tx, org, one))?;
    state
        .event_registrations
        .iter()
        .try_for_each(|one| event_registrations::insert(tx, org, one, now, None))
}

/// Writes jobs as they were saved, `changes` being the restored ledger.
fn restore_jobs(tx: &Tx, org: OrgId, changes: &[i64], jobs: Vec<PrivacyJob>) -> Result<()> {
    for job in jobs {
        let origin = match job.origin {
            JobOrigin::Change(place) => JobOrigin::Change(change_at(changes, place)?),
            other => other,
        };
        privacy_jobs::insert(tx, org, &PrivacyJob { origin, ..job }, 0)?;
    }
    Ok(())
}

/// Writes consents as they were saved, `changes` being the restored ledger.
fn restore_consents(tx: &Tx, org: OrgId, changes: &[i64], consents: &[SavedConsent]) -> Result<()> {
    for saved in consents {
        let change = saved.change.map(|place| change_at(changes, place)).transpose()?;
        consents::restore(tx, org, change, saved)?;
    }
    Ok(())
}

/// Writes archives as they were saved.
fn restore_archives(tx: &Tx, org: OrgId, archives: &[SavedArchive]) -> Result<()> {
    for SavedArchive { job_id, content, expires } in archives {
        let content = STANDARD.decode(content).map_err(Error::internal)?;
        privacy_archives::keep(tx, org, *job_id, &content)?;
        if let Some(expires) = *expires {
            privacy_archives::offer(tx, org, *job_id, expires)?;
        }
    }
    Ok(())
}
