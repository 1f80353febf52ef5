//! The field catalog: every resource of the API with its fields, links, filters and verbs.
//! Validation, rendering, sorting, filtering, metadata and the seed's checks all read it; a resource,
//! a field or a filter is added here and nowhere else.
//!
//! What Adobe ships is declared in this folder, a file per family of resources; [`Model`] is that
//! with what a customer declares of his own.
//!
//! Source: `docs/reference/profile-fields.md` §1, `docs/reference/campaign-standard.md` §12-§19.

mod comparison;
mod custom_filter;
mod customer_names;
mod described;
mod enumeration;
mod event;
mod field;
mod field_type;
mod filter;
mod filter_conditions;
mod filter_description;
mod history;
mod messages;
mod model;
mod names;
mod privacy_tool;
mod profile;
mod resource;
mod services;
mod shared;
mod time_zones;
mod title;
mod units;
mod workflows;

pub use enumeration::{Enumeration, EnumerationValue, INVALID_VALUE, StoredAs};
pub use event::Event;
pub(in crate::domain) use field::find;
pub use field::{ANY_LENGTH, Access, Addressed, Collection, Derived, Field, Kind, Link, Policy};
use field::{derived, email, flag, link, listed, owned_by, smart, text, writable};
pub use field_type::FieldType;
pub use filter::{Filter, Rule};
pub use filter_conditions::{Parameters, Resolve};
pub use filter_description::FilterCondition;
pub use messages::{MESSAGE_STATUSES, PUSH_PLATFORMS};
pub use model::{Declaration, Model};
pub use names::Names;
pub use resource::{Deleted, Home, Key, Resource, Table, Verbs};
use resource::{Pair, PairHistory, Under};
use resource::{named, resource};
pub use title::{Title, TitlePart};
pub use workflows::ParameterType;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_wire_order_and_have_one_name_each() {
        for resource in Model::default().resources() {
            let ordered =
                |fields: &[Field]| fields.windows(2).all(|pair| pair[0].name < pair[1].name);
            assert!(ordered(&resource.fields), "{}", resource.name());
            for field in &resource.fields {
                if let Kind::Element(members) = &field.kind {
                    assert!(ordered(members));
                }
            }
        }
    }

    #[test]
    fn what_a_declaration_names_is_there() {
        let model = Model::default();
        for resource in model.resources() {
            let name = resource.name();
            assert!(resource.key.iter().all(|key| resource.field(&key.field).is_some()), "{name}");
            assert!(model.resource(&resource.sealed_as).is_some(), "{name}");
            if let Some(under) = resource.addressed_under {
                let above = model.resource(under.resource).unwrap();
                let Kind::Collection(collection) = &above.field(under.collection).unwrap().kind
                else {
                    panic!("{name}: {} is no collection", under.collection);
                };
                assert_eq!(
                    (collection.of.as_str(), collection.through.as_str()),
                    (name, under.link)
                );
            }
            for (_, link) in resource.links() {
                assert!(model.resource(&link.to).is_some(), "{name}: {}", link.to);
            }
            for field in &resource.fields {
                match &field.kind {
                    Kind::Boolean { stamps } => {
                        for stamp in *stamps {
                            let kind = &resource.field(stamp).unwrap().kind;
                            assert!(matches!(kind, Kind::DateTime), "{stamp}");
                        }
                    }
                    Kind::Collection(collection) => {
                        let of = model.resource(&collection.of).unwrap();
                        let through = of.field(&collection.through).unwrap();
                        assert!(matches!(through.kind, Kind::Link(_)), "{name}.{}", field.name);
                    }
                    Kind::Enumeration(list) => {
                        assert!(list.contains(&list.default), "{name}.{}", field.name);
                        assert!(!list.contains("") && !list.contains("invalid"));
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn enumerations_hold_what_the_reference_lists() {
        assert_eq!(time_zones::time_zones().values.len(), 114);
        let model = Model::default();
        let Kind::Enumeration(languages) =
            &model.profile().field("preferredLanguage").unwrap().kind
        else {
            panic!("preferredLanguage is an enumeration");
        };
        for code in ["en_gb", "af_za", "zh_tw", "none"] {
            assert!(languages.contains(code), "{code}");
        }
        for code in ["EN_GB", "en-gb", "english", "en_", "_gb"] {
            assert!(!languages.contains(code), "{code}");
        }
    }
}
