//! The profile: `nms:recipient` as `profileAndServices` shows it
//! (`docs/reference/profile-fields.md` §1, `docs/reference/data-model.md` §2).

use super::filter::{birthday, by_related, by_text, equals, is_record};
use super::time_zones::time_zones;
use super::{
    Access, Collection, Deleted, Derived, Enumeration, Field, Filter, Home, Kind, Names, Resource,
    StoredAs, Table, Title, Verbs, derived, email, flag, listed, resource, shared, smart, text,
    writable,
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
    let delivery = |name, label, marks| {
        by_related(name, label, ("broadLog", "profile"), ("delivery", "deliveryBase"), marks)
    };
    vec![
        birthday("birthday", "Birthday"),
        equals("byEmail", "By email", "email", "email"),
        equals("byKeysProfile", "By keys", "email", "email"),
        by_related(
            "byStaticAudience",
            "By static audience",
            ("audienceMember", "profile"),
            ("audience", "audienceBase"),
            &[],
        ),
        by_text("byText", "By name or email", &["email", "firstName", "lastName"]),
        delivery("hasClickedDelivery", "Clicked", &["clicked"]),
        delivery("hasOpenedDelivery", "Opened", &["opened"]),
        delivery("hasReceivedDelivery", "Received", &[]),
        is_record("profile", "Profile"),
        by_related(
            "subscribers",
            "Subscribers",
            ("subscription", "subscriber"),
            ("service", "service"),
            &[],
        ),
    ]
}

/// The fields that profiles and their history share, in no order.
pub(super) fn person() -> Vec<Field> {
    let mut fields = vec![
        shared::pkey(),
        derived("age", Derived::Age).labeled("Age"),
        writable("birthDate", Kind::Date).labeled("Date of birth"),
        flag("ccpaOptOut", &["ccpaOptOutLastModified"]).labeled("CCPA opt-out"),
        stamp("ccpaOptOutLastModified").labeled("CCPA opt-out last modified"),
        shared::created(),
        email("email"),
        text("externalId", 100).labeled("External Resource ID"),
        text("fax", 32).labeled("Fax"),
        smart("firstName", 30).labeled("First name"),
        listed("gender", gender()).labeled("Gender"),
        shared::href(),
        shared::is_external(),
        shared::last_modified(),
        smart("lastName", 50).labeled("Last name"),
        writable("location", Kind::Element(location())).labeled("Location"),
        text("middleName", 30).labeled("Middle name"),
        text("mobilePhone", 32).labeled("Mobile"),
        text("phone", 32).labeled("Phone"),
        listed("preferredLanguage", preferred_language()).labeled("Preferred language"),
        text("salutation", 20).labeled("Title"),
        shared::thumbnail("/nl/img/thumbnails/defaultProfil.png"),
        listed("timeZone", time_zones()).labeled("Time zone"),
        shared::title("Profile", Title::Person),
    ];
    fields.extend(denials());
    fields
}

/// The stamp of all channels, which the flag of each moves (`docs/reference/campaign-standard.md` §7).
const ALL: &str = "blackListAllLastModified";

/// The flags that forbid channels, and the stamps of their changes.
fn denials() -> Vec<Field> {
    let channel = |name, stamps, label| flag(name, stamps).labeled(label);
    let changed = |name, label| stamp(name).labeled(label);
    vec![
        channel("blackList", &[ALL, "blackListLastModified"], "No longer contact (by any channel)"),
        changed(ALL, "No longer contact (all channels) last modified"),
        channel(
            "blackListEmail",
            &[ALL, "blackListEmailLastModified"],
            "No longer contact by email",
        ),
        changed("blackListEmailLastModified", "No longer contact by email last modified"),
        channel("blackListFax", &[ALL, "blackListFaxLastModified"], "No longer contact by fax"),
        changed("blackListFaxLastModified", "No longer contact by fax last modified"),
        changed("blackListLastModified", "No longer contact (by any channel) last modified"),
        channel(
            "blackListMobile",
            &[ALL, "blackListMobileLastModified"],
            "No longer contact by SMS",
        ),
        changed("blackListMobileLastModified", "No longer contact by SMS last modified"),
        channel(
            "blackListPhone",
            &[ALL, "blackListPhoneLastModified"],
            "No longer contact by phone",
        ),
        changed("blackListPhoneLastModified", "No longer contact by phone last modified"),
        channel(
            "blackListPostalMail",
            &[ALL, "blackListPostalMailLastModified"],
            "No longer contact by direct mail",
        ),
        changed(
            "blackListPostalMailLastModified",
            "No longer contact by direct mail last modified",
        ),
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
        // No stamp of its own: live answers have no blackListPushnotificationLastModified.
        flag("blackListPushnotification", &[ALL]).labeled("No longer contact by push notification"),
        derived("cryptedId", Derived::CryptedId).labeled("Encrypted ID"),
        derived("domain", Derived::Domain).labeled("Email domain"),
        listed("emailFormat", email_format("nms:recipient")).labeled("Email format"),
        derived("postalAddress", Derived::PostalAddress).labeled("Postal address"),
        Field::new("subscriptions", Kind::Collection(subscriptions), Access::ReadOnly)
            .labeled("Subscriptions"),
    ]);
    fields
}

fn gender() -> Enumeration {
    Enumeration::documented(
        "nms:recipient:gender",
        "unknown",
        &[("Unspecified", "unknown", 0), ("Male", "male", 1), ("Female", "female", 2)],
    )
}

/// The formats of mails, of profiles and of messages.
pub(super) fn email_format(schema: &str) -> Enumeration {
    Enumeration::documented(
        &format!("{schema}:emailFormat"),
        "unknown",
        &[("Unknown", "unknown", 0), ("Text", "text", 1), ("HTML", "html", 2)],
    )
}

fn stamp(name: &str) -> Field {
    writable(name, Kind::DateTime)
}

/// The members of `location`. The data model gives no lengths; 255 is the schema's default.
fn location() -> Vec<Field> {
    [
        ("address1", "Address 1"),
        ("address2", "Address 2"),
        ("address3", "Address 3"),
        ("address4", "Address 4"),
        ("city", "City"),
        ("countryCode", "Country code"),
        ("stateCode", "State code"),
        ("zipCode", "Zip code"),
    ]
    .map(|(name, label)| text(name, 255).labeled(label))
    .into()
}

fn preferred_language() -> Enumeration {
    let languages = Enumeration::new("nms:recipient:preferredLanguage", "none", &["none"]);
    Enumeration { languages: true, stored_as: StoredAs::Text { length: 0 }, ..languages }
}
