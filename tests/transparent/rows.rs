//! The rows of the table, one file for each theme.

pub(super) mod bytes;
pub(super) mod descriptors;
pub(super) mod ends;
pub(super) mod fullscreen;
pub(super) mod inherited;
pub(super) mod interpreters;
pub(super) mod jobs;
pub(super) mod keys;
pub(super) mod node;
pub(super) mod order;
pub(super) mod passwords;
pub(super) mod redirections;
pub(super) mod terminal;
pub(super) mod tools;
