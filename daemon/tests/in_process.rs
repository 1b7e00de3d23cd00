//! A daemon inside the process of the test: [`Daemon::run`] on sockets that the test has bound.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::time::Duration;

use persistproc_api::daemon::{DaemonInfo, FlagOrigins, Limits};
use persistproc_api::data_dirs::DataDirs;
use persistproc_daemon::daemon::{Daemon, DaemonOptions, Listeners, Shutdown};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

#[tokio::test]
async fn a_daemon_answers_on_a_given_listener_and_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let runtime_dir = folder.path().join("run");
    let dirs = DataDirs::resolve_with(Some(folder.path()), &|name| {
        (name == "PERSISTPROC_RUNTIME_DIR").then(|| runtime_dir.clone().into())
    })
    .unwrap();
    dirs.prepare().unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let unix = UnixListener::bind(dirs.socket()).unwrap();
    let listeners = Listeners { unix, next_unix: mpsc::channel(1).1, tcp: Ok(tcp) };
    let options = DaemonOptions {
        dirs: dirs.clone(),
        limits: Limits::default(),
        mcp_idle: Duration::from_secs(60),
        names: true,
        flag_origins: FlagOrigins::default(),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let daemon = Daemon::open(options).await.unwrap();
    let run = tokio::spawn(daemon.run(listeners, async {
        stopped.await.unwrap();
        Shutdown::KeepProcesses
    }));

    let info: DaemonInfo = get(address, "/v1/daemon").await;
    assert_eq!(info.pid, std::process::id());
    assert_eq!(info.data_dir, fs::canonicalize(folder.path()).unwrap());

    stop.send(()).unwrap();
    timeout(Duration::from_secs(10), run).await.unwrap().unwrap();
    assert!(!dirs.socket().exists());
    assert!(TcpStream::connect(address).await.is_err());
}

/// The JSON body of the answer to a GET request.
async fn get<T: serde::de::DeserializeOwned>(address: std::net::SocketAddr, path: &str) -> T {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).unwrap()
}
