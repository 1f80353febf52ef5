//! The file of an access request: what the tables of Campaign hold of people, with the values that a
//! database stores and the columns that are on record (`docs/reference/campaign-standard.md` §15.1).

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::super::orgs::Tenant;
use crate::domain::{Condition, Field, Kind, Query, Record, Resource, Result, escaped};
use crate::store::{Reader, lists, records};

/// A column and its value.
type Column = (String, String);

/// The columns of the printed rows of people, in their order; others follow.
const PRINTED: [&str; 9] = [
    "id",
    "lastName",
    "firstName",
    "gender",
    "email",
    "lastModified",
    "created",
    "thumbnail",
    "emailFormat",
];

/// What the store holds of people, in the tables of the documented sample and a table more for each
/// other kind of record that links to them. `value` is what they were looked up by.
pub(super) fn data(
    reader: &Reader,
    tenant: &Tenant,
    id: &str,
    value: &str,
    people: &[Record],
) -> Result<String> {
    let text = format!(
        "<gdprRequestData _cs=\" ()\" id=\"{}\" reconciliationValue=\"'{}'\">\n",
        escaped(id),
        escaped(value)
    );
    let mut file = AccessFile { reader, tenant, people, text, deliveries: HashMap::new() };
    file.people()?;
    file.messages()?;
    for (resource, field, _) in tenant.model.links_to(tenant.model.profile().name()) {
        if resource.name() != "broadLog" {
            file.others(resource, &field.name)?;
        }
    }
    file.text.push_str("</gdprRequestData>");
    Ok(file.text)
}

/// A file in the making.
struct AccessFile<'a> {
    reader: &'a Reader,
    tenant: &'a Tenant,
    people: &'a [Record],
    text: String,
    /// The ids of deliveries by their names.
    deliveries: HashMap<String, i64>,
}

impl<'a> AccessFile<'a> {
    fn table(&mut self, name: &str, rows: &[Vec<Column>]) {
        let _ = writeln!(self.text, "  <table name=\"{}\">", escaped(name));
        for columns in rows {
            self.text.push_str("    <row");
            for (at, (name, value)) in columns.iter().enumerate() {
                let before = if at == 0 { " " } else { "\n\t\t" };
                let _ = write!(self.text, "{before}{name}='{}'", escaped(value));
            }
            self.text.push_str("/>\n");
        }
        self.text.push_str("  </table>\n");
    }

    fn people(&mut self) -> Result<()> {
        let profile = self.tenant.model.profile();
        let rows = self.people.iter().map(|person| self.row(profile, person));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        self.table("nms:recipient", &rows);
        Ok(())
    }

    /// The records of a resource whose link leads to the people, if there are any.
    fn others(&mut self, resource: &Resource, link: &str) -> Result<()> {
        let found = self.linked(resource, link)?;
        let rows = found.iter().map(|(_, record)| self.row(resource, record));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        if !rows.is_empty() {
            self.table(&resource.names.schema, &rows);
        }
        Ok(())
    }

    /// What was sent to the people, and what they opened and clicked.
    fn messages(&mut self) -> Result<()> {
        let resource = self.tenant.resource("broadLog")?;
        let (mut sent, mut tracked) = (Vec::new(), Vec::new());
        for (person, log) in self.linked(resource, "profile")? {
            let message = Message {
                label: resource.constant("label"),
                date: log.attributes.text("date"),
                delivery: self.delivery(resource, log.attributes.text("delivery"))?,
                person,
                log: &log,
            };
            sent.push(message.sent());
            for (mark, action, url) in [("opened", "Open", 1), ("clicked", "Click", 2)] {
                if log.attributes.flag(mark) {
                    tracked.push(message.tracked(action, url));
                }
            }
        }
        self.table("nms:broadLogRcp", &sent);
        self.table("nms:trackingLogRcp", &tracked);
        Ok(())
    }

