//! Campaign's document: what a tenant's catalog declares, at every address that serves it.

use serde_json::{Value, json};

use super::super::error::GatewayRefusal;
use super::super::openapi::{
    Document, JSON, Operation, Parameter, anything, at_least, boolean, exactly, integer, named,
    object, optional, pattern, text, words,
};
use super::super::schemas::{self, Schemas};
use super::super::settings::{ApiSettings, Dialect, ErrorBody, LongTexts, PatchReturns};
use super::address::ApiRoot;
use super::examples::Examples;
use super::metadata::{self, MetadataSchemas};
use super::record_schemas::{body_schema, list_schema, record_schema, workflow_schema};
use crate::domain::{
    Addressed, Collection, Deleted, Derived, Field, Home, Kind, Model, Resource, Rule,
};
use crate::service::{Services, Tenant};

const ABOUT: &str = "Campaign Standard as this server imitates it, for one tenant: its catalog with what its \
customer declares. Paths that answer the same under another spelling are left out: `profilesAndServices`, `.json`, \
several filters in a row, `/{resource}/{field}` for one field of every record. Any call may also answer 405, 408, \
413 and, when the server is stopping, overloaded or out of disk, 503 or 507. A 500 here is what the real API answers \
to most bad calls.";

const FAILED: &str = "Refused, as the real API refuses most bad calls: its text as a JSON string.";
const MISSING: &str = "No such record, resource or filter, or a link that leads nowhere.";

/// The document of a tenant.
pub(in crate::http) fn document(
    tenant: &Tenant,
    settings: &ApiSettings,
    base_url: &str,
    services: &Services,
) -> Value {
    let server = format!("{base_url}/{}/campaign", tenant.name);
    let document = Document::new("Adobe Campaign Standard", ABOUT, &server);
    let mut structs = Schemas::new();
    let metadata = MetadataSchemas::new(&mut structs);
    let examples = Examples { services, tenant };
    let mut drawing = Drawing { document, tenant, settings, examples, metadata };
    drawing.frame(structs);
    let messages = format!("mc{}", tenant.name);
    for root in
        ["profileAndServices", "profileAndServicesExt", "customResources", "privacy", &messages]
    {
        if let Some(api) = ApiRoot::of(root) {
            drawing.root(root, api);
        }
    }
    drawing.workflows();
    drawing.document.tags(&tags(&tenant.model));
    drawing.document.into_value()
}

/// The order in which the resources are shown: profiles first, what describes them last.
fn tags(model: &Model) -> Vec<&str> {
    let (profile, rest): (Vec<_>, Vec<_>) = model
        .resources()
        .filter(|resource| resource.home != Home::Inner)
        .map(Resource::name)
        .partition(|name| *name == model.profile().name());
    [profile, rest, vec!["metadata"]].concat()
}

struct Drawing<'a> {
    document: Document,
    tenant: &'a Tenant,
    settings: &'a ApiSettings,
    examples: Examples<'a>,
    metadata: MetadataSchemas,
}

/// A list of records at an address.
struct Endpoint<'a> {
    path: String,
    api: ApiRoot,
    tag: &'a str,
    resource: &'a Resource,
    /// The parameters in its path.
    keys: Vec<Parameter>,
    /// Where it is the collection of another resource's records.
    collection: Option<Nested<'a>>,
}

/// A collection of the records of a resource.
struct Nested<'a> {
    /// The link that leads to the record that has it.
    through: &'a str,
    /// The key of a record to create another member for.
    owner: Parameter,
    /// The key of a member.
    member: Option<String>,
}

impl<'a> Drawing<'a> {
    fn v8(&self) -> bool {
        self.settings.dialect == Dialect::V8
    }

