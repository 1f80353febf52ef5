//! What Campaign does for a data subject: finds the profiles that go by its identities, shows what the
//! store holds of them, removes them, or sets their opt-out. Privacy Service's jobs and Campaign's own
//! privacy requests both end here.

use std::collections::HashSet;

use super::super::ledger::set_opt_out;
use super::super::orgs::Tenant;
use super::super::record_removal::remove;
use super::access_file::data;
use crate::domain::{
    Condition, Identity, Outcome, Query, Record, ResponseCode, Result, Results, Timestamp,
};
use crate::store::{Reader, Tx, lists, records};

/// Where the values of a namespace stand.
#[derive(Debug, Clone)]
enum Field {
    /// In a field of profiles.
    Named(String),
    /// They are `PKey`s, as the opt-out hook sends them for people without an address.
    PKey,
}

/// A data subject as Campaign knows it.
pub(super) struct DataSubject {
    /// The identities, each with the id of its namespace and the profiles that it names.
    known: Vec<(Identity, String, Vec<Record>)>,
    /// Values of identities in namespaces that Campaign does not know.
    foreign: Vec<String>,
    /// Whether one of those is of a standard namespace.
    standard: bool,
}

impl DataSubject {
    /// Looks up everybody who goes by one of the identities.
    pub(super) fn find(reader: &Reader, tenant: &Tenant, identities: &[Identity]) -> Result<Self> {
        let mut subject = Self { known: Vec::new(), foreign: Vec::new(), standard: false };
        for identity in identities {
            if let Some((id, field)) = namespace(reader, tenant, identity)? {
                let people = people(reader, tenant, &field, &identity.value)?;
                subject.known.push((identity.clone(), id, people));
            } else {
                subject.standard |= identity.has_known_id();
                subject.foreign.push(identity.value.clone());
            }
        }
        Ok(subject)
    }

    /// The profiles, each once.
    pub(super) fn profiles(&self) -> Vec<&Record> {
        let mut profiles: Vec<&Record> =
            self.known.iter().flat_map(|(_, _, found)| found).collect();
        profiles.sort_by_key(|profile| profile.number.get());
        profiles.dedup_by_key(|profile| profile.number);
        profiles
    }

    /// What Campaign answers once it has done its work for all of them.
    pub(super) fn outcome(&self) -> Outcome {
        let (found, missed): (Vec<_>, Vec<_>) =
            self.known.iter().partition(|(_, _, found)| !found.is_empty());
        if found.is_empty() {
            let nowhere = missed.is_empty() && !self.standard;
            let code =
                if nowhere { ResponseCode::InvalidNamespace } else { ResponseCode::IdsNotFound };
            return code.into();
        }
        if missed.is_empty() && self.foreign.is_empty() {
            return Outcome::success();
        }
        let values = |these: Vec<&(Identity, String, Vec<Record>)>| {
            these.into_iter().map(|(identity, ..)| identity.value.clone()).collect::<Vec<_>>()
        };
        let mut ignored = values(missed);
        ignored.extend(self.foreign.iter().cloned());
        Results { processed: values(found), ignored }.into()
    }

    /// A file for each identity that names somebody: its name, which no other has, and what the store
    /// holds (`docs/reference/campaign-standard.md` §15).
    pub(super) fn files(
        &self,
        reader: &Reader,
        tenant: &Tenant,
        instance: &str,
        id: &str,
    ) -> Result<Vec<(String, String)>> {
        let found = self.known.iter().filter(|(_, _, found)| !found.is_empty());
        let mut taken = HashSet::new();
        found
            .map(|(identity, namespace, people)| {
                // Values that differ in nothing, or in what a name cannot hold, would share one.
                let plain = [instance, namespace, &identity.value].map(file_name).join("-");
                let numbered = (2..).map(|number| format!("{plain}-{number}"));
                let name = std::iter::once(plain.clone())
                    .chain(numbered)
                    .find(|name| taken.insert(name.to_lowercase()))
                    .unwrap_or_default();
                let data = data(reader, tenant, id, &identity.value, people)?;
                let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{data}\n");
                Ok((format!("{name}.xml"), text))
            })
            .collect()
    }

    /// Removes the profiles and what belongs to them.
    pub(super) fn remove(&self, tx: &Tx, tenant: &Tenant) -> Result<()> {
        for profile in self.profiles() {
            remove(tx, tenant, tenant.model.profile(), profile.number)?;
        }
        Ok(())
    }

    /// Sets `ccpaOptOut` of the profiles; answers how many it changed. `by` is the job or consent that
    /// asks for it.
    pub(super) fn opt_out(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        value: bool,
        by: &str,
        now: Timestamp,
    ) -> Result<i64> {
        let mut changed = 0;
        for profile in self.profiles() {
            changed += i64::from(set_opt_out(tx, tenant, profile, value, by, now)?);
        }
        Ok(changed)
    }
}

/// The namespace of an identity: its id in file names, and where its values stand. `None` when Campaign
/// does not know it.
fn namespace(
    reader: &Reader,
    tenant: &Tenant,
    identity: &Identity,
) -> Result<Option<(String, Field)>> {
    let name = identity.namespace.as_str();
    if identity.kind == "unregistered" && name == "PKey" {
        return Ok(Some((name.to_owned(), Field::PKey)));
    }
    let standard = match identity.namespace_id {
        Some(id @ 6) => Some((id, "email")),
        Some(id @ 7) => Some((id, "mobilePhone")),
        _ => None,
    };
    if let Some((id, field)) = standard {
        return Ok(Some((id.to_string(), Field::Named(field.to_owned()))));
    }
    let own = tenant.resource("privacyNamespace")?;
    let Some(number) = records::find_key(reader, tenant.id, own, name)? else { return Ok(None) };
    let own = records::find(reader, tenant.id, own, number)?;
    let field = own.map(|own| Field::Named(own.attributes.text("field").to_owned()));
    Ok(field.map(|field| (name.to_owned(), field)))
}

/// The profiles that have a value where a namespace looks.
fn people(reader: &Reader, tenant: &Tenant, field: &Field, value: &str) -> Result<Vec<Record>> {
    let profile = tenant.model.profile();
    let field = match field {
        Field::Named(field) => field,
        Field::PKey => {
            let number = tenant.open_profile_key(value);
            let found = number.map(|number| records::find(reader, tenant.id, profile, number));
            return Ok(found.transpose()?.flatten().into_iter().collect());
        }
    };
    let value = if field == "email" { value.to_lowercase() } else { value.to_owned() };
    let query = Query {
        conditions: vec![Condition::Equals { field: field.clone(), value: value.into() }],
        lines: Query::MAX_LINES,
        ..Query::default()
    };
    lists::page(reader, tenant.source(profile), &query)
}

/// Text as part of a file's name on any system: whatever could lead out of the folder, or is refused
/// somewhere, becomes an underscore.
fn file_name(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "@.+-_".contains(letter);
    text.chars().take(100).map(|letter| if plain(letter) { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_the_folder() {
        assert_eq!(file_name("dsmith@acme.com"), "dsmith@acme.com");
        assert_eq!(file_name("../../etc/passwd"), ".._.._etc_passwd");
        assert_eq!(file_name("C:\\x\0\n"), "C__x__");
    }
}
