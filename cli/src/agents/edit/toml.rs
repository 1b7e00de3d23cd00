//! TOML: a table of its own for us, wherever the other servers stand.

use serde_json::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike};

use super::{Entry, Malformed, NAME};

pub(super) fn read(text: &str, container: &str) -> Result<Option<Value>, Malformed> {
    let document = parse(text)?;
    let Some(servers) = document.get(container) else { return Ok(None) };
    let servers = servers.as_table_like().ok_or_else(|| Malformed::no_servers(text, container))?;
    Ok(servers.get(NAME).map(value))
}

pub(super) fn put(text: &str, container: &str, entry: &Entry) -> Result<String, Malformed> {
    let mut document = parse(text)?;
    let found = read(text, container)?;
    let servers = document.entry(container).or_insert_with(implicit);
    let inline = servers.is_inline_table();
    let servers =
        servers.as_table_like_mut().ok_or_else(|| Malformed::no_servers(text, container))?;
    match (found, servers.get_mut(NAME).and_then(Item::as_table_like_mut)) {
        (Some(found), Some(ours)) => change(ours, &found, entry),
        _ if inline => drop(servers.insert(NAME, Item::Value(inline_table(entry).into()))),
        _ => drop(servers.insert(NAME, Item::Table(table(entry)))),
    }
    Ok(document.to_string())
}

pub(super) fn remove(text: &str, container: &str) -> Result<String, Malformed> {
    let mut document = parse(text)?;
    let Some(servers) = document.get_mut(container) else { return Ok(text.to_owned()) };
    let servers =
        servers.as_table_like_mut().ok_or_else(|| Malformed::no_servers(text, container))?;
    servers.remove(NAME);
    Ok(document.to_string())
}

fn change(ours: &mut dyn TableLike, found: &Value, entry: &Entry) {
    for name in entry.strangers(found) {
        ours.remove(name);
    }
    for (name, value) in entry.directions(found) {
        match ours.get_mut(name) {
            Some(there) => replace(there, item(value)),
            None => drop(ours.insert(name, item(value))),
        }
    }
}

/// A comment after the old value stays after the new one.
fn replace(there: &mut Item, mut new: Item) {
    if let (Some(old), Some(new)) = (there.as_value(), new.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    *there = new;
}

fn parse(text: &str) -> Result<DocumentMut, Malformed> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(0, |before| before.matches('\n').count() + 1);
        Malformed::new(line, error.message().to_owned())
    })
}

/// A table that is only there for what is in it has no header of its own.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn table(entry: &Entry) -> Table {
    entry.0.iter().map(|(name, value)| (*name, item(value))).collect()
}

fn inline_table(entry: &Entry) -> InlineTable {
    let values = entry.0.iter().filter_map(|(name, value)| Some((*name, written(value)?)));
    values.collect()
}

fn item(value: &Value) -> Item {
    written(value).map_or(Item::None, Item::Value)
}

/// What TOML can say; it has no null.
fn written(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number.as_i64()?.into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(all) => all.iter().filter_map(written).collect::<Array>().into(),
        Value::Object(all) => {
            let all = all.iter().filter_map(|(name, value)| Some((name.as_str(), written(value)?)));
            all.collect::<InlineTable>().into()
        }
    })
}

/// What is read back, as far as anybody asks for it.
fn value(item: &Item) -> Value {
    if let Some(table) = item.as_table_like() {
        return table.iter().map(|(name, item)| (name.to_owned(), value(item))).collect();
    }
    match item.as_value() {
        Some(toml_edit::Value::String(text)) => text.value().as_str().into(),
        Some(toml_edit::Value::Integer(number)) => (*number.value()).into(),
        Some(toml_edit::Value::Boolean(flag)) => (*flag.value()).into(),
        Some(toml_edit::Value::Array(all)) => {
            all.iter().map(|each| value(&Item::Value(each.clone()))).collect()
        }
        _ => Value::Null,
    }
}
