//! Resources that links lead to and that nothing serves: they have metadata and no records
//! (`docs/reference/data-model.md` §8).

use super::{Names, Resource, Title, resource, shared};

/// The resources, in order of their names.
pub(super) fn described() -> [Resource; 5] {
    [
        ("audienceBase", "AudienceBase", "nms:audience", "Audiences", "Audience"),
        ("deliveryBase", "DeliveryBase", "nms:delivery", "Deliveries", "Delivery"),
        (
            "deliveryMCTemplateBase",
            "DeliveryMCTemplateBase",
            "nms:delivery",
            "Templates of transactional messages",
            "Delivery",
        ),
        (
            "landingPageSubscriptionBase",
            "LandingPageSubscriptionBase",
            "nms:landingPage",
            "Subscription landing pages",
            "Landing page",
        ),
        (
            "landingPageUnsubscriptionBase",
            "LandingPageUnsubscriptionBase",
            "nms:landingPage",
            "Unsubscription landing pages",
            "Landing page",
        ),
    ]
    .map(|(name, path, schema, all, one)| {
        let fields = vec![
            shared::pkey(),
            shared::created(),
            shared::description(),
            shared::label(),
            shared::last_modified(),
            shared::id(),
            shared::title(one, Title::LabelAndName),
        ];
        resource(Names::new(name, path, schema, all, all), fields)
    })
}
