//! `notify`: turns desktop notices on or off, or says for which processes they are on.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use persistproc_api::client::Client;
use persistproc_api::environment::Environment;
use persistproc_api::notices::{NotifyRequest, NotifySettings};
use persistproc_api::selection::SelectedState;
use persistproc_api::words;

use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use crate::args::NotifyArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render;
use crate::settings::Settings;

const PURPOSE: Purpose<'static> = Purpose {
    command: "notify",
    question: "Show notices of",
    changes: false,
    state: SelectedState::Any,
    without_target: WithoutTarget::All,
};

pub(crate) fn run(args: &NotifyArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let settings = match change(args) {
        Some((is_on, words)) => client.notify(&request(args, is_on, &words, &client, context)?)?,
        None => client.notify_settings()?,
    };
    if context.json() {
        render::json(&settings)?;
        return Ok(ExitCode::SUCCESS);
    }
    render::escaped_lines([settings.sentence()])?;
    if !settings.is_any_on() {
        context.note("`pp notify on` turns them on for every process, `pp notify web` for web.");
    }
    note_program(&settings, context);
    Ok(ExitCode::SUCCESS)
}

/// What is to change: whether notices are turned on, and the names of the processes. `None`: nothing.
/// `on` and `off` are the first word or the last one: `notify off web`, `notify web off`.
fn change(args: &NotifyArgs) -> Option<(bool, Vec<String>)> {
    let mut words: Vec<String> = args.action.iter().chain(&args.target).cloned().collect();
    if words.is_empty() {
        return args.program.is_some().then_some((true, words));
    }
    let switch = |word: &String| match word.as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    };
    if let Some(is_on) = words.first().and_then(switch) {
        words.remove(0);
        return Some((is_on, words));
    }
    match words.last().and_then(switch) {
        Some(is_on) => {
            words.pop();
            Some((is_on, words))
        }
        None => Some((true, words)),
    }
}

fn request(
    args: &NotifyArgs,
    is_on: bool,
    words: &[String],
    client: &Client,
    context: &Context,
) -> Result<NotifyRequest, Failure> {
    let target = if words.is_empty() {
        None
    } else {
        let directory = args.working_directory.as_deref();
        let selection = SelectionRequest::of_words(words, directory, PURPOSE);
        let selected = select(client, &selection, context)?.processes;
        let ids: Vec<String> = selected.into_iter().map(|process| process.id).collect();
        Some(ids.join(","))
    };
    let setting = || if is_on { Settings::read().notify_program } else { None };
    let program = args.program.as_deref().map(from_this_directory).or_else(setting);
    Ok(NotifyRequest {
        on: is_on,
        target,
        working_directory: None,
        program,
        environment: is_on.then(Environment::own),
    })
}

/// A program with a whole path in place of one that is relative to this directory.
fn from_this_directory(program: &str) -> String {
    let is_relative = |path: &str| path.contains('/') && !path.starts_with(['/', '~', '"', '\'']);
    let (path, arguments) = program.split_at(program.find(' ').unwrap_or(program.len()));
    match env::current_dir() {
        Ok(directory) if is_relative(path) => {
            let path = directory.join(path);
            format!(
                "{}{arguments}",
                words::join_raw_words(&[path.components().collect::<PathBuf>()])
            )
        }
        _ => program.to_owned(),
    }
}

/// Says which program shows notices, if it is not that of the desktop, and why it has failed.
fn note_program(settings: &NotifySettings, context: &Context) {
    match settings.program.as_str() {
        _ if !settings.is_any_on() => {}
        "" => {}
        "terminal" => context.note("They are shown by the terminals that watch a process."),
        program => context.note(&format!("They are shown by `{program}`.")),
    }
    if !settings.problem.is_empty() {
        context
            .note(&format!("{} `pp notify on` tries again and shows one now.", settings.problem));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(line: &str) -> Option<(bool, Vec<String>)> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let action = words.next();
        let target = words.collect();
        change(&NotifyArgs { program: None, working_directory: None, action, target })
    }

    #[test]
    fn on_and_off_may_come_first_or_last() {
        let expected = |is_on: bool, words: &[&str]| {
            Some((is_on, words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()))
        };
        for (line, change) in [
            ("", None),
            ("on", expected(true, &[])),
            ("off", expected(false, &[])),
            ("web", expected(true, &["web"])),
            ("web api", expected(true, &["web", "api"])),
            ("off web api", expected(false, &["web", "api"])),
            ("web off", expected(false, &["web"])),
            ("on on", expected(true, &["on"])),
        ] {
            assert_eq!(changes(line), change, "{line}");
        }
    }
}
