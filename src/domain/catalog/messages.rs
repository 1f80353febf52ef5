//! Transactional messages: a resource per event that the customer declares
//! (`docs/reference/campaign-standard.md` §17).

use super::filter::equals;
use super::{
    Derived, Enumeration, Home, Kind, Names, Resource, Verbs, derived, email, listed, resource,
    text, writable,
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
                derived("PKey", Derived::PKey),
                writable("ctx", Kind::Object),
                email("email"),
                writable("expiration", Kind::DateTime),
                derived("href", Derived::Href),
                text("mobilePhone", 32).write_only(),
                writable("scheduled", Kind::DateTime),
                derived("serverUrl", Derived::Constant("")),
                listed("status", status).read_only(),
                text("type", 64).read_only(),
                // Only the v8 product has it.
                text("wishedChannel", 32).extended().write_only(),
            ],
        )
    }
}
