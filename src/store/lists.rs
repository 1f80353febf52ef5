//! Lists of records: the one place that makes SQL from conditions and orders. Names come from the
//! catalogue, values are always bound.
//!
//! Pages are found by keyset: the page after a record begins where the record stands in the order,
//! so it costs the same at any depth wherever an index has that order. A record that has gone in
//! between is made up for by counting lines.

use std::fmt::Write as _;

use rusqlite::types::Value as Bound;
use rusqlite::{OptionalExtension as _, params_from_iter};
use serde_json::Value;

use super::records::{columns, read, row_id};
use super::{Reader, records};
use crate::domain::{
    Condition, Cursor, Derived, Error, Field, Kind, Model, Order, OrgId, Query, Record,
    RecordNumber, Resource, Result, Table, Title,
};

/// A statement in the making.
#[derive(Default)]
struct Sql {
    text: String,
    values: Vec<Bound>,
}

impl Sql {
    /// A placeholder for a value.
    fn bind(&mut self, value: impl Into<Bound>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

/// What lists are read from: the records of a resource of an org.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Says what fields there are.
    pub model: &'a Model,
    /// The tenant.
    pub org: OrgId,
    /// Its records.
    pub resource: &'a Resource,
}

/// The records of a page and one more, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub fn page(reader: &Reader, source: Source<'_>, query: &Query) -> Result<Vec<Record>> {
    let sql = source.page(reader, query)?;
    let mut statement = reader.0.prepare_cached(&sql.text)?;
    let rows = statement
        .query_map(params_from_iter(sql.values), |row| read(source.resource, row))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// How many records there are.
///
/// # Errors
/// When the database cannot be read.
pub fn count(reader: &Reader, source: Source<'_>, conditions: &[Condition]) -> Result<i64> {
    if conditions.is_empty() && source.resource.table == Table::Profile {
        return records::profiles(reader, source.org);
    }
    let mut sql = Sql::default();
    sql.push("SELECT count(*)");
    source.scope(&mut sql, conditions, false)?;
    let mut statement = reader.0.prepare_cached(&sql.text)?;
    Ok(statement.query_row(params_from_iter(sql.values), |row| row.get(0))?)
}

impl<'a> Source<'a> {
    fn page(self, reader: &Reader, query: &Query) -> Result<Sql> {
        match (&query.order, query.conditions.as_slice()) {
            (None, [Condition::StartsWith { fields, text }]) => {
                self.page_of_matches(reader, query, fields, text)
            }
            (order, conditions) => {
                let plain = order.is_none() && conditions.is_empty();
                let order = order.as_ref().map(|order| self.sort_key(order)).transpose()?;
                let mut sql = Sql::default();
                let _ = write!(sql.text, "SELECT {}", columns(self.resource.table));
                self.scope(&mut sql, conditions, plain)?;
                match order {
                    None => self.after_number(&mut sql, query),
                    Some(key) => self.after_key(reader, &mut sql, query, &key)?,
                }
                Ok(sql)
            }
        }
    }

    /// In order of creation.
    fn after_number(self, sql: &mut Sql, query: &Query) {
        let after = sql.bind(row_id(self.org, query.start.after));
        let limit = sql.bind(limit(query));
        let _ = write!(sql.text, " AND id > {after} ORDER BY id LIMIT {limit}");
    }

    /// In order of a field.
    fn after_key(
        self,
        reader: &Reader,
        sql: &mut Sql,
        query: &Query,
        key: &SortKey<'_>,
    ) -> Result<()> {
        let expression = key.expression(sql);
        let (beyond, from, direction) =
            if key.descending { ("<", "<=", "DESC") } else { (">", ">=", "ASC") };
        let mut offset = 0;
        match self.value_at(reader, query.start, key)? {
            Anchor::Start => {}
            Anchor::Gone => offset = query.start.line,
            Anchor::At(value) => {
                let value = sql.bind(value);
                let id = sql.bind(row_id(self.org, query.start.after));
                let _ = write!(
                    sql.text,
                    " AND {expression} {from} {value}
                      AND ({expression} {beyond} {value} OR id {beyond} {id})"
                );
            }
        }
        let (limit, offset) = (sql.bind(limit(query)), sql.bind(offset));
        let _ = write!(
            sql.text,
            " ORDER BY {expression} {direction}, id {direction} LIMIT {limit} OFFSET {offset}"
        );
        Ok(())
    }

