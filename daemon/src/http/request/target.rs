//! `PathTarget` and `ProcessTarget`: the process that a request is about.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use persistproc_api::control::TargetQuery;
use persistproc_api::{Problem, Target};

use super::query::QueryParams;
use crate::http::error::ApiError;

/// The name of the target, from the path.
pub struct PathTarget(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathTarget {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(name)| Self(name)).map_err(|_| {
            Problem::parameter("target", "is not valid UTF-8")
                .hint("Percent-encode the UTF-8 bytes of the target.")
                .into()
        })
    }
}

/// The target: its name from the path, the directory that is searched first from the query.
pub struct ProcessTarget(pub Target);

impl<S: Send + Sync> FromRequestParts<S> for ProcessTarget {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let PathTarget(name) = PathTarget::from_request_parts(parts, state).await?;
        let QueryParams(query) =
            QueryParams::<TargetQuery>::from_request_parts(parts, state).await?;
        Ok(Self(Target::new(name, query.working_directory)))
    }
}
