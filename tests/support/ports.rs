//! [`Reservation`]: a TCP port that no other test gets, and no connection: it lies outside of the range
//! from which the kernel takes ports. A daemon that was killed finds its port free again.

use std::fs::File;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

use rustix::fs::{FlockOperation, flock};

use super::tools;

const FIRST: u16 = 10_000;

/// Below the ports that the daemon assigns, which begin at 20000, and those of most kernels.
const COUNT: u16 = 10_000;

/// A TCP port. It is given back when this is dropped.
pub(crate) struct Reservation {
    pub(crate) port: u16,
    // Held for its lock.
    _lock: File,
}

impl Reservation {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let folder = tools::folder().join("ports");
        std::fs::create_dir_all(&folder).unwrap();
        // Tests run in processes of their own, whose pids follow each other.
        let begin = (process::id() as u16).wrapping_mul(7);
        for _ in 0..COUNT {
            let offset = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
            let port = FIRST + offset % COUNT;
            let lock = File::create(folder.join(port.to_string())).unwrap();
            if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() && is_free(port) {
                return Self { port, _lock: lock };
            }
        }
        panic!("no port between {FIRST} and {} is free", FIRST + COUNT);
    }
}

/// Whether no other program listens on it, on any address.
fn is_free(port: u16) -> bool {
    ["0.0.0.0", "::1"].into_iter().all(|address| match TcpListener::bind((address, port)) {
        Ok(_) => true,
        // A machine without IPv6 has no such address.
        Err(error) => error.kind() != ErrorKind::AddrInUse,
    })
}
