//! The overview page at `/`: what persistproc is, and the table of routes. It shows no data of any
//! process, so it contains no untrusted text.

use std::fmt::Write;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use persistproc_api::VERSION;
use persistproc_api::routes::SEARCH;

use super::route::Route;

/// No scripts, nothing from other origins, and no embedding in frames.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The page as HTML for clients that accept it, and as plain text for others.
pub(super) fn page(routes: &[Route], request_headers: &HeaderMap) -> Response {
    let accept = request_headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let (content_type, body) = if accept.is_some_and(|accept| accept.contains("text/html")) {
        ("text/html; charset=utf-8", html(routes))
    } else {
        ("text/plain; charset=utf-8", text(routes))
    };
    let headers =
        [(CONTENT_TYPE, content_type), (VARY, ACCEPT.as_str()), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, body).into_response()
}

fn text(routes: &[Route]) -> String {
    let width = routes.iter().map(|route| route.path.len()).max().unwrap_or_default();
    let mut rows = String::new();
    for Route { method, path, summary, .. } in routes {
        let method = method.to_uppercase();
        let _ = writeln!(rows, "{method:<6} {path:<width$}  {summary}");
    }
    fill(include_str!("home.txt"), &rows)
}

fn html(routes: &[Route]) -> String {
    let mut rows = String::new();
    for route in routes {
        let method = route.method.to_uppercase();
        let path = linked_path(route);
        let summary = route.summary;
        let _ = writeln!(rows, "<tr><td>{method}<td><code>{path}</code><td>{summary}");
    }
    fill(include_str!("home.html"), &rows)
}

/// The path, as a link if a browser can open it.
fn linked_path(Route { method, path, .. }: &Route) -> String {
    if *method != "get" || path.contains('{') {
        path.clone()
    } else if path == SEARCH {
        // The pattern is required.
        format!("<a href=\"{path}?grep=error\">{path}?grep=error</a>")
    } else {
        format!("<a href=\"{path}\">{path}</a>")
    }
}

fn fill(page: &str, rows: &str) -> String {
    page.replace("{version}", VERSION).replace("{routes}", rows)
}
