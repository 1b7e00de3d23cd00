//! [`Forwarder`]: sends a request on to the port of a process, and its response back. Both bodies are
//! streamed; an upgraded connection becomes a tunnel. Each request has a connection of its own, so
//! that none is lost on one that the process has just closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, HeaderName, HeaderValue, PROXY_AUTHENTICATE, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Method, StatusCode, Uri, Version};
use axum::response::Response;
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use super::forwarded_body::ForwardedBody;

/// How long a process may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Counts how often a request was forwarded by a daemon.
const HOPS: HeaderName = HeaderName::from_static("x-persistproc-hops");

/// Above this number, a request goes round in circles.
const MAX_HOPS: u32 = 8;

/// Headers about one connection, apart from those that `Connection` names.
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Why a request could not be forwarded.
#[derive(Debug, thiserror::Error)]
pub(super) enum ForwardError {
    #[error("does not accept connections")]
    Refused,
    #[error("closed the connection before it answered ({0})")]
    NoAnswer(hyper::Error),
    #[error("is called in circles: the request has been forwarded {MAX_HOPS} times")]
    Loop,
    #[error("cannot be reached with the method CONNECT")]
    Connect,
    #[error("cannot be reached: the daemon forwards as many requests as it can")]
    Busy,
}

impl ForwardError {
    /// The status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoAnswer(_) => StatusCode::BAD_GATEWAY,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::Connect => StatusCode::METHOD_NOT_ALLOWED,
            Self::Refused | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Forwards requests.
#[derive(Clone)]
pub(super) struct Forwarder {
    permits: Arc<Semaphore>,
    leaving: watch::Receiver<bool>,
}

impl Forwarder {
    /// Holds one of `permits` for each request, and breaks off when the daemon is `leaving`.
    pub(super) fn new(permits: Arc<Semaphore>, leaving: watch::Receiver<bool>) -> Self {
        Self { permits, leaving }
    }

    /// Sends a request to this address, and returns the response.
    pub(super) async fn forward(
        &self,
        address: SocketAddr,
        mut request: Request,
    ) -> Result<Response, ForwardError> {
        if request.method() == Method::CONNECT {
            return Err(ForwardError::Connect);
        }
        count_hop(request.headers_mut())?;
        let permit = self.permits.clone().try_acquire_owned().map_err(|_| ForwardError::Busy)?;
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await;
        let stream = stream.ok().and_then(Result::ok).ok_or(ForwardError::Refused)?;
        // Fails for a connection that is closed already.
        stream.set_nodelay(true).ok();
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(ForwardError::NoAnswer)?;
        // Ends with the response. Its error is also that of the response.
        tokio::spawn(async move { connection.with_upgrades().await.ok() });

        let upgrade = take_upgrade(&mut request);
        make_origin_form(&mut request);
        let mut response = sender.send_request(request).await.map_err(ForwardError::NoAnswer)?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let process = hyper::upgrade::on(&mut response);
            if let Some(client) = upgrade {
                tokio::spawn(tunnel(client, process, permit, self.leaving.clone()));
            }
            return Ok(response.map(|_| Body::empty()));
        }
        remove_hop_by_hop(response.headers_mut());
        let leaving = self.leaving.clone();
        Ok(response.map(|body| Body::new(ForwardedBody::new(body, permit, leaving))))
    }
}

/// Counts this forwarding, and fails if there were too many.
fn count_hop(headers: &mut HeaderMap) -> Result<(), ForwardError> {
    let hops = headers.get(HOPS).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    if hops >= MAX_HOPS {
        return Err(ForwardError::Loop);
    }
    headers.insert(HOPS, HeaderValue::from(hops + 1));
    Ok(())
}

/// Removes the headers about the client's connection. If the client asks for an upgrade, this request
/// stays, and the client's connection is returned.
fn take_upgrade(request: &mut Request) -> Option<OnUpgrade> {
    let protocol = request.headers().get(UPGRADE).cloned();
    let asks = list_of(request.headers(), CONNECTION).iter().any(|name| name == "upgrade");
    let upgrade = (asks && protocol.is_some()).then(|| hyper::upgrade::on(&mut *request));
    remove_hop_by_hop(request.headers_mut());
    if upgrade.is_some()
        && let Some(protocol) = protocol
    {
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        request.headers_mut().insert(UPGRADE, protocol);
    }
    upgrade
}

/// Removes headers that are about one connection.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in list_of(headers, CONNECTION) {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// The names in a header that is a list, in lower case.
fn list_of(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

/// Servers expect the path alone.
fn make_origin_form(request: &mut Request) {
    let path = request.uri().path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
    *request.version_mut() = Version::HTTP_11;
}

/// Copies bytes both ways between two upgraded connections, until one is closed or the daemon exits.
async fn tunnel(
    client: OnUpgrade,
    process: OnUpgrade,
    permit: OwnedSemaphorePermit,
    mut leaving: watch::Receiver<bool>,
) {
    let (Ok(client), Ok(process)) = tokio::join!(client, process) else { return };
    let mut client = TokioIo::new(client);
    let mut process = TokioIo::new(process);
    tokio::select! {
        // An error means that one side is gone: then the other one is closed too.
        _ = copy_bidirectional(&mut client, &mut process) => {}
        _ = leaving.wait_for(|leaving| *leaving) => {}
    }
    drop(permit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let builder = headers
            .iter()
            .fold(Request::builder(), |builder, (name, value)| builder.header(*name, *value));
        builder.uri("http://web.localhost/a?b=c").body(Body::empty()).unwrap()
    }

    #[test]
    fn headers_about_the_connection_are_removed_and_others_stay() {
        let mut forwarded = request(&[
            ("host", "web.localhost:8947"),
            ("connection", "keep-alive, X-Private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("authorization", "Basic abc"),
            ("cookie", "a=b"),
        ]);
        assert!(take_upgrade(&mut forwarded).is_none());
        make_origin_form(&mut forwarded);
        assert_eq!(forwarded.uri().to_string(), "/a?b=c");
        let mut names: Vec<&str> = forwarded.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["authorization", "cookie", "host"]);
    }

    #[test]
    fn an_upgrade_is_asked_for_again() {
        let mut forwarded = request(&[("connection", "Upgrade"), ("upgrade", "websocket")]);
        assert!(take_upgrade(&mut forwarded).is_some());
        assert_eq!(forwarded.headers()[CONNECTION], "upgrade");
        assert_eq!(forwarded.headers()[UPGRADE], "websocket");
    }

    #[test]
    fn a_request_that_goes_round_in_circles_is_refused() {
        let mut headers = HeaderMap::new();
        for _ in 0..MAX_HOPS {
            count_hop(&mut headers).unwrap();
        }
        assert!(matches!(count_hop(&mut headers), Err(ForwardError::Loop)));
    }
}
