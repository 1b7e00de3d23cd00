//! persistproc's daemon: the map of the house.
//!
//! A person types `pp npm run dev`; from then on everyone on this machine sees the same process.
//! Four rules carry the design:
//!
//! 1. **The shim is the parent.** One small process per run owns the child's streams and knows
//!    its exit. The daemon may die at any moment; the next one finds everything.
//! 2. **The file is the queue.** The shim appends to the log and says how long it is now. Every
//!    reader reads the file at its own pace; nothing overflows, nobody waits for a slow one.
//! 3. **Nothing polls.** Output, exits and changes are events, from the kernel to the last client.
//! 4. **One core, many faces.** A face asks one of the supervisor's operations and presents the
//!    answer. A face with a decision in it is a face with a bug in it.
//!
//! # Rooms, from the outside in
//!
//! | room | what happens there | may import |
//! |---|---|---|
//! | [`serve`] | the daemon as a program: lock, doors, signals | all |
//! | [`http`] | REST: requests in, answers out, the guard | `supervisor`, `logs` |
//! | [`mcp`] | the face for agents: four tools, resources, sessions | `supervisor`, `logs` |
//! | [`supervisor`] | processes and runs: the core | `logs`, `platform` |
//! | [`shim`] | the parent of one run, a program of its own | `logs`, `platform` |
//! | [`logs`] | the store: bytes, index, pages, feeds | nothing of ours |
//! | [`platform`] | what only the operating system knows | nothing of ours |
//!
//! Everyone may import `persistproc_api`, which holds what crosses the wire and what lies on disk.
//! A test reads the sources and names whoever breaks these rules.
//!
//! # From a keystroke to the child, and back
//!
//! `POST /v1/processes` → [`supervisor::Supervisor::start`] checks the request
//! ([`supervisor::requests::spec`]), finds or makes the process and hands the wish to its task
//! ([`supervisor::runs::task`]), which asks the table ([`supervisor::runs::lifecycle`]) and starts a shim
//! ([`supervisor::runs::launch`]). The shim starts the child ([`shim::main`]), writes `run.json`, and
//! says so on its socket; only then is the request answered.
//!
//! A byte the child writes is read by the shim, appended by [`logs::writer`], and announced to
//! whoever asked to be told. [`supervisor::reading::follow::Follower`] reads the file and
//! [`http::output`] sends it on, as fast as its reader reads.

pub mod http;
pub mod logs;
pub mod mcp;
pub mod platform;
pub mod serve;
pub mod shim;
pub mod supervisor;
