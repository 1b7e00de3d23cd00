//! `persistproc wait`: waits for a condition of each target. A condition that is not met is an error.

use std::time::Instant;

use nu_protocol::{Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Value};
use persistproc_api::Target;
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{WaitRequest, Waited};

use super::waited::require_reached;
use crate::call::Call;
use crate::choices::GOALS;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{self, OneOrMany, PROCESS_COLUMNS, WAITED_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, with_types};

/// How many seconds to wait for all targets together by default.
const DEFAULT_TIMEOUT: f64 = 30.0;

pub(crate) struct Wait;

impl Verb for Wait {
    const DESCRIPTION: &'static str = "Wait until processes are ready, print a line or end.";
    const EXTRA_DESCRIPTION: &'static str = "A process is ready when it listens on a port or a \
        Unix socket. A program that opens none is ready 3 seconds after a line that says so. Output \
        since the start of the run counts, so nothing is missed. It is an error if a process ends before the condition \
        is met, or if the timeout expires.";
    const SEARCH_TERMS: &'static [&'static str] =
        &["ready", "until", "port", "pattern", "exit", "sleep"];

    fn signature(&self, signature: Signature) -> Signature {
        let goal = "What to wait for: ready, port, pattern, exit, quiet or change (default: what the other \
            flags imply, or ready).";
        let pattern = "Wait for a line that matches this regular expression.";
        let port = "Wait until this port of the process accepts connections.";
        let quiet = "Wait until there was no output for this long.";
        let after = "Consider only output after this cursor.";
        let timeout = "How long to wait at most (default: 30sec).";
        let lines = "Number of output lines to show in an error.";
        let signature = flags::add_targets(signature)
            .named("for", SyntaxShape::String, goal, None)
            .named("pattern", SyntaxShape::String, pattern, None)
            .named("port", SyntaxShape::Int, port, None)
            .named("quiet-for", flags::duration_shape(), quiet, None)
            .named("after", SyntaxShape::String, after, None)
            .named("timeout", flags::duration_shape(), timeout, None)
            .named("lines", SyntaxShape::Int, lines, Some('n'));
        let output = table_type(&[PROCESS_COLUMNS, WAITED_COLUMNS]);
        with_types(signature, &target_input_types(), &output)
    }

    fn examples(&self) -> Vec<Example<'static>> {
        let one = |value| Some(Value::test_list(vec![value]));
        vec![
            Example {
                description: "Wait until a process prints a line that matches",
                example: "persistproc wait web --pattern ready | get matched_line",
                result: one(Value::test_string("ready on http://localhost:3000")),
            },
            Example {
                description: "Wait until a process ends, and get its exit code",
                example: "persistproc wait build --for exit | get exit_code",
                result: one(Value::test_int(1)),
            },
            Example {
                description: "Wait until a process has printed nothing for a while",
                example: "persistproc ps | where label == api | persistproc wait --quiet-for 100ms | get reason",
                result: one(Value::test_string("quiet")),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Processes
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let targets = Targets::new(&call, &call.args.rest::<Value>(0)?, input)?;
        let answers = wait_for_each(&call, &targets.list, &wait_request(&call)?)?;
        let head = call.head();
        let rows = answers.iter().map(|waited| value::waited_row(waited, head)).collect();
        let metadata = value::process_metadata(head);
        call.respond(&OneOrMany::from(answers.as_slice()), rows, metadata)
    }
}

/// Waits for one target after the other, all within one timeout. Nothing is missed of a later
/// target in the meantime, because its output counts from the start of the run.
fn wait_for_each(
    call: &Call<'_>,
    names: &[Spanned<String>],
    request: &WaitRequest,
) -> Result<Vec<Waited>, LabeledError> {
    let start = Instant::now();
    let directory = call.directory()?;
    let timeout = f64::from(request.timeout.unwrap_or_default());
    let mut answers = Vec::new();
    for name in names {
        let remaining = (timeout - start.elapsed().as_secs_f64()).max(0.0);
        let request = WaitRequest { timeout: Seconds::try_from(remaining).ok(), ..request.clone() };
        let target = Target::new(&name.item, Some(directory.clone()));
        let waited =
            call.request(name.span, |client| client.wait_across_daemons(&target, &request))?;
        require_reached(&waited, name.span)?;
        answers.push(waited);
    }
    Ok(answers)
}

fn wait_request(call: &Call<'_>) -> Result<WaitRequest, LabeledError> {
    let lines = call.flag::<i64>("lines")?;
    let request = WaitRequest {
        pattern: call.flag("pattern")?,
        port: call.port_flag("port")?,
        quiet: call.duration_flag("quiet-for")?,
        after: call.flag("after")?,
        timeout: call.duration_flag("timeout")?.or_else(|| Seconds::try_from(DEFAULT_TIMEOUT).ok()),
        lines: lines.and_then(|lines| lines.try_into().ok()),
        ..WaitRequest::default()
    };
    Ok(request.with_goal(call.choice_flag("for", &GOALS)?))
}
