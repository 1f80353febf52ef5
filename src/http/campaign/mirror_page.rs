//! The mirror page: a message as the page that its reader sees (`docs/reference/campaign-standard.md`
//! §14). The store has no texts of messages, so that the page shows which message it was, and whom it was
//! sent to.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};

use super::super::error::Failure;
use super::request::CampaignRequest;
use crate::domain::{Kind, Record, Resource, escaped};

/// Nothing is loaded and nothing runs.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'";

/// The page of a message.
pub(super) fn read(
    request: &CampaignRequest<'_>,
    resource: &Resource,
    message: &Record,
) -> Result<HttpResponse, Failure> {
    let tenant = &request.caller.tenant;
    let linked = request.services().linked_records(tenant, resource, message, false)?;
    let label = resource.constant("label");
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{label}</title>\n\
         </head>\n<body>\n<h1>{label}</h1>\n<p>{} {}</p>\n<table>\n",
        escaped(message.attributes.text("delivery")),
        escaped(message.attributes.text("date")),
        label = escaped(label),
    );
    if let Some(person) = linked.links.get("profile") {
        for (label, value) in shown(tenant.model.profile(), person) {
            let (label, value) = (escaped(label), escaped(value));
            let _ = writeln!(page, "<tr><th>{label}</th><td>{value}</td></tr>");
        }
    }
    page.push_str("</table>\n</body>\n</html>\n");
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(page))
}

/// The labels and values of the texts and dates that a profile has set.
fn shown<'a>(
    profile: &'a Resource,
    person: &'a Record,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let plain = profile.fields.iter().filter(|field| {
        field.is_shown(false) && matches!(field.kind, Kind::Text { .. } | Kind::Date)
    });
    plain
        .map(|field| (field.label.as_str(), person.attributes.text(&field.name)))
        .filter(|(_, value)| !value.is_empty())
}
