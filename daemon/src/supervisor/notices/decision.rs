//! [`decide`]: whether a notice is shown. Pure: no clock, no file, no process.

use std::time::Duration;

/// The least time between two notices of a process.
pub(super) const QUIET_TIME: Duration = Duration::from_secs(60);

/// The number of ends within [`QUIET_TIME`] that makes a crash loop.
pub(super) const LOOP_ENDS: usize = 5;

/// A process that takes longer than this to be ready has a notice.
pub(super) const SLOW_START: Duration = Duration::from_secs(10);

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoticeKind {
    /// A run has ended by itself.
    Ended,
    /// The process keeps ending by itself.
    CrashLooping,
    /// A run is ready.
    Ready,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// A run has ended as a client wanted, or as a command ends that has done its work.
    ExpectedEnd,
    /// A run has ended by itself, as the last of this number within [`QUIET_TIME`].
    UnexpectedEnd { ends: usize },
    /// A run was ready after this time.
    Ready { after: Duration },
}

/// What a notice depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoticeFacts {
    pub(super) occasion: Occasion,
    /// Notices are on for the process.
    pub(super) is_on: bool,
    /// A client watches the process, so its user sees the fact.
    pub(super) is_watched: bool,
    /// How long ago the last notice of the process was shown.
    pub(super) since_notice: Option<Duration>,
    /// A notice has said that the process is crash-looping, and it has not stopped since.
    pub(super) is_known_loop: bool,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Silent,
    Show(NoticeKind),
    /// Look again after this time: the process has had a notice less than [`QUIET_TIME`] ago.
    Later(Duration),
}

/// Whether a notice is shown.
pub(super) fn decide(facts: NoticeFacts) -> Decision {
    let kind = match facts.occasion {
        Occasion::ExpectedEnd => return Decision::Silent,
        Occasion::UnexpectedEnd { ends } if ends >= LOOP_ENDS => NoticeKind::CrashLooping,
        Occasion::UnexpectedEnd { .. } => NoticeKind::Ended,
        Occasion::Ready { after } if after <= SLOW_START => return Decision::Silent,
        Occasion::Ready { .. } => NoticeKind::Ready,
    };
    if !facts.is_on || facts.is_watched {
        return Decision::Silent;
    }
    if kind == NoticeKind::CrashLooping && facts.is_known_loop {
        return Decision::Silent;
    }
    match facts.since_notice.and_then(|since| QUIET_TIME.checked_sub(since)) {
        None | Some(Duration::ZERO) => Decision::Show(kind),
        Some(rest) if kind == NoticeKind::CrashLooping => Decision::Later(rest),
        Some(_) => Decision::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occasion_in_every_situation() {
        let seconds = Duration::from_secs;
        let mut table = String::new();
        for occasion in [
            Occasion::ExpectedEnd,
            Occasion::UnexpectedEnd { ends: 1 },
            Occasion::UnexpectedEnd { ends: LOOP_ENDS },
            Occasion::Ready { after: SLOW_START },
            Occasion::Ready { after: seconds(11) },
        ] {
            table += &format!("{occasion:?}\n");
            for (situation, is_on, is_watched, since_notice, is_known_loop) in [
                ("off", false, false, None, false),
                ("watched", true, true, None, false),
                ("first notice", true, false, None, false),
                ("notice 20 s ago", true, false, Some(seconds(20)), false),
                ("notice 60 s ago", true, false, Some(seconds(60)), false),
                ("known loop", true, false, Some(seconds(300)), true),
            ] {
                let facts =
                    NoticeFacts { occasion, is_on, is_watched, since_notice, is_known_loop };
                table += &format!("  {situation}: {:?}\n", decide(facts));
            }
        }
        insta::assert_snapshot!(table, @"
        ExpectedEnd
          off: Silent
          watched: Silent
          first notice: Silent
          notice 20 s ago: Silent
          notice 60 s ago: Silent
          known loop: Silent
        UnexpectedEnd { ends: 1 }
          off: Silent
          watched: Silent
          first notice: Show(Ended)
          notice 20 s ago: Silent
          notice 60 s ago: Show(Ended)
          known loop: Show(Ended)
        UnexpectedEnd { ends: 5 }
          off: Silent
          watched: Silent
          first notice: Show(CrashLooping)
          notice 20 s ago: Later(40s)
          notice 60 s ago: Show(CrashLooping)
          known loop: Silent
        Ready { after: 10s }
          off: Silent
          watched: Silent
          first notice: Silent
          notice 20 s ago: Silent
          notice 60 s ago: Silent
          known loop: Silent
        Ready { after: 11s }
          off: Silent
          watched: Silent
          first notice: Show(Ready)
          notice 20 s ago: Silent
          notice 60 s ago: Show(Ready)
          known loop: Show(Ready)
        ");
    }
}
