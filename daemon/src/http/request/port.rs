//! `PathPort`: the TCP port that a request is about.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use persistproc_api::Problem;

use crate::http::error::ApiError;

/// The port, from the path.
pub struct PathPort(pub u16);

impl<S: Send + Sync> FromRequestParts<S> for PathPort {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let text = text.map(|Path(text)| text).unwrap_or_default();
        match text.parse() {
            Ok(port) if port > 0 => Ok(Self(port)),
            _ => {
                Err(Problem::parameter("port", format!("cannot be {text:.60?}: it is no TCP port"))
                    .hint("A TCP port is a number from 1 to 65535. Example: /v1/ports/3000")
                    .into())
            }
        }
    }
}
