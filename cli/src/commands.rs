//! One file per verb: take what was typed, ask the daemon, show the answer. What a verb does
//! is the daemon's business; here is only how it looks from a terminal.

mod attach;
mod completions;
mod ctrl;
mod doctor;
mod forget;
mod list;
mod mcp;
mod output;
mod request;
mod restart;
mod run;
mod search;
mod send;
pub(crate) mod serve;
pub(crate) mod shim;
mod shutdown;
mod signal;
mod start;
mod stop;
mod target;
mod token;
mod wait;

use crate::args::Verb;
use crate::context::Context;
use crate::error::Outcome;

/// Does what was typed.
pub(crate) fn run(verb: Verb, context: &Context) -> Outcome {
    match verb {
        Verb::Run(args) => run::run(args, context),
        Verb::Start(args) => start::run(&args, context),
        Verb::Attach(args) => attach::run(&args, context),
        Verb::List(args) => list::run(&args, context),
        Verb::Output(args) => output::run(&args, context),
        Verb::Search(args) => search::run(&args, context),
        Verb::Wait(args) => wait::run(&args, context),
        Verb::Send(args) => send::run(&args, context),
        Verb::Signal(args) => signal::run(&args, context),
        Verb::Stop(args) => stop::run(&args, context),
        Verb::Restart(args) => restart::run(&args, context),
        Verb::Forget(args) => forget::run(&args, context),
        Verb::Ctrl(args) => ctrl::run(args, context),
        Verb::Serve(args) => serve::run(&args, context),
        Verb::Shutdown(args) => shutdown::run(&args, context),
        Verb::Doctor(_) => doctor::run(context),
        Verb::Mcp(args) => mcp::run(&args, context),
        Verb::Token(_) => token::run(context),
        Verb::Completions(args) => completions::run(&args),
    }
}
