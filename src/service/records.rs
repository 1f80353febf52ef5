//! Records of every resource: create, read, update, delete, list, count. What is special about a
//! resource is declared in the catalog; writes of profiles pass the opt-out hook.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use log::info;

use super::opt_outs::{WriteContext, WriteSource, record_change};
use super::orgs::Tenant;
use super::record_removal::remove;
use super::services::Services;
use crate::domain::{
    Attributes, Caused, Condition, Error, Key, KeyLocation, Kind, LinkedRecords, Page, Parameters,
    Patch, Query, Record, RecordNumber, Resource, Result, Table, Timestamp,
};
use crate::store::{Reader, Tx, lists, records};

/// A record that a write left behind.
#[derive(Debug)]
pub struct WriteOutcome {
    /// The record.
    pub record: Record,
    /// Whether it is new.
    pub created: bool,
    /// What came of it.
    pub caused: Caused,
}

/// What is to be created.
#[derive(Debug, Clone, Default)]
pub struct NewRecord {
    /// The body.
    pub patch: Patch,
    /// The link that the URL sets, and the key of the record it leads to.
    pub parent: Option<(String, String)>,
    /// Values that the server sets.
    pub set: Vec<(&'static str, serde_json::Value)>,
    /// When the worker has to look at it.
    pub due: Option<Timestamp>,
}

impl Services {
    /// Creates a record, or updates the one that has the key of the body, where the resource allows
    /// that.
    ///
    /// # Errors
    /// When a link leads nowhere, the key is taken, or the write fails; nothing remains of it then.
    pub async fn create_record(
        &self,
        tenant: &Arc<Tenant>,
        resource: &Resource,
        mut creation: NewRecord,
        source: WriteSource,
    ) -> Result<WriteOutcome> {
        if resource.field("acsId").is_some() {
            creation.set.push(("acsId", self.random().uuid().to_string().into()));
        }
        let (owner, name) = (Arc::clone(tenant), resource.name().to_owned());
        let context = self.write_context(source);
        let write = move |tx: &Tx| {
            let resource = owner.resource(&name)?;
            RecordWriter { tx, tenant: &owner, resource, context: &context }
                .create(creation.clone())
        };
        let (written, changed) = self.shared.writer.write_repeatable(write).await?;
        self.announce(tenant, written.record.number, changed);
        if written.record.due.is_some() {
            self.shared.wake.notify_one();
        }
        Ok(written)
    }

    /// Changes a record. An empty patch changes nothing, not even `lastModified`.
    ///
    /// # Errors
    /// [`Error::RecordMissing`], as [`Self::create_record`], or [`Error::KeyInconsistent`] when
    /// `key` is a plain key and the body has another.
    pub async fn update_record(
        &self,
        tenant: &Arc<Tenant>,
        resource: &Resource,
        key: &str,
        patch: Patch,
        source: WriteSource,
    ) -> Result<WriteOutcome> {
        if patch.is_empty() {
            let record = self.record(tenant, resource, key)?;
            check_own_pkey(tenant, resource, &patch, Some(record.number))?;
            return Ok(WriteOutcome { record, created: false, caused: Caused::default() });
        }
        let (owner, name) = (Arc::clone(tenant), resource.name().to_owned());
        let context = self.write_context(source);
        let key = key.to_owned();
        let write = move |tx: &Tx| {
            let resource = owner.resource(&name)?;
            if let Some(own) = &resource.key
                && !key.starts_with('@')
                && let Some(other) = patch.sent(&own.field).filter(|other| *other != key)
            {
                let (resource, to) = (resource.name().to_owned(), other.to_owned());
                let from = key.clone();
                return Err(Error::KeyInconsistent { resource, from, to });
            }
            let number = number_of(tx, &owner, resource, &key, KeyLocation::Uri)?;
            let write = RecordWriter { tx, tenant: &owner, resource, context: &context };
            let before = write.find(number, &key)?;
            write.update(&before, patch.clone(), None)
        };
        let (written, changed) = self.shared.writer.write_repeatable(write).await?;
        self.announce(tenant, written.record.number, changed);
        Ok(written)
    }

