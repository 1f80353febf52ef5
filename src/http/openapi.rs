//! The parts that documents are made of: schemas, parameters, operations, and the document itself.

use serde_json::{Map, Value, json};

pub(in crate::http) const JSON: &str = "application/json";

/// A string.
pub(in crate::http) fn text() -> Value {
    json!({"type": "string"})
}

/// A string that an expression describes.
pub(in crate::http) fn pattern(expression: &str) -> Value {
    json!({"type": "string", "pattern": expression})
}

/// One of these words.
pub(in crate::http) fn words<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> Value {
    let words: Vec<_> = words.into_iter().map(|word| Value::from(word.as_ref())).collect();
    json!({"type": "string", "enum": words})
}

/// A whole number of 64 bits.
pub(in crate::http) fn integer() -> Value {
    json!({"type": "integer", "format": "int64"})
}

/// A whole number that is not less than that.
pub(in crate::http) fn at_least(least: i64) -> Value {
    json!({"type": "integer", "format": "int64", "minimum": least})
}

/// `true` or `false`.
pub(in crate::http) fn boolean() -> Value {
    json!({"type": "boolean"})
}

/// A job's or another UUID.
pub(in crate::http) fn uuid() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// A list.
pub(in crate::http) fn array(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

/// A list of something.
pub(in crate::http) fn some(items: &Value) -> Value {
    json!({"type": "array", "items": items, "minItems": 1})
}

/// An object with whatever members.
pub(in crate::http) fn anything() -> Value {
    json!({"type": "object"})
}

/// The same schema or null.
pub(in crate::http) fn nullable(mut schema: Value) -> Value {
    schema["nullable"] = true.into();
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
    schema
}

/// A schema of the document by its name.
pub(in crate::http) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An object of these members and no others: those that it always has, and those that it may have.
pub(in crate::http) fn object<A: AsRef<str>, B: AsRef<str>>(
    always: impl IntoIterator<Item = (A, Value)>,
    perhaps: impl IntoIterator<Item = (B, Value)>,
) -> Value {
    let mut properties: Map<String, Value> =
        always.into_iter().map(|(name, schema)| (name.as_ref().to_owned(), schema)).collect();
    let required: Vec<_> = properties.keys().cloned().collect();
    properties.extend(perhaps.into_iter().map(|(name, schema)| (name.as_ref().to_owned(), schema)));
    let mut object =
        json!({"type": "object", "properties": properties, "additionalProperties": false});
    // OpenAPI 3.0 does not allow an empty one.
    if !required.is_empty() {
        object["required"] = required.into();
    }
    object
}

/// An object of these members, all of which it always has.
pub(in crate::http) fn exactly<const N: usize>(members: [(&str, Value); N]) -> Value {
    object(members, NOTHING)
}

/// An object of these members, none of which it needs.
pub(in crate::http) fn optional<const N: usize>(members: [(&str, Value); N]) -> Value {
    object(NOTHING, members)
}

/// No members.
pub(in crate::http) const NOTHING: [(&str, Value); 0] = [];

/// An object that may have other members beside these: what a caller may send where those that nobody
/// knows do not count.
pub(in crate::http) fn open(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.remove("additionalProperties");
    }
    object
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub(in crate::http) struct Parameter(Value);

impl Parameter {
    fn new(place: &str, name: &str, schema: &Value) -> Self {
        let required = place == "path";
        Self(json!({"in": place, "name": name, "required": required, "schema": schema}))
    }

    pub(in crate::http) fn path(name: &str, schema: &Value) -> Self {
        Self::new("path", name, schema)
    }

    pub(in crate::http) fn query(name: &str, schema: &Value) -> Self {
        Self::new("query", name, schema)
    }

    pub(in crate::http) fn header(name: &str, schema: &Value) -> Self {
        Self::new("header", name, schema)
    }

    /// One that the document declares once for many operations.
    pub(in crate::http) fn shared(name: &str) -> Self {
        Self(json!({"$ref": format!("#/components/parameters/{name}")}))
    }

    /// One that has to be sent.
    pub(in crate::http) fn required(mut self) -> Self {
        self.0["required"] = true.into();
        self
    }

    /// With a value to try.
    pub(in crate::http) fn example(mut self, value: impl Into<Value>) -> Self {
        self.0["example"] = value.into();
        self
    }

    /// Its name.
    pub(in crate::http) fn name(&self) -> &str {
        self.0["name"].as_str().unwrap_or_default()
    }

    /// What it is for.
    pub(in crate::http) fn about(mut self, text: &str) -> Self {
        self.0["description"] = text.into();
        self
    }
}

/// A call of an API.
pub(in crate::http) struct Operation {
    members: Map<String, Value>,
    parameters: Vec<Value>,
    responses: Map<String, Value>,
}

impl Operation {
    pub(in crate::http) fn new(tag: &str, summary: &str) -> Self {
        let members = [("summary", summary.into()), ("tags", json!([tag]))];
        let members = members.map(|(name, value)| (name.to_owned(), value));
        Self {
            members: members.into_iter().collect(),
            parameters: Vec::new(),
            responses: Map::new(),
        }
    }

    /// With these parameters as well.
    pub(in crate::http) fn asks(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters.into_iter().map(|parameter| parameter.0));
        self
    }

    /// With a body of that type.
    pub(in crate::http) fn takes(mut self, kind: &str, schema: &Value) -> Self {
        let body = json!({"required": true, "content": {kind: {"schema": schema}}});
        self.members.insert("requestBody".to_owned(), body);
        self
    }

    /// With a body to try.
    pub(in crate::http) fn example(mut self, kind: &str, body: Value) -> Self {
        if let Some(request) = self.members.get_mut("requestBody") {
            request["content"][kind]["example"] = body;
        }
        self
    }

    /// Answers that status with JSON.
    pub(in crate::http) fn answers(self, status: u16, what: &str, schema: &Value) -> Self {
        self.answers_as(status, what, JSON, schema)
    }

    /// Answers that status with a body of that type.
    pub(in crate::http) fn answers_as(
        mut self,
        status: u16,
        what: &str,
        kind: &str,
        schema: &Value,
    ) -> Self {
        let answer = self.responses.entry(status.to_string()).or_insert_with(|| json!({}));
        answer["description"] = what.into();
        answer["content"][kind] = json!({"schema": schema});
        self
    }

    /// Answers that status without a body.
    pub(in crate::http) fn answers_nothing(mut self, status: u16, what: &str) -> Self {
        self.responses.insert(status.to_string(), json!({"description": what}));
        self
    }

    /// Answers these statuses as the document declares them once for many operations.
    pub(in crate::http) fn refuses(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let shared = json!({"$ref": format!("#/components/responses/{status}")});
            self.responses.insert(status.to_string(), shared);
        }
        self
    }

    /// Answers that status with a refusal of its own instead of the document's.
    pub(in crate::http) fn refuses_as(
        mut self,
        status: u16,
        what: &str,
        kind: &str,
        schema: &Value,
    ) -> Self {
        self.responses.insert(status.to_string(), refusal(what, kind, schema));
        self
    }

    /// Needs these credentials instead of the document's.
    pub(in crate::http) fn needs(mut self, security: Value) -> Self {
        self.members.insert("security".to_owned(), security);
        self
    }

    /// The operation of a verb and a path, of which its id is made.
    fn into_value(mut self, method: &str, path: &str) -> Value {
        let id: Vec<_> = std::iter::once(method)
            .chain(path.split(|c: char| !c.is_ascii_alphanumeric()))
            .filter(|part| !part.is_empty())
            .collect();
        self.members.insert("operationId".to_owned(), id.join("_").into());
        if !self.parameters.is_empty() {
            self.members.insert("parameters".to_owned(), self.parameters.into());
        }
        self.members.insert("responses".to_owned(), self.responses.into());
        self.members.into()
    }
}

