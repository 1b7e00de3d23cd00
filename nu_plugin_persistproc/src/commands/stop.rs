//! `persistproc stop`: stops the process tree of each target and returns when all of it has ended.

use nu_protocol::{Example, LabeledError, PipelineData, Signature, Value};
use persistproc_api::ErrorCode;
use persistproc_api::control::StopRequest;
use persistproc_api::selection::{SelectedState, WithoutTarget};

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{PROCESS_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, with_types};

pub(crate) struct Stop;

impl Verb for Stop {
    const DESCRIPTION: &'static str = "Stop processes and everything they started.";
    const EXTRA_DESCRIPTION: &'static str = "Sends SIGTERM, then SIGKILL after the timeout. Returns \
        the processes when their whole process trees have ended. Processes from the pipeline that \
        have already ended are returned unchanged.";
    const SEARCH_TERMS: &'static [&'static str] = &["kill", "terminate", "end", "process"];

    fn signature(&self, signature: Signature) -> Signature {
        let signature = flags::add_scope(flags::add_targets(signature));
        let signature = flags::add_stop_flags(signature);
        with_types(signature, &target_input_types(), &table_type(&[PROCESS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        let one = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            Example {
                description: "Stop a process by its label",
                example: "persistproc stop web | get status",
                result: one("terminated"),
            },
            Example {
                description: "Stop the processes that a filter selects",
                example: "persistproc ps | where label =~ api | persistproc stop | get label",
                result: one("api"),
            },
            Example {
                description: "Stop the processes of this directory and below",
                example: "persistproc stop --here | length",
                result: None,
            },
            Example {
                description: "An empty selection is not an error",
                example: "persistproc ps | where uptime > 100day | persistproc stop | is-empty",
                result: Some(Value::test_bool(true)),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::RunningProcesses
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let arguments = call.args.rest::<Value>(0)?;
        let (state, bare) = (SelectedState::Alive, WithoutTarget::Running);
        let targets = Targets::selected_or_meant(&call, &arguments, input, state, bare)?;
        let request = StopRequest {
            force: call.has_switch("force")?,
            timeout: call.duration_flag("timeout")?,
            ..StopRequest::default()
        };
        let stopped =
            call.change_each(&targets, |client, target| match client.stop(target, &request) {
                Err(problem) if targets.is_piped && problem.code == ErrorCode::NotRunning => {
                    client.process(target)
                }
                result => result,
            })?;
        call.respond_with_processes(&stopped, |process| process)
    }
}