    /// What the record that a page begins after has in the field that orders the list.
    fn value_at(self, reader: &Reader, start: Cursor, key: &SortKey<'_>) -> Result<Anchor> {
        if start.after == RecordNumber::ZERO {
            return Ok(Anchor::Start);
        }
        let mut sql = Sql::default();
        let expression = key.expression(&mut sql);
        let id = sql.bind(row_id(self.org, start.after));
        let _ = write!(sql.text, "SELECT {expression} FROM {} WHERE id = {id}", self.table());
        let mut statement = reader.0.prepare_cached(&sql.text)?;
        let value =
            statement.query_row(params_from_iter(sql.values), |row| row.get(0)).optional()?;
        Ok(value.map_or(Anchor::Gone, Anchor::At))
    }

    /// Records of which a field starts with a text, in order of the text found: one index range per
    /// field, merged. Each record is found by the first of its matching texts.
    fn page_of_matches(
        self,
        reader: &Reader,
        query: &Query,
        fields: &[String],
        text: &str,
    ) -> Result<Sql> {
        let fields = fields.iter().map(|field| self.field(field)).collect::<Result<Vec<_>>>()?;
        let anchor = self.match_at(reader, query.start, &fields, text)?;
        let mut sql = Sql::default();
        let expressions: Vec<_> =
            fields.iter().map(|field| expression(&mut sql, self.resource, field)).collect();
        for (at, found) in expressions.iter().enumerate() {
            let union = if at == 0 { "" } else { " UNION ALL " };
            let _ = write!(
                sql.text,
                "{union}SELECT {}, {found} AS found",
                columns(self.resource.table)
            );
            self.scope(&mut sql, &[], false)?;
            let matches = prefix(&mut sql, found, text);
            let _ = write!(sql.text, " AND {matches}");
            for (other_at, other) in
                expressions.iter().enumerate().filter(|(other, _)| *other != at)
            {
                let matches = prefix(&mut sql, other, text);
                let before = if other_at < at { "<=" } else { "<" };
                let _ = write!(sql.text, " AND NOT ({matches} AND {other} {before} {found})");
            }
            if let Anchor::At(value) = &anchor {
                let value = sql.bind(value.clone());
                let id = sql.bind(row_id(self.org, query.start.after));
                let _ = write!(
                    sql.text,
                    " AND {found} >= {value} AND ({found} > {value} OR id > {id})"
                );
            }
        }
        let offset = if matches!(anchor, Anchor::Gone) { query.start.line } else { 0 };
        let (limit, offset) = (sql.bind(limit(query)), sql.bind(offset));
        let _ = write!(sql.text, " ORDER BY found, id LIMIT {limit} OFFSET {offset}");
        Ok(sql)
    }

    fn match_at(
        self,
        reader: &Reader,
        start: Cursor,
        fields: &[&Field],
        text: &str,
    ) -> Result<Anchor> {
        if start.after == RecordNumber::ZERO {
            return Ok(Anchor::Start);
        }
        let mut values = Vec::new();
        for field in fields {
            let key = SortKey { field, resource: self.resource, descending: false };
            if let Anchor::At(Bound::Text(value)) = self.value_at(reader, start, &key)? {
                values.push(value);
            }
        }
        let first = values.into_iter().filter(|value| value.starts_with(text)).min();
        Ok(first.map_or(Anchor::Gone, |first| Anchor::At(first.into())))
    }

