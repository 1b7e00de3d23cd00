//! The bridge that an agent starts: MCP on standard input and output, passed on to the daemon's
//! `/mcp` over its Unix socket. It keeps nothing that the daemon would miss, so daemons may come
//! and go behind it. Of what is said it understands only what carrying it demands.
//!
//! | file | what it holds |
//! |---|---|
//! | [`message`] | one line of input: what it is, what headers it needs |
//! | [`additions`] | the directory and the environment that a start takes for granted |
//! | [`call`] | a request carried to its answer, over daemons that leave |
//! | [`decide`] | what to do after an attempt: a table |
//! | [`calls`] | the requests under way: how many, and which to give up |
//! | [`lane`] | what has to arrive in the order in which it was said |
//! | [`session`] | the session of a client of the older protocol |
//! | [`out`] | whole lines on standard output |

mod additions;
mod call;
mod calls;
mod decide;
mod lane;
mod message;
mod out;
mod session;

use std::io::{BufRead, Read};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use persistproc_api::client::Client;

use self::additions::Additions;
use self::calls::{Call, Calls};
use self::lane::Lane;
use self::message::{Kind, Message};
use self::out::Out;
use self::session::Sessions;

/// What is under way when the input ends may take this long to be answered.
const GRACE: Duration = Duration::from_millis(200);

/// Then the daemon is told that the session is over; all is over so long after the input.
const LAST: Duration = Duration::from_millis(400);

/// A line longer than this is no message.
const LONGEST_LINE: u64 = 64 << 20;

/// A stack for a thread that does little but wait.
const STACK: usize = 512 << 10;

/// Everything the threads share.
pub(crate) struct Bridge {
    /// Starts a daemon when there is none.
    client: Client,
    /// Leaves it at that: what is only listened to is no reason to start one.
    listener: Client,
    additions: Additions,
    out: Out,
    calls: Calls,
    lane: Lane,
    sessions: Sessions,
}

/// Why the bridge ends.
enum End {
    /// The agent has said all it had to say.
    Eof,
    /// Nobody reads what we write.
    Unread,
}

/// Serves until the input ends.
pub(crate) fn run(client: Client, listener: Client) -> std::io::Result<()> {
    let (ended, end) = sync_channel(1);
    let bridge = Arc::new(Bridge {
        client,
        listener,
        additions: Additions::of_this_process(),
        out: Out::new({
            let ended = ended.clone();
            move || tell(&ended, End::Unread)
        }),
        calls: Calls::default(),
        lane: Lane::start()?,
        sessions: Sessions::default(),
    });
    let reading = Arc::clone(&bridge);
    spawn(move || {
        reading.read(&mut std::io::stdin().lock());
        tell(&ended, End::Eof);
    })?;
    // The thread that reads tells in any case.
    let end = end.recv();
    let last = Instant::now() + LAST;
    if matches!(end, Ok(End::Eof) | Err(_)) {
        bridge.calls.until_none(GRACE);
    }
    let (over, told) = sync_channel(1);
    spawn(move || {
        bridge.sessions.end(&bridge);
        tell(&over, ());
    })?;
    // Whoever is not told in time finds out by itself.
    told.recv_timeout(last.saturating_duration_since(Instant::now())).ok();
    Ok(())
}

/// Once is enough, and whoever no longer waits for it needs not be told.
fn tell<T>(to: &SyncSender<T>, what: T) {
    to.try_send(what).ok();
}

fn spawn(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().stack_size(STACK).spawn(work).map(drop)
}

impl Bridge {
    fn read(self: &Arc<Self>, input: &mut impl BufRead) {
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) if line.len() as u64 == LONGEST_LINE => {
                    self.out.error(None, message::PARSE_ERROR, "This line is too long.");
                    if skip_line(input).is_err() {
                        return;
                    }
                }
                Ok(_) => self.take(&line),
                Err(error) => return eprintln!("The input cannot be read: {error}."),
            }
        }
    }

    fn take(self: &Arc<Self>, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        match Message::read(line) {
            Err(wrong) => self.out.error(wrong.id.as_ref(), wrong.code, &wrong.what),
            Ok(message) => self.carry(message),
        }
    }

    fn carry(self: &Arc<Self>, message: Message) {
        match &message.kind {
            Kind::Request { id } => {
                let id = id.clone();
                match self.calls.begin(&id) {
                    Some(call) => self.ask(message, call),
                    None => self.out.error(Some(&id), message::INTERNAL_ERROR, calls::TOO_MANY),
                }
            }
            // With a session the daemon is told; without one it sees the connection end.
            Kind::Cancel { of } if self.sessions.present().is_none() => self.calls.cancel(of),
            Kind::Cancel { .. } | Kind::Notice => {
                self.in_order(move |bridge| bridge.deliver(&message));
            }
        }
    }

    /// Requests are carried side by side. What begins a session comes before all that follows.
    fn ask(self: &Arc<Self>, message: Message, call: Call) {
        if message.begins_a_session() {
            return self.in_order(move |bridge| {
                bridge.begin_session(&message, &call);
                bridge.calls.end(&call);
            });
        }
        let (bridge, turn, id) = (Arc::clone(self), self.lane.turn(), call.id.clone());
        let work = move || {
            bridge.lane.until(turn);
            bridge.answer(&message, &call);
            bridge.calls.end(&call);
        };
        if let Err(error) = spawn(work) {
            self.calls.forget(&id);
            self.out.error(Some(&id), message::INTERNAL_ERROR, &format!("No thread: {error}."));
        }
    }

    /// Queues what must not overtake, and must not be overtaken.
    fn in_order(self: &Arc<Self>, work: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let bridge = Arc::clone(self);
        if !self.lane.push(move || work(&bridge)) {
            eprintln!("A message was dropped: no daemon has taken those before it yet.");
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (used, done) =
            (end.map_or(buffer.len(), |at| at + 1), end.is_some() || buffer.is_empty());
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}
