//! `JsonBody`: a JSON body as a typed value.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use persistproc_api::{ErrorCode, Problem};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::body_problem::body_problem;
use crate::http::error::ApiError;

/// The largest body: a megabyte for standard input in base64, and room for the rest.
const MAX_BODY_BYTES: usize = 2 << 20;

/// A JSON body. An absent body is read as `{}`.
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let content_type = request.headers().get(CONTENT_TYPE).cloned();
        let body = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await;
        let body = body.map_err(|_| {
            Problem::new(ErrorCode::TooLarge, "The body is larger than 2 MiB.")
                .hint("Send it in several requests.")
        })?;
        let is_absent = body.is_empty() && content_type.is_none();
        if !is_absent && !content_type.as_ref().is_some_and(is_json) {
            let message = "The content type of the body is not JSON.";
            return Err(Problem::new(ErrorCode::UnsupportedMediaType, message)
                .hint("Send it with `Content-Type: application/json`.")
                .into());
        }
        parse(if body.is_empty() { b"{}" } else { &body })
    }
}

fn is_json(content_type: &HeaderValue) -> bool {
    let media_type = content_type.to_str().ok().and_then(|value| value.split(';').next());
    media_type.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned + JsonSchema>(body: &[u8]) -> Result<JsonBody<T>, ApiError> {
    // serde would accept an array as the fields of a struct in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::invalid("The body is not a JSON object.")
            .hint("Send an object with the fields of this route.")
            .into());
    }
    match serde_json::from_slice(body) {
        Ok(value) => Ok(JsonBody(value)),
        Err(error) => Err(body_problem::<T>(body, &error).into()),
    }
}
