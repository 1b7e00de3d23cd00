//! The one table from problems to status codes, and the answers to requests no route takes.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use persistproc_api::{ErrorCode, Problem};

/// A problem on its way out.
#[derive(Debug)]
pub struct Error(pub Problem);

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let code = self.0.code;
        let mut response = (status(code), Json(self.0)).into_response();
        if code == ErrorCode::Unauthorized {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The status code of a problem.
pub fn status(code: ErrorCode) -> StatusCode {
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
        | ErrorCode::LabelInUse
        | ErrorCode::DaemonRunning
        | ErrorCode::PortTaken
        | ErrorCode::Superseded
        // No 408: whoever gets one may send the same again.
        | ErrorCode::Timeout => StatusCode::CONFLICT,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Storage => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::Busy | ErrorCode::ShuttingDown | ErrorCode::DaemonUnreachable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// No route has this path.
pub async fn no_such_route(uri: Uri) -> Error {
    Problem::new(ErrorCode::NoSuchRoute, format!("There is nothing at {}.", uri.path()))
        .hint("The API begins at /v1/processes; a target in a path is percent-encoded.")
        .into()
}

/// The route does not take this method.
pub async fn method_not_allowed(method: Method, uri: Uri) -> Error {
    Problem::new(ErrorCode::MethodNotAllowed, format!("{} does not take {method}.", uri.path()))
        .hint("Reading is GET, changing is POST, forgetting is DELETE.")
        .into()
}
