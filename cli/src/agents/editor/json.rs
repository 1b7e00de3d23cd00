//! Edits JSON configs. Accepts and preserves comments and trailing commas.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstObjectProp, CstRootNode};
use serde_json::Value;

use super::{Malformed, SERVER_NAME, ServerEntry};

pub(super) fn read(text: &str, container: &str) -> Result<Option<Value>, Malformed> {
    let Some(servers) = servers(text, &parse(text)?, container)? else { return Ok(None) };
    Ok(servers.get(SERVER_NAME).map(|property| to_value(&property)))
}

pub(super) fn put(text: &str, container: &str, entry: &ServerEntry) -> Result<String, Malformed> {
    let root = parse(text)?;
    let servers = match servers(text, &root, container)? {
        Some(servers) => servers,
        None => object(&root)?.object_value_or_set(container),
    };
    match servers.get(SERVER_NAME) {
        None => {
            if servers.properties().is_empty() {
                servers.ensure_multiline();
            }
            servers.append(SERVER_NAME, entry_to_input(entry));
        }
        Some(existing) => match existing.object_value() {
            Some(object) => update(&object, &to_value(&existing), entry),
            None => existing.set_value(entry_to_input(entry)),
        },
    }
    Ok(with_final_newline(root.to_string(), text))
}

pub(super) fn remove(text: &str, container: &str) -> Result<String, Malformed> {
    let root = parse(text)?;
    let Some(servers) = servers(text, &root, container)? else { return Ok(text.to_owned()) };
    if let Some(entry) = servers.get(SERVER_NAME) {
        entry.remove();
    }
    // Remove the empty container too, unless it has comments or is the only key.
    let is_empty = servers.properties().is_empty() && !servers.to_string().contains('/');
    if is_empty && let Some(container) = object(&root)?.get(container) {
        if object(&root)?.properties().len() > 1 {
            container.remove();
        } else {
            container.set_value(CstInputValue::Object(vec![]));
        }
    }
    Ok(root.to_string())
}

/// Updates the address fields of an existing entry.
fn update(object: &CstObject, found: &Value, entry: &ServerEntry) {
    for name in entry.fields_to_remove(found) {
        if let Some(property) = object.get(name) {
            property.remove();
        }
    }
    for (name, value) in entry.fields_to_set(found) {
        match object.get(name) {
            Some(property) => property.set_value(to_input(value)),
            None => drop(object.append(name, to_input(value))),
        }
    }
}

/// The syntax tree of a config, which is an object or empty.
pub(crate) fn parse(text: &str) -> Result<CstRootNode, Malformed> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        ..ParseOptions::default()
    };
    let root = CstRootNode::parse(text, &options)
        .map_err(|error| Malformed::new(error.line_display(), error.kind().to_string()))?;
    match (root.value(), root.object_value()) {
        (Some(_), None) => Err(Malformed::new(1, "the file is not a JSON object")),
        _ => Ok(root),
    }
}

fn object(root: &CstRootNode) -> Result<CstObject, Malformed> {
    root.object_value_or_create().ok_or_else(|| Malformed::new(1, "the file is not a JSON object"))
}

/// The container of the servers, if it exists.
fn servers(
    text: &str,
    root: &CstRootNode,
    container: &str,
) -> Result<Option<CstObject>, Malformed> {
    let Some(found) = root.object_value().and_then(|object| object.get(container)) else {
        return Ok(None);
    };
    found.object_value().map(Some).ok_or_else(|| Malformed::not_a_map_of_servers(text, container))
}

fn to_value(property: &CstObjectProp) -> Value {
    property.to_serde_value().unwrap_or_default()
}

fn entry_to_input(entry: &ServerEntry) -> CstInputValue {
    let fields = entry.0.iter().map(|(name, value)| ((*name).to_owned(), to_input(value)));
    CstInputValue::Object(fields.collect())
}

fn to_input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(all) => CstInputValue::Array(all.iter().map(to_input).collect()),
        Value::Object(all) => CstInputValue::Object(
            all.iter().map(|(name, value)| (name.clone(), to_input(value))).collect(),
        ),
    }
}

/// A new file ends with a newline.
fn with_final_newline(text: String, before: &str) -> String {
    if before.trim().is_empty() && !text.ends_with('\n') { text + "\n" } else { text }
}
