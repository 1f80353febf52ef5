//! Workflows and the signals sent to them (`reference/campaign-standard.md` §16). The seed declares
//! workflows; their answers have shapes of their own, made in `http/campaign/workflow.rs`.

use super::{
    Derived, Enumeration, Home, Key, Kind, Names, Resource, Table, Title, Verbs, derived, in_order,
    listed, owned_by, text, writable,
};

/// `xtk:workflow`
pub(super) fn workflow() -> Resource {
    Resource {
        names: Names::new("workflow", "Workflow", "xtk:workflow", "Workflows", "Workflows"),
        fields: in_order(vec![
            derived("PKey", Derived::PKey),
            writable("activities", Kind::Object).hidden(),
            derived("href", Derived::Href),
            text("label", 128),
            text("name", 64),
            listed(
                "state",
                Enumeration::new(
                    "xtk:workflow:state",
                    "started",
                    &["started", "paused", "stopped"],
                ),
            )
            .hidden(),
            derived("title", Derived::Title(Title::LabelAndName)),
        ]),
        key: Some(Key {
            field: "name".to_owned(),
            prefix: None,
            upsert: false,
            constraint: "xtkworkflow_name".to_owned(),
            column: "sinternalname".to_owned(),
        }),
        pair: None,
        filters: Vec::new(),
        home: Home::Workflow,
        verbs: Verbs::READ,
        table: Table::Record,
        sealed_as: "workflow".to_owned(),
        addressed_under: None,
    }
}

/// A signal that a caller sent to an activity of a workflow.
pub(super) fn signal() -> Resource {
    Resource {
        names: Names::new("signal", "Signal", "xtk:signal", "Signals", "Signals sent to workflows"),
        fields: in_order(vec![
            derived("PKey", Derived::PKey),
            text("activity", 64),
            derived("created", Derived::Created),
            writable("parameters", Kind::Object),
            text("source", 255),
            owned_by("workflow", "workflow", &[]),
        ]),
        key: None,
        pair: None,
        filters: Vec::new(),
        home: Home::Inner,
        verbs: Verbs::READ,
        table: Table::Record,
        sealed_as: "signal".to_owned(),
        addressed_under: None,
    }
}
