//! Fields that many resources have, with their labels (`docs/reference/data-model.md` §2, §4).

use super::{Derived, Field, Kind, Policy, Title, derived, flag, link, text, writable};

/// The key of a record.
pub(super) fn pkey() -> Field {
    derived("PKey", Derived::PKey).labeled("Main resource ID")
}

/// When a record was made.
pub(super) fn created() -> Field {
    derived("created", Derived::Created).labeled("Created")
}

/// When a record was last written.
pub(super) fn last_modified() -> Field {
    derived("lastModified", Derived::LastModified).labeled("Last modified")
}

/// The address of a record.
pub(super) fn href() -> Field {
    derived("href", Derived::Href).labeled("Address")
}

/// What people see of a record.
pub(super) fn title(label: &str, title: Title) -> Field {
    derived("title", Derived::Title(title)).labeled(label)
}

/// The text that people call a record by.
pub(super) fn label() -> Field {
    text("label", 128).labeled("Label")
}

/// The text that programs call a record by.
pub(super) fn id() -> Field {
    text("name", 64).labeled("ID")
}

/// What there is to say about a record.
pub(super) fn description() -> Field {
    text("desc", 512).labeled("Description")
}

/// Whether a record belongs to another system.
pub(super) fn is_external() -> Field {
    flag("isExternal", &[]).read_only().labeled("Is external resource")
}

/// The picture of a record.
pub(super) fn thumbnail(default: &str) -> Field {
    let kind = Kind::Text { max: 255, policy: Policy::None, default: default.to_owned() };
    writable("thumbnail", kind).labeled("Thumbnail")
}

/// The organizational unit of a record.
pub(super) fn org_unit() -> Field {
    link("orgUnit", "orgUnitBase").labeled("Organizational unit")
}

/// The geographical unit of a record.
pub(super) fn geo_unit() -> Field {
    link("geoUnit", "geoUnitBase").labeled("Geographical unit")
}
