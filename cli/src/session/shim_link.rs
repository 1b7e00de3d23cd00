//! `ShimLink`: the direct connection of a session to the shim of the run. It carries keys and the size
//! of our terminal, and receives the state of the child's terminal. When the connection breaks while
//! the run lives, it connects again: a shim that was killed is replaced.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use persistproc_api::client::{ShimConnection, ShimItem, ShimMessages};
use persistproc_api::process::Size;
use persistproc_api::shim::{Ask, ShimMessage, TerminalFacts};

use super::screen::Screen;
use super::{AttachOptions, SessionEvent};
use crate::terminal;

/// How long a shim may take to answer.
const REPLY_TIMEOUT: Duration = Duration::from_millis(500);

/// How long the first connection may take. A shim on a busy machine is given more time.
const FIRST_REPLY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the main thread may take to change the mode of our terminal.
const MODE_TIMEOUT: Duration = Duration::from_millis(200);

/// How long a shim that was killed may take to be replaced.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The time between two attempts to connect.
const RECONNECT_INTERVAL: Duration = Duration::from_millis(50);

/// How long a program gets to notice one size before it gets the next.
const REPAINT_INTERVAL: Duration = Duration::from_millis(80);

/// The link of a session. Cheap to clone. The connection ends with this process.
#[derive(Clone)]
pub(super) struct ShimLink {
    shared: Arc<SharedLink>,
}

struct SharedLink {
    socket: PathBuf,
    screen: Arc<Screen>,
    events: SyncSender<SessionEvent>,
    state: Mutex<LinkState>,
    changed: Condvar,
}

#[derive(Default)]
struct LinkState {
    /// `None` while there is no connection.
    connection: Option<ShimConnection>,
    /// As last received.
    facts: Option<TerminalFacts>,
    /// The last request that the shim has replied to. Keys are replied to when they are written, so
    /// they are counted apart.
    last_reply: u64,
    /// The request for keys that is not done yet.
    pending_keys: Option<u64>,
    /// The first answer to [`Ask::View`]; `Some(false)`: the shim knows no viewers.
    is_viewer: Option<bool>,
    /// The next [`ScreenState`] is that of a process which has been running.
    continues: bool,
    /// The run of this connection.
    run: u32,
    /// Connect again until then.
    reconnect_until: Option<Instant>,
    /// The size of our terminal as last sent.
    size: Option<Size>,
    /// How many facts were received, and for how many of them our terminal has the right mode.
    received_facts: u64,
    set_modes: u64,
    /// How many threads wait for an answer about facts.
    asking: u32,
}

impl ShimLink {
    /// Connects to the shim of the process and becomes a viewer. `None` if that fails because the run is
    /// over, or if the shim is too old: then all output is live. A process that has been running passes
    /// on the modes that it has set.
    pub(super) fn connect(
        options: &AttachOptions,
        screen: &Arc<Screen>,
        events: &SyncSender<SessionEvent>,
    ) -> Option<Self> {
        let socket = options.shim_socket.clone();
        let continues = !options.owns_stdin;
        let (connection, messages) = ShimConnection::connect(&socket).ok()?;
        let shared = Arc::new(SharedLink {
            socket,
            screen: Arc::clone(screen),
            events: events.clone(),
            state: Mutex::new(LinkState { continues, ..LinkState::default() }),
            changed: Condvar::new(),
        });
        shared.begin(connection).ok()?;
        let reader = Arc::clone(&shared);
        thread::spawn(move || read_messages(&reader, messages));
        let link = Self { shared };
        let is_viewer = link.wait_until_viewer();
        if is_viewer == Some(false) {
            screen.begin_unknown();
        }
        (is_viewer == Some(true)).then_some(link)
    }

    fn wait_until_viewer(&self) -> Option<bool> {
        let state = self.shared.lock();
        // Without a connection no reply comes: the run of a short program may be over already.
        let waited = self.shared.changed.wait_timeout_while(state, FIRST_REPLY_TIMEOUT, |state| {
            state.is_viewer.is_none() && state.connection.is_some()
        });
        waited.unwrap_or_else(PoisonError::into_inner).0.is_viewer
    }

    /// The state of the child's terminal as last received.
    pub(super) fn last_facts(&self) -> Option<TerminalFacts> {
        self.shared.lock().facts
    }

    /// Asks for the state of the child's terminal. Without an answer in time, it is the last one.
    pub(super) fn ask_facts(&self) -> Option<TerminalFacts> {
        let state = self.shared.lock();
        let number = state.connection.as_ref().and_then(|link| link.ask(Ask::Terminal).ok());
        let Some(number) = number else { return state.facts };
        let mut state = state;
        state.asking += 1;
        self.shared.changed.notify_all();
        let waited = self.shared.changed.wait_timeout_while(state, REPLY_TIMEOUT, |state| {
            state.last_reply < number && state.connection.is_some()
        });
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.asking -= 1;
        state.facts
    }

    /// Sends keys and waits until the child's terminal has taken them. An error means that they were
    /// not sent; after a connection that breaks meanwhile they may have arrived or not. A size of our
    /// terminal that is new when they were typed arrives before them.
    pub(super) fn send_keys(&self, keys: &[u8]) -> io::Result<()> {
        if self.shared.lock().size != Some(terminal::size()) {
            self.resize();
        }
        let mut state = self.shared.lock();
        let connection = state.connection.clone().ok_or(io::ErrorKind::NotConnected)?;
        let number = connection.send_input(keys)?;
        state.pending_keys = Some(number);
        let waited = self.shared.changed.wait_while(state, |state| {
            state.pending_keys == Some(number) && state.connection.is_some()
        });
        drop(waited);
        Ok(())
    }

