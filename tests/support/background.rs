//! A command that goes on while the test does other things: what it has printed so far can be
//! waited for, its end gives an [`Output`], and it never outlives the test.

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
        let stdout = Captured::of(child.stdout.take().expect("stdout is piped"));
        let stderr = Captured::of(child.stderr.take().expect("stderr is piped"));
        Self { child, what, stdout, stderr, normalizer }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns when standard output holds this.
    #[track_caller]
    pub(crate) fn until_stdout(&self, part: &str) {
        until(&format!("{part:?} from {}", self.what), || holds(&self.stdout, part));
    }

    /// What standard output holds so far.
    pub(crate) fn out(&self) -> String {
        self.stdout.text()
    }

    /// Types into its standard input, which the command was given as a pipe.
    pub(crate) fn type_in(&mut self, bytes: &[u8]) {
        self.child.stdin.as_mut().expect("stdin is piped").write_all(bytes).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal);
    }

    /// Waits for the end, of the command and of both its streams.
    #[track_caller]
    pub(crate) fn end(mut self) -> Output {
        drop(self.child.stdin.take());
        let what = format!("the end of {}", self.what);
        let code = until(&what, || self.ended());
        let (stdout, stderr) = (self.stdout.all(&self.what), self.stderr.all(&self.what));
        Output { stdout, stderr, code, normalizer: self.normalizer.clone() }
    }

    /// Waits so long for the end and no longer; the exit code.
    pub(crate) fn end_within(mut self, limit: Duration) -> Result<i32, String> {
        drop(self.child.stdin.take());
        within(limit, || self.ended())
    }

    /// The exit code, or what was said so far.
    fn ended(&mut self) -> Result<i32, String> {
        match self.child.try_wait().unwrap() {
            Some(status) => Ok(exit_code(status)),
            None => Err(format!("{}{}", self.stdout.text(), self.stderr.text())),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // An error here means that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

fn holds(stream: &Captured, part: &str) -> Result<(), String> {
    let text = stream.text();
    if text.contains(part) { Ok(()) } else { Err(text) }
}

/// One stream, read to its end by a thread of its own.
struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Captured {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            loop {
                match stream.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(n) => into.lock().unwrap().extend(&buffer[..n]),
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

    /// All of it: the command has ended, so only a stray holder of the pipe can keep us waiting.
    #[track_caller]
    fn all(&mut self, what: &str) -> Vec<u8> {
        let reader = self.reader.take().expect("read once");
        until(&format!("nobody to hold a pipe of {what}"), || {
            if reader.is_finished() { Ok(()) } else { Err("somebody still holds it".into()) }
        });
        reader.join().expect("the reader ended well");
        std::mem::take(&mut *self.bytes.lock().unwrap())
    }
}
