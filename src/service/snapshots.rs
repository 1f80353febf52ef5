//! Snapshots: taking them, carrying them from server to server, and comparing with them.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::beginning::{made_up, seeded, write};
use super::{Services, Start, Tenant};
use crate::domain::{
    Diff, Error, JobOrigin, Model, OrgId, OrgState, PrivacyJob, RecordNumber, Result, SavedArchive,
    SavedChange, SavedConsent, Snapshot, SnapshotName,
};
use crate::store::{Reader, Tx, consents, opt_outs, orgs, privacy_jobs, records, snapshots};

impl Services {
    /// Every org of every snapshot, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn snapshots(&self) -> Result<Vec<snapshots::Listed>> {
        snapshots::list(&self.reader)
    }

    /// Keeps what an org has, or every org that exists, as a snapshot, instead of the one that has had
    /// its name; answers its orgs. What is due happens first, so that it does not count as a change since.
    ///
    /// # Errors
    /// [`Error::UnknownOrg`], [`Error::RequestInvalid`] when no org exists, or when the write fails.
    pub async fn take_snapshot(
        &self,
        name: &SnapshotName,
        org: Option<&str>,
    ) -> Result<Vec<snapshots::Listed>> {
        self.settle().await?;
        let tenants = match org {
            Some(org) => vec![self.make_tenant(org).await?],
            None => self.tenants(),
        };
        let states = self.reader.at_once(|| {
            tenants.iter().map(|tenant| state(&self.reader, tenant)).collect::<Result<Vec<_>>>()
        })?;
        self.keep_snapshot(name, Snapshot::new(self.clock().now(), states)).await
    }

    async fn keep_snapshot(
        &self,
        name: &SnapshotName,
        snapshot: Snapshot,
    ) -> Result<Vec<snapshots::Listed>> {
        // It would take the place of one that has something, and be nowhere to be seen.
        if snapshot.orgs.is_empty() {
            let text = "A snapshot has an org at least, and this one has none.".to_owned();
            return Err(Error::RequestInvalid(text));
        }
        let name = name.clone();
        let write = move |tx: &Tx| snapshots::keep(tx, &name, snapshot.taken_at, &snapshot.orgs);
        self.shared.writer.write(write).await
    }

    /// Removes a snapshot.
    ///
    /// # Errors
    /// [`Error::SnapshotMissing`] when there is none, or when the write fails.
    pub async fn delete_snapshot(&self, name: &SnapshotName) -> Result<()> {
        let gone = name.clone();
        let removed = self.shared.writer.write(move |tx| snapshots::remove(tx, &gone)).await?;
        if removed { Ok(()) } else { Err(Error::SnapshotMissing(name.to_string())) }
    }

    /// A snapshot as a document.
    ///
    /// # Errors
    /// [`Error::SnapshotMissing`], or when the database cannot be read.
    pub fn export_snapshot(&self, name: &SnapshotName) -> Result<Snapshot> {
        let (taken_at, orgs) = snapshots::read(&self.reader, name, |_| true)?;
        Ok(Snapshot::new(taken_at, orgs))
    }

    /// Keeps a document as a snapshot: all of it, once it is certain that it can be restored. Answers its orgs.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] for what does not fit together or does not fit the seed's data model,
    /// [`Error::UnknownOrg`], or when the write fails; nothing has changed then.
    pub async fn import_snapshot(
        &self,
        name: &SnapshotName,
        document: &[u8],
    ) -> Result<Vec<snapshots::Listed>> {
        let Snapshot { taken_at, orgs, .. } = Snapshot::parse(document)?;
        let checked = orgs.into_iter().map(|state| {
            let model = &self.shared.tenants.customer_of(&state.org)?.model;
            state.checked(model)
        });
        let checked = checked.collect::<Result<_>>()?;
        self.keep_snapshot(name, Snapshot::new(taken_at, checked)).await
    }

    /// What changed in an org since a snapshot, or since it began from the seed. What is due happens
    /// first: whether a change has become a job already would be a matter of luck.
    ///
    /// # Errors
    /// [`Error::SnapshotMissing`], [`Error::RequestInvalid`] when the snapshot does not have the org, when
    /// the database cannot be read, or when a write fails.
    pub async fn changes_since(&self, tenant: &Tenant, from: &Start) -> Result<Diff> {
        self.settle().await?;
        let after = self.reader.at_once(|| state(&self.reader, tenant))?;
        let before = match from {
            Start::Snapshot(name) => {
                let here = |org: &str| org == tenant.name.as_str();
                let (_, mut states) = snapshots::read(&self.reader, name, here)?;
                states.pop().ok_or_else(|| {
                    let text = format!("The snapshot '{name}' has no org '{}'.", tenant.name);
                    Error::RequestInvalid(text)
                })?
            }
            Start::Seed | Start::Empty => self.first_state(tenant, matches!(from, Start::Empty))?,
        };
        let profile = |key: &str| tenant.open_profile_key(key);
        Ok(Diff::between(&before, &after, &tenant.model, profile))
    }

    /// What a tenant has that begins from the seed now.
    fn first_state(&self, tenant: &Tenant, empty: bool) -> Result<OrgState> {
        let tenants = &self.shared.tenants;
        let mut customer = tenants.customer_of(&tenant.name)?.clone();
        let mut generated = tenants.seed.generated.as_ref();
        if empty {
            customer.remove_people();
            generated = None;
        }
        let people = generated.into_iter().flat_map(|generated| made_up(&customer, generated));
        let records: Vec<_> = seeded(&customer, self.clock().now()).chain(people).collect();
        Ok(OrgState {
            org: tenant.name.clone(),
            last_number: records.last().map_or(RecordNumber::ZERO, |last| last.number),
            progression: None,
            records,
            changes: Vec::new(),
            jobs: Vec::new(),
            archives: Vec::new(),
            consents: Vec::new(),
        })
    }
}

