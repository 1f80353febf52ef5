//! The fields of profiles and services, and the time zones, as Adobe's data model has them
//! (`docs/reference/profile-fields.md` §1, §4).

use serde_json::{Value, json};

use super::metadata::{fields, metadata};
use crate::driver::{Mock, PROFILES};

/// The fields of a profile as Adobe's data model has them: name, type, length of a text, and
/// whether a client may write it.
const PROFILE: [(&str, &str, &str, bool); 43] = [
    ("PKey", "string", "255", false),
    ("age", "long", "0", false),
    ("birthDate", "date", "0", true),
    ("blackList", "boolean", "0", true),
    ("blackListAllLastModified", "datetime", "0", true),
    ("blackListEmail", "boolean", "0", true),
    ("blackListEmailLastModified", "datetime", "0", true),
    ("blackListFax", "boolean", "0", true),
    ("blackListFaxLastModified", "datetime", "0", true),
    ("blackListLastModified", "datetime", "0", true),
    ("blackListMobile", "boolean", "0", true),
    ("blackListMobileLastModified", "datetime", "0", true),
    ("blackListPhone", "boolean", "0", true),
    ("blackListPhoneLastModified", "datetime", "0", true),
    ("blackListPostalMail", "boolean", "0", true),
    ("blackListPostalMailLastModified", "datetime", "0", true),
    ("blackListPushnotification", "boolean", "0", true),
    ("ccpaOptOut", "boolean", "0", true),
    ("ccpaOptOutLastModified", "datetime", "0", true),
    ("created", "datetime", "0", false),
    ("cryptedId", "string", "255", false),
    ("domain", "string", "255", false),
    ("email", "string", "128", true),
    ("emailFormat", "enum", "0", true),
    ("externalId", "string", "100", true),
    ("fax", "string", "32", true),
    ("firstName", "string", "30", true),
    ("gender", "enum", "0", true),
    ("href", "string", "255", false),
    ("isExternal", "boolean", "0", false),
    ("lastModified", "datetime", "0", false),
    ("lastName", "string", "50", true),
    ("location", "element", "0", true),
    ("middleName", "string", "30", true),
    ("mobilePhone", "string", "32", true),
    ("phone", "string", "32", true),
    ("postalAddress", "element", "0", false),
    ("preferredLanguage", "enum", "0", true),
    ("salutation", "string", "20", true),
    ("subscriptions", "collection", "0", false),
    ("thumbnail", "string", "255", true),
    ("timeZone", "enum", "0", true),
    ("title", "string", "255", false),
];

/// Name, type, length, and whether it is writable, of each field described.
fn as_modelled(described: &Value) -> Vec<(&str, &str, &str, bool)> {
    fields(described)
        .iter()
        .map(|(name, field)| {
            let [kind, length] = ["type", "length"].map(|member| field[member].as_str().unwrap());
            (name.as_str(), kind, length, field["readOnly"] == false)
        })
        .collect()
}

#[test]
fn a_profile_has_the_fields_of_the_data_model() {
    let described = metadata(&Mock::start(), "profileAndServices/profile");
    assert_eq!(as_modelled(&described), PROFILE);
    for (name, policy) in [
        ("email", "email"),
        ("firstName", "smartCase"),
        ("lastName", "smartCase"),
        ("middleName", ""),
        ("mobilePhone", ""),
    ] {
        assert_eq!(described["content"][name]["dataPolicy"], policy, "{name}");
    }
}

/// The fields of a service as Adobe's data model has them, but for those that no record has: name, type, length of a text, and
/// whether a client may write it.
const SERVICE: [(&str, &str, &str, bool); 30] = [
    ("PKey", "string", "255", false),
    ("builtIn", "boolean", "0", false),
    ("created", "datetime", "0", false),
    ("desc", "string", "512", true),
    ("end", "date", "0", true),
    ("geoUnit", "link", "0", true),
    ("href", "string", "255", false),
    ("isExternal", "boolean", "0", false),
    ("isTemplate", "boolean", "0", false),
    ("label", "string", "128", true),
    ("lastModified", "datetime", "0", false),
    ("limitedDuration", "boolean", "0", true),
    ("mainDate", "date", "0", false),
    ("messageType", "enum", "0", true),
    ("mode", "enum", "0", true),
    ("name", "string", "64", true),
    ("orgUnit", "link", "0", true),
    ("publicLabel", "string", "128", true),
    ("start", "date", "0", true),
    ("subLandingPage", "link", "0", false),
    ("subScenario", "link", "0", false),
    ("subScenarioEventType", "string", "64", true),
    ("subscriptions", "collection", "0", false),
    ("targetResource", "string", "64", true),
    ("thumbnail", "string", "255", true),
    ("title", "string", "255", false),
    ("unsubLandingPage", "link", "0", false),
    ("unsubScenario", "link", "0", false),
    ("unsubScenarioEventType", "string", "64", true),
    ("validityDuration", "long", "0", true),
];

