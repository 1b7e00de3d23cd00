//! `GET /openapi.json`: the API as OpenAPI 3.1. All of it is read off the table of routes and the
//! types they take and give; it knows no route and no shape by itself.

pub(super) mod operation;
pub(super) mod shapes;
mod tidy;

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use persistproc_api::routes::VERSION_HEADER;
use persistproc_api::{Problem, VERSION};
use serde_json::{Map, Value, json};

use self::shapes::Shapes;
use super::request::{Nothing, Params};
use super::routes::table;

/// Where the document is.
pub(super) const PATH: &str = "/openapi.json";

/// It is the same for as long as the daemon lives.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document().to_string().into());

/// `GET /openapi.json`
pub(super) async fn get(_: Params<Nothing>) -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response()
}

fn document() -> Value {
    let mut shapes = Shapes::default();
    let mut paths: Map<String, Value> = Map::new();
    for route in table() {
        let (path, method) = (route.path.clone(), route.method);
        let operation = route.describe(&mut shapes);
        paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
    }
    // Named by every operation, whatever the types say.
    shapes.reply::<Problem>();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "persistproc",
            "version": VERSION,
            "summary": "One shared process layer for people and agents.",
            "description": include_str!("description.md"),
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/", "description": "The daemon that served this." }],
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": shapes.components(),
            "headers": { "version": {
                "description": "The version of the daemon.",
                "schema": { "type": "string" },
            } },
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The file `token` in the data directory. Needed over TCP where the \
                                kernel cannot tell that the same user is at the other end.",
            } },
        },
    });
    tidy::tidy(&mut document);
    document
}

/// The headers of an answer.
fn headers() -> Value {
    json!({ VERSION_HEADER: { "$ref": "#/components/headers/version" } })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` below a value.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let (document, mut found) = (document(), Vec::new());
        references(&document, &mut found);
        assert!(found.len() > 100);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn a_process_has_all_its_keys_and_a_request_no_others() {
        let document = document();
        let schema = |name: &str| &document["components"]["schemas"][name];
        let required = schema("Process")["required"].as_array().unwrap();
        for key in ["id", "status", "pid", "start_time", "end_time", "exit_code", "signal", "error"]
        {
            assert!(required.contains(&key.into()), "{key}");
        }
        assert!(!required.contains(&"facts".into()));
        assert_eq!(
            schema("Process")["properties"]["exit_code"]["type"],
            json!(["integer", "null"])
        );
        for name in ["StartRequest", "StopRequest", "WaitRequest", "ShutdownRequest", "Size"] {
            assert_eq!(schema(name)["additionalProperties"], false, "{name}");
        }
        assert_eq!(schema("StartRequest")["required"], json!(["command", "working_directory"]));
        let statuses = schema("StatusKind")["enum"].as_array().unwrap();
        assert_eq!(statuses.len(), 6);
    }
}
