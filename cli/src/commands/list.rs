//! `list`: the processes as a table, or as the JSON of the REST API. On a terminal the table shows the
//! processes that matter now, unless `--all` is given. In a pipe and in JSON it is complete.

mod screen;
mod watch;

use std::env;
use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use persistproc_api::client::Client;
use persistproc_api::process::{ListQuery, ProcessList, StatusList};
use persistproc_api::{Problem, Time};

use super::target;
use crate::args::ListArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::list_facts;
use crate::paths;
use crate::render::selection::Selection;
use crate::render::table::{ProcessTable, TableFormat};
use crate::render::{self, listeners, style, words};
use crate::terminal;

pub(crate) fn run(args: &ListArgs, context: &Context) -> Outcome {
    let query = query(args)?;
    let client = context.client()?;
    if args.strays {
        return strays(&client, context);
    }
    let here = args.here.then(|| paths::absolute_directory(None)).transpose()?;
    let view = ListView { here, ..ListView::new(query, args.all, context) };
    if args.watch {
        return watch::run(client, &view, context);
    }
    let mut list = view.in_scope(client.list(&view.query)?);
    view.add_urls(&client, &mut list);
    view.print(&list, context)?;
    Ok(ExitCode::SUCCESS)
}

/// How the list is shown.
struct ListView {
    query: ListQuery,
    /// Only processes of this directory and below.
    here: Option<PathBuf>,
    shows_all: bool,
    is_terminal: bool,
    home: Option<PathBuf>,
    reader: &'static str,
}

impl ListView {
    fn new(query: ListQuery, all: bool, context: &Context) -> Self {
        let is_terminal = stdout().is_terminal() && !context.json();
        // Who asks for particular processes gets all of them.
        let is_filtered = query.status.is_some() || query.pid.is_some() || query.target.is_some();
        Self {
            shows_all: all || is_filtered || !is_terminal,
            query,
            here: None,
            is_terminal,
            home: env::var_os("HOME").map(PathBuf::from),
            reader: context.client_name(),
        }
    }

    /// The list with the processes that the view shows.
    fn in_scope(&self, mut list: ProcessList) -> ProcessList {
        if let Some(directory) = &self.here {
            list.processes.retain(|process| process.working_directory.starts_with(directory));
        }
        list
    }

    /// Adds the URLs and ports of running processes, where they are shown.
    fn add_urls(&self, client: &Client, list: &mut ProcessList) {
        if self.is_terminal && !self.query.facts {
            list_facts::add(client, &self.query, list);
        }
    }

    fn select(&self, list: &ProcessList, now: Time) -> Selection {
        let processes = list.processes.clone();
        let selection = if self.shows_all {
            Selection::all(processes)
        } else {
            Selection::relevant(processes, now)
        };
        // In a pipe, the order is that of the API.
        if self.is_terminal { selection.by_end() } else { selection }
    }

    fn table(&self, selection: &Selection, now: Time) -> ProcessTable {
        let format = TableFormat {
            now,
            home: self.home.as_deref(),
            width: self.is_terminal.then(|| terminal::size().columns),
            colour: self.is_terminal,
            long: self.query.facts,
            reader: self.reader,
        };
        ProcessTable::new(&selection.shown, format)
    }

    fn print(&self, list: &ProcessList, context: &Context) -> Result<(), Failure> {
        if context.json() {
            return render::json(list);
        }
        if context.quiet() {
            return render::escaped_lines(list.processes.iter().map(|process| &process.id));
        }
        note_shutdown(list, context);
        render::lines(self.lines(list, None))
    }

    /// The table, or a text that says that it is empty, for a screen of this height.
    fn lines(&self, list: &ProcessList, height: Option<usize>) -> Vec<String> {
        if list.processes.is_empty() {
            return self.empty_message().map(str::to_owned).into();
        }
        let now = Time::now();
        let selection = self.select(list, now);
        let note = selection.hidden_note().map(|note| style::dim(&note, self.is_terminal));
        let mut lines = if selection.shown.is_empty() {
            vec!["No processes are running.".to_owned()]
        } else {
            let table = self.table(&selection, now);
            match height {
                Some(height) => table.first_lines(height.saturating_sub(note.iter().count())),
                None => table.lines(),
            }
        };
        lines.extend(note);
        lines
    }

    fn empty_message(&self) -> [&'static str; 2] {
        let unfiltered = ListQuery { facts: self.query.facts, ..ListQuery::default() };
        if self.query == unfiltered && self.here.is_none() {
            words::NO_PROCESSES
        } else {
            ["No process matches these filters.", "Run `persistproc list` to see all processes."]
        }
    }
}

fn note_shutdown(list: &ProcessList, context: &Context) {
    if list.shutting_down {
        context.note("The daemon is shutting down: it stops all processes and starts no others.");
    }
}

/// Prints the servers that persistproc did not start.
fn strays(client: &Client, context: &Context) -> Outcome {
    // No process has this label: the answer holds the strays alone.
    let query = ListQuery { strays: true, label: Some(String::new()), ..ListQuery::default() };
    let list = client.list(&query)?;
    let strays = list.strays.as_deref().unwrap_or_default();
    if context.json() {
        render::json(&list)?;
    } else if strays.is_empty() {
        render::lines(["No servers in project directories were started elsewhere."])?;
    } else {
        let home = env::var_os("HOME").map(PathBuf::from);
        render::lines(listeners::strays(strays, Time::now(), home.as_deref()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn query(args: &ListArgs) -> Result<ListQuery, Problem> {
    let directory = args.working_directory.as_deref();
    Ok(ListQuery {
        status: StatusList::new(args.status.clone()),
        label: None,
        working_directory: directory
            .map(|path| paths::absolute_directory(Some(path)))
            .transpose()?,
        facts: args.long,
        pid: args.pid,
        target: args.command_or_label.clone().or_else(|| named_target(&args.target)),
        strays: args.strays,
        texts: false,
    })
}

/// The target that words without a flag name, as those of other commands do.
fn named_target(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| target::from_words(words, None).name)
}
