//! Services and the subscriptions to them (`docs/reference/campaign-standard.md` §12, §13,
//! `docs/reference/data-model.md` §4).

use super::field::ANY_LENGTH;
use super::filter::{by_text, equals, planned};
use super::{
    Access, Collection, Derived, Enumeration, Field, Home, Kind, Names, Pair, PairHistory, Policy,
    Resource, Title, Under, Verbs, derived, flag, listed, named, owned_by, resource, shared, text,
    writable,
};

/// `nms:service`
pub(super) fn service() -> Resource {
    Resource {
        key: Some(named("nmsservice_name", "sname", Some("SVC"))),
        filters: vec![
            equals("byChannel", "By channel type", "channel", "messageType"),
            planned("byPlanning", "Available during the given period", "start", "end"),
            equals("byTargetResource", "By targeting resource", "targetResource", "targetResource"),
            by_text("byText", "By name or label", &["label", "name"]),
        ],
        home: Home::Profiles,
        verbs: Verbs::ALL,
        ..resource(
            Names::new("service", "Service", "nms:service", "Services", "Information services"),
            fields(),
        )
    }
}

fn fields() -> Vec<Field> {
    let subscriptions = Collection {
        of: "subscription".to_owned(),
        through: "service".to_owned(),
        metadata: None,
        own_key: false,
    };
    let defaulted = |name: &str, max, default: &str| {
        writable(name, Kind::Text { max, policy: Policy::None, default: default.to_owned() })
    };
    let nothing = |name: &str, to, label| derived(name, Derived::Null { to }).labeled(label);
    vec![
        shared::pkey(),
        flag("builtIn", &[]).read_only().labeled("Built-in application object"),
        shared::created(),
        shared::description(),
        writable("end", Kind::Date).labeled("End date"),
        shared::geo_unit().extended(),
        shared::href(),
        shared::is_external(),
        flag("isTemplate", &[]).read_only().labeled("Template"),
        shared::label(),
        shared::last_modified(),
        flag("limitedDuration", &[]).labeled("Limited duration"),
        derived("mainDate", Derived::CreationDay).labeled("Date"),
        listed("messageType", channel()).labeled("Channel"),
        listed("mode", mode()).labeled("Mode"),
        shared::id(),
        shared::org_unit().extended(),
        text("publicLabel", 128).labeled("Service label"),
        writable("start", Kind::Date).labeled("Start date"),
        nothing("subLandingPage", "landingPageSubscriptionBase", "Subscription landing page"),
        nothing("subScenario", "deliveryMCTemplateBase", "Subscription confirmation"),
        defaulted("subScenarioEventType", ANY_LENGTH, "subscriptionEvent"),
        Field::new("subscriptions", Kind::Collection(subscriptions), Access::ReadOnly)
            .labeled("Subscriptions"),
        defaulted("targetResource", 255, "profile").labeled("Targeting dimension"),
        shared::thumbnail(""),
        shared::title("Service", Title::LabelAndName),
        nothing("unsubLandingPage", "landingPageUnsubscriptionBase", "Unsubscription landing page"),
        nothing("unsubScenario", "deliveryMCTemplateBase", "Unsubscription confirmation"),
        defaulted("unsubScenarioEventType", ANY_LENGTH, "unsubscriptionEvent"),
        writable("validityDuration", Kind::Number { whole: false }).labeled("Validity duration"),
    ]
}

fn channel() -> Enumeration {
    Enumeration::documented(
        "nms:service:messageType",
        "email",
        &[("Email", "email", 0), ("Mobile (SMS)", "sms", 1)],
    )
}

fn mode() -> Enumeration {
    Enumeration::documented(
        "nms:service:mode",
        "newsletter",
        &[("Newsletter", "newsletter", 0), ("Viral", "viral", 1)],
    )
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
                shared::pkey(),
                shared::created(),
                derived("email", Derived::Linked { link: "subscriber", field: "email" })
                    .labeled("Email"),
                writable("expirationDate", Kind::DateTime).labeled("Expiration date"),
                shared::href(),
                derived("metadata", Derived::Constant("subscriptionRcp")).labeled("Metadata"),
                owned_by("service", "service", &["label", "name"]).labeled("Service"),
                derived("serviceName", Derived::Linked { link: "service", field: "name" })
                    .labeled("Service ID"),
                owned_by("subscriber", "profile", &["email", "firstName", "lastName"])
                    .labeled("Profile"),
            ],
        )
    }
}
