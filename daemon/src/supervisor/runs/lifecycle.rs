//! The life of a process as one table: the phase it is in, what happens, what to do. No clock,
//! no file, no socket: the task that owns the process turns the world into events and effects
//! into the world.

/// Where a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No shim lives.
    Ended,
    /// A shim was asked for; its child is not there yet.
    Starting,
    /// The child lives.
    Running,
    /// It was asked to end.
    Stopping,
    /// It was asked to end, and a new run follows.
    Restarting,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Someone wants it running.
    Start,
    /// Someone wants it ended.
    Stop,
    /// Someone wants a new run.
    Restart,
    /// Someone wants it gone from the list.
    Forget,
    /// Someone sends a signal, input or a size.
    Message,
    /// The child runs.
    Started,
    /// There will be no child.
    Failed,
    /// The child and its tree have ended, or the shim is gone.
    Over,
}

/// What to do, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Begin a new run.
    Launch,
    /// Ask the shim to end the run.
    SendStop,
    /// Pass the message on to the shim.
    Forward,
    /// Write down and publish how the run stands.
    Record,
    /// Answer those who wait for a start.
    AnswerStarts,
    /// Answer those who wait for the end.
    AnswerStops,
    /// Tell those who wait for a start that someone stopped it.
    RefuseStarts,
    /// The asker waits for the start.
    AwaitStart,
    /// The asker waits for the end.
    AwaitEnd,
    /// The asker is told that it runs already.
    ReplyRunning,
    /// The asker is told that it does not run.
    RefuseNotRunning,
    /// The asker is told that it still runs.
    RefuseStillRunning,
    /// Delete record and logs, and leave.
    Erase,
}

/// The table.
pub fn step(phase: Phase, event: Event) -> (Phase, &'static [Effect]) {
    use Effect::{
        AnswerStarts, AnswerStops, AwaitEnd, AwaitStart, Erase, Forward, Launch, Record,
        RefuseNotRunning, RefuseStarts, RefuseStillRunning, ReplyRunning, SendStop,
    };
    match (phase, event) {
        (Phase::Ended, Event::Start | Event::Restart) => (Phase::Starting, &[AwaitStart, Launch]),
        (Phase::Ended, Event::Stop | Event::Message) => (Phase::Ended, &[RefuseNotRunning]),
        (Phase::Ended, Event::Forget) => (Phase::Ended, &[Erase]),
        // Word of a run that is over already.
        (Phase::Ended, Event::Started | Event::Failed | Event::Over) => (Phase::Ended, &[]),

        // Whoever joins a start shares its answer.
        (Phase::Starting, Event::Start | Event::Restart) => (Phase::Starting, &[AwaitStart]),
        (Phase::Running, Event::Start) => (Phase::Running, &[ReplyRunning]),
        (Phase::Running, Event::Restart) => (Phase::Restarting, &[AwaitStart, SendStop]),
        (Phase::Starting | Phase::Running, Event::Stop) => (Phase::Stopping, &[AwaitEnd, SendStop]),

        // A start that comes while it ends waits for the end and is the next run.
        (Phase::Stopping, Event::Start | Event::Restart) => (Phase::Restarting, &[AwaitStart]),
        (Phase::Restarting, Event::Start) => (Phase::Restarting, &[AwaitStart]),
        // Asked again, perhaps with force.
        (Phase::Restarting, Event::Restart) => (Phase::Restarting, &[AwaitStart, SendStop]),
        (Phase::Stopping, Event::Stop) => (Phase::Stopping, &[AwaitEnd, SendStop]),
        // The last word counts.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        use Event::{Failed, Forget, Message, Over, Restart, Start, Started, Stop};
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
}
