//! Lists of records: the one place that makes SQL from conditions and orders. Names come from the
//! catalog, values are always bound.
//!
//! Pages are found by keyset: the page after a record begins where the record stands in the order,
//! so it costs the same at any depth wherever an index has that order. A record that has gone or
//! moved in between is made up for by counting lines.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::types::{Value as Bound, ValueRef};
use rusqlite::{OptionalExtension as _, params_from_iter};
use serde_json::Value;

use super::list_sql::{Sql, before_end, bound, expression, starts_with};
use super::records::{columns, name, read, row_id};
use super::{Reader, records};
use crate::domain::{
    Condition, Cursor, Error, Field, Model, Operator, OrgId, Query, Record, RecordNumber, Resource,
    Result, Table,
};

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
    let lines = lines(reader, source, query)?;
    Ok(lines.into_iter().map(|(record, _)| record).collect())
}

/// As [`page`], each record with where a page after it begins.
///
/// # Errors
/// When the database cannot be read.
pub fn lines(reader: &Reader, source: Source<'_>, query: &Query) -> Result<Vec<(Record, Cursor)>> {
    let (sql, mut line) = source.page(reader, query)?;
    let mut statement = reader.0.prepare_cached(&sql.text)?;
    let rows = statement
        .query_map(params_from_iter(sql.values), |row| {
            let record = read(source.resource, row)?;
            line += 1;
            let cursor = Cursor { after: record.number, line, mark: mark(row.get_ref("found")?) };
            Ok((record, cursor))
        })?
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

/// How `SQLite` finds a page: the steps of its plan.
///
/// # Errors
/// When the database cannot be read.
pub fn plan(reader: &Reader, source: Source<'_>, query: &Query) -> Result<Vec<String>> {
    let (sql, _) = source.page(reader, query)?;
    let mut statement = reader.0.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text))?;
    let steps = statement
        .query_map(params_from_iter(sql.values), |row| row.get("detail"))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(steps)
}

/// A list that is not in order of creation.
struct Ordered<'a> {
    /// By the first of these fields that has the text.
    fields: Vec<&'a Field>,
    /// With which it starts; without one all values of one field count.
    text: Option<&'a str>,
    conditions: &'a [Condition],
    descending: bool,
}

impl<'a> Source<'a> {
    /// The statement of a page, and how many lines come before it.
    fn page(self, reader: &Reader, query: &Query) -> Result<(Sql, i64)> {
        match (&query.order, query.conditions.as_slice()) {
            (None, [Condition::StartsWith { fields, text }]) => {
                let fields = fields.iter().map(|field| self.field(field)).collect::<Result<_>>()?;
                let text = Some(text.as_str());
                let list = Ordered { fields, text, conditions: &[], descending: false };
                self.page_in_order(reader, query, &list)
            }
            (None, conditions) => Ok((self.page_by_number(query, conditions)?, query.start.line)),
            (Some(order), conditions) => {
                let fields = vec![self.field(&order.field)?];
                let descending = order.descending;
                let list = Ordered { fields, text: None, conditions, descending };
                self.page_in_order(reader, query, &list)
            }
        }
    }

    /// In order of creation.
    fn page_by_number(self, query: &Query, conditions: &[Condition]) -> Result<Sql> {
        let mut sql = Sql::default();
        let _ = write!(sql.text, "SELECT {}, NULL AS found", columns(self.resource.table));
        self.scope(&mut sql, conditions, conditions.is_empty())?;
        let (after, limit) =
            (sql.bind(row_id(self.org, query.start.after)), sql.bind(limit(query)));
        let _ = write!(sql.text, " AND id > {after} ORDER BY id LIMIT {limit}");
        Ok(sql)
    }

