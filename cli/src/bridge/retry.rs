//! The retry table: `next_step` maps a failed attempt to forward a request to what the bridge does
//! next. Pure.

/// Why an attempt ended without a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttemptFailure {
    /// The request was not sent completely.
    Unsent,
    /// The request was sent, but the daemon closed the connection before the reply.
    Unanswered,
    /// The daemon runs and does not answer. Another attempt would wait as long.
    Unresponsive,
    /// The daemon does not know the session.
    NoSession,
    /// The agent has cancelled the request.
    Cancelled,
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryStep {
    /// Send the request again, to the next daemon.
    Retry,
    /// Begin a new session, then send the request again.
    RenewSession,
    /// Reply with an error: the request was not executed.
    NotExecuted,
    /// Reply with an error: the request may have been executed.
    MaybeExecuted,
    /// Send no reply.
    NoReply,
}

/// Maximum number of times a request is sent. If all of them fail, the request itself may crash the
/// daemon.
const MAX_ATTEMPTS: u32 = 3;

pub(super) fn next_step(failure: AttemptFailure, is_idempotent: bool, attempts: u32) -> RetryStep {
    let can_retry = attempts < MAX_ATTEMPTS;
    match (failure, is_idempotent) {
        (AttemptFailure::Cancelled, _) => RetryStep::NoReply,
        (AttemptFailure::NoSession, _) if can_retry => RetryStep::RenewSession,
        (AttemptFailure::Unsent, _) | (AttemptFailure::Unanswered, true) if can_retry => {
            RetryStep::Retry
        }
        (AttemptFailure::Unanswered | AttemptFailure::Unresponsive, false) => {
            RetryStep::MaybeExecuted
        }
        (
            AttemptFailure::Unsent
            | AttemptFailure::Unanswered
            | AttemptFailure::Unresponsive
            | AttemptFailure::NoSession,
            _,
        ) => RetryStep::NotExecuted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_leads_to_its_step() {
        let failures = [
            AttemptFailure::Unsent,
            AttemptFailure::Unanswered,
            AttemptFailure::Unresponsive,
            AttemptFailure::NoSession,
            AttemptFailure::Cancelled,
        ];
        let mut table = String::new();
        for failure in failures {
            for (is_idempotent, kind) in [(true, "idempotent"), (false, "not idempotent")] {
                let first = next_step(failure, is_idempotent, 1);
                let last = next_step(failure, is_idempotent, MAX_ATTEMPTS);
                table += &format!("{failure:?}, {kind}: first {first:?}, last {last:?}\n");
            }
        }
        insta::assert_snapshot!(table, @"
        Unsent, idempotent: first Retry, last NotExecuted
        Unsent, not idempotent: first Retry, last NotExecuted
        Unanswered, idempotent: first Retry, last NotExecuted
        Unanswered, not idempotent: first MaybeExecuted, last MaybeExecuted
        Unresponsive, idempotent: first NotExecuted, last NotExecuted
        Unresponsive, not idempotent: first MaybeExecuted, last MaybeExecuted
        NoSession, idempotent: first RenewSession, last NotExecuted
        NoSession, not idempotent: first RenewSession, last NotExecuted
        Cancelled, idempotent: first NoReply, last NoReply
        Cancelled, not idempotent: first NoReply, last NoReply
        ");
    }
}
