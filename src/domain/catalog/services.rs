//! Services and the subscriptions to them (`docs/reference/campaign-standard.md` §12, §13).

use super::filter::{by_text, equals, planned};
use super::{
    Access, Collection, Derived, Enumeration, Field, Home, Kind, Names, Pair, PairHistory, Policy,
    Resource, Title, Under, Verbs, derived, flag, link, listed, named, owned_by, resource, text,
    writable,
};

/// `nms:service`
pub(super) fn service() -> Resource {
    let subscriptions = Collection {
        of: "subscription".to_owned(),
        through: "service".to_owned(),
        metadata: None,
        own_key: false,
    };
    let defaulted = |name: &str, max, default: &str| {
        writable(name, Kind::Text { max, policy: Policy::None, default: default.to_owned() })
    };
    let nothing = |name: &str| derived(name, Derived::Null);
    let mut fields = vec![
        derived("PKey", Derived::PKey),
        flag("builtIn", &[]).read_only(),
        derived("created", Derived::Created),
        text("desc", 512),
        writable("end", Kind::Date),
        link("geoUnit", "geoUnitBase").extended(),
        derived("href", Derived::Href),
        flag("isExternal", &[]).read_only(),
        flag("isTemplate", &[]).read_only(),
        text("label", 128),
        derived("lastModified", Derived::LastModified),
        flag("limitedDuration", &[]),
        derived("mainDate", Derived::CreationDay),
        listed(
            "messageType",
            Enumeration::new("nms:service:messageType", "email", &["email", "sms"]),
        ),
        listed(
            "mode",
            Enumeration::new("nms:service:mode", "newsletter", &["newsletter", "viral"]),
        ),
        text("name", 64),
        link("orgUnit", "orgUnitBase").extended(),
        text("publicLabel", 128),
        writable("start", Kind::Date),
        defaulted("subScenarioEventType", 64, "subscriptionEvent"),
        Field::new("subscriptions", Kind::Collection(subscriptions), Access::ReadOnly),
        defaulted("targetResource", 64, "profile"),
        text("thumbnail", 255),
        derived("title", Derived::Title(Title::LabelAndName)),
        defaulted("unsubScenarioEventType", 64, "unsubscriptionEvent"),
        writable("validityDuration", Kind::Number { whole: true }),
    ];
    fields.extend(
        ["subLandingPage", "subScenario", "unsubLandingPage", "unsubScenario"].map(nothing),
    );
    Resource {
        key: Some(named("nmsservice_name", "sname", Some("SVC"))),
        filters: vec![
            equals("byChannel", "By channel", "channel", "messageType"),
            planned("byPlanning", "By planning", "start", "end"),
            equals("byTargetResource", "By target resource", "targetResource", "targetResource"),
            by_text("byText", "By name or label", &["label", "name"]),
        ],
        home: Home::Profiles,
        verbs: Verbs::ALL,
        ..resource(
            Names::new("service", "Service", "nms:service", "Services", "Information services"),
            fields,
        )
    }
}

/// `nms:subscription`: a profile's subscription to a service. Its key is the pair.
pub(super) fn subscription() -> Resource {
    Resource {
        pair: Some(Pair {
            links: ["service", "subscriber"],
            constraint: "nmssubscriptionrcp_key",
            columns: "iserviceid, isubscriberid",
            history: PairHistory { resource: "subHisto", link: "profile", of: "subscriber" },
        }),
        verbs: Verbs { update: false, ..Verbs::ALL },
        addressed_under: Some(Under {
            resource: "service",
            collection: "subscriptions",
            link: "service",
        }),
        ..resource(
            Names::new(
                "subscription",
                "Subscription",
                "nms:subscription",
                "Subscriptions",
                "Subscriptions to services",
            ),
            vec![
                derived("PKey", Derived::PKey),
                derived("created", Derived::Created),
                derived("email", Derived::Linked { link: "subscriber", field: "email" }),
                writable("expirationDate", Kind::DateTime),
                derived("href", Derived::Href),
                derived("metadata", Derived::Constant("subscriptionRcp")),
                owned_by("service", "service", &["label", "name"]),
                derived("serviceName", Derived::Linked { link: "service", field: "name" }),
                owned_by("subscriber", "profile", &["email", "firstName", "lastName"]),
            ],
        )
    }
}