#[test]
fn a_service_has_the_fields_of_the_data_model() {
    let described = metadata(&Mock::start(), "profileAndServicesExt/service");
    assert_eq!(as_modelled(&described), SERVICE);
    for (field, first, second) in [("messageType", "email", "sms"), ("mode", "newsletter", "viral")]
    {
        let expected = json!([
            {"label": first, "name": first, "value": 0},
            {"label": second, "name": second, "value": 1},
        ]);
        assert_eq!(described["content"][field]["values"], expected, "{field}");
    }
}

/// The time zones by region; those without one stand under their own name.
const TIME_ZONES: [(&str, &str); 11] = [
    ("Africa", "Cairo Casablanca Harare Luanda Monrovia Nairobi Windhoek"),
    (
        "America",
        "Anchorage Asuncion Bogota Buenos_Aires Caracas Chicago Chihuahua Cuiaba Denver Godthab \
         Halifax Indianapolis La_Paz Los_Angeles Manaus Mexico_City Montevideo New_York Phoenix \
         Regina Santiago Sao_Paulo St_Johns",
    ),
    (
        "Asia",
        "Amman Baghdad Baku Bangkok Beirut Colombo Damascus Dhaka Irkutsk Jerusalem Kabul Karachi \
         Katmandu Kolkata Krasnoyarsk Kuala_Lumpur Muscat Novosibirsk Rangoon Riyadh Seoul \
         Shanghai Taipei Tbilisi Tehran Tokyo Ulan_Bator Vladivostok Yakutsk Yekaterinburg Yerevan",
    ),
    ("Atlantic", "Azores Cape_Verde Reykjavik South_Georgia"),
    ("Australia", "Adelaide Brisbane Canberra Darwin Hobart Perth"),
    ("Europe", "Athens Belgrade Berlin Bucharest Helsinki London Moscow Paris Sarajevo"),
    ("GMT", ""),
    ("Gmt", "m1 m10 m11 m2 m3 m4 m5 m6 m7 m8 m9 p1 p10 p11 p12 p13 p2 p3 p4 p5 p6 p7 p8 p9"),
    ("Indian", "Mauritius"),
    ("Pacific", "Auckland Fiji Guadalcanal Guam Honolulu Samoa Tongatapu"),
    ("none", ""),
];

#[test]
fn time_zones_are_places_and_hours_from_greenwich() {
    let mock = Mock::start();
    let described = metadata(&mock, "profileAndServices/profile");
    let values = described["content"]["timeZone"]["values"].as_array().unwrap();
    let names: Vec<_> = values.iter().map(|value| value["name"].as_str().unwrap()).collect();
    let expected: Vec<_> = TIME_ZONES
        .iter()
        .flat_map(|(region, places)| {
            let joined = |place: &str| [*region, place].join("_");
            let mut zones: Vec<_> = places.split_whitespace().map(joined).collect();
            if zones.is_empty() {
                zones.push((*region).to_owned());
            }
            zones
        })
        .collect();
    assert_eq!(names, expected);
    for zone in ["Gmt_m11", "Gmt_p13", "GMT", "none"] {
        assert_eq!(mock.profile(&json!({"timeZone": zone}))["timeZone"], zone);
    }
    for zone in ["Gmt_m12", "Gmt_p14", "Gmt_m0", "Etc_GMT", "__Invalid_value__"] {
        let refused = mock.post(PROFILES, &json!({"timeZone": zone}));
        assert_eq!(refused.status, 500, "{zone}");
    }
}
