//! Snapshots: taking them, carrying them from server to server, and comparing with them.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::exercises::not_done;
use super::super::services::Services;
use super::initial_state::{sample_records, seeded};
use super::reset::Start;
use super::tenant::Tenant;
use crate::domain::{
    Diff, Error, JobOrigin, ListedSnapshot, OrgState, PrivacyJob, RecordNumber, Result,
    SavedArchive, SavedChange, SavedConsent, Snapshot, SnapshotName,
};
use crate::store::{
    Reader, Tx, consents, event_registrations, exercises, opt_outs, orgs, privacy_archives,
    privacy_jobs, records, snapshots,
};

impl Services {
    /// Every org of every snapshot, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn snapshots(&self) -> Result<Vec<ListedSnapshot>> {
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
    ) -> Result<Vec<ListedSnapshot>> {
        self.settle().await?;
        self.look_at_exercises().await?;
        let tenants = match org {
            Some(org) => vec![self.make_tenant(org).await?],
            None => self.tenants(),
        };
        let states = self.reader.read_snapshot(|| {
            tenants.iter().map(|tenant| state(&self.reader, tenant)).collect::<Result<Vec<_>>>()
        })?;
        self.keep_snapshot(name, Snapshot::new(self.clock().now(), states)).await
    }

    async fn keep_snapshot(
        &self,
        name: &SnapshotName,
        snapshot: Snapshot,
    ) -> Result<Vec<ListedSnapshot>> {
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
    ) -> Result<Vec<ListedSnapshot>> {
        let Snapshot { taken_at, orgs, .. } = Snapshot::parse(document)?;
        let checked = orgs.into_iter().map(|state| {
            let model = &self.shared.tenants.customer_of(&state.org)?.model;
            state.checked(model)
        });
        let checked = checked.collect::<Result<_>>()?;
        self.keep_snapshot(name, Snapshot::new(taken_at, checked)).await
    }

    /// What changed in an org since a snapshot, or since it began from the seed. What is due happens
    /// first, so that the state of a job is no matter of luck.
    ///
    /// # Errors
    /// [`Error::SnapshotMissing`], [`Error::RequestInvalid`] when the snapshot does not have the org, when
    /// the database cannot be read, or when a write fails.
    pub async fn changes_since(&self, tenant: &Tenant, from: &Start) -> Result<Diff> {
        self.settle().await?;
        let after = self.reader.read_snapshot(|| state(&self.reader, tenant))?;
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
        let mut sample_people = tenants.seed.sample_people.as_ref();
        if empty {
            customer.remove_people();
            sample_people = None;
        }
        let people = sample_people
            .into_iter()
            .flat_map(|sample_people| sample_records(&customer, sample_people));
        let now = self.clock().now();
        let records: Vec<_> = seeded(&customer, now).chain(people).collect();
        Ok(OrgState {
            org: tenant.name.clone(),
            last_number: records.last().map_or(RecordNumber::ZERO, |last| last.number),
            progression: None,
            records,
            changes: Vec::new(),
            jobs: customer.jobs.iter().map(|job| job.at(now)).collect(),
            archives: Vec::new(),
            consents: Vec::new(),
            event_registrations: Vec::new(),
            exercises: Some(not_done(&customer.exercises)),
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
    let archives = privacy_archives::all(reader, org)?.into_iter().map(|archive| SavedArchive {
        job_id: archive.job_id,
        content: STANDARD.encode(archive.content),
        expires: archive.expires,
    });
    let registrations = event_registrations::all(reader, org)?.into_iter();
    Ok(OrgState {
        org: tenant.name.clone(),
        last_number: orgs::last_number(reader, org)?,
        progression: orgs::progression(reader, org)?,
        records: records::all(reader, org, &tenant.model)?,
        changes,
        jobs: jobs.collect(),
        archives: archives.collect(),
        consents: consents.collect(),
        event_registrations: registrations.map(|one| one.registration).collect(),
        exercises: Some(exercises::all(reader, org)?),
    })
}
