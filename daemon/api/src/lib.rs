//! The types that cross the wire between persistproc's daemon and its clients, with their JSON
//! schemas, and the files and messages that the daemon and its shims exchange.
//!
//! The crate holds types, names and paths. It starts no process, reads no log and opens no port.
//! With the feature `client` it also has a blocking client that calls the daemon over its Unix
//! socket and starts a daemon if none is running.
//!
//! | module | what it holds |
//! |---|---|
//! | [`process`] | a process as every face shows it, its status and exit |
//! | [`process_client`] | a client that uses a process |
//! | [`facts`] | measurements of a process: ports, CPU, memory |
//! | [`target`] | which process a request is about |
//! | [`candidates`] | processes to choose from, as lines of an error |
//! | [`selection`] | the processes that flags select, and those that no target can mean |
//! | [`launch`] | the recorded settings of a process |
//! | [`environment`] | the variables of a process, byte for byte |
//! | [`changes`] | which messages of a process are new, and which are gone |
//! | [`client_names`] | the names of our own clients |
//! | [`inherited`] | the attributes that a child has from its caller |
//! | [`confinement`] | what confines a process and all that it starts |
//! | [`raw_bytes`] | arguments and paths that are not UTF-8 |
//! | [`streams`] | whether stdout and stderr of a child are one stream |
//! | [`handover`] | what one run gets from its client besides its launch |
//! | [`start`] | the request to start a process, and the answer |
//! | [`control`] | the requests to stop, restart, signal, write to, resize and forget a process |
//! | [`output`] | queries about output, and pages of lines |
//! | [`cursor`] | a position in the output of a process |
//! | [`follow`] | live output: the query, and the events between the bytes |
//! | [`news`] | what processes have printed or done that they had not before |
//! | [`notices`] | for which processes desktop notices are shown |
//! | [`search`] | one regular expression over the output of many processes |
//! | [`wait`] | waiting for a condition of a process |
//! | [`event`] | changes of processes, as a stream |
//! | [`ports`] | what listens on TCP ports, managed or not |
//! | [`daemon`] | the daemon itself, and its shutdown |
//! | [`serve_flags`] | the flags of `serve`, remembered in the data directory |
//! | [`problem`] | every error: code, message, next step |
//! | [`routes`] | the paths and headers of the REST API |
//! | [`frame`] | the framing of live output and of shim messages |
//! | [`fd_passing`] | descriptors sent over a Unix socket |
//! | [`terminal`] | modes that programs set, and questions that terminals answer |
//! | [`peer`] | whether the peer of a socket is a process of this user |
//! | [`shim`] | the messages between the daemon and a shim |
//! | [`lease`] | how far the client that must get all output has read |
//! | [`record`] | the files on disk: `process.json` and `run.json` |
//! | [`data_dirs`] | the data and runtime directories of a daemon |
//! | [`private_file`] | files that only this user can read and change |
//! | [`limits`] | resource limits, as `ulimit` shows them |
//! | [`signals`] | names of signals |
//! | [`version`] | whether a daemon is older than this build |
//! | [`fnv`] | a hash that is the same in every build |
//! | [`time`], [`seconds`], [`words`] | the text forms of times, durations and commands |
//! | `client` | the blocking client (feature `client`) |
//! | `schema` | JSON schemas that cannot be derived (feature `schema`) |

pub mod candidates;
pub mod changes;
#[cfg(feature = "client")]
pub mod client;
pub mod client_names;
pub mod confinement;
pub mod control;
pub mod cursor;
pub mod daemon;
pub mod data_dirs;
pub mod environment;
pub mod event;
pub mod facts;
pub mod fd_passing;
pub mod fnv;
pub mod follow;
pub mod frame;
pub mod handover;
pub mod inherited;
pub mod launch;
pub mod lease;
pub mod limits;
pub mod news;
pub mod notices;
pub mod output;
pub mod peer;
pub mod ports;
pub mod private_file;
pub mod problem;
pub mod process;
pub mod process_client;
pub mod raw_bytes;
pub mod record;
pub mod routes;
#[cfg(feature = "schema")]
mod schema;
pub mod search;
pub mod seconds;
pub mod selection;
pub mod serve_flags;
pub mod shim;
pub mod signals;
pub mod start;
pub mod streams;
pub mod target;
pub mod terminal;
pub mod time;
pub mod version;
pub mod wait;
pub mod words;

pub use problem::{ErrorCode, Problem};
pub use process::{Exit, Process, Status};
pub use target::Target;
pub use time::Time;

/// The version of this build. The daemon sends it in the header [`routes::VERSION_HEADER`].
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