    /// Removes a record and what belongs to it; other links to it are cleared.
    ///
    /// # Errors
    /// [`Error::RecordMissing`], or when the write fails; nothing has changed then.
    pub async fn delete_record(
        &self,
        tenant: &Arc<Tenant>,
        resource: &Resource,
        key: &str,
    ) -> Result<()> {
        let (owner, name, key) = (Arc::clone(tenant), resource.name().to_owned(), key.to_owned());
        let now = self.clock().now();
        let write = move |tx: &Tx| {
            let resource = owner.resource(&name)?;
            let number = number_of(tx, &owner, resource, &key, KeyLocation::Uri)?;
            record_pair_history(tx, &owner, resource, number, now)?;
            if remove(tx, &owner, resource, number)? {
                Ok(())
            } else {
                Err(resource.missing(key, KeyLocation::Uri))
            }
        };
        self.shared.writer.write(write).await
    }

    /// Reads a record by its `PKey` or key.
    ///
    /// # Errors
    /// [`Error::PKeyUnknown`], [`Error::RecordMissing`], or when the database cannot be read.
    pub fn record(&self, tenant: &Tenant, resource: &Resource, key: &str) -> Result<Record> {
        let number = number_of(&self.reader, tenant, resource, key, KeyLocation::Uri)?;
        records::find(&self.reader, tenant.id, resource, number)?
            .ok_or_else(|| resource.missing(key, KeyLocation::Uri))
    }

    /// The number of the record that a `PKey` or key names; that there is one is not certain for a
    /// `PKey`.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn number_of(
        &self,
        tenant: &Tenant,
        resource: &Resource,
        key: &str,
    ) -> Result<RecordNumber> {
        number_of(&self.reader, tenant, resource, key, KeyLocation::Uri)
    }

    /// What the view of a record needs to know of others.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn linked_records(
        &self,
        tenant: &Tenant,
        resource: &Resource,
        record: &Record,
        extended: bool,
    ) -> Result<LinkedRecords> {
        let mut related = LinkedRecords::default();
        if resource.links().any(|(field, _)| extended || !field.extension) {
            for (name, to) in records::links(&self.reader, tenant.id, record.number)? {
                if let Some(Kind::Link(link)) = resource.field(&name).map(|field| &field.kind)
                    && let Some(target) = tenant.model.resource(&link.to)
                    && let Some(found) = records::find(&self.reader, tenant.id, target, to)?
                {
                    related.links.insert(name, found);
                }
            }
        }
        for of in resource.counted() {
            let summary = records::summary(&self.reader, tenant.id, record.number, of)?;
            related.counts.insert(of, summary);
        }
        Ok(related)
    }

    /// What filters ask for, all of them at once.
    ///
    /// # Errors
    /// [`Error::FilterUnknown`], or when a parameter is malformed or names no record.
    pub fn conditions(
        &self,
        tenant: &Tenant,
        resource: &Resource,
        filters: &[&str],
        sent: &Parameters,
    ) -> Result<Vec<Condition>> {
        let today = self.clock().now().date();
        let resolve = |name: &str, text: &str| {
            number_of(&self.reader, tenant, tenant.resource(name)?, text, KeyLocation::Uri)
        };
        let mut conditions = Vec::new();
        // The same filter once more asks for nothing more.
        for name in filters.iter().collect::<BTreeSet<_>>() {
            let filter = resource.filter(name).ok_or_else(|| Error::FilterUnknown {
                name: (*name).to_owned(),
                resource: resource.name().to_owned(),
                known: resource.filter_names(true),
                hidden: false,
            })?;
            conditions.extend(filter.conditions(resource, sent, today, &tenant.model, &resolve)?);
        }
        Ok(conditions)
    }

    /// Reads a page of a list.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn records(
        &self,
        tenant: &Tenant,
        resource: &Resource,
        query: &Query,
    ) -> Result<Page<Record>> {
        let source = tenant.source(resource);
        let mut found = lists::lines(&self.reader, source, query)?;
        let more = found.len() > query.lines;
        found.truncate(query.lines);
        let whole = query.start.after == RecordNumber::ZERO && !more;
        let pages = query.force_pagination
            || resource.table != Table::Profile
            || records::profiles(&self.reader, tenant.id)? <= Query::BIG_TABLE;
        Ok(Page {
            next: found.last().map(|(_, cursor)| *cursor).filter(|_| more && pages),
            total: if whole { i64::try_from(found.len()).ok() } else { None },
            content: found.into_iter().map(|(record, _)| record).collect(),
            server_side_pagination: pages,
        })
    }

    /// How many records a list has.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn count_records(
        &self,
        tenant: &Tenant,
        resource: &Resource,
        conditions: &[Condition],
    ) -> Result<i64> {
        lists::count(&self.reader, tenant.source(resource), conditions)
    }

    fn announce(&self, tenant: &Tenant, number: RecordNumber, opt_out_changed: bool) {
        if opt_out_changed {
            info!(org:% = tenant.name, profile = number.get(); "opt-out change recorded");
            self.shared.wake.notify_one();
        }
    }
}

