//! `persistproc news`: new errors, unexpected ends and recoveries, as a table or as a stream of rows.

use nu_protocol::{Example, LabeledError, ListStream, PipelineData, Signature, SyntaxShape, Value};
use persistproc_api::Problem;
use persistproc_api::client::NewsStream;
use persistproc_api::news::NewsQuery;

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::interrupt::Interrupt;
use crate::targets::Targets;
use crate::value::{self, NEWS_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, text_list, with_types};

pub(crate) struct NewsVerb;

impl Verb for NewsVerb {
    const DESCRIPTION: &'static str = "Show new errors, unexpected ends and recoveries.";
    const EXTRA_DESCRIPTION: &'static str = "Shows all processes unless targets are given. An error \
        is news if the process has not printed one like it before.";
    const SEARCH_TERMS: &'static [&'static str] = &["error", "watch", "broken", "crash", "failure"];

    fn signature(&self, signature: Signature) -> Signature {
        let follow = "Keep showing news as they happen, until Ctrl+C is pressed.";
        let after = "Show only what came after this cursor.";
        let signature = flags::add_targets(signature).switch("follow", follow, Some('f')).named(
            "after",
            SyntaxShape::String,
            after,
            None,
        );
        with_types(signature, &target_input_types(), &table_type(&[NEWS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        vec![
            Example {
                description: "Show what broke last",
                example: "persistproc news",
                result: None,
            },
            Example {
                description: "Which processes have ended by themselves",
                example: "persistproc news | where kind == exit | get label",
                result: text_list(&["build"]),
            },
            Example {
                description: "Wait for the next error of a process",
                example: "persistproc news api --after 1-0-0 | where kind == error | get label",
                result: text_list(&["api"]),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Processes
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let query = query(&call, input)?;
        let Some(query) = query else {
            return Ok(PipelineData::value(Value::list(Vec::new(), call.head()), None));
        };
        let head = call.head();
        if !call.has_switch("follow")? {
            let page = call.request(head, |client| client.news(&query))?;
            let rows = page.news.iter().map(|news| value::news_row(news, head)).collect();
            return call.respond(&page, rows, value::news_metadata(head));
        }
        if call.is_json()? {
            let problem = Problem::invalid("`--format json` cannot be combined with `--follow`.")
                .hint("Convert each row: persistproc news --follow | each { to json --raw }");
            let label = "cannot be combined with `--follow`";
            return Err(value::labelled_error(&problem, label, call.flag_span("format")));
        }
        let stream = call.request(head, |client| client.follow_news(&query))?;
        let signals = call.engine.signals().clone();
        let rows = NewsRows { stream, pending: Vec::new(), interrupt: call.interrupt, head };
        let stream = ListStream::new(rows, head, signals);
        Ok(PipelineData::list_stream(stream, Some(value::news_metadata(head))))
    }
}

/// The query of a call. `None`: its input is an empty list of processes.
fn query(call: &Call<'_>, input: PipelineData) -> Result<Option<NewsQuery>, LabeledError> {
    let arguments = call.args.rest::<Value>(0)?;
    let has_input =
        !matches!(input, PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _));
    let after = call.flag("after")?;
    if arguments.is_empty() && !has_input {
        let directory = call.flag::<String>("working-directory")?;
        let working_directory =
            directory.map(|path| call.shell.absolute_path(&path)).transpose()?;
        return Ok(Some(NewsQuery { target: None, working_directory, after }));
    }
    let targets = Targets::new(call, &arguments, input)?;
    let processes = call.resolve(&targets.list)?;
    let ids: Vec<String> = processes.into_iter().map(|process| process.id).collect();
    let target = Some(ids.join(",")).filter(|ids| !ids.is_empty());
    Ok(target.map(|target| NewsQuery { target: Some(target), working_directory: None, after }))
}

/// News as rows. The stream ends at an interrupt and after the first error.
struct NewsRows {
    stream: NewsStream,
    /// Rows of the last page, the next one at the end.
    pending: Vec<Value>,
    interrupt: Interrupt,
    head: nu_protocol::Span,
}

impl Iterator for NewsRows {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(row) = self.pending.pop() {
                return Some(row);
            }
            match self.stream.next()? {
                Ok(page) => {
                    let newest_first = page.news.iter().rev();
                    self.pending =
                        newest_first.map(|news| value::news_row(news, self.head)).collect();
                }
                Err(_) if self.interrupt.is_interrupted() => return None,
                Err(problem) => return Some(value::error_value(&problem, self.head)),
            }
        }
    }
}