    fn table(self) -> &'static str {
        match self.resource.table {
            Table::Profile => "profile",
            Table::Record => "record",
        }
    }

    /// `FROM … WHERE …` for the records that meet conditions, ready for `AND`.
    fn scope(self, sql: &mut Sql, conditions: &[Condition], by_number: bool) -> Result<()> {
        let _ = write!(sql.text, " FROM {} WHERE ", self.table());
        if by_number && self.resource.table == Table::Profile {
            let last = sql.bind(row_id(self.org, RecordNumber::MAX));
            let _ = write!(sql.text, "id <= {last}");
        } else {
            let org = sql.bind(self.org.get());
            let _ = write!(sql.text, "org_id = {org}");
        }
        if self.resource.table == Table::Record {
            let resource = sql.bind(self.resource.name().to_owned());
            let _ = write!(sql.text, " AND resource = {resource}");
        }
        for condition in conditions {
            sql.push(" AND ");
            self.condition(sql, condition)?;
        }
        Ok(())
    }

    fn condition(self, sql: &mut Sql, condition: &Condition) -> Result<()> {
        let text = match condition {
            Condition::Equals { field, value } => {
                let field = expression(sql, self.resource, self.field(field)?);
                format!("{field} = {}", sql.bind(bound(value)))
            }
            Condition::StartsWith { fields, text } => {
                let mut parts = Vec::new();
                for field in fields {
                    let field = expression(sql, self.resource, self.field(field)?);
                    parts.push(prefix(sql, &field, text));
                }
                format!("({})", parts.join(" OR "))
            }
            Condition::AtLeast { field, text } => {
                let field = expression(sql, self.resource, self.field(field)?);
                format!("({field} <> '' AND {field} >= {})", sql.bind(text.clone()))
            }
            Condition::AtMost { field, text } => {
                let field = expression(sql, self.resource, self.field(field)?);
                format!("{field} <= {}", sql.bind(text.clone()))
            }
            Condition::MonthDays { field, from, to } => {
                let field = expression(sql, self.resource, self.field(field)?);
                let both = if from <= to { "AND" } else { "OR" };
                let (from, to) = (sql.bind(from.clone()), sql.bind(to.clone()));
                format!(
                    "({field} <> '' AND (substr({field}, 6, 5) >= {from}
                      {both} substr({field}, 6, 5) <= {to}))"
                )
            }
            Condition::LinkedTo { link, to } => {
                let (to, link) = (sql.bind(row_id(self.org, *to)), sql.bind(link.clone()));
                format!("id IN (SELECT from_id FROM link WHERE to_id = {to} AND name = {link})")
            }
            Condition::Related { resource, link, having } => {
                let other = self.model.resource(resource);
                let other = other.ok_or_else(|| unknown(resource))?;
                let link = sql.bind(link.clone());
                let whole = std::mem::take(&mut sql.text);
                Self { resource: other, ..self }.scope(sql, having, false)?;
                let inner = std::mem::replace(&mut sql.text, whole);
                format!(
                    "id IN (SELECT to_id FROM link WHERE name = {link} AND from_id IN
                      (SELECT id{inner}))"
                )
            }
            Condition::Is(number) => format!("id = {}", sql.bind(row_id(self.org, *number))),
        };
        sql.push(&text);
        Ok(())
    }

    fn field(self, name: &str) -> Result<&'a Field> {
        self.resource.field(name).ok_or_else(|| unknown(name))
    }

    fn sort_key(self, order: &Order) -> Result<SortKey<'a>> {
        let field = self.field(&order.field)?;
        // The older somebody is, the earlier the birthday.
        let reversed = matches!(field.kind, Kind::Derived(Derived::Age));
        Ok(SortKey { field, resource: self.resource, descending: order.descending != reversed })
    }
}

/// What a list is ordered by.
struct SortKey<'a> {
    field: &'a Field,
    resource: &'a Resource,
    descending: bool,
}

