//! Campaign's own privacy requests (`docs/reference/campaign-standard.md` §15).

use super::{
    Access, Addressed, Derived, Enumeration, Field, Home, Kind, Names, Policy, Resource, Title,
    Verbs, derived, link, listed, named, resource, shared, text, writable,
};

/// `nms:gdprRequest`
pub(super) fn privacy_tool() -> Resource {
    let status = Enumeration::new(
        "nms:gdprRequest:status",
        "new",
        &[
            "new",
            "retryPending",
            "processing",
            "retryInProgress",
            "deletePending",
            "deleteInProgress",
            "complete",
            "error",
            "errorDataNotFound",
        ],
    );
    let kind = Enumeration::new("nms:gdprRequest:type", "access", &["access", "delete"]);
    let regulation = Kind::Text { max: 16, policy: Policy::None, default: String::new() };
    Resource {
        key: Some(named("nmsgdprrequest_name", "sname", None)),
        home: Home::Privacy,
        required: &["name", "namespaceName", "reconciliationValue", "label", "type", "regulation"],
        verbs: Verbs { create: true, update: false, delete: None },
        ..resource(
            Names::new(
                "privacyTool",
                "PrivacyTool",
                "nms:gdprRequest",
                "Privacy requests",
                "Privacy requests",
            ),
            vec![
                shared::pkey(),
                text("audit", 255).read_only().labeled("Audit"),
                shared::created(),
                shared::description(),
                derived("gdprRequestData", Derived::Address(Addressed::File))
                    .labeled("Data of the request"),
                shared::href(),
                shared::label(),
                shared::last_modified(),
                shared::id(),
                link("namespace", "privacyNamespace").read_only().labeled("Namespace"),
                text("namespaceName", 64).labeled("Namespace ID"),
                derived("privacyRequestData", Derived::Address(Addressed::File))
                    .labeled("Data of the request"),
                text("reconciliationValue", 255).labeled("Reconciliation value"),
                writable("regulation", regulation).labeled("Regulation"),
                Field::new("retryCount", Kind::Number { whole: true }, Access::ReadOnly)
                    .labeled("Number of retries"),
                listed("status", status).read_only().labeled("Status"),
                shared::title("Privacy request", Title::LabelAndName),
                listed("type", kind).labeled("Type"),
            ],
        )
    }
}

/// How a namespace's values find profiles. The two of the box stand in every tenant; the seed may
/// add others.
pub(super) fn privacy_namespace() -> Resource {
    Resource {
        key: Some(named("nmsgdprnamespace_name", "sname", None)),
        ..resource(
            Names::new(
                "privacyNamespace",
                "PrivacyNamespace",
                "nms:gdprNamespace",
                "Namespaces",
                "Namespaces of privacy requests",
            ),
            vec![
                shared::pkey(),
                text("field", 64).hidden(),
                shared::label(),
                shared::id(),
                shared::title("Namespace", Title::LabelAndName),
            ],
        )
    }
}
