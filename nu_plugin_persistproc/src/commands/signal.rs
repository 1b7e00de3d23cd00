//! `persistproc signal`: one signal for the process group of each.

use nu_protocol::{LabeledError, PipelineData, Signature, SyntaxShape, Value};
use persistproc_api::control::SignalRequest;

use super::ps::answer;
use crate::call::Call;
use crate::command::{Shown, Verb, of_processes};
use crate::complete::Offer;
use crate::flags;
use crate::targets::Targets;
use crate::value;

pub(crate) struct Signal;

impl Verb for Signal {
    const ABOUT: &'static str = "Send a signal to processes.";
    const TERMS: &'static [&'static str] = &["kill", "hup", "usr1", "reload", "interrupt"];

    fn signature(&self, signature: Signature) -> Signature {
        let about = "Its name, with or without SIG: HUP, SIGUSR1.";
        let signature = flags::targets(signature.required("signal", SyntaxShape::String, about));
        of_processes(signature, &value::table_of(&[value::process_columns()]))
    }

    fn examples(&self) -> Vec<Shown> {
        let text = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            ("persistproc signal WINCH web | get status", "To one", text("running")),
            (
                "persistproc ps | where label == api | persistproc signal CONT | get label",
                "To those that a filter names",
                text("api"),
            ),
            (
                "persistproc signal KILL api; persistproc wait api --for exit | get status",
                "A signal may end it",
                text("exited"),
            ),
        ]
    }

    fn offers(&self) -> Offer {
        Offer::Signals
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let request = SignalRequest { signal: call.args.req(0)? };
        let Targets { all, .. } = Targets::of(&call, &call.args.rest::<Value>(1)?, input)?;
        let done = call.each(&all, |client, target| client.signal(target, &request))?;
        answer(&call, &done, |process| process)
    }
}
