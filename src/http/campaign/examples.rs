//! Values to try in Campaign's document. They are of the records that the tenant has, so that calls made
//! with them find something.

use serde_json::{Map, Value, json};

use crate::domain::{
    ANY_LENGTH, Access, Collection, Condition, Field, Filter, Kind, Link, Order, Policy, Query,
    Record, Resource, Rule,
};
use crate::service::{Services, Tenant};

/// How many records are looked through for one that has records linked to it.
const LOOKED_AT: usize = 25;

/// The key of a record that is created by its example.
const NEW_KEY: &str = "EXAMPLE-1";

/// Examples for a tenant.
pub(super) struct Examples<'a> {
    pub(super) services: &'a Services,
    pub(super) tenant: &'a Tenant,
}

impl Examples<'_> {
    /// What names the first record of a resource in a path; where there is none, the one that its
    /// example creates.
    pub(super) fn key(&self, resource: &Resource) -> Option<String> {
        match self.first(resource) {
            Some(record) => Some(self.key_of(resource, &record)),
            None if resource.verbs.create => resource.key.as_ref().map(|_| NEW_KEY.to_owned()),
            None => None,
        }
    }

    /// What names a record that has records in a collection, and what names the first of these.
    pub(super) fn member(&self, owner: &Resource, of: &Collection) -> Option<(String, String)> {
        let members = self.tenant.model.resource(&of.of)?;
        self.page(owner, Vec::new(), LOOKED_AT, None).iter().find_map(|record| {
            let linked = Condition::LinkedTo { link: of.through.clone(), to: record.number };
            let found = self.page(members, vec![linked], 1, None);
            Some((self.key_of(owner, record), self.key_of(members, found.first()?)))
        })
    }

    /// What names the newest record of a resource: one that fewest others link to.
    pub(super) fn newest_key(&self, resource: &Resource) -> Option<String> {
        Some(self.key_of(resource, &self.newest(resource)?))
    }

    /// The value of a filter's parameter, if it takes one to try.
    pub(super) fn parameter(
        &self,
        resource: &Resource,
        filter: &Filter,
        field: &Field,
    ) -> Option<Value> {
        let first = self.first(resource);
        let held = |name: &str| {
            let value = first.as_ref()?.attributes.values().get(name)?;
            (value.is_string() || value.is_number() || value.is_boolean()).then(|| value.clone())
        };
        match &filter.rule {
            Rule::Compare { comparisons, .. } => {
                let own = comparisons
                    .iter()
                    .find(|one| one.parameter == field.name && one.over.is_empty());
                own.and_then(|one| held(&one.field)).or_else(|| self.sample(field))
            }
            Rule::Text(fields) => {
                fields.iter().find_map(|name| held(name)).or_else(|| Some("A".into()))
            }
            Rule::Birthday => match field.name.as_str() {
                "day" => Some("31".into()),
                "month" => Some("12".into()),
                _ => None,
            },
            Rule::Planned { .. } => {
                Some(if field.name == "startDate" { "2019-01-01" } else { "2030-12-31" }.into())
            }
            Rule::Related { resource: other, parameter, of, .. } => {
                let others = self.tenant.model.resource(other)?;
                match others.field(parameter).map(|field| &field.kind) {
                    Some(Kind::Link(_)) => {
                        self.key(self.tenant.model.resource(of)?).map(Value::from)
                    }
                    _ => Some(self.first(others)?.attributes.text(parameter).into()),
                }
            }
            Rule::Is => self.key(resource).map(Value::from),
        }
    }

    /// The key of the first activity of the first workflow.
    pub(super) fn activity(&self, workflow: &Resource) -> Option<String> {
        let execution = self.services.workflow(self.tenant, &self.key(workflow)?).ok()?;
        Some(execution.activities.first()?.pkey.to_string())
    }

    /// The body of a call that creates a record, below a record that `under` links to or by itself.
    pub(super) fn created(
        &self,
        resource: &Resource,
        extended: bool,
        under: Option<&str>,
    ) -> Value {
        if let Some(pair) = resource.pair {
            let links = resource.links().filter(|(field, _)| {
                pair.links.contains(&field.name.as_str()) && under != Some(field.name.as_str())
            });
            return links
                .filter_map(|(field, link)| Some((field.name.clone(), self.newest_link(link)?)))
                .collect();
        }
        if resource.event.is_some() && resource.field("email").is_some() {
            return json!({
                "email": self.first_text("profile", "email"),
                "ctx": {"firstName": self.first_text("profile", "firstName")},
            });
        }
        match resource.name() {
            "profile" => {
                json!({"firstName": "Ada", "lastName": "Byron", "email": "ada.byron@example.com"})
            }
            "privacyTool" => json!({
                "name": NEW_KEY,
                "label": "A request for access",
                "namespaceName": self.namespace_of_emails(),
                "reconciliationValue": self.first_text("profile", "email"),
                "type": "access",
                "regulation": "CCPA",
            }),
            _ => {
                let mut fields = writable(resource, extended)
                    .filter(|field| !matches!(field.kind, Kind::Link(_)));
                let shown: Map<_, _> = fields
                    .by_ref()
                    .filter_map(|field| {
                        Some((field.name.clone(), self.new_value(resource, field)?))
                    })
                    .take(4)
                    .collect();
                shown.into()
            }
        }
    }

    /// The body of a call that changes a record.
    pub(super) fn changed(&self, resource: &Resource, extended: bool) -> Value {
        if resource.field("ccpaOptOut").is_some() {
            return json!({"ccpaOptOut": true});
        }
        let fields: Vec<_> =
            writable(resource, extended).filter(|field| !resource.is_key(&field.name)).collect();
        let label = fields.iter().find(|field| field.name == "label");
        let plain = label.or_else(|| fields.iter().find(|field| self.sample(field).is_some()));
        let member = plain.and_then(|field| Some((field.name.clone(), self.sample(field)?)));
        member.into_iter().collect()
    }

    /// The body of a call that creates or changes a record by its own key.
    pub(super) fn upserted(&self, resource: &Resource, extended: bool) -> Value {
        let mut body = self.changed(resource, extended);
        if let (Some(key), Some(value)) = (&resource.key, self.key(resource)) {
            body[&key.field] = value.into();
        }
        body
    }

    /// A value of a new record.
    fn new_value(&self, resource: &Resource, field: &Field) -> Option<Value> {
        if resource.is_key(&field.name) { Some(NEW_KEY.into()) } else { self.sample(field) }
    }

    /// A value that a field takes.
    fn sample(&self, field: &Field) -> Option<Value> {
        Some(match &field.kind {
            Kind::Text { policy: Policy::Email, .. } => "ada.byron@example.com".into(),
            Kind::Text { max, .. } if *max == ANY_LENGTH || *max >= 7 => "Example".into(),
            Kind::Boolean { .. } => true.into(),
            Kind::Number { .. } => 1.into(),
            Kind::Date => "2020-01-31".into(),
            Kind::DateTime => "2020-01-31 08:00:00.000Z".into(),
            Kind::Enumeration(list) => list.names().next()?.into(),
            Kind::Object => json!({"firstName": "Ada"}),
            Kind::Link(link) => self.key(self.tenant.model.resource(&link.to)?)?.into(),
            _ => return None,
        })
    }

    fn newest_link(&self, link: &Link) -> Option<Value> {
        let target = self.tenant.model.resource(&link.to)?;
        let pkey = self.tenant.keyring.of(target).pkey(self.newest(target)?.number);
        Some(json!({"PKey": pkey.to_string()}))
    }

    /// The name of the namespace whose values are e-mail addresses.
    fn namespace_of_emails(&self) -> Option<String> {
        let resource = self.tenant.model.resource("privacyNamespace")?;
        let known = self.page(resource, Vec::new(), LOOKED_AT, None);
        let found = known.iter().find(|one| one.attributes.text("field") == "email")?;
        Some(found.attributes.text("name").to_owned())
    }

    fn first_text(&self, resource: &str, field: &str) -> String {
        let resource = self.tenant.model.resource(resource);
        let first = resource.and_then(|resource| self.first(resource));
        first.map(|record| record.attributes.text(field).to_owned()).unwrap_or_default()
    }

    /// A record's own key, else its `PKey`.
    fn key_of(&self, resource: &Resource, record: &Record) -> String {
        let own = resource.key_value(&record.attributes).map(str::to_owned);
        own.unwrap_or_else(|| self.tenant.keyring.of(resource).pkey(record.number).to_string())
    }

    fn first(&self, resource: &Resource) -> Option<Record> {
        self.page(resource, Vec::new(), 1, None).pop()
    }

    fn newest(&self, resource: &Resource) -> Option<Record> {
        let order = Order { field: "created".to_owned(), descending: true };
        self.page(resource, Vec::new(), 1, Some(order)).pop()
    }

    fn page(
        &self,
        resource: &Resource,
        conditions: Vec<Condition>,
        lines: usize,
        order: Option<Order>,
    ) -> Vec<Record> {
        let query = Query { conditions, order, lines, ..Query::default() };
        // A document without an example is better than none.
        self.services
            .records(self.tenant, resource, &query)
            .map(|page| page.content)
            .unwrap_or_default()
    }
}

/// The fields that a client sets, as an API takes them.
fn writable(resource: &Resource, extended: bool) -> impl Iterator<Item = &Field> {
    resource.fields.iter().filter(move |field| {
        matches!(field.access, Access::Writable | Access::WriteOnly)
            && (extended || !field.extension)
    })
}
