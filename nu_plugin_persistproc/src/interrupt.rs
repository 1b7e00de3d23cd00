//! `Interrupt`: closes the daemon connections of a call on Ctrl+C and when the shell has exited, so
//! that a call blocked on the daemon returns at once.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nu_plugin::EngineInterface;
use nu_protocol::{HandlerGuard, LabeledError, SignalAction};
use persistproc_api::client::CancelHandle;

/// How often to check that the shell is alive. Nushell does not notify a plugin when it exits; only
/// a request to the engine fails then.
const SHELL_CHECK_INTERVAL: Duration = Duration::from_millis(400);

/// Watches for interrupts for as long as it lives, and closes the connections that it handed out.
pub(crate) struct Interrupt {
    connections: Connections,
    /// Unregisters the signal handler when dropped.
    _handler: HandlerGuard,
    /// Disconnects when dropped, which ends the thread that checks the shell.
    _stop_checking: SyncSender<()>,
}

impl Interrupt {
    pub(crate) fn new(engine: &EngineInterface) -> Result<Self, LabeledError> {
        let connections = Connections::default();
        let on_signal = connections.clone();
        let handler = engine.register_signal_handler(Box::new(move |action| {
            if action == SignalAction::Interrupt {
                on_signal.close_all();
            }
        }))?;
        let (stop_checking, stopped) = sync_channel(0);
        let engine = engine.clone();
        let on_exit = connections.clone();
        thread::spawn(move || {
            while stopped.recv_timeout(SHELL_CHECK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if engine.get_env_var("PWD").is_err() {
                    on_exit.close_all();
                    return;
                }
            }
        });
        Ok(Self { connections, _handler: handler, _stop_checking: stop_checking })
    }

    /// A new connection, which is closed by an interrupt. After an interrupt it is closed from the
    /// start.
    pub(crate) fn connection(&self) -> CancelHandle {
        let connection = CancelHandle::default();
        let mut state = self.connections.lock();
        if state.is_interrupted {
            connection.cancel();
        }
        state.open.push(connection.clone());
        connection
    }

    /// Whether the call was interrupted. If so, errors of its requests are ignored.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.connections.lock().is_interrupted
    }
}

/// The connections of one call, shared with the signal handler and the checking thread.
#[derive(Clone, Default)]
struct Connections(Arc<Mutex<ConnectionState>>);

#[derive(Default)]
struct ConnectionState {
    open: Vec<CancelHandle>,
    is_interrupted: bool,
}

impl Connections {
    fn close_all(&self) {
        let mut state = self.lock();
        state.is_interrupted = true;
        for connection in state.open.drain(..) {
            connection.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, ConnectionState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
