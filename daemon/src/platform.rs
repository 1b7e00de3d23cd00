//! What only the operating system knows: trees of processes, who a pid really is, who owns a
//! socket, who inherits a child, how files change hands. One small module each; where a platform
//! cannot tell, the answer says so instead of guessing.

pub mod capacity;
pub mod descriptors;
pub mod exit_watch;
pub mod fd_passing;
pub mod pidfd;
pub mod reap;
pub mod sockets;
pub mod tree;
