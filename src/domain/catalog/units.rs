//! Organizational and geographical units (`docs/reference/campaign-standard.md` §19).

use super::filter::by_text;
use super::{Home, Names, Resource, Title, Verbs, named, resource, shared, text};

/// `xtk:orgUnit`
pub(super) fn org_unit() -> Resource {
    unit("orgUnitBase", "OrgUnitBase", "xtk:orgUnit", "Organizational units")
}

/// `xtk:geoUnit`
pub(super) fn geo_unit() -> Resource {
    unit("geoUnitBase", "GeoUnitBase", "xtk:geoUnit", "Geographical units")
}

fn unit(name: &str, path: &str, schema: &str, label: &str) -> Resource {
    Resource {
        key: Some(named(
            &format!("{}_name", schema.replace(':', "").to_lowercase()),
            "sname",
            None,
        )),
        filters: vec![by_text("byText", "By name or label", &["label", "name"])],
        home: Home::Extended,
        verbs: Verbs { create: false, update: true, delete: None },
        ..resource(
            Names::new(name, path, schema, label, label),
            vec![
                shared::pkey(),
                shared::created(),
                shared::description(),
                shared::href(),
                shared::label(),
                shared::last_modified(),
                shared::id(),
                text("parentTitle", 255).read_only().labeled("Parent unit"),
                shared::title("Unit", Title::LabelAndName),
            ],
        )
    }
}
