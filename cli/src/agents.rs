//! Connects AI agents to persistproc: finds their configs, and reads, adds and removes the entry for
//! persistproc. This module handles files and text; it does not speak MCP.
//!
//! | module | contents |
//! |---|---|
//! | [`agent`] | the table of supported agents |
//! | [`server_entry`] | the config entry for persistproc, per agent |
//! | [`config_paths`] | the paths of the configs on this machine |
//! | [`config_file`] | read and atomically replace a config, with a backup |
//! | [`editor`] | read, add or remove an entry in config text |
//! | [`agent_config`] | the editor for an agent's config |
//! | [`vendor_command`] | the agent's own command for adding a server |
//! | [`edit`] | install or uninstall: plan, then apply |
//! | [`instructions`] | the command or the config text for connecting an agent by hand |
//! | [`hooks`] | the hooks in the settings of agents |
//! | [`detection`] | which agents are installed and connected |

pub(crate) mod agent;
pub(crate) mod agent_config;
pub(crate) mod config_file;
pub(crate) mod config_paths;
pub(crate) mod detection;
pub(crate) mod edit;
pub(crate) mod editor;
pub(crate) mod hooks;
pub(crate) mod instructions;
pub(crate) mod server_entry;
pub(crate) mod vendor_command;

pub(crate) use agent::{Agent, Scope};
pub(crate) use server_entry::{Endpoint, SERVER_NAME, ServerEntry, Transport, is_own_entry};
