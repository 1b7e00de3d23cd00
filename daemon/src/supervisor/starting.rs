//! Starting processes: which process a start request is about, and a new one where there is none.

pub(crate) mod registry;