    /// Sends the size of our terminal.
    pub(super) fn resize(&self) {
        let size = terminal::size();
        self.shared.lock().size = Some(size);
        self.ask(Ask::Resize { size });
    }

    /// Our terminal has the mode that the last facts ask for.
    pub(super) fn mode_is_set(&self) {
        let mut state = self.shared.lock();
        state.set_modes = state.received_facts;
        self.shared.changed.notify_all();
    }

    /// Waits until the shim has sent everything and is gone.
    pub(super) fn wait_for_end(&self) {
        let state = self.shared.lock();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, REPLY_TIMEOUT, |state| state.connection.is_some());
        drop(waited);
    }

    /// Makes a program that draws on the screen draw it again: programs do so when the size changes.
    pub(super) fn repaint(&self) {
        let size = terminal::size();
        let other_size = Size { rows: size.rows.saturating_sub(1).max(1), ..size };
        let link = self.clone();
        // Attaching again makes this viewer the one that decides the size.
        link.ask(Ask::View { size: Some(size) });
        let draws =
            link.last_facts().is_some_and(|facts| !facts.canonical || facts.alternate_screen);
        if draws && other_size != size {
            thread::spawn(move || {
                link.ask(Ask::Resize { size: other_size });
                thread::sleep(REPAINT_INTERVAL);
                link.resize();
            });
        }
    }

    /// Connects again, because a new run has begun.
    pub(super) fn expect_new_run(&self) {
        let mut state = self.shared.lock();
        state.reconnect_until = Some(Instant::now() + RECONNECT_TIMEOUT);
        self.shared.changed.notify_all();
    }

    fn ask(&self, ask: Ask) {
        let state = self.shared.lock();
        if let Some(connection) = &state.connection {
            // Fails if the shim is gone, which the reader finds.
            connection.ask(ask).ok();
        }
    }
}

impl SharedLink {
    fn lock(&self) -> MutexGuard<'_, LinkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Becomes a viewer on a new connection.
    fn begin(&self, connection: ShimConnection) -> io::Result<()> {
        let mut state = self.lock();
        let size = terminal::size();
        connection.ask(Ask::View { size: Some(size) })?;
        state.size = Some(size);
        state.last_reply = 0;
        state.connection = Some(connection);
        state.reconnect_until = None;
        Ok(())
    }

    fn handle(&self, item: ShimItem) {
        match item {
            ShimItem::TerminalOutput(bytes) => {
                self.wait_for_mode();
                self.screen.write_terminal(&bytes);
            }
            ShimItem::Message(message) => self.handle_message(*message),
        }
    }

    fn handle_message(&self, message: ShimMessage) {
        match message {
            ShimMessage::State { record, .. } => self.lock().run = record.run,
            ShimMessage::Terminal { facts, screen } => {
                let mut state = self.lock();
                state.facts = Some(facts);
                state.received_facts += 1;
                let run = state.run;
                let continues = screen.is_some() && std::mem::take(&mut state.continues);
                drop(state);
                self.screen.set_answers_questions(facts.answers_questions);
                if let Some(screen) = screen {
                    self.screen.begin_live(run, &screen, continues);
                }
                // If the queue is full, the main thread looks at the facts after another event.
                self.events.try_send(SessionEvent::TerminalChanged).ok();
            }
            ShimMessage::Reply { number, error } => {
                let mut state = self.lock();
                if state.pending_keys == Some(number) {
                    state.pending_keys = None;
                } else {
                    state.last_reply = state.last_reply.max(number);
                }
                if state.is_viewer.is_none() {
                    state.is_viewer = Some(error.is_none());
                }
                self.changed.notify_all();
            }
            ShimMessage::Process { .. }
            | ShimMessage::Log { .. }
            | ShimMessage::Rolled
            | ShimMessage::ReaderGone { .. } => {}
        }
    }

    /// Waits until our terminal hides what is typed, if the process asks for that. Its question for a
    /// password follows.
    fn wait_for_mode(&self) {
        let is_pending =
            |state: &mut LinkState| state.set_modes < state.received_facts && state.asking == 0;
        let waited = self.changed.wait_timeout_while(self.lock(), MODE_TIMEOUT, is_pending);
        drop(waited);
    }

    fn connection_ended(&self) {
        let mut state = self.lock();
        state.connection = None;
        state.pending_keys = None;
        state.reconnect_until = Some(Instant::now() + RECONNECT_TIMEOUT);
        self.changed.notify_all();
    }

    /// Waits until it is time to connect again.
    fn wait_for_attempt(&self) {
        let state = self.lock();
        let is_over =
            |state: &LinkState| state.reconnect_until.is_none_or(|until| Instant::now() > until);
        if is_over(&state) {
            drop(self.changed.wait_while(state, |state| is_over(state)));
        }
    }
}

/// Receives messages for as long as this process runs.
fn read_messages(shared: &SharedLink, mut messages: ShimMessages) {
    loop {
        for item in messages.by_ref() {
            shared.handle(item);
        }
        shared.connection_ended();
        messages = loop {
            thread::sleep(RECONNECT_INTERVAL);
            shared.wait_for_attempt();
            if let Ok((connection, messages)) = ShimConnection::connect(&shared.socket)
                && shared.begin(connection).is_ok()
            {
                break messages;
            }
        };
    }
}
