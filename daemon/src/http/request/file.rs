//! `PathFile`: the file that a request asks for.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use persistproc_api::Problem;

use crate::http::error::ApiError;

/// The name of the file, from the path.
pub struct PathFile(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathFile {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(name)| Self(name)).map_err(|_| {
            Problem::parameter("file", "is not valid UTF-8")
                .hint("Open /dashboard in a browser, which asks for its files.")
                .into()
        })
    }
}
