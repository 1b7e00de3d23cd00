//! What daemon and shim say to each other, over the shim's Unix socket, in frames.
//! A newer daemon adopts the shims of an older one: fields are added here, never changed.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::process::{Exit, Size};
use crate::record::RunRecord;
use crate::seconds::Seconds;

/// A request, in a frame of type [`crate::frame::MESSAGE`]. Each gets one [`ShimMessage::Reply`]
/// with its number, when it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShimRequest {
    pub number: u64,
    #[serde(flatten)]
    pub ask: Ask,
}

/// What can be asked of a shim. Bytes for standard input come in frames of their own,
/// [`crate::frame::STDIN`], so that they need no encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Start the child: what to run is on disk, and this is the run. The first thing the daemon
    /// that started the shim says; a shim whose daemon goes away before has no run and leaves.
    Begin { record: RunRecord },
    /// Go on with this run, whose shim was killed: the child lives or has just ended. Our ends of
    /// its streams come with the first byte, in this order; those that are missing are closed.
    /// Said instead of [`Self::Begin`].
    TakeOver {
        record: RunRecord,
        ends: Vec<SpareHandle>,
        /// Its end was asked for already.
        asked: bool,
        /// Whoever says this will also say how the child ended, by [`Self::Exited`].
        tells_exit: bool,
    },
    /// The child of a run that was taken over has ended, and this is how.
    Exited { exit: Exit },
    /// End the tree. Replied at once; the end itself is told by [`ShimMessage::State`].
    Stop {
        force: bool,
        timeout: Seconds,
        /// Who wants it, for the record.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// A signal to the child's process group.
    Signal { signal: i32 },
    /// A new size of the terminal.
    Resize { size: Size },
    /// Close standard input (on a terminal: send its end-of-file character).
    CloseStdin,
    /// Tell once, by [`ShimMessage::Log`], when the log is longer than this.
    Watch { after: u64 },
}

/// What a shim tells, in a frame of type [`crate::frame::MESSAGE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tell", rename_all = "snake_case")]
pub enum ShimMessage {
    /// How the run stands: the first thing on every connection, and again at each change.
    /// After an end nothing follows but the end of the connection. While the child lives, spare
    /// handles of our ends of its streams come with the first byte, in the order of `ends`:
    /// whoever holds them can have another shim go on when this one is killed.
    State {
        record: RunRecord,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ends: Vec<SpareHandle>,
    },
    /// The combined log now ends at this offset.
    Log { end: u64 },
    /// The log has grown by a segment: others may have to make room.
    Rolled,
    /// The request of this number is done, or could not be.
    Reply { number: u64, error: Option<Problem> },
}

/// What outlives a shim: our end of one of the child's streams, and two things more. On a terminal, the one of standard output is that of
/// standard input too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpareHandle {
    Stdin,
    Stdout,
    Stderr,
    /// None of its streams: the memory with what was read from them and is not in the log yet.
    Held,
    /// None of its streams: the child itself, as something to wait for.
    Child,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RunState;

    /// What a shim of 0.3.0 and its daemon said to each other, a message a line.
    const RECORDED: &str = include_str!("../../../tests/recordings/shim-0.3.0.jsonl");

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Said {
        Shim(Box<ShimMessage>),
        Daemon(serde_json::Value),
    }

    #[test]
    fn what_older_shims_say_and_hear_is_what_we_hear_and_say() {
        let mut messages = Vec::new();
        for line in RECORDED.lines() {
            match serde_json::from_str(line).unwrap() {
                Said::Shim(message) => messages.push(*message),
                Said::Daemon(heard) => {
                    let request: ShimRequest = serde_json::from_value(heard.clone()).unwrap();
                    assert_eq!(serde_json::to_value(request).unwrap(), heard);
                }
            }
        }
        let [ShimMessage::State { ends, .. }, .., ShimMessage::State { record, .. }] =
            &messages[..]
        else {
            panic!("{messages:#?}");
        };
        assert!(ends.is_empty() && messages.len() == 5, "{messages:#?}");
        assert!(matches!(record.state, RunState::Ended { exit: Exit::Code(5), asked: true, .. }));
    }
}
