//! Workflows and the signals sent to them (`docs/reference/campaign-standard.md` §16). The seed declares
//! workflows; their answers have shapes of their own, made in `http/campaign/workflow.rs`.

use super::{
    Derived, Enumeration, Home, Kind, Names, Resource, Title, derived, listed, named, owned_by,
    resource, text, writable,
};

/// `xtk:workflow`
pub(super) fn workflow() -> Resource {
    Resource {
        key: Some(named("xtkworkflow_name", "sinternalname", None)),
        home: Home::Workflow,
        ..resource(
            Names::new("workflow", "Workflow", "xtk:workflow", "Workflows", "Workflows"),
            vec![
                derived("PKey", Derived::PKey),
                writable("activities", Kind::Object).hidden(),
                derived("href", Derived::Href),
                text("label", 128),
                text("name", 64),
                writable("nextProcessingDate", Kind::DateTime).read_only(),
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
            ],
        )
    }
}

/// A signal that a caller sent to an activity of a workflow.
pub(super) fn signal() -> Resource {
    resource(
        Names::new("signal", "Signal", "xtk:signal", "Signals", "Signals sent to workflows"),
        vec![
            derived("PKey", Derived::PKey),
            text("activity", 64),
            derived("created", Derived::Created),
            writable("parameters", Kind::Object),
            text("source", 255),
            owned_by("workflow", "workflow", &[]),
        ],
    )
}
