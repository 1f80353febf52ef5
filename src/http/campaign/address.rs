//! What the path after `/{org}/campaign/` names (`docs/reference/campaign-standard.md` §1).

use std::borrow::Cow;

use super::super::settings::Dialect;
use crate::domain::{Error, Field, Filter, Home, Kind, Model, Resource, Result};

/// A path as the router leaves it, with `%2F`, `%2B` and `%25` decoded as well. Clients send `%2F`
/// inside what they take for one parameter, so it parts segments as a slash does.
pub(super) fn decode(path: &str) -> Cow<'_, str> {
    const LEFT: [(&str, &str); 5] =
        [("%2F", "/"), ("%2f", "/"), ("%2B", "+"), ("%2b", "+"), ("%25", "%")];
    if !path.contains('%') {
        return path.into();
    }
    LEFT.iter().fold(path.to_owned(), |path, (encoded, plain)| path.replace(encoded, plain)).into()
}

/// An API root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum ApiRoot {
    /// `profileAndServices`, and the spelling of the CCPA pages, `profilesAndServices`.
    Basic,
    /// `profileAndServicesExt`
    Extended,
    /// `customResources`
    Custom,
    /// `privacy`
    Privacy,
    /// `workflow`
    Workflow,
    /// `mc<org>`
    Messages,
}

impl ApiRoot {
    /// The API of a root's name.
    pub(in crate::http) fn of(root: &str) -> Option<Self> {
        Some(match root {
            "profileAndServices" | "profilesAndServices" => Self::Basic,
            "profileAndServicesExt" => Self::Extended,
            "customResources" => Self::Custom,
            "privacy" => Self::Privacy,
            "workflow" => Self::Workflow,
            mc if mc.starts_with("mc") => Self::Messages,
            _ => return None,
        })
    }

    /// Whether it serves a resource; the v8 product has lost some (`docs/reference/campaign-standard.md`
    /// §20).
    pub(in crate::http) fn serves(self, resource: &Resource, dialect: Dialect) -> bool {
        let served = match resource.home {
            Home::Profiles => matches!(self, Self::Basic | Self::Extended),
            Home::Extended => self == Self::Extended,
            Home::Custom => self == Self::Custom,
            Home::Privacy => self == Self::Privacy,
            Home::Messages => self == Self::Messages,
            Home::Workflow | Home::Inner => false,
        };
        served && !is_lost(resource, dialect)
    }

    /// The resources that it serves.
    pub(in crate::http) fn resources(self, model: &Model, dialect: Dialect) -> Vec<&Resource> {
        model.resources().filter(|resource| self.serves(resource, dialect)).collect()
    }

    /// The resources that it describes without serving them: those that metadata of the others names
    /// (`docs/reference/campaign-standard.md` §18.1).
    pub(in crate::http) fn described(self, model: &Model, dialect: Dialect) -> Vec<&Resource> {
        let mut found = model.led_to(&self.resources(model, dialect), self.extended(dialect));
        found.retain(|resource| !is_lost(resource, dialect));
        found
    }

    /// Whether custom filters are known, and custom fields may be asked for by name.
    pub(in crate::http) const fn shows_extensions(self) -> bool {
        !matches!(self, Self::Basic)
    }

    /// Whether custom fields are shown and taken; of messages, what only the v8 product has.
    pub(in crate::http) fn extended(self, dialect: Dialect) -> bool {
        match self {
            Self::Messages => dialect == Dialect::V8,
            api => api.shows_extensions(),
        }
    }
}

/// Whether it is one of those that the v8 product has lost.
fn is_lost(resource: &Resource, dialect: Dialect) -> bool {
    dialect == Dialect::V8
        && (matches!(resource.name(), "history" | "orgUnitBase" | "geoUnitBase")
            || resource.home == Home::Privacy)
}

/// An address within a tenant.
#[derive(Debug)]
pub(super) struct Address<'a> {
    /// The API root as the caller spells it, which hrefs repeat.
    pub(super) root: &'a str,
    pub(super) api: ApiRoot,
    pub(super) target: AddressTarget<'a>,
}

