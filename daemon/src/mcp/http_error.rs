//! `answer_errors_as_json`: rmcp answers what is no message of MCP with a line of text. Clients get the same
//! JSON as from every other route.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use persistproc_api::{ErrorCode, Problem};

/// The longest text of an error that is passed on, in bytes.
const MAX_TEXT_BYTES: usize = 64 << 10;

/// The most characters of it.
const MAX_TEXT_CHARS: usize = 300;

/// Middleware: gives errors without JSON a body of JSON.
pub(super) async fn answer_errors_as_json(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_text = content_type.is_none_or(|content_type| content_type.starts_with("text/plain"));
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !is_text {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, MAX_TEXT_BYTES).await.unwrap_or_default();
    let text: String = String::from_utf8_lossy(&text).trim().chars().take(MAX_TEXT_CHARS).collect();
    let message = if text.is_empty() { format!("The request failed: {status}.") } else { text };
    let problem = Problem::new(code(status), message).hint(
        "Send one JSON-RPC message of MCP by POST, with `Content-Type: application/json` and \
         `Accept: application/json, text/event-stream`.",
    );
    let mut answer = (status, Json(problem)).into_response();
    for (name, value) in &parts.headers {
        if name != CONTENT_LENGTH && !answer.headers().contains_key(name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

fn code(status: StatusCode) -> ErrorCode {
    match status {
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
        status if status.is_server_error() => ErrorCode::Internal,
        _ => ErrorCode::InvalidRequest,
    }
}
