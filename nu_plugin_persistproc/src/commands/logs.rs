//! `persistproc logs`: the output of processes, one row per line, or as raw bytes; with `--follow`
//! also new output.

mod request;

use nu_protocol::{
    ByteStream, ByteStreamType, Example, LabeledError, ListStream, PipelineData, Signature, Span,
    Spanned, SyntaxShape, Value,
};
use persistproc_api::output::OutputQuery;
use persistproc_api::selection::{SelectedState, WithoutTarget};
use persistproc_api::{Problem, Target};

use self::request::output_request;
use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::interrupt::Interrupt;
use crate::stream::{self, ByteReader, OutputRequest, RawOutput, RowStream};
use crate::targets::Targets;
use crate::value::{self, LINE_COLUMNS, OneOrMany, table_type};
use crate::verb::{Verb, target_input_types, text_list, with_types};

pub(crate) struct Logs;

impl Verb for Logs {
    const DESCRIPTION: &'static str = "Show the output of processes, one row per line.";
    const EXTRA_DESCRIPTION: &'static str = "Shows the last 100 lines of each process, or all lines \
        since `--since`, unless `--lines` is given. Lines of several processes are merged by time. \
        `--follow --lines 0` shows only what is printed from now on: `… | where message =~ ready | \
        first` waits until it says so again. `--long` adds id, run, line and cursor.";
    const SEARCH_TERMS: &'static [&'static str] =
        &["log", "output", "tail", "follow", "stdout", "stderr", "print", "journal"];

    fn signature(&self, signature: Signature) -> Signature {
        let count_shape = SyntaxShape::OneOf(vec![SyntaxShape::Int, SyntaxShape::String]);
        let size_shape = SyntaxShape::OneOf(vec![SyntaxShape::Filesize, SyntaxShape::Int]);
        let follow = "Keep showing new lines until the process ends or Ctrl+C is pressed.";
        let raw = "Show the unmodified bytes, including escape sequences.";
        let lines = "Number of lines per process, or `all`.";
        let after = "Show only lines after this cursor.";
        let grep = "Show only lines that match this regular expression; case-insensitive if it has \
            no capital letters.";
        let from_line = "Show only lines from this number on.";
        let context = "Number of lines to show around each match of --grep, or around --from-line.";
        let bytes = "Maximum size of the text; the newest lines are kept.";
        let run = "Number of the run to show (default: the latest).";
        let collapse = "Show repeated lines once, with a count.";
        let signature = flags::add_scope(flags::add_targets(signature));
        let signature = flags::add_long(signature, "Add the columns id, run, line and cursor.")
            .switch("follow", follow, Some('f'))
            .switch("raw", raw, Some('r'))
            .named("lines", count_shape, lines, Some('n'));
        let signature = flags::add_stream(flags::add_time_flags(signature))
            .named("after", SyntaxShape::String, after, None)
            .named("from-line", SyntaxShape::Int, from_line, None)
            .named("grep", SyntaxShape::String, grep, None)
            .named("context", SyntaxShape::Int, context, Some('C'))
            .named("bytes", size_shape, bytes, None)
            .named("run", SyntaxShape::Int, run, None)
            .switch("collapse", collapse, None)
            .switch("timestamps", "No effect, as there is a timestamp column.", None)
            .switch("rows", "No effect, as the result is always rows.", None);
        with_types(signature, &target_input_types(), &table_type(&[LINE_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        vec![
            Example {
                description: "Show the last lines of a process",
                example: "persistproc logs web",
                result: None,
            },
            Example {
                description: "Get the last line of standard output",
                example: "persistproc logs web --stream stdout --lines 1 | get message",
                result: text_list(&["ready on http://localhost:3000"]),
            },
            Example {
                description: "Follow the output until the first error",
                example: "persistproc logs api --follow | where message =~ error | first | get message",
                result: Some(Value::test_string("error: no database")),
            },
            Example {
                description: "Merge the output of several processes by time",
                example: "persistproc logs web api build --since 1hr | get label | uniq | sort",
                result: text_list(&["api", "build", "web"]),
            },
            Example {
                description: "Show the last lines of processes that have exited",
                example: "persistproc ps | where status == exited | persistproc logs | get message",
                result: text_list(&["compiling", "error: 2 tests failed"]),
            },
            Example {
                description: "Count the lines of the unmodified output",
                example: "persistproc logs web --raw | lines | length",
                result: Some(Value::test_int(2)),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Processes
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let arguments = call.args.rest::<Value>(0)?;
        let (state, bare) = (SelectedState::Any, WithoutTarget::All);
        let targets = Targets::selected_or_meant(&call, &arguments, input, state, bare)?;
        let request = output_request(&call)?;
        if call.has_switch("raw")? {
            raw_output(call, &targets.list, request)
        } else if call.is_json()? {
            json_pages(&call, &targets.list, request)
        } else {
            rows(call, &targets.list, &request)
        }
    }
}

/// Returns a stream of rows.
fn rows(
    call: Call<'_>,
    targets: &[Spanned<String>],
    request: &OutputRequest,
) -> Result<PipelineData, LabeledError> {
    let long = call.has_switch("long")?;
    let span = call.head();
    let stream = stream::open(&call, targets, request)?;
    let signals = call.engine.signals().clone();
    let rows = RowValues { stream, interrupt: call.interrupt, long, span, has_failed: false };
    let stream = ListStream::new(rows, span, signals);
    Ok(PipelineData::list_stream(stream, Some(value::line_metadata(span))))
}

/// Returns pages as JSON, as the executable prints them.
fn json_pages(
    call: &Call<'_>,
    targets: &[Spanned<String>],
    request: OutputRequest,
) -> Result<PipelineData, LabeledError> {
    let follow = request.follow;
    if follow.wait {
        let problem = Problem::invalid("`--format json` cannot be combined with `--follow`.")
            .hint("Convert each row: persistproc logs web --follow | each { to json --raw }");
        let label = "cannot be combined with `--follow`";
        return Err(value::labelled_error(&problem, label, call.flag_span("format")));
    }
    let query = request.page.unwrap_or_else(|| OutputQuery {
        stream: follow.stream,
        lines: follow.lines,
        since: follow.since,
        after: follow.after,
        run: follow.run,
        ..OutputQuery::default()
    });
    let query = OutputQuery { as_rows: false, ..query };
    let pages = call.request_each(targets, |client, target| client.output(target, &query))?;
    let json = value::to_json(&OneOrMany::from(pages.as_slice()), call.head())?;
    Ok(PipelineData::value(json, None))
}

/// Returns the unmodified output of one process as a byte stream.
fn raw_output(
    call: Call<'_>,
    targets: &[Spanned<String>],
    request: OutputRequest,
) -> Result<PipelineData, LabeledError> {
    let name = match targets {
        [] => return Ok(PipelineData::empty()),
        [only] => only,
        [_, second, ..] => {
            let problem = Problem::invalid("`--raw` shows only one process at a time.")
                .hint("Name one process, or leave out `--raw`.");
            return Err(value::labelled_error(&problem, "second target", second.span));
        }
    };
    let target = Target::new(&name.item, Some(call.directory()?));
    let output = RawOutput::open(call.client(), target, request.follow)
        .map_err(|problem| call.error(problem, name.span))?;
    let span = call.head();
    let signals = call.engine.signals().clone();
    let reader = ByteReader::new(output, call.interrupt);
    let stream = ByteStream::read(reader, span, signals, ByteStreamType::Unknown);
    Ok(PipelineData::byte_stream(stream, None))
}

/// Rows as Nushell values. The stream ends at an interrupt and after the first error.
struct RowValues {
    stream: RowStream,
    interrupt: Interrupt,
    long: bool,
    span: Span,
    has_failed: bool,
}

impl Iterator for RowValues {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.has_failed {
            return None;
        }
        match self.stream.next()? {
            Ok(line) => {
                let process = &line.process;
                Some(value::line_row(&process.id, &process.label, line.row, self.long, self.span))
            }
            Err(_) if self.interrupt.is_interrupted() => None,
            Err(problem) => {
                self.has_failed = true;
                Some(value::error_value(&problem, self.span))
            }
        }
    }
}
