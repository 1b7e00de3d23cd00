//! How a run ends, as a table: the phase it is in, what happened, what to do. No clock and no
//! signal is touched here; the loop turns the world into events and actions into the world.

/// Where a run is on its way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The child lives, nobody asked for its end.
    Running,
    /// Someone asked; the tree has until the deadline.
    Stopping,
    /// The child ended by itself; what it left behind has a short grace.
    Clearing,
    /// The deadline passed: whatever lives is killed, again and again.
    Killing,
}

/// What happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Someone wants it stopped.
    StopAsked,
    /// Someone wants it killed.
    KillAsked,
    /// The child itself ended, and descendants of it live.
    ChildEnded,
    /// The deadline of the phase passed.
    TimeUp,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// SIGTERM to the child's process group, and a deadline: the stop timeout.
    TerminateGroup,
    /// SIGTERM to every descendant.
    TerminateTree,
    /// A deadline: the grace of those left behind.
    Grace,
    /// SIGKILL to every descendant, and a deadline to look again.
    KillTree,
}

/// The table.
pub(super) fn step(phase: Phase, event: Event) -> (Phase, &'static [Action]) {
    use Action::{Grace, KillTree, TerminateGroup, TerminateTree};
    match (phase, event) {
        (Phase::Running, Event::StopAsked) => (Phase::Stopping, &[TerminateGroup]),
        (Phase::Running, Event::ChildEnded) => (Phase::Clearing, &[TerminateTree, Grace]),
        // Those outside the group were not asked yet.
        (Phase::Stopping, Event::ChildEnded) => (Phase::Stopping, &[TerminateTree]),
        // A second, gentler request must not cost the first its deadline.
        (Phase::Stopping | Phase::Clearing, Event::StopAsked) => (phase, &[]),
        (Phase::Stopping | Phase::Clearing, Event::TimeUp) => (Phase::Killing, &[KillTree]),
        (Phase::Running | Phase::Stopping | Phase::Clearing, Event::KillAsked) => {
            (Phase::Killing, &[KillTree])
        }
        (Phase::Killing, Event::TimeUp | Event::ChildEnded | Event::KillAsked) => {
            (Phase::Killing, &[KillTree])
        }
        (Phase::Killing, Event::StopAsked)
        | (Phase::Running, Event::TimeUp)
        | (Phase::Clearing, Event::ChildEnded) => (phase, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let phases = [Phase::Running, Phase::Stopping, Phase::Clearing, Phase::Killing];
        let events = [Event::StopAsked, Event::KillAsked, Event::ChildEnded, Event::TimeUp];
        let mut table = String::new();
        for phase in phases {
            for event in events {
                let (next, actions) = step(phase, event);
                table += &format!("{phase:?} · {event:?} → {next:?} {actions:?}\n");
            }
        }
        insta::assert_snapshot!(table);
    }
}
