//! The commands, one file per verb: each sends requests to the daemon and prints the answers. The
//! daemon manages the processes.

mod attach;
mod changes;
pub(crate) mod complete;
mod completions;
mod confinement;
mod ctrl;
mod dashboard;
mod doctor;
mod each;
mod env;
mod environment;
mod forget;
pub(crate) mod hook;
mod init;
mod label;
mod list;
pub(crate) mod login_environment;
mod man;
mod mcp;
mod news;
mod notify;
mod older_daemon;
mod output;
mod port;
mod prompt;
mod restart;
mod run;
mod runs;
mod search;
mod selected;
mod send;
mod serve;
mod setup;
mod shell_words;
pub(crate) mod shim;
mod shutdown;
mod signal;
mod start;
mod stop;
mod target;
mod token;
mod ui;
mod url;
mod wait;

use crate::args::Verb;
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(verb: Verb, context: &Context) -> Outcome {
    match verb {
        Verb::Run(args) => run::run(args.0, context),
        Verb::Start(args) => start::run(&args.0, context),
        Verb::Attach(args) => attach::run(&args.0, context),
        Verb::List(args) => list::run(&args.0, context),
        Verb::Ui(args) => ui::run(&args.0, context),
        Verb::Output(args) => output::run(&args.0, context),
        Verb::Runs(args) => runs::run(&args.0, context),
        Verb::Search(args) => search::run(&args.0, context),
        Verb::Changes(args) => changes::run(&args.0, context),
        Verb::News(args) => news::run(&args.0, context),
        Verb::Notify(args) => notify::run(&args.0, context),
        Verb::Wait(args) => wait::run(&args.0, context),
        Verb::Port(args) => port::run(&args.0, context),
        Verb::Url(args) => url::run(&args.0, context),
        Verb::Open(args) => url::open(&args.0, context),
        Verb::Dashboard(args) => dashboard::run(&args.0, context),
        Verb::Env(args) => env::run(&args.0, context),
        Verb::Send(args) => send::run(&args.0, context),
        Verb::Signal(args) => signal::run(&args.0, context),
        Verb::Stop(args) => stop::run(&args.0, context),
        Verb::Restart(args) => restart::run(&args.0, context),
        Verb::Label(args) => label::run(&args.0, context),
        Verb::Forget(args) => forget::run(&args.0, context),
        Verb::Ctrl(args) => ctrl::run(args.0, context),
        Verb::Serve(args) => serve::run(&args.0, context),
        Verb::Shutdown(args) => shutdown::run(&args.0, context),
        Verb::Setup(args) => setup::run(&args.0, context),
        Verb::Doctor(_) => doctor::run(context),
        Verb::Mcp(args) => mcp::run(&args.0, context),
        Verb::Hook(args) => hook::run(&args.0, context),
        Verb::Token(_) => token::run(context),
        Verb::Init(args) => init::run(&args.0, context),
        Verb::Prompt(_) => prompt::run(context),
        Verb::Completions(args) => completions::run(&args.0),
        Verb::Man(args) => man::run(&args.0),
    }
}
