//! Arbitrary requests to the router of a daemon without processes: each is answered, and none with
//! an internal error. The route that starts a process is left out, so nothing is started.

use std::cell::OnceCell;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use persistproc_api::daemon::{Limits, TcpStatus};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{Problem, Time};
use persistproc_daemon::http::{AppState, router};
use persistproc_daemon::supervisor::Supervisor;
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

/// Routes with a body, a query or a target.
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
    // An invalid URI would be rejected by the HTTP library before it reaches the router.
    let Ok(request) = request else { return };
    DAEMON.with(|cell| cell.get_or_init(daemon).send(request));
}

fn daemon() -> Daemon {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
    let router = runtime.block_on(async {
        let supervisor = Supervisor::open(dirs, Limits::default()).await.unwrap();
        let tcp = TcpStatus::Open { url: "http://127.0.0.1:1".into() };
        router(AppState {
            supervisor,
            start_time: Time::now(),
            tcp,
            shutdown: Default::default(),
            flag_origins: Default::default(),
            names: true,
        })
    });
    Daemon { runtime, router, _folder: folder }
}

impl Daemon {
    fn send(&self, request: Request<Body>) {
        self.runtime.block_on(async {
            let response = self.router.clone().call(request).await.unwrap();
            let status = response.status();
            assert_ne!(status.as_u16(), 500);
            if !status.is_success() {
                let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
                let problem: Problem = serde_json::from_slice(&body).unwrap();
                assert!(!problem.message.is_empty(), "{status}");
            }
        });
    }
}
