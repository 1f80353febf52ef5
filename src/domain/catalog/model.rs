//! The data model of a customer: what Adobe ships and what the customer declares of his own.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::custom_filter::CustomFilter;
use super::customer_names::{field_name, prefixed_name};
use super::enumeration::label_of;
use super::event::EventKind;
use super::resource::find_resource;
use super::{
    Access, Collection, Derived, Enumeration, EnumerationValue, Event, Field, Home, INVALID_VALUE,
    Key, Kind, Link, Names, Policy, Resource, StoredAs, Title, TitlePart, Verbs, described,
    history, messages, privacy_tool, profile, resource, services, shared, text, units, workflows,
    writable,
};

/// Every resource of a customer's tenants.
#[derive(Debug, Clone)]
pub struct Model {
    /// In order of their names.
    resources: Vec<Resource>,
}

/// A line of a customer's data model.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "declare", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(deny_unknown_fields)]
pub enum Declaration {
    /// A resource of his own.
    Resource(CustomResource),
    /// A field of the profile or of a resource of his own.
    Field(CustomField),
    /// A filter that compares fields with parameters, `by<Name>?<parameter>_parameter=…`.
    Filter(CustomFilter),
    /// What the titles of a resource of his own are made of.
    Title {
        /// The resource.
        on: String,
        /// Fields and texts: `@brand + ' (' + @number + ')'`.
        expression: String,
    },
    /// A transactional event, `EVT…`.
    Event {
        /// As in the URL.
        name: String,
        /// Where its messages say whom they are for; in any way, if the seed does not say.
        kind: Option<EventKind>,
        /// Of an event based on profiles: members of `ctx`, and the fields of the profile that they are
        /// compared with.
        #[serde(default)]
        reconciliation: BTreeMap<String, String>,
    },
}

/// A resource that a customer adds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomResource {
    /// As in the URL: `cusPurchase`.
    pub name: String,
    /// What people call it.
    pub label: Option<String>,
    /// Served under `profileAndServicesExt`, else under `customResources`.
    #[serde(default)]
    pub linked_to_profile: bool,
    /// Whether its records get an `acsId`.
    #[serde(default)]
    pub auto_id: bool,
    /// What its records do not have of what others have.
    #[serde(default)]
    pub without: Vec<Computed>,
}

/// What the server computes for the records of a customer's resource, unless the customer has it left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Computed {
    /// When the record was created.
    Created,
    /// When it was last written.
    LastModified,
    /// What people see of it.
    Title,
}

impl Computed {
    const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::LastModified => "lastModified",
            Self::Title => "title",
        }
    }
}

/// A field that a customer adds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomField {
    /// The resource.
    pub on: String,
    /// API name: `cusHobby`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What people call it.
    pub label: Option<String>,
    /// Most characters of a text.
    pub length: Option<usize>,
    /// Values of an enumeration.
    #[serde(default)]
    pub values: Vec<DeclaredValue>,
    /// What an unset text or enumeration reads as; of an enumeration, else its first value.
    pub default: Option<String>,
    /// Whether its value names a record; one field of a resource may.
    #[serde(default)]
    pub key: bool,
    /// The resource that a link leads to.
    pub to: Option<String>,
    /// Whether a record goes when the target of this link goes.
    #[serde(default)]
    pub own: bool,
    /// The name of the link's other side: a collection of the target.
    pub collection: Option<String>,
    /// What people call that collection.
    pub collection_label: Option<String>,
}

/// A value of an enumeration that a customer adds.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a value is a text, or an object with 'name', 'label' and 'value'")]
pub enum DeclaredValue {
    /// Its API name, which is stored too.
    Name(String),
    /// Each of its names.
    Full(FullValue),
}

/// A value of an enumeration, with each of its names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FullValue {
    /// API name.
    pub name: String,
    /// What people call it.
    pub label: Option<String>,
    /// What the database keeps; its name, if left out.
    pub value: Option<String>,
}

/// The type of a field that a customer adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FieldType {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// One of a list of strings.
    Enumeration,
    /// Another record.
    Link,
}

impl Default for Model {
    /// What Adobe ships.
    fn default() -> Self {
        let mut resources = vec![
            history::audience_member(),
            history::broad_log(),
            history::history(),
            history::sub_histo(),
            privacy_tool::privacy_namespace(),
            privacy_tool::privacy_tool(),
            profile::profile(),
            services::service(),
            services::subscription(),
            units::geo_unit(),
            units::org_unit(),
            workflows::signal(),
            workflows::workflow(),
        ];
        resources.extend(described::described());
        resources.sort_by(|one, other| one.name().cmp(other.name()));
        Self { resources }
    }
}

