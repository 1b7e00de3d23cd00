//! A wrong value for every parameter of every route, as the document lists them: each is refused,
//! and the answer names the parameter, the value and a right one.

use serde_json::{Map, Value, json};

use super::start;
use crate::support::{Http, Reply, World};

/// Every method of every path.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            // What is refused is never looked for, so that no process need be there.
            let path = path.replace("{target}", "it");
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

/// A value that a query parameter cannot have; none for free text.
fn wrong_text(document: &Value, name: &str, schema: &Value) -> Option<&'static str> {
    let schema = resolved(document, schema);
    match name {
        "since" | "before" => return Some("soonish"),
        "after" => return Some("x-y"),
        "grep" => return Some("("),
        _ => {}
    }
    let free = schema["type"] == "string" && schema["enum"].is_null();
    (!free).then_some("wrongish")
}

/// A value that a field of a body cannot have: of a kind that it does not take.
fn wrong_value(document: &Value, schema: &Value) -> Value {
    let text = schema.to_string();
    let takes_object = text.contains("\"object\"")
        || resolved(document, schema)["type"] == "object"
        || text.contains("#/components/schemas/");
    if takes_object { json!(75) } else { json!({ "wrong": 1 }) }
}

#[track_caller]
fn refused(reply: &Reply, name: &str, value: &str) -> String {
    let problem = reply.expect(422);
    assert_eq!(problem["code"], "invalid_request", "{problem:#}");
    let (message, hint) = (problem["message"].as_str().unwrap(), problem["hint"].as_str().unwrap());
    assert!(message.contains(&format!("`{name}`")), "{name} is not named: {problem:#}");
    assert!(message.contains(value), "{value} is not named: {problem:#}");
    assert!(!hint.is_empty(), "{problem:#}");
    hint.to_owned()
}

/// What a hint says to write.
fn example<'a>(hint: &'a str, name: &str) -> Option<&'a str> {
    let quoted = hint.split('`').skip(1).step_by(2);
    quoted.into_iter().find(|part| part.starts_with(&format!("{name}=")))
}

fn nap() -> (World, Http, Value) {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sleep", "1000"]);
    let document = rest.get("/openapi.json").expect(200);
    (world, rest, document)
}

#[test]
fn every_parameter_of_a_query() {
    let (_world, rest, document) = nap();
    let mut checked = Vec::new();
    for (method, path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let Some(wrong) = wrong_text(&document, name, &parameter["schema"]) else { continue };
            let ask = |pair: &str| {
                let json = [("content-type", "application/json")];
                let required = if path == "/v1/search" && name != "grep" { "grep=x&" } else { "" };
                let url = format!("{path}?{required}{pair}");
                rest.send(&method, &url, &json, if method == "POST" { b"{}" } else { b"" })
            };
            let hint = refused(&ask(&format!("{name}={wrong}")), name, wrong);
            checked.push(format!("{path}?{name}"));
            if let Some(right) = example(&hint, name)
                && !path.ends_with("/follow")
            {
                // A wait that is asked for would be one; the others answer at once.
                assert_ne!(ask(right).status, 422, "{right} is no right example: {hint}");
            }
        }
    }
    assert!(checked.len() > 20, "{checked:#?}");
}

#[test]
fn every_field_of_a_body() {
    let (world, rest, document) = nap();
    let mut checked = Vec::new();
    for (_, path, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let none = Map::new();
        let fields = resolved(&document, schema)["properties"].as_object().unwrap_or(&none);
        for (name, schema) in fields {
            let wrong = wrong_value(&document, schema);
            let reply = rest.post(&path, &json!({ name: wrong }));
            let hint = refused(&reply, name, &wrong.to_string());
            assert!(hint.starts_with("Such as") || hint.contains("such as"), "{name}: {hint}");
            checked.push(format!("{path} {name}"));
        }
    }
    assert!(checked.len() > 25, "{checked:#?}");
    assert_eq!(world.list().len(), 1, "something was started");
    assert_eq!(world.process("it")["status"], "running");
}

#[test]
fn a_parameter_that_no_route_knows() {
    let (world, rest, document) = nap();
    for (method, path, operation) in operations(&document) {
        let json = [("content-type", "application/json")];
        let body: &[u8] = if method == "POST" { b"{}" } else { b"" };
        let reply = rest.send(&method, &format!("{path}?nonsense=1"), &json, body);
        let hint = refused(&reply, "nonsense", "");
        assert!(hint.contains("This route takes"), "{method} {path}: {hint}");
        if !operation["requestBody"].is_null() {
            let reply = rest.post(&path, &json!({"nonsense": 1}));
            refused(&reply, "nonsense", "");
        }
    }
    assert_eq!(world.process("it")["status"], "running");
}

#[test]
fn a_value_of_the_right_kind_that_cannot_be() {
    let (_world, rest, _) = nap();
    let it = |verb: &str, body: Value| rest.post(&format!("/v1/processes/it/{verb}"), &body);
    refused(&it("stdin", json!({"base64": "?"})), "base64", "?");
    refused(&it("wait", json!({"pattern": "("})), "pattern", "(");
    refused(&it("wait", json!({"after": "x"})), "after", "x");
    refused(&it("stop", json!({"timeout": -1})), "timeout", "-1");
    let new = |field: Value| {
        let mut body = json!({"command": "sleep 1000", "working_directory": "/"});
        body.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        rest.post("/v1/processes", &body)
    };
    refused(&new(json!({"umask": 4096})), "umask", "4096");
    refused(&new(json!({"wait": {"timeout": "soon"}})), "wait.timeout", "soon");
    refused(&new(json!({"tty": {"rows": 70000, "columns": 1}})), "tty.rows", "70000");
    refused(&rest.get("/v1/search?grep=x&lines=0"), "lines", "0");
}
