//! Campaign's statuses and texts, those of Campaign Standard and those of the v8 product
//! (`docs/reference/campaign-standard.md` §7, §10). Lines of one text are separated by `\n`.

use actix_web::http::StatusCode;

use super::super::settings::Dialect;
use crate::domain::{Error, KeyLocation, Names};

const ACS: &str = "RST-360011 An error has occurred - please contact your administrator.";
const V8: &str = "An error has occurred - please contact your administrator.";

/// What is said where nothing else is known.
pub(super) const fn generic(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Acs => ACS,
        Dialect::V8 => V8,
    }
}

/// Status, where Campaign has one of its own, and text.
pub(super) fn message(dialect: Dialect, error: &Error) -> (Option<StatusCode>, String) {
    if let Some(known) = of_address(dialect, error) {
        return known;
    }
    let failed = Some(StatusCode::INTERNAL_SERVER_ERROR);
    let rst = generic(dialect);
    let v8 = dialect == Dialect::V8;
    match error {
        Error::NotAnObject { constant: Some(word), .. } => {
            (failed, format!("{rst}\n'{word}' is not a valid constant"))
        }
        Error::PropertyUnknown { property, resource } => {
            (failed, invalid_property(property, resource))
        }
        Error::PropertyReadOnly { property, resource } => {
            let text = format!(
                "Cannot update the '{property}' property that is read-only\n{}",
                invalid_property(property, resource)
            );
            (failed, text)
        }
        Error::NotInEnumeration { value, enumeration, field, .. } if !v8 => {
            let text = format!(
                "{rst}\nThe value '{value}' is not valid for the '{enumeration}' enumeration of the \
                 '@{field}' field"
            );
            (failed, text)
        }
        Error::NotConvertible { value, from, to, .. } => {
            let text = format!(
                "BAS-010040 Cannot convert '{value}' (type {from}) to {to} type (bAS-010011 Invalid \
                 value)."
            );
            (failed, text)
        }
        Error::OutOfLimits { value, kind, least, most, .. } => {
            let text = format!(
                "{rst}\nBAS-010043 The value '{value}' is not within the limits of type '{kind}' \
                 ({least} … {most})."
            );
            (failed, text)
        }
        Error::KeyTaken { key, resource, constraint, column } if !v8 => {
            let text = format!(
                "A '{}' with the same key '{key}' already exists.\nPGS-220000 PostgreSQL error: \
                 ERROR:  duplicate key value violates unique constraint \"{constraint}\" DETAIL:  \
                 Key ({column})=({key}) already exists.",
                resource.path
            );
            (failed, text)
        }
        Error::KeyInconsistent { resource, from, to } if !v8 => {
            let text = format!(
                "{rst}\nRST-360012 Inconsistent operation on resource '{resource}' – Cannot update key \
                 '{from}' to '{to}'."
            );
            (failed, text)
        }
        Error::ParameterUndeclared { parameter, .. } => {
            (failed, undeclared_parameter(dialect, parameter))
        }
        Error::WorkflowRefused(_) | Error::NotSortable { .. } | Error::ValueRefused { .. } => {
            (failed, rst.to_owned())
        }
        _ => (None, rst.to_owned()),
    }
}

/// Status and text where the address of a record is wrong.
fn of_address(dialect: Dialect, error: &Error) -> Option<(Option<StatusCode>, String)> {
    let failed = Some(StatusCode::INTERNAL_SERVER_ERROR);
    let missing = Some(StatusCode::NOT_FOUND);
    let rst = generic(dialect);
    let v8 = dialect == Dialect::V8;
    Some(match error {
        Error::PKeyUnknown { pkey, resource, place } if v8 => {
            let endpoint = match place {
                KeyLocation::Uri => format!(
                    "\nUnsupported endpoint. (endpoint=rest/profileAndServices/{}/{pkey})",
                    resource.name
                ),
                KeyLocation::Body => String::new(),
            };
            (missing, format!("Unable to decrypt PKey. (PKey={pkey}){endpoint}"))
        }
        Error::PKeyNotOwn { pkey, .. } if v8 => {
            (missing, format!("Unable to decrypt PKey. (PKey={pkey})"))
        }
        Error::PKeyUnknown { pkey, resource, .. } | Error::PKeyNotOwn { pkey, resource } => {
            let id = pkey.trim_start_matches('@');
            let Names { schema, label, .. } = &**resource;
            let text = format!(
                "'{id}' attribute unknown (see definition of '{label} ({schema})' schema).\n\
                 XTK-170036 Unable to parse expression '@id = @{id}'."
            );
            (failed, text)
        }
        Error::RecordMissing { key, resource, place, .. } => {
            // A plain key in the path is printed with a suffix.
            let suffix =
                if v8 || key.starts_with('@') || *place == KeyLocation::Body { "" } else { ":0" };
            let text = no_document(key, suffix, resource);
            (missing, if v8 { text } else { format!("{rst}\n{text}") })
        }
        Error::KeyNotNumeric { key, resource } if v8 => (missing, no_document(key, "", resource)),
        Error::FilterUnknown { .. } if v8 => (missing, rst.to_owned()),
        Error::FilterUnknown { name, .. } | Error::KeyNotNumeric { key: name, .. } => {
            let text = format!(
                "{rst}\nBAS-010040 Cannot convert '{name}' (type text) to integer (32 bit) type (BAS-010011 \
                 Invalid value)."
            );
            (failed, text)
        }
        Error::UnknownResource(_) => (missing, rst.to_owned()),
        Error::StraySegment { custom: true, .. } => (failed, rst.to_owned()),
        Error::StraySegment { .. } => (missing, format!("{rst} Error rc=-2003")),
        _ => return None,
    })
}

fn no_document(key: &str, suffix: &str, resource: &Names) -> String {
    format!(
        "Unable to find document with path '{}' from key '{key}{suffix}' (document with schema '{}' and \
         name '{key}')",
        resource.path, resource.name
    )
}

fn undeclared_parameter(dialect: Dialect, parameter: &str) -> String {
    const TRIGGER: &str = "'HandleTrigger(@name, $(source), $({parameters}))'";
    let rst = generic(dialect);
    let code = if dialect == Dialect::V8 { "" } else { "RST-360000 " };
    format!(
        "{rst}\n'{parameter}' parameter isn't defined in signal activity.\n\
         XTK-170006 Unable to parse expression {TRIGGER}.\n\
         {code}Error while assessing {TRIGGER} expression \
         ('xtk:workflow:execution/activities/signal/trigger' resource)"
    )
}

fn invalid_property(property: &str, resource: &str) -> String {
    format!("'{property}' property is not valid for the '{resource}' resource.")
}
