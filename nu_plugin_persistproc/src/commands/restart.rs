//! `persistproc restart`: starts a new run of each target, after stopping the current one.

use nu_protocol::{Example, LabeledError, PipelineData, Signature, Spanned, SyntaxShape, Value};
use persistproc_api::control::RestartRequest;
use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::selection::{SelectedState, WithoutTarget};
use persistproc_api::{ErrorCode, Problem};

use super::waited::require_reached;
use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{self, PROCESS_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, with_types};

pub(crate) struct Restart;

impl Verb for Restart {
    const DESCRIPTION: &'static str = "Restart processes.";
    const EXTRA_DESCRIPTION: &'static str = "Stops the current run of a process, if any, and starts \
        a new one with the same command, directory and environment.";
    const SEARCH_TERMS: &'static [&'static str] = &["reload", "again", "process", "run"];

    fn signature(&self, signature: Signature) -> Signature {
        let signature = flags::add_ended(flags::add_scope(flags::add_targets(signature)));
        let signature = flags::add_wait_flags(flags::add_stop_flags(signature));
        let about = "Restart the process with exactly this label.";
        let signature = signature.named("label", SyntaxShape::String, about, None);
        let about = "Use the environment of this shell instead of that of the last run.";
        let signature = signature.switch("env", about, None);
        with_types(signature, &target_input_types(), &table_type(&[PROCESS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        let one = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            Example {
                description: "Restart a process by its label",
                example: "persistproc restart web | get status",
                result: one("running"),
            },
            Example {
                description: "Restart the processes that a filter selects",
                example: "persistproc ps | where label =~ api | persistproc restart | get label",
                result: one("api"),
            },
            Example {
                description: "Restart a process and wait until it prints a line with `ready`",
                example: "persistproc restart web --wait-pattern ready | get label",
                result: one("web"),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Processes
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let targets = match call.flag::<Value>("label")? {
            Some(label) => Targets { list: vec![find_by_label(&call, &label)?], is_piped: false },
            None => {
                let arguments = call.args.rest::<Value>(0)?;
                let (state, bare) = (SelectedState::Alive, WithoutTarget::Any);
                Targets::selected_or_meant(&call, &arguments, input, state, bare)?
            }
        };
        let request = RestartRequest {
            force: call.has_switch("force")?,
            timeout: call.duration_flag("timeout")?,
            wait: call.wait_after_start()?,
            environment: call.has_switch("env")?.then(|| call.shell.environment()).transpose()?,
            unless_used: false,
        };
        let restarted = call.change_each(&targets, |client, target| {
            client.restart_across_daemons(target, &request)
        })?;
        for (started, target) in restarted.iter().zip(&targets.list) {
            if let Some(waited) = &started.waited {
                require_reached(waited, target.span)?;
            }
        }
        call.respond_with_processes(&restarted, |started| &started.process)
    }
}

/// The process with exactly this label.
fn find_by_label(call: &Call<'_>, label: &Value) -> Result<Spanned<String>, LabeledError> {
    let text = label.as_str()?;
    let span = label.span();
    let query = ListQuery { label: Some(text.to_owned()), ..ListQuery::default() };
    let list = call.request(span, |client| client.list(&query))?;
    match list.processes.into_iter().next() {
        Some(process) => Ok(Spanned { item: process.id, span }),
        None => {
            let message = format!("No process has the label {text:?}.");
            let problem = Problem::new(ErrorCode::NotFound, message).hint(NextStep::list());
            Err(value::error(&problem, span))
        }
    }
}
