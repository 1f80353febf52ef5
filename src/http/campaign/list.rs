//! The profile list, page by page, and its count (`reference/campaign-standard.md` §4).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use serde::Serialize;
use serde_json::json;

use super::profile::{collection, view};
use super::{Address, Call, Failure};
use crate::domain::{Error, PageRequest, ProfileNumber, ProfileView, Result};
use crate::http::json as json_answer;
use crate::service::Tenant;

/// The envelope; members in the vendor's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    content: Vec<ProfileView<'a>>,
    count: Count,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Link>,
    server_side_pagination: bool,
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

/// `GET …/profile`
pub(super) fn read(
    call: &Call,
    address: &Address<'_>,
) -> std::result::Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let tenant = &*admitted.tenant;
    let services = &call.api.services;
    let query = call.request.query_string();
    let request = page_request(query, tenant)?;
    let page = services.profiles(tenant, request)?;

    let collection = collection(call, &admitted, address);
    let now = services.clock().now();
    let shown = |profile| view(profile, &admitted, &collection, now, true);
    // The double slash before _count is the vendor's own.
    let count = format!("{collection}/_count?{}", continued(query, tenant, request.after));
    let next = |after| Link { href: format!("{collection}?{}", continued(query, tenant, after)) };
    let envelope = Envelope {
        content: page.content.iter().map(shown).collect(),
        count: Count { href: count, value: page.total },
        next: page.next.map(next),
        server_side_pagination: page.server_side_pagination,
    };
    json_answer(StatusCode::OK, &envelope)
}

/// `GET …/profile/_count`: of the whole list, wherever the page in the href starts.
pub(super) fn count(call: &Call) -> std::result::Result<HttpResponse, Failure> {
    let admitted = call.admitted()?;
    let count = call.api.services.count_profiles(&admitted.tenant)?;
    json_answer(StatusCode::OK, &json!({ "count": count }))
}

/// Reads the paging parameters; others are ignored.
fn page_request(query: &str, tenant: &Tenant) -> Result<PageRequest> {
    let mut request = PageRequest {
        after: ProfileNumber::ZERO,
        lines: PageRequest::DEFAULT_LINES,
        force_pagination: false,
    };
    // A query that is no form at all has no parameters that we know.
    let pairs = Query::<Vec<(String, String)>>::from_query(query).map(Query::into_inner);
    for (name, value) in pairs.unwrap_or_default() {
        match name.as_str() {
            "_lineCount" => request.lines = line_count(&value)?,
            "_lineStart" => {
                let after = tenant.cursors.open_cursor(&value);
                request.after = after.ok_or(Error::CursorUnknown(value))?;
            }
            "_forcePagination" => request.force_pagination = value == "true",
            _ => {}
        }
    }
    Ok(request)
}

fn line_count(value: &str) -> Result<usize> {
    match value.parse::<usize>() {
        Ok(lines) if lines > 0 => Ok(lines.min(PageRequest::MAX_LINES)),
        _ => Err(Error::NotConvertible {
            field: "_lineCount".to_owned(),
            value: value.chars().take(60).collect(),
            from: "text",
            to: "integer (32 bit)",
            expected: "a whole number from 1",
        }),
    }
}

/// The caller's query with another `_lineStart`, which stands last.
fn continued(query: &str, tenant: &Tenant, after: ProfileNumber) -> String {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("_lineStart="));
    let line_start = format!("_lineStart={}", tenant.cursors.cursor(after));
    kept.chain([line_start.as_str()]).collect::<Vec<_>>().join("&")
}
