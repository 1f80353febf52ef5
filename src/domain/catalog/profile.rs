//! The profile: `nms:recipient` as `profileAndServices` shows it
//! (`docs/reference/profile-fields.md` §1).

use super::filter::{birthday, by_related, by_text, equals, is_record};
use super::time_zones::TIME_ZONES;
use super::{
    Access, Collection, Deleted, Derived, Enumeration, Field, Filter, Home, Kind, Names, Policy,
    Resource, Table, Title, Verbs, derived, email, flag, listed, resource, smart, text, writable,
};

/// What the v8 product shows under `profileAndServicesExt` alone
/// (`docs/reference/campaign-standard.md` §20).
pub(super) const EXTENSION_IN_V8: [&str; 3] = ["ccpaOptOut", "ccpaOptOutLastModified", "timeZone"];

/// The resource of Adobe's data model.
pub(super) fn profile() -> Resource {
    Resource {
        filters: filters(),
        home: Home::Profiles,
        verbs: Verbs { create: true, update: true, delete: Some(Deleted::Ok) },
        table: Table::Profile,
        ..resource(
            Names::new("profile", "Profile", "nms:recipient", "Profiles", "Identified profiles"),
            fields(),
        )
    }
}

/// The filters of profiles and of their history (`docs/reference/campaign-standard.md` §14, §18).
pub(super) fn filters() -> Vec<Filter> {
    let delivery =
        |name, label, marks| by_related(name, label, "broadLog", "profile", "delivery", marks);
    vec![
        birthday("birthday", "By birthday"),
        equals("byEmail", "By email", "email", "email"),
        equals("byKeysProfile", "By reconciliation keys", "email", "email"),
        by_related("byStaticAudience", "By audience", "audienceMember", "profile", "audience", &[]),
        by_text("byText", "By name or email", &["email", "firstName", "lastName"]),
        delivery("hasClickedDelivery", "Clicked a delivery", &["clicked"]),
        delivery("hasOpenedDelivery", "Opened a delivery", &["opened"]),
        delivery("hasReceivedDelivery", "Received a delivery", &[]),
        is_record("profile", "A profile"),
        by_related("subscribers", "Subscribers", "subscription", "subscriber", "service", &[]),
    ]
}

/// The fields that profiles and their history share, in no order.
pub(super) fn person() -> Vec<Field> {
    vec![
        derived("PKey", Derived::PKey),
        derived("age", Derived::Age),
        writable("birthDate", Kind::Date),
        // Which of the two "all channels" stamps belongs to `blackList` is not recorded: both move.
        flag("blackList", &["blackListAllLastModified", "blackListLastModified"]),
        stamp("blackListAllLastModified"),
        flag("blackListEmail", &["blackListEmailLastModified"]),
        stamp("blackListEmailLastModified"),
        flag("blackListFax", &["blackListFaxLastModified"]),
        stamp("blackListFaxLastModified"),
        stamp("blackListLastModified"),
        flag("blackListMobile", &["blackListMobileLastModified"]),
        stamp("blackListMobileLastModified"),
        flag("blackListPhone", &["blackListPhoneLastModified"]),
        stamp("blackListPhoneLastModified"),
        flag("blackListPostalMail", &["blackListPostalMailLastModified"]),
        stamp("blackListPostalMailLastModified"),
        flag("ccpaOptOut", &["ccpaOptOutLastModified"]),
        stamp("ccpaOptOutLastModified"),
        derived("created", Derived::Created),
        email("email"),
        text("externalId", 100),
        text("fax", 32),
        smart("firstName", 30),
        listed(
            "gender",
            Enumeration::new("nms:recipient:gender", "unknown", &["unknown", "male", "female"]),
        ),
        derived("href", Derived::Href),
        flag("isExternal", &[]).read_only(),
        derived("lastModified", Derived::LastModified),
        smart("lastName", 50),
        writable("location", Kind::Element(location())),
        text("middleName", 30),
        text("mobilePhone", 32),
        text("phone", 32),
        listed("preferredLanguage", preferred_language()),
        text("salutation", 20),
        writable(
            "thumbnail",
            Kind::Text {
                max: 255,
                policy: Policy::None,
                default: "/nl/img/thumbnails/defaultProfil.png".to_owned(),
            },
        ),
        listed("timeZone", Enumeration::new("nms:recipient:timeZone", "none", &TIME_ZONES)),
        derived("title", Derived::Title(Title::Person)),
    ]
}

fn fields() -> Vec<Field> {
    let mut fields = person();
    let subscriptions = Collection {
        of: "subscription".to_owned(),
        through: "subscriber".to_owned(),
        metadata: None,
        own_key: true,
    };
    fields.extend([
        // No stamp: live answers have no blackListPushnotificationLastModified.
        flag("blackListPushnotification", &[]),
        derived("cryptedId", Derived::CryptedId),
        derived("domain", Derived::Domain),
        listed(
            "emailFormat",
            Enumeration::new("nms:recipient:emailFormat", "unknown", &["unknown", "text", "html"]),
        ),
        derived("postalAddress", Derived::PostalAddress),
        Field::new("subscriptions", Kind::Collection(subscriptions), Access::ReadOnly),
    ]);
    fields
}

fn stamp(name: &str) -> Field {
    writable(name, Kind::DateTime)
}

/// The members of `location`. The data model gives no lengths; 255 is the schema's default.
fn location() -> Vec<Field> {
    ["address1", "address2", "address3", "address4", "city", "countryCode", "stateCode", "zipCode"]
        .map(|name| text(name, 255))
        .into()
}

fn preferred_language() -> Enumeration {
    let languages = Enumeration::new("nms:recipient:preferredLanguage", "none", &["none"]);
    Enumeration { languages: true, ..languages }
}
