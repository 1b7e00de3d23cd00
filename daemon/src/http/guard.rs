//! Access checks in front of every route of the TCP listener, including paths without a route.
//! `Host`, `Origin` and `Sec-Fetch-Site` keep web pages out; the peer's user id or the bearer token
//! keeps other users out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, Request};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use persistproc_api::{ErrorCode, Problem};

use super::dashboard;
use super::error::ApiError;
use super::listener::Peer;

/// How many refusals are logged individually. A later one is logged only if its count is a power of
/// two, so that a page that keeps sending requests cannot fill the disk.
const LOGGED_REFUSALS: u64 = 100;

/// The most characters of a path or a reason that are logged.
const MAX_LOGGED_CHARS: usize = 200;

/// The values that requests are checked against.
#[derive(Clone)]
pub struct AccessRules {
    /// The port of the TCP listener.
    pub port: u16,
    /// The bearer token.
    pub token: Arc<str>,
    /// The daemon's user id.
    pub user: u32,
}

/// A router with the access checks in front of all its routes.
pub fn with_guard(router: Router, rules: AccessRules) -> Router {
    let guard = Guard { rules, refusals: Arc::default() };
    router.layer(from_fn_with_state(guard, check_access))
}

#[derive(Clone)]
struct Guard {
    rules: AccessRules,
    refusals: Arc<AtomicU64>,
}

async fn check_access(
    State(guard): State<Guard>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request<Body>,
    next: Next,
) -> Response {
    match check(&guard.rules, peer, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            let count = guard.refusals.fetch_add(1, Ordering::Relaxed) + 1;
            log_refusal(count, &request, &problem);
            ApiError(problem).into_response()
        }
    }
}

/// Logs a refused request without its query and headers, which may hold secrets.
fn log_refusal(count: u64, request: &Request<Body>, problem: &Problem) {
    if count <= LOGGED_REFUSALS || count.is_power_of_two() {
        let path: String = request.uri().path().chars().take(MAX_LOGGED_CHARS).collect();
        let reason: String = problem.message.chars().take(MAX_LOGGED_CHARS).collect();
        tracing::warn!("refused {} {path} (refusal {count}): {reason}", request.method());
    }
}

/// Checks `Host`, `Origin`, `Sec-Fetch-Site` and then token and user, in this order. The files of the
/// dashboard are the same for every user: a browser cannot send a token when it opens a page.
fn check<B>(rules: &AccessRules, peer: Peer, request: &Request<B>) -> Result<(), Problem> {
    let headers = request.headers();
    check_host(rules, headers, request.uri().host())?;
    check_origin(rules, headers)?;
    check_fetch_metadata(request.method(), headers)?;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && dashboard::is_public(request.uri().path()) {
        return Ok(());
    }
    check_user(rules, peer, headers)
}

fn check_host(
    rules: &AccessRules,
    headers: &HeaderMap,
    uri_host: Option<&str>,
) -> Result<(), Problem> {
    let host = text_of(headers, HOST).unwrap_or_default();
    let is_repeated = headers.get_all(HOST).iter().nth(1).is_some();
    if is_repeated || !is_loopback(host) || uri_host.is_some_and(|host| !is_loopback(host)) {
        return Err(forbidden(format!("The `Host` header {host:?} is not a loopback address."))
            .hint(format!("Use http://127.0.0.1:{}.", rules.port)));
    }
    Ok(())
}

fn check_origin(rules: &AccessRules, headers: &HeaderMap) -> Result<(), Problem> {
    let origins = headers.get_all(ORIGIN).iter();
    let mut origins = origins.map(|origin| origin.to_str().unwrap_or("\u{fffd}"));
    match origins.find(|origin| !is_own_origin(origin, rules.port)) {
        Some(origin) => Err(forbidden(format!("Requests from the origin {origin:?} are refused."))
            .hint("Only the daemon's own pages have access. Other programs send no `Origin`.")),
        None => Ok(()),
    }
}

fn check_fetch_metadata(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if is_allowed_fetch(method, header("sec-fetch-site"), header("sec-fetch-mode")) {
        return Ok(());
    }
    Err(forbidden("Requests from other sites are refused.".into())
        .hint("Open the address directly in a browser tab."))
}

fn check_user(rules: &AccessRules, peer: Peer, headers: &HeaderMap) -> Result<(), Problem> {
    let token = text_of(headers, AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    match token {
        Some(token) if constant_time_eq(token.as_bytes(), rules.token.as_bytes()) => Ok(()),
        Some(_) => Err(unauthorized("The bearer token is wrong.")),
        None if peer.user == Some(rules.user) => Ok(()),
        None => Err(unauthorized("The client is not known to run as the daemon's user.")),
    }
}

/// The first value of a header; U+FFFD, which no check accepts, if it is not visible ASCII.
fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

fn forbidden(message: String) -> Problem {
    Problem::new(ErrorCode::Forbidden, message)
}

fn unauthorized(message: &str) -> Problem {
    Problem::new(ErrorCode::Unauthorized, message).hint(
        "Send `Authorization: Bearer <token>`. The token is in the file `token` in the data directory.",
    )
}

/// Whether a `Host` names this machine's loopback interface: `localhost`, `127.0.0.1:8947`, `[::1]`.
fn is_loopback(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() && !name.contains(':') => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_own_origin(origin: &str, port: u16) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| origin == format!("http://{host}:{port}"))
}

