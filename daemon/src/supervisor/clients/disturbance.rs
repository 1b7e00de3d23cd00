//! [`disturbed`]: the client that a stop or a restart by another client would disturb. A pure function of
//! who asks and who was seen.

use std::cmp::Reverse;
use std::time::Duration;

use persistproc_api::process_client::{ClientUse, ProcessClient, USE_TIME};

use crate::supervisor::requests::requester::Requester;

/// How long a client that was asked may think, or ask its user, before it repeats its request.
const ANSWER_TIME: Duration = Duration::from_secs(600);

/// The same for another session of the client. Some clients have a session for each call, and would get the
/// question each time.
const OTHER_SESSION_ANSWER_TIME: Duration = Duration::from_secs(60);

/// A client that uses a process or has used it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenClient {
    pub(super) client: Requester,
    /// The time since its last use; zero while it uses the process.
    pub(super) age: Duration,
    pub(super) shown: ProcessClient,
}

impl SeenClient {
    /// The order of clients: the active ones by what they do, then the newest.
    pub(super) fn rank(&self) -> (bool, Reverse<Option<ClientUse>>, Duration) {
        (!self.shown.active, Reverse(self.shown.active.then_some(self.shown.kind)), self.age)
    }
}

/// Whether a request is the answer of its client to an earlier question.
pub(super) fn is_answer(asker: &Requester, asked: &Requester, age: Duration) -> bool {
    let limit = if asker == asked { ANSWER_TIME } else { OTHER_SESSION_ANSWER_TIME };
    asker.name() == asked.name() && age < limit
}

/// The client to name to the asker; `None`: do what it asks.
pub(super) fn disturbed<'s>(
    asker: &Requester,
    is_answer: bool,
    seen: &'s [SeenClient],
) -> Option<&'s SeenClient> {
    if is_answer {
        return None;
    }
    let others = seen.iter().filter(|seen| !asker.may_be(&seen.client));
    others.filter(|seen| seen.age < USE_TIME).min_by_key(|seen| seen.rank())
}

#[cfg(test)]
mod tests {
    use persistproc_api::Time;

    use super::*;

    /// Who asks, who got an earlier question and how many seconds ago, who was seen, and who is named.
    type Row<'a> = (&'a str, Option<(&'a str, u64)>, &'a [&'a str], Option<&'a str>);

    fn client(name: &str) -> Requester {
        match name.split_once('/') {
            Some((name, session)) => Requester::named(name).in_session(session),
            None => Requester::named(name),
        }
    }

    /// `name/session: use`, with `now` or the seconds since.
    fn seen(text: &str) -> SeenClient {
        let [name, word, since] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
        let kind = serde_json::from_value(word.into()).unwrap();
        let active = since == "now";
        let age = Duration::from_secs(if active { 0 } else { since.parse().unwrap() });
        let client = client(name);
        let time = Time::from_micros(0);
        let session = client.session();
        let shown = ProcessClient { name: name.to_owned(), session, kind, active, time };
        SeenClient { client, age, shown }
    }

    #[test]
    fn the_whole_table() {
        let rows: &[Row<'_>] = &[
            ("claude/1", None, &[], None),
            // Its own use.
            ("claude/1", None, &["claude/1 start 5", "claude/1 wait now"], None),
            // Other clients, each use.
            ("claude/1", None, &["codex/9 start 119"], Some("codex/9")),
            ("claude/1", None, &["codex/9 restart 1"], Some("codex/9")),
            ("claude/1", None, &["codex/9 input 1"], Some("codex/9")),
            ("claude/1", None, &["codex/9 signal 1"], Some("codex/9")),
            ("claude/1", None, &["codex/9 read 1"], Some("codex/9")),
            ("claude/1", None, &["codex/9 follow 1"], Some("codex/9")),
            ("claude/1", None, &["codex/9 wait now"], Some("codex/9")),
            ("claude/1", None, &["cli attach now"], Some("cli")),
            ("claude/1", None, &["curl read 3"], Some("curl")),
            // Two minutes.
            ("claude/1", None, &["codex/9 read 120", "cli attach 500"], None),
            // Another session of the same agent is another client.
            ("claude/1", None, &["claude/2 wait now"], Some("claude/2")),
            // Without a session, the name is all that is known: a shell of the same agent, or a client
            // of a protocol without sessions.
            ("claude/1", None, &["claude read 1"], None),
            ("claude", None, &["claude/2 read 1"], None),
            ("claude", None, &["claude read 1"], None),
            ("", None, &["claude read 1"], Some("claude")),
            // Who is named: an active client before a past one, the one that shows most, the newest.
            ("claude/1", None, &["codex/9 read 1", "cli follow now"], Some("cli")),
            ("claude/1", None, &["cli follow now", "codex/9 wait now"], Some("codex/9")),
            ("claude/1", None, &["codex/9 wait now", "cli attach now"], Some("cli")),
            ("claude/1", None, &["codex/9 read 9", "cli read 3", "curl read 60"], Some("cli")),
            // Once.
            ("claude/1", Some(("claude/1", 0)), &["cli attach now"], None),
            ("claude/1", Some(("claude/1", 599)), &["cli attach now"], None),
            ("claude/1", Some(("claude/1", 600)), &["cli attach now"], Some("cli")),
            ("claude", Some(("claude", 599)), &["cli attach now"], None),
            // A client with a session for each call answers in another one, and soon.
            ("claude/2", Some(("claude/1", 59)), &["cli attach now"], None),
            ("claude/2", Some(("claude/1", 60)), &["cli attach now"], Some("cli")),
            ("codex/1", Some(("claude/1", 0)), &["cli attach now"], Some("cli")),
        ];
        for (asker, asked, others, named) in rows {
            let asker_client = client(asker);
            let is_answer = asked.is_some_and(|(asked, seconds)| {
                is_answer(&asker_client, &client(asked), Duration::from_secs(seconds))
            });
            let others: Vec<SeenClient> = others.iter().map(|text| seen(text)).collect();
            let found = disturbed(&asker_client, is_answer, &others);
            let found = found.map(|seen| seen.shown.name.as_str());
            assert_eq!(found, *named, "{asker} {asked:?} {others:?}");
        }
    }
}
