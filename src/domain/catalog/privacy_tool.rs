//! Campaign's own privacy requests (`docs/reference/campaign-standard.md` §15).

use super::{
    Access, Derived, Enumeration, Field, Home, Kind, Names, Policy, Resource, Title, Verbs,
    derived, link, listed, named, resource, text, writable,
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
    let regulation = Kind::Text { max: 16, policy: Policy::None, default: String::new() };
    Resource {
        key: Some(named("nmsgdprrequest_name", "sname", Some("PT"))),
        home: Home::Privacy,
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
                derived("PKey", Derived::PKey),
                text("audit", 255).read_only(),
                derived("created", Derived::Created),
                text("desc", 512),
                derived("gdprRequestData", Derived::Address("gdprRequestData")),
                derived("href", Derived::Href),
                text("label", 128),
                derived("lastModified", Derived::LastModified),
                text("name", 64),
                link("namespace", "privacyNamespace").read_only(),
                text("namespaceName", 64),
                derived("privacyRequestData", Derived::Address("privacyRequestData")),
                text("reconciliationValue", 255),
                writable("regulation", regulation),
                Field::new("retryCount", Kind::Number { whole: true }, Access::ReadOnly),
                listed("status", status).read_only(),
                derived("title", Derived::Title(Title::LabelAndName)),
                listed(
                    "type",
                    Enumeration::new("nms:gdprRequest:type", "access", &["access", "delete"]),
                ),
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
                derived("PKey", Derived::PKey),
                text("field", 64).hidden(),
                text("label", 128),
                text("name", 64),
                derived("title", Derived::Title(Title::LabelAndName)),
            ],
        )
    }
}
