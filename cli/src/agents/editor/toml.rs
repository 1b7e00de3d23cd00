//! Edits TOML configs. The entry is a table, or an inline table if the container is one.

use serde_json::Value;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike};

use super::{Malformed, SERVER_NAME, ServerEntry};

pub(super) fn read(text: &str, container: &str) -> Result<Option<Value>, Malformed> {
    let document = parse(text)?;
    let Some(servers) = document.get(container) else { return Ok(None) };
    let servers =
        servers.as_table_like().ok_or_else(|| Malformed::not_a_map_of_servers(text, container))?;
    Ok(servers.get(SERVER_NAME).map(to_value))
}

pub(super) fn put(text: &str, container: &str, entry: &ServerEntry) -> Result<String, Malformed> {
    let mut document = parse(text)?;
    let found = read(text, container)?;
    let servers = document.entry(container).or_insert_with(implicit);
    let inline = servers.is_inline_table();
    let servers = servers
        .as_table_like_mut()
        .ok_or_else(|| Malformed::not_a_map_of_servers(text, container))?;
    match (found, servers.get_mut(SERVER_NAME).and_then(Item::as_table_like_mut)) {
        (Some(found), Some(existing)) => update(existing, &found, entry),
        _ if inline => drop(servers.insert(SERVER_NAME, Item::Value(inline_table(entry).into()))),
        _ => drop(servers.insert(SERVER_NAME, Item::Table(table(entry)))),
    }
    Ok(document.to_string())
}

pub(super) fn remove(text: &str, container: &str) -> Result<String, Malformed> {
    let mut document = parse(text)?;
    let Some(servers) = document.get_mut(container) else { return Ok(text.to_owned()) };
    let servers = servers
        .as_table_like_mut()
        .ok_or_else(|| Malformed::not_a_map_of_servers(text, container))?;
    servers.remove(SERVER_NAME);
    Ok(document.to_string())
}

/// Updates the address fields of an existing entry.
fn update(table: &mut dyn TableLike, found: &Value, entry: &ServerEntry) {
    for name in entry.fields_to_remove(found) {
        table.remove(name);
    }
    for (name, value) in entry.fields_to_set(found) {
        match table.get_mut(name) {
            Some(item) => replace(item, to_item(value)),
            None => drop(table.insert(name, to_item(value))),
        }
    }
}

/// Replaces a value and keeps the comment after it.
fn replace(item: &mut Item, mut new: Item) {
    if let (Some(old), Some(new)) = (item.as_value(), new.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    *item = new;
}

fn parse(text: &str) -> Result<DocumentMut, Malformed> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(0, |before| before.matches('\n').count() + 1);
        Malformed::new(line, error.message().to_owned())
    })
}

/// A table without a header of its own: only the tables in it are written.
fn implicit() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn table(entry: &ServerEntry) -> Table {
    entry.0.iter().map(|(name, value)| (*name, to_item(value))).collect()
}

fn inline_table(entry: &ServerEntry) -> InlineTable {
    let values = entry.0.iter().filter_map(|(name, value)| Some((*name, to_toml(value)?)));
    values.collect()
}

fn to_item(value: &Value) -> Item {
    to_toml(value).map_or(Item::None, Item::Value)
}

/// A JSON value as TOML. TOML has no null.
fn to_toml(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number.as_i64()?.into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(all) => all.iter().filter_map(to_toml).collect::<Array>().into(),
        Value::Object(all) => {
            let all = all.iter().filter_map(|(name, value)| Some((name.as_str(), to_toml(value)?)));
            all.collect::<InlineTable>().into()
        }
    })
}

/// A TOML item as JSON. Types that no entry uses become null.
fn to_value(item: &Item) -> Value {
    if let Some(table) = item.as_table_like() {
        return table.iter().map(|(name, item)| (name.to_owned(), to_value(item))).collect();
    }
    match item.as_value() {
        Some(toml_edit::Value::String(text)) => text.value().as_str().into(),
        Some(toml_edit::Value::Integer(number)) => (*number.value()).into(),
        Some(toml_edit::Value::Boolean(flag)) => (*flag.value()).into(),
        Some(toml_edit::Value::Array(all)) => {
            all.iter().map(|each| to_value(&Item::Value(each.clone()))).collect()
        }
        _ => Value::Null,
    }
}
