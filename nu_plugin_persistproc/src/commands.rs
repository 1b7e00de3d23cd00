//! The commands of the plugin, one file per verb, and the names of each.

mod changes;
mod forget;
mod logs;
mod news;
mod port;
mod ps;
mod response;
mod restart;
mod search;
mod send;
mod signal;
mod start;
mod stop;
mod wait;
mod waited;

use nu_plugin::PluginCommand;

use crate::plugin::Persistproc;
use crate::verb::{NamedVerb, Verb};

/// All commands, with their aliases.
pub(crate) fn all() -> Vec<Box<dyn PluginCommand<Plugin = Persistproc>>> {
    vec![
        named("persistproc ps", ps::Ps),
        named("persistproc list", ps::Ps),
        named("persistproc ls", ps::Ps),
        named("persistproc logs", logs::Logs),
        named("persistproc output", logs::Logs),
        named("persistproc search", search::Search),
        named("persistproc news", news::NewsVerb),
        named("persistproc changes", changes::ChangesVerb),
        named("persistproc start", start::Start),
        named("persistproc stop", stop::Stop),
        named("persistproc restart", restart::Restart),
        named("persistproc wait", wait::Wait),
        named("persistproc port", port::Port),
        named("persistproc send", send::Send),
        named("persistproc signal", signal::Signal),
        named("persistproc forget", forget::Forget),
    ]
}

fn named(name: &'static str, verb: impl Verb) -> Box<dyn PluginCommand<Plugin = Persistproc>> {
    Box::new(NamedVerb { name, verb })
}
