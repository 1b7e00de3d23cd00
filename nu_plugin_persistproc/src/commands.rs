//! One file per command, each named for its verb; here is which there are, and their names.

mod forget;
mod logs;
mod ps;
mod restart;
mod search;
mod send;
mod signal;
mod start;
mod stop;
mod wait;

use nu_plugin::PluginCommand;

use crate::Persistproc;
use crate::command::Named;

/// All of them, under all their names.
pub(crate) fn all() -> Vec<Box<dyn PluginCommand<Plugin = Persistproc>>> {
    vec![
        Box::new(Named("persistproc ps", ps::Ps)),
        Box::new(Named("persistproc list", ps::Ps)),
        Box::new(Named("persistproc ls", ps::Ps)),
        Box::new(Named("persistproc logs", logs::Logs)),
        Box::new(Named("persistproc output", logs::Logs)),
        Box::new(Named("persistproc search", search::Search)),
        Box::new(Named("persistproc start", start::Start)),
        Box::new(Named("persistproc stop", stop::Stop)),
        Box::new(Named("persistproc restart", restart::Restart)),
        Box::new(Named("persistproc wait", wait::Wait)),
        Box::new(Named("persistproc send", send::Send)),
        Box::new(Named("persistproc signal", signal::Signal)),
        Box::new(Named("persistproc forget", forget::Forget)),
    ]
}
