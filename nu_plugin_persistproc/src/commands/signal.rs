//! `persistproc signal`: sends a signal to the process group of each target.

use nu_protocol::{Example, LabeledError, PipelineData, Signature, SyntaxShape, Value};
use persistproc_api::control::SignalRequest;

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{PROCESS_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, with_types};

pub(crate) struct Signal;

impl Verb for Signal {
    const DESCRIPTION: &'static str = "Send a signal to processes.";
    const SEARCH_TERMS: &'static [&'static str] = &["kill", "hup", "usr1", "reload", "interrupt"];

    fn signature(&self, signature: Signature) -> Signature {
        let about = "Name of the signal, with or without SIG: HUP, SIGUSR1.";
        let signature = signature.required("signal", SyntaxShape::String, about);
        let signature = flags::add_targets(signature);
        with_types(signature, &target_input_types(), &table_type(&[PROCESS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        let one = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            Example {
                description: "Send SIGWINCH to a process",
                example: "persistproc signal WINCH web | get status",
                result: one("running"),
            },
            Example {
                description: "Send SIGCONT to the processes that a filter selects",
                example: "persistproc ps | where label == api | persistproc signal CONT | get label",
                result: one("api"),
            },
            Example {
                description: "Kill a process and wait for its end",
                example: "persistproc signal KILL api; persistproc wait api --for exit | get status",
                result: one("exited"),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::SignalAndProcesses
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let request = SignalRequest { signal: call.args.req(0)? };
        let targets = Targets::new(&call, &call.args.rest::<Value>(1)?, input)?;
        let signalled =
            call.change_each(&targets, |client, target| client.signal(target, &request))?;
        call.respond_with_processes(&signalled, |process| process)
    }
}
