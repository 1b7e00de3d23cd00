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
    /// A stop that begins with SIGINT was requested. SIGTERM follows at the deadline.
    Interrupting,
    /// A stop was requested, and the child got SIGTERM. It has until the deadline to end its
    /// descendants itself, as npm and supervisors do: they would get the signal twice.
    StoppingChild,
    /// A stop was requested. The tree has until the deadline to exit.
    Stopping,
    /// The child has exited by itself. Descendants that are about to create a session of their own
    /// get a moment to do so.
    Settling,
    /// The child has exited with 0, and a service that it started lives. The run goes on.
    Serving,
    /// The child has exited by itself. The descendants in its session have until the deadline to
    /// exit.
    CleaningUp,
    /// The deadline has passed. Everything that is alive is killed, repeatedly.
    Killing,
}

/// What happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminationEvent {
    /// A client requests a stop, or the shim received SIGTERM.
    StopRequested,
    /// A client requests a stop that begins with SIGINT.
    InterruptRequested,
    /// A client requests a forced stop.
    KillRequested,
    /// The child has exited, and descendants may be alive.
    ChildExited,
    /// The deadline of the phase has passed.
    DeadlinePassed,
    /// No descendant is about to create a session of its own.
    Settled,
    /// A descendant is a service, so that the run goes on.
    ServiceFound,
}

/// What the run loop does in response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TerminationAction {
    /// Send SIGINT to the foreground group of the terminal, or to the child's process group, and set
    /// the deadline to the delay before SIGTERM.
    InterruptForeground,
    /// Send SIGTERM to the child, and set the deadline to the time that it has alone.
    TerminateChild,
    /// Send SIGTERM to every process that ends with the run and has not got it yet.
    TerminateTree,
    /// Set the deadline to the stop timeout.
    StartStopTimeout,
    /// Set the deadline to the time by which descendants have settled.
    StartSettling,
    /// Set the deadline to the grace period of descendants.
    StartGracePeriod,
    /// Record that the run goes on without its child.
    RecordService,
    /// Send SIGKILL to every process that ends with the run, and set the deadline to the next
    /// attempt.
    KillTree,
}

/// The table: the next phase and the actions.
pub(super) fn step(
    phase: TerminationPhase,
    event: TerminationEvent,
) -> (TerminationPhase, &'static [TerminationAction]) {
    use TerminationAction::{
        InterruptForeground, KillTree, RecordService, StartGracePeriod, StartSettling,
        StartStopTimeout, TerminateChild, TerminateTree,
    };
    use TerminationEvent::{
        ChildExited, DeadlinePassed, InterruptRequested, KillRequested, ServiceFound, Settled,
        StopRequested,
    };
    use TerminationPhase::{
        CleaningUp, Interrupting, Killing, Running, Serving, Settling, Stopping, StoppingChild,
    };
    match (phase, event) {
        (Running, InterruptRequested) => (Interrupting, &[InterruptForeground]),
        (Running, StopRequested) => (StoppingChild, &[TerminateChild]),
        (Running, ChildExited) => (Settling, &[StartSettling]),
        (Interrupting, StopRequested | DeadlinePassed) => (StoppingChild, &[TerminateChild]),
        (Interrupting, ChildExited) | (StoppingChild, ChildExited | DeadlinePassed) => {
            (Stopping, &[StartStopTimeout, TerminateTree])
        }
        (Stopping, ChildExited) => (Stopping, &[TerminateTree]),
        (Settling, Settled | DeadlinePassed) => (CleaningUp, &[TerminateTree, StartGracePeriod]),
        (Settling, ServiceFound) => (Serving, &[RecordService]),
        // Its child is gone, so nothing has a group that could be signalled first.
        (Serving, StopRequested | InterruptRequested) => {
            (Stopping, &[StartStopTimeout, TerminateTree])
        }
        (Stopping | CleaningUp, DeadlinePassed) => (Killing, &[KillTree]),
        (
            Running | Interrupting | StoppingChild | Stopping | Settling | Serving | CleaningUp,
            KillRequested,
        ) => (Killing, &[KillTree]),
        (Killing, DeadlinePassed | ChildExited | KillRequested) => (Killing, &[KillTree]),
        // A second request must not move the deadline of the first.
        (
            Interrupting | StoppingChild | Stopping | Settling | CleaningUp | Killing,
            StopRequested | InterruptRequested,
        ) => (phase, &[]),
        (_, Settled | ServiceFound)
        | (Running | Serving, DeadlinePassed)
        | (Settling | Serving | CleaningUp, ChildExited) => (phase, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let phases = [
            TerminationPhase::Running,
            TerminationPhase::Interrupting,
            TerminationPhase::StoppingChild,
            TerminationPhase::Stopping,
            TerminationPhase::Settling,
            TerminationPhase::Serving,
            TerminationPhase::CleaningUp,
            TerminationPhase::Killing,
        ];
        let events = [
            TerminationEvent::StopRequested,
            TerminationEvent::InterruptRequested,
            TerminationEvent::KillRequested,
            TerminationEvent::ChildExited,
            TerminationEvent::DeadlinePassed,
            TerminationEvent::Settled,
            TerminationEvent::ServiceFound,
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
