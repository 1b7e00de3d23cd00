//! [`AnswerWait`]: how long a client waits for the answer to one request. After five seconds the
//! daemon is asked something small: if it does not answer that, the wait is reported. If it does, the
//! wait is reported when it is longer than expected. When it is much longer, it ends, unless the
//! daemon answers something small again: then the request simply takes long.
//!
//! Nothing is polled: each read and write of the connection has the time that is left as its
//! timeout.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use crate::peer;
use crate::problem::{ErrorCode, Problem};
use crate::routes;

/// How much later than expected an answer is reported as late; and how long a wait is before the
/// daemon is asked whether it answers at all.
const NOTICE_DELAY: Duration = Duration::from_secs(5);

/// How much later than expected the wait ends, unless the daemon answers another request.
const END_DELAY: Duration = Duration::from_secs(20);

/// How long the daemon may take to answer another request: before a notice, and before the end.
const NOTICE_PROBE_TIMEOUT: Duration = Duration::from_secs(2);
const END_PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// The shortest timeout of a read: zero would be none.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

/// What to do about a daemon that does not answer.
const WAY_OUT: &str = "Run `persistproc doctor` to check it, or `persistproc serve --replace` to \
                       replace it; its processes keep running.";

/// What to do about a daemon that does not start.
const START_WAY_OUT: &str = "Run `persistproc doctor` to check the daemon, or `persistproc serve` to \
                             see how it starts.";

/// Shows a sentence about a late answer to the user.
pub type DelayReport = fn(&str);

/// How the waits of a client are reported and ended. Clones share the one report.
#[derive(Clone, Debug)]
pub(super) struct WaitPolicy {
    report: Option<DelayReport>,
    was_reported: Arc<AtomicBool>,
    end_delay: Duration,
    /// Whether a daemon that answers other requests is waited for beyond `end_delay`.
    extends: bool,
}

impl Default for WaitPolicy {
    fn default() -> Self {
        Self { report: None, was_reported: Arc::default(), end_delay: END_DELAY, extends: true }
    }
}

impl WaitPolicy {
    pub(super) fn reporting(report: DelayReport) -> Self {
        Self { report: Some(report), ..Self::default() }
    }

    /// Runs `work`, which may block, on a thread of its own. Reports that `what` is late, or ends the
    /// wait for it.
    pub(super) fn wait_for<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (sender, result) = sync_channel(1);
        thread::spawn(move || {
            // Fails after the end of the wait.
            sender.send(work()).ok();
        });
        if let Ok(value) = result.recv_timeout(NOTICE_DELAY) {
            return Ok(value);
        }
        if let Some(report) =
            self.report.filter(|_| !self.was_reported.swap(true, Ordering::Relaxed))
        {
            report(&format!("Still waiting: {what} takes long. {START_WAY_OUT}"));
        }
        result.recv_timeout(self.end_delay).map_err(|_| {
            let seconds = (NOTICE_DELAY + self.end_delay).as_secs();
            let message = format!("No daemon answers: {what} has taken {seconds} s.");
            Problem::new(ErrorCode::DaemonUnresponsive, message).hint(START_WAY_OUT)
        })
    }

    /// Ends a wait when it would be reported.
    pub(super) fn with_short_limit() -> Self {
        Self { end_delay: NOTICE_DELAY, extends: false, ..Self::default() }
    }
}

/// What kind of answer is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerKind {
    /// How long the daemon takes by itself, as for a stop, until the answer begins.
    pub(super) expected: Duration,
    /// Whether it may be silent for any time after that.
    pub(super) is_stream: bool,
}

impl AnswerKind {
    /// An answer as fast as the daemon can give it.
    pub(super) const PROMPT: Self = Self::after(Duration::ZERO);

    /// Live output or events.
    pub(super) const STREAM: Self = Self { is_stream: true, ..Self::PROMPT };

    /// An answer that takes this long by itself.
    pub(super) const fn after(expected: Duration) -> Self {
        Self { expected, is_stream: false }
    }
}

/// The wait for the answer to one request.
#[derive(Clone, Debug)]
pub(super) struct AnswerWait {
    policy: WaitPolicy,
    socket: PathBuf,
    kind: AnswerKind,
    began: Instant,
    /// When to look whether there is something to report. `None`: that was done.
    notice_at: Option<Instant>,
    ends_at: Instant,
}

impl AnswerWait {
    /// Begins to wait for an answer.
    pub(super) fn begin(policy: &WaitPolicy, socket: PathBuf, kind: AnswerKind) -> Self {
        let began = Instant::now();
        let ends_at = began + kind.expected + policy.end_delay;
        Self {
            policy: policy.clone(),
            socket,
            kind,
            began,
            notice_at: Some(began + NOTICE_DELAY),
            ends_at,
        }
    }

    /// Begins to wait for more of an answer. `None` for a stream, which is waited for without end.
    pub(super) fn for_more(&self) -> Option<Self> {
        let more = || Self::begin(&self.policy, self.socket.clone(), AnswerKind::PROMPT);
        (!self.kind.is_stream).then(more)
    }