/// Links, and where they lead from now on.
type Targets = BTreeMap<String, Option<RecordNumber>>;

/// A write of one record, inside its transaction.
pub(super) struct RecordWriter<'a> {
    pub(super) tx: &'a Tx,
    pub(super) tenant: &'a Tenant,
    pub(super) resource: &'a Resource,
    pub(super) context: &'a WriteContext,
}

impl RecordWriter<'_> {
    fn find(&self, number: RecordNumber, key: &str) -> Result<Record> {
        records::find(self.tx, self.tenant.id, self.resource, number)?
            .ok_or_else(|| self.resource.missing(key, KeyLocation::Uri))
    }

    pub(super) fn create(&self, creation: NewRecord) -> Result<(WriteOutcome, bool)> {
        let Self { tx, tenant, resource, context } = *self;
        let now = context.now;
        if let Some(existing) = self.upserted(&creation.patch)? {
            return self.update(&existing, creation.patch, creation.parent);
        }
        check_own_pkey(tenant, resource, &creation.patch, None)?;
        let links = self.targets(&creation.patch, creation.parent)?;
        let mut attributes = creation.patch.apply(resource, &Attributes::default(), now);
        for (field, value) in creation.set {
            attributes.set(field, value);
        }
        if let Some(key) = &resource.key
            && let Some(prefix) = key.prefix
            && attributes.text(&key.field).is_empty()
        {
            attributes.set(&key.field, self.next_key(prefix)?.into());
        }
        let number = records::next_number(tx, tenant.id, resource)?;
        let mut record = Record::new(number, attributes, now);
        record.due = creation.due;
        let changed = self.record_change(None, &record)?;
        let key = key_of(resource, &record.attributes, &links)?;
        records::insert(tx, tenant.id, resource, &record, key.as_deref())?;
        for (name, to) in links {
            records::set_link(tx, tenant.id, number, &name, to)?;
        }
        record_pair_history(tx, tenant, resource, number, now)?;
        Ok((WriteOutcome { record, created: true, caused: tx.caused() }, changed))
    }

    pub(super) fn update(
        &self,
        before: &Record,
        patch: Patch,
        parent: Option<(String, String)>,
    ) -> Result<(WriteOutcome, bool)> {
        let Self { tx, tenant, resource, context } = *self;
        let now = context.now;
        check_own_pkey(tenant, resource, &patch, Some(before.number))?;
        let links = self.targets(&patch, parent)?;
        let after = Record {
            number: before.number,
            created: before.created,
            last_modified: now,
            due: before.due,
            attributes: patch.apply(resource, &before.attributes, now),
        };
        check_named(resource, &before.attributes, &after.attributes)?;
        let changed = self.record_change(Some(&before.attributes), &after)?;
        let key = resource.key_value(&after.attributes);
        records::update(tx, tenant.id, resource, &after, key)?;
        for (name, to) in links {
            records::set_link(tx, tenant.id, after.number, &name, to)?;
        }
        Ok((WriteOutcome { record: after, created: false, caused: tx.caused() }, changed))
    }

    fn record_change(&self, before: Option<&Attributes>, after: &Record) -> Result<bool> {
        if self.resource.table != Table::Profile {
            return Ok(false);
        }
        record_change(self.tx, self.tenant, before, after, self.context)
    }

    /// The record that the body means to update by naming its key.
    fn upserted(&self, patch: &Patch) -> Result<Option<Record>> {
        let Some(Key { field, upsert: true, .. }) = &self.resource.key else { return Ok(None) };
        let Some(key) = patch.text(field) else { return Ok(None) };
        match records::find_key(self.tx, self.tenant.id, self.resource, key)? {
            Some(number) => self.find(number, key).map(Some),
            None => Ok(None),
        }
    }

    /// Where the links of the body and of the URL lead; the URL's word counts.
    fn targets(&self, patch: &Patch, parent: Option<(String, String)>) -> Result<Targets> {
        let target = |name: &str, text: &str, place| -> Result<Option<RecordNumber>> {
            let Some(Kind::Link(link)) = self.resource.field(name).map(|field| &field.kind) else {
                return Ok(None);
            };
            let resource = self.tenant.resource(&link.to)?;
            let number = number_of(self.tx, self.tenant, resource, text, place)?;
            let there = records::find(self.tx, self.tenant.id, resource, number)?;
            there.ok_or_else(|| resource.missing(text, place))?;
            Ok(Some(number))
        };
        let mut targets = Targets::new();
        if let Some((name, key)) = parent {
            let to = target(&name, &key, KeyLocation::Uri)?;
            targets.insert(name, to);
        }
        for (name, text) in &patch.links {
            let to =
                text.as_deref().map(|text| target(name, text, KeyLocation::Body)).transpose()?;
            targets.entry(name.clone()).or_insert(to.flatten());
        }
        Ok(targets)
    }

    /// The first key of the form `<prefix><number>` that is free.
    fn next_key(&self, prefix: &str) -> Result<String> {
        let source = self.tenant.source(self.resource);
        let mut number = lists::count(self.tx, source, &[])? + 1;
        loop {
            let key = format!("{prefix}{number}");
            if records::find_key(self.tx, self.tenant.id, self.resource, &key)?.is_none() {
                return Ok(key);
            }
            number += 1;
        }
    }
}