/// What an address names.
#[derive(Debug)]
pub(super) enum AddressTarget<'a> {
    /// The resources of an API.
    Resources,
    /// What a resource consists of.
    Metadata(&'a Resource),
    /// What filters a resource has.
    Filters(&'a Resource),
    /// Records.
    List(ListEndpoint<'a>),
    /// How many records a list has.
    Count(ListEndpoint<'a>),
    /// The values that the records of a list have in one field.
    Attribute(ListEndpoint<'a>, &'a Field),
    /// The record with that key.
    Record(RecordTarget<'a>),
    /// One field of a record.
    Member(RecordTarget<'a>, &'a Field),
    /// A workflow, or what belongs to it.
    Workflow { key: &'a str, rest: Vec<&'a str> },
}

/// A list: the records of a resource, or those that link to a record, as far as filters let them
/// through.
#[derive(Debug)]
pub(super) struct ListEndpoint<'a> {
    pub(super) resource: &'a Resource,
    pub(super) parent: Option<ParentRecord<'a>>,
    pub(super) filters: Vec<&'a str>,
}

/// The record whose collection is addressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ParentRecord<'a> {
    pub(super) resource: &'a Resource,
    pub(super) key: &'a str,
    /// Name of the collection.
    pub(super) collection: &'a str,
    /// The link of its members that leads to the record.
    pub(super) link: &'a str,
}

/// A record by its key.
#[derive(Debug)]
pub(super) struct RecordTarget<'a> {
    pub(super) resource: &'a Resource,
    pub(super) key: &'a str,
    pub(super) parent: Option<ParentRecord<'a>>,
}

/// Reads addresses of a tenant.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a, 'b> {
    pub(super) model: &'a Model,
    pub(super) dialect: Dialect,
    pub(super) resource_by_metadata_key: &'b dyn Fn(&str) -> Option<&'a Resource>,
}

