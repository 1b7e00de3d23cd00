//! `persistproc logs`: what processes printed, a row for each line, as they come if that is wanted.

mod wanted;

use nu_protocol::{
    ByteStream, ByteStreamType, LabeledError, ListStream, PipelineData, PipelineMetadata,
    Signature, Span, Spanned, SyntaxShape, Value,
};
use persistproc_api::output::OutputQuery;
use persistproc_api::{Problem, Target};

use self::wanted::wanted;
use crate::call::Call;
use crate::command::{Shown, Verb, of_processes};
use crate::flags;
use crate::stream::{self, Bytes, Raw, Stream, Wanted};
use crate::targets::Targets;
use crate::value;
use crate::watch::Watch;

pub(crate) struct Logs;

impl Verb for Logs {
    const ABOUT: &'static str = "Show what processes printed, a row for each line.";
    const MORE: &'static str = "Several processes are merged in order of time. The last 100 lines \
        of each, or all of them since `--since`, unless `--lines` says otherwise. `--long` adds \
        id, run, line and cursor.";
    const TERMS: &'static [&'static str] =
        &["log", "output", "tail", "follow", "stdout", "stderr", "print", "journal"];

    fn signature(&self, signature: Signature) -> Signature {
        let count = SyntaxShape::OneOf(vec![SyntaxShape::Int, SyntaxShape::String]);
        let size = SyntaxShape::OneOf(vec![SyntaxShape::Filesize, SyntaxShape::Int]);
        let signature = flags::targets(flags::long(signature, "Also id, run, line and cursor."))
            .switch("follow", "Go on with what comes, until it ends or Ctrl+C.", Some('f'))
            .switch("raw", "The very bytes, escape sequences and all.", Some('r'))
            .named("lines", count, "How many lines of each: a number, or `all`.", Some('n'))
            .named("since", flags::moment(), "Only lines from then on: 5min, 2026-11-22.", None)
            .named("before", flags::moment(), "Only lines before then.", None)
            .named("since-time", SyntaxShape::String, "`--since` as text: 5m, 14:00.", None)
            .named("before-time", SyntaxShape::String, "`--before` as text.", None)
            .named("after", SyntaxShape::String, "Only what came after this cursor.", None)
            .named("stream", SyntaxShape::String, "stdout, stderr, or combined.", None)
            .named("grep", SyntaxShape::String, "Only lines that match; lower case is both.", None)
            .named("context", SyntaxShape::Int, "So many lines around each match.", Some('C'))
            .named("bytes", size, "At most so much text, the newest.", None)
            .named("run", SyntaxShape::Int, "A run by its number [default: the latest].", None)
            .switch("collapse", "Say a line that repeats once, with how often.", None)
            .switch("timestamps", "Changes nothing: there is a column.", None)
            .switch("rows", "Changes nothing: these are rows.", None);
        of_processes(signature, &value::table_of(&[value::log_columns()]))
    }

    fn examples(&self) -> Vec<Shown> {
        let texts = |all: &[&str]| {
            Some(Value::test_list(all.iter().map(|text| Value::test_string(*text)).collect()))
        };
        vec![
            ("persistproc logs web", "The last lines of a process", None),
            (
                "persistproc logs web --stream stdout --lines 1 | get message",
                "The last line of its standard output",
                texts(&["ready on http://localhost:3000"]),
            ),
            (
                "persistproc logs api --follow | where message =~ error | first | get message",
                "Until something goes wrong",
                Some(Value::test_string("error: no database")),
            ),
            (
                "persistproc logs web api build --since 1hr | get label | uniq | sort",
                "Several at once, in order of time",
                texts(&["api", "build", "web"]),
            ),
            (
                "persistproc ps | where status == exited | persistproc logs | get message",
                "The last words of what has ended",
                texts(&["compiling", "error: 2 tests failed"]),
            ),
            (
                "persistproc logs web --raw | lines | length",
                "The bytes as they were written",
                Some(Value::test_int(2)),
            ),
        ]
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let Targets { all, .. } = Targets::of(&call, &call.args.rest::<Value>(0)?, input)?;
        let wanted = wanted(&call)?;
        if call.has("raw")? {
            return raw(call, &all, wanted);
        }
        if call.wants_json()? {
            return json(&call, &all, wanted);
        }
        let (long, span) = (call.has("long")?, call.head());
        let stream = stream::open(&call, &all, &wanted)?;
        let signals = call.engine.signals().clone();
        let rows = Rows { stream, watch: call.watch, long, span, over: false };
        let stream = ListStream::new(rows, span, signals);
        Ok(PipelineData::list_stream(stream, Some(drawn(span))))
    }
}

/// How a table of lines is drawn.
pub(super) fn drawn(span: Span) -> PipelineMetadata {
    value::drawn(span, &["message"], &[])
}

/// The page as the executable prints it.
fn json(
    call: &Call<'_>,
    all: &[Spanned<String>],
    wanted: Wanted,
) -> Result<PipelineData, LabeledError> {
    if wanted.live.wait {
        let problem = Problem::invalid("What goes on for ever is no JSON value.")
            .hint("A line each: persistproc logs web --follow | each { to json --raw }");
        return Err(value::error(
            &problem,
            call.args.get_flag_span("format").unwrap_or(call.head()),
        ));
    }
    let live = wanted.live;
    let page = wanted.page.unwrap_or_else(|| OutputQuery {
        stream: live.stream,
        lines: live.lines,
        since: live.since,
        after: live.after,
        run: live.run,
        ..OutputQuery::default()
    });
    let pages = call.each(all, |client, target| {
        client.output(target, &OutputQuery { as_rows: false, ..page.clone() })
    })?;
    Ok(PipelineData::value(value::json_of(&pages, call.head())?, None))
}

fn raw(
    call: Call<'_>,
    all: &[Spanned<String>],
    wanted: Wanted,
) -> Result<PipelineData, LabeledError> {
    let [target] = all else {
        if all.is_empty() {
            return Ok(PipelineData::empty());
        }
        let problem = Problem::invalid("Bytes of several processes would run into each other.")
            .hint("Leave out `--raw`, or name one.");
        return Err(value::error(&problem, all[1].span));
    };
    let named = Target::new(&target.item, Some(call.directory()?));
    let raw = Raw::open(call.client(), named, wanted.live);
    let raw = raw.map_err(|problem| call.error(problem, target.span))?;
    let (span, signals) = (call.head(), call.engine.signals().clone());
    let stream =
        ByteStream::read(Bytes::new(raw, call.watch), span, signals, ByteStreamType::Unknown);
    Ok(PipelineData::byte_stream(stream, None))
}

/// Rows as values, until nobody wants them any more.
struct Rows {
    stream: Stream,
    watch: Watch,
    long: bool,
    span: Span,
    over: bool,
}

impl Iterator for Rows {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if self.over {
            return None;
        }
        match self.stream.next()? {
            Ok((who, row)) => Some(value::log_row(&who.id, &who.label, row, self.long, self.span)),
            Err(_) if self.watch.is_cut() => None,
            Err(problem) => {
                self.over = true;
                Some(value::failed(&problem, self.span))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use nu_protocol::Type;

    use super::*;

    #[test]
    fn a_row_of_logs_can_be_used_wherever_a_process_is_named() {
        let signature = Logs.signature(Signature::build("persistproc logs"));
        let inputs: Vec<_> = signature.input_output_types.iter().map(|(input, _)| input).collect();
        assert!(inputs.contains(&&Type::Nothing) && inputs.len() == 16, "{inputs:?}");
    }
}
