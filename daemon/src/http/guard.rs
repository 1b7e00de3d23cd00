//! Who may ask at all: in front of every route of the TCP listener, routes that do not exist
//! included. A web page cannot get past `Host` and `Origin`, another user cannot get past the kernel.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use persistproc_api::{ErrorCode, Problem};

use super::door::Peer;
use super::error::Error;

/// What the guard compares with.
#[derive(Clone)]
pub struct Rules {
    pub port: u16,
    pub token: Arc<str>,
    /// Our own user.
    pub user: u32,
}

/// A router with the guard in front of all of it.
pub fn guarded(router: Router, rules: Rules) -> Router {
    let gate = Gate { rules, refused: Arc::default() };
    router.layer(from_fn_with_state(gate, guard))
}

#[derive(Clone)]
struct Gate {
    rules: Rules,
    refused: Arc<AtomicU64>,
}

/// Lets a request pass, or says why not.
async fn guard(
    State(gate): State<Gate>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    match check(&gate.rules, peer, request.headers(), request.uri().host()) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            log(gate.refused.fetch_add(1, Ordering::Relaxed) + 1, &request, &problem);
            Error(problem).into_response()
        }
    }
}

/// So many refusals are written down one by one, and then the count when it has doubled: a page
/// that asks for ever must not fill the disk.
const LOGGED: u64 = 100;

/// A word on who was refused, without anything that may be a secret: no query, no token.
fn log(count: u64, request: &Request, problem: &Problem) {
    if count <= LOGGED || count.is_power_of_two() {
        let path: String = request.uri().path().chars().take(200).collect();
        let why: String = problem.message.chars().take(200).collect();
        tracing::warn!("refused {} {path} (refusal {count}): {why}", request.method());
    }
}

/// The decision, in the order of the checks.
fn check(
    rules: &Rules,
    peer: Peer,
    headers: &HeaderMap,
    uri_host: Option<&str>,
) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let mut hosts = headers.get_all(HOST).iter();
    let host = text(HOST).unwrap_or_default();
    if hosts.nth(1).is_some()
        || !is_loopback(host)
        || uri_host.is_some_and(|host| !is_loopback(host))
    {
        return Err(forbidden(format!("The Host {host:?} is not this machine's loopback."))
            .hint(format!("Use http://127.0.0.1:{}.", rules.port)));
    }
    let origins = headers.get_all(ORIGIN).iter();
    let mut origins = origins.map(|origin| origin.to_str().unwrap_or("\u{fffd}"));
    if let Some(origin) = origins.find(|origin| !is_own_origin(origin, rules.port)) {
        return Err(forbidden(format!("Pages of the Origin {origin:?} may not ask."))
            .hint("Only the daemon's own pages may; programs send no Origin."));
    }
    let said = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if !may_fetch(said("sec-fetch-site"), said("sec-fetch-mode")) {
        return Err(forbidden("A page from elsewhere may not ask.".into())
            .hint("Open the address in a tab of its own."));
    }
    let given = text(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    match given {
        Some(token) if same(token.as_bytes(), rules.token.as_bytes()) => Ok(()),
        Some(_) => Err(unauthorized("The bearer token is wrong.")),
        None if peer.user == Some(rules.user) => Ok(()),
        None => Err(unauthorized("Another user, or someone unknown, is at the other end.")),
    }
}

fn forbidden(message: String) -> Problem {
    Problem::new(ErrorCode::Forbidden, message)
}

fn unauthorized(message: &str) -> Problem {
    Problem::new(ErrorCode::Unauthorized, message)
        .hint("Send `Authorization: Bearer <token>`; the token is the file `token` in the data directory.")
}

/// `localhost`, `127.0.0.1:8947`, `[::1]`: this machine, whatever the port.
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
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_own_origin(origin: &str, port: u16) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| origin == format!("http://{host}:{port}"))
}

/// A browser says where a request comes from also where it sends no Origin: of other pages only a
/// link that someone follows is taken, which no page can read.
fn may_fetch(site: Option<&str>, mode: Option<&str>) -> bool {
    matches!(site, None | Some("none" | "same-origin")) || mode == Some("navigate")
}

/// Compares without telling by its duration how much was right.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(
        host: &str,
        origin: Option<&str>,
        token: Option<&str>,
        user: Option<u32>,
    ) -> Result<(), ErrorCode> {
        let rules = Rules { port: 8947, token: "secret".into(), user: 7 };
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        check(&rules, Peer { user, full: false }, &headers, None).map_err(|problem| problem.code)
    }

    #[test]
    fn a_page_from_elsewhere_can_be_a_link_and_nothing_more() {
        for (site, mode, may) in [
            (None, None, true),
            (Some("none"), Some("navigate"), true),
            (Some("same-origin"), Some("cors"), true),
            (Some("cross-site"), Some("navigate"), true),
            (Some("cross-site"), Some("no-cors"), false),
            (Some("same-site"), Some("cors"), false),
            (Some("same-site"), None, false),
        ] {
            assert_eq!(may_fetch(site, mode), may, "{site:?} {mode:?}");
        }
    }

    #[test]
    fn who_may_ask() {
        for host in [
            "localhost",
            "localhost:8947",
            "127.0.0.1:8947",
            "127.1.2.3",
            "[::1]:8947",
            "LOCALHOST",
        ] {
            assert_eq!(checked(host, None, None, Some(7)), Ok(()), "{host}");
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
            assert_eq!(
                checked(host, None, Some("secret"), Some(7)),
                Err(ErrorCode::Forbidden),
                "{host}"
            );
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://localhost:3000",
            "https://localhost:8947",
            "http://localhost:8947.evil",
        ] {
            assert_eq!(
                checked("localhost", Some(origin), Some("secret"), Some(7)),
                Err(ErrorCode::Forbidden),
                "{origin}"
            );
        }
        assert_eq!(checked("localhost", Some("http://localhost:8947"), None, Some(7)), Ok(()));
        assert_eq!(checked("localhost", None, None, Some(8)), Err(ErrorCode::Unauthorized));
        assert_eq!(checked("localhost", None, None, None), Err(ErrorCode::Unauthorized));
        assert_eq!(checked("localhost", None, Some("secret"), None), Ok(()));
        assert_eq!(
            checked("localhost", None, Some("wrong!"), Some(7)),
            Err(ErrorCode::Unauthorized)
        );
    }
}