impl<'a> Reader<'a, '_> {
    /// Reads a path that is decoded. Doubled slashes and slashes at the end do not count.
    pub(super) fn read(self, path: &'a str) -> Result<Address<'a>> {
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (root, rest) =
            segments.split_first().map_or(("", &[][..]), |(root, rest)| (*root, rest));
        let api = ApiRoot::of(root).ok_or_else(|| Error::UnknownResource(root.to_owned()))?;
        let target = match (api, rest) {
            (ApiRoot::Workflow, ["execution", key, rest @ ..]) => {
                AddressTarget::Workflow { key, rest: rest.to_vec() }
            }
            (ApiRoot::Workflow, _) => return Err(Error::UnknownResource(root.to_owned())),
            (_, []) => AddressTarget::Resources,
            (_, ["resourceType", name, "filters"]) => {
                AddressTarget::Filters(self.described(api, name)?)
            }
            (_, ["resourceType", _, _, stray, ..]) => {
                return Err(stray_segment(stray));
            }
            (_, ["resourceType", name] | [name, "metadata"]) => {
                AddressTarget::Metadata(self.described(api, name)?)
            }
            (_, [name, rest @ ..]) => self.within(api, self.resource(api, name)?, None, rest)?,
        };
        Ok(Address { root, api, target })
    }

    /// A resource by the name in a URL: with or without `.json`, `history` in any letter case.
    fn resource(self, api: ApiRoot, name: &str) -> Result<&'a Resource> {
        let plain = name.strip_suffix(".json").unwrap_or(name);
        let plain = if plain.eq_ignore_ascii_case("history") { "history" } else { plain };
        self.model
            .resource(plain)
            .filter(|resource| api.serves(resource, self.dialect))
            .ok_or_else(|| Error::UnknownResource(name.to_owned()))
    }

    /// A resource that has metadata, by its name or by the key of its metadata.
    fn described(self, api: ApiRoot, name: &str) -> Result<&'a Resource> {
        self.resource(api, name).or_else(|unknown| {
            let found = self.model.resource(name).or_else(|| (self.resource_by_metadata_key)(name));
            let found = found.ok_or(unknown)?;
            let named = |other: &&Resource| other.name() == found.name();
            let described = api.serves(found, self.dialect)
                || api.described(self.model, self.dialect).iter().any(named);
            described.then_some(found).ok_or_else(|| Error::UnknownResource(name.to_owned()))
        })
    }

    /// What follows a resource, or a collection of a record.
    fn within(
        self,
        api: ApiRoot,
        resource: &'a Resource,
        parent: Option<ParentRecord<'a>>,
        segments: &[&'a str],
    ) -> Result<AddressTarget<'a>> {
        let filters: Vec<&str> =
            segments.iter().map_while(|segment| self.filter(api, resource, segment)).collect();
        let rest = &segments[filters.len()..];
        let list = |filters| ListEndpoint { resource, parent, filters };
        match rest {
            [] => Ok(AddressTarget::List(list(filters))),
            ["_count"] => Ok(AddressTarget::Count(list(filters))),
            [segment, rest @ ..] if filters.is_empty() && is_key(resource, segment) => {
                self.of_record(api, RecordTarget { resource, key: segment, parent }, rest)
            }
            [segment, rest @ ..] => match visible(api, resource, segment) {
                Some(field) => match rest {
                    [] => Ok(AddressTarget::Attribute(list(filters), field)),
                    [stray, ..] => Err(stray_segment(stray)),
                },
                None if filters.is_empty() && self.may_be_key(resource, segment) => {
                    self.of_record(api, RecordTarget { resource, key: segment, parent }, rest)
                }
                None => Err(Error::FilterUnknown {
                    name: (*segment).to_owned(),
                    resource: resource.name().to_owned(),
                    known: resource.filter_names(api.shows_extensions()),
                    hidden: self.declared_filter(resource, segment).is_some(),
                }),
            },
        }
    }

    /// What follows the key of a record.
    fn of_record(
        self,
        api: ApiRoot,
        target: RecordTarget<'a>,
        rest: &[&'a str],
    ) -> Result<AddressTarget<'a>> {
        let [name, rest @ ..] = rest else { return Ok(AddressTarget::Record(target)) };
        let field = visible(api, target.resource, name).ok_or_else(|| stray_segment(name))?;
        let Kind::Collection(collection) = &field.kind else {
            return match rest {
                [] => Ok(AddressTarget::Member(target, field)),
                [segment, ..] => Err(stray_segment(segment)),
            };
        };
        let members = self.model.resource(&collection.of);
        let members = members.ok_or_else(|| Error::UnknownResource(collection.of.clone()))?;
        let parent = ParentRecord {
            resource: target.resource,
            key: target.key,
            collection: &field.name,
            link: &collection.through,
        };
        self.within(api, members, Some(parent), rest)
    }

    /// The filter that a segment names, if the API has it.
    fn filter(self, api: ApiRoot, resource: &'a Resource, segment: &str) -> Option<&'a str> {
        self.declared_filter(resource, segment)
            .filter(|filter| filter.is_shown(api.shows_extensions()))
            .map(|filter| filter.name.as_str())
    }

    /// The filter that a segment names; the v8 product does without the `by` of custom ones.
    fn declared_filter(self, resource: &'a Resource, segment: &str) -> Option<&'a Filter> {
        resource.filter(segment).or_else(|| {
            let mut letters = segment.chars();
            let first = letters.next().filter(|_| self.dialect == Dialect::V8)?;
            let custom = format!("by{}{}", first.to_uppercase(), letters.as_str());
            resource.filter(&custom).filter(|filter| filter.custom)
        })
    }

    /// Whether a segment may be the key of a record: the name of a filter is none that a customer gives,
    /// and no number (`docs/reference/campaign-standard.md` §4.4). Under v8 nothing is known of that.
    fn may_be_key(self, resource: &'a Resource, segment: &str) -> bool {
        let acs = self.dialect == Dialect::Acs;
        let names_filter = looks_like_filter(segment)
            || (acs && self.declared_filter(resource, segment).is_some());
        !names_filter || resource.key.as_ref().is_some_and(|key| !key.upsert)
    }
}

fn stray_segment(segment: &str) -> Error {
    Error::StraySegment { segment: segment.to_owned(), custom: false }
}

fn is_key(resource: &Resource, segment: &str) -> bool {
    segment.starts_with('@') && resource.filter(segment).is_none()
}

/// A field that the API shows.
fn visible<'a>(api: ApiRoot, resource: &'a Resource, name: &str) -> Option<&'a Field> {
    resource.field(name).filter(|field| field.is_shown(api.shows_extensions()))
}

