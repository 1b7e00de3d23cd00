//! The library of the persistproc [`daemon`] and of its [`shim`], and the map of their source.
//!
//! A developer types `pp npm run dev`; from then on every shell and every agent on the machine sees
//! the same process. Four rules carry the design:
//!
//! 1. **The shim is the parent.** Each run has one shim, a small process that owns the child's
//!    streams, writes the log and reaps the child. The daemon may be killed at any moment; the next
//!    one finds every process.
//! 2. **The file is the queue.** The shim appends to the log and notifies the daemon of the new
//!    length. Each reader reads the file at its own pace, so no buffer overflows and no reader
//!    slows down another one or the child.
//! 3. **Nothing polls while it is idle.** Output, exits and changes are events, from the kernel to
//!    the client. Open ports and locks have no event, so they are polled while a request waits.
//! 4. **One core, many faces.** A face translates a request into an operation of the
//!    [`supervisor::Supervisor`] and presents the answer. All decisions are made in the core, so
//!    they are the same on every face.
//!
//! `daemon/ARCHITECTURE.md` explains why; this page says where.
//!
//! # Modules, from the outside in
//!
//! | module | what it holds | may import |
//! |---|---|---|
//! | [`serve`] | the daemon as a program: locks, sockets, log, signals | all but `shim` |
//! | [`daemon`] | the supervisor and its faces, run on sockets of the caller | all but `serve`, `shim` |
//! | [`http`] | REST: routes, access checks, streamed answers; names of processes; the dashboard | `supervisor`, `logs`, `platform`, `web` |
//! | [`mcp`] | the face for agents: four tools, resources, sessions | `supervisor`, `logs`, `platform` |
//! | [`supervisor`] | processes and their runs: the core | `logs`, `login_shell`, `platform` |
//! | [`shim`] | the parent of one run, a program of its own | `logs`, `platform` |
//! | [`login_shell`] | the environment of the login shell, a program of its own | `platform` |
//! | [`web`] | the files of the dashboard | none |
//! | [`logs`] | the log of a run: bytes, index, pages, feeds | none |
//! | [`platform`] | facilities of the operating system: trees, sockets, exits | none |
//!
//! Every module may import `persistproc_api`, which holds the types of the wire and of the records
//! on disk. A test in `tests/house_rules.rs` reads the sources and reports an import that is not in
//! this table.
//!
//! # The path of a request
//!
//! From `pp npm run dev` to the first instruction of `npm`:
//!
//! 1. The client sends `POST /v1/processes`. [`http::processes`] parses it and calls
//!    [`supervisor::Supervisor::start`].
//! 2. [`supervisor::requests::spec`] checks the command, the directory and the environment.
//!    [`supervisor::starting`] finds the process with this label or command, or creates it.
//! 3. The task of the process ([`supervisor::runs::task`]) looks up what a start means in its
//!    present phase ([`supervisor::runs::lifecycle`]) and starts a shim
//!    ([`supervisor::runs::launch`]).
//! 4. The shim ([`shim::main`]) starts the child, writes `run.json`, and reports the new state on
//!    its socket.
//! 5. The task publishes a new [`supervisor::runs::view::ProcessView`], which every face can read
//!    without asking the task, and answers the request.
//!
//! # The path of a byte
//!
//! From the child to a client that follows the output:
//!
//! 1. The shim reads it from the pipe or terminal and appends it to the log ([`logs::writer`]).
//! 2. It reports the new length of the log, once, to each daemon that has asked for that.
//! 3. The task publishes the length. This wakes up the followers
//!    ([`supervisor::reading::follow::Follower`]), which read the new bytes from the file.
//! 4. [`http::output`] sends them to its client, as fast as the client reads. A follower that has
//!    read everything asks for the next report.

pub mod daemon;
pub mod http;
pub mod login_shell;
pub mod logs;
pub mod mcp;
pub mod platform;
pub mod serve;
pub mod shim;
pub mod supervisor;
pub mod web;
