//! Problems of invalid parameters. Each names the parameter; its hint shows a valid example or the
//! names that the route accepts.

use persistproc_api::Problem;
use persistproc_api::problem::NextStep;
use persistproc_api::words::nearest;
use serde_json::Value;

use super::examples::example;
use crate::http::schema::RequestField;

/// The most characters of a value, or of the deserializer's message about it, in a problem.
const MAX_VALUE_CHARS: usize = 200;

/// Where a parameter was given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Location {
    Query,
    Body,
}

impl Location {
    fn noun(self) -> &'static str {
        match self {
            Self::Query => "query parameter",
            Self::Body => "field",
        }
    }
}

/// The problem with the first name that is unknown or repeated. `parent` is the path of the object
/// that holds the names, empty for the query and for the whole body.
pub(super) fn check_names(
    location: Location,
    parent: &str,
    names: &[&str],
    fields: &[RequestField],
) -> Option<Problem> {
    for (at, name) in names.iter().enumerate() {
        if !fields.iter().any(|field| field.name == *name) {
            return Some(unknown(location, parent, name, fields));
        }
        if names[..at].contains(name) {
            return Some(repeated(&join(parent, name)));
        }
    }
    None
}

/// The path of a field in the object at `parent`: `wait.timeout`.
pub(super) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

/// A required parameter that was not given.
pub(super) fn missing(location: Location, path: &str) -> Problem {
    Problem::parameter(path, "is missing").hint(example_of(location, path))
}

/// A value of the wrong type or out of range. `reason` is the deserializer's message.
pub(super) fn wrong_value(location: Location, path: &str, value: &Value, reason: &str) -> Problem {
    let predicate = format!("cannot be {}: {}", shorten(&value.to_string()), shorten(reason));
    Problem::parameter(path, predicate).hint(example_of(location, path))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn unknown(location: Location, parent: &str, name: &str, fields: &[RequestField]) -> Problem {
    let noun = location.noun();
    let known: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let accepted = if list.is_empty() {
        format!("This route has no {noun}s.")
    } else {
        format!("Known {noun}s: {}.", list.join(", "))
    };
    let hint = match nearest(name, known) {
        Some(similar) => NextStep::DidYouMean(similar).then(accepted),
        None => accepted.into(),
    };
    Problem::parameter(join(parent, name), format!("is not a {noun} of this route")).hint(hint)
}

fn repeated(path: &str) -> Problem {
    Problem::parameter(path, "is given more than once").hint("Give it once.")
}

/// A valid value for `path`, or for the nearest parent that has an example.
fn example_of(location: Location, path: &str) -> NextStep {
    let names = path.rsplit(['.', '[']);
    let Some((name, value)) = names.into_iter().find_map(|name| Some((name, example(name)?)))
    else {
        return "See GET /openapi.json for the parameters of this route.".into();
    };
    match (location, value) {
        (Location::Body, value) => NextStep::example(name.to_owned(), value),
        (Location::Query, Value::String(text)) => format!("Example: `{name}={text}`.").into(),
        (Location::Query, value) => format!("Example: `{name}={value}`.").into(),
    }
}
