//! Schemas of documents that are made of the structs which are read and written.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::openapi::{Document, Parameter};

/// Makes the schema of a type, and of those that it is made of.
pub(in crate::http) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What makes the schema of that type.
pub(in crate::http) const fn of<T: JsonSchema>() -> Describe {
    |generator| generator.subschema_for::<T>()
}

/// The schemas of a document by name: what bodies may be, and what answers are.
pub(in crate::http) struct Schemas {
    bodies: SchemaGenerator,
    answers: SchemaGenerator,
}

fn settings() -> SchemaSettings {
    SchemaSettings::openapi3().with_transform(RecursiveTransform(simplify))
}

/// A schema that refers to no other.
pub(in crate::http) fn inline(describe: Describe) -> Value {
    whole(settings(), describe).into()
}

fn whole(settings: SchemaSettings, describe: Describe) -> Schema {
    let mut generator =
        settings.with(|settings| settings.inline_subschemas = true).into_generator();
    let mut schema = describe(&mut generator);
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema
}

/// The names of the members of a struct.
pub(in crate::http) fn members(describe: Describe) -> Vec<String> {
    let body = whole(settings(), describe);
    let members = body.get("properties").and_then(Value::as_object);
    members.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// A body to try: the members of a struct that say what to try, each with that.
pub(in crate::http) fn example(describe: Describe) -> Value {
    let body = whole(settings(), describe);
    let members = body.get("properties").and_then(Value::as_object).into_iter().flatten();
    let tried =
        members.filter_map(|(name, schema)| Some((name.clone(), schema.get("example")?.clone())));
    tried.collect()
}

/// The parameters of a query that is read into such a struct.
pub(in crate::http) fn parameters(describe: Describe) -> Vec<Parameter> {
    let query = whole(settings().with_transform(RecursiveTransform(leave_out)), describe);
    let needed = query.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let members = query.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let parameters = members.into_iter().map(|(name, mut schema)| {
        let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let mut parameter = Parameter::query(&name, &schema);
        if let Some(about) = about.as_ref().and_then(Value::as_str) {
            parameter = parameter.about(about);
        }
        if needed.contains(&Value::from(name)) { parameter.required() } else { parameter }
    });
    parameters.collect()
}

impl Schemas {
    pub(in crate::http) fn new() -> Self {
        Self {
            bodies: settings().into_generator(),
            answers: settings()
                .for_serialize()
                .with_transform(RecursiveTransform(leave_out))
                .into_generator(),
        }
    }

    /// A reference to what a body may be.
    pub(in crate::http) fn body(&mut self, describe: Describe) -> Value {
        describe(&mut self.bodies).into()
    }

    /// A reference to what an answer is.
    pub(in crate::http) fn answer(&mut self, describe: Describe) -> Value {
        describe(&mut self.answers).into()
    }

    /// Names all that was referred to. What is both sent and answered is described as it is answered.
    pub(in crate::http) fn name_in(mut self, document: &mut Document) {
        let mut named = self.bodies.take_definitions(true);
        named.extend(self.answers.take_definitions(true));
        for (name, schema) in named {
            document.schema(&name, schema);
        }
    }
}

/// Says the same in fewer words, of those that `OpenAPI` 3.0 has.
fn simplify(schema: &mut Schema) {
    join_null(schema);
    join_words(schema);
    // It knows no other formats of whole numbers, and no bounds that follow from them.
    if schema.get("type") == Some(&json!("integer")) {
        schema.insert("format".to_owned(), "int64".into());
    }
}

/// What an answer or a query may lack is left out of it instead of being null.
fn leave_out(schema: &mut Schema) {
    let always: Vec<Value> =
        schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, member) in members.into_iter().flatten() {
        let perhaps = !always.iter().any(|one| one == name.as_str());
        if let Some(member) = member.as_object_mut().filter(|_| perhaps) {
            member.remove("nullable");
            if let Some(Value::Array(words)) = member.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
        }
    }
}

/// Words that are described one by one become one list.
fn join_words(schema: &mut Schema) {
    let words = schema.get("oneOf").and_then(Value::as_array).and_then(|cases| {
        let words = cases.iter().map(|case| {
            let case =
                case.as_object().filter(|case| case.get("type") == Some(&json!("string")))?;
            case.get("enum").and_then(Value::as_array).cloned()
        });
        words.collect::<Option<Vec<_>>>()
    });
    if let Some(mut words) = words {
        if schema.get("nullable").is_some() {
            words.push(vec![Value::Null]);
        }
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), words.concat().into());
    }
}

/// What may be null instead says so by itself.
fn join_null(schema: &mut Schema) {
    let null = json!({"nullable": true, "enum": [null]});
    let cases = schema.get("anyOf").and_then(Value::as_array);
    let Some([case, other]) = cases.map(Vec::as_slice) else { return };
    let (Some(case), true) = (case.as_object(), *other == null) else { return };
    let mut case = case.clone();
    if case.contains_key("$ref") {
        case = Map::from_iter([("allOf".to_owned(), json!([case]))]);
    }
    if let Some(Value::Array(words)) = case.get_mut("enum") {
        words.push(Value::Null);
    }
    case.insert("nullable".to_owned(), true.into());
    schema.remove("anyOf");
    // What the member is for says more than what its type is.
    for (name, value) in case {
        let members = schema.ensure_object();
        members.entry(name).or_insert(value);
    }
}
