//! This program as a child in a role, which is the first argument after [`FLAG`].

mod capture;
mod empty_server;
mod flood;
mod late_listener;
mod timed_lines;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::Fallible;
use crate::handshake::ChildHandshake;
use crate::http_client::HttpConnection;
use crate::watchdog;

/// The argument before a role.
pub(crate) const FLAG: &str = "--child";

/// Maximum lifetime of a child that nothing kills.
const MAX_LIFETIME: Duration = Duration::from_secs(900);

/// Runs a role. `began` is the time of the first instruction.
pub(crate) fn run(role: &[String], began: u64) -> Fallible<ExitCode> {
    let role: Vec<&str> = role.iter().map(String::as_str).collect();
    match role[..] {
        ["flood", handshake, chunk, bytes, rate, then] => {
            flood::flood(handshake, chunk.parse()?, bytes.parse()?, rate.parse()?)?;
            if then == "sleep" {
                sleep_until_killed();
            }
        }
        ["two-streams", count, seed, end] => {
            flood::two_streams(count.parse()?, seed.parse()?, end)?;
        }
        ["timed-lines", handshake, count, seed] => {
            timed_lines::write(handshake, count.parse()?, seed.parse()?)?;
        }
        ["start-time", handshake] => {
            ChildHandshake::connect(handshake)?.report(&began.to_string())?;
        }
        ["late-listener", handshake] => late_listener::listen(handshake)?,
        ["sleep"] => sleep_until_killed(),
        ["watchdog", mark, ref folders @ ..] => watchdog::run(mark, folders)?,
        ["get", socket, path] => {
            let response = HttpConnection::to_socket(Path::new(socket))?.get(path)?;
            io::stdout().write_all(&response.body)?;
        }
        ["capture", log, index] => capture::capture(Path::new(log), Path::new(index))?,
        ["empty-server", "port", port] => empty_server::serve_on_port(port.parse()?)?,
        ["empty-server", "socket", socket] => empty_server::serve_on_socket(Path::new(socket))?,
        _ => return Err(format!("unknown role: {role:?}").into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn sleep_until_killed() {
    std::thread::sleep(MAX_LIFETIME);
}

/// A standard stream without the standard library's buffer.
fn raw(stream: &impl AsFd) -> io::Result<File> {
    let fd: BorrowedFd<'_> = stream.as_fd();
    Ok(File::from(fd.try_clone_to_owned()?))
}
