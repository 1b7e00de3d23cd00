//! What to do after an attempt to carry a request: a table of what happened and what may be
//! repeated. Pure.

/// How an attempt ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The daemon never had the whole request.
    Unsent,
    /// The daemon left in the middle.
    Unanswered,
    /// The daemon does not know the session.
    NoSession,
    /// The agent does not want the answer any more.
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send it again, to the next daemon.
    Again,
    /// Introduce the agent anew, then send it again.
    Introduce,
    /// Say that it failed, and that nothing was done.
    NothingDone,
    /// Say that nobody knows whether it was done.
    Unknown,
    /// Say nothing.
    Silence,
}

/// How often a request is sent before we believe that it is the request that ends the daemon.
const MOST: u32 = 3;

pub(super) fn next(attempt: Attempt, may_be_repeated: bool, tries: u32) -> Next {
    let more = tries < MOST;
    match (attempt, may_be_repeated) {
        (Attempt::Cancelled, _) => Next::Silence,
        (Attempt::NoSession, _) if more => Next::Introduce,
        (Attempt::Unsent, _) | (Attempt::Unanswered, true) if more => Next::Again,
        (Attempt::Unanswered, false) => Next::Unknown,
        (Attempt::Unsent | Attempt::Unanswered | Attempt::NoSession, _) => Next::NothingDone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let attempts =
            [Attempt::Unsent, Attempt::Unanswered, Attempt::NoSession, Attempt::Cancelled];
        let mut table = String::new();
        for attempt in attempts {
            for (repeat, word) in [(true, "repeatable"), (false, "once only")] {
                let [first, last] = [1, MOST].map(|tries| next(attempt, repeat, tries));
                table += &format!("{attempt:?}, {word}: {first:?}, at last {last:?}\n");
            }
        }
        insta::assert_snapshot!(table, @"
        Unsent, repeatable: Again, at last NothingDone
        Unsent, once only: Again, at last NothingDone
        Unanswered, repeatable: Again, at last NothingDone
        Unanswered, once only: Unknown, at last Unknown
        NoSession, repeatable: Introduce, at last NothingDone
        NoSession, once only: Introduce, at last NothingDone
        Cancelled, repeatable: Silence, at last Silence
        Cancelled, once only: Silence, at last Silence
        ");
    }
}
