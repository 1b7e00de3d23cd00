//! `ApiError`: a problem as an HTTP response, with the table from error codes to status codes.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use persistproc_api::{ErrorCode, Problem};

/// The error of every handler: answered as JSON with the status code of its error code.
#[derive(Debug)]
pub struct ApiError(pub Problem);

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.0.code;
        let mut response = (status_code(code), Json(self.0)).into_response();
        if code == ErrorCode::Unauthorized {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The status code of an error code.
pub fn status_code(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidRequest
        | ErrorCode::DirectoryMissing
        | ErrorCode::CommandNotFound
        | ErrorCode::PermissionDenied
        | ErrorCode::StartFailed => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::NotFound | ErrorCode::NoSuchRoute => StatusCode::NOT_FOUND,
        ErrorCode::Ambiguous
        | ErrorCode::NotRunning
        | ErrorCode::AlreadyRunning
        | ErrorCode::StillRunning
        | ErrorCode::InUse
        | ErrorCode::LabelInUse
        | ErrorCode::DaemonRunning
        | ErrorCode::PortTaken
        | ErrorCode::Superseded
        // Not 408: HTTP clients may repeat a request that was answered 408.
        | ErrorCode::Timeout => StatusCode::CONFLICT,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Storage => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::Busy
        | ErrorCode::ShuttingDown
        | ErrorCode::DaemonUnreachable
        | ErrorCode::DaemonUnresponsive => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The fallback for paths without a route.
pub async fn no_such_route(uri: Uri) -> ApiError {
    Problem::new(ErrorCode::NoSuchRoute, format!("No route matches {}.", uri.path()))
        .hint("GET / lists all routes. A target in a path must be percent-encoded.")
        .into()
}

/// The fallback for routes that do not accept the method.
pub async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    Problem::new(ErrorCode::MethodNotAllowed, format!("{} does not accept {method}.", uri.path()))
        .hint("Use GET to read, POST to change and DELETE to forget.")
        .into()
}
