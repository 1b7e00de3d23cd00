//! What is asked as a path, and what is answered as a value or a problem. It sends nothing.

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http::{Response, StatusCode};

use crate::control::TargetQuery;
use crate::follow::FollowQuery;
use crate::problem::{ErrorCode, Problem};
use crate::routes::{self, Verb};
use crate::target::Target;

pub(super) fn within(target: &Target) -> TargetQuery {
    TargetQuery { working_directory: target.directory.clone() }
}

pub(super) fn verb(target: &Target, verb: Verb) -> Result<String, Problem> {
    with_query(&routes::verb(&target.name, verb), &within(target))
}

pub(super) fn follow_path(target: &Target, query: &FollowQuery) -> Result<String, Problem> {
    let query = FollowQuery { working_directory: target.directory.clone(), ..query.clone() };
    with_query(&routes::verb(&target.name, Verb::Follow), &query)
}

/// The path with a value's set fields as its query.
pub(super) fn with_query(path: &str, query: &impl Serialize) -> Result<String, Problem> {
    let fields = match serde_json::to_value(query).map_err(Problem::internal)? {
        serde_json::Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    let mut out = path.to_owned();
    let mut separator = '?';
    for (name, value) in fields {
        let text = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        out.push_str(&format!("{separator}{name}={}", routes::encode(&text)));
        separator = '&';
    }
    Ok(out)
}

pub(super) fn check(response: Response<Body>) -> Result<Response<Body>, Problem> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    Err(decode(response).unwrap_or_else(|_| unexplained(status)))
}

fn unexplained(status: StatusCode) -> Problem {
    Problem::new(
        ErrorCode::Internal,
        format!("The daemon answered {status} without an explanation."),
    )
    .hint("Is it of another version? `persistproc serve --replace` puts this one in its place.")
}

pub(super) fn decode<T: DeserializeOwned>(mut response: Response<Body>) -> Result<T, Problem> {
    let bytes = response.body_mut().with_config().limit(u64::MAX).read_to_vec();
    let bytes = bytes.map_err(|error| broken(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Problem::new(
            ErrorCode::Internal,
            format!("The daemon's answer makes no sense here: {error}."),
        )
        .hint("Is it of another version? `persistproc serve --replace` puts this one in its place.")
    })
}

/// The daemon was there and went away in the middle of an answer.
pub(super) fn broken(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ErrorCode::DaemonUnreachable, format!("The daemon went away: {error}."))
        .hint("Its processes go on; the next command starts a new daemon that finds them.")
}