    /// Runs an operation of the connection until it is done, or until the wait has ended. It gets
    /// its timeout, and fails when that has passed.
    pub(super) fn run<T>(
        &mut self,
        mut operation: impl FnMut(Duration) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match operation(self.timeout()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => self.on_timeout()?,
                result => return result,
            }
        }
    }

    fn timeout(&self) -> Duration {
        let next = self.notice_at.map_or(self.ends_at, |notice_at| notice_at.min(self.ends_at));
        next.saturating_duration_since(Instant::now()).max(MIN_TIMEOUT)
    }

    /// Reports a late answer, or ends the wait.
    fn on_timeout(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.notice_at.is_some_and(|notice_at| now >= notice_at) {
            self.notice_at = self.report();
        }
        if now < self.ends_at {
            return Ok(());
        }
        if self.policy.extends && answers(&self.socket, END_PROBE_TIMEOUT) {
            self.ends_at = Instant::now() + self.policy.end_delay;
            return Ok(());
        }
        Err(io::Error::new(ErrorKind::TimedOut, Unresponsive(self.silence())))
    }

    /// Reports that the daemon does not answer, or that the answer is late. Returns when to look
    /// again: an answer that takes long by itself is not late yet.
    fn report(&self) -> Option<Instant> {
        let report = self.policy.report?;
        let late_at = self.began + self.kind.expected + NOTICE_DELAY;
        let text = if !answers(&self.socket, NOTICE_PROBE_TIMEOUT) {
            format!("{} {WAY_OUT}", self.silence())
        } else if Instant::now() < late_at {
            return Some(late_at);
        } else {
            let daemon = daemon_at(&self.socket);
            let seconds = self.began.elapsed().as_secs();
            format!(
                "Still waiting: {daemon} works, and this request is not done after {seconds} s."
            )
        };
        if !self.policy.was_reported.swap(true, Ordering::Relaxed) {
            report(&text);
        }
        None
    }

    fn silence(&self) -> String {
        let daemon = daemon_at(&self.socket);
        let seconds = self.began.elapsed().as_secs();
        let daemon = daemon.replacen('t', "T", 1);
        format!("{daemon} has not answered for {seconds} s.")
    }
}

/// The PID of the process that listens on a Unix socket.
pub(super) fn listening_pid(socket: &Path) -> Option<u32> {
    peer::pid(&connect(socket, NOTICE_PROBE_TIMEOUT).ok()?)
}

/// "the daemon (PID 7)".
fn daemon_at(socket: &Path) -> String {
    match listening_pid(socket) {
        Some(pid) => format!("the daemon (PID {pid})"),
        None => "the daemon".to_owned(),
    }
}

/// Whether the daemon answers a small request.
fn answers(socket: &Path, timeout: Duration) -> bool {
    let ask = || -> io::Result<usize> {
        let mut stream = connect(socket, timeout)?;
        stream.set_write_timeout(Some(timeout))?;
        stream.set_read_timeout(Some(timeout))?;
        let path = routes::DAEMON;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        stream.read(&mut [0; 1])
    };
    ask().is_ok_and(|count| count > 0)
}

/// Connects to a Unix socket. On Linux, a connection to a listener with a full queue waits as long as
/// a write may.
pub(super) fn connect(socket: &Path, timeout: Duration) -> io::Result<UnixStream> {
    use rustix::net::sockopt::{Timeout, set_socket_timeout};
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, socket_with};

    let stream = UnixStream::from(socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )?);
    set_socket_timeout(&stream, Timeout::Send, Some(timeout))?;
    rustix::net::connect(&stream, &SocketAddrUnix::new(socket)?)?;
    Ok(stream)
}

fn is_timeout(error: &io::Error) -> bool {
    // Of a socket with a timeout, the kernel reports the former. Our own is the end of the wait.
    let is_own = error.get_ref().is_some_and(|inner| inner.is::<Unresponsive>());
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) && !is_own
}

/// Marks the end of a wait without an answer.
#[derive(Debug)]
pub(super) struct Unresponsive(String);

impl Unresponsive {
    pub(super) fn problem(&self) -> Problem {
        Problem::new(ErrorCode::DaemonUnresponsive, self.0.clone()).hint(WAY_OUT)
    }

    /// The problem in an error, if its cause is the end of a wait.
    pub(super) fn in_error(error: &io::Error) -> Option<Problem> {
        let inner = error.get_ref()?.downcast_ref::<Self>()?;
        Some(inner.problem())
    }
}

impl std::error::Error for Unresponsive {}

impl fmt::Display for Unresponsive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn answer_wait(socket: PathBuf, end_delay: Duration, extends: bool) -> AnswerWait {
        let policy = WaitPolicy { end_delay, extends, ..WaitPolicy::default() };
        AnswerWait::begin(&policy, socket, AnswerKind::PROMPT)
    }

    #[test]
    fn a_daemon_that_accepts_and_does_not_answer_is_unresponsive() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let mut stream = connect(&socket, Duration::from_secs(1)).unwrap();
        let mut answer_wait = answer_wait(socket, Duration::from_millis(20), false);
        let error = answer_wait
            .run(|timeout| {
                stream.set_read_timeout(Some(timeout))?;
                stream.read(&mut [0])
            })
            .unwrap_err();
        let problem = Unresponsive::in_error(&error).unwrap();
        assert_eq!(problem.code, ErrorCode::DaemonUnresponsive);
        let pid = std::process::id();
        assert_eq!(problem.message, format!("The daemon (PID {pid}) has not answered for 0 s."));
    }

    #[test]
    fn a_full_queue_of_connections_ends_the_wait_too() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let _queued = connect(&socket, Duration::from_secs(1)).unwrap();
        let mut answer_wait = answer_wait(socket.clone(), Duration::from_millis(20), true);
        // A system whose queues are never full accepts it.
        if let Err(error) = answer_wait.run(|timeout| connect(&socket, timeout)) {
            assert!(Unresponsive::in_error(&error).is_some() || cfg!(not(target_os = "linux")));
        }
    }
}