    /// In order of what is found: for each field, the records that have the value at which the page
    /// begins and then those beyond it, each a range of an index, all of them merged.
    fn page_in_order(
        self,
        reader: &Reader,
        query: &Query,
        list: &Ordered<'_>,
    ) -> Result<(Sql, i64)> {
        let anchor = Anchor::new(query.start, self.found_at(reader, query.start, list)?);
        let direction = if list.descending { "DESC" } else { "ASC" };
        let mut sql = Sql::default();
        let id = row_id(self.org, query.start.after);
        for at in 0..list.fields.len() {
            match &anchor {
                Anchor::Start => self.piece(&mut sql, list, at, &From::InitialState)?,
                Anchor::At(value) => {
                    self.piece(&mut sql, list, at, &From::Within(value, id))?;
                    self.piece(&mut sql, list, at, &From::Beyond(value))?;
                }
                // Wherever it has moved to, it had its line.
                Anchor::Gone => self.piece(&mut sql, list, at, &From::Without(id))?,
            }
        }
        let (before, skipped) = anchor.lines(query.start);
        let (limit, offset) = (sql.bind(limit(query)), sql.bind(skipped));
        let _ = write!(
            sql.text,
            " ORDER BY found {direction}, id {direction} LIMIT {limit} OFFSET {offset}"
        );
        Ok((sql, before))
    }

    /// Adds the records that are found by one of a list's fields. A record with several matching
    /// texts is found by the first of them. Each end of the range is bounded once, since an index
    /// heeds no second bound.
    fn piece(self, sql: &mut Sql, list: &Ordered<'_>, at: usize, from: &From<'_>) -> Result<()> {
        let expressions: Vec<_> =
            list.fields.iter().map(|field| expression(sql, self.resource, field)).collect();
        let found = expressions.get(at).cloned().unwrap_or_default();
        let union = if sql.text.is_empty() { "" } else { " UNION ALL " };
        let columns = columns(self.resource.table);
        let _ = write!(sql.text, "{union}SELECT {columns}, {found} AS found");
        self.scope(sql, list.conditions, false)?;
        let text = list.text.unwrap_or_default();
        let beyond = if list.descending { "<" } else { ">" };
        let range = match from {
            From::InitialState => starts_with(sql, &found, text),
            From::Without(id) => {
                format!("id <> {} AND {}", sql.bind(*id), starts_with(sql, &found, text))
            }
            From::Within(value, id) => {
                let (value, id) = (sql.bind((*value).clone()), sql.bind(*id));
                format!("{found} = {value} AND id {beyond} {id}")
            }
            From::Beyond(value) => {
                let value = sql.bind((*value).clone());
                format!("{found} {beyond} {value} AND {}", before_end(sql, &found, text))
            }
        };
        let _ = write!(sql.text, " AND {range}");
        for (other_at, other) in expressions.iter().enumerate().filter(|(other, _)| *other != at) {
            let matches = starts_with(sql, other, text);
            let before = if other_at < at { "<=" } else { "<" };
            let _ = write!(sql.text, " AND NOT ({matches} AND {other} {before} {found})");
        }
        Ok(())
    }

    /// By which value the record that a page begins after is found, unless it is gone.
    fn found_at(self, reader: &Reader, start: Cursor, list: &Ordered<'_>) -> Result<Option<Bound>> {
        let mut values = Vec::new();
        for field in &list.fields {
            values.extend(self.value_at(reader, start, field)?);
        }
        let Some(text) = list.text else { return Ok(values.pop()) };
        let texts = values.into_iter().filter_map(|value| match value {
            Bound::Text(value) => Some(value).filter(|value| value.starts_with(text)),
            _ => None,
        });
        Ok(texts.min().map(Bound::Text))
    }

    /// What the record that a page begins after has in a field.
    fn value_at(self, reader: &Reader, start: Cursor, field: &Field) -> Result<Option<Bound>> {
        let mut sql = Sql::default();
        let expression = expression(&mut sql, self.resource, field);
        let id = sql.bind(row_id(self.org, start.after));
        let _ = write!(
            sql.text,
            "SELECT {expression} FROM {} WHERE id = {id}",
            name(self.resource.table)
        );
        let mut statement = reader.0.prepare_cached(&sql.text)?;
        Ok(statement.query_row(params_from_iter(sql.values), |row| row.get(0)).optional()?)
    }

    /// `FROM … WHERE …` for the records that meet conditions, ready for `AND`.
    fn scope(self, sql: &mut Sql, conditions: &[Condition], by_number: bool) -> Result<()> {
        let _ = write!(sql.text, " FROM {} WHERE ", name(self.resource.table));
        if by_number && self.resource.table == Table::Profile {
            let last = sql.bind(row_id(self.org, RecordNumber::MAX));
            let _ = write!(sql.text, "id <= {last}");
        } else {
            // Where a condition names the records, no index of the org's finds them faster.
            let plus = if conditions.iter().any(names_records) { "+" } else { "" };
            let org = sql.bind(self.org.get());
            let _ = write!(sql.text, "{plus}org_id = {org}");
            if self.resource.table == Table::Record {
                let resource = sql.bind(self.resource.name().to_owned());
                let _ = write!(sql.text, " AND {plus}resource = {resource}");
            }
        }
        for condition in conditions {
            sql.push(" AND ");
            self.condition(sql, condition)?;
        }
        Ok(())
    }

