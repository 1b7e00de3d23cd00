//! The life of a process as one table: [`step`] takes the phase and an event and returns the next
//! phase and the effects. No clock, no file, no socket: the task that owns the process turns
//! requests and messages into events, and carries out the effects.

/// What a process is doing: the phase of its latest run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No shim is alive.
    Ended,
    /// A shim was started; its child does not exist yet.
    Starting,
    /// The child is alive.
    Running,
    /// The run was asked to end.
    Stopping,
    /// The run was asked to end, and a new one follows.
    Restarting,
}

/// What happens to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifecycleEvent {
    /// Request: start the process.
    Start,
    /// Request: stop the process.
    Stop,
    /// Request: end the run and start a new one.
    Restart,
    /// Request: delete the process.
    Forget,
    /// Request: pass a signal, input or a terminal size on to the child.
    Message,
    /// The child was started.
    Started,
    /// The child could not be started.
    Failed,
    /// The child and its tree have ended, or the shim is gone.
    Over,
}

/// What the task does in response. Effects are carried out in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Start a new run.
    Launch,
    /// Ask the shim to end the run.
    SendStop,
    /// Pass the message on to the shim.
    Forward,
    /// Write and publish the state of the run.
    Record,
    /// Answer the requests that wait for a start.
    AnswerStarts,
    /// Answer the requests that wait for the end.
    AnswerStops,
    /// Refuse the requests that wait for a start, because of a stop.
    RefuseStarts,
    /// Queue this request, to be answered at the start.
    AwaitStart,
    /// Queue this request, to be answered at the end.
    AwaitEnd,
    /// Answer this request: the process is running already.
    ReplyRunning,
    /// Refuse this request: the process is not running.
    RefuseNotRunning,
    /// Refuse this request: the process is still running.
    RefuseStillRunning,
    /// Delete the record and the logs, and end the task.
    Erase,
}

/// The table: the next phase and the effects.
pub fn step(phase: Phase, event: LifecycleEvent) -> (Phase, &'static [Effect]) {
    use Effect::{
        AnswerStarts, AnswerStops, AwaitEnd, AwaitStart, Erase, Forward, Launch, Record,
        RefuseNotRunning, RefuseStarts, RefuseStillRunning, ReplyRunning, SendStop,
    };
    use LifecycleEvent as Event;
    match (phase, event) {
        (Phase::Ended, Event::Start | Event::Restart) => (Phase::Starting, &[AwaitStart, Launch]),
        (Phase::Ended, Event::Stop | Event::Message) => (Phase::Ended, &[RefuseNotRunning]),
        (Phase::Ended, Event::Forget) => (Phase::Ended, &[Erase]),
        // A late message about a run that is over.
        (Phase::Ended, Event::Started | Event::Failed | Event::Over) => (Phase::Ended, &[]),

        // A request that joins a start shares its answer.
        (Phase::Starting, Event::Start | Event::Restart) => (Phase::Starting, &[AwaitStart]),
        (Phase::Running, Event::Start) => (Phase::Running, &[ReplyRunning]),
        (Phase::Running, Event::Restart) => (Phase::Restarting, &[AwaitStart, SendStop]),
        (Phase::Starting | Phase::Running, Event::Stop) => (Phase::Stopping, &[AwaitEnd, SendStop]),

        // A start during a stop waits for the end and is the next run.
        (Phase::Stopping, Event::Start | Event::Restart) => (Phase::Restarting, &[AwaitStart]),
        (Phase::Restarting, Event::Start) => (Phase::Restarting, &[AwaitStart]),
        // A repeated request may have other options, such as `force`.
        (Phase::Restarting, Event::Restart) => (Phase::Restarting, &[AwaitStart, SendStop]),
        (Phase::Stopping, Event::Stop) => (Phase::Stopping, &[AwaitEnd, SendStop]),
        // The latest request wins.
        (Phase::Restarting, Event::Stop) => (Phase::Stopping, &[RefuseStarts, AwaitEnd, SendStop]),

        (
            Phase::Starting | Phase::Running | Phase::Stopping | Phase::Restarting,
            Event::Message,
        ) => (phase, &[Forward]),
        (Phase::Starting | Phase::Running | Phase::Stopping | Phase::Restarting, Event::Forget) => {
            (phase, &[RefuseStillRunning])
        }

        (Phase::Starting, Event::Started) => (Phase::Running, &[Record, AnswerStarts]),
        (Phase::Running | Phase::Stopping | Phase::Restarting, Event::Started) => {
            (phase, &[Record])
        }

        (Phase::Starting | Phase::Running | Phase::Stopping, Event::Failed | Event::Over) => {
            (Phase::Ended, &[Record, AnswerStarts, AnswerStops])
        }
        (Phase::Restarting, Event::Failed | Event::Over) => {
            (Phase::Starting, &[Record, AnswerStops, Launch])
        }
    }
}

/// Whether the next run continues the present one for clients that follow it: a restart does, a start
/// that waits for the end of a stop does not. `continues`: the answer before the event.
pub fn continues_run(continues: bool, phase: Phase, event: LifecycleEvent) -> bool {
    match (phase, event) {
        (Phase::Ended, _) => false,
        (_, LifecycleEvent::Restart) => true,
        (Phase::Stopping, LifecycleEvent::Start) => false,
        _ => continues,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_in_every_phase() {
        use LifecycleEvent::{Failed, Forget, Message, Over, Restart, Start, Started, Stop};
        use Phase::{Ended, Restarting, Running, Starting, Stopping};
        let mut table = String::new();
        for phase in [Ended, Starting, Running, Stopping, Restarting] {
            for event in [Start, Stop, Restart, Forget, Message, Started, Failed, Over] {
                let (next, effects) = step(phase, event);
                table += &format!("{phase:?} · {event:?} → {next:?} {effects:?}\n");
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn only_a_restart_continues_a_run() {
        use LifecycleEvent::{Over, Restart, Start, Stop};
        let runs = |events: &[LifecycleEvent]| {
            let begin = (Phase::Running, false);
            let end = events.iter().fold(begin, |(phase, continues), event| {
                (step(phase, *event).0, continues_run(continues, phase, *event))
            });
            assert_eq!(end.0, Phase::Starting, "{events:?}");
            end.1
        };
        assert!(runs(&[Restart, Over]));
        assert!(runs(&[Restart, Start, Over]));
        assert!(runs(&[Stop, Restart, Over]));
        assert!(!runs(&[Stop, Start, Over]));
        assert!(!runs(&[Over, Start]));
        assert!(!runs(&[Over, Restart]));
        assert!(!runs(&[Restart, Stop, Start, Over]));
    }
}
