//! Lists, page by page, their counts, and the values of one field (`docs/reference/campaign-standard.md`
//! §4).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::error::Failure;
use super::super::response::json_response;
use super::super::settings::Dialect;
use super::address::{Address, ListEndpoint};
use super::record;
use super::record_view::{Links, RecordView, RenderOptions};
use super::request::CampaignRequest;
use crate::domain::{
    Condition, Cursor, Error, Field, LinkedRecords, Order, Page, Parameters, Query, Record,
    Resource, Result,
};
use crate::form;
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
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    list: &ListEndpoint<'_>,
) -> std::result::Result<HttpResponse, Failure> {
    let (query, page) = page(request, address, list)?;
    let under = list.parent.map(|parent| parent.link);
    let options = request.options(address, true, Links::Full(under));
    let collection = options.collection(list.resource);
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    let linked = page
        .content
        .iter()
        .map(|record| services.linked_records(tenant, list.resource, record, options.extended))
        .collect::<Result<Vec<LinkedRecords>>>()?;
    let records = page.content.iter().zip(&linked);
    let rows = records
        .map(|(record, linked)| RecordView {
            options: &options,
            resource: list.resource,
            collection: &collection,
            record,
            linked,
        })
        .collect::<Vec<_>>();
    let hrefs = Hrefs::new(request, &collection_url(&options, list), list);
    let envelope = Envelope {
        content: rows,
        count: Some(hrefs.count(&query, &page)),
        next: page.next.map(|next| hrefs.next(next)),
        server_side_pagination: Some(page.server_side_pagination),
    };
    json_response(StatusCode::OK, &envelope)
}

/// How many records a list has, wherever the page in the href starts.
pub(super) fn count(
    request: &CampaignRequest<'_>,
    list: &ListEndpoint<'_>,
) -> std::result::Result<HttpResponse, Failure> {
    let conditions = conditions(request, list, &parameters(request))?;
    let tenant = &request.caller.tenant;
    let count = request.services().count_records(tenant, list.resource, &conditions)?;
    json_response(StatusCode::OK, &json!({ "count": count }))
}

/// The values that the records of a list have in one field. Only the v8 product says how many there
/// are.
pub(super) fn attribute(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    list: &ListEndpoint<'_>,
    field: &Field,
) -> std::result::Result<HttpResponse, Failure> {
    let (query, page) = page(request, address, list)?;
    let options = request.options(address, true, Links::Full(None));
    let values = page
        .content
        .iter()
        .map(|found| {
            record::with_view(request, &options, list.resource, found, |view| {
                view.member(&field.name)
            })
        })
        .collect::<std::result::Result<Vec<Value>, Failure>>()?;
    let list_url = collection_url(&options, list);
    let mut hrefs = Hrefs::new(request, &list_url, list);
    hrefs.page = format!("{list_url}{}", [&list.filters[..], &[&field.name]].concat().join("/"));
    let v8 = request.dialect() == Dialect::V8;
    let envelope = Envelope {
        content: values,
        count: v8.then(|| hrefs.count(&query, &page)),
        next: page.next.map(|next| hrefs.next(next)),
        server_side_pagination: v8.then_some(page.server_side_pagination),
    };
    json_response(StatusCode::OK, &envelope)
}

/// The page that the query asks for.
fn page(
    request: &CampaignRequest<'_>,
    address: &Address<'_>,
    list: &ListEndpoint<'_>,
) -> std::result::Result<(Query, Page<Record>), Failure> {
    let sent = parameters(request);
    let tenant = &request.caller.tenant;
    let query = Query {
        conditions: conditions(request, list, &sent)?,
        ..query(&sent, tenant, list.resource, request.extended(address))?
    };
    let page = request.services().records(tenant, list.resource, &query)?;
    Ok((query, page))
}

/// What the records of a list have to be like.
fn conditions(
    request: &CampaignRequest<'_>,
    list: &ListEndpoint<'_>,
    sent: &Parameters,
) -> std::result::Result<Vec<Condition>, Failure> {
    let (services, tenant) = (&request.services(), &request.caller.tenant);
    let mut conditions = services.conditions(tenant, list.resource, &list.filters, sent)?;
    if let Some(parent) = &list.parent {
        conditions.push(record::in_collection_of(request, parent)?);
    }
    Ok(conditions)
}

fn parameters(request: &CampaignRequest<'_>) -> Parameters {
    Parameters(form::urlencoded(request.query()))
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
fn collection_url(options: &RenderOptions<'_>, list: &ListEndpoint<'_>) -> String {
    match &list.parent {
        None => format!("{}{}/{}/", options.campaign, options.root, list.resource.name()),
        Some(parent) => {
            format!("{}{}/{}/", options.collection(parent.resource), parent.key, parent.collection)
        }
    }
}

/// The addresses in an envelope.
struct Hrefs<'a> {
    request: &'a CampaignRequest<'a>,
    count: String,
    page: String,
}

impl<'a> Hrefs<'a> {
    /// The double slash before the filter, or before `_count`, is the vendor's own.
    fn new(request: &'a CampaignRequest<'a>, list: &str, of: &ListEndpoint<'_>) -> Self {
        let filters = of.filters.join("/");
        let (count, page) = match filters.as_str() {
            "" => (format!("{list}/_count"), list.to_owned()),
            filters => (format!("{list}/{filters}/_count"), format!("{list}{filters}")),
        };
        Self { request, count, page }
    }

    /// Where a page follows, with the `_lineStart` that leads to it.
    fn count(&self, query: &Query, page: &Page<Record>) -> Count {
        let start = page.next.unwrap_or(query.start);
        Count { href: format!("{}?{}", self.count, self.continued(start)), value: page.total }
    }

    fn next(&self, start: Cursor) -> Link {
        Link { href: format!("{}?{}", self.page, self.continued(start)) }
    }

    /// The caller's query with another `_lineStart`, which stands last.
    fn continued(&self, start: Cursor) -> String {
        let query = self.request.query();
        let kept =
            query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_lineStart="));
        let cursor = self.request.caller.tenant.keyring.cursors().cursor(start);
        let line_start = format!("_lineStart={cursor}");
        kept.chain([line_start.as_str()]).collect::<Vec<_>>().join("&")
    }
}