/// What the key column of a record holds: the value of its key field, or the pair of its links.
fn key_of(resource: &Resource, attributes: &Attributes, links: &Targets) -> Result<Option<String>> {
    let Some(pair) = resource.pair else {
        return Ok(resource.key_value(attributes).map(str::to_owned));
    };
    let number = |link: &str| {
        let found = links.get(link).copied().flatten();
        found.map(RecordNumber::get).ok_or_else(|| Error::ValueRefused {
            field: link.to_owned(),
            detail: format!("send {{\"{link}\": {{\"PKey\": \"@...\"}}}}"),
        })
    };
    let [one, other] = pair.links;
    Ok(Some(format!("{}, {}", number(one)?, number(other)?)))
}

/// A body may say which `PKey` its record has, but no other (`docs/reference/campaign-standard.md` §6).
fn check_own_pkey(
    tenant: &Tenant,
    resource: &Resource,
    patch: &Patch,
    own: Option<RecordNumber>,
) -> Result<()> {
    let Some(pkey) = &patch.pkey else { return Ok(()) };
    if own.is_some() && tenant.keyring.of(resource).open_pkey(pkey) == own {
        return Ok(());
    }
    Err(Error::PKeyNotOwn { pkey: pkey.clone(), resource: Box::new(resource.names.clone()) })
}

/// Adobe's own records are called by their names, so they keep one.
fn check_named(resource: &Resource, before: &Attributes, after: &Attributes) -> Result<()> {
    match &resource.key {
        Some(Key { field, upsert: false, .. })
            if after.text(field).is_empty() && !before.text(field).is_empty() =>
        {
            let detail = format!("'{}' is the key of a record: send another", before.text(field));
            Err(Error::ValueRefused { field: field.clone(), detail })
        }
        _ => Ok(()),
    }
}

/// Notes when a pair of links is made or undone, where the catalog has a history of such pairs.
fn record_pair_history(
    tx: &Tx,
    tenant: &Tenant,
    resource: &Resource,
    number: RecordNumber,
    now: Timestamp,
) -> Result<()> {
    let Some(history) = resource.pair.map(|pair| pair.history) else { return Ok(()) };
    let links = records::links(tx, tenant.id, number)?;
    let Some((_, of)) = links.into_iter().find(|(name, _)| name == history.of) else {
        return Ok(());
    };
    let resource = tenant.resource(history.resource)?;
    let mut attributes = Attributes::default();
    attributes.set("date", now.to_campaign().into());
    let entry = Record::new(records::next_number(tx, tenant.id, resource)?, attributes, now);
    records::insert(tx, tenant.id, resource, &entry, None)?;
    records::set_link(tx, tenant.id, entry.number, history.link, Some(of))
}

/// The number of the record that a text names: a `PKey`, or the resource's own key.
pub(super) fn number_of(
    reader: &Reader,
    tenant: &Tenant,
    resource: &Resource,
    text: &str,
    place: KeyLocation,
) -> Result<RecordNumber> {
    if text.starts_with('@') {
        return tenant.keyring.of(resource).open_pkey(text).ok_or_else(|| Error::PKeyUnknown {
            pkey: text.to_owned(),
            resource: Box::new(resource.names.clone()),
            place,
        });
    }
    let found = match &resource.key {
        Some(_) => records::find_key(reader, tenant.id, resource, text)?,
        None if place == KeyLocation::Uri && text.parse::<i32>().is_err() => {
            let (key, resource) = (text.to_owned(), Box::new(resource.names.clone()));
            return Err(Error::KeyNotNumeric { key, resource });
        }
        None => None,
    };
    found.ok_or_else(|| resource.missing(text, place))
}
