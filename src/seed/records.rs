//! The records of a seed: each line of a file becomes a record, and the links between them are
//! followed.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::error::{SeedError, json_line_fault};
use crate::domain::{Attributes, Author, Home, Kind, Model, Patch, Resource, Table, Timestamp};

/// A record that every tenant of a customer starts with.
#[derive(Debug, Clone)]
pub struct SeedRecord {
    /// Its resource.
    pub resource: String,
    /// When it was created; with `None`, when its tenant is made.
    pub created: Option<Timestamp>,
    /// The values of its fields.
    pub attributes: Attributes,
    /// The value of its key.
    pub key: Option<String>,
    /// Its links: the link's name, and the index of its target among the customer's records.
    pub links: Vec<(String, usize)>,
}

/// A line of a seed file, as a record whose links are not followed yet.
pub(super) struct RecordLine {
    /// File and line.
    location: String,
    record: SeedRecord,
    /// Link, target resource, and the text that names the target.
    links: Vec<(String, String, String)>,
}

impl RecordLine {
    /// Reads a line of the resource's file.
    ///
    /// # Errors
    /// A sentence, when the line is not a JSON object or breaks a rule of the resource.
    pub(super) fn read(resource: &Resource, line: &str, location: String) -> Result<Self, String> {
        let mut members: Map<String, Value> =
            serde_json::from_str(line).map_err(|fault| json_line_fault(&fault))?;
        let created = members
            .remove("created")
            .map(|created| {
                created.as_str().and_then(Timestamp::parse).ok_or_else(|| {
                    format!("'created' must be a time such as \"2026-01-31 08:00:00.000Z\", not {created}")
                })
            })
            .transpose()?;
        let patch =
            Patch::check(resource, members, Author::Seed).map_err(|fault| fault.to_string())?;
        let links = patch
            .links
            .iter()
            .filter_map(|(name, text)| match &resource.field(name)?.kind {
                Kind::Link(target) => Some((name.clone(), target.to.clone(), text.clone()?)),
                _ => None,
            })
            .collect();
        let created_at = created.unwrap_or(Timestamp::from_millis(0));
        let attributes = patch.apply(resource, &Attributes::default(), created_at);
        let key = resource.key.as_ref().map(|key| attributes.text(&key.field).to_owned());
        let required = resource.key.as_ref().filter(|key| !key.upsert || key.prefix.is_some());
        if let (Some(key), Some("")) = (required, key.as_deref()) {
            return Err(format!("'{}' is missing: it is the key of the record", key.field));
        }
        let key = key.filter(|key| !key.is_empty());
        let resource = resource.name().to_owned();
        let record = SeedRecord { resource, created, attributes, key, links: Vec::new() };
        Ok(Self { location, record, links })
    }
}

/// Whether a seed can have records of a resource. Histories follow from other records, and messages
/// are sent, not stored.
pub(crate) fn is_seedable(resource: &Resource) -> bool {
    resource.name() != "history" && resource.home != Home::Messages
}

/// The resource whose records a file holds.
///
/// # Errors
/// A sentence, when a seed cannot have records of that resource.
pub(super) fn resource_of_file<'a>(model: &'a Model, name: &str) -> Result<&'a Resource, String> {
    resource_of(model, name).map_err(|names| {
        format!("there is no resource '{name}': name the file after one of {names}")
    })
}

/// A resource that a seed can have records of.
///
/// # Errors
/// The names of all there are.
pub(super) fn resource_of<'a>(model: &'a Model, name: &str) -> Result<&'a Resource, String> {
    model.resource(name).filter(|resource| is_seedable(resource)).ok_or_else(|| {
        let names = model.resources().filter(|resource| is_seedable(resource));
        names.map(Resource::name).collect::<Vec<_>>().join(", ")
    })
}

/// The namespaces that every tenant has, without those that the seed declares itself.
pub(super) fn default_namespaces(model: &Model, lines: &[RecordLine]) -> Vec<RecordLine> {
    let is_declared = |name: &str| {
        lines.iter().any(|line| {
            line.record.resource == "privacyNamespace" && line.record.key.as_deref() == Some(name)
        })
    };
    let Some(resource) = model.resource("privacyNamespace") else { return Vec::new() };
    [
        r#"{"name": "defaultNamespace1", "label": "Email", "field": "email"}"#,
        r#"{"name": "defaultNamespace2", "label": "Mobile phone", "field": "mobilePhone"}"#,
    ]
    .into_iter()
    .filter_map(|line| RecordLine::read(resource, line, "of the program".to_owned()).ok())
    .filter(|line| !line.record.key.as_deref().is_some_and(is_declared))
    .collect()
}

/// Follows the links between records.
///
/// # Errors
/// When two records have the same key, or a link has no target.
pub(super) fn resolve_links(
    model: &Model,
    lines: Vec<RecordLine>,
) -> Result<Vec<SeedRecord>, SeedError> {
    let mut keys: HashMap<(String, String), usize> = HashMap::new();
    let mut mails: HashMap<String, Vec<usize>> = HashMap::new();
    // The records of a file are consecutive: the index of the first, and how many there are.
    let mut files: HashMap<String, (usize, usize)> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        let record = &line.record;
        if let Some(key) = &record.key
            && let Some(first) = keys.insert((record.resource.clone(), key.clone()), at)
        {
            let first = lines.get(first).map_or("", |line| &line.location);
            let fault = format!("the key '{key}' is used twice, first in {first}");
            return Err(SeedError::new(&line.location, fault));
        }
        files.entry(record.resource.clone()).or_insert((at, 0)).1 += 1;
        if model.resource(&record.resource).is_some_and(|of| of.table == Table::Profile) {
            mails.entry(record.attributes.text("email").to_owned()).or_default().push(at);
        }
    }
    let mut pairs: HashMap<(String, Vec<usize>), String> = HashMap::new();
    let mut records = Vec::with_capacity(lines.len());
    for mut line in lines {
        for (link, to, text) in line.links {
            let found = keys.get(&(to.clone(), text.clone())).copied();
            let found = found.or_else(|| match mails.get(&text).map(Vec::as_slice) {
                Some([one]) if to == "profile" => Some(*one),
                _ => None,
            });
            let found = found.or_else(|| {
                let (first, count) = files.get(&to)?;
                let nth: usize = text.strip_prefix('#')?.parse().ok()?;
                (1..=*count).contains(&nth).then(|| first + nth - 1)
            });
            let at = found.ok_or_else(|| {
                let how = if to == "profile" { "key or unique email" } else { "key" };
                let fault = format!("'{link}' has no target: no '{to}' has the {how} '{text}'");
                SeedError::new(&line.location, fault)
            })?;
            line.record.links.push((link, at));
        }
        if let Some(pair) = model.resource(&line.record.resource).and_then(|of| of.pair) {
            let ends = pair.links.map(|name| {
                line.record.links.iter().find(|(link, _)| link == name).map(|(_, at)| *at)
            });
            let [Some(one), Some(other)] = ends else {
                let fault = format!("it needs both '{}' and '{}'", pair.links[0], pair.links[1]);
                return Err(SeedError::new(&line.location, fault));
            };
            let key = (line.record.resource.clone(), vec![one, other]);
            if let Some(first) = pairs.insert(key, line.location.clone()) {
                let fault = format!("the same record is in {first} already");
                return Err(SeedError::new(&line.location, fault));
            }
        }
        records.push(line.record);
    }
    Ok(records)
}
