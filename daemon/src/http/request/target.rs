//! `PathTarget` and `ProcessTarget`: the process that a request is about.

use std::path::PathBuf;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use persistproc_api::Problem;
use persistproc_api::control::TargetQuery;

use super::query::QueryParams;
use crate::http::error::ApiError;

/// The target in the path.
pub struct PathTarget(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathTarget {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(target)| Self(target)).map_err(|_| {
            Problem::invalid("The target in the path is not valid UTF-8.")
                .hint("Percent-encode its UTF-8 bytes.")
                .into()
        })
    }
}

/// The target in the path, with the directory of the query that is searched first.
pub struct ProcessTarget {
    pub target: String,
    pub directory: Option<PathBuf>,
}

impl<S: Send + Sync> FromRequestParts<S> for ProcessTarget {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let PathTarget(target) = PathTarget::from_request_parts(parts, state).await?;
        let QueryParams(query) =
            QueryParams::<TargetQuery>::from_request_parts(parts, state).await?;
        Ok(Self { target, directory: query.working_directory })
    }
}
