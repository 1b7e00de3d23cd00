//! YAML: our entry as a mapping among its like, in the style of those around it.

use std::str::FromStr;

use serde_json::Value;
use yaml_edit::{Document, Mapping, YamlFile, YamlNode};

use super::{Entry, Malformed, NAME};

pub(super) fn read(text: &str, container: &str) -> Result<Option<Value>, Malformed> {
    let Some(root) = root(&parse(text)?)? else { return Ok(None) };
    let Some(servers) = servers(text, &root, container)? else { return Ok(None) };
    Ok(servers.get(NAME).map(|ours| value(&ours)))
}

pub(super) fn put(text: &str, container: &str, entry: &Entry) -> Result<String, Malformed> {
    let file = parse(text)?;
    let Some(root) = root(&file)? else { return Ok(after(text, container, entry)) };
    match servers(text, &root, container)? {
        Some(servers) => match (servers.get(NAME), servers.get_mapping(NAME)) {
            (Some(found), Some(ours)) => change(&ours, &value(&found), entry)?,
            _ => servers.set(NAME, whole(entry)?),
        },
        None => return Ok(after(&without_empty(&file, &root, container), container, entry)),
    }
    checked(file.to_string(), container)
}

pub(super) fn remove(text: &str, container: &str) -> Result<String, Malformed> {
    let file = parse(text)?;
    let Some(root) = root(&file)? else { return Ok(text.to_owned()) };
    let Some(servers) = servers(text, &root, container)? else { return Ok(text.to_owned()) };
    servers.remove(NAME);
    if servers.is_empty() && root.len() > 1 {
        root.remove(container);
    }
    checked(file.to_string(), container)
}

fn change(ours: &Mapping, found: &Value, entry: &Entry) -> Result<(), Malformed> {
    for name in entry.strangers(found) {
        ours.remove(name);
    }
    let new: Vec<_> = entry.directions(found).cloned().collect();
    if new.is_empty() {
        return Ok(());
    }
    for (name, value) in whole(&Entry(new))?.iter() {
        ours.set(name, value);
    }
    Ok(())
}

fn parse(text: &str) -> Result<YamlFile, Malformed> {
    let tab =
        |line: &str| line.trim_start_matches(' ').starts_with('\t') && !line.trim().is_empty();
    if let Some(at) = text.lines().position(tab) {
        return Err(Malformed::new(at + 1, "the line is indented with a tab, which YAML forbids"));
    }
    let file = YamlFile::from_str(text).map_err(|error| malformed(&error))?;
    match file.documents().count() {
        0 | 1 => Ok(file),
        _ => Err(Malformed::new(0, "it holds several documents")),
    }
}

fn malformed(error: &yaml_edit::YamlError) -> Malformed {
    match error {
        yaml_edit::YamlError::Parse { message, line, .. } => {
            let what = message.split(". ").next().unwrap_or(message);
            Malformed::new(line.unwrap_or(0), what.to_owned())
        }
        other => Malformed::new(0, other.to_string()),
    }
}

/// The settings; none, if nothing is written but comments.
fn root(file: &YamlFile) -> Result<Option<Mapping>, Malformed> {
    let Some(document) = file.document() else { return Ok(None) };
    match document.as_mapping() {
        Some(root) => Ok(Some(root)),
        None if document.to_string().lines().all(blank) => Ok(None),
        None => Err(Malformed::new(1, "it is no list of settings by name")),
    }
}

fn blank(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

/// The servers, if there are any yet: a name with nothing after it holds none.
fn servers(text: &str, root: &Mapping, container: &str) -> Result<Option<Mapping>, Malformed> {
    match (root.get(container), root.get_mapping(container)) {
        (_, Some(servers)) => Ok(Some(servers)),
        (None, None) => Ok(None),
        (Some(found), None) if found.to_string().trim().is_empty() => Ok(None),
        (Some(_), None) => Err(Malformed::no_servers(text, container)),
    }
}

/// What stands there with nothing after its name is written anew, at the end.
fn without_empty(file: &YamlFile, root: &Mapping, container: &str) -> String {
    root.remove(container);
    file.to_string()
}

/// The text, and a list of servers after it.
fn after(text: &str, container: &str, entry: &Entry) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let lines: String = entry.0.iter().map(|(name, value)| line("    ", name, value)).collect();
    format!("{text}{end}{container}:\n  {NAME}:\n{lines}")
}

fn line(indent: &str, name: &str, value: &Value) -> String {
    match value.as_str().filter(|text| is_plain(text)) {
        Some(text) => format!("{indent}{name}: {text}\n"),
        // JSON is YAML.
        None => format!("{indent}{name}: {value}\n"),
    }
}

/// Text that means itself without quotes.
fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./:- ".contains(c))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !words.contains(&text.to_ascii_lowercase().as_str())
}

/// The entry as a node, to be put among others.
fn whole(entry: &Entry) -> Result<Mapping, Malformed> {
    let lines: String = entry.0.iter().map(|(name, value)| line("", name, value)).collect();
    let node = Document::from_str(&lines).map_err(|error| malformed(&error))?.as_mapping();
    node.ok_or_else(|| Malformed::new(0, "our own entry makes no sense"))
}

/// The edited text, if it still makes sense and holds what it should.
fn checked(text: String, container: &str) -> Result<String, Malformed> {
    read(&text, container).map_err(|found| {
        Malformed::new(0, format!("it cannot be edited without harm ({})", found.what))
    })?;
    Ok(text)
}

/// What is read back, as far as anybody asks for it.
fn value(node: &YamlNode) -> Value {
    match node {
        YamlNode::Mapping(all) => all
            .iter()
            .filter_map(|(name, each)| Some((name.as_scalar()?.as_string(), value(&each))))
            .collect(),
        YamlNode::Sequence(all) => all.values().map(|each| value(&each)).collect(),
        YamlNode::Scalar(scalar) => {
            let flag = scalar.as_bool().map(Value::from);
            let number = || scalar.as_i64().map(Value::from);
            let typed = if scalar.is_quoted() { None } else { flag.or_else(number) };
            typed.unwrap_or_else(|| scalar.as_string().into())
        }
        YamlNode::Alias(_) | YamlNode::TaggedNode(_) => Value::Null,
    }
}