/// All that a tenant has; read it at once.
fn state(reader: &Reader, tenant: &Tenant) -> Result<OrgState> {
    let org = tenant.id;
    let (ids, changes): (Vec<i64>, Vec<SavedChange>) =
        opt_outs::all(reader, org)?.into_iter().unzip();
    let places: HashMap<i64, i64> = ids.into_iter().zip(1..).collect();
    let place = |id: i64| places.get(&id).copied();
    let jobs = privacy_jobs::all(reader, org)?.into_iter().map(|job| {
        let origin = match job.origin {
            JobOrigin::Change(id) => place(id).map_or(JobOrigin::Request, JobOrigin::Change),
            other => other,
        };
        PrivacyJob { origin, ..job }
    });
    let consents = consents::all(reader, org)?.into_iter().map(|entry| SavedConsent {
        change: entry.change.and_then(place),
        consent: entry.consent,
        applied: entry.applied,
        recorded_at: entry.recorded,
    });
    let archives = privacy_jobs::archives(reader, org)?.into_iter().map(|archive| SavedArchive {
        job_id: archive.job_id,
        content: STANDARD.encode(archive.content),
        expires: archive.expires,
    });
    Ok(OrgState {
        org: tenant.name.clone(),
        last_number: orgs::last_number(reader, org)?,
        progression: orgs::progression(reader, org)?,
        records: records::all(reader, org, &tenant.model)?,
        changes,
        jobs: jobs.collect(),
        archives: archives.collect(),
        consents: consents.collect(),
    })
}

/// The id of the change with a place in a restored ledger.
fn change_at(changes: &[i64], place: i64) -> Result<i64> {
    let at = usize::try_from(place - 1).ok();
    at.and_then(|at| changes.get(at)).copied().ok_or_else(|| {
        Error::internal(anyhow::anyhow!("a snapshot refers to the change {place}, which it lacks"))
    })
}

/// Writes all that an org had.
pub(super) fn restore(tx: &Tx, org: OrgId, state: OrgState, model: &Model) -> Result<()> {
    let counts = state.counts();
    for saved in state.records {
        write(tx, org, model, saved)?;
    }
    orgs::set_counters(tx, org, state.last_number, counts.profiles)?;
    orgs::set_progression(tx, org, state.progression)?;
    let changes = state.changes.iter().map(|change| opt_outs::restore(tx, org, change));
    let changes = changes.collect::<Result<Vec<i64>>>()?;
    restore_jobs(tx, org, &changes, state.jobs)?;
    restore_consents(tx, org, &changes, &state.consents)?;
    restore_archives(tx, org, &state.archives)
}

/// Writes jobs as they were saved, `changes` being the restored ledger.
fn restore_jobs(tx: &Tx, org: OrgId, changes: &[i64], jobs: Vec<PrivacyJob>) -> Result<()> {
    for job in jobs {
        let origin = match job.origin {
            JobOrigin::Change(place) => JobOrigin::Change(change_at(changes, place)?),
            other => other,
        };
        privacy_jobs::insert(tx, org, &PrivacyJob { origin, ..job })?;
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
        privacy_jobs::keep_archive(tx, org, *job_id, &content)?;
        if let Some(expires) = *expires {
            privacy_jobs::offer_archive(tx, org, *job_id, expires)?;
        }
    }
    Ok(())
}
