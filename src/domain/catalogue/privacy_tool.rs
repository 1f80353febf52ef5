//! Campaign's own privacy requests (`reference/campaign-standard.md` §15).

use super::{
    Access, Derived, Enumeration, Field, Home, Key, Kind, Names, Policy, Resource, Table, Title,
    Verbs, derived, in_order, link, listed, text, writable,
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
        names: Names::new(
            "privacyTool",
            "PrivacyTool",
            "nms:gdprRequest",
            "Privacy requests",
            "Privacy requests",
        ),
        fields: in_order(vec![
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
        ]),
        key: Some(Key {
            field: "name".to_owned(),
            prefix: Some("PT"),
            upsert: false,
            constraint: "nmsgdprrequest_name".to_owned(),
            column: "sname".to_owned(),
        }),
        pair: None,
        filters: Vec::new(),
        home: Home::Privacy,
        verbs: Verbs { create: true, update: false, delete: None },
        table: Table::Record,
        sealed_as: "privacyTool".to_owned(),
        addressed_under: None,
    }
}

/// How a namespace's values find profiles. The two of the box stand in every tenant; the seed may
/// add others.
pub(super) fn privacy_namespace() -> Resource {
    Resource {
        names: Names::new(
            "privacyNamespace",
            "PrivacyNamespace",
            "nms:gdprNamespace",
            "Namespaces",
            "Namespaces of privacy requests",
        ),
        fields: in_order(vec![
            derived("PKey", Derived::PKey),
            text("field", 64).hidden(),
            derived("href", Derived::Href),
            text("label", 128),
            text("name", 64),
            derived("title", Derived::Title(Title::LabelAndName)),
        ]),
        key: Some(Key {
            field: "name".to_owned(),
            prefix: None,
            upsert: false,
            constraint: "nmsgdprnamespace_name".to_owned(),
            column: "sname".to_owned(),
        }),
        pair: None,
        filters: Vec::new(),
        home: Home::Inner,
        verbs: Verbs::READ,
        table: Table::Record,
        sealed_as: "privacyNamespace".to_owned(),
        addressed_under: None,
    }
}