    fn condition(self, sql: &mut Sql, condition: &Condition) -> Result<()> {
        let text = match condition {
            // The bare column, so that its index is used; those without a key are not in that.
            Condition::Equals { field, value: Value::String(text) }
                if !text.is_empty()
                    && self.resource.key.as_ref().is_some_and(|key| key.field == *field) =>
            {
                format!("key = {}", sql.bind(text.clone()))
            }
            Condition::Equals { field, value } => {
                let field = self.value(sql, field)?;
                format!("{field} = {}", sql.bind(bound(value)))
            }
            Condition::Compares { field, operator, value } => {
                let (field, value) = (self.value(sql, field)?, sql.bind(bound(value)));
                match operator {
                    Operator::Contains => format!("instr({field}, {value}) > 0"),
                    operator => format!("{field} {} {value}", operator.symbol()),
                }
            }
            Condition::OneOf { field, values } => {
                let field = self.value(sql, field)?;
                let values = sql.bind(Value::from(values.clone()).to_string());
                format!("{field} IN (SELECT value FROM json_each({values}))")
            }
            Condition::StartsWith { fields, text } => {
                let whole = std::mem::take(&mut sql.text);
                for field in fields {
                    let union = if sql.text.is_empty() { "" } else { " UNION ALL " };
                    let _ = write!(sql.text, "{union}SELECT id");
                    let field = self.value(sql, field)?;
                    self.scope(sql, &[], false)?;
                    let matches = starts_with(sql, &field, text);
                    let _ = write!(sql.text, " AND {matches}");
                }
                let found = std::mem::replace(&mut sql.text, whole);
                format!("id IN ({found})")
            }
            Condition::AtLeast { field, text } => {
                let field = self.value(sql, field)?;
                format!("({field} <> '' AND {field} >= {})", sql.bind(text.clone()))
            }
            Condition::AtMost { field, text } => {
                let field = self.value(sql, field)?;
                format!("{field} <= {}", sql.bind(text.clone()))
            }
            Condition::MonthDays { field, from, to } => {
                let field = self.value(sql, field)?;
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
            Condition::Linked { link, resource, having } => {
                let (link, others) = (sql.bind(link.clone()), self.others(sql, resource, having)?);
                format!(
                    "id IN (SELECT from_id FROM link WHERE name = {link} AND to_id IN ({others}))"
                )
            }
            Condition::Related { resource, link, having } => {
                let (link, others) = (sql.bind(link.clone()), self.others(sql, resource, having)?);
                format!(
                    "id IN (SELECT to_id FROM link WHERE name = {link} AND from_id IN ({others}))"
                )
            }
            Condition::Is(number) => format!("id = {}", sql.bind(row_id(self.org, *number))),
        };
        sql.push(&text);
        Ok(())
    }

    /// `SELECT id …` for the records of another resource that meet conditions.
    fn others(self, sql: &mut Sql, resource: &str, having: &[Condition]) -> Result<String> {
        let resource = self.model.resource(resource).ok_or_else(|| unknown(resource))?;
        let whole = std::mem::replace(&mut sql.text, "SELECT id".to_owned());
        Self { resource, ..self }.scope(sql, having, false)?;
        Ok(std::mem::replace(&mut sql.text, whole))
    }

    /// A field, or a member of an element, as SQL.
    fn value(self, sql: &mut Sql, name: &str) -> Result<String> {
        let Some((element, member)) = name.split_once('/') else {
            return Ok(expression(sql, self.resource, self.field(name)?));
        };
        self.resource.member(name).ok_or_else(|| unknown(name))?;
        let path = sql.bind(format!("$.{element}.{member}"));
        Ok(format!("coalesce(attributes ->> {path}, '')"))
    }

    fn field(self, name: &str) -> Result<&'a Field> {
        self.resource.field(name).ok_or_else(|| unknown(name))
    }
}

