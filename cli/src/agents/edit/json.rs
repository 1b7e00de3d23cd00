//! JSON, with comments and trailing commas where somebody has written them.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstObjectProp, CstRootNode};
use serde_json::Value;

use super::{Entry, Malformed, NAME};

pub(super) fn read(text: &str, container: &str) -> Result<Option<Value>, Malformed> {
    let Some(servers) = servers(text, &parse(text)?, container)? else { return Ok(None) };
    Ok(servers.get(NAME).map(|ours| value(&ours)))
}

pub(super) fn put(text: &str, container: &str, entry: &Entry) -> Result<String, Malformed> {
    let root = parse(text)?;
    let servers = match servers(text, &root, container)? {
        Some(servers) => servers,
        None => object(&root)?.object_value_or_set(container),
    };
    match servers.get(NAME).map(|ours| (ours.object_value(), ours)) {
        None => {
            if servers.properties().is_empty() {
                servers.ensure_multiline();
            }
            servers.append(NAME, whole(entry));
        }
        Some((None, ours)) => ours.set_value(whole(entry)),
        Some((Some(object), ours)) => change(&object, &value(&ours), entry),
    }
    Ok(with_end(root.to_string(), text))
}

pub(super) fn remove(text: &str, container: &str) -> Result<String, Malformed> {
    let root = parse(text)?;
    let Some(servers) = servers(text, &root, container)? else { return Ok(text.to_owned()) };
    if let Some(ours) = servers.get(NAME) {
        ours.remove();
    }
    // An empty list goes too, unless it is all there is, or somebody has written into it.
    let empty = servers.properties().is_empty() && !servers.to_string().contains('/');
    if empty && let Some(list) = object(&root)?.get(container) {
        if object(&root)?.properties().len() > 1 {
            list.remove();
        } else {
            list.set_value(CstInputValue::Object(vec![]));
        }
    }
    Ok(root.to_string())
}

fn change(object: &CstObject, found: &Value, entry: &Entry) {
    for name in entry.strangers(found) {
        if let Some(stranger) = object.get(name) {
            stranger.remove();
        }
    }
    for (name, value) in entry.directions(found) {
        match object.get(name) {
            Some(there) => there.set_value(input(value)),
            None => drop(object.append(name, input(value))),
        }
    }
}

fn parse(text: &str) -> Result<CstRootNode, Malformed> {
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
        (Some(_), None) => Err(Malformed::new(1, "it is no object in braces")),
        _ => Ok(root),
    }
}

fn object(root: &CstRootNode) -> Result<CstObject, Malformed> {
    root.object_value_or_create().ok_or_else(|| Malformed::new(1, "it is no object in braces"))
}

/// The servers, if there are any yet.
fn servers(
    text: &str,
    root: &CstRootNode,
    container: &str,
) -> Result<Option<CstObject>, Malformed> {
    let Some(found) = root.object_value().and_then(|object| object.get(container)) else {
        return Ok(None);
    };
    found.object_value().map(Some).ok_or_else(|| Malformed::no_servers(text, container))
}

fn value(property: &CstObjectProp) -> Value {
    property.to_serde_value().unwrap_or_default()
}

fn whole(entry: &Entry) -> CstInputValue {
    let named = |(name, value): &(&str, Value)| ((*name).to_owned(), input(value));
    CstInputValue::Object(entry.0.iter().map(named).collect())
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(all) => CstInputValue::Array(all.iter().map(input).collect()),
        Value::Object(all) => CstInputValue::Object(
            all.iter().map(|(name, value)| (name.clone(), input(value))).collect(),
        ),
    }
}

/// A file that begins with us ends with a line end.
fn with_end(text: String, before: &str) -> String {
    if before.trim().is_empty() && !text.ends_with('\n') { text + "\n" } else { text }
}
