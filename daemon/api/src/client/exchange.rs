//! Helpers of an exchange: [`with_query`] builds the path of a request, [`decode`] turns a response
//! into a value or a [`Problem`].

use std::fmt::Display;
use std::io::Read;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http::{Response, StatusCode};

use crate::VERSION;
use crate::control::TargetQuery;
use crate::follow::FollowQuery;
use crate::problem::{ErrorCode, Problem};
use crate::routes::{self, Verb};
use crate::target::Target;
use crate::version::is_older;

/// The next step after a response that this client does not understand.
const OTHER_VERSION: &str = "The daemon may have another version. Run `persistproc serve --replace` \
                             to replace it.";

pub(super) fn target_query(target: &Target) -> TargetQuery {
    TargetQuery { working_directory: target.directory.clone() }
}

pub(super) fn verb_path(target: &Target, verb: Verb) -> Result<String, Problem> {
    with_query(&routes::verb(&target.name, verb), &target_query(target))
}

pub(super) fn follow_path(target: &Target, query: &FollowQuery) -> Result<String, Problem> {
    let query = FollowQuery { working_directory: target.directory.clone(), ..query.clone() };
    with_query(&routes::verb(&target.name, Verb::Follow), &query)
}

/// A path with the fields of `query` that are not null as its query string.
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

/// The response if it is a success, or the problem in its body.
pub(super) fn check(response: Response<Body>) -> Result<Response<Body>, Problem> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let version = response.headers().get(routes::VERSION_HEADER);
    let version = version.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let problem = decode(response).unwrap_or_else(|_| unexplained(status));
    Err(with_older_version(problem, version.as_deref()))
}

/// A daemon of an older version does not know all fields and routes of this client. The next step is
/// to replace it then.
fn with_older_version(problem: Problem, version: Option<&str>) -> Problem {
    use ErrorCode::{InvalidRequest, MethodNotAllowed, NoSuchRoute};
    let may_be_unknown = matches!(problem.code, InvalidRequest | MethodNotAllowed | NoSuchRoute);
    let Some(version) = version.filter(|version| may_be_unknown && is_older(version)) else {
        return problem;
    };
    let hint = format!(
        "{} The daemon is version {version}, older than this program ({VERSION}). Run `persistproc \
         serve --replace` to replace it; its processes keep running.",
        problem.hint
    );
    let hint = hint.trim_start().to_owned();
    problem.hint(hint)
}

fn unexplained(status: StatusCode) -> Problem {
    let message = format!("The daemon answered {status} without an explanation.");
    Problem::new(ErrorCode::Internal, message).hint(OTHER_VERSION)
}

/// Parses the body of a response.
pub(super) fn decode<T: DeserializeOwned>(mut response: Response<Body>) -> Result<T, Problem> {
    let bytes = response.body_mut().with_config().limit(u64::MAX).read_to_vec();
    let bytes = bytes.map_err(|error| disconnected(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("The answer of the daemon cannot be read: {error}.");
        Problem::new(ErrorCode::Internal, message).hint(OTHER_VERSION)
    })
}

/// The body of a response of any length.
pub(super) fn reader(response: Response<Body>) -> impl Read + Send + 'static {
    response.into_body().into_with_config().limit(u64::MAX).reader()
}

/// The daemon exited before its answer was complete.
pub(super) fn disconnected(error: &dyn Display) -> Problem {
    let message = format!("The connection to the daemon was lost: {error}.");
    Problem::new(ErrorCode::DaemonUnreachable, message)
        .hint("Its processes keep running; the next command starts a new daemon.")
}
