//! Facilities of the platform, the operating system, that the standard library lacks: pidfds, process
//! trees, reaping, descriptor passing, owners of sockets.
//!
//! Each module wraps one facility. Where a platform lacks it, the functions return `None`, an
//! empty list or an error; they never guess.
//!
//! | module | facility |
//! |---|---|
//! | [`attributes`] | signals, priorities and masks that a child inherits |
//! | [`capacity`] | how many connections and processes fit into the limit on open files |
//! | [`chosen_ports`] | the ports from which the kernel chooses |
//! | [`descriptors`] | closing descriptors that were inherited by mistake |
//! | [`exit_watch`] | the exit status of a process that is not our child |
//! | [`input_wait`] | whether a process waits for input from a terminal |
//! | [`own_program`] | recognizing daemons and shims |
//! | [`pidfd`] | waiting for the exit of any process (`pidfd_open`) |
//! | `proc_stat` | parsing `/proc/<pid>/stat` |
//! | `process_list` | the living processes with their parents |
//! | [`readable`] | waiting for a descriptor in a task |
//! | [`reap`] | adopting orphans and reaping children |
//! | [`run_tree`] | the processes of a run, up to the border of its tree |
//! | [`sockets`] | which user and which process own a TCP socket |
//! | [`tree`] | process identities, sessions, environments |
//! | [`usage`] | CPU time and memory of processes |

pub mod attributes;
pub mod capacity;
pub mod chosen_ports;
pub mod descriptors;
pub mod exit_watch;
#[cfg(target_os = "linux")]
pub mod input_wait;
pub mod own_program;
pub mod pidfd;
#[cfg(target_os = "linux")]
mod proc_stat;
mod process_list;
pub mod readable;
pub mod reap;
pub mod run_tree;
pub mod sockets;
pub mod tree;
pub mod usage;
