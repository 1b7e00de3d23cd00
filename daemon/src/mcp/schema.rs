//! `schema` generates compact JSON schemas, which cost few tokens and cause no warnings in clients:
//! no titles, no `$ref`, no formats that validators do not know, no `null` for optional fields.

use std::sync::Arc;

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of a tool's arguments, with descriptions.
pub fn of_arguments<T: JsonSchema>() -> Arc<JsonObject> {
    let mut schema = raw::<T>(SchemaSettings::draft2020_12().for_deserialize());
    simplify(&mut schema, Descriptions::Keep);
    object(schema)
}

/// The schema of a tool's answer: names and types only.
pub fn of_answer<T: JsonSchema>() -> Arc<JsonObject> {
    let mut schema = raw::<T>(SchemaSettings::draft2020_12().for_serialize());
    simplify(&mut schema, Descriptions::Drop);
    object(schema)
}

fn raw<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // The tool has a description of its own.
    schema.remove("title");
    schema.remove("description");
    schema.to_value()
}

fn object(schema: Value) -> Arc<JsonObject> {
    match schema {
        Value::Object(schema) => Arc::new(schema),
        _ => Arc::default(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Descriptions {
    Keep,
    Drop,
}

/// Removes keywords that do not help a model.
fn simplify(schema: &mut Value, descriptions: Descriptions) {
    let Value::Object(fields) = schema else { return };
    for keyword in ["title", "format", "minimum", "maximum", "default"] {
        fields.remove(keyword);
    }
    // The `additionalProperties` of a map describe its values and stay.
    if fields.get("additionalProperties") == Some(&Value::Bool(false)) {
        fields.remove("additionalProperties");
    }
    if descriptions == Descriptions::Drop {
        fields.remove("description");
    }
    remove_null(fields);
    merge_enum(fields);
    for (name, inner) in fields.iter_mut() {
        match inner {
            Value::Object(properties) if name == "properties" => {
                properties.values_mut().for_each(|property| simplify(property, descriptions));
            }
            Value::Array(variants) if name == "anyOf" || name == "oneOf" => {
                variants.iter_mut().for_each(|variant| simplify(variant, descriptions));
            }
            Value::Object(_) => simplify(inner, descriptions),
            _ => {}
        }
    }
}

/// Turns a `oneOf` of described constants into one `enum` without descriptions.
fn merge_enum(fields: &mut JsonObject) {
    let Some(Value::Array(variants)) = fields.get("oneOf") else { return };
    let mut words = Vec::new();
    for variant in variants {
        match (&variant["enum"], &variant["const"]) {
            (Value::Array(constants), _) => words.extend(constants.iter().cloned()),
            (_, constant @ Value::String(_)) => words.push(constant.clone()),
            _ => return,
        }
    }
    fields.remove("oneOf");
    fields.insert("type".into(), "string".into());
    fields.insert("enum".into(), words.into());
}

/// Removes `null` as a type and a value: the tools treat `null` as absent, and absent is shorter.
fn remove_null(fields: &mut JsonObject) {
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            fields.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(words)) = fields.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(variants)) = fields.get_mut("anyOf") {
        variants.retain(|variant| variant["type"] != "null");
        if let [Value::Object(only)] = &variants[..] {
            let only = only.clone();
            fields.remove("anyOf");
            for (name, value) in only {
                fields.entry(name).or_insert(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use persistproc_api::output::Stream;
    use persistproc_api::process::StatusKind;
    use serde_json::json;

    use super::*;

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Sample {
        /// How many.
        count: Option<u32>,
        /// Which.
        status: Option<StatusKind>,
        /// Of what.
        stream: Option<Stream>,
        names: Vec<String>,
    }

    #[test]
    fn a_schema_has_descriptions_and_no_redundant_keywords() {
        let words = ["running", "stopping", "exited", "terminated", "failed", "lost"];
        assert_eq!(
            Value::Object((*of_arguments::<Sample>()).clone()),
            json!({
                "type": "object",
                "properties": {
                    "count": { "type": "integer", "description": "How many." },
                    "status": { "type": "string", "enum": words, "description": "Which." },
                    "stream": {
                        "type": "string",
                        "enum": ["stdout", "stderr", "combined"],
                        "description": "Of what.",
                    },
                    "names": { "type": "array", "items": { "type": "string" } },
                },
                "required": ["names"],
            })
        );
    }

    #[test]
    fn the_schema_of_an_answer_has_no_descriptions() {
        let schema = Value::Object((*of_answer::<Sample>()).clone());
        assert!(!schema.to_string().contains("How"), "{schema:#}");
    }
}