/// Filters are named `by…` or `has…`.
fn looks_like_filter(segment: &str) -> bool {
    ["by", "has"].iter().any(|start| {
        segment.strip_prefix(start).is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(path: &str, check: impl FnOnce(Result<Address<'_>>)) {
        let model = Model::default();
        let reader =
            Reader { model: &model, dialect: Dialect::Acs, resource_by_metadata_key: &|_| None };
        check(reader.read(&decode(path)));
    }

    #[test]
    fn spellings_of_one_address_are_one_address() {
        for root in ["profileAndServices", "profilesAndServices"] {
            for path in [
                format!("{root}/profile/@abc"),
                format!("{root}//profile///@abc/"),
                format!("/{root}/profile%2F@abc"),
                format!("{root}%2fprofile%2f@abc%2F"),
                format!("{root}/profile.json/@abc"),
            ] {
                read(&path, |address| {
                    let address = address.unwrap();
                    assert_eq!(address.root, root);
                    let AddressTarget::Record(target) = address.target else { panic!("{path}") };
                    assert_eq!((target.resource.name(), target.key), ("profile", "@abc"));
                });
            }
        }
        read("profileAndServices/History/@abc", |address| {
            let AddressTarget::Record(target) = address.unwrap().target else { panic!("history") };
            assert_eq!(target.resource.name(), "history");
        });
    }

    #[test]
    fn filters_counts_attributes_and_collections_are_told_apart() {
        for (path, expected) in [
            ("profileAndServices/profile//_count", "count "),
            ("profileAndServices/profile/byText%2FbyEmail/_count", "count byText,byEmail"),
            ("profileAndServices/profile/byText/", "list byText"),
            ("profileAndServices/profile/email", "attribute email"),
            ("profileAndServices/profile/byText/email", "attribute email"),
            ("profileAndServices/profile/@a/email", "member email of @a"),
            ("profileAndServices/profile/@a/subscriptions/", "list under @a through subscriber"),
            ("profileAndServices/service/SVC1/subscriptions/@b", "record @b under SVC1"),
            ("profileAndServices/service/SVC1", "record SVC1"),
            ("profileAndServices/service/byName", "record byName"),
            ("profileAndServices/service/metadata", "metadata service"),
            ("profileAndServicesExt/resourceType/orgUnitBase", "metadata orgUnitBase"),
            ("profileAndServices/resourceType/subscription", "metadata subscription"),
            ("profileAndServices/broadLog/metadata", "metadata broadLog"),
            ("profileAndServices/resourceType/profile/filters/", "filters profile"),
            ("profileAndServicesExt", "resources"),
            ("workflow/execution/WKF1/commands", "workflow WKF1 commands"),
        ] {
            read(path, |address| {
                let list = |list: &ListEndpoint<'_>| {
                    let filters = list.filters.join(",");
                    let parent = list.parent.map(|a| format!("under {} through {}", a.key, a.link));
                    parent.unwrap_or(filters)
                };
                let shown = match address.unwrap().target {
                    AddressTarget::Resources => "resources".to_owned(),
                    AddressTarget::Metadata(resource) => format!("metadata {}", resource.name()),
                    AddressTarget::Filters(resource) => format!("filters {}", resource.name()),
                    AddressTarget::List(found) => format!("list {}", list(&found)),
                    AddressTarget::Count(found) => format!("count {}", list(&found)),
                    AddressTarget::Attribute(_, field) => format!("attribute {}", field.name),
                    AddressTarget::Member(target, field) => {
                        format!("member {} of {}", field.name, target.key)
                    }
                    AddressTarget::Record(target) => match target.parent {
                        Some(parent) => format!("record {} under {}", target.key, parent.key),
                        None => format!("record {}", target.key),
                    },
                    AddressTarget::Workflow { key, rest } => {
                        format!("workflow {key} {}", rest.join("/"))
                    }
                };
                assert_eq!(shown, expected, "{path}");
            });
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (path, named) in [
            ("profileAndServices/orgUnitBase", "'orgUnitBase'"),
            ("customResources/profile", "'profile'"),
            ("head/privacyTool", "'head'"),
            ("", "''"),
            ("profileAndServices/profile/@a/email/x", "'x'"),
            ("profileAndServices/profile/@a/nope", "'nope'"),
            ("profileAndServices/profile/byShoeSize", "'byShoeSize'"),
            ("profileAndServices/profile/byText/email2", "'email2'"),
            ("profileAndServices/subscription", "'subscription'"),
        ] {
            read(path, |address| {
                let refusal = address.unwrap_err().to_string();
                assert!(refusal.contains(named), "{path}: {refusal}");
            });
        }
    }

    proptest! {
        #[test]
        fn any_path_is_read_or_refused(path in "\\PC{0,80}") {
            read(&path, |_| {});
        }
    }
}
