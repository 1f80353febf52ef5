//! Lists, page by page, their counts, and the values of one field (`reference/campaign-standard.md`
//! §4).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Serialize;
use serde_json::Value;

use super::address::List;
use super::{Address, Context, Failure, get, record};
use crate::domain::{
    Condition, Cursor, Error, Field, Links, Order, Page, Parameters, Query, Record, RecordView,
    Related, Resource, Result, Showing,
};
use crate::http::{Dialect, json};
use crate::service::Tenant;

/// The envelope; members in the vendor's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<T> {
    content: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side_pagination: Option<bool>,
}

#[derive(Serialize)]
struct Count {
    href: String,
    /// Only when the whole result fits the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
}

#[derive(Serialize)]
struct Link {
    href: String,
}

/// The records of a list.
pub(super) fn read(
    context: &Context<'_>,
    address: &Address<'_>,
    list: &List<'_>,
) -> std::result::Result<HttpResponse, Failure> {
    let (query, page) = page(context, address, list)?;
    let under = list.above.map(|above| above.link);
    let showing = context.showing(address, true, Links::Under(under));
    let collection = showing.collection(list.resource);
    let (services, tenant) = (&context.call.api.services, &context.admitted.tenant);
    let related = page
        .content
        .iter()
        .map(|record| services.related(tenant, list.resource, record, showing.extended))
        .collect::<Result<Vec<Related>>>()?;
    let records = page.content.iter().zip(&related);
    let rows = records
        .map(|(record, related)| RecordView {
            showing: &showing,
            resource: list.resource,
            collection: &collection,
            record,
            related,
        })
        .collect::<Vec<_>>();
    let hrefs = Hrefs::new(context, &collection_url(&showing, list), list);
    let envelope = Envelope {
        content: rows,
        count: Some(hrefs.count(&query, &page)),
        next: page.next.map(|next| hrefs.next(next)),
        server_side_pagination: Some(page.server_side_pagination),
    };
    json(StatusCode::OK, &envelope)
}

/// How many records a list has, wherever the page in the href starts.
pub(super) fn count(
    context: &Context<'_>,
    list: &List<'_>,
) -> std::result::Result<HttpResponse, Failure> {
    let conditions = conditions(context, list, &parameters(context))?;
    let tenant = &context.admitted.tenant;
    get::counted(context.call.api.services.count_records(tenant, list.resource, &conditions)?)
}

/// The values that the records of a list have in one field. Only the v8 product says how many there
/// are.
pub(super) fn attribute(
    context: &Context<'_>,
    address: &Address<'_>,
    list: &List<'_>,
    field: &Field,
) -> std::result::Result<HttpResponse, Failure> {
    let (query, page) = page(context, address, list)?;
    let showing = context.showing(address, true, Links::Under(None));
    let values = page
        .content
        .iter()
        .map(|found| {
            record::shown(context, &showing, list.resource, found, |view| view.member(&field.name))
        })
        .collect::<std::result::Result<Vec<Value>, Failure>>()?;
    let list_url = collection_url(&showing, list);
    let mut hrefs = Hrefs::new(context, &list_url, list);
    hrefs.page = format!("{list_url}{}", [&list.filters[..], &[&field.name]].concat().join("/"));
    let v8 = context.dialect() == Dialect::V8;
    let envelope = Envelope {
        content: values,
        count: v8.then(|| hrefs.count(&query, &page)),
        next: page.next.map(|next| hrefs.next(next)),
        server_side_pagination: v8.then_some(page.server_side_pagination),
    };
    json(StatusCode::OK, &envelope)
}

/// The page that the query asks for.
fn page(
    context: &Context<'_>,
    address: &Address<'_>,
    list: &List<'_>,
) -> std::result::Result<(Query, Page<Record>), Failure> {
    let sent = parameters(context);
    let tenant = &context.admitted.tenant;
    let query = Query {
        conditions: conditions(context, list, &sent)?,
        ..query(&sent, tenant, list.resource, context.extended(address))?
    };
    let page = context.call.api.services.records(tenant, list.resource, &query)?;
    Ok((query, page))
}

