//! Organisational and geographical units (`reference/campaign-standard.md` §19).

use super::filters::by_text;
use super::{Derived, Home, Key, Names, Resource, Table, Title, Verbs, derived, in_order, text};

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
        names: Names::new(name, path, schema, label, label),
        fields: in_order(vec![
            derived("PKey", Derived::PKey),
            derived("created", Derived::Created),
            text("desc", 512),
            derived("href", Derived::Href),
            text("label", 128),
            derived("lastModified", Derived::LastModified),
            text("name", 64),
            text("parentTitle", 255).read_only(),
            derived("title", Derived::Title(Title::LabelAndName)),
        ]),
        key: Some(Key {
            field: "name".to_owned(),
            prefix: None,
            upsert: false,
            constraint: format!("{}_name", schema.replace(':', "").to_lowercase()),
            column: "sname".to_owned(),
        }),
        pair: None,
        filters: vec![by_text("byText", "By name or label", &["label", "name"])],
        home: Home::Extended,
        verbs: Verbs { create: false, update: true, delete: None },
        table: Table::Record,
        sealed_as: name.to_owned(),
        addressed_under: None,
    }
}
