//! A daemon that answers nonsense: one error of ours each time, never a panic of the plugin's.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::thread;

use crate::support::World;

const NONSENSE: [&str; 9] = [
    "",
    "garbage\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n[1,2]",
    "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"processes\": [",
    "HTTP/1.1 200 OK\r\ncontent-length: 32\r\n\r\n{\"processes\": [{\"id\": 7, \"a\": 1}]}",
    "HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\ndata: {\"run\": \"x\"}\n\ndata: [\n\ndata: }\n\n",
];

#[test]
fn every_command_survives_every_nonsense() {
    let world = World::new();
    // The daemon's folder is made by a daemon.
    world.pp(["list"]).ok();
    let socket = world.sockets().unwrap().join("daemon.sock");
    world.pp(["shutdown"]).ok();
    for nonsense in NONSENSE {
        std::fs::remove_file(&socket).ok();
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            // Ends with the test's process at the latest; a shell that is done asks no more.
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap_or(0);
                if read > 0 && stream.write_all(nonsense.as_bytes()).is_err() {
                    return;
                }
            }
        });
        for line in [
            "ps",
            "ps --watch",
            "logs web",
            "logs web --follow --raw",
            "search x",
            "stop web",
            "start true",
        ] {
            let script = format!(
                "$env.config.plugins.persistproc = {{autostart: false}}; persistproc {line}"
            );
            let said = world.nu(&script);
            assert_eq!(said.code, 1, "{line}: {nonsense:?}: {said}");
            let told = said.to_string();
            assert!(
                told.contains("persistproc::") || line.ends_with("--raw"),
                "{line}: {nonsense:?}: {told}"
            );
            assert!(!told.contains("panicked"), "{line}: {nonsense:?}: {told}");
        }
    }
    std::fs::remove_file(&socket).ok();
}
