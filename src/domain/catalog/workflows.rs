//! Workflows and the signals sent to them (`docs/reference/campaign-standard.md` §16). The seed declares
//! workflows; their answers have shapes of their own, made in `http/campaign/workflow.rs`.

use super::{
    Enumeration, Home, Kind, Names, Resource, Title, listed, named, owned_by, resource, shared,
    text, writable,
};

/// `xtk:workflow`
pub(super) fn workflow() -> Resource {
    Resource {
        key: Some(named("xtkworkflow_name", "sinternalname", None)),
        home: Home::Workflow,
        ..resource(
            Names::new("workflow", "Workflow", "xtk:workflow", "Workflows", "Workflows"),
            vec![
                shared::pkey(),
                writable("activities", Kind::Object).hidden(),
                shared::href(),
                shared::label(),
                shared::id(),
                writable("nextProcessingDate", Kind::DateTime)
                    .read_only()
                    .labeled("Next processing date"),
                listed(
                    "state",
                    Enumeration::new(
                        "xtk:workflow:state",
                        "started",
                        &["started", "paused", "stopped"],
                    ),
                )
                .hidden(),
                shared::title("Workflow", Title::LabelAndName),
            ],
        )
    }
}

/// A signal that a caller sent to an activity of a workflow.
pub(super) fn signal() -> Resource {
    resource(
        Names::new("signal", "Signal", "xtk:signal", "Signals", "Signals sent to workflows"),
        vec![
            shared::pkey(),
            text("activity", 64),
            shared::created(),
            writable("parameters", Kind::Object),
            text("source", 255),
            owned_by("workflow", "workflow", &[]),
        ],
    )
}
