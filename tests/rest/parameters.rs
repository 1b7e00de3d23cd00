//! An invalid value for every parameter of every route in the document: each is rejected, and the
//! error names the parameter, the value and a valid example.

use serde_json::{Map, Value, json};

use super::start;
use crate::support::{Http, Reply, World};

/// Method, path and operation of each route in the document.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // Parameters are checked before the target is resolved.
            let path = path.replace("{target}", "it").replace("{port}", "9");
            all.push((method.to_uppercase(), path, operation.clone()));
        }
    }
    all
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// An invalid value of a query parameter; `None` for free text.
fn invalid_text(document: &Value, name: &str, schema: &Value) -> Option<&'static str> {
    let schema = resolved(document, schema);
    match name {
        "since" | "before" => return Some("soonish"),
        "after" => return Some("x-y"),
        "grep" => return Some("("),
        _ => {}
    }
    let is_free_text = schema["type"] == "string" && schema["enum"].is_null();
    (!is_free_text).then_some("wrongish")
}

/// An invalid value of a field: its type is one that the field does not accept.
fn invalid_value(document: &Value, schema: &Value) -> Value {
    let text = schema.to_string();
    let accepts_object = text.contains("\"object\"")
        || resolved(document, schema)["type"] == "object"
        || text.contains("#/components/schemas/");
    if accepts_object { json!(75) } else { json!({ "wrong": 1 }) }
}

/// Checks that the reply is an error that names the parameter and the value; returns the hint.
#[track_caller]
fn assert_rejected(reply: &Reply, name: &str, value: &str) -> String {
    let problem = reply.expect(422);
    assert_eq!(problem["code"], "invalid_request", "{problem:#}");
    let message = problem["message"].as_str().unwrap();
    let hint = problem["hint"].as_str().unwrap();
    assert!(message.contains(&format!("`{name}`")), "{name} is not named: {problem:#}");
    assert_eq!(problem["parameter"], name, "{problem:#}");
    assert!(message.contains(value), "{value} is not named: {problem:#}");
    assert!(!hint.is_empty(), "{problem:#}");
    hint.to_owned()
}

/// The `name=value` that a hint gives as an example.
fn example<'a>(hint: &'a str, name: &str) -> Option<&'a str> {
    let quoted = hint.split('`').skip(1).step_by(2);
    quoted.into_iter().find(|part| part.starts_with(&format!("{name}=")))
}

/// A running process `it`, and the document.
fn world_with_document() -> (World, Http, Value) {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sleep", "1000"]);
    let document = rest.get("/openapi.json").expect(200);
    (world, rest, document)
}

#[test]
fn every_query_parameter_rejects_an_invalid_value() {
    let (_world, rest, document) = world_with_document();
    let mut checked = Vec::new();
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let Some(invalid) = invalid_text(&document, name, &parameter["schema"]) else {
                continue;
            };
            let ask = |pair: &str| {
                let json = [("content-type", "application/json")];
                let required = if path == "/v1/search" && name != "grep" { "grep=x&" } else { "" };
                let url = format!("{path}?{required}{pair}");
                rest.send(&method, &url, &json, if method == "POST" { b"{}" } else { b"" })
            };
            let hint = assert_rejected(&ask(&format!("{name}={invalid}")), name, invalid);
            checked.push(format!("{path}?{name}"));
            // A valid query of a stream would be answered without an end. A run cannot be compared with
            // itself, and this process has one.
            if let Some(valid) = example(&hint, name)
                && !path.ends_with("/follow")
                && path != "/v1/events"
                && name != "against"
            {
                assert_ne!(ask(valid).status, 422, "{valid} is not a valid example: {hint}");
            }
        }
    }
    assert!(checked.len() > 20, "{checked:#?}");
}

#[test]
fn every_field_of_a_body_rejects_an_invalid_value() {
    let (world, rest, document) = world_with_document();
    let mut checked = Vec::new();
    for (_, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let none = Map::new();
        let fields = resolved(&document, schema)["properties"].as_object().unwrap_or(&none);
        for (name, schema) in fields {
            let invalid = invalid_value(&document, schema);
            let reply = rest.post(&path, &json!({ name: invalid }));
            let hint = assert_rejected(&reply, name, &invalid.to_string());
            assert!(hint.contains("Example: "), "{name}: {hint}");
            checked.push(format!("{path} {name}"));
        }
    }
    assert!(checked.len() > 25, "{checked:#?}");
    assert_eq!(world.list().len(), 1, "something was started");
    assert_eq!(world.process("it")["status"], "running");
}

#[test]
fn an_unknown_parameter_is_rejected_by_every_route() {
    let (world, rest, document) = world_with_document();
    for (method, path, operation) in operations(&document) {
        let json = [("content-type", "application/json")];
        let body: &[u8] = if method == "POST" { b"{}" } else { b"" };
        let reply = rest.send(&method, &format!("{path}?nonsense=1"), &json, body);
        let hint = assert_rejected(&reply, "nonsense", "");
        assert!(hint.contains("query parameters"), "{method} {path}: {hint}");
        if !operation["requestBody"].is_null() {
            let reply = rest.post(&path, &json!({"nonsense": 1}));
            assert_rejected(&reply, "nonsense", "");
        }
    }
    assert_eq!(world.process("it")["status"], "running");
}

#[test]
fn a_value_of_the_right_type_can_be_out_of_range() {
    let (_world, rest, _) = world_with_document();
    let it = |verb: &str, body: Value| rest.post(&format!("/v1/processes/it/{verb}"), &body);
    assert_rejected(&it("stdin", json!({"base64": "?"})), "base64", "?");
    assert_rejected(&it("wait", json!({"pattern": "("})), "pattern", "(");
    assert_rejected(&it("wait", json!({"after": "x"})), "after", "x");
    assert_rejected(&it("stop", json!({"timeout": -1})), "timeout", "-1");
    let new = |field: Value| {
        let mut body = json!({"command": "sleep 1000", "working_directory": "/"});
        body.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        rest.post("/v1/processes", &body)
    };
    assert_rejected(&new(json!({"umask": 4096})), "umask", "4096");
    assert_rejected(&new(json!({"wait": {"timeout": "soon"}})), "wait.timeout", "soon");
    assert_rejected(&new(json!({"tty": {"rows": 70000, "columns": 1}})), "tty.rows", "70000");
    assert_rejected(&rest.get("/v1/search?grep=x&lines=0"), "lines", "0");
}
