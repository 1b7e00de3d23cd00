//! `Targets`: the processes that a call names, by its arguments or by pipeline input of several
//! types, and requests for each of them. The daemon resolves what a target refers to.

use std::path::Path;

use nu_protocol::{LabeledError, PipelineData, Span, Spanned, Value};
use persistproc_api::client::Client;
use persistproc_api::control::ProcessQuery;
use persistproc_api::process::ListQuery;
use persistproc_api::selection::{SelectedState, WithoutTarget, meant};
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Process, Target};

use crate::call::Call;
use crate::value;

/// How many requests run in parallel.
const PARALLEL_REQUESTS: usize = 16;

/// The targets of a call, without duplicates. The span of each is labelled if it cannot be used.
pub(crate) struct Targets {
    pub(crate) list: Vec<Spanned<String>>,
    /// Whether they came through the pipeline or were selected by a flag.
    pub(crate) is_piped: bool,
}

impl Targets {
    /// The processes that flags select, or else the targets of [`Targets::new`]. `state` is that of the
    /// processes that `--here` and `--all` select.
    pub(crate) fn selected(
        call: &Call<'_>,
        arguments: &[Value],
        input: PipelineData,
        state: SelectedState,
    ) -> Result<Self, LabeledError> {
        let Some(selection) = call.selection(state)? else {
            return Self::new(call, arguments, input);
        };
        if let Some(argument) = arguments.first() {
            let problem = Problem::invalid("A target cannot be combined with a flag that selects.")
                .hint("Leave out the target, or the flag.");
            return Err(value::labelled_error(&problem, "target", argument.span()));
        }
        let span = call.head();
        let directory = call.here()?;
        let list = call.request(span, |client| client.list(&ListQuery::default()))?;
        let processes = list.processes.into_iter();
        let selected = processes.filter(|process| selection.includes(process, &directory));
        let list = selected.map(|process| Spanned { item: process.id, span }).collect();
        Ok(Self { list, is_piped: true })
    }

    /// The targets of [`Targets::selected`]. Without arguments, flags and a pipeline, those that the
    /// command means here, as in other shells.
    pub(crate) fn selected_or_meant(
        call: &Call<'_>,
        arguments: &[Value],
        input: PipelineData,
        state: SelectedState,
        without_target: WithoutTarget,
    ) -> Result<Self, LabeledError> {
        let is_bare = arguments.is_empty() && matches!(input, PipelineData::Empty);
        if !is_bare || call.selection(state)?.is_some() {
            return Self::selected(call, arguments, input, state);
        }
        let span = call.head();
        let directory = call.directory()?;
        let list = call.request(span, |client| client.list(&ListQuery::default()))?;
        let meant = meant(&list.processes, &directory, without_target);
        let problem = match &meant[..] {
            [] => none_here(&directory, without_target),
            [_, _, ..] if without_target != WithoutTarget::All => several_here(&meant),
            found => {
                let ids = found.iter().map(|process| process.id.clone());
                let list = ids.map(|item| Spanned { item, span }).collect();
                return Ok(Self { list, is_piped: found.len() > 1 });
            }
        };
        Err(value::labelled_error(&problem, "no target given", span))
    }

    /// The targets named by `arguments` or, if there are none, by the pipeline. Arguments come first
    /// because a closure always has pipeline input. No input at all is an error; an empty list is an
    /// empty selection.
    pub(crate) fn new(
        call: &Call<'_>,
        arguments: &[Value],
        input: PipelineData,
    ) -> Result<Self, LabeledError> {
        let mut list = if arguments.is_empty() {
            targets_from_input(call, input)?
        } else {
            targets_from_arguments(call, arguments)?
        };
        let mut seen: Vec<String> = Vec::new();
        list.retain(|target| {
            let is_new = !seen.contains(&target.item);
            seen.push(target.item.clone());
            is_new
        });
        Ok(Self { list, is_piped: arguments.is_empty() })
    }
}

fn targets_from_input(
    call: &Call<'_>,
    input: PipelineData,
) -> Result<Vec<Spanned<String>>, LabeledError> {
    if matches!(input, PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _)) {
        return Err(no_target("no target given", call.head()));
    }
    let mut targets = Vec::new();
    collect(&input.into_value(call.head())?, &mut targets)?;
    Ok(targets)
}

