//! A derived schema made easier to use: enums as lists, limits of numbers, words without the
//! links of Rust. It changes how things are said, never what they mean.

use serde_json::{Map, Value, json};

/// Tidies a value and all below it.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(tidy);
            list_words(fields);
            limit(fields);
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = without_links(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// In a query nothing is said by leaving it out: there is no `null`.
pub(super) fn without_null(schema: &mut Value) {
    let null = json!("null");
    if let Some(kinds) = schema["type"].as_array() {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| **kind != null).cloned().collect();
        schema["type"] = if let [kind] = &kinds[..] { kind.clone() } else { json!(kinds) };
    }
    let Some(choices) = schema.get("anyOf").and_then(Value::as_array) else { return };
    let mut choices: Vec<Value> =
        choices.iter().filter(|choice| choice["type"] != null).cloned().collect();
    if choices.len() > 1 {
        schema["anyOf"] = choices.into();
    } else if let Some(choice) = choices.pop() {
        *schema = choice;
    }
}

/// An enum with a sentence for each word becomes a list of the words; the sentences go into its
/// description. Generators of clients know what to do with the one and not with the other.
fn list_words(fields: &mut Map<String, Value>) {
    let Some(choices) = fields.get("oneOf").and_then(Value::as_array) else { return };
    let (mut words, mut sentences) = (Vec::new(), Vec::new());
    for choice in choices {
        match (choice["const"].as_str(), choice["enum"].as_array()) {
            (Some(word), None) => {
                words.push(json!(word));
                let sentence = choice["description"].as_str().unwrap_or_default();
                sentences.push(format!("- `{word}`: {sentence}"));
            }
            (None, Some(several)) if choice["type"] == "string" => words.extend(several.clone()),
            _ => return,
        }
    }
    let own = fields.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{own}\n\n{}", sentences.join("\n"));
    fields.remove("oneOf");
    fields.insert("type".into(), "string".into());
    fields.insert("enum".into(), words.into());
    fields.insert("description".into(), description.trim().into());
}

/// The largest number of a format, for those who do not know the format.
fn limit(fields: &mut Map<String, Value>) {
    let most = match fields.get("format").and_then(Value::as_str) {
        Some("uint32") => json!(u32::MAX),
        Some("uint" | "uint64") => json!(u64::MAX),
        _ => return,
    };
    fields.entry("maximum").or_insert(most);
}

/// ``[`crate::Process`]`` is a link in the sources and a name everywhere else.
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
    fn an_enum_becomes_a_list() {
        let mut schema = json!({ "description": "Which.", "oneOf": [
            { "type": "string", "enum": ["a", "b"] },
            { "type": "string", "const": "c", "description": "The third." },
        ] });
        tidy(&mut schema);
        assert_eq!(schema["enum"], json!(["a", "b", "c"]));
        assert_eq!(schema["description"], "Which.\n\n- `c`: The third.");
    }

    #[test]
    fn other_choices_stay() {
        let tagged = json!({ "oneOf": [{ "type": "object" }, { "type": "string", "const": "x" }] });
        let mut schema = tagged.clone();
        tidy(&mut schema);
        assert_eq!(schema, tagged);
    }
}
