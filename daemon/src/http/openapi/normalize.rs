//! Simplifies derived schemas for client generators without changing what they accept: enums become
//! lists of words, numbers get their limits, and descriptions lose the links of rustdoc.

use serde_json::{Map, Value, json};

/// Normalizes a value and everything below it.
pub(super) fn normalize(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(normalize);
            flatten_enum(fields);
            add_maximum(fields);
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = without_links(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalize),
        _ => {}
    }
}

/// Turns an enum with a description per variant into a list of words, and moves the descriptions
/// into its own. Client generators support the list, but not `oneOf` with constants.
fn flatten_enum(fields: &mut Map<String, Value>) {
    let Some(choices) = fields.get("oneOf").and_then(Value::as_array) else { return };
    let mut words = Vec::new();
    let mut items = Vec::new();
    for choice in choices {
        match (choice["const"].as_str(), choice["enum"].as_array()) {
            (Some(word), None) => {
                words.push(json!(word));
                let description = choice["description"].as_str().unwrap_or_default();
                items.push(format!("- `{word}`: {description}"));
            }
            (None, Some(several)) if choice["type"] == "string" => words.extend(several.clone()),
            _ => return,
        }
    }
    let own = fields.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{own}\n\n{}", items.join("\n"));
    fields.remove("oneOf");
    fields.insert("type".into(), "string".into());
    fields.insert("enum".into(), words.into());
    fields.insert("description".into(), description.trim().into());
}

/// Adds the largest number of a format, because clients may not know the formats that schemars uses
/// for Rust types.
fn add_maximum(fields: &mut Map<String, Value>) {
    let maximum = match fields.get("format").and_then(Value::as_str) {
        Some("uint32") => json!(u32::MAX),
        Some("uint" | "uint64") => json!(u64::MAX),
        _ => return,
    };
    fields.entry("maximum").or_insert(maximum);
}

/// Replaces rustdoc links such as ``[`crate::Process`]`` with the last part of their path.
fn without_links(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("`]") {
            Some((path, rest)) => {
                let name = path.rsplit("::").next().unwrap_or(path);
                out.push_str(&format!("`{name}`{rest}"));
            }
            None => out.push_str(&format!("[`{part}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_names() {
        let text = "Answers a [`crate::start::Started`], see [`Facts`]; `x[0]` stays.";
        assert_eq!(without_links(text), "Answers a `Started`, see `Facts`; `x[0]` stays.");
    }

    #[test]
    fn an_enum_becomes_a_list_of_words() {
        let mut schema = json!({ "description": "Which.", "oneOf": [
            { "type": "string", "enum": ["a", "b"] },
            { "type": "string", "const": "c", "description": "The third." },
        ] });
        normalize(&mut schema);
        assert_eq!(schema["enum"], json!(["a", "b", "c"]));
        assert_eq!(schema["description"], "Which.\n\n- `c`: The third.");
    }

    #[test]
    fn a_choice_between_objects_is_unchanged() {
        let tagged = json!({ "oneOf": [{ "type": "object" }, { "type": "string", "const": "x" }] });
        let mut schema = tagged.clone();
        normalize(&mut schema);
        assert_eq!(schema, tagged);
    }
}
