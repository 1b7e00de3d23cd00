//! `persistproc wait`: until it happened to each. What did not happen is an error.

use std::time::Instant;

use nu_protocol::{LabeledError, PipelineData, Signature, Span, SyntaxShape, Value};
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Reason, WaitRequest, Waited};
use persistproc_api::{ErrorCode, Problem, Target};

use super::ps::drawn;
use crate::call::Call;
use crate::command::{Shown, Verb, of_processes};
use crate::flags::{self, GOALS};
use crate::targets::Targets;
use crate::value::{self, WAITED_COLUMNS};

pub(crate) struct Wait;

/// Seconds, unless someone says otherwise.
const TIMEOUT: f64 = 30.0;

impl Verb for Wait {
    const ABOUT: &'static str = "Wait until processes are ready, print something or end.";
    const MORE: &'static str = "Ready: a port of the process accepts connections, or its output \
        shows a URL or says so. Output counts from the start of the run, so nothing is missed. \
        When the process ends first, or the time is up, that is an error.";
    const TERMS: &'static [&'static str] = &["ready", "until", "port", "pattern", "exit", "sleep"];

    fn signature(&self, signature: Signature) -> Signature {
        let goal = "ready, port, pattern, exit or quiet [default: what other flags say].";
        let signature = flags::targets(signature)
            .named("for", SyntaxShape::String, goal, None)
            .named("pattern", SyntaxShape::String, "For a line that matches this.", None)
            .named("port", SyntaxShape::Int, "For this port of it, and no other.", None)
            .named("quiet-for", flags::duration(), "For so long without output.", None)
            .named("after", SyntaxShape::String, "Only for output after this cursor.", None)
            .named("timeout", flags::duration(), "How long at most [default: 30sec].", None)
            .named("lines", SyntaxShape::Int, "So many lines in an error.", Some('n'));
        let columns = [value::process_columns(), WAITED_COLUMNS];
        of_processes(signature, &value::table_of(&columns))
    }

    fn examples(&self) -> Vec<Shown> {
        let one = |value| Some(Value::test_list(vec![value]));
        vec![
            (
                "persistproc wait web --pattern ready | get matched_line",
                "Until a line matches",
                one(Value::test_string("ready on http://localhost:3000")),
            ),
            (
                "persistproc wait build --for exit | get exit_code",
                "Until it ends",
                one(Value::test_int(1)),
            ),
            (
                "persistproc ps | where label == api | persistproc wait --quiet-for 100ms | get reason",
                "Until it has no more to say",
                one(Value::test_string("quiet")),
            ),
        ]
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let Targets { all, .. } = Targets::of(&call, &call.args.rest::<Value>(0)?, input)?;
        let request = request(&call)?;
        let begun = Instant::now();
        let directory = call.directory()?;
        let most = f64::from(request.timeout.unwrap_or_default());
        let mut answers = Vec::new();
        // What has happened to the later ones meanwhile is not missed: output counts from the start.
        for target in &all {
            let left = (most - begun.elapsed().as_secs_f64()).max(0.0);
            let request = WaitRequest { timeout: Seconds::try_from(left).ok(), ..request.clone() };
            let named = Target::new(&target.item, Some(directory.clone()));
            let waited = call.ask(target.span, |client| client.wait(&named, &request))?;
            check(Some(&waited), target.span)?;
            answers.push(waited);
        }
        let head = call.head();
        if call.wants_json()? {
            return Ok(PipelineData::value(value::json_of(&answers, head)?, None));
        }
        let rows = answers.iter().map(|waited| value::waited_row(waited, head)).collect();
        Ok(PipelineData::value(value::list(rows, head), Some(drawn(head))))
    }
}

fn request(call: &Call<'_>) -> Result<WaitRequest, LabeledError> {
    let (pattern, port) = (call.flag::<String>("pattern")?, call.port("port")?);
    let quiet = call.seconds("quiet-for")?;
    let implied = flags::implied(pattern.is_some(), port.is_some(), quiet.is_some());
    let lines = call.flag::<i64>("lines")?;
    Ok(WaitRequest {
        goal: call.word("for", &GOALS)?.unwrap_or(implied),
        pattern,
        port,
        quiet,
        after: call.flag("after")?,
        timeout: call.seconds("timeout")?.or_else(|| Seconds::try_from(TIMEOUT).ok()),
        lines: lines.and_then(|lines| lines.try_into().ok()),
    })
}

/// What was waited for happened; else an error with the last lines.
pub(super) fn check(waited: Option<&Waited>, culprit: Span) -> Result<(), LabeledError> {
    let Some(waited) = waited.filter(|waited| !waited.reached) else { return Ok(()) };
    let (name, status) = (waited.process.name(), &waited.process.status);
    let (code, message) = match waited.reason {
        Reason::Timeout => {
            let seconds = f64::from(waited.waited_seconds);
            (ErrorCode::Timeout, format!("{name} did not get there in {seconds:.0} s."))
        }
        Reason::DaemonStopping => {
            (ErrorCode::ShuttingDown, format!("The daemon left before {name} got there."))
        }
        _ => {
            let code = status.exit().map(persistproc_api::Exit::shell_code);
            let code = code.map(|code| format!(" with {code}")).unwrap_or_default();
            (ErrorCode::NotRunning, format!("{name} ended{code} before it got there."))
        }
    };
    let last = waited.output.iter().map(|line| format!("\n  {line}")).collect::<String>();
    let last = if last.is_empty() { String::new() } else { format!("Its last lines:{last}\n") };
    let note = if waited.note.is_empty() { String::new() } else { format!("{}\n", waited.note) };
    let more = format!("{note}{last}More: persistproc logs {name}");
    Err(value::error(&Problem::new(code, message).hint(more), culprit))
}
