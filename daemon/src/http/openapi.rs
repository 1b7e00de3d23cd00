//! The OpenAPI 3.1 document, generated from the table of routes and the types of their handlers.

mod normalize;

use persistproc_api::{Problem, VERSION};
use serde_json::{Map, Value, json};

use self::normalize::normalize;
use super::route::Route;
use super::schema::Schemas;

/// The document that describes `routes`.
pub(super) fn document(routes: &[Route]) -> Value {
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let operation = route.to_operation(&mut schemas);
        let path = paths.entry(route.path.clone()).or_insert_with(|| json!({}));
        path[route.method] = operation;
    }
    // Every error response refers to `Problem`, so its schema is needed even if no type uses it.
    schemas.response::<Problem>();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "persistproc",
            "version": VERSION,
            "summary": "One shared process layer for people and agents.",
            "description": include_str!("openapi/description.md"),
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/", "description": "The daemon that served this document." }],
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas.into_components(),
            "headers": { "version": {
                "description": "The version of the daemon.",
                "schema": { "type": "string" },
            } },
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The content of the file `token` in the data directory. Needed \
                                over TCP if the kernel cannot tell that the client runs as the \
                                daemon's user.",
            } },
        },
    });
    normalize(&mut document);
    document
}
