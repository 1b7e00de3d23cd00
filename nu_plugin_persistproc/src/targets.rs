//! Which processes are meant: by arguments, or by what comes through the pipeline, in any of the
//! forms in which Nushell has it. Whom a target means is for the daemon to say.

use nu_protocol::{LabeledError, PipelineData, Span, Spanned, Value};
use persistproc_api::client::Client;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Process, Target};

use crate::call::Call;
use crate::value;

/// The targets of a call, and whether they came through the pipeline.
pub(crate) struct Targets {
    pub(crate) all: Vec<Spanned<String>>,
    pub(crate) piped: bool,
}

impl Targets {
    /// Arguments win: within a closure there is always something in the pipeline. `None`: nobody
    /// was named, which is not the same as an empty selection.
    pub(crate) fn of(
        call: &Call<'_>,
        arguments: &[Value],
        input: PipelineData,
    ) -> Result<Self, LabeledError> {
        let piped = arguments.is_empty();
        let mut all = Vec::new();
        if piped {
            if matches!(input, PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _))
            {
                return Err(nobody(call.head()));
            }
            collect(&input.into_value(call.head())?, &mut all)?;
        } else {
            for argument in arguments {
                // An empty text comes from a variable that was not what somebody thought.
                if argument.as_str().is_ok_and(|text| text.trim().is_empty()) {
                    return Err(nobody(argument.span()));
                }
                collect(argument, &mut all)?;
            }
            all = together(call, all)?;
        }
        let mut seen = Vec::new();
        all.retain(|target| {
            let new = !seen.contains(&target.item);
            seen.push(target.item.clone());
            new
        });
        Ok(Self { all, piped })
    }
}

/// Several words may be one command: `npm run dev`.
fn together(
    call: &Call<'_>,
    all: Vec<Spanned<String>>,
) -> Result<Vec<Spanned<String>>, LabeledError> {
    let [first, .., last] = &all[..] else { return Ok(all) };
    let span = first.span.merge(last.span);
    let name = join_words(&all.iter().map(|target| &target.item).collect::<Vec<_>>());
    let target = Target::new(name.clone(), Some(call.directory()?));
    match call.client().process(&target) {
        Ok(process) if process.command_line() == name => {
            Ok(vec![Spanned { item: process.id, span }])
        }
        Ok(_) => Ok(all),
        Err(problem) if problem.code == ErrorCode::NotFound => Ok(all),
        Err(problem) if problem.code == ErrorCode::Ambiguous => Ok(all),
        Err(problem) => Err(call.error(problem, span)),
    }
}

fn collect(value: &Value, all: &mut Vec<Spanned<String>>) -> Result<(), LabeledError> {
    let span = value.span();
    match value {
        Value::Int { val, .. } => all.push(Spanned { item: val.to_string(), span }),
        Value::String { val, .. } | Value::Glob { val, .. } => {
            let names = val.lines().map(str::trim).filter(|name| !name.is_empty());
            all.extend(names.map(|name| Spanned { item: name.to_owned(), span }));
        }
        Value::List { vals, .. } => vals.iter().try_for_each(|value| collect(value, all))?,
        Value::Record { val, .. } => match val.get("id") {
            Some(Value::String { val, .. }) => all.push(Spanned { item: val.clone(), span }),
            Some(Value::Int { val, .. }) => all.push(Spanned { item: val.to_string(), span }),
            _ => return Err(no_id(span)),
        },
        Value::Error { error, .. } => return Err(LabeledError::from((**error).clone())),
        other => {
            let problem = Problem::invalid(format!("A {} names no process.", other.get_type()))
                .hint("Give an id, a pid, a label, or a row of `persistproc ps`.");
            return Err(value::error(&problem, span));
        }
    }
    Ok(())
}

fn nobody(span: Span) -> LabeledError {
    let problem = Problem::invalid("No process is named.")
        .hint("Name one, or pipe some: persistproc ps | where label =~ web | …");
    value::error(&problem, span)
}

fn no_id(span: Span) -> LabeledError {
    let problem = Problem::invalid("A row has no `id` column, so it names no process.")
        .hint("Keep the column: … | select id label | …");
    value::error(&problem, span)
}

/// As many at once as a machine does not notice.
const AT_ONCE: usize = 16;

impl Call<'_> {
    /// Does something to each target, several at a time, and answers in their order. All of them
    /// are tried; then the first error is the answer, with the others below it.
    pub(crate) fn each<T: Send>(
        &self,
        targets: &[Spanned<String>],
        act: impl Fn(&Client, &Target) -> Result<T, Problem> + Sync,
    ) -> Result<Vec<T>, LabeledError> {
        let directory = self.directory()?;
        let act = |name: &Spanned<String>| {
            act(&self.client(), &Target::new(&name.item, Some(directory.clone())))
        };
        let mut outcomes = Vec::new();
        for some in targets.chunks(AT_ONCE) {
            if let [one] = some {
                outcomes.push(act(one));
                continue;
            }
            std::thread::scope(|scope| {
                let threads: Vec<_> =
                    some.iter().map(|target| scope.spawn(|| act(target))).collect();
                outcomes.extend(threads.into_iter().map(|thread| {
                    thread.join().unwrap_or_else(|_| Err(Problem::internal("A thread gave up.")))
                }));
            });
        }
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for (outcome, target) in outcomes.into_iter().zip(targets) {
            match outcome {
                Ok(answer) => done.push(answer),
                Err(problem) => failed.push(self.error(problem, target.span)),
            }
        }
        match value::errors(failed) {
            Some(error) => Err(error),
            None => Ok(done),
        }
    }

    /// The processes that are meant.
    pub(crate) fn processes(
        &self,
        targets: &[Spanned<String>],
    ) -> Result<Vec<Process>, LabeledError> {
        self.each(targets, Client::process)
    }
}
