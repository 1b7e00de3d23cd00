//! `Background`: a command that runs beside the test. The test can wait for its output or its
//! end, which gives an [`Output`]; dropping it kills the command.

use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::normalizer::Normalizer;
use super::output::Output;
use super::procs::{Signal, kill};
use super::wait::{until, within};

/// A running command with both streams captured.
pub(crate) struct Background {
    child: Child,
    what: String,
    stdout: Captured,
    stderr: Captured,
    normalizer: Normalizer,
}

impl Background {
    pub(crate) fn start(mut command: Command, normalizer: Normalizer) -> Self {
        let what = format!("{command:?}");
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{what}: {error}"));
        let stdout = Captured::new(child.stdout.take().expect("stdout is piped"));
        let stderr = Captured::new(child.stderr.take().expect("stderr is piped"));
        Self { child, what, stdout, stderr, normalizer }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until standard output contains `part`.
    #[track_caller]
    pub(crate) fn until_stdout(&self, part: &str) {
        until(&format!("{part:?} from {}", self.what), || contains(&self.stdout, part));
    }

    /// The standard output received so far.
    pub(crate) fn out(&self) -> String {
        self.stdout.text()
    }

    /// The standard error received so far.
    pub(crate) fn err(&self) -> String {
        self.stderr.text()
    }

    /// Writes to the command's standard input, which has to be a pipe.
    pub(crate) fn type_in(&mut self, bytes: &[u8]) {
        self.child.stdin.as_mut().expect("stdin is piped").write_all(bytes).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal);
    }

    /// Waits until the command has exited and both streams are at EOF.
    #[track_caller]
    pub(crate) fn end(mut self) -> Output {
        drop(self.child.stdin.take());
        let what = format!("the end of {}", self.what);
        let code = until(&what, || self.try_exit_code());
        let stdout = self.stdout.all(&self.what);
        let stderr = self.stderr.all(&self.what);
        Output { stdout, stderr, code, normalizer: self.normalizer.clone() }
    }

    /// Waits at most `limit` for the exit code; on timeout returns the output so far.
    pub(crate) fn end_within(mut self, limit: Duration) -> Result<i32, String> {
        drop(self.child.stdin.take());
        within(limit, || self.try_exit_code())
    }

    /// The exit code, or the output so far if the command still runs.
    fn try_exit_code(&mut self) -> Result<i32, String> {
        match self.child.try_wait().unwrap() {
            Some(status) => Ok(exit_code(status)),
            None => Err(format!("{}{}", self.stdout.text(), self.stderr.text())),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Both fail if the command was reaped already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

fn contains(stream: &Captured, part: &str) -> Result<(), String> {
    let text = stream.text();
    if text.contains(part) { Ok(()) } else { Err(text) }
}

/// One stream, read to EOF by its own thread.
struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Captured {
    fn new(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            loop {
                match stream.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(n) => received.lock().unwrap().extend(&buffer[..n]),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => panic!("cannot read a pipe: {error}"),
                }
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// Waits for EOF and returns all bytes. The command has exited already, so this blocks only
    /// while another process holds the write end of the pipe.
    #[track_caller]
    fn all(&mut self, what: &str) -> Vec<u8> {
        let reader = self.reader.take().expect("read once");
        until(&format!("EOF on a pipe of {what}"), || {
            if reader.is_finished() { Ok(()) } else { Err("a process still holds it".into()) }
        });
        reader.join().expect("the reader thread did not panic");
        std::mem::take(&mut *self.bytes.lock().unwrap())
    }
}
