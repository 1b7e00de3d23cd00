//! [`ShimRequest`] and [`ShimMessage`]: the messages between the daemon and a shim, in frames over
//! the shim's Unix socket. A newer daemon takes over the shims of an older one, so fields are added
//! and never changed.

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::handover::HandoverOffer;
use crate::lease::LeasedOffsets;
use crate::problem::Problem;
use crate::process::{Exit, Size};
use crate::record::{ProcessRecord, RunRecord};
use crate::seconds::Seconds;
use crate::streams::StandardStream;
use crate::terminal::TerminalModes;

/// A request to a shim, in a frame of type [`crate::frame::MESSAGE`]. The shim answers each with one
/// [`ShimMessage::Reply`] with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShimRequest {
    pub number: u64,
    #[serde(flatten)]
    pub ask: Ask,
}

/// What a request asks for. Bytes for standard input have their own type of frame,
/// [`crate::frame::STDIN`], so that they need no encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Start the child of this run. The first request to a new shim. If the connection closes before it,
    /// the shim exits.
    Begin {
        record: RunRecord,
        /// How the child is started. Daemons of 0.3.0 send none: it is in `process.json`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        process: Option<Box<ProcessRecord>>,
        /// Where the child's further descriptors come from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handover: Option<HandoverOffer>,
        /// The environment of this run, if it differs from the recorded one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<Environment>,
    },
    /// Continue this run, whose shim was killed; its child is running or has just ended. Sent instead
    /// of [`Self::Begin`]. The spare handles come with the first byte, in this order; missing ones are
    /// closed.
    TakeOver {
        record: RunRecord,
        /// The process of the run, as in [`Self::Begin`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        process: Option<Box<ProcessRecord>>,
        #[serde(rename = "ends")]
        handles: Vec<SpareHandle>,
        /// Whether its end was requested before.
        #[serde(rename = "asked")]
        stop_requested: bool,
        /// Whether the daemon is the parent of the child and will send its exit status, by
        /// [`Self::Exited`].
        #[serde(rename = "tells_exit")]
        reports_exit: bool,
    },
    /// The exit status of the child of a run that was taken over.
    Exited { exit: Exit },
    /// End the process tree. The reply comes at once; [`ShimMessage::State`] reports the end.
    Stop {
        force: bool,
        timeout: Seconds,
        /// The client that requested it, for the record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Send SIGINT to the foreground group of the terminal first, as Ctrl+C does.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        interrupt: bool,
    },
    /// Send a signal to the process group of the child.
    Signal { signal: i32 },
    /// Set the size of the terminal.
    Resize { size: Size },
    /// Bind the socket of the shim again, because its file is gone.
    Bind,
    /// Send [`ShimMessage::Process`] to this connection, before the reply.
    Describe,
    /// Close standard input; on a terminal: send the end-of-file character.
    CloseStdin,
    /// Report once, by [`ShimMessage::Log`], when the log is longer than this.
    Watch { after: u64 },
    /// Make this connection a viewer: a client with a terminal of this size, which the child's
    /// terminal gets while this viewer is the one that typed last. `None`: it has no terminal.
    View { size: Option<Size> },
    /// Send [`ShimMessage::Terminal`] to this connection, before the reply.
    Terminal,
    /// Give this connection a lease on the output: what it has not read of these streams is kept in the
    /// log, and when that is as much as the log may hold, the shim stops reading the stream until the
    /// client has read more. The lease ends with the connection, and with a stop. Only the client that
    /// has started the run asks for it. A client that asks again on a new connection keeps its lease.
    Lease { read: LeasedOffsets },
    /// The holder of the lease has read more. There is no reply.
    Read { read: LeasedOffsets },
    /// The reader of this output stream is gone. From the holder of the lease: close the stream if no
    /// other client reads it. From a daemon, after [`ShimMessage::ReaderGone`]: close it.
    CloseOutput { stream: StandardStream },
    /// From a daemon, after [`ShimMessage::ReaderGone`]: other clients read the stream.
    KeepOutput { stream: StandardStream },
}

