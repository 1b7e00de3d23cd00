//! This program as a child. The first word after the flag says what it is.

mod clocked;
mod flood;
mod hello;
mod listen;
mod pump;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::Fallible;
use crate::gate::Visit;
use crate::keeper;
use crate::wire::Wire;

/// The word before a role.
pub(crate) const FLAG: &str = "--child";

/// Nothing here outlives a benchmark that forgot it by much.
const AT_MOST: Duration = Duration::from_secs(900);

/// Plays a role. `began` is the time of the first instruction.
pub(crate) fn run(role: &[String], began: u64) -> Fallible<ExitCode> {
    let words: Vec<&str> = role.iter().map(String::as_str).collect();
    match words[..] {
        ["flood", gate, chunk, bytes, rate, then] => {
            flood::flood(gate, chunk.parse()?, bytes.parse()?, rate.parse()?)?;
            hold(then == "hold");
        }
        ["both", count, seed, end] => flood::both(count.parse()?, seed.parse()?, end)?,
        ["clocked", gate, count, seed] => clocked::lines(gate, count.parse()?, seed.parse()?)?,
        ["stamp", gate] => Visit::at(gate)?.leave(&began.to_string())?,
        ["listen", gate] => listen::listen(gate)?,
        ["hold"] => hold(true),
        ["keeper", mark, ref folders @ ..] => keeper::keep(mark, folders)?,
        ["get", socket, path] => {
            let answer = Wire::open(Path::new(socket))?.get(path)?;
            io::stdout().write_all(&answer.body)?;
        }
        ["pump", log, index] => pump::pump(Path::new(log), Path::new(index))?,
        ["hello", "on", port] => hello::serve_on(port.parse()?)?,
        ["hello", socket] => hello::serve(Path::new(socket))?,
        _ => return Err(format!("no such role: {words:?}").into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn hold(on: bool) {
    if on {
        std::thread::sleep(AT_MOST);
    }
}

/// A standard stream without a buffer of the library's.
fn raw(stream: &impl AsFd) -> io::Result<File> {
    let fd: BorrowedFd<'_> = stream.as_fd();
    Ok(File::from(fd.try_clone_to_owned()?))
}