impl Model {
    /// All resources, in order of their names.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter()
    }

    /// The resource of that API name.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        find_resource(&self.resources, name)
    }

    /// All resources, in order of their names.
    pub(super) fn as_slice(&self) -> &[Resource] {
        &self.resources
    }

    fn resource_mut(&mut self, name: &str) -> Option<&mut Resource> {
        let at = self.resources.binary_search_by(|resource| resource.name().cmp(name)).ok()?;
        self.resources.get_mut(at)
    }

    /// The profile, which every model has.
    ///
    /// # Panics
    /// Never: [`Self::default`] is the only beginning of a model, and nothing is ever taken out.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a start-up invariant")]
    pub fn profile(&self) -> &Resource {
        self.resource("profile").expect("every model has the profile")
    }

    /// The links that lead to a resource, with the resource that each is of.
    pub fn links_to(&self, target: &str) -> impl Iterator<Item = (&Resource, &Field, &Link)> {
        self.resources.iter().flat_map(move |resource| {
            resource
                .links()
                .filter(move |(_, link)| link.to == target)
                .map(move |(field, link)| (resource, field, link))
        })
    }

    /// What links, collections and filters lead to, step by step, from the given resources; the ones
    /// given are not among it.
    #[must_use]
    pub fn led_to<'a>(&'a self, from: &[&'a Resource], extended: bool) -> Vec<&'a Resource> {
        let mut found = from.to_vec();
        let mut at = 0;
        while let Some(resource) = found.get(at).copied() {
            for target in self.targets(resource, extended) {
                let known = found.iter().any(|known| known.name() == target);
                found.extend(self.resource(&target).filter(|_| !known));
            }
            at += 1;
        }
        found.split_off(from.len())
    }

    /// The names of the resources that the links, collections and filters of one lead to.
    fn targets(&self, resource: &Resource, extended: bool) -> Vec<String> {
        let fields = resource.fields.iter().filter(|field| field.is_described(extended)).cloned();
        let filters = resource.filters.iter().filter(|filter| filter.is_shown(extended));
        let parameters = filters.flat_map(|filter| filter.parameter_fields(resource, self));
        let target = |field: Field| Some(field.target()?.0.to_owned());
        fields.chain(parameters).filter_map(target).collect()
    }

    /// Makes it the model of the v8 product, which shows some of the profile's fields as extensions.
    pub fn turn_into_v8(&mut self) {
        let profile = self.resource_mut("profile");
        for field in profile.into_iter().flat_map(|profile| &mut profile.fields) {
            field.extension |= profile::EXTENSION_IN_V8.contains(&field.name.as_str());
        }
    }

    /// Adds what a customer declares.
    ///
    /// # Errors
    /// What is wrong with it, naming the field.
    pub fn declare(&mut self, declaration: Declaration) -> Result<(), String> {
        match declaration {
            Declaration::Resource(resource) => self.add_resource(&resource),
            Declaration::Field(field) => self.add_field(&field),
            Declaration::Filter(filter) => self.add_filter(filter),
            Declaration::Title { on, expression } => self.set_title(&on, &expression),
            Declaration::Event { name, kind, reconciliation } => {
                self.add_event(&name, kind, reconciliation)
            }
        }
    }

    fn add_event(
        &mut self,
        name: &str,
        kind: Option<EventKind>,
        reconciliation: BTreeMap<String, String>,
    ) -> Result<(), String> {
        if !name.starts_with("EVT") {
            return Err(format!("'{name}': the name of an event starts with 'EVT'"));
        }
        if (kind == Some(EventKind::Profile)) == reconciliation.is_empty() {
            return Err(format!(
                "'{name}': 'reconciliation' names members of ctx and fields of the profile; events of \
                 the kind 'profile' need it, others have none"
            ));
        }
        let compares = |field: &&String| self.profile().field(field).is_some_and(Field::comparable);
        let missing = reconciliation.values().find(|field| !compares(field));
        if let Some(field) = missing {
            return Err(format!("'{name}': 'profile' has no plain field '{field}'"));
        }
        let event = match kind {
            None => Event::Any,
            Some(EventKind::Address) => Event::Address,
            Some(EventKind::Push) => Event::Push,
            Some(EventKind::Profile) => Event::Profile(reconciliation),
        };
        self.add(messages::event(name, event))
    }

    fn set_title(&mut self, on: &str, expression: &str) -> Result<(), String> {
        let parts = TitlePart::parse(expression)?;
        let resource = self.extensible(on)?;
        if on == "profile" {
            return Err("the title of 'profile' cannot be changed".to_owned());
        }
        for part in &parts {
            if let TitlePart::Field(name) = part
                && !resource.field(name).is_some_and(is_stored)
            {
                return Err(format!("'{on}' has no plain field '{name}': declare it first"));
            }
        }
        match resource.field_mut("title").map(|field| &mut field.kind) {
            Some(Kind::Derived(Derived::Title(title))) => {
                *title = Title::Parts(parts);
                Ok(())
            }
            _ => Err(format!("'{on}' is declared without 'title'")),
        }
    }

    fn add(&mut self, resource: Resource) -> Result<(), String> {
        match self.resources.binary_search_by(|known| known.name().cmp(resource.name())) {
            Ok(_) => Err(format!("there is a resource '{}' already", resource.name())),
            Err(at) => {
                self.resources.insert(at, resource);
                Ok(())
            }
        }
    }

    fn add_resource(&mut self, custom: &CustomResource) -> Result<(), String> {
        let name = &custom.name;
        prefixed_name(name)?;
        let label = &custom.label.clone().unwrap_or_else(|| label_of(name));
        let mut fields = vec![
            shared::pkey(),
            shared::created(),
            shared::href(),
            shared::last_modified(),
            shared::title(label, Title::Parts(Vec::new())),
        ];
        fields.retain(|field| !custom.without.iter().any(|one| one.name() == field.name));
        if custom.auto_id {
            fields.push(text("acsId", 36).read_only().labeled("ACS ID"));
        }
        let home = if custom.linked_to_profile { Home::Extended } else { Home::Custom };
        self.add(Resource {
            home,
            verbs: Verbs::ALL,
            ..resource(Names::new(name, name, &format!("cus:{name}"), label, label), fields)
        })
    }

    fn add_field(&mut self, custom: &CustomField) -> Result<(), String> {
        let unit = matches!(custom.name.as_str(), "orgUnit" | "geoUnit") && custom.on == "profile";
        if !unit {
            field_name(&custom.on, &custom.name)?;
        }
        if custom.kind == FieldType::Link {
            self.add_collection(custom)?;
        }
        let history = custom.on == "profile";
        let field = custom.field()?;
        let resource = self.extensible(&custom.on)?;
        if resource.field(&custom.name).is_some() {
            return Err(format!("'{}' has a field '{}' already", custom.on, custom.name));
        }
        if custom.key {
            if resource.key.is_some() {
                return Err(format!("'{}' has a key already", custom.on));
            }
            if !matches!(field.kind, Kind::Text { .. }) {
                return Err(format!("'{}': a key is a text", custom.name));
            }
            resource.key = Some(Key {
                field: custom.name.clone(),
                prefix: None,
                upsert: true,
                constraint: format!("{}_{}", custom.on, custom.name).to_lowercase(),
                column: format!("s{}", custom.name).to_lowercase(),
            });
            let title = resource.field_mut("title").map(|field| &mut field.kind);
            if let Some(Kind::Derived(Derived::Title(Title::Parts(parts)))) = title
                && parts.is_empty()
            {
                parts.push(TitlePart::Field(custom.name.clone()));
            }
        }
        insert(&mut resource.fields, field.clone());
        let key = resource.key.clone();
        // A profile's history shows the profile once more, its scalars and its key with it.
        if history
            && !matches!(field.kind, Kind::Link(_))
            && let Some(history) = self.resource_mut("history")
        {
            insert(&mut history.fields, field);
            history.key = key;
        }
        Ok(())
    }

    /// The other side of a link.
    fn add_collection(&mut self, custom: &CustomField) -> Result<(), String> {
        let name = &custom.name;
        let to = custom.to.as_deref().ok_or_else(|| format!("'{name}': a link needs 'to'"))?;
        let target = self
            .resource_mut(to)
            .ok_or_else(|| format!("'{name}': there is no resource '{to}'"))?;
        let Some(collection) = &custom.collection else { return Ok(()) };
        field_name(to, collection)?;
        if target.field(collection).is_some() {
            return Err(format!("'{to}' has a field '{collection}' already"));
        }
        let kind = Kind::Collection(Collection {
            of: custom.on.clone(),
            through: name.clone(),
            metadata: None,
            own_key: false,
        });
        let mut field = Field::new(collection, kind, Access::ReadOnly);
        if let Some(label) = &custom.collection_label {
            field.label.clone_from(label);
        }
        field.extension = target.home == Home::Profiles;
        insert(&mut target.fields, field);
        Ok(())
    }

    fn add_filter(&mut self, declared: CustomFilter) -> Result<(), String> {
        let on = declared.on.clone();
        let resource = &*self.extensible(&on)?;
        if resource.filter(&declared.name).is_some() || resource.field(&declared.name).is_some() {
            return Err(format!("'{on}' has '{}' already", declared.name));
        }
        let filter = declared.filter(&self.resources)?;
        let filters = &mut self.extensible(&on)?.filters;
        filters.push(filter);
        filters.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(())
    }

    /// A resource that a customer may add to.
    fn extensible(&mut self, name: &str) -> Result<&mut Resource, String> {
        if name != "profile" && !name.starts_with("cus") {
            return Err(format!("'{name}' cannot be extended: 'profile' and 'cus…' can"));
        }
        self.resource_mut(name)
            .ok_or_else(|| format!("there is no resource '{name}': declare it first"))
    }
}

