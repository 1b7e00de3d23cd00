//! Edits the hooks in JSON settings. Comments and the order of keys stay; a new element is appended,
//! because Codex remembers the user's consent by position.

use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstRootNode};
use serde_json::Value;

use super::entries::{HookEntry, HookSetup, is_own_command};
use crate::agents::editor::{Malformed, parse_json};
use crate::hook::client::HookClient;

/// The key of the hooks in all settings.
const KEY: &str = "hooks";

/// The order in which the fields of an element are written.
const FIELD_ORDER: [&str; 6] = ["matcher", "hooks", "name", "type", "command", "timeout"];

/// Our hooks: the event of each, and its command.
pub(super) fn read(client: HookClient, text: &str) -> Result<Vec<(String, String)>, Malformed> {
    let root = parse_json(text)?;
    let mut found = Vec::new();
    for (event, list) in lists(text, &root)? {
        for element in list.elements() {
            let commands = commands_of(&element);
            let own = commands.into_iter().filter(|command| is_own_command(client, command));
            found.extend(own.map(|command| (event.clone(), command)));
        }
    }
    Ok(found)
}

/// Where our hooks are: the event, the index of the group, the index of the handler in it.
pub(super) fn positions(
    client: HookClient,
    text: &str,
) -> Result<Vec<(String, usize, usize)>, Malformed> {
    let root = parse_json(text)?;
    let mut found = Vec::new();
    for (event, list) in lists(text, &root)? {
        for (group, element) in list.elements().iter().enumerate() {
            for (handler, one) in handlers(element).iter().enumerate() {
                if is_own_handler(client, one) {
                    found.push((event.clone(), group, handler));
                }
            }
        }
    }
    Ok(found)
}

/// The text with these hooks. One that is there already is replaced in its place.
pub(super) fn put(setup: &HookSetup, text: &str) -> Result<String, Malformed> {
    let root = parse_json(text)?;
    let is_new = text.trim().is_empty();
    let object = root.object_value_or_create().ok_or_else(|| not_an_object(KEY))?;
    if is_new && setup.client == HookClient::Cursor {
        object.append("version", CstInputValue::Number("1".to_owned()));
    }
    // The lists must have the expected shapes.
    lists(text, &root)?;
    let hooks = object.object_value_or_set(KEY);
    for HookEntry { event, element } in setup.entries() {
        let list = hooks.array_value_or_set(event);
        let own = list.elements().into_iter().find(|old| is_own_element(setup.client, old));
        match own {
            None => {
                list.ensure_multiline();
                list.append(to_input(&element));
            }
            Some(old) if old.to_serde_value().as_ref() == Some(&element) => {}
            Some(old) => replace(setup.client, &old, &element),
        }
    }
    let new = root.to_string();
    Ok(if is_new && !new.ends_with('\n') { new + "\n" } else { new })
}

/// The text without our hooks, and without lists and objects that have become empty by that.
pub(super) fn remove(client: HookClient, text: &str) -> Result<String, Malformed> {
    let root = parse_json(text)?;
    for (event, list) in lists(text, &root)? {
        let mut is_changed = false;
        for element in list.elements() {
            is_changed |= remove_own(client, element);
        }
        if is_changed && list.elements().is_empty() {
            let hooks = root.object_value().and_then(|object| object.object_value(KEY));
            if let Some(property) = hooks.and_then(|hooks| hooks.get(&event)) {
                property.remove();
            }
        }
    }
    if let Some(object) = root.object_value()
        && let Some(hooks) = object.object_value(KEY)
        && hooks.properties().is_empty()
        && let Some(property) = object.get(KEY)
    {
        property.remove();
    }
    Ok(root.to_string())
}

/// Whether the settings hold nothing but what a new file of ours has besides the hooks.
pub(super) fn is_skeleton(text: &str) -> bool {
    let Ok(root) = parse_json(text) else { return false };
    let fields = root.to_serde_value().unwrap_or(Value::Null);
    !text.contains("//")
        && !text.contains("/*")
        && fields.as_object().is_none_or(|fields| fields.keys().all(|key| key == "version"))
}

/// The lists of all events.
fn lists(text: &str, root: &CstRootNode) -> Result<Vec<(String, CstArray)>, Malformed> {
    let Some(hooks) = root.object_value().and_then(|object| object.get(KEY)) else {
        return Ok(Vec::new());
    };
    let malformed = |what: &str| {
        let line = text.lines().position(|line| line.contains(KEY)).map_or(0, |at| at + 1);
        Malformed { line, cause: format!("`{what}` has an unexpected type") }
    };
    let hooks = hooks.object_value().ok_or_else(|| malformed(KEY))?;
    let mut found = Vec::new();
    for property in hooks.properties() {
        let event = property.decoded_name().unwrap_or_default();
        let list = property.array_value().ok_or_else(|| malformed(&event))?;
        found.push((event, list));
    }
    Ok(found)
}

fn not_an_object(what: &str) -> Malformed {
    Malformed { line: 1, cause: format!("`{what}` is not an object") }
}

/// The commands of an element: its own, or those of its handlers.
fn commands_of(element: &CstNode) -> Vec<String> {
    let Some(value) = element.to_serde_value() else { return Vec::new() };
    let handlers = value[KEY].as_array().cloned().unwrap_or_default();
    let all = std::iter::once(value).chain(handlers);
    all.filter_map(|one| one["command"].as_str().map(str::to_owned)).collect()
}

fn is_own_element(client: HookClient, element: &CstNode) -> bool {
    commands_of(element).iter().any(|command| is_own_command(client, command))
}

/// Replaces an element of ours. In one that has handlers of others, too, only our command changes.
fn replace(client: HookClient, old: &CstNode, element: &Value) {
    let handlers = handlers(old);
    if handlers.len() < 2 {
        if let Some(object) = old.as_object() {
            object.replace_with(to_input(element));
        }
        return;
    }
    let command = element[KEY][0]["command"].as_str().unwrap_or_default();
    for handler in handlers.iter().filter(|handler| is_own_handler(client, handler)) {
        if let Some(property) = handler.get("command") {
            property.set_value(CstInputValue::String(command.to_owned()));
        }
    }
}

/// Removes an element of ours, or our handler if there are others. Whether something was removed.
fn remove_own(client: HookClient, element: CstNode) -> bool {
    if !is_own_element(client, &element) {
        return false;
    }
    let handlers = handlers(&element);
    if handlers.iter().all(|handler| is_own_handler(client, handler)) {
        element.remove();
    } else {
        let own = handlers.into_iter().filter(|handler| is_own_handler(client, handler));
        own.for_each(CstObject::remove);
    }
    true
}

fn handlers(element: &CstNode) -> Vec<CstObject> {
    let list = element.as_object().and_then(|object| object.array_value(KEY));
    let elements = list.map(|list| list.elements()).unwrap_or_default();
    elements.iter().filter_map(CstNode::as_object).collect()
}

fn is_own_handler(client: HookClient, handler: &CstObject) -> bool {
    let value = handler.to_serde_value();
    value.and_then(|value| Some(is_own_command(client, value["command"].as_str()?))) == Some(true)
}

fn to_input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(all) => CstInputValue::Array(all.iter().map(to_input).collect()),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| FIELD_ORDER.iter().position(|known| known == name));
            let fields = fields.into_iter().map(|(name, value)| (name.clone(), to_input(value)));
            CstInputValue::Object(fields.collect())
        }
    }
}
