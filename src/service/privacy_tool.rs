//! Campaign's own privacy requests: how they are made, what they do, and the file of an access
//! request (`reference/campaign-standard.md` §15).

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::records::remove;
use super::{Creation, Origin, Services, Tenant, Written};
use crate::domain::{Condition, Error, Patch, Query, Record, Result, Timestamp};
use crate::store::{Reader, Tx, lists, records};

/// The regulations that clients of the real API offer, in the spelling of the answers.
const REGULATIONS: [&str; 4] = ["gdpr", "ccpa", "pdpa", "lgpd"];

impl Services {
    /// Creates a privacy request.
    ///
    /// # Errors
    /// When a mandatory member is missing, the namespace is unknown or the name is taken.
    pub async fn create_privacy_request(
        &self,
        tenant: &Arc<Tenant>,
        mut patch: Patch,
        origin: Origin,
    ) -> Result<Written> {
        let resource = tenant.resource("privacyTool")?;
        let mandatory = |field: &'static str| {
            patch.text(field).ok_or_else(|| Error::ValueRefused {
                field: field.to_owned(),
                detail: "a privacy request needs it".to_owned(),
            })
        };
        mandatory("reconciliationValue")?;
        let regulation = mandatory("regulation")?.to_lowercase();
        if !REGULATIONS.contains(&regulation.as_str()) {
            return Err(Error::ValueRefused {
                field: "regulation".to_owned(),
                detail: format!("send one of {}", REGULATIONS.join(", ")),
            });
        }
        let namespace = mandatory("namespaceName")?.to_owned();
        patch.links.insert("namespace".to_owned(), Some(namespace));
        let due = Some(self.clock().now().after(self.shared.delays.submitted));
        let creation = Creation { patch, due, ..Creation::default() };
        self.create_record(tenant, resource, creation, origin).await
    }

    /// The file of a privacy request: what the store holds of the data subject.
    ///
    /// # Errors
    /// When the request has another name, is no access request, or is not complete.
    pub fn privacy_file(&self, tenant: &Tenant, key: &str, name: Option<&str>) -> Result<String> {
        let resource = tenant.resource("privacyTool")?;
        let request = self.record(tenant, resource, key)?;
        let refused =
            |field: &str, detail: String| Error::ValueRefused { field: field.to_owned(), detail };
        let own = request.attributes.text("name");
        if name.is_some_and(|name| name != own) {
            return Err(refused("name", format!("this request is '{own}'")));
        }
        let status = request.attributes.text("status");
        if request.attributes.text("type") == "delete" || status != "complete" {
            let status = if status.is_empty() { "new" } else { status };
            let detail = format!(
                "only access requests that are complete have data, and this one's status is '{status}'"
            );
            return Err(refused("privacyRequestData", detail));
        }
        file(&self.reader, tenant, &request)
    }
}

/// The next status of a request; completing it does what it asks for.
pub(super) fn advance(
    tx: &Tx,
    tenant: &Tenant,
    mut request: Record,
    now: Timestamp,
    delay: Duration,
) -> Result<Record> {
    let delete = request.attributes.text("type") == "delete";
    let (status, due) = match request.attributes.text("status") {
        "" if delete => ("deleteInProgress", Some(now.after(delay))),
        "" => ("processing", Some(now.after(delay))),
        _ => (carry_out(tx, tenant, &request, delete)?, None),
    };
    request.attributes.set("status", status.into());
    Ok(Record { due, last_modified: now, ..request })
}

fn carry_out(tx: &Tx, tenant: &Tenant, request: &Record, delete: bool) -> Result<&'static str> {
    let people = subjects(tx, tenant, request)?;
    if people.is_empty() {
        return Ok("errorDataNotFound");
    }
    if delete {
        for person in people {
            remove(tx, tenant, tenant.model.profile(), person.number)?;
        }
    }
    Ok("complete")
}

/// The profiles that a request is about: those whose field of the namespace has its value.
fn subjects(reader: &Reader, tenant: &Tenant, request: &Record) -> Result<Vec<Record>> {
    let namespaces = tenant.resource("privacyNamespace")?;
    let links = records::links(reader, tenant.id, request.number)?;
    let Some((_, namespace)) = links.into_iter().find(|(link, _)| link == "namespace") else {
        return Ok(Vec::new());
    };
    let Some(namespace) = records::find(reader, tenant.id, namespaces, namespace)? else {
        return Ok(Vec::new());
    };
    let field = namespace.attributes.text("field");
    let value = request.attributes.text("reconciliationValue");
    let value = if field == "email" { value.to_lowercase() } else { value.to_owned() };
    let query = Query {
        conditions: vec![Condition::Equals { field: field.to_owned(), value: value.into() }],
        lines: Query::MAX_LINES,
        ..Query::default()
    };
    lists::page(reader, tenant.source(tenant.model.profile()), &query)
}

/// The tables of the documented sample, with what there is of the data subject.
fn file(reader: &Reader, tenant: &Tenant, request: &Record) -> Result<String> {
    let people = subjects(reader, tenant, request)?;
    let logs = tenant.resource("broadLog")?;
    let (mut sent, mut tracked) = (Vec::new(), Vec::new());
    for person in &people {
        for number in records::linked_from(reader, tenant.id, person.number, "profile", logs)? {
            let Some(log) = records::find(reader, tenant.id, logs, number)? else { continue };
            if log.attributes.flag("opened") || log.attributes.flag("clicked") {
                tracked.push(log.clone());
            }
            sent.push(log);
        }
    }
    let mut text = format!(
        "{{data:<gdprRequestData _cs=\" ()\" id=\"{}\" reconciliationValue=\"'{}'\">\n",
        request.number.get(),
        escaped(request.attributes.text("reconciliationValue"))
    );
    for (table, rows) in
        [("nms:recipient", &people), ("nms:broadLogRcp", &sent), ("nms:trackingLogRcp", &tracked)]
    {
        let _ = writeln!(text, "  <table name=\"{table}\">");
        for row in rows {
            write_row(&mut text, row);
        }
        text.push_str("  </table>\n");
    }
    text.push_str("</gdprRequestData>}");
    Ok(text)
}

fn write_row(text: &mut String, row: &Record) {
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
