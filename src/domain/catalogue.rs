//! The field catalogue: every member of a profile, its JSON type, default and rules. Validation and
//! rendering both read it; a field is added here and nowhere else.
//!
//! Source: `reference/profile-fields.md`.

/// A resource of the API: its names and its fields in the order they are printed.
#[derive(Debug)]
pub struct Resource {
    /// As in the URL: `profile`.
    pub name: &'static str,
    /// As in "document with path": `Profile`.
    pub path: &'static str,
    /// The database schema behind it: `nms:recipient`.
    pub schema: &'static str,
    /// The schema's label: `Profiles`.
    pub schema_label: &'static str,
    /// Its fields, in ASCII order of their names, which is the order on the wire.
    pub fields: &'static [Field],
}

impl Resource {
    /// The field with that API name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        find(self.fields, name)
    }
}

/// A member of a resource.
#[derive(Debug)]
pub struct Field {
    /// API name, case-sensitive.
    pub name: &'static str,
    /// Type, default and rules.
    pub kind: Kind,
    /// Who may write it.
    pub access: Access,
}

/// Who may write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The client, by POST and PATCH.
    Writable,
    /// The server alone.
    ReadOnly,
}

/// The type of a field, with what an unset one reads as.
#[derive(Debug)]
pub enum Kind {
    /// A JSON string.
    Text {
        /// Most characters it may have.
        max: usize,
        /// What happens to a value on its way in.
        policy: Policy,
        /// Reads as this when unset.
        default: &'static str,
    },
    /// A JSON boolean, `false` when unset.
    Boolean {
        /// The date-time fields that record when this one last changed.
        stamps: &'static [&'static str],
    },
    /// A JSON string `YYYY-MM-DD`, or empty.
    Date,
    /// A JSON string `YYYY-MM-DD HH:MM:SS.mmmZ`, or empty.
    DateTime,
    /// A JSON string, one of a list of API names.
    Enumeration(&'static Enumeration),
    /// A JSON object of text members.
    Element(&'static [Field]),
    /// Computed when the record is read.
    Derived(Derived),
}

/// The data policy of a text field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Stored as sent.
    None,
    /// Must be a valid address; stored in lower case.
    Email,
    /// Capital first letter of each word, the rest lower case.
    SmartCase,
}

/// What a derived field is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// The sealed record number.
    PKey,
    /// Whole years since `birthDate`.
    Age,
    /// The moment of creation.
    Created,
    /// The sealed record number in its other guise.
    CryptedId,
    /// What follows `@` in `email`.
    Domain,
    /// The record's own address; not on a single GET.
    Href,
    /// The moment of the last write.
    LastModified,
    /// The address block, from names and `location`.
    PostalAddress,
    /// The link to the record's subscriptions.
    Subscriptions,
    /// `First Last (email)`.
    Title,
}

/// A list of API names that a field may take.
#[derive(Debug)]
pub struct Enumeration {
    /// As error texts name it: `nms:recipient:gender`.
    pub name: &'static str,
    /// The value of an unset field.
    pub default: &'static str,
    /// Every value, for short lists; the documented ones.
    pub values: &'static [&'static str],
    /// Also accepts `ll_cc` language codes: the reference knows about 150 of them and lists few.
    pub languages: bool,
}

impl Enumeration {
    /// Whether `value` is one of the API names.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        let lower = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase())
        };
        self.values.contains(&value)
            || (self.languages
                && value
                    .split_once('_')
                    .is_some_and(|(ll, cc)| lower(ll, 2..=3) && lower(cc, 2..=2)))
    }

    /// What to send, for messages.
    #[must_use]
    pub fn expectation(&self) -> String {
        if self.languages {
            return "'none' or a code such as 'en_us' or 'fr_fr'".to_owned();
        }
        let shown: Vec<_> = self.values.iter().take(6).map(|value| format!("'{value}'")).collect();
        let more = if self.values.len() > shown.len() { ", ..." } else { "" };
        format!("one of {}{more}", shown.join(", "))
    }
}

/// The field with that name in a list sorted by name.
pub(super) fn find(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.binary_search_by(|field| field.name.cmp(name)).ok().map(|at| &fields[at])
}