fn targets_from_arguments(
    call: &Call<'_>,
    arguments: &[Value],
) -> Result<Vec<Spanned<String>>, LabeledError> {
    let mut targets = Vec::new();
    for argument in arguments {
        // An empty string is probably a variable that was never set.
        if argument.as_str().is_ok_and(|text| text.trim().is_empty()) {
            return Err(no_target("empty string", argument.span()));
        }
        collect(argument, &mut targets)?;
    }
    join_command(call, targets)
}

/// Several words are one target if they are the command of a process: `npm run dev`.
fn join_command(
    call: &Call<'_>,
    targets: Vec<Spanned<String>>,
) -> Result<Vec<Spanned<String>>, LabeledError> {
    let [first, .., last] = &targets[..] else { return Ok(targets) };
    let span = first.span.merge(last.span);
    let words: Vec<_> = targets.iter().map(|target| &target.item).collect();
    let command = join_words(&words);
    let target = Target::new(command.clone(), Some(call.directory()?));
    match call.client().process(&target) {
        Ok(process) if process.command_line() == command => {
            Ok(vec![Spanned { item: process.id, span }])
        }
        Ok(_) => Ok(targets),
        Err(problem) if matches!(problem.code, ErrorCode::NotFound | ErrorCode::Ambiguous) => {
            Ok(targets)
        }
        Err(problem) => Err(call.error(problem, span)),
    }
}

/// Adds the targets that a value names. A string may have several lines, as the output of an external
/// command has.
fn collect(value: &Value, targets: &mut Vec<Spanned<String>>) -> Result<(), LabeledError> {
    let span = value.span();
    match value {
        Value::Int { val, .. } => targets.push(Spanned { item: val.to_string(), span }),
        Value::String { val, .. } | Value::Glob { val, .. } => {
            let names = val.lines().map(str::trim).filter(|name| !name.is_empty());
            targets.extend(names.map(|name| Spanned { item: name.to_owned(), span }));
        }
        Value::List { vals, .. } => {
            for item in vals {
                collect(item, targets)?;
            }
        }
        Value::Record { val, .. } => {
            let name = match val.get("id") {
                Some(Value::String { val, .. }) => val.clone(),
                Some(Value::Int { val, .. }) => val.to_string(),
                _ => return Err(no_id_column(span)),
            };
            targets.push(Spanned { item: name, span });
        }
        Value::Error { error, .. } => return Err(LabeledError::from((**error).clone())),
        other => return Err(not_a_target(other)),
    }
    Ok(())
}

fn none_here(directory: &Path, without_target: WithoutTarget) -> Problem {
    let verb = if without_target == WithoutTarget::Running { "runs" } else { "is known" };
    let message = format!("No process {verb} in {} or below.", directory.display());
    Problem::new(ErrorCode::NotFound, message)
        .hint("Name a process, or pipe some in: persistproc ps | where label =~ web | …")
}

fn several_here(processes: &[&Process]) -> Problem {
    let names: Vec<&str> = processes.iter().map(|process| process.name()).collect();
    let are_alive = processes.iter().any(|process| process.status.is_alive());
    let verb = if are_alive { "run" } else { "have ended" };
    let message = format!("{} processes {verb} here: {}.", names.len(), names.join(", "));
    Problem::new(ErrorCode::Ambiguous, message).hint("Name one or more of them, or use --here.")
}

fn no_target(label: &str, span: Span) -> LabeledError {
    let problem = Problem::invalid("No target given.")
        .hint("Name a process, or pipe some in: persistproc ps | where label =~ web | …");
    value::labelled_error(&problem, label, span)
}

fn no_id_column(span: Span) -> LabeledError {
    let problem = Problem::invalid("A row without an `id` column cannot be used as a target.")
        .hint("Keep the column: … | select id label | …");
    value::labelled_error(&problem, "no `id` column", span)
}

fn not_a_target(value: &Value) -> LabeledError {
    let kind = value.get_type();
    let problem = Problem::invalid(format!("A value of type {kind} cannot be used as a target."))
        .hint("Give an id, a pid, a label, or a row of `persistproc ps`.");
    value::labelled_error(&problem, format!("type {kind}"), value.span())
}