    /// What all calls share: credentials, refusals, the parameters of lists.
    fn frame(&mut self, mut structs: Schemas) {
        let document = &mut self.document;
        document.key("apiKey", "X-Api-Key", "The client id of a credential.");
        document.bearer("An access token of the token service, with the scope campaign_sdk.");
        document.security(&[&["apiKey", "token"]]);
        let gateway = structs.answer(schemas::of::<GatewayRefusal<'_>>());
        structs.name_in(document);
        document.schema("Oops", exactly([("code", integer()), ("message", text())]));
        let (kind, refusal) = match self.settings.error_body {
            ErrorBody::Json => (JSON, json!({"anyOf": [text(), named("Oops")]})),
            ErrorBody::Text => ("text/plain", text()),
        };
        document.refusal(401, "The token is not good.", JSON, &gateway);
        document.refusal(403, "Credentials are missing or give no right.", JSON, &gateway);
        document.refusal(404, MISSING, kind, &refusal);
        document.refusal(405, "The body lacks the key.", kind, &refusal);
        document.refusal(500, FAILED, kind, &refusal);
        document.schema("Href", object([("href", text())], [("metadata", text())]));
        document.schema("Written", exactly([("PKey", text()), ("href", text())]));
        document.schema("Count", exactly([("count", at_least(0))]));
        for parameter in [
            Parameter::query(
                "_lineCount",
                &json!({"type": "integer", "minimum": 1, "default": 25}),
            )
            .about("Most records on a page."),
            Parameter::query("_lineStart", &text())
                .about("A cursor, as found in a 'next' address."),
            Parameter::query("_order", &text())
                .about("A field, and 'desc' after a blank: 'lastModified desc'."),
            Parameter::query("_forcePagination", &boolean())
                .about("Pages also of tables with more than 100 000 records."),
            Parameter::header("X-Request-Id", &json!({"type": "string", "maxLength": 128}))
                .about("Comes back, and stands in the ledger of opt-outs."),
        ] {
            document.parameter(parameter);
        }
    }

    /// Everything below an API root.
    fn root(&mut self, root: &str, api: ApiRoot) {
        let dialect = self.settings.dialect;
        let model = &self.tenant.model;
        let served: Vec<&'a Resource> = api.resources(model, dialect);
        if served.is_empty() {
            return;
        }
        let described = api.described(model, dialect);
        let described = served.iter().chain(&described).copied();
        metadata::draw(&mut self.document, &self.metadata, root, described);
        for resource in served {
            let endpoint = Endpoint {
                path: format!("/{root}/{}", resource.name()),
                api,
                tag: resource.name(),
                resource,
                keys: Vec::new(),
                collection: None,
            };
            self.list(&endpoint, true);
            self.record(&endpoint);
        }
    }

    /// The calls on a list and its filters.
    fn list(&mut self, endpoint: &Endpoint<'a>, whole: bool) {
        let resource = endpoint.resource;
        let (name, label) = (self.described(endpoint), &resource.names.label);
        let list = |operation: Operation| {
            operation
                .asks(endpoint.keys.iter().cloned())
                .asks(
                    ["_lineCount", "_lineStart", "_order", "_forcePagination"]
                        .map(Parameter::shared),
                )
                .answers(200, "A page.", &named(&format!("{name}List")))
                .refuses(&[401, 403, 404, 500])
        };
        self.document.add(
            "get",
            &endpoint.path,
            list(Operation::new(endpoint.tag, &format!("{label}, page by page"))),
        );
        let count = Operation::new(endpoint.tag, &format!("How many {label} there are"))
            .asks(endpoint.keys.iter().cloned())
            .answers(200, "The number.", &named("Count"))
            .refuses(&[401, 403, 404, 500]);
        self.document.add("get", &format!("{}/_count", endpoint.path), count);
        if resource.verbs.create {
            let create = Operation::new(endpoint.tag, &format!("Create one of {label}"));
            self.document.add("post", &endpoint.path, self.create(endpoint, create, &name));
        }
        if !whole {
            return;
        }
        if resource.verbs.create && resource.key.as_ref().is_some_and(|key| key.upsert) {
            let summary = format!("Create or change one of {label} by its own key");
            let upsert = self.create(endpoint, Operation::new(endpoint.tag, &summary), &name);
            let example = self.examples.upserted(resource, self.extended(endpoint));
            let upsert = upsert.example(JSON, example);
            self.document.add("patch", &endpoint.path, upsert.refuses(&[405]));
        }
        for filter in
            resource.filters.iter().filter(|one| one.is_shown(endpoint.api.shows_extensions()))
        {
            let fields = filter.parameter_fields(resource, &self.tenant.model);
            let parameters: Vec<_> = fields
                .iter()
                .map(|field| {
                    let parameter = Parameter::query(&field.name, &text());
                    match self.examples.parameter(resource, filter, field) {
                        Some(value) => parameter.example(as_text(&value)),
                        None => parameter,
                    }
                })
                .collect();
            let chosen = matches!(filter.rule, Rule::Text(_))
                .then(|| Parameter::query("filterType", &text()));
            let filtered =
                list(Operation::new(endpoint.tag, &format!("{label}: {}", filter.label)));
            let path = format!("{}/{}", endpoint.path, filter.name);
            self.document.add("get", &path, filtered.asks(parameters).asks(chosen));
        }
    }

    /// A call that makes a record, or finds that there is one.
    fn create(&self, endpoint: &Endpoint<'_>, operation: Operation, name: &str) -> Operation {
        let owner = endpoint.collection.as_ref().map(|of| of.owner.clone());
        let keys = owner.map_or_else(|| endpoint.keys.clone(), |owner| vec![owner]);
        let under = endpoint.collection.as_ref().map(|of| of.through);
        let body = self.examples.created(endpoint.resource, self.extended(endpoint), under);
        let created = operation
            .asks(keys)
            .asks([Parameter::shared("X-Request-Id")])
            .takes(JSON, &named(&format!("{name}Body")))
            .example(JSON, body)
            .answers(201, "The record.", &named(name));
        let upserts = endpoint.resource.key.as_ref().is_some_and(|key| key.upsert);
        let created = if upserts { self.written(created, name) } else { created };
        created.refuses(&[401, 403, 404, 500])
    }

    /// What a change settings.
    fn written(&self, operation: Operation, name: &str) -> Operation {
        match self.settings.patch_returns {
            PatchReturns::Pkey => {
                operation.answers(200, "Key and address of the record.", &named("Written"))
            }
            PatchReturns::Record => operation.answers(200, "The record.", &named(name)),
        }
    }

    /// The calls on a record of a list, and on the lists that it has.
    fn record(&mut self, endpoint: &Endpoint<'a>) {
        let (resource, name) = (endpoint.resource, self.described(endpoint));
        let label = &resource.names.label;
        let depth = if endpoint.keys.is_empty() { "PKey" } else { "memberPKey" };
        let key = match &endpoint.collection {
            Some(of) => key_named(resource, depth, of.member.clone()),
            None => self.key(resource, depth),
        };
        let keys: Vec<_> = endpoint.keys.iter().cloned().chain([key]).collect();
        let path = format!("{}/{{{depth}}}", endpoint.path);
        let named_call = |summary: &str| {
            Operation::new(endpoint.tag, summary)
                .asks(keys.iter().cloned())
                .refuses(&[401, 403, 404, 500])
        };
        let call = |verb: &str| named_call(&format!("{verb} one of {label}"));
        self.document.add("get", &path, call("Read").answers(200, "The record.", &named(&name)));
        if resource.home == Home::Messages {
            let asked =
                call("Read").answers(200, "The record, as Adobe's SDK asks for it.", &named(&name));
            self.document.add("post", &path, asked);
        }
        if resource.verbs.update {
            let change = call("Change")
                .asks([Parameter::shared("X-Request-Id")])
                .takes(JSON, &named(&format!("{name}Body")))
                .example(JSON, self.examples.changed(resource, self.extended(endpoint)));
            let mut change = self.written(change, &name);
            if self.v8() {
                change = change.answers_nothing(204, "Nothing was to be changed.");
            }
            self.document.add("patch", &path, change);
        }
        if let Some(deleted) = resource.verbs.delete {
            let status = match deleted {
                Deleted::Ok => 200,
                Deleted::NoContent => 204,
            };
            self.document.add(
                "delete",
                &path,
                call("Delete").answers_nothing(status, "It is gone."),
            );
        }
        let is_page = |field: &&Field| {
            matches!(field.kind, Kind::Derived(Derived::Address(Addressed::MirrorPage)))
        };
        if let Some(page) = resource.fields.iter().find(is_page) {
            let read = named_call("Read the mirror page of a message").answers_as(
                200,
                "A page.",
                "text/html",
                &text(),
            );
            self.document.add("get", &format!("{path}/{}", page.name), read);
        }
        if !endpoint.keys.is_empty() {
            return;
        }
        let extended = endpoint.api.extended(self.settings.dialect);
        let shown: Vec<_> =
            resource.fields.iter().filter(|field| field.is_shown(extended)).collect();
        let plain = shown.iter().filter(|field| {
            !matches!(
                field.kind,
                Kind::Collection(_)
                    | Kind::Derived(Derived::Address(Addressed::File | Addressed::Unknown))
            )
        });
        let plain: Vec<_> = plain.map(|field| field.name.as_str()).collect();
        let field = Parameter::path("field", &words(&plain));
        let example = ["ccpaOptOut", "label"].into_iter().find(|name| plain.contains(name));
        let field = field.example(example.or(plain.first().copied()).unwrap_or_default());
        let member =
            call("Read a field of").asks([field]).answers(200, "The field's value.", &json!({}));
        self.document.add("get", &format!("{path}/{{field}}"), member);
        if resource.home == Home::Privacy {
            self.privacy_file(&path, &keys);
        }
        for field in shown {
            let Kind::Collection(collection) = &field.kind else { continue };
            self.collection(endpoint, &format!("{path}/{}", field.name), collection);
        }
    }

    /// The records that link to a record.
    fn collection(&mut self, endpoint: &Endpoint<'a>, path: &str, of: &'a Collection) {
        let Some(members) = self.tenant.model.resource(&of.of) else { return };
        let above = endpoint.resource;
        let (owner, member) = self.examples.member(above, of).unzip();
        let owner = owner.or_else(|| self.examples.key(above));
        let newest = self.examples.newest_key(above);
        let list = Endpoint {
            path: path.to_owned(),
            keys: vec![key_named(above, "PKey", owner)],
            collection: Some(Nested {
                through: &of.through,
                owner: key_named(above, "PKey", newest),
                member,
            }),
            resource: members,
            ..*endpoint
        };
        self.list(&list, false);
        self.record(&list);
    }

    fn privacy_file(&mut self, path: &str, keys: &[Parameter]) {
        for member in ["privacyRequestData", "gdprRequestData"] {
            let file = Operation::new("privacyTool", "What a complete access request has found")
                .asks(keys.iter().cloned())
                .takes(JSON, &optional([("name", text())]))
                .example(JSON, json!({}))
                .answers(200, "The file, as one JSON string.", &text())
                .refuses(&[401, 403, 404, 500]);
            self.document.add("post", &format!("{path}/{member}"), file);
        }
    }

    /// Workflows have shapes of their own.
    fn workflows(&mut self) {
        let Some(workflow) = self.tenant.model.resource("workflow") else { return };
        let key = |name| self.key(workflow, name);
        let id = key("id");
        let activity = Parameter::path("activity", &pkey_pattern());
        let activity = match self.examples.activity(workflow) {
            Some(pkey) => activity.example(pkey),
            None => activity,
        };
        let path = "/workflow/execution/{id}";
        let call = |summary| {
            Operation::new("workflow", summary).asks([id.clone()]).refuses(&[401, 403, 404])
        };
        let shown = call("What a workflow is made of")
            .answers(200, "The workflow.", &named("WorkflowExecution"))
            .refuses(&[500]);
        let command = words(["start", "pause", "resume", "stop"]);
        let commanded = call("Start, pause, resume or stop a workflow")
            .takes(JSON, &exactly([("method", command)]))
            .example(JSON, json!({"method": "start"}))
            .answers(200, "Done.", &anything())
            .refuses(&[500]);
        let signal = object(
            [("source", json!({"type": "string", "minLength": 1}))],
            [("parameters", anything())],
        );
        let triggered = call("Send a signal to an activity")
            .asks([activity])
            .takes(JSON, &signal)
            .example(JSON, json!({"source": "the API page"}))
            .answers(200, "The signal is kept.", &anything());
        // A second signal within ten minutes is refused in plain text.
        let triggered =
            triggered.answers(500, FAILED, &text()).answers_as(500, FAILED, "text/plain", &text());
        let document = &mut self.document;
        document.schema("WorkflowExecution", workflow_schema());
        document.add("get", path, shown);
        document.add("post", &format!("{path}/commands"), commanded);
        document.add(
            "post",
            &format!("{path}/activities/activity/{{activity}}/trigger"),
            triggered,
        );
    }

    /// Whether custom fields are shown and taken there.
    fn extended(&self, endpoint: &Endpoint<'_>) -> bool {
        endpoint.api.extended(self.settings.dialect)
    }

    /// The key of a record in a path; that of the first is one to try.
    fn key(&self, resource: &Resource, name: &str) -> Parameter {
        key_named(resource, name, self.examples.key(resource))
    }

    /// Declares the schemas of a resource's records, as that API shows and takes them, and answers
    /// their name.
    fn described(&mut self, endpoint: &Endpoint<'_>) -> String {
        let resource = endpoint.resource;
        let extended = endpoint.api.extended(self.settings.dialect);
        let more = extended && resource.fields.iter().any(|field| field.extension);
        let name = format!("{}{}", resource.name(), if more { "Ext" } else { "" });
        let document = &mut self.document;
        document.schema(&name, record_schema(resource, extended));
        document.schema(&format!("{name}List"), list_schema(&name));
        if resource.verbs.create || resource.verbs.update {
            let cuts = self.settings.long_texts == LongTexts::Cut;
            document.schema(&format!("{name}Body"), body_schema(resource, extended, cuts));
        }
        name
    }
}

/// The key of a record in a path, with that one to try.
fn key_named(resource: &Resource, name: &str, example: Option<String>) -> Parameter {
    let schema = if resource.key.is_some() { pattern("^[^/]+$") } else { pkey_pattern() };
    let about = match &resource.key {
        Some(key) => format!("The record's PKey, or its '{}'.", key.field),
        None => "The record's PKey.".to_owned(),
    };
    let parameter = Parameter::path(name, &schema).about(&about);
    match example {
        Some(key) => parameter.example(key),
        None => parameter,
    }
}

/// A value as a query has it.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn pkey_pattern() -> Value {
    pattern("^@[A-Za-z0-9_-]+$")
}