const fn writable(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, access: Access::Writable }
}

const fn text(name: &'static str, max: usize) -> Field {
    writable(name, Kind::Text { max, policy: Policy::None, default: "" })
}

const fn smart(name: &'static str, max: usize) -> Field {
    writable(name, Kind::Text { max, policy: Policy::SmartCase, default: "" })
}

const fn flag(name: &'static str, stamps: &'static [&'static str]) -> Field {
    writable(name, Kind::Boolean { stamps })
}

const fn stamp(name: &'static str) -> Field {
    writable(name, Kind::DateTime)
}

const fn listed(name: &'static str, values: &'static Enumeration) -> Field {
    writable(name, Kind::Enumeration(values))
}

const fn derived(name: &'static str, from: Derived) -> Field {
    Field { name, kind: Kind::Derived(from), access: Access::ReadOnly }
}

/// The profile: `nms:recipient` as `profileAndServices` shows it.
pub static PROFILE: Resource = Resource {
    name: "profile",
    path: "Profile",
    schema: "nms:recipient",
    schema_label: "Profiles",
    fields: &[
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
        // No stamp: live answers have no blackListPushnotificationLastModified.
        flag("blackListPushnotification", &[]),
        flag("ccpaOptOut", &["ccpaOptOutLastModified"]),
        stamp("ccpaOptOutLastModified"),
        derived("created", Derived::Created),
        derived("cryptedId", Derived::CryptedId),
        derived("domain", Derived::Domain),
        writable("email", Kind::Text { max: 128, policy: Policy::Email, default: "" }),
        listed("emailFormat", &EMAIL_FORMAT),
        text("externalId", 100),
        text("fax", 32),
        smart("firstName", 30),
        listed("gender", &GENDER),
        derived("href", Derived::Href),
        Field { name: "isExternal", kind: Kind::Boolean { stamps: &[] }, access: Access::ReadOnly },
        derived("lastModified", Derived::LastModified),
        smart("lastName", 50),
        writable("location", Kind::Element(LOCATION)),
        text("middleName", 30),
        text("mobilePhone", 32),
        text("phone", 32),
        derived("postalAddress", Derived::PostalAddress),
        listed("preferredLanguage", &PREFERRED_LANGUAGE),
        text("salutation", 20),
        derived("subscriptions", Derived::Subscriptions),
        writable(
            "thumbnail",
            Kind::Text {
                max: 255,
                policy: Policy::None,
                default: "/nl/img/thumbnails/defaultProfil.png",
            },
        ),
        listed("timeZone", &TIME_ZONE),
        derived("title", Derived::Title),
    ],
};

/// The members of `location`. The data model gives no lengths; 255 is the schema's usual one.
const LOCATION: &[Field] = &[
    text("address1", 255),
    text("address2", 255),
    text("address3", 255),
    text("address4", 255),
    text("city", 255),
    text("countryCode", 255),
    text("stateCode", 255),
    text("zipCode", 255),
];

static EMAIL_FORMAT: Enumeration = Enumeration {
    name: "nms:recipient:emailFormat",
    default: "unknown",
    values: &["unknown", "text", "html"],
    languages: false,
};

static GENDER: Enumeration = Enumeration {
    name: "nms:recipient:gender",
    default: "unknown",
    values: &["unknown", "male", "female"],
    languages: false,
};

static PREFERRED_LANGUAGE: Enumeration = Enumeration {
    name: "nms:recipient:preferredLanguage",
    default: "none",
    values: &["none"],
    languages: true,
};

static TIME_ZONE: Enumeration = Enumeration {
    name: "nms:recipient:timeZone",
    default: "none",
    values: &[
        "Africa_Cairo",
        "Africa_Casablanca",
        "Africa_Harare",
        "Africa_Luanda",
        "Africa_Monrovia",
        "Africa_Nairobi",
        "Africa_Windhoek",
        "America_Anchorage",
        "America_Asuncion",
        "America_Bogota",
        "America_Buenos_Aires",
        "America_Caracas",
        "America_Chicago",
        "America_Chihuahua",
        "America_Cuiaba",
        "America_Denver",
        "America_Godthab",
        "America_Halifax",
        "America_Indianapolis",
        "America_La_Paz",
        "America_Los_Angeles",
        "America_Manaus",
        "America_Mexico_City",
        "America_Montevideo",
        "America_New_York",
        "America_Phoenix",
        "America_Regina",
        "America_Santiago",
        "America_Sao_Paulo",
        "America_St_Johns",
        "Asia_Amman",
        "Asia_Baghdad",
        "Asia_Baku",
        "Asia_Bangkok",
        "Asia_Beirut",
        "Asia_Colombo",
        "Asia_Damascus",
        "Asia_Dhaka",
        "Asia_Irkutsk",
        "Asia_Jerusalem",
        "Asia_Kabul",
        "Asia_Karachi",
        "Asia_Katmandu",
        "Asia_Kolkata",
        "Asia_Krasnoyarsk",
        "Asia_Kuala_Lumpur",
        "Asia_Muscat",
        "Asia_Novosibirsk",
        "Asia_Rangoon",
        "Asia_Riyadh",
        "Asia_Seoul",
        "Asia_Shanghai",
        "Asia_Taipei",
        "Asia_Tbilisi",
        "Asia_Tehran",
        "Asia_Tokyo",
        "Asia_Ulan_Bator",
        "Asia_Vladivostok",
        "Asia_Yakutsk",
        "Asia_Yekaterinburg",
        "Asia_Yerevan",
        "Atlantic_Azores",
        "Atlantic_Cape_Verde",
        "Atlantic_Reykjavik",
        "Atlantic_South_Georgia",
        "Australia_Adelaide",
        "Australia_Brisbane",
        "Australia_Canberra",
        "Australia_Darwin",
        "Australia_Hobart",
        "Australia_Perth",
        "Europe_Athens",
        "Europe_Belgrade",
        "Europe_Berlin",
        "Europe_Bucharest",
        "Europe_Helsinki",
        "Europe_London",
        "Europe_Moscow",
        "Europe_Paris",
        "Europe_Sarajevo",
        "GMT",
        "Gmt_m1",
        "Gmt_m10",
        "Gmt_m11",
        "Gmt_m2",
        "Gmt_m3",
        "Gmt_m4",
        "Gmt_m5",
        "Gmt_m6",
        "Gmt_m7",
        "Gmt_m8",
        "Gmt_m9",
        "Gmt_p1",
        "Gmt_p10",
        "Gmt_p11",
        "Gmt_p12",
        "Gmt_p13",
        "Gmt_p2",
        "Gmt_p3",
        "Gmt_p4",
        "Gmt_p5",
        "Gmt_p6",
        "Gmt_p7",
        "Gmt_p8",
        "Gmt_p9",
        "Indian_Mauritius",
        "Pacific_Auckland",
        "Pacific_Fiji",
        "Pacific_Guadalcanal",
        "Pacific_Guam",
        "Pacific_Honolulu",
        "Pacific_Samoa",
        "Pacific_Tongatapu",
        "none",
    ],
    languages: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_wire_order() {
        for fields in [PROFILE.fields, LOCATION] {
            assert!(fields.windows(2).all(|pair| pair[0].name < pair[1].name));
        }
    }

    #[test]
    fn every_stamp_is_a_date_time_field() {
        for field in PROFILE.fields {
            if let Kind::Boolean { stamps } = field.kind {
                for stamp in stamps {
                    let kind = &PROFILE.field(stamp).unwrap().kind;
                    assert!(matches!(kind, Kind::DateTime), "{stamp}");
                }
            }
        }
    }

    #[test]
    fn enumerations_hold_what_the_reference_lists() {
        assert_eq!(TIME_ZONE.values.len(), 114);
        for list in [&EMAIL_FORMAT, &GENDER, &PREFERRED_LANGUAGE, &TIME_ZONE] {
            assert!(list.contains(list.default));
            assert!(!list.contains(""));
            assert!(!list.contains("invalid"));
        }
        for code in ["en_gb", "af_za", "zh_tw", "none"] {
            assert!(PREFERRED_LANGUAGE.contains(code), "{code}");
        }
        for code in ["EN_GB", "en-gb", "english", "en_", "_gb"] {
            assert!(!PREFERRED_LANGUAGE.contains(code), "{code}");
        }
    }
}
