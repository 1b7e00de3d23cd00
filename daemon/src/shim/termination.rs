//! How a run ends, as a table: from the phase of the run and an event to the next phase and
//! actions.
//!
//! It touches no clock and sends no signals. The run loop turns what happens into events and
//! performs the actions.

/// The phases of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminationPhase {
    /// The child is alive, and no end was requested.
    Running,
    /// A stop was requested. The tree has until the deadline to exit.
    Stopping,
    /// The child has exited by itself. Its descendants have until the deadline to exit.
    CleaningUp,
    /// The deadline has passed. Everything that is alive is killed, repeatedly.
    Killing,
}

/// What happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminationEvent {
    /// A client requests a stop, or the shim received SIGTERM.
    StopRequested,
    /// A client requests a forced stop.
    KillRequested,
    /// The child has exited, and descendants may be alive.
    ChildExited,
    /// The deadline of the phase has passed.
    DeadlinePassed,
}

/// What the run loop does in response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminationAction {
    /// Send SIGTERM to the child's process group, and set the deadline to the stop timeout.
    TerminateGroup,
    /// Send SIGTERM to every descendant.
    TerminateTree,
    /// Set the deadline to the grace period of descendants.
    StartGracePeriod,
    /// Send SIGKILL to every descendant, and set the deadline to the next attempt.
    KillTree,
}

/// The table: the next phase and the actions.
pub(super) fn step(
    phase: TerminationPhase,
    event: TerminationEvent,
) -> (TerminationPhase, &'static [TerminationAction]) {
    use TerminationAction::{KillTree, StartGracePeriod, TerminateGroup, TerminateTree};
    use TerminationEvent::{ChildExited, DeadlinePassed, KillRequested, StopRequested};
    use TerminationPhase::{CleaningUp, Killing, Running, Stopping};
    match (phase, event) {
        (Running, StopRequested) => (Stopping, &[TerminateGroup]),
        (Running, ChildExited) => (CleaningUp, &[TerminateTree, StartGracePeriod]),
        // Descendants outside of the child's process group got no SIGTERM yet.
        (Stopping, ChildExited) => (Stopping, &[TerminateTree]),
        // A second request must not move the deadline of the first.
        (Stopping | CleaningUp, StopRequested) => (phase, &[]),
        (Stopping | CleaningUp, DeadlinePassed) => (Killing, &[KillTree]),
        (Running | Stopping | CleaningUp, KillRequested) => (Killing, &[KillTree]),
        (Killing, DeadlinePassed | ChildExited | KillRequested) => (Killing, &[KillTree]),
        (Killing, StopRequested) | (Running, DeadlinePassed) | (CleaningUp, ChildExited) => {
            (phase, &[])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let phases = [
            TerminationPhase::Running,
            TerminationPhase::Stopping,
            TerminationPhase::CleaningUp,
            TerminationPhase::Killing,
        ];
        let events = [
            TerminationEvent::StopRequested,
            TerminationEvent::KillRequested,
            TerminationEvent::ChildExited,
            TerminationEvent::DeadlinePassed,
        ];
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