impl CustomField {
    fn field(&self) -> Result<Field, String> {
        let name = &self.name;
        let default = self.default.clone().unwrap_or_default();
        let kind = match self.kind {
            FieldType::Text => {
                let max = self.length.unwrap_or(255);
                Kind::Text { max, policy: Policy::None, default }
            }
            FieldType::Number => Kind::Number { whole: false },
            FieldType::Integer => Kind::Number { whole: true },
            FieldType::Boolean => Kind::Boolean { stamps: &[] },
            FieldType::Date => Kind::Date,
            FieldType::DateTime => Kind::DateTime,
            FieldType::Enumeration => Kind::Enumeration(self.enumeration()?),
            FieldType::Link => Kind::Link(Link {
                to: self.to.clone().unwrap_or_default(),
                own: self.own,
                expanded: &[],
            }),
        };
        let unit = match name.as_str() {
            "orgUnit" => Some(shared::org_unit()),
            "geoUnit" => Some(shared::geo_unit()),
            _ => None,
        };
        let mut field = writable(name, kind);
        field.extension = self.on == "profile";
        if let Some(label) = self.label.clone().or(unit.map(|unit| unit.label)) {
            field.label = label;
        }
        Ok(field)
    }

    fn enumeration(&self) -> Result<Enumeration, String> {
        let name = &self.name;
        let values: Vec<_> = self.values.iter().map(EnumerationValue::from).collect();
        let first = values.first().ok_or_else(|| format!("'{name}': it needs 'values'"))?;
        for (at, value) in values.iter().enumerate() {
            if value.name == INVALID_VALUE {
                return Err(format!("'{name}': '{INVALID_VALUE}' stands for what is no value"));
            }
            if values.iter().take(at).any(|other| other.name == value.name) {
                return Err(format!("'{name}': the value '{}' occurs twice", value.name));
            }
        }
        let default = self.default.as_ref().unwrap_or(&first.name).clone();
        let list = Enumeration {
            name: format!("cus:{}:{name}", self.on),
            default,
            values,
            languages: false,
            stored_as: StoredAs::Text { length: self.length.unwrap_or(255) },
        };
        if !list.contains(&list.default) {
            return Err(format!("'{name}': its default '{}' is not in 'values'", list.default));
        }
        Ok(list)
    }
}

impl From<&DeclaredValue> for EnumerationValue {
    fn from(declared: &DeclaredValue) -> Self {
        let (name, label, stored) = match declared {
            DeclaredValue::Name(name) => (name, None, None),
            DeclaredValue::Full(full) => (&full.name, full.label.as_ref(), full.value.as_ref()),
        };
        Self {
            name: name.clone(),
            label: label.map_or_else(|| label_of(name), Clone::clone),
            stored: stored.unwrap_or(name).clone(),
        }
    }
}

fn insert(fields: &mut Vec<Field>, field: Field) {
    let at = fields.partition_point(|known| known.name < field.name);
    fields.insert(at, field);
}

/// Whether a field is one plain value that is written.
fn is_stored(field: &Field) -> bool {
    field.sortable() && !matches!(field.kind, Kind::Derived(_))
}
