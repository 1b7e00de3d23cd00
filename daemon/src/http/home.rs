//! `GET /`: what this is and where to go, for whoever comes by. It shows the table of routes and
//! nothing of any process, so there is nothing in it that somebody else wrote.

use std::fmt::Write;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use persistproc_api::VERSION;
use persistproc_api::routes::SEARCH;

use super::request::{Nothing, Params};
use super::route::Route;
use super::routes::table;

/// Where the page is.
pub(super) const PATH: &str = "/";

/// No script, nothing from elsewhere, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// `GET /`
pub(super) async fn get(_: Params<Nothing>, headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, body) = match accepted.contains("text/html") {
        true => ("text/html; charset=utf-8", html(&table())),
        false => ("text/plain; charset=utf-8", text(&table())),
    };
    let headers =
        [(CONTENT_TYPE, kind), (VARY, ACCEPT.as_str()), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, body).into_response()
}

fn text(routes: &[Route]) -> String {
    let mut rows = String::new();
    let width = routes.iter().map(|route| route.path.len()).max().unwrap_or_default();
    for Route { method, path, summary, .. } in routes {
        let method = method.to_uppercase();
        writeln!(rows, "{method:<6} {path:<width$}  {summary}").ok();
    }
    fill(include_str!("home.txt"), &rows)
}

fn html(routes: &[Route]) -> String {
    let mut rows = String::new();
    for Route { method, path, summary, .. } in routes {
        let shown = match *method == "get" && !path.contains('{') {
            // An example: a search for nothing is an error.
            true if path == SEARCH => {
                format!("<a href=\"{path}?grep=error\">{path}?grep=error</a>")
            }
            true => format!("<a href=\"{path}\">{path}</a>"),
            false => path.clone(),
        };
        let method = method.to_uppercase();
        writeln!(rows, "<tr><td>{method}<td><code>{shown}</code><td>{summary}").ok();
    }
    fill(include_str!("home.html"), &rows)
}

fn fill(page: &str, rows: &str) -> String {
    page.replace("{version}", VERSION).replace("{routes}", rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in() {
        for page in [html(&table()), text(&table())] {
            assert!(page.contains(VERSION), "{page}");
            assert!(!page.contains("{version}") && !page.contains("{routes}"), "{page}");
        }
    }
}
