//! Edits YAML configs. The entry is a mapping, in the style of the mappings around it.

use std::str::FromStr;

use serde_json::Value;
use yaml_edit::{Document, Mapping, YamlFile, YamlNode};

use super::{Malformed, SERVER_NAME, ServerEntry};

pub(super) fn read(text: &str, container: &str) -> Result<Option<Value>, Malformed> {
    let Some(root) = root(&parse(text)?)? else { return Ok(None) };
    let Some(servers) = servers(text, &root, container)? else { return Ok(None) };
    Ok(servers.get(SERVER_NAME).map(|node| to_value(&node)))
}

pub(super) fn put(text: &str, container: &str, entry: &ServerEntry) -> Result<String, Malformed> {
    let file = parse(text)?;
    let Some(root) = root(&file)? else { return Ok(append_container(text, container, entry)) };
    match servers(text, &root, container)? {
        Some(servers) => match (servers.get(SERVER_NAME), servers.get_mapping(SERVER_NAME)) {
            (Some(found), Some(mapping)) => update(&mapping, &to_value(&found), entry)?,
            _ => servers.set(SERVER_NAME, to_mapping(entry)?),
        },
        None => {
            // A container without a value is removed and written again at the end.
            root.remove(container);
            return Ok(append_container(&file.to_string(), container, entry));
        }
    }
    checked(file.to_string(), container)
}

pub(super) fn remove(text: &str, container: &str) -> Result<String, Malformed> {
    let file = parse(text)?;
    let Some(root) = root(&file)? else { return Ok(text.to_owned()) };
    let Some(servers) = servers(text, &root, container)? else { return Ok(text.to_owned()) };
    servers.remove(SERVER_NAME);
    if servers.is_empty() && root.len() > 1 {
        root.remove(container);
    }
    checked(file.to_string(), container)
}

/// Updates the address fields of an existing entry.
fn update(mapping: &Mapping, found: &Value, entry: &ServerEntry) -> Result<(), Malformed> {
    for name in entry.fields_to_remove(found) {
        mapping.remove(name);
    }
    let new: Vec<_> = entry.fields_to_set(found).cloned().collect();
    if new.is_empty() {
        return Ok(());
    }
    for (name, value) in to_mapping(&ServerEntry(new))?.iter() {
        mapping.set(name, value);
    }
    Ok(())
}

fn parse(text: &str) -> Result<YamlFile, Malformed> {
    if let Some(index) = text.lines().position(is_indented_with_tab) {
        return Err(Malformed::new(index + 1, "indentation with a tab, which YAML forbids"));
    }
    let file = YamlFile::from_str(text).map_err(|error| malformed(&error))?;
    match file.documents().count() {
        0 | 1 => Ok(file),
        _ => Err(Malformed::new(0, "the file contains several YAML documents")),
    }
}

fn is_indented_with_tab(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with('\t') && !line.trim().is_empty()
}

fn malformed(error: &yaml_edit::YamlError) -> Malformed {
    match error {
        yaml_edit::YamlError::Parse { message, line, .. } => {
            let cause = message.split(". ").next().unwrap_or(message);
            Malformed::new(line.unwrap_or(0), cause.to_owned())
        }
        other => Malformed::new(0, other.to_string()),
    }
}

/// The root mapping, or `None` if the file contains only comments.
fn root(file: &YamlFile) -> Result<Option<Mapping>, Malformed> {
    let Some(document) = file.document() else { return Ok(None) };
    match document.as_mapping() {
        Some(root) => Ok(Some(root)),
        None if document.to_string().lines().all(is_blank) => Ok(None),
        None => Err(Malformed::new(1, "the file is not a YAML mapping")),
    }
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

/// The container of the servers, if it exists. A key without a value counts as missing.
fn servers(text: &str, root: &Mapping, container: &str) -> Result<Option<Mapping>, Malformed> {
    match (root.get(container), root.get_mapping(container)) {
        (_, Some(servers)) => Ok(Some(servers)),
        (None, None) => Ok(None),
        (Some(found), None) if found.to_string().trim().is_empty() => Ok(None),
        (Some(_), None) => Err(Malformed::not_a_map_of_servers(text, container)),
    }
}

/// The text with a container and the entry appended.
fn append_container(text: &str, container: &str, entry: &ServerEntry) -> String {
    let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let lines: String = entry.0.iter().map(|(name, value)| line("    ", name, value)).collect();
    format!("{text}{newline}{container}:\n  {SERVER_NAME}:\n{lines}")
}

fn line(indent: &str, name: &str, value: &Value) -> String {
    match value.as_str().filter(|text| is_plain(text)) {
        Some(text) => format!("{indent}{name}: {text}\n"),
        // JSON is valid YAML.
        None => format!("{indent}{name}: {value}\n"),
    }
}

/// Whether the text is a YAML string without quotes.
fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./:- ".contains(c))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !words.contains(&text.to_ascii_lowercase().as_str())
}

/// The entry as a mapping node.
fn to_mapping(entry: &ServerEntry) -> Result<Mapping, Malformed> {
    let lines: String = entry.0.iter().map(|(name, value)| line("", name, value)).collect();
    let node = Document::from_str(&lines).map_err(|error| malformed(&error))?.as_mapping();
    node.ok_or_else(|| Malformed::new(0, "the generated entry is not a YAML mapping"))
}

/// The edited text, after a check that it can still be parsed.
fn checked(text: String, container: &str) -> Result<String, Malformed> {
    read(&text, container).map_err(|malformed| {
        Malformed::new(0, format!("the file cannot be edited safely ({})", malformed.cause))
    })?;
    Ok(text)
}

/// A YAML node as JSON. Node types that no entry uses become null.
fn to_value(node: &YamlNode) -> Value {
    match node {
        YamlNode::Mapping(all) => all
            .iter()
            .filter_map(|(name, each)| Some((name.as_scalar()?.as_string(), to_value(&each))))
            .collect(),
        YamlNode::Sequence(all) => all.values().map(|each| to_value(&each)).collect(),
        YamlNode::Scalar(scalar) => {
            let bool_or_number = if scalar.is_quoted() {
                None
            } else {
                scalar.as_bool().map(Value::from).or_else(|| scalar.as_i64().map(Value::from))
            };
            bool_or_number.unwrap_or_else(|| scalar.as_string().into())
        }
        YamlNode::Alias(_) | YamlNode::TaggedNode(_) => Value::Null,
    }
}
