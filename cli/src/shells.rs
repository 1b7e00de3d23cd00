//! Connects shells to persistproc: the script of each shell, and the startup file that loads it. The
//! scripts are in the folder `shell`.
//!
//! | module | contents |
//! |---|---|
//! | [`integration`] | the script and the startup line of a shell, with the settings of the flags |
//! | [`startup_file`] | the text of a startup file: which lines are ours |
//! | [`startup_edit`] | install or uninstall the line of bash, zsh or fish: plan, then apply |
//! | [`nu_edit`] | the same for Nushell, which loads a file and a plugin |
//! | [`detection`] | which shells this user uses, and which of them load the integration |

pub(crate) mod detection;
pub(crate) mod integration;
pub(crate) mod nu_edit;
pub(crate) mod startup_edit;
mod startup_file;

pub(crate) use integration::Integration;