impl SortKey<'_> {
    fn expression(&self, sql: &mut Sql) -> String {
        expression(sql, self.resource, self.field)
    }
}

/// Where a page begins.
enum Anchor {
    /// At the beginning.
    Start,
    /// After a record with this value.
    At(Bound),
    /// After a record that is gone.
    Gone,
}

/// A field as SQL: its column, or what the JSON has or its default.
fn expression(sql: &mut Sql, resource: &Resource, field: &Field) -> String {
    if resource.key.as_ref().is_some_and(|key| key.field == field.name) {
        return "coalesce(key, '')".to_owned();
    }
    let profile = resource.table == Table::Profile;
    match field.name.as_str() {
        "email" if profile => return "email".to_owned(),
        "firstName" if profile => return "first_name".to_owned(),
        "lastName" if profile => return "last_name".to_owned(),
        "ccpaOptOut" if profile => return "ccpa_opt_out".to_owned(),
        _ => {}
    }
    let mut json = |name: &str, default: Bound| {
        let (name, default) = (sql.bind(name.to_owned()), sql.bind(default));
        format!("coalesce(attributes ->> {name}, {default})")
    };
    let empty = || Bound::Text(String::new());
    match &field.kind {
        Kind::Derived(Derived::Created) => "created".to_owned(),
        Kind::Derived(Derived::LastModified) => "last_modified".to_owned(),
        Kind::Derived(Derived::Age) => json("birthDate", "9999".to_owned().into()),
        Kind::Derived(Derived::Domain) => {
            "CASE instr(email, '@') WHEN 0 THEN '' ELSE substr(email, instr(email, '@') + 1) END"
                .to_owned()
        }
        Kind::Derived(Derived::Title(Title::Person)) => {
            "trim(trim(first_name || ' ' || last_name) || ' ' || email)".to_owned()
        }
        Kind::Derived(Derived::Title(Title::LabelAndName)) => {
            let label = json("label", empty());
            format!("trim({label} || ' ' || coalesce(key, ''))")
        }
        Kind::Derived(Derived::Title(Title::Field(name))) => match resource.field(name) {
            Some(field) => expression(sql, resource, field),
            None => "''".to_owned(),
        },
        Kind::Boolean { .. } | Kind::Number { .. } => json(&field.name, 0.into()),
        Kind::Text { default, .. } => json(&field.name, default.clone().into()),
        Kind::Enumeration(list) => json(&field.name, list.default.clone().into()),
        _ => json(&field.name, empty()),
    }
}

/// Whether an expression starts with a text, as a range that an index can find.
fn prefix(sql: &mut Sql, expression: &str, text: &str) -> String {
    let from = sql.bind(text.to_owned());
    match successor(text) {
        Some(end) => format!("({expression} >= {from} AND {expression} < {})", sql.bind(end)),
        None => format!("({expression} >= {from})"),
    }
}

/// The least text that is greater than all that start with `text`; `None` when there is none.
fn successor(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    while let Some(last) = text.pop() {
        let next = match u32::from(last) + 1 {
            // Between the halves of UTF-16 pairs there are no characters.
            0xd800..=0xdfff => 0xe000,
            next => next,
        };
        if let Some(next) = char::from_u32(next) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// A canonical value as `->>` reads it back.
fn bound(value: &Value) -> Bound {
    match value {
        Value::Null => Bound::Text(String::new()),
        Value::Bool(flag) => Bound::Integer((*flag).into()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Bound::Integer(whole),
            None => Bound::Real(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Bound::Text(text.clone()),
        other => Bound::Text(other.to_string()),
    }
}

/// One record more than the page has, to see whether another page follows.
fn limit(query: &Query) -> i64 {
    i64::try_from(query.lines + 1).unwrap_or(i64::MAX)
}

/// A name that the catalogue does not have: whoever asked did not look.
fn unknown(name: &str) -> Error {
    Error::internal(anyhow::anyhow!("the catalogue has no '{name}'"))
}