/// Whether fetch metadata allows a request. Browsers send it even where they send no `Origin`.
/// From other sites only a navigation that reads is allowed, because a page cannot read its answer. A form
/// that is posted is a navigation too.
fn is_allowed_fetch(method: &Method, site: Option<&str>, mode: Option<&str>) -> bool {
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    matches!(site, None | Some("none" | "same-origin")) || (mode == Some("navigate") && is_read)
}

/// Compares in constant time, so that the duration does not reveal how many bytes match.
fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcome for a request with these headers from this user; the daemon's user is 7.
    fn access(
        host: &str,
        origin: Option<&str>,
        token: Option<&str>,
        user: Option<u32>,
    ) -> Result<(), ErrorCode> {
        let rules = AccessRules { port: 8947, token: "secret".into(), user: 7 };
        let peer = Peer { user, is_above_limit: false };
        let mut request = Request::new(());
        let headers = request.headers_mut();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        check(&rules, peer, &request).map_err(|problem| problem.code)
    }

    #[test]
    fn other_sites_may_only_navigate() {
        for (method, site, mode, is_allowed) in [
            (Method::POST, None, None, true),
            (Method::GET, Some("none"), Some("navigate"), true),
            (Method::POST, Some("same-origin"), Some("cors"), true),
            (Method::GET, Some("cross-site"), Some("navigate"), true),
            (Method::POST, Some("cross-site"), Some("navigate"), false),
            (Method::DELETE, Some("same-site"), Some("navigate"), false),
            (Method::GET, Some("cross-site"), Some("no-cors"), false),
            (Method::GET, Some("same-site"), Some("cors"), false),
            (Method::GET, Some("same-site"), None, false),
        ] {
            let allowed = is_allowed_fetch(&method, site, mode);
            assert_eq!(allowed, is_allowed, "{method} {site:?} {mode:?}");
        }
    }

    #[test]
    fn only_loopback_hosts_are_accepted() {
        for host in [
            "localhost",
            "localhost:8947",
            "127.0.0.1:8947",
            "127.1.2.3",
            "[::1]:8947",
            "LOCALHOST",
        ] {
            assert_eq!(access(host, None, None, Some(7)), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8947",
            "127.0.0.1.evil.example",
            "localhost.evil:1",
            "10.0.0.1",
            "[::2]",
        ] {
            let refused = access(host, None, Some("secret"), Some(7));
            assert_eq!(refused, Err(ErrorCode::Forbidden), "{host}");
        }
    }

    #[test]
    fn only_the_own_origin_is_accepted() {
        for origin in [
            "null",
            "http://evil.example",
            "http://localhost:3000",
            "https://localhost:8947",
            "http://localhost:8947.evil",
        ] {
            let refused = access("localhost", Some(origin), Some("secret"), Some(7));
            assert_eq!(refused, Err(ErrorCode::Forbidden), "{origin}");
        }
        assert_eq!(access("localhost", Some("http://localhost:8947"), None, Some(7)), Ok(()));
    }

    #[test]
    fn the_files_of_the_dashboard_are_for_every_user_and_nothing_else_is() {
        let rules = AccessRules { port: 8947, token: "secret".into(), user: 7 };
        let peer = Peer { user: Some(8), is_above_limit: false };
        let allowed = |method: Method, path: &str| {
            let request = Request::builder().method(method).uri(path).header(HOST, "localhost");
            check(&rules, peer, &request.body(()).unwrap()).is_ok()
        };
        for path in ["/dashboard", "/dashboard/app.js", "/dashboard/"] {
            assert!(allowed(Method::GET, path) && !allowed(Method::POST, path), "{path}");
        }
        for path in ["/", "/dashboards", "/v1/processes", "/v1/dashboard", "//dashboard", "/mcp"] {
            assert!(!allowed(Method::GET, path), "{path}");
        }
    }

    #[test]
    fn another_user_needs_the_token() {
        assert_eq!(access("localhost", None, None, Some(8)), Err(ErrorCode::Unauthorized));
        assert_eq!(access("localhost", None, None, None), Err(ErrorCode::Unauthorized));
        assert_eq!(access("localhost", None, Some("secret"), None), Ok(()));
        let wrong_token = access("localhost", None, Some("wrong!"), Some(7));
        assert_eq!(wrong_token, Err(ErrorCode::Unauthorized));
    }
}
