//! The rows of the table, one file for each theme.

pub(super) mod bytes;
pub(super) mod descriptors;
pub(super) mod inherited;
pub(super) mod jobs;
pub(super) mod keys;
pub(super) mod order;
pub(super) mod redirections;