    /// The id of a delivery: the store has none, so that of its first message stands for it.
    fn delivery(&mut self, log: &Resource, name: &str) -> Result<i64> {
        if let Some(known) = self.deliveries.get(name) {
            return Ok(*known);
        }
        let query = Query {
            conditions: vec![Condition::Equals {
                field: "delivery".to_owned(),
                value: name.into(),
            }],
            lines: 1,
            ..Query::default()
        };
        let first = lists::page(self.reader, self.tenant.source(log), &query)?;
        let id = first.first().map_or(0, |first| first.number.get());
        self.deliveries.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The records of a resource whose link leads to one of the people, each with that person.
    fn linked(&self, resource: &Resource, link: &str) -> Result<Vec<(&'a Record, Record)>> {
        let (reader, org) = (self.reader, self.tenant.id);
        let mut found = Vec::new();
        for person in self.people {
            for number in records::linked_from(reader, org, person.number, link, resource)? {
                let record = records::find(reader, org, resource, number)?;
                found.extend(record.map(|record| (person, record)));
            }
        }
        Ok(found)
    }

    /// The columns of a record: what is set, with its links to others than profiles.
    fn row(&self, resource: &Resource, record: &Record) -> Result<Vec<Column>> {
        let mut columns = vec![
            ("id".to_owned(), record.number.get().to_string()),
            ("lastModified".to_owned(), record.last_modified.to_campaign()),
            ("created".to_owned(), record.created.to_campaign()),
        ];
        for (name, value) in record.attributes.values() {
            match value {
                Value::Object(members) => {
                    let member = |(member, value): (&String, &Value)| {
                        (format!("{name}.{member}"), stored(None, value))
                    };
                    columns.extend(members.iter().map(member));
                }
                value => columns.push((name.clone(), stored(resource.field(name), value))),
            }
        }
        for field in &resource.fields {
            if let Kind::Text { default, .. } = &field.kind
                && !default.is_empty()
                && !record.attributes.values().contains_key(&field.name)
            {
                columns.push((field.name.clone(), default.clone()));
            }
        }
        columns.extend(self.links(resource, record)?);
        let place = |name: &str| PRINTED.iter().position(|printed| *printed == name);
        columns.sort_by_key(|(name, _)| place(name).unwrap_or(PRINTED.len()));
        Ok(columns)
    }

    /// The links of a record to others than profiles, and the keys of these, or their ids.
    fn links(&self, resource: &Resource, record: &Record) -> Result<Vec<Column>> {
        let (reader, tenant) = (self.reader, self.tenant);
        let mut shown = Vec::new();
        for (name, to) in records::links(reader, tenant.id, record.number)? {
            let target = match resource.field(&name).map(|field| &field.kind) {
                Some(Kind::Link(link)) if link.to != "profile" => tenant.resource(&link.to)?,
                _ => continue,
            };
            let found = records::find(reader, tenant.id, target, to)?;
            let key = found.as_ref().and_then(|found| target.key_value(&found.attributes));
            shown.push((name, key.map_or_else(|| to.get().to_string(), str::to_owned)));
        }
        Ok(shown)
    }
}

/// A message that was sent to a person.
struct Message<'a> {
    /// What people call what was done.
    label: &'static str,
    date: &'a str,
    /// The id of its delivery.
    delivery: i64,
    person: &'a Record,
    log: &'a Record,
}

impl Message<'_> {
    /// The columns of the log of deliveries. What the store does not know is what a message that
    /// arrived has.
    fn sent(&self) -> Vec<Column> {
        named([
            ("deliveryLabel", self.label.to_owned()),
            ("deliveryType", "0".to_owned()),
            ("contactDate", self.date.to_owned()),
            ("id", self.log.number.get().to_string()),
            ("address", self.person.attributes.text("email").to_owned()),
            ("status", "1".to_owned()),
            ("msg-id", "0".to_owned()),
            ("eventDate", self.date.to_owned()),
            ("lastModified", self.log.last_modified.to_campaign()),
            ("variant", "default".to_owned()),
            ("delivery-id", self.delivery.to_string()),
            ("publicId", "1".to_owned()),
            ("profile-id", self.person.number.get().to_string()),
        ])
    }

    /// The columns of the log of what the person did with it.
    fn tracked(&self, action: &str, url: i64) -> Vec<Column> {
        named([
            ("deliveryLabel", self.label.to_owned()),
            ("deliveryType", "0".to_owned()),
            ("contactDate", self.date.to_owned()),
            ("urlLabel", action.to_owned()),
            ("urlSource", String::new()),
            ("userAgent", "0".to_owned()),
            ("trackedDevice", String::new()),
            // There is one of each message and url.
            ("id", (self.log.number.get() * 10 + url).to_string()),
            ("logDate", self.date.to_owned()),
            ("sourceType", "html".to_owned()),
            ("url-id", url.to_string()),
            ("delivery-id", self.delivery.to_string()),
            ("broadLog-id", self.log.number.get().to_string()),
            ("recipient-id", self.person.number.get().to_string()),
        ])
    }
}

fn named<const N: usize>(columns: [(&str, String); N]) -> Vec<Column> {
    columns.map(|(name, value)| (name.to_owned(), value)).into()
}

/// A value as a database keeps it.
fn stored(field: Option<&Field>, value: &Value) -> String {
    match (field.map(|field| &field.kind), value) {
        (Some(Kind::Enumeration(list)), Value::String(name)) => {
            let known = list.values.iter().find(|value| value.name == *name);
            known.map_or_else(|| name.clone(), |value| value.stored.clone())
        }
        (_, Value::Bool(flag)) => u8::from(*flag).to_string(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}
