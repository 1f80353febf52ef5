//! Transactional messages: a resource per event that the customer declares
//! (`docs/reference/campaign-standard.md` §17, `docs/reference/data-model.md` §5).

use super::event::Event;
use super::filter::{equals, equals_any};
use super::profile::email_format;
use super::{
    Derived, Enumeration, Field, Home, Kind, Names, Resource, Verbs, derived, email, listed,
    resource, shared, text, writable,
};

/// The states of a message, in the order of the documentation.
pub const MESSAGE_STATUSES: [&str; 9] = [
    "pending",
    "processing",
    "paused",
    "processed",
    "ignored",
    "deliveryFailed",
    "routingFailed",
    "tooOld",
    "targetingFailed",
];

/// The platforms of push notifications.
pub const PUSH_PLATFORMS: [&str; 3] = ["gcm", "fcm", "apns"];

/// The messages of one event, such as `EVTcartAbandonment`.
pub(super) fn event(name: &str, event: Event) -> Resource {
    let status = Enumeration::new("nms:rtEvent:status", "pending", &MESSAGE_STATUSES);
    let mut fields = vec![
        shared::pkey(),
        writable("ctx", Kind::Object).labeled("Event context"),
        writable("expiration", Kind::DateTime).labeled("Expiration date"),
        shared::href(),
        writable("scheduled", Kind::DateTime).labeled("Scheduled date"),
        derived("serverUrl", Derived::Constant("")),
        listed("status", status).read_only().labeled("Status"),
        text("type", 64).read_only().labeled("Type"),
    ];
    let statuses = &[("status", "status"), ("type", "type")];
    let mut filters = vec![equals_any("byStatusOrType", "By status or type", statuses)];
    if matches!(event, Event::Any | Event::Address) {
        fields.extend(addresses());
        filters.insert(0, equals("byEmail", "By email", "email", "email"));
    }
    if matches!(event, Event::Any | Event::Push) {
        fields.extend(device());
    }
    Resource {
        filters,
        home: Home::Messages,
        verbs: Verbs { create: true, update: false, delete: None },
        event: Some(event),
        ..resource(
            Names::new(name, name, "nms:rtEvent", "Events", "Transactional messages"),
            fields,
        )
    }
}

fn addresses() -> [Field; 4] {
    [
        email("email"),
        listed("emailFormat", email_format("nms:rtEvent")).write_only().labeled("Email format"),
        text("mobilePhone", 32).write_only().labeled("Mobile number"),
        // Only the v8 product has it.
        text("wishedChannel", 32).extended().write_only().labeled("Channel"),
    ]
}

fn device() -> [Field; 3] {
    // No printed answer to a push message is on record.
    [
        ("application", "Application"),
        ("pushPlatform", "Push platform"),
        ("registrationToken", "Registration token"),
    ]
    .map(|(name, label)| text(name, 255).write_only().labeled(label))
}