impl Call<'_> {
    /// Sends a request for each target, several in parallel, and returns the results in the order
    /// of the targets. All requests are sent even if some fail; their errors are combined into one.
    pub(crate) fn request_each<T: Send>(
        &self,
        targets: &[Spanned<String>],
        send: impl Fn(&Client, &Target) -> Result<T, Problem> + Sync,
    ) -> Result<Vec<T>, LabeledError> {
        self.send_each(targets, false, send)
    }

    fn send_each<T: Send>(
        &self,
        targets: &[Spanned<String>],
        changes: bool,
        send: impl Fn(&Client, &Target) -> Result<T, Problem> + Sync,
    ) -> Result<Vec<T>, LabeledError> {
        let directory = self.directory()?;
        let is_filter = self.has_flag("working-directory");
        let mut results = Vec::new();
        for chunk in targets.chunks(PARALLEL_REQUESTS) {
            results.extend(run_parallel(chunk, |name| {
                let client = self.client();
                if is_filter {
                    let query = ProcessQuery {
                        working_directory: Some(directory.clone()),
                        for_change: changes.then_some(true),
                        only_in_directory: Some(true),
                    };
                    let process = client.find(&name.item, &query)?;
                    return send(&client, &Target::from(&process));
                }
                send(&client, &Target::new(&name.item, Some(directory.clone())))
            }));
        }
        let mut answers = Vec::new();
        let mut errors = Vec::new();
        for (result, target) in results.into_iter().zip(targets) {
            match result {
                Ok(answer) => answers.push(answer),
                Err(problem) => errors.push(self.error(problem, target.span)),
            }
        }
        match value::combine_errors(errors) {
            Some(error) => Err(error),
            None => Ok(answers),
        }
    }

    /// [`Call::request_each`] for requests that change a process. Several words are often a command
    /// of which no process exists: `npm run dev`. If one of them names no process, another one has to
    /// be a whole name, and not a part of one.
    pub(crate) fn change_each<T: Send>(
        &self,
        targets: &Targets,
        send: impl Fn(&Client, &Target) -> Result<T, Problem> + Sync,
    ) -> Result<Vec<T>, LabeledError> {
        let is_command = !targets.is_piped && targets.list.len() > 1;
        if !is_command || self.request_each(&targets.list, Client::process_to_change).is_ok() {
            return self.send_each(&targets.list, true, send);
        }
        self.send_each(&targets.list, true, |client, target| {
            let process = client.process_to_change(target)?;
            if is_whole_name(&process, &target.name) {
                send(client, target)
            } else {
                Err(part_among_words(&process, &target.name))
            }
        })
    }

    /// Resolves targets to processes.
    pub(crate) fn resolve(
        &self,
        targets: &[Spanned<String>],
    ) -> Result<Vec<Process>, LabeledError> {
        self.request_each(targets, Client::process)
    }
}

/// Whether this is a name of the process, and not a part of one.
fn is_whole_name(process: &Process, name: &str) -> bool {
    let pid = process.status.pid().map(|pid| pid.to_string());
    [&process.id, &process.label, &process.command_line()].iter().any(|whole| **whole == name)
        || pid.as_deref() == Some(name)
}

fn part_among_words(process: &Process, name: &str) -> Problem {
    let message = format!(
        "`{name}` is a part of `{}`, but not all of these words name a process.",
        process.name()
    );
    Problem::new(ErrorCode::NotFound, message)
        .hint("It was left alone. Give whole names, or one name at a time.")
}

/// Runs a function for each target on a thread of its own; a single one on this thread.
fn run_parallel<T: Send>(
    targets: &[Spanned<String>],
    run: impl Fn(&Spanned<String>) -> Result<T, Problem> + Sync,
) -> Vec<Result<T, Problem>> {
    if let [only] = targets {
        return vec![run(only)];
    }
    std::thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> =
            targets.iter().map(|target| scope.spawn(move || run(target))).collect();
        let results = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(Problem::internal("A request thread panicked.")))
        });
        results.collect()
    })
}
