//! `persistproc restart`: a new run of each, the present one ended first.

use nu_protocol::{LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Value};
use persistproc_api::control::RestartRequest;
use persistproc_api::process::ListQuery;
use persistproc_api::{ErrorCode, Problem};

use super::ps::answer;
use super::wait::check;
use crate::call::Call;
use crate::command::{Shown, Verb, of_processes};
use crate::flags;
use crate::targets::Targets;
use crate::value;

pub(crate) struct Restart;

impl Verb for Restart {
    const ABOUT: &'static str = "Start a new run of processes, ending the present one first.";
    const MORE: &'static str = "Same command, same directory, same environment. Works on ended \
        processes too.";
    const TERMS: &'static [&'static str] = &["reload", "again", "process", "run"];

    fn signature(&self, signature: Signature) -> Signature {
        let signature = flags::wait_for(flags::end(flags::targets(signature)));
        let about = "Find the process by exactly this label.";
        let signature = signature.named("label", SyntaxShape::String, about, None);
        of_processes(signature, &value::table_of(&[value::process_columns()]))
    }

    fn examples(&self) -> Vec<Shown> {
        let text = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            ("persistproc restart web | get status", "Restart one", text("running")),
            (
                "persistproc ps | where label =~ api | persistproc restart | get label",
                "Restart those that a filter names",
                text("api"),
            ),
            (
                "persistproc restart web --wait-pattern ready | get label",
                "Come back when it says that it is ready",
                text("web"),
            ),
        ]
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let all = match call.flag::<Value>("label")? {
            Some(label) => vec![labelled(&call, &label)?],
            None => Targets::of(&call, &call.args.rest::<Value>(0)?, input)?.all,
        };
        let request = RestartRequest {
            force: call.has("force")?,
            timeout: call.seconds("timeout")?,
            wait: call.wait_after_start()?,
        };
        let started = call.each(&all, |client, target| client.restart(target, &request))?;
        for (started, target) in started.iter().zip(&all) {
            check(started.waited.as_deref(), target.span)?;
        }
        answer(&call, &started, |started| &started.process)
    }
}

/// The process with exactly this label.
fn labelled(call: &Call<'_>, label: &Value) -> Result<Spanned<String>, LabeledError> {
    let (name, span) = (label.as_str()?.to_owned(), label.span());
    let query = ListQuery { label: Some(name.clone()), ..ListQuery::default() };
    let list = call.ask(span, |client| client.list(&query))?;
    let found = list.processes.into_iter().next().ok_or_else(|| {
        Problem::new(ErrorCode::NotFound, format!("No process is labelled {name:?}."))
            .hint("`persistproc ps` shows the processes.")
    });
    let process = found.map_err(|problem| value::error(&problem, span))?;
    Ok(Spanned { item: process.id, span })
}