/// A refusal with a body of that type.
fn refusal(what: &str, kind: &str, schema: &Value) -> Value {
    json!({
        "description": what,
        "content": {kind: {"schema": schema}},
        "headers": {
            "X-Mock-Reason": {"description": "What to do about it.", "schema": text()},
        },
    })
}

/// A document in the making.
pub(in crate::http) struct Document {
    root: Value,
}

impl Document {
    pub(in crate::http) fn new(title: &str, description: &str, server: &str) -> Self {
        let root = json!({
            "openapi": "3.0.3",
            "info": {
                "title": title,
                "description": description,
                "version": env!("CARGO_PKG_VERSION"),
                "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            },
            "servers": [{"url": server}],
            "paths": {},
            "components": {},
        });
        Self { root }
    }

    /// Adds a call.
    pub(in crate::http) fn add(&mut self, method: &str, path: &str, operation: Operation) {
        self.root["paths"][path][method] = operation.into_value(method, path);
    }

    /// Names a schema.
    pub(in crate::http) fn schema(&mut self, name: &str, schema: Value) {
        self.root["components"]["schemas"][name] = schema;
    }

    /// Declares a parameter for [`Parameter::shared`], under its own name.
    pub(in crate::http) fn parameter(&mut self, parameter: Parameter) {
        let name = parameter.0["name"].as_str().unwrap_or_default().to_owned();
        self.root["components"]["parameters"][name] = parameter.0;
    }

    /// Declares a refusal for [`Operation::refuses`].
    pub(in crate::http) fn refusal(&mut self, status: u16, what: &str, kind: &str, schema: &Value) {
        self.root["components"]["responses"][status.to_string()] = refusal(what, kind, schema);
    }

    /// Declares credentials that come in a header.
    pub(in crate::http) fn key(&mut self, name: &str, header: &str, about: &str) {
        self.root["components"]["securitySchemes"][name] =
            json!({"type": "apiKey", "in": "header", "name": header, "description": about});
    }

    /// Declares an access token.
    pub(in crate::http) fn bearer(&mut self, about: &str) {
        self.root["components"]["securitySchemes"]["token"] =
            json!({"type": "http", "scheme": "bearer", "description": about});
    }

    /// Says in which order the groups of operations are shown.
    pub(in crate::http) fn tags(&mut self, names: &[&str]) {
        self.root["tags"] = names.iter().map(|name| json!({"name": name})).collect();
    }

    /// Has every operation need one of these sets of credentials, unless it says otherwise.
    pub(in crate::http) fn security(&mut self, sets: &[&[&str]]) {
        let set = |names: &&[&str]| -> Value {
            names.iter().map(|name| ((*name).to_owned(), json!([]))).collect::<Map<_, _>>().into()
        };
        self.root["security"] = sets.iter().map(set).collect::<Vec<_>>().into();
    }

    pub(in crate::http) fn into_value(self) -> Value {
        self.root
    }
}