/// Whether a condition is a list of the records that meet it.
const fn names_records(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::StartsWith { .. }
            | Condition::LinkedTo { .. }
            | Condition::Linked { .. }
            | Condition::Related { .. }
            | Condition::Is(_)
    )
}

/// What of a list a statement begins with; numbers are row ids.
enum From<'a> {
    /// All of it.
    InitialState,
    /// All of it but one record.
    Without(i64),
    /// The records that have a value, from the one after that record on.
    Within(&'a Bound, i64),
    /// The records beyond a value.
    Beyond(&'a Bound),
}

/// Where a page begins.
enum Anchor {
    /// At the beginning.
    Start,
    /// After a record with this value.
    At(Bound),
    /// After a record that is gone, or has moved.
    Gone,
}

impl Anchor {
    /// By what the record that the page begins after has now.
    fn new(start: Cursor, value: Option<Bound>) -> Self {
        match value {
            _ if start.after == RecordNumber::ZERO => Self::Start,
            Some(value) if mark(ValueRef::from(&value)) == start.mark => Self::At(value),
            _ => Self::Gone,
        }
    }

    /// How many lines of the list come before the page, and how many of them its statement has to
    /// skip.
    const fn lines(&self, start: Cursor) -> (i64, i64) {
        match self {
            Self::Gone => (start.line - 1, start.line - 1),
            Self::Start | Self::At(_) => (start.line, 0),
        }
    }
}

/// A value in brief, to tell whether it is still the same.
fn mark(value: ValueRef<'_>) -> u16 {
    let mut hasher = DefaultHasher::new();
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => number.hash(&mut hasher),
        ValueRef::Real(number) => number.to_bits().hash(&mut hasher),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.hash(&mut hasher),
    }
    let [first, second, ..] = hasher.finish().to_be_bytes();
    u16::from_be_bytes([first, second])
}

/// One record more than the page has, to see whether another page follows.
fn limit(query: &Query) -> i64 {
    i64::try_from(query.lines + 1).unwrap_or(i64::MAX)
}

/// A name that the catalog does not have: whoever asked did not look.
fn unknown(name: &str) -> Error {
    Error::internal(anyhow::anyhow!("the catalog has no '{name}'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{InstallKey, Order};
    use crate::store::connection;

    fn with_text(text: &str) -> Condition {
        let fields = ["email", "firstName", "lastName"].map(str::to_owned).to_vec();
        Condition::StartsWith { fields, text: text.to_owned() }
    }

    fn ordered(field: &str, descending: bool) -> Query {
        let order = Some(Order { field: field.to_owned(), descending });
        Query { order, ..Query::default() }
    }

    fn only(condition: Condition) -> Query {
        Query { conditions: vec![condition], ..Query::default() }
    }

    #[test]
    fn long_lists_are_read_from_an_index_on_every_page() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.db");
        let (tx, _) = connection::open_writer(&file, false, &InstallKey::new([0; 32])).unwrap();
        tx.0
            .execute_batch(
                "INSERT INTO org (id, name) VALUES (1, 'acme');
                 INSERT INTO profile (id, org_id, created, last_modified, ccpa_opt_out, attributes)
                 VALUES (1 << 40 | 1, 1, 5, 5, 0, '{\"email\":\"a@x.com\",\"lastName\":\"Marx\"}');",
            )
            .unwrap();
        let model = Model::default();
        let source =
            Source { model: &model, org: OrgId::from_stored(1), resource: model.profile() };
        for query in [
            Query::default(),
            only(Condition::Equals { field: "email".to_owned(), value: "a@x.com".into() }),
            only(with_text("Mar")),
            ordered("lastName", false),
            ordered("created", true),
        ] {
            let (_, start) = lines(&tx, source, &query).unwrap().pop().unwrap();
            for query in [query.clone(), Query { start, ..query }] {
                let plan = plan(&tx, source, &query).unwrap();
                let slow = |step: &String| step.contains("SCAN") || step.contains("TEMP B-TREE");
                assert!(!plan.iter().any(slow), "{query:?}: {plan:?}");
                assert!(plan.iter().any(|step| step.contains("SEARCH profile")), "{plan:?}");
            }
        }
    }

    #[test]
    fn a_mark_tells_values_apart() {
        let text = |text: &'static str| mark(ValueRef::Text(text.as_bytes()));
        assert_eq!(text("Doe"), text("Doe"));
        assert_ne!(text("Doe"), text("Roe"));
    }
}
