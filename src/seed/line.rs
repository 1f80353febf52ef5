//! Lines of a seed's files: read one by one, then tied together by their links.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::customer_record::SeedRecord;
use super::error::SeedError;
use crate::domain::{Attributes, Author, Kind, Model, Patch, Resource, Table, Timestamp};

/// A record of the seed before its links are followed.
pub(super) struct Line {
    pub(super) place: String,
    pub(super) record: SeedRecord,
    /// Link, resource, and the text that names the record there.
    links: Vec<(String, String, String)>,
}

impl Line {
    pub(super) fn read(resource: &Resource, line: &str, place: String) -> Result<Self, String> {
        let mut members: Map<String, Value> =
            serde_json::from_str(line).map_err(|fault| fault.to_string())?;
        let created = members
            .remove("created")
            .map(|created| {
                created.as_str().and_then(Timestamp::parse).ok_or_else(|| {
                    format!("'created' takes a moment such as \"2026-01-31 08:00:00.000Z\", not {created}")
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
        let moment = created.unwrap_or(Timestamp::from_millis(0));
        let attributes = patch.apply(resource, &Attributes::default(), moment);
        let key = resource.key.as_ref().map(|key| attributes.text(&key.field).to_owned());
        let required = resource.key.as_ref().filter(|key| !key.upsert || key.prefix.is_some());
        if let (Some(key), Some("")) = (required, key.as_deref()) {
            return Err(format!("'{}' is missing: it is the key", key.field));
        }
        let key = key.filter(|key| !key.is_empty());
        let resource = resource.name().to_owned();
        let record = SeedRecord { resource, created, attributes, key, links: Vec::new() };
        Ok(Self { place, record, links })
    }
}

/// The namespaces that every tenant has, unless the seed has its own of that name.
pub(super) fn namespaces(model: &Model, lines: &[Line]) -> Vec<Line> {
    let own = |name: &str| {
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
    .filter_map(|line| Line::read(resource, line, "of the box".to_owned()).ok())
    .filter(|line| !line.record.key.as_deref().is_some_and(own))
    .collect()
}

/// Follows the links; refuses keys that are there twice and links that lead nowhere.
pub(super) fn linked(model: &Model, lines: Vec<Line>) -> Result<Vec<SeedRecord>, SeedError> {
    let mut keys: HashMap<(String, String), usize> = HashMap::new();
    let mut mails: HashMap<String, Vec<usize>> = HashMap::new();
    // The records of a file stand together: the first of them, and how many.
    let mut files: HashMap<String, (usize, usize)> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        let record = &line.record;
        if let Some(key) = &record.key
            && let Some(first) = keys.insert((record.resource.clone(), key.clone()), at)
        {
            let first = lines.get(first).map_or("", |line| &line.place);
            return Err(SeedError::new(&line.place, format!("the key '{key}' is taken: {first}")));
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
                let fault = format!("'{link}' leads nowhere: no '{to}' has the {how} '{text}'");
                SeedError::new(&line.place, fault)
            })?;
            line.record.links.push((link, at));
        }
        if let Some(pair) = model.resource(&line.record.resource).and_then(|of| of.pair) {
            let ends = pair.links.map(|name| {
                line.record.links.iter().find(|(link, _)| link == name).map(|(_, at)| *at)
            });
            let [Some(one), Some(other)] = ends else {
                let fault = format!("it needs '{}' and '{}'", pair.links[0], pair.links[1]);
                return Err(SeedError::new(&line.place, fault));
            };
            let key = (line.record.resource.clone(), vec![one, other]);
            if let Some(first) = pairs.insert(key, line.place.clone()) {
                return Err(SeedError::new(&line.place, format!("it is there twice: {first}")));
            }
        }
        records.push(line.record);
    }
    Ok(records)
}
