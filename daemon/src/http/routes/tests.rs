//! The table of routes against the router that is built from it, and against its document.

use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use persistproc_api::daemon::{Limits, TcpStatus};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{Problem, Time};
use tower_service::Service;

use super::*;
use crate::supervisor::Supervisor;

/// The complete router over an empty data directory.
async fn complete_router(data: &Path) -> Router {
    let dirs = DataDirs::resolve(Some(data)).unwrap();
    let supervisor = Supervisor::open(dirs, Limits::default()).await.unwrap();
    let tcp = TcpStatus::Open { url: "http://127.0.0.1:1".into() };
    let start_time = Time::now();
    crate::http::router(AppState {
        supervisor,
        start_time,
        tcp,
        shutdown: Default::default(),
        flag_origins: Default::default(),
        names: true,
    })
}

/// The code of an error response; `None` for a success.
async fn error_code(router: &mut Router, method: &str, path: &str) -> Option<ErrorCode> {
    let request = Request::builder().method(method).uri(path.replace("{target}", "unknown"));
    let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
    if response.status() == StatusCode::OK {
        return None;
    }
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Some(serde_json::from_slice::<Problem>(&body).unwrap().code)
}

#[tokio::test]
async fn the_router_accepts_exactly_the_routes_of_the_table() {
    let data = tempfile::tempdir().unwrap();
    let mut router = complete_router(data.path()).await;
    for path in table().iter().map(|route| &route.path) {
        for method in ["get", "post", "delete", "put", "patch"] {
            let code = error_code(&mut router, &method.to_uppercase(), path).await;
            let is_listed =
                table().iter().any(|route| route.path == *path && route.method == method);
            assert_ne!(code, Some(ErrorCode::NoSuchRoute), "{method} {path}");
            assert_eq!(code != Some(ErrorCode::MethodNotAllowed), is_listed, "{method} {path}");
        }
    }
    let unknown = error_code(&mut router, "GET", "/v1/x").await;
    assert_eq!(unknown, Some(ErrorCode::NoSuchRoute));
}

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
fn every_reference_resolves() {
    let document = openapi::document(&table());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn a_response_has_all_keys_and_a_request_no_unknown_ones() {
    let document = openapi::document(&table());
    let schema = |name: &str| &document["components"]["schemas"][name];
    let required = schema("Process")["required"].as_array().unwrap();
    for key in ["id", "status", "pid", "start_time", "end_time", "exit_code", "signal", "error"] {
        assert!(required.contains(&key.into()), "{key}");
    }
    assert!(!required.contains(&"facts".into()));
    let exit_code = &schema("Process")["properties"]["exit_code"];
    assert_eq!(exit_code["type"], json!(["integer", "null"]));
    for name in ["StartRequest", "StopRequest", "WaitRequest", "ShutdownRequest", "Size"] {
        assert_eq!(schema(name)["additionalProperties"], false, "{name}");
    }
    assert_eq!(schema("StartRequest")["required"], json!(["command", "working_directory"]));
    let statuses = schema("StatusKind")["enum"].as_array().unwrap();
    assert_eq!(statuses.len(), 6);
}
