//! The history of a profile: the profile once more, with what was sent to it
//! (`docs/reference/campaign-standard.md` §14, `docs/reference/data-model.md` §3).

use super::{
    Access, Addressed, Collection, Derived, Field, Home, Kind, Names, Resource, Table, Under,
    derived, flag, owned_by, profile, resource, shared, text, writable,
};

/// The profiles seen from their history; a record has its profile's `PKey`.
pub(super) fn history() -> Resource {
    let events = Collection {
        of: "broadLog".to_owned(),
        through: "profile".to_owned(),
        metadata: Some("subHisto"),
        own_key: false,
    };
    let mut fields = profile::person();
    fields.extend([
        derived("countBroadLogEvents", Derived::Count("broadLog")),
        derived("countSubHistoEvents", Derived::Count("subHisto")),
        derived("countryIsoA2", Derived::Country).labeled("ISO A2 code"),
        Field::new("events", Kind::Collection(events), Access::ReadOnly)
            .labeled("Heterogeneous resource"),
        derived("kpisAndChart", Derived::Address(Addressed::Unknown)),
        derived("minBroadLogEvents", Derived::Earliest("broadLog")),
        derived("minSubHistoEvents", Derived::Earliest("subHisto")),
    ]);
    let profile = profile::profile();
    Resource {
        filters: profile.filters,
        home: Home::Profiles,
        table: Table::Profile,
        sealed_as: "profile".to_owned(),
        ..resource(Names { name: "history".to_owned(), ..profile.names }, fields)
    }
}

/// A message that was sent to a profile. Only the seed makes them.
pub(super) fn broad_log() -> Resource {
    let more = vec![
        derived("mirrorPage", Derived::Address(Addressed::MirrorPage)).labeled("Mirror page"),
        text("delivery", 64).hidden(),
        flag("clicked", &[]).hidden(),
        flag("opened", &[]).hidden(),
    ];
    let under = Under { resource: "history", collection: "events", link: "profile" };
    Resource {
        addressed_under: Some(under),
        ..log("broadLog", "nms:broadLogRcp", "Send via email", more)
    }
}

/// An entry of a profile's subscription history, made when the profile subscribes or unsubscribes.
pub(super) fn sub_histo() -> Resource {
    log("subHisto", "nms:subHisto", "Subscription", Vec::new())
}

fn log(name: &'static str, schema: &str, label: &'static str, more: Vec<Field>) -> Resource {
    let mut fields = vec![
        shared::pkey(),
        derived("category", Derived::Constant("email")).labeled("Category"),
        writable("date", Kind::DateTime).read_only().labeled("Date"),
        shared::href(),
        derived("label", Derived::Constant(label)).labeled("Label"),
        derived("metadata", Derived::Constant(name)).labeled("Metadata"),
        derived("type", Derived::Constant("outbound")).labeled("Type"),
        owned_by("profile", "profile", &[]).hidden(),
    ];
    fields.extend(more);
    resource(Names::new(name, name, schema, "Events", "Events of a profile"), fields)
}

/// A profile's place in a static audience, for the filter `byStaticAudience`. Only the seed makes
/// them.
pub(super) fn audience_member() -> Resource {
    resource(
        Names::new(
            "audienceMember",
            "AudienceMember",
            "nms:groupRelation",
            "Audience members",
            "Members of static audiences",
        ),
        vec![text("audience", 64).hidden(), owned_by("profile", "profile", &[]).hidden()],
    )
}
