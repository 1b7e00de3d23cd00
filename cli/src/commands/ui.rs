//! `ui`: the dashboard in the terminal.

mod actions;

use std::env;
use std::io::{IsTerminal, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use persistproc_api::selection::{SelectedState, WithoutTarget};
use persistproc_api::{Problem, Process};

use super::selected::{self, Purpose, SelectionRequest};
use crate::args::UiArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::terminal::{self, DetachKeys};
use crate::tui::{self, UiAction, UiEnd, UiOptions};

const PURPOSE: Purpose<'static> = Purpose {
    command: "ui",
    question: "Show",
    changes: false,
    state: SelectedState::Any,
    without_target: WithoutTarget::Any,
};

pub(crate) fn run(args: &UiArgs, context: &Context) -> Outcome {
    check_terminal()?;
    let client = context.client()?;
    let mut target = None;
    if !args.target.is_empty() {
        let directory = args.working_directory.as_deref();
        let request = SelectionRequest::of_words(&args.target, directory, PURPOSE);
        target = Some(selected::one(&client, &request, context)?.id);
    }
    let client = client.without_reports();
    let acting = client.clone();
    let options = UiOptions {
        client,
        target,
        reader: context.client_name(),
        detach_keys: detach_keys(),
        act: Arc::new(move |action: &UiAction, process: &Process| {
            actions::act(&acting, action, process)
        }),
    };
    if tui::run(options)? == UiEnd::ShutDown {
        context.note("The daemon was shut down.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the terminal can show a screen and read keys.
fn check_terminal() -> Result<(), Problem> {
    let is_dumb = env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    if is_dumb || !terminal::stdin_is_terminal() || !stdout().is_terminal() {
        return Err(Problem::invalid("`ui` needs a terminal that shows a whole screen.")
            .hint("Run `pp list` and `pp logs` instead."));
    }
    Ok(())
}

/// How to detach, as a text: `attach` reads the same variable.
fn detach_keys() -> Option<String> {
    let keys = env::var("PERSISTPROC_DETACH_KEYS").unwrap_or(DetachKeys::DEFAULT.to_owned());
    keys.parse::<DetachKeys>().ok()?.shown()
}
