//! What crosses the wire between persistproc's daemon and everyone who talks to it, and what
//! the daemon and its shims keep on disk for each other.
//!
//! This crate knows shapes, names and places, and no behaviour: nothing here starts a process,
//! reads a log or opens a port. With the feature `client` it also knows how to make a call:
//! one blocking client over the daemon's Unix socket, which starts the daemon when there is none.
//!
//! | file | what it holds |
//! |---|---|
//! | [`process`] | a process as everyone sees it, its status and exit |
//! | [`facts`] | what is measured when someone asks |
//! | [`target`] | which process a request is about |
//! | [`launch`] | the recorded settings of a process |
//! | [`start`] | the request to start one, and the answer |
//! | [`control`] | stop, restart, signal, stdin, resize, forget |
//! | [`output`] | questions about output, pages, streams |
//! | [`cursor`] | a position in the output of a process |
//! | [`wait`] | waiting for something to happen |
//! | [`event`] | what happens to processes, as it happens |
//! | [`search`] | one expression over many processes |
//! | [`follow`] | live output: what to follow, the events in between |
//! | [`frame`] | one type byte, a length, bytes: the framing of every stream |
//! | [`daemon`] | the daemon about itself, and its shutdown |
//! | [`problem`] | every error: code, message, hint |
//! | [`routes`] | the paths of the REST API |
//! | [`record`] | what lies on disk: `process.json` and `run.json` |
//! | [`shim`] | what daemon and shim say to each other |
//! | [`data_dirs`] | where the data, the sockets and the lock are |
//! | [`limits`] | how much the kernel lets a program have |
//! | [`signals`] | names of signals |
//! | [`time`], [`seconds`], [`words`] | the one format of times, durations and commands |
//! | `schema` | shapes that a derive cannot see |

#[cfg(feature = "client")]
pub mod client;
pub mod control;
pub mod cursor;
pub mod daemon;
pub mod data_dirs;
pub mod event;
pub mod facts;
pub mod follow;
pub mod frame;
pub mod launch;
pub mod limits;
pub mod output;
pub mod problem;
pub mod process;
pub mod record;
pub mod routes;
#[cfg(feature = "schema")]
mod schema;
pub mod search;
pub mod seconds;
pub mod shim;
pub mod signals;
pub mod start;
pub mod target;
pub mod time;
pub mod wait;
pub mod words;

pub use problem::{ErrorCode, Problem};
pub use process::{Exit, Process, Status};
pub use target::Target;
pub use time::Time;

/// The version of this build, sent by the daemon in the header [`routes::VERSION_HEADER`].
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
