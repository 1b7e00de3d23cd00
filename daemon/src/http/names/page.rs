//! The answers for a process that cannot be reached by its name: a page for browsers, a sentence for
//! other clients.

use axum::body::Body;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::{Process, Status};

use super::forward::ForwardError;
use super::ready;

/// The page. The words in braces are replaced.
const PAGE: &str = include_str!("not_ready.html");

/// Whether the client is a browser that shows a page.
pub(super) fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// The process does not listen on a port. The page reloads itself when it does.
pub(super) fn not_ready(process: &Process, html: bool) -> Response {
    let (sentence, next) = explain(process);
    if html {
        page(process, &sentence, &next)
    } else {
        text(StatusCode::SERVICE_UNAVAILABLE, &format!("{sentence} {next}"))
    }
}

/// The request could not be forwarded.
pub(super) fn failed(process: &Process, error: &ForwardError) -> Response {
    let sentence =
        format!("`{}` {error}. See its output: pp output {}", process.name(), process.id);
    text(error.status(), &sentence)
}

/// The process is a daemon, or its name leads to one.
pub(super) fn leads_to_daemon(process: &Process, port: u16, own_port: u16) -> Response {
    let sentence = format!(
        "Port {port} of `{}` is that of a persistproc daemon, to which nothing is forwarded. \
         The API of this one is at http://127.0.0.1:{own_port}.",
        process.name()
    );
    text(StatusCode::LOOP_DETECTED, &sentence)
}

/// The client belongs to another user.
pub(super) fn other_user() -> Response {
    let sentence = "Names of processes are only for the user of the daemon. The client is not known \
                    to run as that user.";
    text(StatusCode::UNAUTHORIZED, sentence)
}

/// What is the matter, and what to do.
fn explain(process: &Process) -> (String, String) {
    let id = &process.id;
    let name = process.name();
    match &process.status {
        Status::Running { .. } => (
            format!("`{name}` is running and does not listen on a port yet."),
            format!("See its output: pp output {id}"),
        ),
        Status::Stopping { .. } => {
            (format!("`{name}` is stopping."), format!("Start it again: pp restart {id}"))
        }
        _ => (
            format!("`{name}` is not running: it {}.", process.end_phrase()),
            format!("Start it again: pp restart {id}"),
        ),
    }
}

fn page(process: &Process, sentence: &str, next: &str) -> Response {
    let mut random = [0; 16];
    let nonce = match getrandom::fill(&mut random) {
        Ok(()) => STANDARD.encode(random),
        // Without a nonce the script does not run.
        Err(_) => String::new(),
    };
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'"
    );
    let words = [
        ("{nonce}", nonce),
        ("{name}", escaped(process.name())),
        ("{status}", process.status.word().to_owned()),
        ("{sentence}", escaped(sentence)),
        ("{next}", escaped(next)),
        ("{command}", escaped(&process.command_line())),
        ("{directory}", escaped(&process.working_directory.to_string_lossy())),
        ("{events}", escaped(&ready::url(process))),
    ];
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, filled(PAGE, &words)).into_response()
}

/// The template with all words replaced, in one pass: a value may contain another word.
fn filled(template: &str, words: &[(&str, String)]) -> String {
    let mut page = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        page.push_str(&rest[..start]);
        rest = &rest[start..];
        match words.iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                page.push_str(value);
                rest = &rest[word.len()..];
            }
            None => {
                page.push('{');
                rest = &rest[1..];
            }
        }
    }
    page.push_str(rest);
    page
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

fn text(status: StatusCode, sentence: &str) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (status, headers, Body::from(format!("{sentence}\n"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_neither_markup_nor_template() {
        let words = [("{name}", escaped("<b>{next}")), ("{next}", "x".to_owned())];
        assert_eq!(filled("a {name} {next} {other}", &words), "a &lt;b&gt;{next} x {other}");
    }
}