/// A message of a shim, in a frame of type [`crate::frame::MESSAGE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tell", rename_all = "snake_case")]
pub enum ShimMessage {
    /// The state of the run: the first message on every connection, and sent again at each change.
    /// After the end of the run, the shim closes the connection. While the child is running, spare
    /// handles come with the first byte, in the order of `handles`: with them, a daemon can start
    /// another shim if this one is killed.
    State {
        record: Box<RunRecord>,
        #[serde(default, rename = "ends", skip_serializing_if = "Vec::is_empty")]
        handles: Vec<SpareHandle>,
    },
    /// The process of the run, as the daemon sent it that started the shim. Only sent at a request.
    Process { process: Box<ProcessRecord> },
    /// The length of the combined log.
    Log { end: u64 },
    /// The log has a new segment, so the limit of all logs has to be enforced.
    Rolled,
    /// The state of the child's terminal: sent to a viewer at its request, and when `canonical`,
    /// `signals`, `echo` or `answers_questions` has changed.
    Terminal {
        facts: TerminalFacts,
        /// Only in the answer to [`Ask::View`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        screen: Option<ScreenState>,
    },
    /// The client that holds the lease has lost its reader of this stream. The daemon answers with
    /// [`Ask::CloseOutput`] or [`Ask::KeepOutput`].
    ReaderGone { stream: StandardStream },
    /// The request with this number is done, or has failed.
    Reply { number: u64, error: Option<Problem> },
}

/// The state of a child's terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TerminalFacts {
    /// Input is read by lines (ICANON).
    pub canonical: bool,
    /// Ctrl+C, Ctrl+\ and Ctrl+Z are signals (ISIG).
    pub signals: bool,
    /// Input is shown (ECHO).
    pub echo: bool,
    /// The foreground group of the terminal is that of the leader.
    pub leader_in_foreground: bool,
    /// The alternate screen is shown.
    pub alternate_screen: bool,
    /// Whether the program has used keys itself earlier in this run: `canonical`, `signals` or
    /// `leader_in_foreground` was false, or `alternate_screen` true.
    pub owned_keys: bool,
    /// A process of the foreground group waits for input. Only known in the answer to
    /// [`Ask::Terminal`].
    pub awaits_input: bool,
    /// The same, and the process is in a read: it does not poll.
    pub reads_input: bool,
    /// A carriage return is written before each newline (OPOST and ONLCR).
    pub maps_newlines: bool,
    /// This viewer typed last, so its terminal answers the questions in the output.
    pub answers_questions: bool,
}

/// What a terminal needs to show the rest of the output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScreenState {
    /// The length of the combined log. Questions before it were answered by another terminal, or
    /// by the shim.
    pub log_end: u64,
    /// The modes that the output before it has set.
    pub modes: TerminalModes,
}

/// A descriptor that the daemon keeps in case the shim is killed: an end of one of the child's
/// streams, or one of the others. Standard input on a terminal has none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpareHandle {
    Stdin,
    Stdout,
    Stderr,
    /// The shared memory with bytes that were read from the streams and are not in the log yet.
    Held,
    /// A pidfd of the child.
    Child,
    /// The child's terminal, if neither [`Self::Stdout`] nor [`Self::Stderr`] is it.
    Terminal,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RunState;

    /// Messages between a shim of 0.3.0 and its daemon, one in each line.
    const RECORDED: &str = include_str!("../../../tests/recordings/shim-0.3.0.jsonl");

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Recorded {
        Shim(Box<ShimMessage>),
        Daemon(serde_json::Value),
    }

    #[test]
    fn messages_of_older_shims_and_daemons_are_understood() {
        let mut messages = Vec::new();
        for line in RECORDED.lines() {
            match serde_json::from_str(line).unwrap() {
                Recorded::Shim(message) => messages.push(*message),
                Recorded::Daemon(sent) => {
                    let request: ShimRequest = serde_json::from_value(sent.clone()).unwrap();
                    assert_eq!(serde_json::to_value(request).unwrap(), sent);
                }
            }
        }
        let [ShimMessage::State { handles, .. }, .., ShimMessage::State { record, .. }] =
            &messages[..]
        else {
            panic!("{messages:#?}");
        };
        assert!(handles.is_empty() && messages.len() == 5, "{messages:#?}");
        assert!(matches!(
            record.state,
            RunState::Ended { exit: Exit::Code(5), stop_requested: true, .. }
        ));
    }
}
