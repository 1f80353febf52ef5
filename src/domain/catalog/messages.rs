//! Transactional messages: a resource per event that the customer declares
//! (`docs/reference/campaign-standard.md` §17, `docs/reference/data-model.md` §5).

use super::filter::equals;
use super::{
    Derived, Enumeration, Home, Kind, Names, Resource, Verbs, derived, email, listed, resource,
    shared, text, writable,
};

/// The messages of one event, such as `EVTcartAbandonment`.
pub(super) fn event(name: &str) -> Resource {
    let status = Enumeration::new(
        "nms:rtEvent:status",
        "pending",
        &[
            "pending",
            "processing",
            "paused",
            "processed",
            "ignored",
            "deliveryFailed",
            "routingFailed",
            "tooOld",
            "targetingFailed",
        ],
    );
    Resource {
        filters: vec![
            equals("byEmail", "By email", "email", "email"),
            super::filter::equals_any(
                "byStatusOrType",
                "By status or type",
                &[("status", "status"), ("type", "type")],
            ),
        ],
        home: Home::Messages,
        verbs: Verbs { create: true, update: false, delete: None },
        ..resource(
            Names::new(name, name, "nms:rtEvent", "Events", "Transactional messages"),
            vec![
                shared::pkey(),
                writable("ctx", Kind::Object).labeled("Event context"),
                email("email"),
                writable("expiration", Kind::DateTime).labeled("Expiration date"),
                shared::href(),
                text("mobilePhone", 32).write_only().labeled("Mobile number"),
                writable("scheduled", Kind::DateTime).labeled("Scheduled date"),
                derived("serverUrl", Derived::Constant("")),
                listed("status", status).read_only().labeled("Status"),
                text("type", 64).read_only().labeled("Type"),
                // Only the v8 product has it.
                text("wishedChannel", 32).extended().write_only().labeled("Channel"),
            ],
        )
    }
}
