//! What is wrong with a parameter, as a sentence that names it and its value, and a right one to
//! put in its place. It is told what the reader of types said; it understands no value itself.

use persistproc_api::Problem;
use persistproc_api::words::nearest;
use serde_json::{Value, json};

use super::openapi::shapes::Field;

/// Where a parameter was given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Query,
    Body,
}

/// A right value for each name; the same name means the same thing on every route.
pub(super) fn example(name: &str) -> Option<Value> {
    Some(match name {
        "after" => json!("1-0-0"),
        "base64" => json!("eWVzCg=="),
        "before" => json!("14:00"),
        "bytes" => json!(8000),
        "columns" => json!(120),
        "command" => json!("npm run dev"),
        "context" => json!(2),
        "environment" => json!({ "PORT": "3000" }),
        "for" => json!("ready"),
        "grep" => json!("error|warn"),
        "if_running" => json!("return"),
        "label" => json!("web"),
        "lines" => json!(100),
        "pattern" => json!("ready in"),
        "pid" => json!(4711),
        "port" => json!(3000),
        "quiet" => json!(2),
        "rows" => json!(40),
        "run" => json!(1),
        "signal" => json!("HUP"),
        "since" => json!("5m"),
        "skip" => json!(0),
        "status" => json!("running"),
        "stop_timeout" | "timeout" => json!(8),
        "stream" => json!("stdout"),
        "target" => json!("web"),
        "text" => json!("yes\n"),
        "tty" => json!({ "rows": 40, "columns": 120 }),
        "limits" => json!({ "nofile": 4096 }),
        "umask" => json!(18),
        "wait" => json!({ "for": "ready" }),
        "working_directory" => json!("/home/me/project"),
        "as_rows"
        | "collapse"
        | "eof"
        | "facts"
        | "force"
        | "inherit_environment"
        | "keep"
        | "raw"
        | "timestamps" => json!(true),
        _ => return None,
    })
}

/// The problem with what was given. `path` leads to it, such as `wait.timeout`; `why` is what the
/// reader of types said; `fields` are those that this route takes.
pub(super) fn explain(
    place: Place,
    path: &str,
    given: Option<&Value>,
    why: &str,
    fields: &[Field],
) -> Problem {
    let why = why.split(" at line ").next().unwrap_or(why);
    let quoted = |prefix: &str| why.strip_prefix(prefix)?.split('`').next();
    if let Some(name) = quoted("unknown field `") {
        // Below the top the reader says itself what it knows.
        let (_, inner) = why.split_once(", ").unwrap_or_default();
        let top = !path.contains('.');
        return unknown(place, name, if top { None } else { Some(inner) }, fields);
    }
    if let Some(name) = quoted("missing field `") {
        return Problem::invalid(format!("`{name}` is missing.")).hint(such_as(place, name));
    }
    if let Some(name) = quoted("duplicate field `") {
        return Problem::invalid(format!("`{name}` is given twice.")).hint("Give it once.");
    }
    let name = path.split(['.', '[']).next_back().filter(|name| !name.ends_with(']'));
    let name = name.or_else(|| path.split('[').next()).unwrap_or(path);
    let value = given.map_or_else(|| "this".to_owned(), |value| format!("{value:.200}"));
    Problem::invalid(format!("`{path}` cannot be {value}: {why}.")).hint(such_as(place, name))
}

fn unknown(place: Place, name: &str, inner: Option<&str>, fields: &[Field]) -> Problem {
    let what = if place == Place::Query { "parameter" } else { "field" };
    let problem = Problem::invalid(format!("There is no {what} `{name}` here."));
    let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let known = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let meant = nearest(name, names).map(|meant| format!("Did you mean `{meant}`? "));
    let takes = match (inner, known.as_str()) {
        (Some(inner), _) => format!("Known there: {}.", inner.trim_start_matches("expected ")),
        (None, "") => format!("This route takes no {what}s."),
        (None, known) => format!("This route takes {known}."),
    };
    problem.hint(meant.unwrap_or_default() + &takes)
}

fn such_as(place: Place, name: &str) -> String {
    match (example(name), place) {
        (Some(Value::String(text)), Place::Query) => format!("Such as `{name}={text}`."),
        (Some(value), Place::Query) => format!("Such as `{name}={value}`."),
        (Some(value), Place::Body) => format!("Such as `\"{name}\": {value}`."),
        (None, _) => "/openapi.json says what this route takes.".to_owned(),
    }
}
