//! Bodies, queries and targets, checked at the door: what is wrong is named, with its value.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use persistproc_api::control::TargetQuery;
use persistproc_api::routes::CLIENT_HEADER;
use persistproc_api::{ErrorCode, Problem};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::Error;
use super::explain::{Place, explain};
use super::openapi::shapes::Shapes;
use crate::supervisor::Supervisor;
use crate::supervisor::requests::requester::Requester;

/// The largest body, in bytes: a megabyte for standard input in base64, and some.
const LARGEST: usize = 2 << 20;

/// A JSON body. An absent one is `{}`.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let content_type = request.headers().get(CONTENT_TYPE).cloned();
        let bytes = axum::body::to_bytes(request.into_body(), LARGEST).await.map_err(|_| {
            Problem::new(ErrorCode::TooLarge, "The body is larger than 2 MiB.")
                .hint("Send it in parts.")
        })?;
        if bytes.is_empty() && content_type.is_none() {
            return parse(b"{}");
        }
        let json =
            content_type.as_ref().and_then(|value| value.to_str().ok()).is_some_and(|value| {
                value
                    .split(';')
                    .next()
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(Problem::new(
                ErrorCode::UnsupportedMediaType,
                "The body is not marked as JSON.",
            )
            .hint("Send it with `Content-Type: application/json`.")
            .into());
        }
        parse(if bytes.is_empty() { b"{}" } else { &bytes })
    }
}

fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<Body<T>, Error> {
    // A list would be taken for the fields in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::invalid("The body is not a JSON object.")
            .hint("Send `{…}` with the fields of this route.")
            .into());
    }
    let body: Value = serde_json::from_slice(bytes).map_err(|error| {
        Problem::invalid(format!("The body is not JSON: {error}."))
            .hint("Send one object with the fields of this route, such as `{}`.")
    })?;
    // From the bytes once more: only there a field that is given twice can be seen.
    let reader = &mut serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(reader).map(Body).map_err(|error| {
        let path = error.path().to_string();
        let given = body.pointer(&pointer(&path));
        let fields = Shapes::default().fields::<T>();
        explain(Place::Body, &path, given, &error.inner().to_string(), &fields).into()
    })
}

/// `wait.timeout` as JSON Pointer has it.
fn pointer(path: &str) -> String {
    path.split(['.', '[']).map(|part| format!("/{}", part.trim_end_matches(']'))).collect()
}

/// The supervisor, for whoever sends this request: a client that names itself, or else its
/// program as `User-Agent` has it.
pub struct Asked(pub Supervisor);

impl FromRequestParts<super::State> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &super::State,
    ) -> Result<Self, Infallible> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let program = text(USER_AGENT.as_str()).and_then(|agent| agent.split(['/', ' ']).next());
        let who = text(CLIENT_HEADER).or(program).map(Requester::named).unwrap_or_default();
        Ok(Self(state.supervisor.on_behalf_of(who)))
    }
}

/// A query string.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema> FromRequestParts<S> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Query::try_from_uri(&parts.uri).map(|Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            let why = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
            let pairs = pairs.map(|Query(pairs)| pairs).unwrap_or_default();
            let (name, why) = why.split_once(": ").unwrap_or(("", why));
            let given = pairs.into_iter().find(|(given, _)| given == name);
            let given = given.map(|(_, value)| Value::String(value));
            let fields = Shapes::default().fields::<T>();
            explain(Place::Query, name, given.as_ref(), why, &fields).into()
        })
    }
}

/// For routes that take no query.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The target in the path.
pub struct Target(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(target)| Self(target)).map_err(|_| {
            Problem::invalid("The target in the path is not UTF-8.")
                .hint("Percent-encode it.")
                .into()
        })
    }
}

/// A target and where to look for it first.
pub struct Targeted {
    pub target: String,
    pub directory: Option<std::path::PathBuf>,
}

impl<S: Send + Sync> FromRequestParts<S> for Targeted {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Target(target) = Target::from_request_parts(parts, state).await?;
        let Params(TargetQuery { working_directory: directory }) =
            Params::from_request_parts(parts, state).await?;
        Ok(Self { target, directory })
    }
}
