//! The agents that persistproc can be connected to: where each keeps its settings, what has to
//! stand there, and how to put it there. It knows files and text; what MCP says is not known here.
//!
//! | file | what it holds |
//! |---|---|
//! | [`table`] | the agents, as data |
//! | [`entry`] | what each of them wants to read about persistproc |
//! | [`places`] | where its settings are on this machine |
//! | [`vendor`] | its own command for adding a server |
//! | [`edit`] | settings as text: one entry put in, read, or taken out |
//! | [`file`] | settings as a file: read, replaced as a whole, kept beside |
//! | [`recipe`] | what people write there themselves |
//! | [`change`] | connecting and parting: decided, then done |
//! | [`look`] | who is here, and who is connected |

pub(crate) mod change;
pub(crate) mod edit;
pub(crate) mod entry;
pub(crate) mod file;
pub(crate) mod look;
pub(crate) mod places;
pub(crate) mod recipe;
pub(crate) mod table;
pub(crate) mod vendor;

pub(crate) use entry::{Door, Entry, Way};
pub(crate) use table::{Agent, Scope};

/// What the entry is called in all settings.
pub(crate) const NAME: &str = "persistproc";
