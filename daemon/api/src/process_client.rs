//! [`ProcessClient`]: a client that uses a process or has used it, what for, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::client_names;
use crate::time::Time;
use crate::words::duration;

/// A client that has used a process within this time still counts on it.
pub const USE_TIME: Duration = Duration::from_secs(120);

/// A client that uses a process, or has used it since the daemon was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProcessClient {
    /// Its name: `cli`, `nushell`, `claude-code`.
    pub name: String,
    /// The session of that client, as in `started_by_session`. Absent: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What it does, or did last.
    #[serde(rename = "use")]
    pub kind: ClientUse,
    /// Whether it does so now.
    pub active: bool,
    /// Since when it does so, or when it did so last.
    pub time: Time,
}

/// What a client does with a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClientUse {
    /// It started the process, or found it running.
    Start,
    /// It restarted the process.
    Restart,
    /// It sent input to the process.
    Input,
    /// It sent a signal to the process.
    Signal,
    /// It read a page of the output.
    Read,
    /// It follows the output.
    Follow,
    /// It waits for something that the process does.
    Wait,
    /// It shows the terminal of the process and passes keys to it.
    Attach,
}

impl ClientUse {
    /// The name of the use, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Input => "input",
            Self::Signal => "signal",
            Self::Read => "read",
            Self::Follow => "follow",
            Self::Wait => "wait",
            Self::Attach => "attach",
        }
    }
}

impl ProcessClient {
    /// What the client does, to follow its name in a sentence: `is waiting for it`, `read its output
    /// 20 s ago`.
    pub fn phrase(&self, now: Time) -> String {
        let past = match (self.kind, self.active) {
            (ClientUse::Attach, true) => return "is attached to it".to_owned(),
            (ClientUse::Wait, true) => return "is waiting for it".to_owned(),
            (ClientUse::Follow, true) => return "is following its output".to_owned(),
            (ClientUse::Start, _) => "started it",
            (ClientUse::Restart, _) => "restarted it",
            (ClientUse::Input, _) => "sent input to it",
            (ClientUse::Signal, _) => "sent a signal to it",
            (ClientUse::Read, _) => "read its output",
            (ClientUse::Follow, false) => "followed its output until",
            (ClientUse::Wait, false) => "waited for it until",
            (ClientUse::Attach, false) => "was attached to it until",
        };
        format!("{past} {}", ago(self.time, now))
    }

    /// The same in a few words, for a list: `waiting`, `read 20 s ago`.
    pub fn short_phrase(&self, now: Time) -> String {
        let past = match (self.kind, self.active) {
            (ClientUse::Attach, true) => return "attached".to_owned(),
            (ClientUse::Wait, true) => return "waiting".to_owned(),
            (ClientUse::Follow, true) => return "following".to_owned(),
            (ClientUse::Start, _) => "started",
            (ClientUse::Restart, _) => "restarted",
            (ClientUse::Input, _) => "sent input",
            (ClientUse::Signal, _) => "sent a signal",
            (ClientUse::Read, _) => "read",
            (ClientUse::Follow, false) => "followed until",
            (ClientUse::Wait, false) => "waited until",
            (ClientUse::Attach, false) => "attached until",
        };
        format!("{past} {}", ago(self.time, now))
    }

    /// Whether the client still counts on the process: it uses it, or has used it within [`USE_TIME`].
    pub fn is_recent(&self, now: Time) -> bool {
        self.active || now.seconds_since(self.time) < USE_TIME.as_secs_f64()
    }

    /// The client as the subject within a sentence for `reader`: `you`, `a person`, `codex`.
    pub fn subject_for(&self, reader: &str) -> String {
        client_names::within_sentence(client_names::subject_for_reader(&self.name, reader))
    }
}

/// `20 s ago`, `just now`.
fn ago(time: Time, now: Time) -> String {
    let seconds = now.seconds_since(time);
    if seconds < 1.0 { "just now".to_owned() } else { format!("{} ago", duration(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_phrases() {
        let now = Time::from_micros(100_000_000);
        let time = Time::from_micros(80_000_000);
        let client = |kind, active| {
            let name = "codex".to_owned();
            ProcessClient { name, session: None, kind, active, time }
        };
        for (kind, active, phrase, short) in [
            (ClientUse::Start, false, "started it 20 s ago", "started 20 s ago"),
            (ClientUse::Restart, false, "restarted it 20 s ago", "restarted 20 s ago"),
            (ClientUse::Input, false, "sent input to it 20 s ago", "sent input 20 s ago"),
            (ClientUse::Signal, false, "sent a signal to it 20 s ago", "sent a signal 20 s ago"),
            (ClientUse::Read, false, "read its output 20 s ago", "read 20 s ago"),
            (ClientUse::Follow, true, "is following its output", "following"),
            (
                ClientUse::Follow,
                false,
                "followed its output until 20 s ago",
                "followed until 20 s ago",
            ),
            (ClientUse::Wait, true, "is waiting for it", "waiting"),
            (ClientUse::Wait, false, "waited for it until 20 s ago", "waited until 20 s ago"),
            (ClientUse::Attach, true, "is attached to it", "attached"),
            (
                ClientUse::Attach,
                false,
                "was attached to it until 20 s ago",
                "attached until 20 s ago",
            ),
        ] {
            let client = client(kind, active);
            assert_eq!((&*client.phrase(now), &*client.short_phrase(now)), (phrase, short));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        assert_eq!(client(ClientUse::Read, false).phrase(time), "read its output just now");
    }
}
