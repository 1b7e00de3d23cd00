//! Handlers for the files of the dashboard. They hold no data of any process, so the guard asks for no
//! user: the page itself sends the token with its requests, where the daemon needs one.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use persistproc_api::routes::DASHBOARD;
use persistproc_api::{ErrorCode, Problem};

use super::error::ApiError;
use super::request::{NoParameters, PathFile, QueryParams};
use crate::web::{self, WebFile};

/// Scripts, styles and requests of this origin only, no frames, and no markup made of text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// Whether a path is one of these files. They are the same for every user.
pub(super) fn is_public(path: &str) -> bool {
    path == DASHBOARD || path.strip_prefix(DASHBOARD).is_some_and(|rest| rest.starts_with('/'))
}

/// `GET /dashboard`
pub async fn page(_: QueryParams<NoParameters>, headers: HeaderMap) -> Response {
    answer(&web::PAGE, &headers)
}

/// `GET /dashboard/{file}`
pub async fn file(
    PathFile(name): PathFile,
    _: QueryParams<NoParameters>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let file = web::find(&name).ok_or_else(|| {
        let message = format!("The dashboard has no file {name:.60?}.");
        Problem::new(ErrorCode::NotFound, message).hint(format!("Open {DASHBOARD} in a browser."))
    })?;
    Ok(answer(file, &headers))
}

/// The file, or nothing if the browser has it.
fn answer(file: &WebFile, headers: &HeaderMap) -> Response {
    let etag = file.etag();
    let known = headers.get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag));
    let headers = [
        (CONTENT_TYPE, file.content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The next version of the daemon has other files. The browser asks each time.
        (CACHE_CONTROL, "no-cache"),
        (ETAG, &etag),
    ];
    let isolation = [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers, isolation).into_response();
    }
    (headers, isolation, file.bytes).into_response()
}
