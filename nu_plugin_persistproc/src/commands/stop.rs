//! `persistproc stop`: the whole tree of each, answered when it is gone.

use nu_protocol::{LabeledError, PipelineData, Signature, Value};
use persistproc_api::ErrorCode;
use persistproc_api::control::StopRequest;

use super::ps::answer;
use crate::call::Call;
use crate::command::{Shown, Verb, of_processes};
use crate::complete::Offer;
use crate::flags;
use crate::targets::Targets;
use crate::value;

pub(crate) struct Stop;

impl Verb for Stop {
    const ABOUT: &'static str = "Stop processes and everything they started.";
    const MORE: &'static str = "Asks with SIGTERM, and kills what is left after the timeout. \
        Answers with the ended processes when all of each is gone. One that came through the \
        pipeline and has ended already is as good.";
    const TERMS: &'static [&'static str] = &["kill", "terminate", "end", "process"];

    fn signature(&self, signature: Signature) -> Signature {
        let signature = flags::end(flags::targets(signature));
        of_processes(signature, &value::table_of(&[value::process_columns()]))
    }

    fn examples(&self) -> Vec<Shown> {
        let text = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            ("persistproc stop web | get status", "Stop one", text("terminated")),
            (
                "persistproc ps | where label =~ api | persistproc stop | get label",
                "Stop those that a filter names",
                text("api"),
            ),
            (
                "persistproc ps | where uptime > 100day | persistproc stop | is-empty",
                "There may be none",
                Some(Value::test_bool(true)),
            ),
        ]
    }

    fn offers(&self) -> Offer {
        Offer::Running
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let Targets { all, piped } = Targets::of(&call, &call.args.rest::<Value>(0)?, input)?;
        let request = StopRequest { force: call.has("force")?, timeout: call.seconds("timeout")? };
        let stopped = call.each(&all, |client, target| match client.stop(target, &request) {
            Err(problem) if piped && problem.code == ErrorCode::NotRunning => {
                client.process(target)
            }
            answer => answer,
        })?;
        answer(&call, &stopped, |process| process)
    }
}
