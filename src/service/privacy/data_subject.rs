//! What Campaign does for a data subject: finds the profiles that go by its identities, shows what the
//! store holds of them, removes them, or sets their opt-out. Privacy Service's jobs and Campaign's own
//! privacy requests both end here.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::super::ledger::set_opt_out;
use super::super::orgs::Tenant;
use super::super::record_removal::remove;
use crate::domain::{
    Condition, Identity, Kind, Outcome, Query, Record, RecordNumber, Resource, ResponseCode,
    Result, Results, Timestamp,
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

/// What the store holds of people, in the tables of the documented sample and a table more for each
/// other kind of record that links to them. `value` is what they were looked up by.
pub(super) fn data(
    reader: &Reader,
    tenant: &Tenant,
    id: &str,
    value: &str,
    people: &[Record],
) -> Result<String> {
    let mut text = format!(
        "<gdprRequestData _cs=\" ()\" id=\"{}\" reconciliationValue=\"'{}'\">\n",
        escaped(id),
        escaped(value)
    );
    let mut write = |name: &str, resource: &Resource, rows: &[Record]| -> Result<()> {
        let _ = writeln!(text, "  <table name=\"{}\">", escaped(name));
        for row in rows {
            write_row(&mut text, row, &links(reader, tenant, resource, row)?);
        }
        text.push_str("  </table>\n");
        Ok(())
    };
    write("nms:recipient", tenant.model.profile(), people)?;
    let log = tenant.resource("broadLog")?;
    let logs = linked(reader, tenant, people, log, "profile")?;
    write("nms:broadLogRcp", log, &logs)?;
    let tracked = |log: &&Record| log.attributes.flag("opened") || log.attributes.flag("clicked");
    let tracked: Vec<Record> = logs.iter().filter(tracked).cloned().collect();
    write("nms:trackingLogRcp", log, &tracked)?;
    for (resource, field, _) in tenant.model.links_to(tenant.model.profile().name()) {
        if resource.name() == "broadLog" {
            continue;
        }
        let rows = linked(reader, tenant, people, resource, &field.name)?;
        if !rows.is_empty() {
            write(&resource.names.schema, resource, &rows)?;
        }
    }
    text.push_str("</gdprRequestData>");
    Ok(text)
}

/// The records of a resource whose link leads to one of the people.
fn linked(
    reader: &Reader,
    tenant: &Tenant,
    people: &[Record],
    resource: &Resource,
    link: &str,
) -> Result<Vec<Record>> {
    let mut found = Vec::new();
    for person in people {
        let numbers: Vec<RecordNumber> =
            records::linked_from(reader, tenant.id, person.number, link, resource)?;
        for number in numbers {
            found.extend(records::find(reader, tenant.id, resource, number)?);
        }
    }
    Ok(found)
}

/// The links of a record to others than profiles, and the keys of these, or their ids.
fn links(
    reader: &Reader,
    tenant: &Tenant,
    resource: &Resource,
    record: &Record,
) -> Result<Vec<(String, Value)>> {
    let mut shown = Vec::new();
    for (name, to) in records::links(reader, tenant.id, record.number)? {
        let target = match resource.field(&name).map(|field| &field.kind) {
            Some(Kind::Link(link)) if link.to != "profile" => tenant.resource(&link.to)?,
            _ => continue,
        };
        let found = records::find(reader, tenant.id, target, to)?;
        let key = found.as_ref().and_then(|found| target.key_value(&found.attributes));
        shown.push((name, key.map_or_else(|| to.get().into(), Value::from)));
    }
    Ok(shown)
}

fn write_row(text: &mut String, row: &Record, links: &[(String, Value)]) {
    let _ = write!(text, "    <row id='{}'", row.number.get());
    let _ = write!(text, "\n\t\tcreated='{}'", row.created.to_campaign());
    for (name, value) in row.attributes.values() {
        match value {
            Value::Object(members) => {
                for (member, value) in members {
                    write_member(text, &format!("{name}.{member}"), value);
                }
            }
            value => write_member(text, name, value),
        }
    }
    for (name, value) in links {
        write_member(text, name, value);
    }
    text.push_str("/>\n");
}

fn write_member(text: &mut String, name: &str, value: &Value) {
    let value = match value {
        Value::String(text) => escaped(text),
        other => escaped(&other.to_string()),
    };
    let _ = write!(text, "\n\t\t{name}='{value}'");
}

/// Text as it may stand in an attribute of XML, which has no place for most control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&apos;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
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
