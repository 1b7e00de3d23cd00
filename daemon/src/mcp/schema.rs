//! Schemas that cost few tokens and raise no warning in any client: no titles, no `$ref`, no
//! formats that validators do not know, no `null` where an absent field says the same.

use std::sync::Arc;

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// What a model sends: described.
pub fn of_arguments<T: JsonSchema>() -> Arc<JsonObject> {
    let mut schema = raw::<T>(SchemaSettings::draft2020_12().for_deserialize());
    lean(&mut schema, true);
    object(schema)
}

/// What it gets: names and types, as the names say the rest.
pub fn of_answer<T: JsonSchema>() -> Arc<JsonObject> {
    let mut schema = raw::<T>(SchemaSettings::draft2020_12().for_serialize());
    lean(&mut schema, false);
    object(schema)
}

fn raw<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // Of the whole type the tool's own description speaks.
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

/// Leaves out what says nothing to a model.
fn lean(schema: &mut Value, described: bool) {
    let Value::Object(fields) = schema else { return };
    for name in ["title", "format", "minimum", "maximum", "default", "additionalProperties"] {
        // Of a map it says what the values are.
        if name != "additionalProperties" || fields.get(name) == Some(&Value::Bool(false)) {
            fields.remove(name);
        }
    }
    if !described {
        fields.remove("description");
    }
    without_null(fields);
    as_one_enum(fields);
    for (name, inner) in fields.iter_mut() {
        match inner {
            Value::Object(properties) if name == "properties" => {
                properties.values_mut().for_each(|inner| lean(inner, described));
            }
            Value::Array(several) if name == "anyOf" || name == "oneOf" => {
                several.iter_mut().for_each(|inner| lean(inner, described));
            }
            Value::Object(_) => lean(inner, described),
            _ => {}
        }
    }
}

/// Words with a sentence each become a list of words: what they mean, they say.
fn as_one_enum(fields: &mut JsonObject) {
    let Some(Value::Array(several)) = fields.get("oneOf") else { return };
    let mut words = Vec::new();
    for one in several {
        match (&one["enum"], &one["const"]) {
            (Value::Array(some), _) => words.extend(some.iter().cloned()),
            (_, word @ Value::String(_)) => words.push(word.clone()),
            _ => return,
        }
    }
    fields.remove("oneOf");
    fields.insert("type".into(), "string".into());
    fields.insert("enum".into(), words.into());
}

/// Absent and `null` are the same to us; the schema asks for the shorter one.
fn without_null(fields: &mut JsonObject) {
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [one] = &types[..] {
            let one = one.clone();
            fields.insert("type".into(), one);
        }
    }
    if let Some(Value::Array(words)) = fields.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(several)) = fields.get_mut("anyOf") {
        several.retain(|one| one["type"] != "null");
        if let [Value::Object(one)] = &several[..] {
            let one = one.clone();
            fields.remove("anyOf");
            for (name, value) in one {
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
    #[allow(dead_code, reason = "only its shape is of interest")]
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
    fn a_schema_says_what_a_model_needs_and_no_more() {
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
        assert!(!Value::Object((*of_answer::<Sample>()).clone()).to_string().contains("How"));
    }
}
