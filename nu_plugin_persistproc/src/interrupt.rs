//! Ctrl+C, and a shell that is gone: either cuts the connections of a call, so that whatever waits
//! for the daemon waits no longer. It knows neither what was asked nor what was answered.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nu_plugin::EngineInterface;
use nu_protocol::{HandlerGuard, LabeledError, SignalAction};
use persistproc_api::client::Line;

/// How soon it is noticed that the shell is gone. Nushell tells nobody; whoever asks it something
/// finds out.
const LOOK: Duration = Duration::from_millis(400);

/// The connections of one call. They are watched for as long as this lives.
pub(crate) struct Watch {
    lines: Lines,
    // Held for their drops: they end the watch.
    _handler: HandlerGuard,
    _over: SyncSender<()>,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    cut: bool,
}

impl Watch {
    pub(crate) fn new(engine: &EngineInterface) -> Result<Self, LabeledError> {
        let lines = Lines::default();
        let interrupted = lines.clone();
        let handler = engine.register_signal_handler(Box::new(move |action| {
            if action == SignalAction::Interrupt {
                interrupted.cut();
            }
        }))?;
        let (over, is_over) = sync_channel(0);
        let (engine, left) = (engine.clone(), lines.clone());
        thread::spawn(move || {
            while is_over.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if engine.get_env_var("PWD").is_err() {
                    return left.cut();
                }
            }
        });
        Ok(Self { lines, _handler: handler, _over: over })
    }

    /// A connection that is cut with the others.
    pub(crate) fn line(&self) -> Line {
        let line = Line::default();
        let mut state = self.lines.state();
        if state.cut {
            line.cut();
        }
        state.lines.push(line.clone());
        line
    }

    /// Whether nobody wants an answer any more.
    pub(crate) fn is_cut(&self) -> bool {
        self.lines.state().cut
    }
}

impl Lines {
    fn cut(&self) {
        let mut state = self.state();
        state.cut = true;
        state.lines.drain(..).for_each(|line| line.cut());
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