/// What the records of a list have to be like.
fn conditions(
    context: &Context<'_>,
    list: &List<'_>,
    sent: &Parameters,
) -> std::result::Result<Vec<Condition>, Failure> {
    let (services, tenant) = (&context.call.api.services, &context.admitted.tenant);
    let mut conditions = services.conditions(tenant, list.resource, &list.filters, sent)?;
    if let Some(above) = &list.above {
        conditions.push(record::members_of(context, above)?);
    }
    Ok(conditions)
}

/// A query that is no form at all has no parameters.
fn parameters(context: &Context<'_>) -> Parameters {
    let query = context.call.request.query_string();
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query);
    Parameters(pairs.map(web::Query::into_inner).unwrap_or_default())
}

/// Reads the paging parameters; others are ignored.
fn query(sent: &Parameters, tenant: &Tenant, resource: &Resource, extended: bool) -> Result<Query> {
    let mut query = Query::default();
    for (name, value) in &sent.0 {
        match name.as_str() {
            "_lineCount" => query.lines = line_count(value)?,
            "_lineStart" => {
                let start = tenant.keyring.cursors().open_cursor(value);
                query.start = start.ok_or_else(|| Error::CursorUnknown(value.clone()))?;
            }
            "_forcePagination" => query.force_pagination = value == "true",
            "_order" => query.order = order(value, resource, extended)?,
            _ => {}
        }
    }
    Ok(query)
}

fn line_count(value: &str) -> Result<usize> {
    match value.parse::<usize>() {
        Ok(lines) if lines > 0 => Ok(lines.min(Query::MAX_LINES)),
        _ => Err(Error::NotConvertible {
            field: "_lineCount".to_owned(),
            value: value.chars().take(60).collect(),
            from: "text",
            to: "integer (32 bit)",
            expected: "a whole number from 1",
        }),
    }
}

/// `email`, `email desc`, and what is left of that when a client encodes it twice or with `+`.
fn order(value: &str, resource: &Resource, extended: bool) -> Result<Option<Order>> {
    let plain = value.replace("%20", " ").replace('+', " ");
    let mut words = plain.split_whitespace();
    let Some(name) = words.next() else { return Ok(None) };
    let field =
        resource.field(name).filter(|field| field.sortable() && (extended || !field.extension));
    let direction = words.next().unwrap_or("asc").to_ascii_lowercase();
    match (field, direction.as_str(), words.next()) {
        (Some(field), "asc" | "desc", None) => {
            Ok(Some(Order { field: field.name.clone(), descending: direction == "desc" }))
        }
        _ => Err(Error::NotSortable {
            field: value.chars().take(60).collect(),
            resource: resource.name().to_owned(),
        }),
    }
}

/// Where a list is, with a slash at its end.
fn collection_url(showing: &Showing<'_>, list: &List<'_>) -> String {
    match &list.above {
        None => format!("{}{}/{}/", showing.campaign, showing.root, list.resource.name()),
        Some(above) => {
            format!("{}{}/{}/", showing.collection(above.resource), above.key, above.collection)
        }
    }
}

/// The addresses in an envelope.
struct Hrefs<'a> {
    context: &'a Context<'a>,
    count: String,
    page: String,
}

impl<'a> Hrefs<'a> {
    /// The double slash before the filter, or before `_count`, is the vendor's own.
    fn new(context: &'a Context<'a>, list: &str, of: &List<'_>) -> Self {
        let filters = of.filters.join("/");
        let (count, page) = match filters.as_str() {
            "" => (format!("{list}/_count"), list.to_owned()),
            filters => (format!("{list}/{filters}/_count"), format!("{list}{filters}")),
        };
        Self { context, count, page }
    }

    fn count(&self, query: &Query, page: &Page<Record>) -> Count {
        Count { href: format!("{}?{}", self.count, self.continued(query.start)), value: page.total }
    }

    fn next(&self, start: Cursor) -> Link {
        Link { href: format!("{}?{}", self.page, self.continued(start)) }
    }

    /// The caller's query with another `_lineStart`, which stands last.
    fn continued(&self, start: Cursor) -> String {
        let query = self.context.call.request.query_string();
        let kept =
            query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_lineStart="));
        let cursor = self.context.admitted.tenant.keyring.cursors().cursor(start);
        let line_start = format!("_lineStart={cursor}");
        kept.chain([line_start.as_str()]).collect::<Vec<_>>().join("&")
    }
}
