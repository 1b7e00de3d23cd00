//! Requests of any kind to the routes of a daemon that has no process: an answer each time, and
//! never a fault of its own. Nothing is started: the one route that could is left out.

use std::cell::OnceCell;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use persistproc_api::daemon::{Limits, TcpDoor};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{Problem, Time};
use persistproc_daemon::http::{About, State, router};
use persistproc_daemon::supervisor::Supervisor;
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

/// The routes that take something.
const ROUTES: [(&str, &str); 12] = [
    ("POST", "/v1/processes/x/stop"),
    ("POST", "/v1/processes/x/restart"),
    ("POST", "/v1/processes/x/signal"),
    ("POST", "/v1/processes/x/stdin"),
    ("POST", "/v1/processes/x/resize"),
    ("POST", "/v1/processes/x/wait"),
    ("GET", "/v1/processes?"),
    ("GET", "/v1/processes/x/output?"),
    ("GET", "/v1/processes/x/follow?"),
    ("GET", "/v1/search?"),
    ("GET", "/v1/processes/"),
    ("DELETE", "/v1/processes/"),
];

struct Daemon {
    runtime: Runtime,
    router: Router,
    _folder: tempfile::TempDir,
}

thread_local! {
    static DAEMON: OnceCell<Daemon> = const { OnceCell::new() };
}

/// The first byte chooses the route, the rest is its body, query or path.
pub(super) fn bodies(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let (method, path) = ROUTES[usize::from(*choice) % ROUTES.len()];
    let request = Request::builder().method(method);
    let request = if method == "POST" {
        request.uri(path).header("content-type", "application/json").body(Body::from(rest.to_vec()))
    } else {
        request.uri(format!("{path}{}", String::from_utf8_lossy(rest))).body(Body::empty())
    };
    // What is no request never gets past the HTTP library.
    let Ok(request) = request else { return };
    DAEMON.with(|cell| cell.get_or_init(daemon).ask(request));
}

fn daemon() -> Daemon {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
    let router = runtime.block_on(async {
        let supervisor = Supervisor::open(dirs, Limits::default()).await.unwrap();
        let tcp = TcpDoor::Open { url: "http://127.0.0.1:1".into() };
        let about = About { start_time: Time::now(), tcp, done: Default::default() };
        router(State { supervisor, about })
    });
    Daemon { runtime, router, _folder: folder }
}

impl Daemon {
    fn ask(&self, request: Request<Body>) {
        self.runtime.block_on(async {
            let answer = self.router.clone().call(request).await.unwrap();
            let status = answer.status();
            assert_ne!(status.as_u16(), 500);
            if !status.is_success() {
                let body = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
                let problem: Problem = serde_json::from_slice(&body).unwrap();
                assert!(!problem.message.is_empty(), "{status}");
            }
        });
    }
}
