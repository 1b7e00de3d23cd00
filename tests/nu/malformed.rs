//! Malformed answers of a daemon: every command reports an error, and the plugin never panics.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::thread;

use crate::support::World;

const MALFORMED_ANSWERS: [&str; 9] = [
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
fn no_malformed_answer_makes_a_command_panic() {
    let world = World::new();
    // A daemon creates the directory of the socket.
    world.pp(["list"]).ok();
    let socket = world.sockets().unwrap().join("daemon.sock");
    world.pp(["shutdown"]).ok();
    for answer in MALFORMED_ANSWERS {
        std::fs::remove_file(&socket).ok();
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            // The thread ends with the test process.
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 4096];
                let read = stream.read(&mut request).unwrap_or(0);
                if read > 0 && stream.write_all(answer.as_bytes()).is_err() {
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
            let output = world.nu(&script);
            assert_eq!(output.code, 1, "{line}: {answer:?}: {output}");
            let text = output.to_string();
            assert!(
                text.contains("persistproc::") || line.ends_with("--raw"),
                "{line}: {answer:?}: {text}"
            );
            assert!(!text.contains("panicked"), "{line}: {answer:?}: {text}");
        }
    }
    std::fs::remove_file(&socket).ok();
}
